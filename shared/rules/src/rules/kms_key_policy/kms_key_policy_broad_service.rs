//! A KMS key policy lets an AWS service administer the key.
//!
//! ## What it detects
//! A service principal with `kms:*`, `kms:PutKeyPolicy`, deletion, disabling or other administration.
//!
//! ## Why it matters
//! Services encrypt, decrypt and describe; some create grants. None needs to administer a key, so what it holds
//! beyond that helps only whoever tricks it.
//!
//! ## When it stays silent
//! Service principals with use, grants and reading only.
//!
//! ## How to fix
//! Name the operations that the service's documentation asks for. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html>
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
    id: "kms-key-policy-broad-service",
    title: "KMS key administered by a service",
    severity: Severity::Low,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_broad_service.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        lets: |exposure| format!("lets the service {} administer the key: {}", exposure.name(), exposure.actions),
        because: "No service needs that.",
        unverified: |exposure| exposure.who.to_string(),
        fix: Fix::OnlyUse,
    };
    answer(subject, context, |analysis| &analysis.broad_services, words)
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
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:*"}), "violation"),
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:DisableKey"}), "violation"),
                (
                    json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"]}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:*"}), "compliant"),
            ],
        );
    }
}
