//! Kinesis channels.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateChannel` | the key of the delivered data | the key; `kinesis:DescribeChannel` if the record shows no destination, or request and response are redacted or omitted | immediately |
//! | `DeleteChannel` | the channel is gone | nothing | with a ledger, immediately |

mod kinesis_channel_unencrypted;
mod kinesis_channel_unusable_key;
mod kinesis_channel_without_customer_key;
mod remediation;
#[cfg(test)]
mod tests;

use crate::configuration::key::KeyRef;
use crate::configuration::kinesis_channel::KinesisChannel;
use crate::configuration::resource::Resource;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting};
use crate::engine::existing::{Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;

/// The look-up of a channel.
const DESCRIBE_CHANNEL: Permission =
    allow("kinesis:DescribeChannel", "arn:{partition}:kinesis:{region}:{account}:channel/*").by("ChannelARN");

/// The path of the key in a call and in a description.
const KEY: &str = "encryptionConfiguration.keyId";

/// Calls on Kinesis channels.
pub static DETECTOR: Detector = Detector {
    name: "kinesis-channel",
    event_source: "kinesis.amazonaws.com",
    calls: &[call("CreateChannel")],
    closing: &[deleting(call("DeleteChannel"))],
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    read: |call| {
        let (resource, channel) = KinesisChannel::read(call);
        match call.name {
            "DeleteChannel" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(channel)),
        }
    },
    cli_outputs: &[CliOutput::member(DESCRIBE_CHANNEL.action, "ChannelDescription", "ChannelARN")],
    rules: &[
        &kinesis_channel_unencrypted::RULE,
        &kinesis_channel_unusable_key::RULE,
        &kinesis_channel_without_customer_key::RULE,
    ],
};

/// The channels of a Region. A page has at most 100, whatever is asked for; the token alone says whether there is another.
///
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListChannels.html>
static LIST_CHANNELS: Listing = Listing {
    permission: allow("kinesis:ListChannels", "*"),
    parameters: r#"{"MaxResults": 100}"#,
    entries: "ChannelSummaries",
    next: Some(Next { more: "", token: "NextToken", parameter: "NextToken" }),
    of: None,
};

/// Channels that exist.
pub(super) static CHANNELS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CHANNELS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    is_policy: false,
    read: |entry| {
        let arn = entry.text("ChannelARN")?.to_owned();
        let resource = Resource::new("AWS::Kinesis::Channel", Some(arn), entry.text("ChannelName"));
        Some((resource, Box::new(KinesisChannel::listed())))
    },
};

impl Configuration for KinesisChannel {
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
