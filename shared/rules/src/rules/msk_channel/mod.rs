//! MSK channels.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateChannel` | the key of the delivered data | the key; `kafka:DescribeChannel` if the record shows no destination, or the request is redacted or omitted | immediately |

mod msk_channel_unusable_key;
mod msk_channel_without_customer_key;
mod remediation;

use crate::cloudtrail::field::Node;
use crate::configuration::key::KeyRef;
use crate::configuration::msk_channel::MskChannel;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;

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
    permissions: &[DESCRIBE_KEY, DESCRIBE_CHANNEL],
    read: |call| {
        let (resource, channel) = MskChannel::read(call);
        (resource, Box::new(channel))
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
mod tests {
    use serde_json::json;

    use crate::engine::facts::Facts;

    #[test]
    fn what_create_channel_prints_is_no_description() {
        let described = json!({"ChannelArn": "arn:aws:kafka:eu-west-1:1:channel/a/b/c", "DestinationType": "S3"});
        assert_eq!(Facts::default().insert_cli_output(&described), Ok(()));
        let created =
            json!({"ChannelArn": "arn:aws:kafka:eu-west-1:1:channel/a/b/c", "ClusterOperationArn": "arn:aws:kafka"});
        insta::assert_snapshot!(Facts::default().insert_cli_output(&created).unwrap_err(), @"`ChannelArn` comes without `DestinationType`: pass the output of `aws kafka describe-channel`");
    }
}
