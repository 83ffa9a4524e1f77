//! The timeline of an event data store of CloudTrail Lake.

use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, resource};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::timeline::resource_policy::{deleted_store_policy, is_deletion, store_policy};
use crate::util::time::Seconds;

pub(super) static EVENTS: [ContextEvent; 8] = [
    on("CreateEventDataStore", created),
    on("StopEventDataStoreIngestion", |call| ingestion(call, false)),
    on("StartEventDataStoreIngestion", |call| ingestion(call, true)),
    on("PutResourcePolicy", store_policy),
    on("DeleteResourcePolicy", deleted_store_policy),
    on("DeleteDashboard", |call| Some((CloudTrailEventDataStore::read_deleted(call).arn?, Effect::Deleted))),
    on("DeleteEventDataStore", |call| Some((resource(call).arn?, Effect::Deleted))),
    on("RestoreEventDataStore", |call| Some((resource(call).arn?, Effect::Restored))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 3] = [
    RemediatedBy { name: "PutResourcePolicy", effect: is_deletion },
    RemediatedBy { name: "StopEventDataStoreIngestion", effect: |effect| *effect == Effect::Logging(true) },
    RemediatedBy { name: "DeleteEventDataStore", effect: |effect| *effect == Effect::Restored },
];

fn created(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, store) = CloudTrailEventDataStore::read(call);
    match store.ingests {
        Field::Present(ingests) => Some((resource.arn?, Effect::Logging(ingests))),
        _ => None,
    }
}

fn ingestion(call: &Call<'_>, on: bool) -> Option<(String, Effect)> {
    Some((resource(call).arn?, Effect::Logging(on)))
}

impl Timeline {
    /// Whether an event data store ingests events at the last of these times, if it was started or deleted in the course of
    /// them or started later. Otherwise, no record says more than the call at the first of them.
    pub(crate) fn ingests(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<Result<bool, Unresolved>> {
        let last = |wanted: fn(&Effect) -> bool| self.during(arn, times.clone()).rev().find(|effect| wanted(effect));
        if last(|effect| matches!(effect, Effect::Deleted | Effect::Restored)) == Some(&Effect::Deleted) {
            return Some(Err(Unresolved::Deleted));
        }
        let started = Effect::Logging(true);
        if last(|effect| matches!(effect, Effect::Logging(_))) == Some(&started) {
            return Some(Ok(true));
        }
        let mut later = self.all(arn).filter(|(time, _)| time > times.end());
        later.any(|(_, effect)| *effect == started).then_some(Ok(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use crate::util::time;
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e-1";

    #[test]
    fn a_store_ingests_from_its_creation_or_start_on() {
        let entries = |(name, at, starts): &(&str, Seconds, Value)| {
            let record = json!({"eventName": name, "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": time::written(*at), "recipientAccountId": "111122223333",
                "requestParameters": {"eventDataStore": STORE, "startIngestion": starts},
                "responseElements": {"eventDataStoreArn": STORE}})
            .to_string();
            Event::parse(&record).unwrap().observe()
        };
        let created = |at, starts: Value| ("CreateEventDataStore", at, starts);
        let call = |name, at| (name, at, Value::Null);
        let stopped = call("StopEventDataStoreIngestion", 10);
        for (calls, want) in [
            (vec![created(10, json!(true))], Some(Ok(true))),
            (vec![created(10, json!(false))], None),
            (vec![created(10, json!("***"))], None),
            (vec![created(30, json!(true))], Some(Ok(false))),
            (vec![stopped.clone()], None),
            (vec![stopped.clone(), call("StartEventDataStoreIngestion", 15)], Some(Ok(true))),
            (vec![stopped.clone(), call("StartEventDataStoreIngestion", 30)], Some(Ok(false))),
            (vec![stopped.clone(), call("DeleteEventDataStore", 15)], Some(Err(Unresolved::Deleted))),
            (vec![stopped, call("DeleteEventDataStore", 15), call("RestoreEventDataStore", 16)], None),
        ] {
            let timeline = Timeline::of(calls.iter().flat_map(entries).collect());
            assert_eq!(timeline.ingests(STORE, 10..=20), want, "{calls:?}");
        }
    }
}
