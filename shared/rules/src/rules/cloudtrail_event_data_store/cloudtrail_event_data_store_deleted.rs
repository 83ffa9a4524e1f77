//! An event data store is deleted.
//!
//! ## What it detects
//! `DeleteEventDataStore`. CloudTrail deletes the events seven days later. In a scan, a store that is pending deletion.
//!
//! ## Why it matters
//! The store records nothing any more, and its events cannot be queried. After seven days, the proof of who used which
//! key is gone for good. Somebody had to disable termination protection first, which is on by default. The severity is
//! high, as for a key that is scheduled for deletion.
//!
//! ## When it stays silent
//! Updating a store and stopping its ingestion is compliant: CloudTrail rejects both for a store that is pending
//! deletion. The creation of a store is not applicable. Neither is a store that collects no management events, for
//! example configuration items only, if a look-up shows that. The record alone does not show what a store collects, so
//! a violation stands if the look-up fails. In a scan, a store that is not pending deletion is not applicable.
//!
//! ## How to fix
//! Restore the store within seven days, and enable termination protection. Then see whether it ingests events, and
//! start ingestion if not.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RestoreEventDataStore.html>

use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, StoreAction};
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::existing::EXISTS;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_event_data_store::COLLECTS_NO_KEY_USAGE;
use crate::rules::cloudtrail_event_data_store::remediation::RESTORE;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-event-data-store-deleted",
    title: "Event data store deleted",
    severity: Severity::High,
    controls: &[nist("AU-9"), nist("AU-11")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_deleted.rs"),
};

fn check(store: &CloudTrailEventDataStore, context: &RuleContext<'_>) -> Outcome {
    match store.action {
        StoreAction::Create => return Outcome::not_applicable("the call creates the event data store"),
        // CloudTrail rejects these for a store that is pending deletion
        StoreAction::Update | StoreAction::Start | StoreAction::Stop => return Outcome::Compliant,
        StoreAction::Restore => return Outcome::Compliant,
        StoreAction::Exists => {
            let exists = Outcome::NotApplicable(EXISTS);
            return store.looked_up().map_or_else(Outcome::unresolved, |()| exists);
        }
        StoreAction::Delete if store.is_unrelated_to_keys() => {
            return Outcome::NotApplicable(COLLECTS_NO_KEY_USAGE);
        }
        StoreAction::Delete => {}
    }
    let (name, time) = (context.name(), context.event.time_in_words());
    // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html
    let violation = match context.seen {
        Seen::Scan => Violation::new(text!(
            "The event data store `{name}` is pending deletion: it records nothing, and its events are lost unless it is \
             restored within 7 days of its deletion.",
            name
        ))
        .evidence("status", "PENDING_DELETION"),
        Seen::Call | Seen::Document => Violation::new(text!(
            "The event data store `{name}` was deleted: it records nothing, and its events are lost unless it is restored \
             within 7 days of {time}.",
            name,
            time
        ))
        .evidence("eventName", context.event.name.as_str()),
    };
    violation.remediated_at(context.remediated_at()).remediation(RESTORE.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::cloudtrail_event_data_store::DETECTOR;
    use crate::rules::testing::{answer, name, table, violation};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5";

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("DeleteEventDataStore", json!({"eventDataStore": STORE}), "violation"),
                ("DeleteEventDataStore", json!({"omitted": true}), "violation"),
                ("UpdateEventDataStore", json!({"eventDataStore": STORE}), "compliant"),
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "compliant"),
                ("RestoreEventDataStore", json!({"eventDataStore": STORE}), "compliant"),
                ("StartEventDataStoreIngestion", json!({"eventDataStore": STORE}), "compliant"),
                ("CreateEventDataStore", json!({"name": "audit"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_store_without_management_events_says_nothing_about_keys() {
        for (category, want) in [("Management", "violation"), ("ConfigurationItem", "not-applicable")] {
            let selectors = json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}]}]);
            let fact =
                json!({"EventDataStoreArn": STORE, "Status": "PENDING_DELETION", "AdvancedEventSelectors": selectors});
            let outcome =
                answer(&RULE, "", &[fact], "DeleteEventDataStore", &json!({"eventDataStore": STORE}), &Value::Null);
            assert_eq!(name(&outcome), want, "{category}");
        }
    }

    #[test]
    fn restoring_the_store_is_the_remediation_and_the_arn_names_the_region() {
        let record = |call: &str, time: &str| {
            json!({"eventName": call, "eventSource": DETECTOR.event_source, "eventTime": format!("2026-11-22T{time}Z"),
                "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "requestParameters": {"eventDataStore": STORE}})
            .to_string()
        };
        let texts = [record("DeleteEventDataStore", "10:00:00"), record("RestoreEventDataStore", "10:30:00")];
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(texts.iter().flat_map(|text| Event::parse(text).unwrap().observe()).collect());
        let event = Event::parse(&texts[0]).unwrap();
        let (change, settings) = (event.change_for(&DETECTOR).unwrap(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let finding = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().to_json();
        assert_eq!(finding["until"], "2026-11-22T10:30:00Z");
        assert_eq!(finding["region"], "eu-west-1");
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DeleteEventDataStore", &json!({"eventDataStore": STORE})), @r#"
        The event data store `1f0c7b52-0000-4000-8000-00000000e0d5` was deleted: it records nothing, and its events are lost unless it is restored within 7 days of 2026-11-22T10:00:00Z.
        {"eventName":"DeleteEventDataStore"}
        aws cloudtrail restore-event-data-store --event-data-store arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5 --region eu-west-1
        # Terraform deletes the event data store when the resource is removed: put it back, then import it
        resource "aws_cloudtrail_event_data_store" "this" {
          name                           = "your-event-data-store"
          termination_protection_enabled = true

          lifecycle {
            prevent_destroy = true
          }
        }
        CloudTrail > Lake > Event data stores > 1f0c7b52-0000-4000-8000-00000000e0d5 > Actions > Restore
        "#);
    }
}
