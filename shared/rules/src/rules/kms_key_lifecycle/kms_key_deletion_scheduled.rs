//! A KMS key is scheduled for deletion.
//!
//! ## What it detects
//! `ScheduleKeyDeletion`, with the day until which it can be cancelled.
//!
//! ## Why it matters
//! From now on the key cannot be used; from that day everything sealed with it is lost for good.
//!
//! ## When it stays silent
//! Other calls on keys.
//!
//! ## How to fix
//! Cancel the deletion, then enable the key: cancelling leaves it disabled.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html>

use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-deletion-scheduled",
    title: "KMS key scheduled for deletion",
    severity: Severity::High,
    controls: &[fsbp("KMS.3"), nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_deletion_scheduled.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let (date, window_days) = match &key.call {
        KeyCall::ScheduleDeletion { date, window_days } => (date, window_days),
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant, // refused for such a key
        _ => return Outcome::not_applicable("the call does not schedule a deletion"),
    };
    let name = plain(context.name());
    let until = match (date, window_days) {
        (Some(date), _) => format!("until {}", plain(date)),
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
        (None, days) => format!("for {} days after {}", days.unwrap_or(30), plain(&context.event.time)),
    };
    let mut violation =
        Violation::new(format!("The key `{name}` is scheduled for deletion. It can be cancelled {until}."))
            .evidence("eventName", context.event.name.as_str());
    if let Some(date) = date {
        violation = violation.evidence("responseElements.deletionDate", plain(date));
    }
    if let Some(days) = window_days {
        violation = violation.evidence("pendingWindowInDays", *days);
    }
    let key = shell(context.arn());
    violation.remediated_at(context.remediated_at()).remediation(Remediation { cli: format!("{} && {}", context.aws(&format!("kms cancel-key-deletion --key-id {key}")), context.aws(&format!("kms enable-key --key-id {key}"))), terraform: "# Terraform schedules a deletion when the resource is removed: put it back, then import the key\nresource \"aws_kms_key\" \"this\" {\n  is_enabled = true\n\n  lifecycle {\n    prevent_destroy = true\n  }\n}".to_owned(), console: format!("Key Management Service > Customer managed keys > {name} > Key actions > Cancel key deletion") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{CUSTOMER_KEY, answer, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        table(
            &RULE,
            &[
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("ScheduleKeyDeletion", json!({"omitted": true}), "violation"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
        insta::assert_snapshot!(violation(&RULE, "ScheduleKeyDeletion", &json!({"keyId": CUSTOMER_KEY})), @r#"
        The key `customer` is scheduled for deletion. It can be cancelled for 30 days after 2026-11-22T10:00:00Z.
        {"eventName":"ScheduleKeyDeletion"}
        aws kms cancel-key-deletion --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --region eu-west-1 && aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --region eu-west-1
        # Terraform schedules a deletion when the resource is removed: put it back, then import the key
        resource "aws_kms_key" "this" {
          is_enabled = true

          lifecycle {
            prevent_destroy = true
          }
        }
        Key Management Service > Customer managed keys > customer > Key actions > Cancel key deletion
        "#);
    }

    #[test]
    fn the_last_day_is_told_as_kms_told_it() {
        let said = |response: Value| match answer(
            &RULE,
            "",
            &[],
            "ScheduleKeyDeletion",
            &json!({"keyId": CUSTOMER_KEY}),
            &response,
        ) {
            Outcome::Violation(violation) => violation.detail,
            other => panic!("{other:?}"),
        };
        assert!(
            said(json!({"deletionDate": "Dec 1, 2026, 9:00:00 AM"}))
                .ends_with("cancelled until Dec 1, 2026, 9:00:00 AM.")
        );
        assert!(
            said(json!({"keyState": "PendingReplicaDeletion", "pendingWindowInDays": 7}))
                .contains("for 7 days after 2026-11-22")
        );
    }
}
