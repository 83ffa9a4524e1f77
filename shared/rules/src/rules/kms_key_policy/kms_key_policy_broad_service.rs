//! A KMS key policy lets an AWS service administer the key.
//!
//! ## What it detects
//! A service principal that may call `kms:*` or `kms:PutKeyPolicy`, delete or disable the key, or administer it in
//! another way. A scan evaluates the policy that is in force.
//!
//! ## Why it matters
//! Services encrypt, decrypt and describe, and some create grants. No service needs to administer a key: such a
//! permission only helps an attacker who misuses the service.
//!
//! ## When it stays silent
//! Service principals that may only use or describe the key, or create grants, are compliant.
//!
//! ## How to fix
//! Name the operations that the service's documentation requires. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html>
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
    id: "kms-key-policy-broad-service",
    title: "KMS key administered by a service",
    severity: Severity::Low,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_broad_service.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let usage = subject.usage(context);
    let words = Words {
        rule: &RULE,
        problem: |exposure| {
            let (service, actions) = (exposure.name(), exposure.actions.text());
            text!("lets the service {service} administer the key: {actions}", service, actions)
        },
        consequence: |_| Text::literal("No service needs to administer a key."),
        unverified: admits,
        rated: |_| Text::literal("the service can administer the key"),
        fix: Fix::OnlyUse { usage: usage.as_deref() },
    };
    evaluate_exposures(subject.analysis(context), context, |analysis| &analysis.broad_services, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::policy_rows;
    use serde_json::json;

    #[test]
    fn a_service_must_not_administer_the_key() {
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
