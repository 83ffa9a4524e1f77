//! What a call, or the answer of a `Describe` call, says a resource is configured to: one file for each kind of resource.

pub(crate) mod call;
pub(crate) mod cloudtrail_event_data_store;
pub(crate) mod cloudtrail_trail;
pub mod event_selectors;
pub(crate) mod firehose_destination;
pub(crate) mod firehose_destination_kind;
pub(crate) mod firehose_stream;
pub mod key;
pub(crate) mod kinesis_channel;
pub(crate) mod kinesis_stream;
pub(crate) mod kms_alias;
pub(crate) mod kms_key;
pub(crate) mod kms_key_store;
pub(crate) mod msk_channel;
pub(crate) mod msk_cluster;
pub(crate) mod msk_connector;
pub(crate) mod msk_replicator;
pub(crate) mod msk_worker_configuration;
pub mod resource;
pub(crate) mod resource_policy;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod unresolved;
