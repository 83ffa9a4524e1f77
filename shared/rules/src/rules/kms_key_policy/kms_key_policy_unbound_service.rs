//! A KMS key policy lets an AWS service use the key for any customer.
//!
//! ## What it detects
//! A service principal with use, grants or administration, and no condition that says for which account it
//! acts: `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID`, `kms:CallerAccount`, or an encryption context with
//! the account in it, which the service sets itself.
//!
//! ## Why it matters
//! Somebody else can have the service act on this key for them: the confused deputy.
//!
//! ## When it stays silent
//! Bound service principals, and those that may only describe the key. Most unbound services are reported as low,
//! for AWS's own templates have them; `CreateGrant` and administration as medium, "every service" as high.
//!
//! ## How to fix
//! Add `aws:SourceAccount`, or for CloudWatch Logs the encryption context. The finding shows the corrected statement.
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
use crate::rules::kms_key_policy::report::{Words, answer};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
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
        lets: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        because: "Nothing says for which account the service acts.",
        unverified: |exposure| exposure.who.to_string(),
        fix: Fix::BoundService,
    };
    answer(subject, context, |analysis| &analysis.unbound_services, words)
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
