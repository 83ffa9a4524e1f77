//! CloudTrail trails.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateTrail` | the resulting trail, in its response | the key; `cloudtrail:GetTrail` if request and response lack key or validation | immediately |
//! | `UpdateTrail` | the resulting trail, in its response; the request contains only the changes | the key; `cloudtrail:GetTrail` if the response is omitted | immediately |

mod cloudtrail_trail_unusable_key;
mod cloudtrail_trail_without_customer_key;
mod cloudtrail_trail_without_kms;
mod cloudtrail_trail_without_log_validation;
mod remediation;

use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::configuration::key::KeyRef;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;

const GET_TRAIL: Permission = allow("cloudtrail:GetTrail", "arn:{partition}:cloudtrail:*:{account}:trail/*");

/// Calls on trails.
pub static DETECTOR: Detector = Detector {
    name: "cloudtrail-trail",
    event_source: "cloudtrail.amazonaws.com",
    calls: &[call("CreateTrail"), call("UpdateTrail")],
    permissions: &[DESCRIBE_KEY, GET_TRAIL],
    read: |call| {
        let (resource, trail) = CloudTrailTrail::read(call);
        (resource, Box::new(trail))
    },
    cli_outputs: &[
        CliOutput::member(GET_TRAIL.action, "Trail", "TrailARN"),
        CliOutput::member(GET_TRAIL.action, "trailList", "TrailARN"),
    ],
    rules: &[
        &cloudtrail_trail_unusable_key::RULE,
        &cloudtrail_trail_without_customer_key::RULE,
        &cloudtrail_trail_without_kms::RULE,
        &cloudtrail_trail_without_log_validation::RULE,
    ],
};

impl Configuration for CloudTrailTrail {
    fn keys(&self) -> Vec<&KeyRef> {
        self.key.as_ref().value().and_then(Option::as_ref).into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let description = context.facts.resource(GET_TRAIL.action, context.resource.arn.as_deref()?)?;
        Some(Box::new(self.with_description(description, context.scope)))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(GET_TRAIL.action, arn)],
            false => Vec::new(),
        }
    }
}
