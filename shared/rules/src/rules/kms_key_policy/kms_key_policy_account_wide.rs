//! A KMS key policy gives every identity of the account direct access, past its IAM policies.
//!
//! ## What it detects
//! An Allow for `"*"` that only `kms:CallerAccount` or the like narrows to the own account. Unlike the account
//! principal, which leaves the decision to IAM policies, this admits each role and user by itself.
//!
//! ## Why it matters
//! Every role of the account, of every service and every build, can call the operations without any IAM policy
//! that would show it.
//!
//! ## When it stays silent
//! The account principal; `"*"` that is bound to a service (`kms:ViaService`), an encryption context, a network, a tag
//! or an identity as well, as AWS's own policies are.
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
use crate::engine::rule::{On, Phase, Rule};
use crate::key_policy::Fix;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::report::{Words, answer};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-policy-account-wide",
    title: "KMS key open to the whole account",
    severity: Severity::Medium,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_account_wide.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        lets: |exposure| format!("lets every identity of the account call {} without an IAM policy", exposure.actions),
        because: "The account principal would leave the decision to IAM.",
        unverified: |exposure| exposure.who.to_string(),
        fix: Fix::OwnAccount,
    };
    answer(subject, context, |analysis| &analysis.account_wide, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::policy_rows;
    use serde_json::json;

    #[test]
    fn every_answer() {
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
