//! Look-ups: what a record does not say, asked of AWS. One file for each service.
//!
//! A function lists the services that it asks, so that its binary holds the clients of no others.

mod accounts;
mod cloudtrail;
mod firehose;
mod kafka;
mod kafka_connect;
mod kinesis;
mod kms;
mod organizations;
mod remembered;
mod service;
mod session;

pub use cloudtrail::CLOUDTRAIL;
pub use firehose::FIREHOSE;
pub use kafka::{MSK_CHANNELS, MSK_CLUSTERS, MSK_REPLICATORS};
pub use kafka_connect::KAFKA_CONNECT;
pub use kinesis::KINESIS;
pub use kms::KMS;
pub use organizations::ORGANIZATIONS;
pub(crate) use service::LookupError;
pub use service::{LookupRequest, Service};

pub(crate) use accounts::{Account, assume};
pub(crate) use kafka::cluster_of as cluster_of_channel;
pub(crate) use session::Lookups;

/// All services that can be asked.
pub(crate) static ALL: [&Service; 9] = [
    &CLOUDTRAIL,
    &FIREHOSE,
    &KAFKA_CONNECT,
    &KINESIS,
    &KMS,
    &MSK_CHANNELS,
    &MSK_CLUSTERS,
    &MSK_REPLICATORS,
    &ORGANIZATIONS,
];
