//! An event data store leaves KMS events out.
//!
//! ## What it detects
//! `CreateEventDataStore` or `UpdateEventDataStore` with advanced event selectors that do not let all
//! management events of KMS through: they exclude `kms.amazonaws.com`, or include only read or only
//! write events. Also an update whose selectors name data or network activity events only: it takes
//! the management events away. In a scan, a store with such selectors, unless it collects no
//! management events.
//!
//! ## Why it matters
//! `Encrypt`, `Decrypt` and `GenerateDataKey` are read events: without them, the store does not show
//! who used a key. Calls that disable, delete or share a key are write events. Whoever misuses a key
//! first makes sure that nobody can query it. The severity is medium: a trail may still record the
//! events, and EventBridge delivers what the trail records.
//!
//! ## When it stays silent
//! By default, a store collects all management events: compliant. A store that is created without
//! management events has another purpose (data events, network activity, configuration items,
//! Insights, events from outside AWS), and is not applicable. Neither is an update of such a store
//! that does not change the selectors, nor one to a category that cannot be combined with management
//! events. A record does not show the earlier selectors: if you change the selectors of a store for
//! data events, add an exception for that store.
//!
//! Selectors that the record leaves out or redacts are unverified if a look-up does not show them. So
//! are conditions on other members of events, such as `eventName` and `userIdentity.arn`, if the
//! result depends on them. Calls that stop ingestion or delete the store are not applicable.
//!
//! ## How to fix
//! Let one selector include all management events. The call replaces all selectors, so repeat the
//! others.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, Collects, StoreAction};
use crate::configuration::event_selectors::{KmsEvents, Recorded};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::cloudtrail_event_data_store::COLLECTS_NO_KEY_USAGE;
use crate::rules::cloudtrail_event_data_store::remediation::MANAGEMENT_EVENTS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-event-data-store-without-kms-events",
    title: "Event data store leaves KMS events out",
    severity: Severity::Medium,
    controls: &[nist("AU-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_without_kms_events.rs"),
};

fn check(store: &CloudTrailEventDataStore, context: &RuleContext<'_>) -> Outcome {
    if !store.configures() {
        return Outcome::not_applicable("the call does not change the event selectors");
    }
    let events = match (&store.kms_events, store.collects) {
        (Field::Absent, _) if store.unresolved.is_none() => {
            return Outcome::not_applicable("the update does not change the event selectors");
        }
        (_, Field::Present(Collects::Other)) => return Outcome::NotApplicable(COLLECTS_NO_KEY_USAGE),
        (_, Field::Present(Collects::Activity)) if store.action == StoreAction::Create || !store.selects => {
            return Outcome::NotApplicable(COLLECTS_NO_KEY_USAGE);
        }
        (Field::Present(_), category @ Field::Redacted) => return Outcome::missing(None, &category, "eventCategory"),
        (Field::Present(events), _) => *events,
        (missing, _) => return Outcome::missing(store.unresolved.as_ref(), missing, "advancedEventSelectors"),
    };
    let name = context.name();
    let detail = match events {
        complete if complete.are_complete() => return Outcome::Compliant,
        KmsEvents { reads: Recorded::No, writes: Recorded::No } => {
            text!(
                "The event data store `{name}` leaves out all KMS events: it does not show who uses or changes a key.",
                name
            )
        }
        KmsEvents { writes: Recorded::No, .. } => {
            text!(
                "The event data store `{name}` leaves out KMS write events: it does not show who disables, deletes or shares a key.",
                name
            )
        }
        KmsEvents { reads: Recorded::No, .. } => text!(
            "The event data store `{name}` leaves out KMS read events, such as `Decrypt`: it does not show who uses a key.",
            name
        ),
        _ => {
            return Outcome::unverified(Text::literal(
                "conditions of the event selectors that this version does not understand decide whether they leave KMS events out",
            ));
        }
    };
    Violation::new(detail)
        .evidence_text("kmsReadEvents", events.reads.in_words())
        .evidence_text("kmsWriteEvents", events.writes.in_words())
        .remediation(MANAGEMENT_EVENTS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5";

    fn selectors(fields: &[(&str, &str, Value)]) -> Value {
        let fields: Vec<_> =
            fields.iter().map(|(field, operator, values)| json!({"field": field, *operator: values})).collect();
        json!([{"name": "s", "fieldSelectors": fields}])
    }

    fn category(name: &str) -> (&'static str, &'static str, Value) {
        ("eventCategory", "equals", json!([name]))
    }

    #[test]
    fn selectors_have_to_let_all_management_events_of_kms_through() {
        let create = |selectors: Value| json!({"name": "audit", "advancedEventSelectors": selectors});
        let update = |selectors: Value| json!({"eventDataStore": STORE, "advancedEventSelectors": selectors});
        let management =
            |field: &'static str, operator, values| selectors(&[category("Management"), (field, operator, values)]);
        let no_kms = || management("eventSource", "notEquals", json!(["kms.amazonaws.com"]));
        let (created, updated) = ("CreateEventDataStore", "UpdateEventDataStore");
        table(
            &RULE,
            &[
                (created, json!({"name": "audit"}), "compliant"),
                (created, create(selectors(&[category("Management")])), "compliant"),
                (created, create(no_kms()), "violation"),
                (updated, update(no_kms()), "violation"),
                (updated, update(management("readOnly", "equals", json!(["false"]))), "violation"),
                (updated, update(management("readOnly", "equals", json!(["true"]))), "violation"),
                (
                    updated,
                    update(management("eventSource", "notEquals", json!(["rdsdata.amazonaws.com"]))),
                    "compliant",
                ),
                (updated, update(management("eventName", "notEquals", json!(["DisableKey"]))), "unverified"),
                // other categories
                (created, create(selectors(&[category("Data")])), "not-applicable"),
                (created, create(selectors(&[category("ConfigurationItem")])), "not-applicable"),
                (updated, update(selectors(&[category("Data")])), "violation"),
                (updated, update(selectors(&[category("NetworkActivity")])), "violation"),
                (updated, update(selectors(&[category("ConfigurationItem")])), "not-applicable"),
                // what the record does not show
                (updated, json!({"eventDataStore": STORE, "retentionPeriod": 90}), "not-applicable"),
                (updated, update(json!("HIDDEN_DUE_TO_SECURITY_REASONS")), "unverified"),
                (updated, update(json!([{"name": "s"}])), "unverified"),
                (updated, update(selectors(&[("eventCategory", "equals", json!(["***"]))])), "unverified"),
                (created, json!({"omitted": true}), "unverified"),
                (updated, json!({"omitted": true}), "unverified"),
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "not-applicable"),
                ("DeleteEventDataStore", json!({"eventDataStore": STORE}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_shows_the_result_of_a_partial_update_and_else_a_look_up() {
        let request = json!({"eventDataStore": STORE, "retentionPeriod": 90});
        let no_kms =
            || selectors(&[category("Management"), ("eventSource", "notEquals", json!(["kms.amazonaws.com"]))]);
        for (selectors, want) in [
            (selectors(&[category("Management")]), "compliant"),
            (no_kms(), "violation"),
            (selectors(&[category("Data")]), "not-applicable"),
            (Value::Null, "not-applicable"),
        ] {
            let response = json!({"eventDataStoreArn": STORE, "advancedEventSelectors": selectors});
            let outcome = answer(&RULE, "", &[], "UpdateEventDataStore", &request, &response);
            assert_eq!(name(&outcome), want, "{selectors}");
        }
        let described = json!({"EventDataStoreArn": STORE, "AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]}]}]});
        let request = json!({"eventDataStore": STORE, "advancedEventSelectors": "***"});
        let outcome = answer(&RULE, "", &[described], "UpdateEventDataStore", &request, &json!({"omitted": true}));
        assert_eq!(name(&outcome), "violation");
    }

    #[test]
    fn what_people_read() {
        let fields = [category("Management"), ("readOnly", "equals", json!(["false"]))];
        let request = json!({"eventDataStore": STORE, "advancedEventSelectors": selectors(&fields)});
        insta::assert_snapshot!(violation(&RULE, "UpdateEventDataStore", &request), @r#"
        The event data store `1f0c7b52-0000-4000-8000-00000000e0d5` leaves out KMS read events, such as `Decrypt`: it does not show who uses a key.
        {"kmsReadEvents":"left out","kmsWriteEvents":"recorded"}
        # replaces all selectors: repeat the others, which this shows
        aws cloudtrail get-event-data-store --event-data-store arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5 --region eu-west-1
        aws cloudtrail update-event-data-store --event-data-store arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5 --advanced-event-selectors '[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]' --region eu-west-1
        resource "aws_cloudtrail_event_data_store" "this" {
          name = "1f0c7b52-0000-4000-8000-00000000e0d5"

          advanced_event_selector {
            name = "Management events"

            field_selector {
              field  = "eventCategory"
              equals = ["Management"]
            }
          }
        }
        CloudTrail > Lake > Event data stores > 1f0c7b52-0000-4000-8000-00000000e0d5 > Management events > Edit
        "#);
    }
}
