//! An event data store no longer ingests events.
//!
//! ## What it detects
//! `StopEventDataStoreIngestion`, if ingestion is still stopped after the settle time. In a scan, a store of management
//! events that ingests none. Its description does not show whether somebody stopped it or it was created so.
//!
//! ## Why it matters
//! From then on, nobody sees in this store who used a key, changed a key policy or disabled a key. Attackers stop the
//! recording before they act. The events of the gap are lost: the store does not catch up when ingestion starts again.
//! The severity is high, although the stored events stay.
//!
//! ## When it stays silent
//! A store that ingests again at the end of the settle time is compliant: a shorter interruption is not reported. So is
//! a call that creates or updates a store that ingests. A store that is created without ingestion is a choice, not a
//! loss: AWS recommends it for a store that only gets copies of old events. A store that was deleted meanwhile is not
//! applicable, because `cloudtrail-event-data-store-deleted` reports that. Neither is a store that collects no
//! management events, for example configuration items only, if a look-up shows that. The record alone does not show
//! what a store collects, so a violation stands if the look-up fails. In a scan, a store that was created without
//! ingestion looks like one that was stopped: add an exception for it.
//!
//! ## How to fix
//! Start ingestion again, and find out what happened meanwhile from a trail or the event history.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopEventDataStoreIngestion.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-eds-stop-ingestion.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, StoreAction};
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::cloudtrail_event_data_store::COLLECTS_NO_KEY_USAGE;
use crate::rules::cloudtrail_event_data_store::remediation::START;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-event-data-store-stopped",
    title: "Event data store no longer ingests events",
    severity: Severity::High,
    controls: &[nist("AU-9"), nist("AU-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_stopped.rs"),
};

fn check(store: &CloudTrailEventDataStore, context: &RuleContext<'_>) -> Outcome {
    if store.action == StoreAction::Stop && store.unresolved == Some(Unresolved::Deleted) {
        return Outcome::not_applicable("the event data store was deleted meanwhile");
    }
    match (store.action, store.ingests) {
        (StoreAction::Delete, _) => return Outcome::not_applicable("the call deletes the event data store"),
        (_, Field::Present(true)) => return Outcome::Compliant,
        (StoreAction::Create | StoreAction::Update | StoreAction::Start, _) => {
            return Outcome::not_applicable("the call does not stop the ingestion of events");
        }
        (StoreAction::Restore, ingests) if ingests != Field::Present(false) => {
            return Outcome::not_applicable(
                "the answer does not show whether the restored event data store ingests events",
            );
        }
        (StoreAction::Stop | StoreAction::Restore | StoreAction::Exists, _) if store.is_unrelated_to_keys() => {
            return Outcome::NotApplicable(COLLECTS_NO_KEY_USAGE);
        }
        (StoreAction::Exists, Field::Absent) => {
            return Outcome::unverified(Text::literal(
                "the status of the event data store does not show whether it ingests events",
            ));
        }
        (StoreAction::Exists, hidden @ (Field::Redacted | Field::Omitted)) => {
            return Outcome::missing(store.unresolved.as_ref(), &hidden, "status");
        }
        (StoreAction::Stop | StoreAction::Restore | StoreAction::Exists, _) => {}
    }
    let name = context.name();
    let violation = match context.seen {
        Seen::Scan => Violation::new(text!(
            "The event data store `{name}` ingests no events: what happens from now on, it does not show. If it was created \
             for copies of earlier events only, add an exception for it.",
            name
        ))
        .evidence("ingestion", "stopped"),
        Seen::Call | Seen::Document => Violation::new(text!(
            "The event data store `{name}` no longer ingests events: what happens from now on, it does not show.",
            name
        ))
        .evidence("eventName", context.event.name.as_str()),
    };
    violation.remediated_at(context.remediated_at()).remediation(START.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::{Description, Facts};
    use crate::engine::lookup::Lookup;
    use crate::engine::rule::Phase;
    use crate::rules::cloudtrail_event_data_store::{DETECTOR, GET_STORE};
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
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "violation"),
                ("StopEventDataStoreIngestion", json!({"omitted": true}), "violation"),
                ("CreateEventDataStore", json!({"name": "audit"}), "compliant"),
                ("CreateEventDataStore", json!({"name": "audit", "startIngestion": true}), "compliant"),
                ("CreateEventDataStore", json!({"name": "audit", "startIngestion": false}), "not-applicable"),
                ("UpdateEventDataStore", json!({"eventDataStore": STORE}), "not-applicable"),
                ("StartEventDataStoreIngestion", json!({"eventDataStore": STORE}), "compliant"),
                ("RestoreEventDataStore", json!({"eventDataStore": STORE}), "not-applicable"),
                ("DeleteEventDataStore", json!({"eventDataStore": STORE}), "not-applicable"),
            ],
        );
        let status = |call: &str, status: &str| {
            let response = json!({"eventDataStoreArn": STORE, "status": status});
            name(&answer(&RULE, "", &[], call, &json!({"eventDataStore": STORE}), &response))
        };
        for (call, answered, want) in [
            ("UpdateEventDataStore", "ENABLED", "compliant"),
            ("UpdateEventDataStore", "STOPPED_INGESTION", "not-applicable"),
            ("RestoreEventDataStore", "ENABLED", "compliant"),
            ("RestoreEventDataStore", "PENDING_DELETION", "not-applicable"),
            ("RestoreEventDataStore", "STOPPED_INGESTION", "violation"),
        ] {
            assert_eq!(status(call, answered), want, "{call} {answered}");
        }
    }

    #[test]
    fn the_described_store_decides_after_the_settle_time() {
        let selectors =
            |category: &str| json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}]}]);
        for (status, selectors, want) in [
            (json!("ENABLED"), selectors("Management"), "compliant"),
            (json!("STARTING_INGESTION"), Value::Null, "compliant"),
            (json!("STOPPED_INGESTION"), selectors("Management"), "violation"),
            (json!("STOPPING_INGESTION"), Value::Null, "violation"),
            (json!("STOPPED_INGESTION"), selectors("ConfigurationItem"), "not-applicable"),
            (json!("STOPPED_INGESTION"), selectors("Data"), "not-applicable"),
            (json!("PENDING_DELETION"), selectors("Management"), "not-applicable"),
            (json!("SOMETHING_NEW"), Value::Null, "violation"),
            (Value::Null, Value::Null, "violation"),
        ] {
            let fact = json!({"EventDataStoreArn": STORE, "Status": status, "AdvancedEventSelectors": selectors});
            let outcome = answer(
                &RULE,
                "",
                &[fact],
                "StopEventDataStoreIngestion",
                &json!({"eventDataStore": STORE}),
                &Value::Null,
            );
            assert_eq!(name(&outcome), want, "{status} {selectors}");
        }
    }

    fn record(call: &str, time: &str) -> String {
        json!({"eventName": call, "eventSource": DETECTOR.event_source, "eventTime": format!("2026-11-22T{time}Z"),
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": {"eventDataStore": STORE}})
        .to_string()
    }

    #[test]
    fn later_calls_decide_in_a_replay() {
        let stop = record("StopEventDataStoreIngestion", "10:00:00");
        const START: &str = "StartEventDataStoreIngestion";
        const DELETE: &str = "DeleteEventDataStore";
        const LATE: &str = "violation until 2026-11-22T18:00:00Z";
        // what the records say, and with a look-up that shows the store of today
        for (later, want, with_look_up) in [
            (vec![], "violation", "compliant"),
            (vec![(START, "10:01:00")], "compliant", "compliant"),
            (vec![(START, "10:00:00")], "compliant", "compliant"),
            (vec![(START, "18:00:00")], LATE, LATE),
            (vec![(START, "09:00:00")], "violation", "compliant"),
            (vec![(DELETE, "10:01:00")], "not-applicable", "not-applicable"),
            (vec![(DELETE, "10:01:00"), ("RestoreEventDataStore", "10:02:00")], "violation", "compliant"),
            (vec![(START, "10:01:00"), ("StopEventDataStoreIngestion", "10:02:00")], "violation", "compliant"),
        ] {
            let texts: Vec<_> = later.iter().map(|(call, time)| record(call, time)).collect();
            let all = texts.iter().chain([&stop]);
            let mut facts = Facts::default();
            facts.timeline = Timeline::of(all.flat_map(|text| Event::parse(text).unwrap().observe()).collect());
            assert_eq!(answer_of(&stop, &facts), want, "{later:?}");
            let today = json!({"EventDataStoreArn": STORE, "Status": "ENABLED"});
            facts.insert_resource(GET_STORE.action, STORE.to_owned(), Description::Found(today));
            assert_eq!(answer_of(&stop, &facts), with_look_up, "{later:?}");
        }
    }

    fn answer_of(text: &str, facts: &Facts) -> String {
        let event = Event::parse(text).unwrap();
        let (change, settings) = (event.change_for(&DETECTOR).unwrap(), Settings::default());
        let findings = evaluate(&change, facts, &settings);
        let finding = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().to_json();
        let until = finding["until"].as_str().map(|time| format!(" until {time}"));
        format!("{}{}", finding["outcome"].as_str().unwrap(), until.unwrap_or_default())
    }

    #[test]
    fn the_store_is_looked_up_after_the_settle_time_and_a_failed_look_up_hides_nothing() {
        let text = record("StopEventDataStoreIngestion", "10:00:00");
        let event = Event::parse(&text).unwrap();
        let (change, settings) = (event.change_for(&DETECTOR).unwrap(), Settings::default());
        assert!(change.settles());
        let pending = |phase| pending_lookups(&change, &Facts::default(), &settings, phase);
        assert_eq!(pending(Phase::Immediate), []);
        assert_eq!(pending(Phase::Settled), [Lookup::new(GET_STORE.action, STORE)]);
        for failed in [Description::Unknown("denied".into()), Description::Deleted] {
            let mut facts = Facts::default();
            facts.insert_resource(GET_STORE.action, STORE.to_owned(), failed);
            let findings = evaluate(&change, &facts, &settings);
            assert!(findings.iter().any(|finding| finding.rule.id == RULE.id && finding.is_violation()));
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "StopEventDataStoreIngestion", &json!({"eventDataStore": STORE})), @r#"
        The event data store `1f0c7b52-0000-4000-8000-00000000e0d5` no longer ingests events: what happens from now on, it does not show.
        {"eventName":"StopEventDataStoreIngestion"}
        aws cloudtrail start-event-data-store-ingestion --event-data-store arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5 --region eu-west-1
        resource "aws_cloudtrail_event_data_store" "this" {
          name    = "your-event-data-store"
          suspend = "false"
        }
        CloudTrail > Lake > Event data stores > 1f0c7b52-0000-4000-8000-00000000e0d5 > Actions > Start ingestion
        "#);
    }

    #[test]
    fn the_id_of_a_store_is_enough() {
        let id = json!({"eventDataStore": "1f0c7b52-0000-4000-8000-00000000e0d5"});
        let whole = violation(&RULE, "StopEventDataStoreIngestion", &json!({"eventDataStore": STORE}));
        assert_eq!(violation(&RULE, "StopEventDataStoreIngestion", &id), whole);
    }
}
