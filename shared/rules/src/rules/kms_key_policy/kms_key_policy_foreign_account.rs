//! A KMS key policy admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts named as principals, by `kms:CallerAccount`, `aws:PrincipalArn` and the like, or as the source
//! a service acts for, that are neither the owner's nor in `keys.trusted_accounts`; whole organizations that are not
//! in `keys.trusted_organizations`.
//!
//! ## Why it matters
//! The other account's administrators decide who of theirs uses the key, and nothing in the own account shows it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations. While `keys.trusted_organizations` is empty nobody has said whose an
//! organization is: it is reported as unverified, and so is a role known only by its unique id. An untrusted
//! account that must also be in a trusted organization is reported as low. Where the earlier policy of the key is
//! known, only what the new one adds is reported.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement
//! without it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::key_policy::{Fix, Grantee};
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::report::{Words, answer};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-policy-foreign-account",
    title: "KMS key open to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_foreign_account.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let policy = match subject.analysis(context) {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let words = Words {
        lets: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        because: "Whoever it belongs to decides there who uses the key.",
        unverified: |exposure| {
            let who = &exposure.who;
            match who {
                Grantee::UniqueId(_) => format!("the policy admits {who}, which does not tell its account"),
                _ => format!("the policy admits {who}; if it is ours, add it to `keys.trusted_organizations`"),
            }
        },
        fix: Fix::OnlyTrusted(&policy.trust),
    };
    answer(subject, context, |analysis| &analysis.foreign, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, policy_call, policy_rows};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}), "violation"),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::444455556666:role/etl"}, "Action": "kms:Put*"}),
                    "violation",
                ),
                (
                    json!({"Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringLike": {"aws:userid": "AROAQ1W2E3R4T5EXAMPLE:*"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/etl"}, "Action": "kms:Decrypt"}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "AROAQ1W2E3R4T5EXAMPLE"}, "Action": "kms:Decrypt"}), "compliant"),
            ],
        );
    }

    #[test]
    fn who_is_trusted() {
        let organization = "keys.trusted_organizations = ['o-q1w2e3r4t5']";
        let by = |id: &str| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
        for (settings, statement, want) in [
            (
                "keys.trusted_accounts = ['444455556666']",
                json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:*"}),
                "compliant",
            ),
            (organization, by("o-q1w2e3r4t5"), "compliant"),
            (organization, by("o-zzzzyyyyxx"), "violation"),
        ] {
            let outcome = answer(&RULE, settings, &[], "PutKeyPolicy", &policy_call(statement), &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }
}
