//! What a call, or the answer of a `Describe` call, says a resource is configured to: one file for each kind of resource.

pub mod call;
pub mod cloudtrail_trail;
pub mod firehose_stream;
pub mod key;
pub mod kinesis_stream;
pub mod kms_key;
pub mod msk_cluster;
pub mod msk_connector;
pub mod resource;
pub mod unresolved;
