//! A KMS key policy gives every identity of the account direct access, without an IAM policy.
//!
//! ## What it detects
//! An Allow for `"*"` that only a condition such as `kms:CallerAccount` limits to the owner's account. The account
//! principal leaves the decision to IAM policies; this statement admits each role and user directly. A scan evaluates
//! the policy that is in force.
//!
//! ## Why it matters
//! Every role of the account, of every service and every build, can call the operations, and no IAM policy shows it.
//!
//! ## When it stays silent
//! The account principal is compliant. So is `"*"` that is also limited to a service (`kms:ViaService`), an encryption
//! context, a network, a tag or an identity, as in AWS's own policies.
//!
//! ## How to fix
//! Name the account principal instead of `"*"`. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Fix;
use crate::language::{Text, text};
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::resource_policy::report::{Words, admits, evaluate_exposures};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-account-wide",
    title: "KMS key open to the whole account",
    severity: Severity::Medium,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_account_wide.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        rule: &RULE,
        problem: |exposure| {
            let actions = exposure.actions.text();
            text!("lets every identity of the account call {actions} without an IAM policy", actions)
        },
        consequence: |_| Text::literal("The account principal would leave the decision to IAM policies."),
        unverified: admits,
        rated: |exposure| match exposure.severity {
            Severity::High => Text::literal("the operations administer the key"),
            _ => Text::literal("the operations neither reveal secrets nor administer the key"),
        },
        fix: Fix::OwnAccount,
    };
    evaluate_exposures(subject.analysis(context), context, |analysis| &analysis.account_wide, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::policy_rows;
    use serde_json::json;

    #[test]
    fn everyone_of_the_account_needs_a_further_limit() {
        policy_rows(
            &RULE,
            &[
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "111122223333"}, "Action": "kms:*"}), "compliant"),
            ],
        );
    }
}
