//! A KMS key policy lets one role or user both administer and use the key.
//!
//! ## What it detects
//! A role or user of the owner's account that may call `kms:PutKeyPolicy`, delete or disable the key, and also decrypt,
//! encrypt or sign. All statements count together, after every Deny. A session counts as its role. A scan evaluates the
//! policy that is in force.
//!
//! ## Why it matters
//! With separate duties, no single stolen credential can both read the data and destroy the key or change its policy.
//!
//! ## When it stays silent
//! The account principal, services, and roles with only one of the two duties are compliant. `kms:CreateGrant` within
//! `kms:Create*`, which the console gives to administrators, does not count as use.
//!
//! ## How to fix
//! Give administration and use to different roles. The finding shows the statement without administration.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/rbac.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html>

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
    id: "kms-key-policy-mixed-duties",
    title: "KMS key administered and used by one identity",
    severity: Severity::Medium,
    controls: &[nist("AC-5")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_mixed_duties.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let usage = subject.usage(context);
    let words = Words {
        rule: &RULE,
        problem: |exposure| text!("lets {who} both administer and use the key", who = exposure.who.text()),
        consequence: |_| Text::literal("One stolen credential is enough for both."),
        unverified: admits,
        rated: |_| Text::literal("one identity has both duties"),
        fix: Fix::OnlyUse { usage: usage.as_deref() },
    };
    evaluate_exposures(subject.analysis(context), context, |analysis| &analysis.mixed_duties, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{policy_rows, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_statement_that_allows_administration_is_corrected() {
        let role = json!({"AWS": "arn:aws:iam::111122223333:role/ops"});
        let allow = |sid: &str, action: &str| json!({"Sid": sid, "Effect": "Allow", "Principal": role, "Action": action, "Resource": "*"});
        let policy = json!({"Statement": [allow("Use", "kms:Decrypt"), allow("Admin", "kms:PutKeyPolicy")]});
        let text = violation(&RULE, "PutKeyPolicy", &json!({"keyId": "k-1", "policy": policy}));
        assert!(text.contains("remove Statement[1] Admin"), "{text}");
    }

    #[test]
    fn the_corrected_statement_fits_the_usage_of_the_key() {
        let role = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ops"}, "Action": "kms:*", "Resource": "*"});
        let actions = |usage: Value| {
            let call = json!({"policy": {"Statement": role}, "keyUsage": usage});
            let text = violation(&RULE, "CreateKey", &call);
            text.split(r#""corrected_statement":{"Action":"#).nth(1).unwrap().split(']').next().unwrap().to_owned()
        };
        assert!(actions(Value::Null).contains("kms:Decrypt"));
        for (usage, action) in [
            ("SIGN_VERIFY", "kms:Sign"),
            ("GENERATE_VERIFY_MAC", "kms:GenerateMac"),
            ("KEY_AGREEMENT", "kms:DeriveSharedSecret"),
        ] {
            let actions = actions(json!(usage));
            assert!(actions.contains(action) && !actions.contains("crypt"), "{usage}: {actions}");
        }
    }

    #[test]
    fn one_identity_must_not_have_both_duties() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/ops"}, "Action": "kms:*"}), "violation"),
                (
                    json!({"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/ops/ann"}, "Action": ["kms:Decrypt", "kms:ScheduleKeyDeletion"]}),
                    "violation",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/ops"}, "Action": ["kms:Create*", "kms:Put*"]}),
                    "compliant",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Decrypt", "kms:Encrypt"]}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "111122223333"}, "Action": "kms:*"}), "compliant"),
            ],
        );
    }
}
