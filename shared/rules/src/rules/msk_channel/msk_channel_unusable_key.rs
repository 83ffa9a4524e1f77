//! An MSK channel names a key that cannot be used.
//!
//! ## What it detects
//! `CreateChannel` with a customer managed key that is disabled, pending deletion or waiting for its key material,
//! whose key store is disconnected, or that is not a symmetric encryption key. The Region of the key is not compared:
//! it must be the Region of the bucket, which the record does not show. In a scan, a channel whose key is in one of
//! these states.
//!
//! ## Why it matters
//! The channel cannot deliver: the records stay in the topic, and are lost to the destination when their retention ends.
//!
//! ## When it stays silent
//! A channel without a key is not applicable: `msk-channel-without-customer-key` evaluates it. An AWS managed key is
//! compliant. A key about which there is no data is unverified, and so is a record that does not show the destination of
//! the channel, unless the look-up does.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or create the channel again with another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-security-rest.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::configuration::msk_channel::MskChannel;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::rules::msk_channel::KEY;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-channel-unusable-key",
    title: "MSK channel names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_channel_unusable_key.rs"),
};

fn check(channel: &MskChannel, context: &RuleContext<'_>) -> Outcome {
    if channel.is_incomplete() {
        return Outcome::missing(channel.unresolved.as_ref(), &channel.key, KEY);
    }
    unusable(&[(KEY, channel.key.as_ref())], None, context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::{Value, json};

    fn create(key: &str) -> Value {
        json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {}, "encryptionConfiguration": {"kmsKeyArn": key}})
    }

    #[test]
    fn the_state_of_the_key_decides() {
        table(
            &RULE,
            &[
                ("CreateChannel", create(DISABLED_KEY), "violation"),
                ("CreateChannel", json!({"encryptionConfiguration": {"kMSKeyArn": DISABLED_KEY}}), "violation"),
                ("CreateChannel", create(CUSTOMER_KEY), "compliant"),
                ("CreateChannel", create("alias/aws/s3"), "compliant"),
                ("CreateChannel", create(UNKNOWN_KEY), "unverified"),
                ("CreateChannel", create("***"), "unverified"),
                ("CreateChannel", create(""), "not-applicable"),
                ("CreateChannel", json!({"icebergDestinationConfiguration": {}}), "not-applicable"),
                ("CreateChannel", json!({"channelName": "orders-to-s3"}), "unverified"),
                ("CreateChannel", json!({"omitted": true}), "unverified"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create(DISABLED_KEY)), @r#"
        The key `arn:aws:kms:eu-west-1:111122223333:key/disabled` of `orders-to-s3` is disabled: data encrypted with it cannot be read or written.
        {"encryptionConfiguration.kmsKeyArn":"arn:aws:kms:eu-west-1:111122223333:key/disabled","problem":"is disabled"}
        aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/disabled --region eu-west-1
        # name an enabled, symmetric key of the same Region
        resource "aws_kms_key" "this" {
          is_enabled = true
        }
        Key Management Service > Customer managed keys > arn:aws:kms:eu-west-1:111122223333:key/disabled
        "#);
    }
}
