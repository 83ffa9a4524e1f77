//! A trail does not record events.
//!
//! ## What it detects
//! `StopLogging` without `StartLogging` within the settle time, and `CreateTrail` of a trail that nobody
//! starts: the API creates it stopped. In a scan, a trail that is stopped.
//!
//! ## Why it matters
//! A stopped trail records nothing: nobody can tell later who used, changed or shared a key. If no
//! other trail records the Region, EventBridge delivers no calls either, and Sealwatch is blind.
//! Attackers stop trails before they act.
//!
//! ## When it stays silent
//! A trail that was started by the end of the settle time is compliant: a shorter interruption is not
//! reported here, but the stack of Sealwatch notifies its operations topic of every `StopLogging` in its
//! own account. A trail that was deleted by then is not applicable: another rule reports the deletion. A
//! new trail whose status nobody may look up is unverified; a stopped one stays a violation, because the
//! call itself stopped it.
//!
//! ## How to fix
//! Start logging. Events of the time before that are lost to the trail; the event history of
//! CloudTrail keeps management events for 90 days.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail-by-using-the-aws-cli-create-trail.html>

use serde_json::Value;

use crate::configuration::cloudtrail_trail::{CloudTrailTrail, TrailCall};
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::{cis, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::cloudtrail_trail::remediation::START;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-not-logging",
    title: "Trail does not record events",
    severity: Severity::High,
    controls: &[cis("3.1"), nist("AU-12"), pci("10.2.1")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_not_logging.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let name = context.name();
    let detail = match (&trail.call, &trail.logging) {
        (TrailCall::Start, _) => return Outcome::Compliant,
        (TrailCall::Create(_) | TrailCall::Stop | TrailCall::Exists(..), Some(Ok(true))) => return Outcome::Compliant,
        (TrailCall::Create(_) | TrailCall::Stop, Some(Err(unresolved @ Unresolved::Deleted)))
        | (TrailCall::Create(_) | TrailCall::Exists(..), Some(Err(unresolved))) => {
            return Outcome::unresolved(unresolved);
        }
        (TrailCall::Create(_), _) => {
            text!("The trail `{name}` was created and nobody started it: it records no events.", name)
        }
        (TrailCall::Stop, _) => text!("The trail `{name}` was stopped: it records no events.", name),
        (TrailCall::Exists(..), Some(Ok(false))) => text!("The trail `{name}` is stopped: it records no events.", name),
        (TrailCall::Exists(..), None) => {
            return Outcome::unverified(Text::literal("the status of the trail was not looked up"));
        }
        _ => return Outcome::not_applicable("the call neither starts nor stops the trail"),
    };
    let (path, found) = match context.seen {
        Seen::Scan => ("isLogging", Value::from(false)),
        Seen::Call | Seen::Document => ("eventName", Value::from(context.event.name.as_str())),
    };
    Violation::new(detail)
        .evidence(path, found)
        .remediated_at(context.remediated_at())
        .remediation(START.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::{Description, Facts};
    use crate::engine::outcome::Outcome;
    use crate::rules::cloudtrail_trail::{DETECTOR, GET_TRAIL_STATUS};
    use crate::rules::testing::{name, table, violation};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::json;

    const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

    fn record(name: &str, time: &str) -> String {
        json!({"eventName": name, "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
            "eventTime": format!("2026-11-22T{time}Z"), "recipientAccountId": "111122223333",
            "requestParameters": {"name": if name == "CreateTrail" { "audit" } else { TRAIL }}})
        .to_string()
    }

    fn outcome(text: &str, facts: &Facts) -> Outcome {
        let event = Event::parse(text).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let settings = Settings::default();
        evaluate(&change, facts, &settings).into_iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome
    }

    #[test]
    fn a_trail_records_only_after_it_was_started() {
        table(
            &RULE,
            &[
                ("StopLogging", json!({"name": "audit"}), "violation"),
                ("CreateTrail", json!({"name": "audit"}), "violation"),
                ("StartLogging", json!({"name": "audit"}), "compliant"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
                ("DeleteTrail", json!({"name": "audit"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_looked_up_status_decides_unless_the_call_itself_stopped_the_trail() {
        let found = |logging| Description::Found(json!({ "IsLogging": logging }));
        for (status, created, stopped) in [
            (found(json!(true)), "compliant", "compliant"),
            (found(json!(false)), "violation", "violation"),
            (found(json!("?")), "unverified", "violation"),
            (Description::Unknown("denied".into()), "unverified", "violation"),
            (Description::Deleted, "not-applicable", "not-applicable"),
        ] {
            let mut facts = Facts::default();
            facts.insert_resource(GET_TRAIL_STATUS.action, TRAIL.to_owned(), status.clone());
            assert_eq!(name(&outcome(&record("CreateTrail", "10:00:00"), &facts)), created, "{status:?}");
            assert_eq!(name(&outcome(&record("StopLogging", "10:00:00"), &facts)), stopped, "{status:?}");
        }
    }

    #[test]
    fn later_records_decide_in_a_replay() {
        let (create, stop, start) = ("CreateTrail", "StopLogging", "StartLogging");
        for (calls, want, remediated) in [
            (vec![(create, "10:00:00")], "violation", None),
            (vec![(create, "10:00:00"), (start, "10:00:00")], "compliant", None),
            (vec![(create, "10:00:00"), (start, "10:04:59")], "compliant", None),
            (vec![(create, "10:00:00"), (start, "10:06:00")], "violation", Some("2026-11-22T10:06:00Z")),
            (vec![(stop, "10:00:00"), (start, "10:04:00")], "compliant", None),
            (vec![(stop, "10:00:00"), (start, "10:04:00"), (stop, "10:04:30")], "violation", None),
            (vec![(stop, "10:00:00"), (start, "11:00:00")], "violation", Some("2026-11-22T11:00:00Z")),
            (vec![(stop, "10:00:00"), ("DeleteTrail", "10:01:00")], "not-applicable", None),
            (vec![(stop, "10:00:00"), ("DeleteTrail", "10:06:00"), (start, "10:07:00")], "violation", None),
            (vec![(create, "10:00:00"), ("DeleteTrail", "10:00:00"), (start, "10:00:00")], "compliant", None),
        ] {
            let records: Vec<_> = calls.iter().map(|(name, time)| record(name, time)).collect();
            let mut facts = Facts::default();
            facts.timeline =
                Timeline::of(records.iter().flat_map(|text| Event::parse(text).unwrap().observe()).collect());
            let outcome = outcome(&records[0], &facts);
            assert_eq!(name(&outcome), want, "{calls:?}");
            if let Outcome::Violation(violation) = outcome {
                assert_eq!(violation.remediated_at.as_deref(), remediated, "{calls:?}");
            }
        }
    }

    #[test]
    fn the_status_of_today_says_nothing_about_a_trail_that_was_started_too_late() {
        let stop = record("StopLogging", "10:00:00");
        let mut facts = Facts::default();
        let started = Description::Found(json!({"IsLogging": true}));
        facts.insert_resource(GET_TRAIL_STATUS.action, TRAIL.to_owned(), started);
        assert_eq!(name(&outcome(&stop, &facts)), "compliant");
        facts.timeline = Timeline::of(Event::parse(&record("StartLogging", "11:00:00")).unwrap().observe());
        assert_eq!(name(&outcome(&stop, &facts)), "violation");
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "StopLogging", &json!({"name": TRAIL})), @r#"
        The trail `audit` was stopped: it records no events.
        {"eventName":"StopLogging"}
        aws cloudtrail start-logging --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --region eu-west-1
        resource "aws_cloudtrail" "this" {
          name           = "audit"
          enable_logging = true
        }
        CloudTrail > Trails > audit > Start logging
        "#);
    }
}
