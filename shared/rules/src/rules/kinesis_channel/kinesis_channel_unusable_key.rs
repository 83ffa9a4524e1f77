//! A Kinesis channel names a key that cannot be used.
//!
//! ## What it detects
//! `CreateChannel` with a customer managed key that is disabled, pending deletion or waiting for its key material, whose
//! key store is disconnected, that is not a symmetric encryption key, or that is in another Region: the destination must be
//! in the Region of the stream, and the key in that of the destination. In a scan, a channel that exists and has such a key.
//!
//! ## Why it matters
//! The channel cannot deliver: the records stay in the stream, and are lost to the destination when their retention ends.
//!
//! ## When it stays silent
//! A channel without a key is not applicable: `kinesis-channel-without-customer-key` evaluates it. Neither is a channel that
//! is being deleted. A key about which there
//! is no data is unverified, and so is a record that does not show the destination of the channel, unless the look-up does.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or create the channel again with another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-security.html>
//! - <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-quotas.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::configuration::kinesis_channel::KinesisChannel;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::rules::kinesis_channel::KEY;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-channel-unusable-key",
    title: "Kinesis channel names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kinesis_channel_unusable_key.rs"),
};

fn check(channel: &KinesisChannel, context: &RuleContext<'_>) -> Outcome {
    if channel.is_incomplete() {
        return Outcome::missing(channel.unresolved.as_ref(), &channel.key, KEY);
    }
    unusable(&[(KEY, channel.key.as_ref())], Some(context.scope.region), context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::{Value, json};

    fn create(key: &str) -> Value {
        json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {},
            "encryptionConfiguration": {"encryptionType": "KMS", "keyId": key}})
    }

    #[test]
    fn state_and_region_of_the_key_decide() {
        table(
            &RULE,
            &[
                ("CreateChannel", create(DISABLED_KEY), "violation"),
                ("CreateChannel", create("disabled"), "violation"),
                ("CreateChannel", json!({"EncryptionConfiguration": {"KeyId": DISABLED_KEY}}), "violation"),
                ("CreateChannel", create("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("CreateChannel", create(CUSTOMER_KEY), "compliant"),
                ("CreateChannel", create(UNKNOWN_KEY), "unverified"),
                ("CreateChannel", create("***"), "unverified"),
                ("CreateChannel", create(""), "unverified"),
                ("CreateChannel", json!({"s3TablesDestinationConfiguration": {}}), "not-applicable"),
                ("CreateChannel", json!({"channelName": "orders-to-s3"}), "unverified"),
                ("CreateChannel", json!({"omitted": true}), "unverified"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create(DISABLED_KEY)), @r#"
        The key `arn:aws:kms:eu-west-1:111122223333:key/disabled` of `orders-to-s3` is disabled: data encrypted with it cannot be read or written.
        {"encryptionConfiguration.keyId":"arn:aws:kms:eu-west-1:111122223333:key/disabled","problem":"is disabled"}
        aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/disabled --region eu-west-1
        # name an enabled, symmetric key of the same Region
        resource "aws_kms_key" "this" {
          is_enabled = true
        }
        Key Management Service > Customer managed keys > arn:aws:kms:eu-west-1:111122223333:key/disabled
        "#);
    }
}
