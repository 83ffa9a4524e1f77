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

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::{CloudTrailTrail, OtherTrails, TrailCall};
use crate::configuration::key::KeyRef;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting, settling};
use crate::engine::existing::{Existing, Listing};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::language::Text;
use crate::rules::keys::DESCRIBE_KEY;

/// The look-up of all trails that record a Region. IAM knows no resources for it.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html>
const DESCRIBE_TRAILS: Permission = allow("cloudtrail:DescribeTrails", "*");
const GET_EVENT_SELECTORS: Permission = allow("cloudtrail:GetEventSelectors", TRAIL_ARNS).by("TrailName");
const GET_TRAIL: Permission = allow("cloudtrail:GetTrail", TRAIL_ARNS).by("Name");
const GET_TRAIL_STATUS: Permission = allow("cloudtrail:GetTrailStatus", TRAIL_ARNS).by("Name");
const TRAIL_ARNS: &str = "arn:{partition}:cloudtrail:*:{account}:trail/*";

/// Calls on trails.
pub static DETECTOR: Detector = Detector {
    name: "cloudtrail-trail",
    event_source: "cloudtrail.amazonaws.com",
    calls: &[
        settling("CreateTrail"),
        deleting(call("DeleteTrail")),
        call("PutEventSelectors"),
        call("StartLogging"),
        settling("StopLogging"),
        call("UpdateTrail"),
    ],
    closing: &[],
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

/// The trails whose home is a Region: without shadow trails, the call lists neither the copies of trails of other Regions
/// nor, in a member account, the trail of the organization. The answer is always complete.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
static LIST_TRAILS: Listing = Listing {
    permission: DESCRIBE_TRAILS,
    parameters: r#"{"includeShadowTrails": false}"#,
    entries: "trailList",
    next: None,
    of: None,
};

/// Trails that exist. An entry of the list is what `GetTrail` answers: both are a `Trail`. `ListTrails` would list the trails
/// of all Regions in each of them, and need a `GetTrail` for each.
///
/// The ARN of a trail names its home Region and the account that owns it, so that each trail is evaluated once.
pub(super) static TRAILS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_TRAILS,
    described_by: Some(GET_TRAIL.action),
    permissions: &[DESCRIBE_KEY, DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_TRAIL_STATUS],
    is_policy: false,
    read: |entry| {
        let given = entry.text("TrailARN")?;
        let arn = Arn::parse(given)?;
        let is_at_home = arn.region == entry.scope.region && arn.account == entry.scope.account;
        let resource = Resource::new("AWS::CloudTrail::Trail", Some(given.to_owned()), entry.text("Name"));
        is_at_home.then(|| (resource, Box::new(CloudTrailTrail::existing()) as Box<dyn Configuration>))
    },
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
        if let (true, Some(selectors)) = (trail.lacks_selectors(), found(GET_EVENT_SELECTORS)) {
            trail.fill_selectors(selectors);
        }
        if self.waits_for_logging() {
            trail.logging = logging(arn, context);
        }
        let deleted = [trail.unresolved.as_ref(), trail.logging.as_ref().and_then(|logging| logging.as_ref().err())];
        if matches!(self.call, TrailCall::Exists(..)) && deleted.contains(&Some(&Unresolved::Deleted)) {
            return Some(Box::new(CloudTrailTrail::deleted()));
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
            _ => Err(Unresolved::Unknown(Text::literal("the answer of `GetTrailStatus` has no `IsLogging`"))),
        },
    ))
}

#[cfg(test)]
mod tests;
