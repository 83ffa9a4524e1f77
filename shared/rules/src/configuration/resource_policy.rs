//! The policy of a stream or cluster: `PutResourcePolicy` of Kinesis, `PutClusterPolicy` of MSK. The request has the whole
//! policy, which replaces an earlier one.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html>,
//! <https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html>

use serde_json::Value;

use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::resource::Resource;

/// The policy that a call puts in force.
#[derive(Debug, Clone)]
pub(crate) struct ResourcePolicy {
    /// The account that owns the resource.
    pub owner: String,
    /// The policy document as JSON text.
    pub document: Field<String>,
}

impl ResourcePolicy {
    /// Reads a call on the policy of an MSK cluster.
    pub(crate) fn of_cluster(call: &Call<'_>) -> (Resource, ResourcePolicy) {
        let arn = call.arn("clusterArn", "clusterArn");
        let policy = ResourcePolicy::read(call, arn.as_deref());
        (Resource::new("AWS::MSK::Cluster", arn, None), policy)
    }

    /// Reads a call on the policy of a stream, consumer, queue or channel.
    pub(crate) fn of_stream(call: &Call<'_>) -> (Resource, ResourcePolicy) {
        let arn = call.arn("resourceARN", "resourceARN");
        let policy = ResourcePolicy::read(call, arn.as_deref());
        let named = arn.as_deref().and_then(Arn::parse).map_or("", |arn| arn.resource);
        let (kind, name) = match (named.split_once("/consumer/"), named.split_once('/')) {
            // `stream/clicks/consumer/reports:1732200000`: the number is the time when it was registered
            (Some((_, consumer)), _) => ("AWS::Kinesis::StreamConsumer", consumer.split(':').next().map(str::to_owned)),
            (None, Some(("channel", _))) => ("AWS::Kinesis::Channel", None),
            (None, Some(("queue", _))) => ("AWS::Kinesis::Queue", None),
            _ => ("AWS::Kinesis::Stream", None),
        };
        (Resource::new(kind, arn, name.as_deref()), policy)
    }

    fn read(call: &Call<'_>, arn: Option<&str>) -> ResourcePolicy {
        let owner = arn.and_then(Arn::parse).map(|arn| arn.account).filter(|account| is_account(account));
        ResourcePolicy {
            owner: owner.unwrap_or(call.scope.account).to_owned(),
            document: policy_text(call.request(&["policy"])),
        }
    }
}

/// The text of a policy: usually recorded as a text, rarely as an object.
pub(crate) fn policy_text(node: Node<'_>) -> Field<String> {
    match node {
        Field::Present(document @ Value::Object(_)) => Field::Present(document.to_string()),
        node => node.text().map(str::to_owned),
    }
}
