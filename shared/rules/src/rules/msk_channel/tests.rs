use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CHANNELS, DETECTOR, has_express_brokers};
use crate::configuration::key::Scope;
use crate::engine::existing::Entry;
use crate::engine::facts::Facts;
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};

const CHANNEL: &str = "arn:aws:kafka:eu-west-1:111122223333:channel/orders/1/archive";

#[test]
fn what_create_channel_prints_is_no_description() {
    let described = json!({"ChannelArn": "arn:aws:kafka:eu-west-1:1:channel/a/b/c", "DestinationType": "S3"});
    assert_eq!(Facts::default().insert_cli_output(&described), Ok(()));
    let created =
        json!({"ChannelArn": "arn:aws:kafka:eu-west-1:1:channel/a/b/c", "ClusterOperationArn": "arn:aws:kafka"});
    insta::assert_snapshot!(Facts::default().insert_cli_output(&created).unwrap_err(), @"`ChannelArn` comes without `DestinationType`: pass the output of `aws kafka describe-channel`");
}

fn channel(status: &str, key: &Value) -> Value {
    json!({"channelArn": CHANNEL, "channelName": "archive", "status": status, "destinationType": "S3",
        "encryptionConfiguration": key, "s3DestinationConfiguration": {}})
}

#[test]
fn an_existing_channel_is_what_its_description_says() {
    let entry = json!({"channelArn": CHANNEL, "channelName": "archive", "status": "ACTIVE", "destinationType": "S3"});
    let scan = |description: Option<Value>| {
        let mut answers = vec![(DESCRIBE_KEY, keys()[0].clone())];
        answers.extend(description.map(|description| ("kafka:DescribeChannel", description)));
        scanned(&CHANNELS, &entry, &answers, "")
    };
    insta::assert_snapshot!(scan(Some(channel("ACTIVE", &json!({"kmsKeyArn": CUSTOMER_KEY})))), @"
    compliant msk-channel-unusable-key: Compliant.
    compliant msk-channel-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(Some(channel("ACTIVE", &Value::Null))), @"violation msk-channel-without-customer-key: The MSK channel `archive` names no key: the destination bucket decides how its data is encrypted; a customer managed key is required. The key of a channel cannot be changed later.");
    insta::assert_snapshot!(scan(Some(json!({"channelArn": CHANNEL}))), @"
    unverified msk-channel-unusable-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.kmsKeyArn`.
    unverified msk-channel-without-customer-key: Could not be verified: the answer of `DescribeChannel` does not show `encryptionConfiguration.kmsKeyArn`.
    ");
    insta::assert_snapshot!(scan(None), @"
    unverified msk-channel-unusable-key: Could not be verified: no answer to `kafka:DescribeChannel` of `arn:aws:kafka:eu-west-1:111122223333:channel/orders/1/archive`.
    unverified msk-channel-without-customer-key: Could not be verified: no answer to `kafka:DescribeChannel` of `arn:aws:kafka:eu-west-1:111122223333:channel/orders/1/archive`.
    ");
    assert_eq!(scan(Some(channel("DELETING", &Value::Null))), "");
}

#[test]
fn only_clusters_with_express_brokers_are_asked_for_channels() {
    let asks = |state: &str, instance: &str| {
        let cluster = json!({"clusterArn": "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/1", "state": state,
            "provisioned": {"brokerNodeGroupInfo": {"instanceType": instance}}});
        let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
        has_express_brokers(&Entry { value: &cluster, scope, facts: &Facts::default() })
    };
    assert!(asks("ACTIVE", "express.m7g.large"));
    assert!(!asks("DELETING", "express.m7g.large"));
    assert!(!asks("ACTIVE", "kafka.m7g.large"));
    let serverless = json!({"clusterType": "SERVERLESS", "serverless": {}});
    let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
    assert!(!has_express_brokers(&Entry { value: &serverless, scope, facts: &Facts::default() }));
}

proptest! {
    #[test]
    fn a_new_channel_and_a_scan_of_it_have_the_same_outcomes(
        key in proptest::option::of(proptest::sample::select(&[CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY][..])),
    ) {
        let description = channel("ACTIVE", &key.map_or(Value::Null, |key| json!({"kmsKeyArn": key})));
        let answers = |lookup: &Lookup| match lookup.call {
            "kafka:DescribeChannel" => Some(description.clone()),
            _ => about_key(lookup),
        };
        let entry = json!({"channelArn": CHANNEL, "channelName": "archive"});
        let event = of_call(&DETECTOR, "CreateChannel", &description, &json!({"channelArn": CHANNEL}), &answers);
        prop_assert_eq!(event, of_scan(&CHANNELS, &entry, &answers));
    }
}
