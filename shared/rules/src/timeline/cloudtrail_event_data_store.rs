//! The timeline of an event data store of CloudTrail Lake.

use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, resource};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::Seconds;

pub(super) static EVENTS: [ContextEvent; 5] = [
    on("CreateEventDataStore", created),
    on("StopEventDataStoreIngestion", |call| ingestion(call, false)),
    on("StartEventDataStoreIngestion", |call| ingestion(call, true)),
    on("DeleteEventDataStore", |call| Some((resource(call).arn?, Effect::Deleted))),
    on("RestoreEventDataStore", |call| Some((resource(call).arn?, Effect::Restored))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 2] = [
    RemediatedBy { name: "StopEventDataStoreIngestion", effect: |effect| *effect == Effect::Ingestion(true) },
    RemediatedBy { name: "DeleteEventDataStore", effect: |effect| *effect == Effect::Restored },
];

fn created(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, store) = CloudTrailEventDataStore::read(call);
    match store.ingests {
        Field::Present(ingests) => Some((resource.arn?, Effect::Ingestion(ingests))),
        _ => None,
    }
}

fn ingestion(call: &Call<'_>, on: bool) -> Option<(String, Effect)> {
    Some((resource(call).arn?, Effect::Ingestion(on)))
}

impl Timeline {
    /// Whether an event data store that changed at the first of these times ingests events at the last, or that it was
    /// deleted meanwhile.
    pub(crate) fn event_data_store(
        &self,
        arn: &str,
        times: RangeInclusive<Seconds>,
    ) -> Option<Result<bool, Unresolved>> {
        let deleted = self.during(arn, times.clone()).rev().find_map(|effect| match effect {
            Effect::Deleted => Some(true),
            Effect::Restored => Some(false),
            _ => None,
        });
        if deleted == Some(true) {
            return Some(Err(Unresolved::Deleted));
        }
        self.during(arn, times).rev().find_map(|effect| match effect {
            Effect::Ingestion(on) => Some(Ok(*on)),
            _ => None,
        })
    }
}
