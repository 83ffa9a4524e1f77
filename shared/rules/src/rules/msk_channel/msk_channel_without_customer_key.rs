//! An MSK channel delivers records without a key at the required level.
//!
//! ## What it detects
//! `CreateChannel` that names no key, or a key below the level of `keys.required`. Without a key of the channel, the
//! default encryption of the destination bucket decides: keys that Amazon S3 manages (SSE-S3), unless the bucket sets
//! another. In a scan, a channel whose description shows no key, or one below that level.
//!
//! ## Why it matters
//! The bucket holds a copy of the topic for as long as it keeps it, outside of the cluster and its key. Nobody can restrict,
//! audit or revoke a key of S3, and who configures the bucket decides about the data of the topic.
//!
//! ## When it stays silent
//! A key about which there is no data is unverified, and so is a record that does not show the destination of the channel,
//! unless the look-up does. The encryption of the bucket is not looked up: a channel that leaves the choice to the bucket
//! is reported, even if the bucket names a key today.
//!
//! ## How to fix
//! The key of a channel cannot be changed: create a new channel with a customer managed key, and delete this one. A new
//! channel delivers only what is produced from then on, so let the two overlap.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-security-rest.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-s3-create.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_channel::MskChannel;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::keys::{NOT_GIVEN, require_level, required};
use crate::rules::msk_channel::KEY;
use crate::rules::msk_channel::remediation::CREATE;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-channel-without-customer-key",
    title: "MSK channel delivers below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_channel_without_customer_key.rs"),
};

fn check(channel: &MskChannel, context: &RuleContext<'_>) -> Outcome {
    if channel.is_incomplete() {
        return Outcome::missing(channel.unresolved.as_ref(), &channel.key, KEY);
    }
    let name = context.name();
    let Field::Present(key) = &channel.key else {
        let detail = text!(
            "The MSK channel `{name}` names no key: the destination bucket decides how its data is encrypted; {required} is required. The key of a channel cannot be changed later.",
            name,
            required = required(context)
        );
        return violation(detail, NOT_GIVEN, context);
    };
    require_level(key, context, |found| {
        let detail = text!(
            "The MSK channel `{name}` encrypts with {found}; {required} is required. The key of a channel cannot be changed later.",
            name,
            found = found.in_words(),
            required = required(context)
        );
        violation(detail, (&key.given).into(), context)
    })
}

fn violation(detail: Text, given: Text, context: &RuleContext<'_>) -> Outcome {
    Violation::new(detail).evidence_text(KEY, given).remediation(CREATE.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table, violation};
    use serde_json::{Value, json};

    const CHANNEL: &str = "arn:aws:kafka:eu-west-1:111122223333:channel/payments/1/2";

    fn create(key: &str) -> Value {
        json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {}, "encryptionConfiguration": {"kmsKeyArn": key}})
    }

    #[test]
    fn the_level_of_the_key_decides() {
        table(
            &RULE,
            &[
                ("CreateChannel", create(CUSTOMER_KEY), "compliant"),
                ("CreateChannel", json!({"encryptionConfiguration": {"kMSKeyArn": CUSTOMER_KEY}}), "compliant"),
                ("CreateChannel", create(MANAGED_KEY), "violation"),
                ("CreateChannel", create(UNKNOWN_KEY), "unverified"),
                ("CreateChannel", create("***"), "unverified"),
                ("CreateChannel", create(""), "violation"),
                (
                    "CreateChannel",
                    json!({"s3DestinationConfiguration": {}, "encryptionConfiguration": {}}),
                    "violation",
                ),
                (
                    "CreateChannel",
                    json!({"s3DestinationConfiguration": {}, "encryptionConfiguration": null}),
                    "violation",
                ),
                (
                    "CreateChannel",
                    json!({"s3DestinationConfiguration": {}, "encryptionConfiguration": "***"}),
                    "unverified",
                ),
                ("CreateChannel", json!({"icebergDestinationConfiguration": {}}), "violation"),
                ("CreateChannel", json!({"icebergDestinationConfiguration": "***"}), "violation"),
            ],
        );
    }

    #[test]
    fn a_record_without_a_destination_is_abridged_and_says_nothing_about_the_key() {
        table(
            &RULE,
            &[
                ("CreateChannel", json!({"channelName": "orders-to-s3"}), "unverified"),
                ("CreateChannel", json!({"omitted": true}), "unverified"),
                ("CreateChannel", Value::Null, "unverified"),
            ],
        );
        let described = |more: Value| {
            let mut description =
                json!({"ChannelArn": CHANNEL, "DestinationType": "S3", "S3DestinationConfiguration": {}});
            description.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let facts = [keys(), vec![description]].concat();
            let request = json!({"channelName": "orders-to-s3"});
            name(&answer(&RULE, "", &facts, "CreateChannel", &request, &json!({"channelArn": CHANNEL})))
        };
        assert_eq!(described(json!({"EncryptionConfiguration": {"KmsKeyArn": CUSTOMER_KEY}})), "compliant");
        assert_eq!(described(json!({"EncryptionConfiguration": {"KmsKeyArn": MANAGED_KEY}})), "violation");
        assert_eq!(described(json!({})), "violation");
    }

    #[test]
    fn the_required_level_is_a_setting() {
        let with = |required: &str, request: &Value| {
            let settings = format!("keys.required = '{required}'");
            name(&answer(&RULE, &settings, &keys(), "CreateChannel", request, &Value::Null))
        };
        assert_eq!(with("aws-managed", &create("")), "violation");
        assert_eq!(with("aws-managed", &create(UNKNOWN_KEY)), "compliant");
        assert_eq!(with("cloudhsm", &create(CUSTOMER_KEY)), "violation");
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create("")), @r#"
        The MSK channel `orders-to-s3` names no key: the destination bucket decides how its data is encrypted; a customer managed key is required. The key of a channel cannot be changed later.
        {"encryptionConfiguration.kmsKeyArn":"not given"}
        # channel.json: the members of the call that created the channel, with another name, and another table for Iceberg
        aws kafka create-channel --cli-input-json file://channel.json --encryption-configuration KmsKeyArn=your-key-arn --region eu-west-1
        resource "aws_msk_channel" "this" {
          channel_name = "orders-to-s3"
          encryption_configuration {
            kms_key_arn = aws_kms_key.this.arn
          }
        }
        Amazon MSK > Clusters > your cluster > Channel > Create Channel > Additional configuration > Encryption configuration
        "#);
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create(MANAGED_KEY)).lines().next().unwrap(), @"The MSK channel `orders-to-s3` encrypts with an AWS managed key; a customer managed key is required. The key of a channel cannot be changed later.");
    }
}
