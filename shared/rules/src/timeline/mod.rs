//! The state of resources over time, from all records of a replay. With it, a call that only starts a configuration is
//! evaluated together with the calls that completed it, and a key as it was when a call named it.
//!
//! Records may be observed in any order. In a Lambda function the timeline is empty: look-ups take its place.

mod cloudtrail_event_data_store;
mod cloudtrail_trail;
mod entries;
mod firehose_stream;
mod kinesis_stream;
mod kms_key;
mod kms_key_store;
mod resource_policy;

use crate::aws::partition;
use crate::cloudtrail::record::{Payload, Record};
use crate::configuration::call::Call;
use crate::configuration::key::Scope;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy};
use crate::util::time::{self, Seconds};

pub use entries::{Timeline, TimelineEntry};

/// The context events of one kind of resource: calls with an effect on it, whether a detector evaluates them or not.
/// Several kinds may have the same event source.
struct Kind {
    event_source: &'static str,
    events: &'static [ContextEvent],
    remediated_by: &'static [RemediatedBy],
}

static KINDS: &[Kind] = &[
    Kind {
        event_source: "cloudtrail.amazonaws.com",
        events: &cloudtrail_event_data_store::EVENTS,
        remediated_by: &cloudtrail_event_data_store::REMEDIATED_BY,
    },
    Kind {
        event_source: "cloudtrail.amazonaws.com",
        events: &cloudtrail_trail::EVENTS,
        remediated_by: &cloudtrail_trail::REMEDIATED_BY,
    },
    Kind {
        event_source: "kinesis.amazonaws.com",
        events: &kinesis_stream::EVENTS,
        remediated_by: &kinesis_stream::REMEDIATED_BY,
    },
    Kind {
        event_source: "firehose.amazonaws.com",
        events: &firehose_stream::EVENTS,
        remediated_by: &firehose_stream::REMEDIATED_BY,
    },
    Kind {
        event_source: "kafka.amazonaws.com",
        events: &resource_policy::CLUSTER_EVENTS,
        remediated_by: &resource_policy::CLUSTER_REMEDIATED_BY,
    },
    Kind { event_source: "kms.amazonaws.com", events: &kms_key::EVENTS, remediated_by: &kms_key::REMEDIATED_BY },
    Kind {
        event_source: "kms.amazonaws.com",
        events: &kms_key_store::EVENTS,
        remediated_by: &kms_key_store::REMEDIATED_BY,
    },
];

/// The effects of a recorded call. There are none if it failed or has no time.
pub fn observe(record: &Record<'_>, payload: &Payload<'_>) -> Vec<TimelineEntry> {
    let Some(at) = time::record_time(&record.event_time()) else { return Vec::new() };
    let partition = partition::of_region(&payload.region);
    let scope = Scope { partition, region: &payload.region, account: &payload.account };
    let entries = context_events(record).filter_map(|(rank, event)| {
        let (arn, effect) = (event.read)(&Call { name: event.name, payload, scope })?;
        Some(TimelineEntry::new(&arn, at, rank, effect))
    });
    entries.collect()
}

/// True for the record of a successful call that has an effect.
pub fn has_effect(record: &Record<'_>) -> bool {
    context_events(record).next().is_some()
}

/// True for a call that has an effect if it succeeds.
#[inline]
pub(crate) fn monitors(event_source: &[u8], event_name: &[u8]) -> bool {
    let mut kinds = KINDS.iter().filter(|kind| kind.event_source.as_bytes() == event_source);
    kinds.any(|kind| kind.events.iter().any(|event| event.name.as_bytes() == event_name))
}

/// The context events of a successful call, each with its position in the table.
fn context_events(record: &Record<'_>) -> impl Iterator<Item = (u8, &'static ContextEvent)> {
    let succeeded = record.error_code().is_none() && record.is_management_event();
    let (source, name) = (record.event_source(), record.event_name());
    let kinds = KINDS.iter().filter(move |kind| succeeded && kind.event_source == source);
    kinds.flat_map(|kind| (0_u8..).zip(kind.events)).filter(move |(_, event)| event.name == name)
}

impl Timeline {
    /// The time of the first later call that remediated the violation by `call`; `None` if the resource was deleted first.
    pub(crate) fn remediated_at(&self, call: &str, arn: &str, after: Seconds) -> Option<Seconds> {
        let remediated_by = KINDS.iter().flat_map(|kind| kind.remediated_by).find(|row| row.name == call)?;
        let mut later = self.all(arn).filter(|(time, _)| *time > after);
        let (time, effect) = later.find(|(_, effect)| **effect == Effect::Deleted || (remediated_by.effect)(effect))?;
        (remediated_by.effect)(effect).then_some(time)
    }
}
