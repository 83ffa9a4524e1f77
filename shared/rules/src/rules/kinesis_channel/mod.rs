//! Kinesis channels.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateChannel` | the key of the delivered data | the key; `kinesis:DescribeChannel` if the record shows no destination, or request and response are redacted or omitted | immediately |

mod kinesis_channel_unencrypted;
mod kinesis_channel_unusable_key;
mod kinesis_channel_without_customer_key;
mod remediation;

use crate::configuration::key::KeyRef;
use crate::configuration::kinesis_channel::KinesisChannel;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;

/// The look-up of a channel.
const DESCRIBE_CHANNEL: Permission =
    allow("kinesis:DescribeChannel", "arn:{partition}:kinesis:{region}:{account}:channel/*");

/// The path of the key in a call and in a description.
const KEY: &str = "encryptionConfiguration.keyId";

/// Calls on Kinesis channels.
pub static DETECTOR: Detector = Detector {
    name: "kinesis-channel",
    event_source: "kinesis.amazonaws.com",
    calls: &[call("CreateChannel")],
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    read: |call| {
        let (resource, channel) = KinesisChannel::read(call);
        (resource, Box::new(channel))
    },
    cli_outputs: &[CliOutput::member(DESCRIBE_CHANNEL.action, "ChannelDescription", "ChannelARN")],
    rules: &[
        &kinesis_channel_unencrypted::RULE,
        &kinesis_channel_unusable_key::RULE,
        &kinesis_channel_without_customer_key::RULE,
    ],
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
