//! A KMS key is scheduled for deletion.
//!
//! ## What it detects
//! `ScheduleKeyDeletion`. In a scan, a key that is pending deletion, or whose deletion waits for its replicas. The finding
//! says until when the deletion can be canceled.
//!
//! ## Why it matters
//! The key cannot be used from now on. With its deletion, all data encrypted with it is lost for
//! good, and nothing can be signed with it any more.
//!
//! ## When it stays silent
//! `EnableKeyRotation` and `DisableKeyRotation` are compliant: KMS rejects them for a key that is
//! pending deletion. Other calls on keys are not applicable.
//!
//! ## How to fix
//! Cancel the deletion, then enable the key: canceling leaves it disabled.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html>

use crate::configuration::key::Key;
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_lifecycle::remediation::DELETION_SCHEDULED;
use crate::util::severity::Severity;
use crate::util::text::plain;
use crate::util::time;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-deletion-scheduled",
    title: "KMS key scheduled for deletion",
    severity: Severity::High,
    controls: &[fsbp("KMS.3"), nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_deletion_scheduled.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let (date, window_days) = match &key.call {
        KeyCall::ScheduleDeletion { date, window_days } => (date, window_days),
        KeyCall::Existing(_) => return key.evaluate_existing(|key| existing(key, context)),
        KeyCall::CancelDeletion => return Outcome::Compliant,
        // KMS rejects these for a key that is pending deletion
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant,
        _ => return Outcome::not_applicable("the call does not schedule a deletion"),
    };
    let name = context.name();
    let detail = match (date.as_deref().filter(|date| !date.is_empty()), window_days) {
        (Some(date), _) => scheduled(name, date),
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
        (None, days) => text!(
            "The key `{name}` is scheduled for deletion. The deletion can be canceled for {days} days after {time}.",
            name,
            days = days.unwrap_or(30),
            time = context.event.time_in_words()
        ),
    };
    let mut violation = Violation::new(detail).evidence("eventName", context.event.name.as_str());
    if let Some(date) = date.as_deref().filter(|date| !date.is_empty()) {
        violation = violation.evidence("responseElements.deletionDate", plain(date));
    }
    if let Some(days) = window_days {
        violation = violation.evidence("pendingWindowInDays", *days);
    }
    violation.remediated_at(context.remediated_at()).remediation(DELETION_SCHEDULED.fill(context, &[]))
}

fn scheduled(name: &str, until: &str) -> Text {
    text!("The key `{name}` is scheduled for deletion. The deletion can be canceled until {until}.", name, until)
}

fn existing(key: &Key, context: &RuleContext<'_>) -> Outcome {
    if !key.is_pending_deletion() {
        return Outcome::Compliant;
    }
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    let name = context.name();
    let detail = match (key.end.deletion, key.end.deletion_window_days) {
        (Some(date), _) => scheduled(name, &time::written(date)),
        (None, Some(days)) => text!(
            "The key `{name}` is scheduled for deletion. The deletion can be canceled for {days} days after the deletion of its last replica.",
            name,
            days
        ),
        (None, None) => text!(
            "The key `{name}` is scheduled for deletion. The deletion can be canceled until the end of its waiting period.",
            name
        ),
    };
    let mut violation = Violation::new(detail).evidence("KeyState", key.state.as_deref().unwrap_or_default());
    if let Some(date) = key.end.deletion {
        violation = violation.evidence("DeletionDate", time::written(date));
    }
    if let Some(days) = key.end.deletion_window_days {
        violation = violation.evidence("PendingDeletionWindowInDays", days);
    }
    violation.remediation(DELETION_SCHEDULED.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::rules::kms_key_lifecycle::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, answer, table, violation};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("ScheduleKeyDeletion", json!({"omitted": true}), "violation"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("CancelKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("EnableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "ScheduleKeyDeletion", &json!({"keyId": CUSTOMER_KEY})), @r#"
        The key `customer` is scheduled for deletion. The deletion can be canceled for 30 days after 2026-11-22T10:00:00Z.
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
    fn without_a_time_the_waiting_period_counts_from_the_call() {
        let record = json!({"eventName": "ScheduleKeyDeletion", "eventSource": "kms.amazonaws.com",
            "requestParameters": {"keyId": CUSTOMER_KEY, "pendingWindowInDays": 8}, "responseElements": {"deletionDate": ""}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let detail = findings.iter().find(|finding| finding.is_violation()).unwrap().detail();
        assert!(detail.ends_with("canceled for 8 days after the call."), "{detail}");
    }

    #[test]
    fn the_date_and_the_waiting_period_come_from_the_response() {
        let detail = |response: Value| match answer(
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
            detail(json!({"deletionDate": "Dec 1, 2026, 9:00:00 AM"}))
                .ends_with("canceled until Dec 1, 2026, 9:00:00 AM.")
        );
        assert!(
            detail(json!({"keyState": "PendingReplicaDeletion", "pendingWindowInDays": 7}))
                .contains("for 7 days after 2026-11-22")
        );
    }
}
