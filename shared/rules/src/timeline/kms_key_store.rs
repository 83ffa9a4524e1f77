//! The timeline of a custom key store.

use std::ops::RangeInclusive;

use crate::configuration::call::Call;
use crate::configuration::kms_key_store::{self, KmsKeyStore};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::Seconds;

// KMS connects only a disconnected store, and deletes only a disconnected one
pub(super) static EVENTS: [ContextEvent; 3] = [
    on("DisconnectCustomKeyStore", |call| Some((id(call)?, Effect::KeyStore { connected: false }))),
    on("ConnectCustomKeyStore", |call| Some((id(call)?, Effect::KeyStore { connected: true }))),
    on("DeleteCustomKeyStore", |call| Some((id(call)?, Effect::Deleted))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 1] = [RemediatedBy {
    name: "DisconnectCustomKeyStore",
    effect: |effect| *effect == Effect::KeyStore { connected: true },
}];

fn id(call: &Call<'_>) -> Option<String> {
    kms_key_store::id(call).map(str::to_owned)
}

impl Timeline {
    /// A custom key store that was disconnected at the first of these times, as of the last; `None` if no record mentions it.
    pub(crate) fn key_store(&self, id: &str, times: RangeInclusive<Seconds>) -> Option<KmsKeyStore> {
        if self.is_deleted(id, times.clone()) {
            return Some(KmsKeyStore::Unresolved(Unresolved::Deleted));
        }
        self.during(id, times).rev().find_map(|effect| match effect {
            Effect::KeyStore { connected: true } => Some(KmsKeyStore::Connected),
            Effect::KeyStore { connected: false } => Some(KmsKeyStore::Disconnected),
            _ => None,
        })
    }

    /// True if a custom key store was disconnected at a time: its keys are in the state `Unavailable` then.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
    pub(super) fn is_key_store_disconnected(&self, id: &str, at: Seconds) -> bool {
        self.until(id, at).next() == Some(&Effect::KeyStore { connected: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::field::Field;
    use crate::configuration::key::{Key, KeyProblem};
    use crate::engine::change::Event;
    use crate::timeline::TimelineEntry;
    use crate::util::time;
    use serde_json::{Value, json};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/in-a-store";

    #[test]
    fn the_keys_of_a_disconnected_store_are_unavailable() {
        let metadata =
            json!({"arn": KEY, "keyState": "Enabled", "origin": "AWS_CLOUDHSM", "customKeyStoreId": "cks-1"});
        let entries = |name: &str, at: Seconds, store: &str, response: Value| {
            let record = json!({"eventName": name, "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": time::written(at), "recipientAccountId": "111122223333",
                "requestParameters": {"customKeyStoreId": store}, "responseElements": response})
            .to_string();
            Event::parse(&record).unwrap().observe()
        };
        let created = || entries("CreateKey", 0, "cks-1", json!({"keyMetadata": metadata}));
        let disconnected = |store| entries("DisconnectCustomKeyStore", 10, store, Value::Null);
        let connected = || entries("ConnectCustomKeyStore", 20, "cks-1", Value::Null);
        let described = Key::read(Field::Present(&metadata));
        let problem = |calls: Vec<Vec<TimelineEntry>>, known: Option<&Key>, at: Seconds| {
            let timeline = Timeline::of(calls.into_iter().flatten().collect());
            timeline.key(KEY, at, known).or(known.cloned()).map(|key| key.problem().unwrap())
        };
        let known = described.as_ref();
        for (calls, known, at, want) in [
            (vec![created(), disconnected("cks-1"), connected()], None, 9, None),
            (vec![created(), disconnected("cks-1"), connected()], None, 10, Some(KeyProblem::Unavailable)),
            (vec![created(), disconnected("cks-1"), connected()], None, 20, None),
            (vec![created(), disconnected("cks-2")], None, 10, None),
            (vec![disconnected("cks-1"), connected()], known, 10, Some(KeyProblem::Unavailable)),
            (vec![disconnected("cks-1"), connected()], known, 20, None),
        ] {
            assert_eq!(problem(calls, known, at), Some(want), "at {at}");
        }
    }
}
