//! A Kinesis channel delivers records without a key at the required level.
//!
//! ## What it detects
//! `CreateChannel` that names no key, or a key below the level of `keys.required`. Without a key, the delivered data is
//! encrypted with keys that Amazon S3 manages (SSE-S3). In a scan, a channel that exists and has no key, or such a key.
//!
//! ## Why it matters
//! The bucket or table holds a copy of the stream for as long as it keeps it, outside of the stream and its key. Nobody can
//! restrict, audit or revoke a key of S3.
//!
//! ## When it stays silent
//! A channel that encrypts nothing is a violation of `kinesis-channel-unencrypted` only. A channel that is being
//! deleted is not applicable. A key about which there is no data is
//! unverified, and so are a type of encryption that this version does not know, and
//! a record that does not show the destination of the channel, unless the look-up does.
//!
//! ## How to fix
//! The encryption of a channel cannot be changed: delete the channel and create it again with a customer managed key. A
//! stream can have one channel to a bucket and one to a table, and a new channel delivers only what is written once it is
//! active.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-security.html>
//! - <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-quotas.html>
//! - <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ChannelEncryptionConfiguration.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_channel::KinesisChannel;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::keys::{NOT_GIVEN, require_level, required};
use crate::rules::kinesis_channel::KEY;
use crate::rules::kinesis_channel::remediation::CREATE;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-channel-without-customer-key",
    title: "Kinesis channel delivers below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kinesis_channel_without_customer_key.rs"),
};

fn check(channel: &KinesisChannel, context: &RuleContext<'_>) -> Outcome {
    if channel.encryption_type.as_deref() == Field::Present("NONE") {
        return Outcome::not_applicable("the channel encrypts nothing");
    }
    if let Field::Present(other) = channel.encryption_type.as_deref()
        && other != "KMS"
    {
        return Outcome::unverified(text!(
            "this version does not know the type of encryption `{type_name}`",
            type_name = other
        ));
    }
    if channel.is_incomplete() {
        return Outcome::missing(channel.unresolved.as_ref(), &channel.key, KEY);
    }
    let name = context.name();
    let Field::Present(key) = &channel.key else {
        let detail = text!(
            "The Kinesis channel `{name}` names no key: it delivers data that keys of Amazon S3 encrypt (SSE-S3); {required} is required. The key of a channel cannot be changed later.",
            name,
            required = required(context)
        );
        return violation(detail, NOT_GIVEN, context);
    };
    require_level(key, context, |found| {
        let detail = text!(
            "The Kinesis channel `{name}` encrypts with {found}; {required} is required. The key of a channel cannot be changed later.",
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
    use crate::configuration::key::Key;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table, violation};
    use crate::rules::{RULE_IDS, kinesis_channel};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    const CHANNEL: &str = "arn:aws:kinesis:eu-west-1:111122223333:channel/c-1";

    fn create(key: &str) -> Value {
        json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {},
            "encryptionConfiguration": {"encryptionType": "KMS", "keyId": key}})
    }

    #[test]
    fn the_level_of_the_key_decides() {
        let encrypted =
            |encryption: Value| json!({"s3DestinationConfiguration": {}, "encryptionConfiguration": encryption});
        table(
            &RULE,
            &[
                ("CreateChannel", create(CUSTOMER_KEY), "compliant"),
                ("CreateChannel", create("customer"), "compliant"),
                ("CreateChannel", json!({"EncryptionConfiguration": {"KeyId": CUSTOMER_KEY}}), "compliant"),
                ("CreateChannel", create(MANAGED_KEY), "violation"),
                ("CreateChannel", create(UNKNOWN_KEY), "unverified"),
                ("CreateChannel", create("***"), "unverified"),
                ("CreateChannel", create(""), "unverified"), // the type says that there is a key
                ("CreateChannel", encrypted(json!({})), "violation"),
                ("CreateChannel", encrypted(Value::Null), "violation"),
                ("CreateChannel", encrypted(json!("***")), "unverified"),
                ("CreateChannel", encrypted(json!({"encryptionType": "QUANTUM", "keyId": CUSTOMER_KEY})), "unverified"),
                ("CreateChannel", json!({"s3TablesDestinationConfiguration": {}}), "violation"),
                ("CreateChannel", json!({"s3TablesDestinationConfiguration": "***"}), "violation"),
            ],
        );
    }

    /// A record like AWS's example: <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-monitoring.html>
    #[test]
    fn a_record_without_a_destination_is_abridged_and_says_nothing_about_the_key() {
        let request = json!({"streamName": "orders", "channelName": "orders-to-s3"});
        let evaluated = |request: &Value, facts: &[Value], response: &Value| {
            name(&answer(&RULE, "", &[keys(), facts.to_vec()].concat(), "CreateChannel", request, response))
        };
        let created = json!({ "channelARN": CHANNEL });
        assert_eq!(evaluated(&request, &[], &created), "unverified");
        assert_eq!(evaluated(&json!({"omitted": true}), &[], &created), "unverified");
        assert_eq!(evaluated(&Value::Null, &[], &Value::Null), "unverified");
        let described = |more: Value| {
            let mut description = json!({"channelARN": CHANNEL, "s3DestinationConfiguration": {}});
            description.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            description
        };
        for (more, want) in [
            (json!({"encryptionConfiguration": {"encryptionType": "KMS", "keyId": CUSTOMER_KEY}}), "compliant"),
            (json!({"encryptionConfiguration": {"encryptionType": "KMS", "keyId": MANAGED_KEY}}), "violation"),
            (json!({}), "violation"),
        ] {
            let fact = json!({"ChannelDescription": described(more.clone())});
            assert_eq!(evaluated(&request, &[fact], &created), want, "looked up: {more}");
            let response = json!({"channelDescription": described(more.clone())});
            assert_eq!(evaluated(&request, &[], &response), want, "in the response: {more}");
            assert_eq!(evaluated(&create(CUSTOMER_KEY), &[], &response), "compliant", "the request comes first");
        }
    }

    #[test]
    fn the_required_level_is_a_setting() {
        let with = |required: &str, request: &Value| {
            let settings = format!("keys.required = '{required}'");
            name(&answer(&RULE, &settings, &keys(), "CreateChannel", request, &Value::Null))
        };
        let without = json!({"s3DestinationConfiguration": {}});
        assert_eq!(with("aws-managed", &without), "violation");
        assert_eq!(with("aws-managed", &create(UNKNOWN_KEY)), "compliant");
        assert_eq!(with("cloudhsm", &create(CUSTOMER_KEY)), "violation");
    }

    /// A record of a call on a key shows that it is customer managed, but not where its material comes from.
    #[test]
    fn only_where_a_key_store_is_required_the_origin_of_a_key_matters() {
        let record =
            json!({"eventName": "CreateChannel", "eventSource": "kinesis.amazonaws.com", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "requestParameters": create(CUSTOMER_KEY)})
            .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&kinesis_channel::DETECTOR).unwrap();
        for (origin, required, want) in [
            (None, "customer-managed", "compliant"),
            (None, "cloudhsm", "unverified"),
            (Some("AWS_KMS"), "cloudhsm", "violation"),
            (Some("AWS_CLOUDHSM"), "cloudhsm", "compliant"),
        ] {
            let key = Key { origin: origin.map(str::to_owned), ..Key::customer_managed(CUSTOMER_KEY) };
            let mut facts = Facts::default();
            facts.insert_key(CUSTOMER_KEY.to_owned(), Ok(key));
            let settings = Settings::parse(&format!("keys.required = '{required}'"), &RULE_IDS).unwrap();
            let findings = evaluate(&change, &facts, &settings);
            let finding = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap();
            assert_eq!(name(&finding.outcome), want, "{origin:?} {required}");
        }
    }

    #[test]
    fn what_people_read() {
        let without = json!({"channelName": "orders-to-s3", "s3DestinationConfiguration": {}});
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &without), @r#"
        The Kinesis channel `orders-to-s3` names no key: it delivers data that keys of Amazon S3 encrypt (SSE-S3); a customer managed key is required. The key of a channel cannot be changed later.
        {"encryptionConfiguration.keyId":"not given"}
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
        insta::assert_snapshot!(violation(&RULE, "CreateChannel", &create(MANAGED_KEY)).lines().next().unwrap(), @"The Kinesis channel `orders-to-s3` encrypts with an AWS managed key; a customer managed key is required. The key of a channel cannot be changed later.");
    }
}
