//! CloudTrail trails.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateTrail` | the resulting trail, in its response; the API creates it stopped | the key; `cloudtrail:GetTrailStatus`; `cloudtrail:GetTrail` if request and response lack key, validation or Regions | whether it records events settled, the rest immediately |
//! | `DeleteTrail` | the trail is gone | `cloudtrail:DescribeTrails` for the trails that remain: they decide the severity | immediately |
//! | `PutEventSelectors` | the resulting selectors, in its response and its request | `cloudtrail:GetEventSelectors` if the record leaves them out; `cloudtrail:DescribeTrails` if they leave KMS events out: other trails decide the severity | immediately |
//! | `StartLogging` | the trail records events | nothing | immediately |
//! | `StopLogging` | the trail records no events | `cloudtrail:GetTrailStatus` | settled: whether it was started again |
//! | `UpdateTrail` | the resulting trail, in its response; the request contains only the changes | the key; `cloudtrail:GetTrail` if the response is omitted | immediately |

mod cloudtrail_trail_deleted;
mod cloudtrail_trail_not_logging;
mod cloudtrail_trail_single_region;
mod cloudtrail_trail_unusable_key;
mod cloudtrail_trail_without_customer_key;
mod cloudtrail_trail_without_kms;
mod cloudtrail_trail_without_kms_events;
mod cloudtrail_trail_without_log_validation;
mod remediation;

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::{CloudTrailTrail, OtherTrails};
use crate::configuration::key::KeyRef;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, settling};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;

/// The look-up of all trails that record a Region. IAM knows no resources for it.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html>
const DESCRIBE_TRAILS: Permission = allow("cloudtrail:DescribeTrails", "*");
const GET_EVENT_SELECTORS: Permission = allow("cloudtrail:GetEventSelectors", TRAILS);
const GET_TRAIL: Permission = allow("cloudtrail:GetTrail", TRAILS);
const GET_TRAIL_STATUS: Permission = allow("cloudtrail:GetTrailStatus", TRAILS);
const TRAILS: &str = "arn:{partition}:cloudtrail:*:{account}:trail/*";

/// Calls on trails.
pub static DETECTOR: Detector = Detector {
    name: "cloudtrail-trail",
    event_source: "cloudtrail.amazonaws.com",
    calls: &[
        settling("CreateTrail"),
        call("DeleteTrail"),
        call("PutEventSelectors"),
        call("StartLogging"),
        settling("StopLogging"),
        call("UpdateTrail"),
    ],
    permissions: &[DESCRIBE_KEY, DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_TRAIL, GET_TRAIL_STATUS],
    read: |call| {
        let (resource, trail) = CloudTrailTrail::read(call);
        (resource, Box::new(trail))
    },
    cli_outputs: &[
        CliOutput::member(GET_TRAIL.action, "Trail", "TrailARN"),
        CliOutput::member(GET_TRAIL.action, "trailList", "TrailARN"),
        CliOutput::marked(GET_TRAIL_STATUS.action, "IsLogging", "TrailARN"), // which the command does not print
        CliOutput::marked(GET_EVENT_SELECTORS.action, "EventSelectors", "TrailARN"),
        CliOutput::marked(GET_EVENT_SELECTORS.action, "AdvancedEventSelectors", "TrailARN"),
    ],
    rules: &[
        &cloudtrail_trail_deleted::RULE,
        &cloudtrail_trail_not_logging::RULE,
        &cloudtrail_trail_single_region::RULE,
        &cloudtrail_trail_unusable_key::RULE,
        &cloudtrail_trail_without_customer_key::RULE,
        &cloudtrail_trail_without_kms::RULE,
        &cloudtrail_trail_without_kms_events::RULE,
        &cloudtrail_trail_without_log_validation::RULE,
    ],
};

impl Configuration for CloudTrailTrail {
    fn keys(&self) -> Vec<&KeyRef> {
        let key = self.settings().and_then(|settings| settings.key.as_ref().value());
        key.and_then(Option::as_ref).into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let arn = context.resource.arn.as_deref()?;
        let found = |permission: Permission| context.facts.resource(permission.action, arn);
        let mut trail = self.clone();
        if let (true, Some(description)) = (self.lacks_settings(), found(GET_TRAIL)) {
            trail.fill_settings(description, context.scope);
        }
        if let (true, Some(selectors)) = (self.lacks_selectors(), found(GET_EVENT_SELECTORS)) {
            trail.fill_selectors(selectors);
        }
        if self.waits_for_logging() {
            trail.logging = logging(arn, context);
        }
        trail.others = found(DESCRIBE_TRAILS).and_then(|answer| OtherTrails::read(answer.ok()?, arn));
        Some(Box::new(trail))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        let wanted = [
            (self.lacks_settings(), GET_TRAIL),
            (self.waits_for_logging() && self.logging.is_none(), GET_TRAIL_STATUS),
            (self.lacks_selectors(), GET_EVENT_SELECTORS),
            (self.leaves_a_gap(), DESCRIBE_TRAILS),
        ];
        wanted
            .into_iter()
            .filter(|(wanted, _)| *wanted)
            .map(|(_, permission)| Lookup::new(permission.action, arn))
            .collect()
    }

    fn immediate_lookups(&self, arn: &str) -> Vec<Lookup> {
        match self.lacks_settings() {
            true => vec![Lookup::new(GET_TRAIL.action, arn)],
            false => Vec::new(),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}

/// Whether a trail that a call created or stopped records events at the end of the settle time. A status that was looked up
/// counts only if no record shows a later start: it may be of today.
fn logging(arn: &str, context: &RuleContext<'_>) -> Option<Result<bool, Unresolved>> {
    let timeline = &context.facts.timeline;
    if let Some(times) = &context.times {
        let known = timeline.is_logging(arn, times.clone());
        if known.is_some() || timeline.starts_logging_after(arn, *times.end()) {
            return known;
        }
    }
    Some(context.facts.resource(GET_TRAIL_STATUS.action, arn)?.and_then(
        |status| match status.get("isLogging").flag() {
            Field::Present(is_logging) => Ok(is_logging),
            _ => Err(Unresolved::Unknown("the answer of `GetTrailStatus` has no `IsLogging`".to_owned())),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::{DESCRIBE_TRAILS, DETECTOR};
    use crate::engine::change::Event;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::Facts;
    use crate::engine::lookup::Lookup;
    use crate::engine::rule::Phase;
    use crate::settings::Settings;
    use serde_json::{Value, json};

    /// A delegated administrator may change the trail of an organization, which the management account owns.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html>
    #[test]
    fn the_trail_of_an_organization_is_evaluated_in_the_account_that_has_the_record() {
        const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:999988887777:trail/org";
        for (shared, is_copy) in [(Value::Null, false), (json!("s-1"), true)] {
            let text =
                json!({"eventName": "DeleteTrail", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "us-east-1",
                "recipientAccountId": "111122223333", "sharedEventID": shared, "requestParameters": {"name": TRAIL}})
                .to_string();
            let event = Event::parse(&text).unwrap();
            let change = event.change_for(&DETECTOR).unwrap();
            let (facts, settings) = (Facts::default(), Settings::default());
            let lookups = pending_lookups(&change, &facts, &settings, Phase::All);
            let wanted = [Lookup::new(DESCRIBE_TRAILS.action, TRAIL)];
            assert_eq!(lookups, if is_copy { &[][..] } else { &wanted[..] });
            let findings = evaluate(&change, &facts, &settings);
            let finding = findings.iter().find(|finding| finding.rule.id == "cloudtrail-trail-deleted").unwrap();
            assert_eq!(finding.is_violation(), !is_copy, "the owner has a record of its own");
        }
    }
}
