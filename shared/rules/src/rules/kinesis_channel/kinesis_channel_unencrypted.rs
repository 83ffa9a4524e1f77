//! A Kinesis channel asks for no encryption of what it delivers.
//!
//! ## What it detects
//! `CreateChannel` whose `encryptionConfiguration` has the type `NONE`, the word that data streams use for no encryption.
//! In a scan, a channel that exists and has this type.
//!
//! ## Why it matters
//! The bucket or table holds a copy of the stream for as long as it keeps it, and anyone who can read the objects can read
//! the records.
//!
//! ## When it stays silent
//! A channel without an `encryptionConfiguration` is compliant: AWS encrypts what every channel delivers, with keys of
//! Amazon S3 if the channel names no key. `kinesis-channel-without-customer-key` is about those. The API model of November
//! 2026 knows only the type `KMS`; a type that neither it nor this version knows is unverified. So is a record that hides the
//! configuration or does not show the destination, as in AWS's example, unless the look-up shows it. A channel that is being deleted is not
//! applicable.
//!
//! ## How to fix
//! The encryption of a channel cannot be changed: delete the channel and create it again with a customer managed key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-security.html>
//! - <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ChannelEncryptionConfiguration.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_channel::KinesisChannel;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::kinesis_channel::remediation::CREATE;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-channel-unencrypted",
    title: "Kinesis channel delivers unencrypted records",
    severity: Severity::High,
    controls: &[nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kinesis_channel_unencrypted.rs"),
};

fn check(channel: &KinesisChannel, context: &RuleContext<'_>) -> Outcome {
    match &channel.encryption_type {
        Field::Present(kind) if kind == "NONE" => {}
        Field::Present(kind) if kind == "KMS" => return Outcome::Compliant,
        // keys of Amazon S3 encrypt, or the key that the call names
        Field::Absent if !channel.abridged || channel.key != Field::Absent => return Outcome::Compliant,
        Field::Present(other) => {
            return Outcome::unverified(text!(
                "this version does not know the type of encryption `{type_name}`",
                type_name = other
            ));
        }
        missing => {
            return Outcome::missing(channel.unresolved.as_ref(), missing, "encryptionConfiguration.encryptionType");
        }
    }
    let name = context.name();
    let detail = text!(
        "The Kinesis channel `{name}` encrypts nothing that it delivers. The encryption of a channel cannot be changed later.",
        name
    );
    Violation::new(detail)
        .evidence("encryptionConfiguration.encryptionType", "NONE")
        .remediation(CREATE.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use serde_json::{Value, json};

    fn create(encryption: Value) -> Value {
        json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {}, "encryptionConfiguration": encryption})
    }

    #[test]
    fn the_type_of_encryption_decides() {
        table(
            &RULE,
            &[
                ("CreateChannel", create(json!({"encryptionType": "NONE"})), "violation"),
                ("CreateChannel", create(json!({"EncryptionType": "NONE"})), "violation"),
                ("CreateChannel", create(json!({"encryptionType": "KMS", "keyId": CUSTOMER_KEY})), "compliant"),
                ("CreateChannel", create(Value::Null), "compliant"),
                ("CreateChannel", json!({"channelName": "orders-to-s3"}), "unverified"), // abridged: it has no destination
                ("CreateChannel", create(json!({"encryptionType": "QUANTUM"})), "unverified"),
                ("CreateChannel", create(json!("***")), "unverified"),
                ("CreateChannel", create(json!({"encryptionType": []})), "unverified"),
                ("CreateChannel", json!({"omitted": true}), "unverified"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create(json!({"encryptionType": "NONE"}))), @r#"
        The Kinesis channel `orders-to-s3` encrypts nothing that it delivers. The encryption of a channel cannot be changed later.
        {"encryptionConfiguration.encryptionType":"NONE"}
        # a stream has one channel of each type: what is written between the two commands is not delivered
        aws kinesis delete-channel --channel-arn orders-to-s3 --region eu-west-1
        # channel.json: the members of the call that created the channel, and another table for Iceberg
        aws kinesis create-channel --cli-input-json file://channel.json --encryption-configuration EncryptionType=KMS,KeyId=your-key-arn --region eu-west-1
        # in awscc_kinesis_channel (of the provider hashicorp/awscc):
        #   encryption_configuration = { encryption_type = "KMS", key_id = aws_kms_key.this.arn }
        resource "aws_kms_key" "this" {
          enable_key_rotation = true
        }
        Amazon Kinesis > Deliveries > orders-to-s3 > Delete, then Create delivery with a customer managed key
        "#);
    }
}
