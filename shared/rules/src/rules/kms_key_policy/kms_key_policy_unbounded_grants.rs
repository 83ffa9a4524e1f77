//! A KMS key policy lets a principal create grants for anyone.
//!
//! ## What it detects
//! `kms:CreateGrant` for a foreign account, or for a role or user that cannot change the policy, without
//! `kms:GrantIsForAWSResource`, `kms:ViaService`, a fixed grantee, a grant constraint, or a limit to operations that
//! reveal no secret. A scan evaluates the policy that is in force.
//!
//! ## Why it matters
//! A principal that may create grants can give the use of the key to any principal of any account. No policy shows
//! grants.
//!
//! ## When it stays silent
//! The account principal, services, administrators with `kms:PutKeyPolicy`, and limited grants are compliant.
//!
//! ## How to fix
//! Move `kms:CreateGrant` into a separate statement with `kms:GrantIsForAWSResource`. The finding shows it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

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
    id: "kms-key-policy-unbounded-grants",
    title: "KMS key with grants for anyone",
    severity: Severity::Medium,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_unbounded_grants.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        rule: &RULE,
        problem: |exposure| text!("lets {who} create grants for anyone", who = exposure.who.text()),
        consequence: |_| Text::literal("Grants give others the use of the key, and no policy shows them."),
        unverified: admits,
        rated: |_| Text::literal("the grants are made by another account"),
        fix: Fix::GrantsForAws,
    };
    evaluate_exposures(subject.analysis(context), context, |analysis| &analysis.unbounded_grants, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::policy_rows;
    use serde_json::json;

    #[test]
    fn grants_need_a_limit_unless_the_principal_can_change_the_policy() {
        policy_rows(
            &RULE,
            &[
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant"}),
                    "violation",
                ),
                (json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:*"}), "violation"),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant", "Condition": {"ForAnyValue:StringEquals": {"kms:GrantOperations": "Encrypt"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}}}),
                    "compliant",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant", "Condition": {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}}),
                    "compliant",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:Create*", "kms:Put*"]}),
                    "compliant",
                ),
            ],
        );
    }
}
