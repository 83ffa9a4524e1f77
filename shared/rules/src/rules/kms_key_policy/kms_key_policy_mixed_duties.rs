//! One role or user both administers a KMS key and uses it.
//!
//! ## What it detects
//! A role or user of the own account that holds `kms:PutKeyPolicy`, deletion or disabling, and decryption, encryption
//! or signing as well, over all statements and after every Deny. A session counts as its role.
//!
//! ## Why it matters
//! Separated duties mean that no single stolen credential can both read the data and destroy the key or its policy.
//!
//! ## When it stays silent
//! The account principal, services, and roles that hold one of the two. `kms:CreateGrant` inside `kms:Create*`, which
//! the console gives to administrators, is not use.
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
use crate::engine::rule::{On, Phase, Rule};
use crate::key_policy::Fix;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::report::{Words, answer};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-policy-mixed-duties",
    title: "KMS key administered and used by one identity",
    severity: Severity::Low,
    controls: &[nist("AC-5")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_mixed_duties.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        lets: |exposure| format!("lets {} both administer and use the key", exposure.who),
        because: "One stolen credential would be enough for both.",
        unverified: |exposure| exposure.who.to_string(),
        fix: Fix::OnlyUse,
    };
    answer(subject, context, |analysis| &analysis.mixed_duties, words)
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
