//! The timeline of the policies of keys, event data stores, streams and clusters.

use crate::configuration::call::Call;
use crate::configuration::cloudtrail_event_data_store::CloudTrailEventDataStore;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::msk_cluster::MskCluster;
use crate::configuration::resource_policy::NO_POLICY;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::Seconds;

pub(super) static CLUSTER_EVENTS: [ContextEvent; 2] = [
    on("PutClusterPolicy", cluster_policy),
    on("DeleteClusterPolicy", |call| Some((MskCluster::read_policy(call).0.arn?, no_policy()))),
];

pub(super) static CLUSTER_REMEDIATED_BY: [RemediatedBy; 1] =
    [RemediatedBy { name: "PutClusterPolicy", effect: is_deletion }];

fn no_policy() -> Effect {
    Effect::Policy(Some(NO_POLICY.into()))
}

/// True if the policy was deleted.
pub(super) fn is_deletion(effect: &Effect) -> bool {
    *effect == no_policy()
}

fn cluster_policy(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, policy) = MskCluster::read_policy(call);
    Some((resource.arn?, Effect::Policy(policy.document.value().map(String::into_boxed_str))))
}

pub(super) fn store_policy(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, policy) = CloudTrailEventDataStore::read_policy(call);
    Some((resource.arn?, Effect::Policy(policy.document.value().map(String::into_boxed_str))))
}

pub(super) fn deleted_store_policy(call: &Call<'_>) -> Option<(String, Effect)> {
    Some((CloudTrailEventDataStore::read_policy(call).0.arn?, no_policy()))
}

pub(super) fn stream_policy(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, policy) = KinesisStream::read_policy(call);
    Some((resource.arn?, Effect::Policy(policy.document.value().map(String::into_boxed_str))))
}

pub(super) fn deleted_stream_policy(call: &Call<'_>) -> Option<(String, Effect)> {
    Some((KinesisStream::read_policy(call).0.arn?, no_policy()))
}

impl Timeline {
    /// The latest policy of a resource before a time, and when it was put.
    ///
    /// A policy of the same second does not count, because it may be the later one; neither does one of a deleted resource
    /// that had the same name.
    pub(crate) fn policy_before(&self, arn: &str, at: Seconds) -> Option<(Seconds, &str)> {
        let mut earlier = self.all(arn).rev().filter(|(time, _)| *time < at);
        let (since, policy) = earlier.find_map(|(time, effect)| match effect {
            Effect::Policy(policy) => Some((time, policy.as_deref())),
            Effect::Deleted => Some((time, None)),
            _ => None,
        })?;
        Some((since, policy?))
    }
}
