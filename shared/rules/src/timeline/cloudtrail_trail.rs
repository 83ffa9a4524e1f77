//! The timeline of a CloudTrail trail.

use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::cloudtrail_trail::{CloudTrailTrail, TrailCall};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::Seconds;

// A trail that is replaced is deleted, created and started in this order, perhaps in the same second.
pub(super) static EVENTS: [ContextEvent; 5] = [
    on("DeleteTrail", |call| effect(call, Effect::Deleted)),
    on("CreateTrail", |call| effect(call, Effect::Logging(false))),
    on("StopLogging", |call| effect(call, Effect::Logging(false))),
    on("StartLogging", |call| effect(call, Effect::Logging(true))),
    on("PutEventSelectors", selectors),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 4] = [
    RemediatedBy { name: "CreateTrail", effect: starts },
    RemediatedBy { name: "StopLogging", effect: starts },
    RemediatedBy { name: "DeleteTrail", effect: starts }, // of a new trail with the same name
    RemediatedBy { name: "PutEventSelectors", effect: |effect| *effect == Effect::KmsEvents(true) },
];

fn starts(effect: &Effect) -> bool {
    *effect == Effect::Logging(true)
}

fn effect(call: &Call<'_>, effect: Effect) -> Option<(String, Effect)> {
    Some((CloudTrailTrail::read(call).0.arn?, effect))
}

fn selectors(call: &Call<'_>) -> Option<(String, Effect)> {
    match CloudTrailTrail::read(call) {
        (resource, CloudTrailTrail { call: TrailCall::Select(Field::Present(events)), .. }) => {
            Some((resource.arn?, Effect::KmsEvents(events.are_complete())))
        }
        _ => None,
    }
}

impl Timeline {
    /// Whether a trail records events at the last of these times, if it was started or deleted in the course of them.
    pub(crate) fn is_logging(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<Result<bool, Unresolved>> {
        let last =
            self.during(arn, times).rev().find(|effect| matches!(effect, Effect::Logging(_) | Effect::Deleted))?;
        match last {
            Effect::Deleted => Some(Err(Unresolved::Deleted)),
            effect => starts(effect).then_some(Ok(true)),
        }
    }

    /// True if a call in the input starts the recording of a trail after a time.
    pub(crate) fn starts_logging_after(&self, arn: &str, at: Seconds) -> bool {
        self.all(arn).any(|(time, effect)| time > at && starts(effect))
    }
}
