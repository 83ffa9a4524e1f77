//! A trail's event selectors leave KMS events out.
//!
//! ## What it detects
//! `PutEventSelectors` with selectors that do not let all management events of KMS through: they exclude
//! `kms.amazonaws.com`, include no management events, or only read or only write events. Basic and
//! advanced selectors are evaluated as CloudTrail does: an event is recorded if it matches any of them.
//! The finding is *high* if write events are missing and *medium* if only read events are. It is *low* if,
//! according to a look-up, another multi-Region trail has no selectors of its own and so records all
//! management events. In a scan, a trail with such selectors.
//!
//! ## Why it matters
//! `Encrypt`, `Decrypt` and `GenerateDataKey` are read events: without them, nobody can tell who used a
//! key. Calls that disable, delete or share a key are write events. EventBridge delivers only what a
//! trail records, so that without write events Sealwatch evaluates no call on keys.
//!
//! ## When it stays silent
//! Selectors for data events and the exclusion of `rdsdata.amazonaws.com` do not matter. Selectors that
//! the record leaves out or redacts are unverified if a look-up does not show them either. So are
//! conditions on members of events other than `eventCategory`, `eventSource` and `readOnly`, if the result
//! depends on them. Other calls on trails are not applicable. A trail without selectors of its own records
//! all management events, and is compliant in a scan.
//!
//! The rule does not wait for a second `PutEventSelectors`: a gap in the record cannot be closed later. In
//! a replay, the finding says when a later call remediated it.
//!
//! ## How to fix
//! Let one selector include all management events. The call replaces all selectors, so repeat those for
//! data events.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::{CloudTrailTrail, OtherTrails, TrailCall};
use crate::configuration::event_selectors::{KmsEvents, Recorded};
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::cloudtrail_trail::remediation::MANAGEMENT_EVENTS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-kms-events",
    title: "Trail leaves KMS events out",
    severity: Severity::High,
    controls: &[fsbp("CloudTrail.1"), cis("3.1"), nist("AU-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_without_kms_events.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let events = match &trail.call {
        TrailCall::Select(Field::Present(events)) | TrailCall::Exists(_, Field::Present(events)) => *events,
        TrailCall::Select(hidden) | TrailCall::Exists(_, hidden) => {
            return Outcome::missing(trail.unresolved.as_ref(), hidden, "eventSelectors");
        }
        _ => return Outcome::not_applicable("the call does not change the event selectors"),
    };
    let name = context.name();
    let (detail, severity) = match events {
        KmsEvents { reads: Recorded::Yes, writes: Recorded::Yes } => return Outcome::Compliant,
        KmsEvents { reads: Recorded::No, writes: Recorded::No } => {
            let detail = text!(
                "The event selectors of the trail `{name}` leave out all KMS events: nobody can tell who uses or changes a key.",
                name
            );
            (detail, Severity::High)
        }
        KmsEvents { writes: Recorded::No, .. } => {
            let detail = text!(
                "The event selectors of the trail `{name}` leave out KMS write events: nobody can tell who disables, deletes or shares a key.",
                name
            );
            (detail, Severity::High)
        }
        KmsEvents { reads: Recorded::No, .. } => {
            let detail = text!(
                "The event selectors of the trail `{name}` leave out KMS read events, such as `Decrypt`: nobody can tell who uses a key.",
                name
            );
            (detail, Severity::Medium)
        }
        _ => {
            return Outcome::unverified(Text::literal(
                "conditions of the event selectors that this version does not understand decide whether they leave KMS events out",
            ));
        }
    };
    let (detail, severity) = match &trail.others {
        Some(OtherTrails::Complete(other)) => {
            (text!("{detail} The trail `{other}` records all management events.", detail, other), Severity::Low)
        }
        _ => (detail, severity),
    };
    let mut violation = Violation::new(detail)
        .evidence_text("kmsReadEvents", events.reads.in_words())
        .evidence_text("kmsWriteEvents", events.writes.in_words())
        .remediated_at(context.remediated_at());
    violation.severity = Some(severity);
    violation.remediation(MANAGEMENT_EVENTS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::{Description, Facts};
    use crate::engine::lookup::Lookup;
    use crate::engine::rule::Phase;
    use crate::rules::cloudtrail_trail::{DESCRIBE_TRAILS, DETECTOR, GET_EVENT_SELECTORS};
    use crate::rules::testing::{answer, name, table, violation};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::{Value, json};

    const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

    fn basic(selector: Value) -> Value {
        json!({"trailName": "audit", "eventSelectors": [selector]})
    }

    #[test]
    fn selectors_have_to_let_all_management_events_of_kms_through() {
        let advanced = |field: Value| {
            json!({"trailName": TRAIL, "advancedEventSelectors": [{"fieldSelectors": [
                {"field": "eventCategory", "equals": ["Management"]}, field]}]})
        };
        let without = |source: &str| advanced(json!({"field": "eventSource", "notEquals": [source]}));
        table(
            &RULE,
            &[
                ("PutEventSelectors", basic(json!({"readWriteType": "All"})), "compliant"),
                ("PutEventSelectors", basic(json!({"readWriteType": "WriteOnly"})), "violation"),
                ("PutEventSelectors", basic(json!({"includeManagementEvents": false})), "violation"),
                (
                    "PutEventSelectors",
                    basic(json!({"excludeManagementEventSources": ["kms.amazonaws.com"]})),
                    "violation",
                ),
                ("PutEventSelectors", without("rdsdata.amazonaws.com"), "compliant"),
                ("PutEventSelectors", without("kms.amazonaws.com"), "violation"),
                ("PutEventSelectors", advanced(json!({"field": "readOnly", "equals": ["true"]})), "violation"),
                ("PutEventSelectors", advanced(json!({"field": "eventName", "equals": ["RotateKey"]})), "unverified"),
                ("PutEventSelectors", json!({"trailName": "audit"}), "unverified"),
                ("PutEventSelectors", json!({"trailName": "audit", "eventSelectors": "***"}), "unverified"),
                ("PutEventSelectors", json!({"omitted": true}), "unverified"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
                ("CreateTrail", json!({"name": "audit"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_decides_if_it_shows_the_selectors() {
        let all = basic(json!({"readWriteType": "All"}));
        let response = json!({"trailARN": TRAIL, "eventSelectors": [{"readWriteType": "ReadOnly"}]});
        let outcome =
            |request: &Value, response: &Value| name(&answer(&RULE, "", &[], "PutEventSelectors", request, response));
        assert_eq!(outcome(&all, &response), "violation");
        assert_eq!(outcome(&all, &json!({"trailARN": TRAIL})), "compliant");
        assert_eq!(outcome(&all, &json!({"omitted": true})), "compliant");
        assert_eq!(outcome(&json!({"omitted": true}), &response), "violation");
        let facts = [json!({"TrailARN": TRAIL, "EventSelectors": [{"ReadWriteType": "ReadOnly"}]})];
        let request = json!({"trailName": "audit", "eventSelectors": "***"});
        assert_eq!(name(&answer(&RULE, "", &facts, "PutEventSelectors", &request, &Value::Null)), "violation");
    }

    #[test]
    fn another_trail_that_records_everything_lowers_the_severity() {
        let record = json!({"eventName": "PutEventSelectors", "eventSource": "cloudtrail.amazonaws.com",
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "requestParameters": {"trailName": TRAIL, "eventSelectors": "***"}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (mut facts, settings) = (Facts::default(), Settings::default());
        let pending = |facts: &Facts| pending_lookups(&change, facts, &settings, Phase::All);
        assert_eq!(pending(&facts), [Lookup::new(GET_EVENT_SELECTORS.action, TRAIL)]);
        let data_only = json!({"EventSelectors": [{"IncludeManagementEvents": false}]});
        facts.insert_resource(GET_EVENT_SELECTORS.action, TRAIL.to_owned(), Description::Found(data_only));
        assert_eq!(pending(&facts), [Lookup::new(DESCRIBE_TRAILS.action, TRAIL)]);
        let severity = |facts: &Facts| {
            let findings = evaluate(&change, facts, &settings);
            findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().severity.name()
        };
        assert_eq!(severity(&facts), "high");
        let other = json!({"trailList": [{"TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "Name": "all",
            "IsMultiRegionTrail": true, "HasCustomEventSelectors": false}]});
        facts.insert_resource(DESCRIBE_TRAILS.action, TRAIL.to_owned(), Description::Found(other));
        assert_eq!((severity(&facts), pending(&facts)), ("low", vec![]));
    }

    #[test]
    fn later_selectors_that_record_everything_are_the_remediation() {
        let record = |time: &str, kind: &str| {
            json!({"eventName": "PutEventSelectors", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": format!("2026-11-22T{time}Z"), "recipientAccountId": "111122223333",
                "requestParameters": {"trailName": TRAIL, "eventSelectors": [{"readWriteType": kind}]}})
            .to_string()
        };
        let texts = [record("10:00:00", "ReadOnly"), record("10:01:00", "WriteOnly"), record("10:02:00", "All")];
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(texts.iter().flat_map(|text| Event::parse(text).unwrap().observe()).collect());
        let event = Event::parse(&texts[0]).unwrap();
        let (change, settings) = (event.change_for(&DETECTOR).unwrap(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let finding = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap();
        assert_eq!(finding.to_json()["until"], "2026-11-22T10:02:00Z");
    }

    #[test]
    fn what_people_read() {
        let request = basic(json!({"readWriteType": "WriteOnly", "includeManagementEvents": true}));
        insta::assert_snapshot!(violation(&RULE, "PutEventSelectors", &request), @r#"
        The event selectors of the trail `audit` leave out KMS read events, such as `Decrypt`: nobody can tell who uses a key.
        {"kmsReadEvents":"left out","kmsWriteEvents":"recorded"}
        # replaces all selectors: repeat those for data events, which this shows
        aws cloudtrail get-event-selectors --trail-name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --region eu-west-1
        aws cloudtrail put-event-selectors --trail-name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --advanced-event-selectors '[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]' --region eu-west-1
        resource "aws_cloudtrail" "this" {
          name = "audit"
          advanced_event_selector {
            name = "Management events"
            field_selector {
              field  = "eventCategory"
              equals = ["Management"]
            }
          }
        }
        CloudTrail > Trails > audit > Management events > Edit > API activity: Read, Write; exclude no AWS KMS events
        "#);
    }
}
