//! A KMS key policy lets an AWS service use the key on behalf of any customer.
//!
//! ## What it detects
//! A service principal that may use the key, create grants or administer the key, without a condition on the account
//! for which the service acts: `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID`, `kms:CallerAccount`, or an
//! encryption context that contains the account and that the service itself sets.
//!
//! ## Why it matters
//! Another customer can make the service use this key for them: the confused deputy problem.
//!
//! ## When it stays silent
//! Service principals with such a condition, and those that may only describe the key, are compliant. Most services
//! without one are reported as low, because AWS's own templates contain them; with `CreateGrant` or administration as
//! medium, and "every service" as high.
//!
//! ## How to fix
//! Add `aws:SourceAccount`, or the encryption context for CloudWatch Logs. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::key_policy::Fix;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::report::{Words, admits, evaluate_exposures};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-unbound-service",
    title: "KMS key open to a service for any customer",
    severity: Severity::Medium,
    controls: &[nist("AC-3")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_unbound_service.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        problem: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        consequence: "No condition limits the account for which the service acts.",
        unverified: admits,
        fix: Fix::BoundService,
    };
    evaluate_exposures(subject, context, |analysis| &analysis.unbound_services, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::policy_rows;
    use serde_json::json;

    #[test]
    fn a_condition_on_the_account_behind_the_service_is_required() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt"}), "violation"),
                (
                    json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}),
                    "compliant",
                ),
                (
                    json!({"Principal": {"Service": "logs.eu-west-1.amazonaws.com"}, "Action": "kms:Encrypt*", "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:111122223333:*"}}}),
                    "compliant",
                ),
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:DescribeKey"}), "compliant"),
            ],
        );
    }
}
