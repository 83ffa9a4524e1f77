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
}
