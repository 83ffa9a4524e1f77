//! A KMS key policy admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts that are principals, that `kms:CallerAccount`, `aws:PrincipalArn` and similar conditions name, or for which
//! a service acts, and that are neither the owner's nor in `keys.trusted_accounts`. Whole organizations that are not in
//! `keys.trusted_organizations`, and paths in them that are not in `keys.trusted_organizational_units`.
//!
//! ## Why it matters
//! The administrators of the other account decide which of its identities use the key, and nothing in the owner's
//! account shows it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations are compliant. An organization is unverified while `keys.trusted_organizations`
//! is empty, because nothing says whose it is; so is a role that is known only by its unique id. An untrusted account
//! that must also belong to a trusted organization is reported as low. If the earlier policy of the key is known, only
//! what the new one adds is reported.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement without
//! it.
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
use crate::rules::kms_key_policy::report::{Words, evaluate_exposures};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
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
        problem: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        consequence: "Its administrators decide who uses the key.",
        unverified: |exposure| {
            let who = &exposure.who;
            match who {
                Grantee::UniqueId(_) => format!("the policy admits {who}, which does not show its account"),
                _ => format!("the policy admits {who}; if it is yours, add it to `keys.trusted_organizations`"),
            }
        },
        fix: Fix::OnlyTrusted(&policy.trust),
    };
    evaluate_exposures(subject, context, |analysis| &analysis.foreign, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, policy_call, policy_rows};
    use serde_json::{Value, json};

    #[test]
    fn foreign_accounts_are_violations_and_organizations_unverified() {
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
    fn the_settings_name_trusted_accounts_and_organizations() {
        let organization = "keys.trusted_organizations = ['o-q1w2e3r4t5']";
        let by = |id: &str| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
        for (settings, statement, want) in [
            (
                "keys.trusted_accounts = ['444455556666']",
                json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:*"}),
                "compliant",
            ),
            (
                "keys.trusted_organizational_units = ['o-q1w2e3r4t5/r-ab12/ou-ab12-11111111/*']",
                json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-q1w2e3r4t5/r-ab12/ou-ab12-11111111/*"}}}),
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
