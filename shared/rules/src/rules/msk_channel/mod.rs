//! MSK channels.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateChannel` | the key of the delivered data | the key; `kafka:DescribeChannel` if the record shows no destination, or the request is redacted or omitted | immediately |
//! | `DeleteChannel` | the channel is gone | nothing | with a ledger, immediately |

mod msk_channel_unusable_key;
mod msk_channel_without_customer_key;
mod remediation;

use crate::cloudtrail::field::Node;
use crate::configuration::key::KeyRef;
use crate::configuration::msk_channel::MskChannel;
use crate::configuration::resource::Resource;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting};
use crate::engine::existing::{Entry, Existing, Listing, Next, Of};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::msk_cluster::LIST_CLUSTERS;

/// The look-up of a channel.
const DESCRIBE_CHANNEL: Permission =
    allow("kafka:DescribeChannel", "arn:{partition}:kafka:{region}:{account}:channel/*");

/// The path of the key in a call and in a description.
const KEY: &str = "encryptionConfiguration.kmsKeyArn";

/// Calls on MSK channels.
pub static DETECTOR: Detector = Detector {
    name: "msk-channel",
    event_source: "kafka.amazonaws.com",
    calls: &[call("CreateChannel")],
    closing: &[deleting(call("DeleteChannel"))],
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    read: |call| {
        let (resource, channel) = MskChannel::read(call);
        match call.name {
            "DeleteChannel" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(channel)),
        }
    },
    cli_outputs: &[CliOutput { check: check_description, ..CliOutput::whole(DESCRIBE_CHANNEL.action, "ChannelArn") }],
    rules: &[&msk_channel_unusable_key::RULE, &msk_channel_without_customer_key::RULE],
};

/// `create-channel` prints the ARN too, and nothing about the key.
fn check_description(channel: Node<'_>) -> Result<(), String> {
    match channel.get("DestinationType").is_present() {
        true => Ok(()),
        false => {
            Err("`ChannelArn` comes without `DestinationType`: pass the output of `aws kafka describe-channel`"
                .to_owned())
        }
    }
}

/// The channels of a cluster.
///
/// <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-iam-lifecycle.html>
static LIST_CHANNELS: Listing = Listing {
    permission: allow("kafka:ListChannels", "arn:{partition}:kafka:{region}:{account}:cluster/*/*"),
    parameters: r#"{"maxResults": 100}"#,
    entries: "channels",
    next: Some(Next { more: "", token: "nextToken", parameter: "nextToken" }),
    of: Some(Of { listing: &LIST_CLUSTERS, member: "clusterArn", parameter: "clusterArn", asks: has_express_brokers }),
};

/// Channels that exist. An entry of the list does not show the key.
pub(super) static CHANNELS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CHANNELS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    is_policy: false,
    read: |entry| {
        let arn = entry.text("channelArn")?.to_owned();
        let resource = Resource::new("AWS::MSK::Channel", Some(arn), entry.text("channelName"));
        Some((resource, Box::new(MskChannel::existing())))
    },
};

/// True for a cluster that can have channels: a channel "streams records from an Amazon MSK Express cluster topic", as the API
/// model says. The instance types of Express brokers begin with `express.`.
///
/// <https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html>
fn has_express_brokers(cluster: &Entry<'_>) -> bool {
    let brokers = cluster.get("provisioned").get("brokerNodeGroupInfo");
    let is_express = |kind: &str| kind.starts_with("express.");
    brokers.get("instanceType").text().value().is_some_and(is_express) && cluster.text("state") != Some("DELETING")
}

impl Configuration for MskChannel {
    fn keys(&self) -> Vec<&KeyRef> {
        self.key.as_ref().value().into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let description = context.facts.resource(DESCRIBE_CHANNEL.action, context.resource.arn.as_deref()?)?;
        Some(Box::new(self.with_description(description, context.scope)))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(DESCRIBE_CHANNEL.action, arn)],
            false => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
