//! What a record says a resource is configured to, read for each kind of resource.

mod cloudtrail_trail;
mod firehose_stream;
mod kinesis_stream;
mod kms_key;
mod msk_cluster;
mod msk_connector;
mod open;

pub use cloudtrail_trail::CloudTrailTrail;
pub use firehose_stream::{Credential, Endpoint, FirehoseStream, S3Encryption, S3Place, Source, Sse};
pub use kinesis_stream::KinesisStream;
pub use kms_key::{KeyCall, KmsKeyLifecycle, KmsKeyPolicy, PolicyCall};
pub use msk_cluster::MskCluster;
pub use msk_connector::MskConnector;
pub use open::Open;

use crate::arn;
use crate::connector::Secret;
use crate::key::{KeyRef, Place};
use crate::record::Bodies;
use crate::resource::Resource;
use crate::said::{Node, Said};

/// The call that a reader reads.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `eventName`
    pub name: &'a str,
    /// The nested structures of the record.
    pub bodies: &'a Bodies<'a>,
    /// Where it was made.
    pub place: Place<'a>,
}

impl<'a> Call<'a> {
    /// A member of the request.
    pub fn request(&self, names: &[&str]) -> Node<'a> {
        self.bodies.request().at(names)
    }

    /// A member of the response.
    pub fn response(&self, names: &[&str]) -> Node<'a> {
        self.bodies.response().at(names)
    }

    /// A text of the request that is not empty.
    pub fn requested(&self, name: &str) -> Option<&'a str> {
        self.request(&[name]).text().said().filter(|text| !text.is_empty())
    }

    /// An ARN that the response or the request (there possibly percent-encoded) names.
    fn arn(&self, response: &str, request: &str) -> Option<String> {
        let answered = self.response(&[response]).text().said();
        let named = answered.map(str::to_owned).or_else(|| Some(arn::decoded(self.requested(request)?).into_owned()));
        named.filter(|text| text.starts_with("arn:"))
    }

    /// The ARN of a resource of this account and Region, where both are known.
    fn built(&self, service: &str, resource: String) -> Option<String> {
        let Place { partition, region, account } = self.place;
        let known = !region.is_empty() && arn::is_account(account);
        known.then(|| format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// A key reference: none where the record says nothing or the empty text.
    fn key(&self, node: Node<'_>) -> Said<KeyRef> {
        match node.text() {
            Said::Said("") => Said::NotSaid,
            text => text.map(|given| KeyRef::read(given, self.place)),
        }
    }
}

/// The configuration of one resource.
#[derive(Debug, Clone)]
pub enum Configuration<'a> {
    /// An MSK cluster.
    MskCluster(MskCluster<'a>),
    /// An MSK Connect connector.
    MskConnector(MskConnector<'a>),
    /// A Kinesis stream.
    KinesisStream(KinesisStream),
    /// A Firehose stream.
    FirehoseStream(FirehoseStream),
    /// The policy of a key, or a grant.
    KmsKeyPolicy(KmsKeyPolicy<'a>),
    /// Rotation, state and deletion of a key.
    KmsKeyLifecycle(KmsKeyLifecycle<'a>),
    /// A trail.
    CloudTrailTrail(CloudTrailTrail),
}

/// Reads what one kind of call says.
pub type Reader = for<'a> fn(&Call<'a>) -> (Resource, Configuration<'a>);

impl<'a> Configuration<'a> {
    /// The keys that it names.
    pub fn keys(&self) -> Vec<&KeyRef> {
        match self {
            Configuration::MskCluster(cluster) => cluster.at_rest_key.as_ref().said().into_iter().collect(),
            Configuration::KinesisStream(stream) => stream.key().into_iter().collect(),
            Configuration::FirehoseStream(stream) => stream.keys(),
            Configuration::CloudTrailTrail(trail) => {
                trail.key.as_ref().said().and_then(Option::as_ref).into_iter().collect()
            }
            Configuration::MskConnector(connector) => connector.key.iter().collect(),
            Configuration::KmsKeyPolicy(_) | Configuration::KmsKeyLifecycle(_) => Vec::new(),
        }
    }

    /// Secrets that were seen, to be kept out of every finding.
    pub(crate) fn hidden(&self) -> Vec<Secret> {
        match self {
            Configuration::MskConnector(connector) => connector
                .report
                .as_ref()
                .and_then(|report| report.as_ref().ok())
                .map_or(Vec::new(), |report| report.seen_secrets.clone()),
            _ => Vec::new(),
        }
    }

    /// True for what a call only starts and later calls complete.
    pub fn settles(&self) -> bool {
        match self {
            Configuration::KinesisStream(stream) => *stream == KinesisStream::Created,
            Configuration::FirehoseStream(stream) => stream.settles(),
            Configuration::KmsKeyLifecycle(key) => key.settles(),
            _ => false,
        }
    }

    /// The status of something that is still being put together, as AWS shows it.
    pub fn unsettled(&self) -> Option<&str> {
        let open = match self {
            Configuration::KinesisStream(KinesisStream::Open(open)) => Some(open),
            Configuration::FirehoseStream(FirehoseStream { open, .. }) => open.as_ref(),
            Configuration::KmsKeyLifecycle(KmsKeyLifecycle { open, .. }) => open.as_ref(),
            _ => None,
        };
        match open {
            Some(Open::Unsettled(status)) => Some(status),
            _ => None,
        }
    }
}
