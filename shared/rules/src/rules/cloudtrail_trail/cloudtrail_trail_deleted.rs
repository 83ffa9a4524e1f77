//! A trail was deleted.
//!
//! ## What it detects
//! `DeleteTrail`. The finding is *critical* if no other trail records the Region, and *medium* if a
//! multi-Region trail remains that has no event selectors of its own and so records all management
//! events. A function looks the other trails up; a replay does so with `--live`.
//!
//! ## Why it matters
//! The trail no longer records who uses and changes keys. Without any trail, EventBridge delivers no
//! calls, and Sealwatch itself is blind in the Region. Attackers delete trails to hide what they do
//! next.
//!
//! ## When it stays silent
//! Other calls on trails are compliant or not applicable. Whether the remaining trails are started is
//! not looked up: *medium* trusts that they are. A trail that a scan finds is not applicable.
//!
//! ## How to fix
//! Create the trail again, with the same bucket, and start it: CloudTrail keeps the log files of the
//! deleted one.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delete-trails-console.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html>

use crate::configuration::cloudtrail_trail::{CloudTrailTrail, OtherTrails, TrailCall};
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, nist, pci};
use crate::engine::existing::EXISTS;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::cloudtrail_trail::remediation::CREATE;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-deleted",
    title: "Trail deleted",
    severity: Severity::High,
    controls: &[cis("3.1"), nist("AU-12"), pci("10.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_deleted.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    match trail.call {
        TrailCall::Delete => {}
        TrailCall::Create(_) => return Outcome::Compliant,
        TrailCall::Exists(..) if matches!(trail.logging, Some(Ok(_))) => return Outcome::NotApplicable(EXISTS),
        TrailCall::Exists(..) => return Outcome::not_applicable("the trail was listed"),
        _ => return Outcome::not_applicable("the call does not delete the trail"),
    }
    let name = context.name();
    let (detail, severity) = match &trail.others {
        None => (text!("The trail `{name}` was deleted: it no longer records who uses and changes keys.", name), None),
        Some(OtherTrails::None) => (
            text!(
                "The trail `{name}` was deleted: no trail records {region} any more, and Sealwatch gets no calls from there.",
                name,
                region = region(context)
            ),
            Some(Severity::Critical),
        ),
        Some(OtherTrails::Partial) => {
            (text!("The trail `{name}` was deleted: the remaining trails may leave out Regions or events.", name), None)
        }
        Some(OtherTrails::Complete(other)) => (
            text!(
                "The trail `{name}` was deleted: the trail `{other}` remains, which records all Regions.",
                name,
                other
            ),
            Some(Severity::Medium),
        ),
    };
    let mut violation = Violation::new(detail)
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at());
    violation.severity = severity;
    violation.remediation(CREATE.fill(context, &[]))
}

fn region(context: &RuleContext<'_>) -> Text {
    match context.scope.region {
        "" => Text::literal("the Region"),
        region => region.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::{Description, Facts};
    use crate::rules::cloudtrail_trail::{DESCRIBE_TRAILS, DETECTOR};
    use crate::rules::testing::{table, violation};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("DeleteTrail", json!({"name": "audit"}), "violation"),
                ("DeleteTrail", json!({"omitted": true}), "violation"),
                ("CreateTrail", json!({"name": "audit"}), "compliant"),
                ("StopLogging", json!({"name": "audit"}), "not-applicable"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_remaining_trails_decide_the_severity() {
        let severity = |list: Value| {
            let record =
                json!({"eventName": "DeleteTrail", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333", "requestParameters": {"name": TRAIL}})
                .to_string();
            let event = Event::parse(&record).unwrap();
            let change = event.change_for(&DETECTOR).unwrap();
            let (mut facts, settings) = (Facts::default(), Settings::default());
            let answer = json!({ "trailList": list });
            facts.insert_resource(DESCRIBE_TRAILS.action, TRAIL.to_owned(), Description::Found(answer));
            let findings = evaluate(&change, &facts, &settings);
            findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().severity.name()
        };
        let other = json!({"TrailARN": "arn:aws:cloudtrail:us-east-1:999988887777:trail/org", "Name": "org",
            "IsMultiRegionTrail": true, "HasCustomEventSelectors": false});
        assert_eq!(severity(json!([])), "critical");
        assert_eq!(severity(json!([{"TrailARN": TRAIL}])), "critical");
        assert_eq!(severity(json!([other])), "medium");
        assert_eq!(severity(json!([{"TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/x"}])), "high");
        assert_eq!(severity(json!("***")), "high");
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DeleteTrail", &json!({"name": TRAIL})), @r#"
        The trail `audit` was deleted: it no longer records who uses and changes keys.
        {"eventName":"DeleteTrail"}
        aws cloudtrail create-trail --name audit --s3-bucket-name your-bucket --is-multi-region-trail --enable-log-file-validation --kms-key-id alias/your-key --region eu-west-1 && aws cloudtrail start-logging --name audit --region eu-west-1
        resource "aws_cloudtrail" "this" {
          name                       = "audit"
          s3_bucket_name             = aws_s3_bucket.this.id
          is_multi_region_trail      = true
          enable_log_file_validation = true
          kms_key_id                 = aws_kms_key.this.arn
        }
        CloudTrail > Trails > Create trail
        "#);
    }
}
