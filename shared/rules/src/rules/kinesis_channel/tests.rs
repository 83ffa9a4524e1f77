use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CHANNELS, DETECTOR};
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};

const CHANNEL: &str = "arn:aws:kinesis:eu-west-1:111122223333:channel/c-1";

fn entry() -> Value {
    json!({"ChannelName": "orders-to-s3", "ChannelARN": CHANNEL, "ChannelStatus": "ACTIVE", "ChannelDestinationType": "S3"})
}

/// What `DescribeChannel` answers.
fn described(status: &str, destination: &str, encryption: Value) -> Value {
    let mut channel = json!({"ChannelName": "orders-to-s3", "ChannelARN": CHANNEL, "ChannelStatus": status,
        "EncryptionConfiguration": encryption});
    channel[destination] = json!({});
    json!({ "ChannelDescription": channel })
}

fn scan(description: Option<Value>) -> String {
    let mut answers = vec![(DESCRIBE_KEY, keys()[0].clone())];
    answers.extend(description.map(|description| ("kinesis:DescribeChannel", description)));
    scanned(&CHANNELS, &entry(), &answers, "")
}

const S3: &str = "S3DestinationConfiguration";

#[test]
fn an_existing_channel_is_what_its_description_says() {
    let kms = |key: &str| json!({"EncryptionType": "KMS", "KeyId": key});
    insta::assert_snapshot!(scan(Some(described("ACTIVE", S3, kms("customer")))), @"
    compliant kinesis-channel-unencrypted: Compliant.
    compliant kinesis-channel-unusable-key: Compliant.
    compliant kinesis-channel-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(Some(described("CREATING", S3, kms("alias/aws/s3")))), @"
    compliant kinesis-channel-unencrypted: Compliant.
    compliant kinesis-channel-unusable-key: Compliant.
    violation kinesis-channel-without-customer-key: The Kinesis channel `orders-to-s3` encrypts with an AWS managed key; a customer managed key is required. The key of a channel cannot be changed later.
    ");
    insta::assert_snapshot!(scan(Some(described("ACTIVE", "S3TablesDestinationConfiguration", Value::Null))), @"
    compliant kinesis-channel-unencrypted: Compliant.
    violation kinesis-channel-without-customer-key: The Kinesis channel `orders-to-s3` names no key: it delivers data that keys of Amazon S3 encrypt (SSE-S3); a customer managed key is required. The key of a channel cannot be changed later.
    ");
    insta::assert_snapshot!(scan(Some(described("ACTIVE", S3, json!({"EncryptionType": "NONE"})))), @"violation kinesis-channel-unencrypted: The Kinesis channel `orders-to-s3` encrypts nothing that it delivers. The encryption of a channel cannot be changed later.");
}

#[test]
fn what_a_description_does_not_show_is_unverified_and_a_channel_that_is_deleted_not_applicable() {
    insta::assert_snapshot!(scan(Some(described("ACTIVE", S3, json!({"EncryptionType": "KMS"})))), @"
    compliant kinesis-channel-unencrypted: Compliant.
    unverified kinesis-channel-unusable-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.keyId`.
    unverified kinesis-channel-without-customer-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.keyId`.
    ");
    insta::assert_snapshot!(scan(Some(json!({"ChannelDescription": {"ChannelARN": CHANNEL}}))), @"
    unverified kinesis-channel-unencrypted: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.encryptionType`.
    unverified kinesis-channel-unusable-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.keyId`.
    unverified kinesis-channel-without-customer-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.keyId`.
    ");
    insta::assert_snapshot!(scan(None), @"
    unverified kinesis-channel-unencrypted: Could not be verified: no answer to `kinesis:DescribeChannel` of `arn:aws:kinesis:eu-west-1:111122223333:channel/c-1`.
    unverified kinesis-channel-unusable-key: Could not be verified: no answer to `kinesis:DescribeChannel` of `arn:aws:kinesis:eu-west-1:111122223333:channel/c-1`.
    unverified kinesis-channel-without-customer-key: Could not be verified: no answer to `kinesis:DescribeChannel` of `arn:aws:kinesis:eu-west-1:111122223333:channel/c-1`.
    ");
    assert_eq!(scan(Some(described("DELETING", S3, Value::Null))), "");
}

proptest! {
    #[test]
    fn a_scan_and_the_call_that_created_the_channel_agree(
        key in prop::sample::select(vec!["", CUSTOMER_KEY, "customer", MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY, "alias/aws/s3"]),
        kind in prop::sample::select(vec!["KMS", "NONE", "QUANTUM"]),
        destination in prop::sample::select(vec!["s3DestinationConfiguration", "s3TablesDestinationConfiguration"]),
    ) {
        let encryption = match key {
            "" => Value::Null,
            key => json!({"encryptionType": kind, "keyId": key}),
        };
        let mut request = json!({"channelName": "orders-to-s3", "encryptionConfiguration": encryption});
        request[destination] = json!({});
        let member = if destination.contains("Tables") { "S3TablesDestinationConfiguration" } else { S3 };
        let answer = described("ACTIVE", member, encryption);
        let answers = |lookup: &Lookup| match lookup.call {
            "kinesis:DescribeChannel" => Some(answer.clone()),
            _ => about_key(lookup),
        };
        let response = json!({"channelDescription": {"channelARN": CHANNEL}});
        let call = of_call(&DETECTOR, "CreateChannel", &request, &response, &answers);
        prop_assert_eq!(of_scan(&CHANNELS, &entry(), &answers), call);
    }
}
