use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CONSUMER_POLICIES, DETECTOR, LIST_CONSUMERS, QUEUE_POLICIES, STREAM_POLICIES, STREAMS};
use crate::configuration::key::Scope;
use crate::engine::existing::{Entry, Existing};
use crate::engine::facts::Facts;
use crate::engine::lookup::{DESCRIBE_KEY, LIST_ACCOUNTS, Lookup};
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};

const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
const CONSUMER: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders/consumer/reports:1732200000";
const QUEUE: &str = "arn:aws:kinesis:eu-west-1:111122223333:queue/q-1";

fn entry() -> Value {
    json!({"StreamName": "orders", "StreamARN": STREAM, "StreamStatus": "ACTIVE"})
}

fn scan(summary: Value) -> String {
    let summary = ("kinesis:DescribeStreamSummary", json!({ "StreamDescriptionSummary": summary }));
    scanned(&STREAMS, &entry(), &[summary, (DESCRIBE_KEY, keys()[0].clone())], "")
}

#[test]
fn an_existing_stream_is_what_its_summary_says() {
    let scan = |kind: &str, key: &str| scan(json!({"EncryptionType": kind, "KeyId": key, "StreamStatus": "ACTIVE"}));
    insta::assert_snapshot!(scan("NONE", ""), @"violation kinesis-stream-unencrypted: The stream `orders` is not encrypted: records are stored in the clear.");
    insta::assert_snapshot!(scan("KMS", "alias/aws/kinesis"), @"
    compliant kinesis-stream-unencrypted: Compliant.
    compliant kinesis-stream-unusable-key: Compliant.
    violation kinesis-stream-without-customer-key: The stream `orders` is encrypted with an AWS managed key; a customer managed key is required.
    ");
    insta::assert_snapshot!(scan("KMS", "customer"), @"
    compliant kinesis-stream-unencrypted: Compliant.
    compliant kinesis-stream-unusable-key: Compliant.
    compliant kinesis-stream-without-customer-key: Compliant.
    ");
}

#[test]
fn a_stream_that_aws_works_on_is_unverified_and_one_that_it_deletes_is_not_applicable() {
    let scan =
        |status: &str, kind: &str| scan(json!({"EncryptionType": kind, "KeyId": CUSTOMER_KEY, "StreamStatus": status}));
    for status in ["CREATING", "UPDATING"] {
        assert!(scan(status, "NONE").lines().all(|line| line.starts_with("unverified")), "{status}");
        assert!(scan(status, "KMS").lines().all(|line| line.starts_with("compliant")), "{status}");
    }
    assert_eq!(scan("DELETING", "NONE"), "");
    assert_eq!(scan("DELETING", "KMS"), "");
}

#[test]
fn what_an_answer_does_not_show_is_unverified() {
    insta::assert_snapshot!(scan(json!({"StreamStatus": "ACTIVE"})), @"
    unverified kinesis-stream-unencrypted: Could not be verified: the answer of `DescribeStreamSummary` has no `EncryptionType`.
    unverified kinesis-stream-unusable-key: Could not be verified: the answer of `DescribeStreamSummary` has no `EncryptionType`.
    unverified kinesis-stream-without-customer-key: Could not be verified: the answer of `DescribeStreamSummary` has no `EncryptionType`.
    ");
    insta::assert_snapshot!(scan(json!({"StreamStatus": "ACTIVE", "EncryptionType": "KMS"})), @"
    compliant kinesis-stream-unencrypted: Compliant.
    unverified kinesis-stream-unusable-key: Could not be verified: the answer of `DescribeStreamSummary` does not show `KeyId`.
    unverified kinesis-stream-without-customer-key: Could not be verified: the answer of `DescribeStreamSummary` does not show `KeyId`.
    ");
    insta::assert_snapshot!(scanned(&STREAMS, &entry(), &[], ""), @"
    unverified kinesis-stream-unencrypted: Could not be verified: no answer to `kinesis:DescribeStreamSummary` of `arn:aws:kinesis:eu-west-1:111122223333:stream/orders`.
    unverified kinesis-stream-unusable-key: Could not be verified: no answer to `kinesis:DescribeStreamSummary` of `arn:aws:kinesis:eu-west-1:111122223333:stream/orders`.
    unverified kinesis-stream-without-customer-key: Could not be verified: no answer to `kinesis:DescribeStreamSummary` of `arn:aws:kinesis:eu-west-1:111122223333:stream/orders`.
    ");
}

fn policies(existing: &'static Existing, entry: &Value, answer: Option<Value>) -> String {
    let answers: Vec<_> = answer.into_iter().map(|answer| ("kinesis:GetResourcePolicy", answer)).collect();
    scanned(existing, entry, &answers, "")
}

fn allowing(who: &str, action: &str, arn: &str) -> Value {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": action, "Resource": arn});
    json!({"Policy": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()})
}

#[test]
fn policies_of_streams_consumers_and_queues_are_read_like_those_of_calls() {
    let consumer = json!({"ConsumerName": "reports", "ConsumerARN": CONSUMER, "ConsumerStatus": "ACTIVE"});
    let queue = json!({"QueueName": "q-1", "QueueARN": QUEUE, "QueueStatus": "ACTIVE"});
    let policy = allowing("*", "kinesis:GetRecords", STREAM);
    insta::assert_snapshot!(policies(&STREAM_POLICIES, &entry(), Some(policy)), @"
    compliant kinesis-stream-policy-foreign-account: Compliant.
    violation kinesis-stream-policy-public: The policy of the stream `orders` lets every principal of every account call kinesis:GetRecords. A caller needs only an IAM policy of its own account.
    ");
    let policy = allowing("444455556666", "kinesis:SubscribeToShard", CONSUMER);
    insta::assert_snapshot!(policies(&CONSUMER_POLICIES, &consumer, Some(policy)), @"
    violation kinesis-stream-policy-foreign-account: The policy of the consumer `reports` lets account 444455556666 call kinesis:SubscribeToShard. Its administrators decide who uses the consumer.
    compliant kinesis-stream-policy-public: Compliant.
    ");
    let policy = allowing("111122223333", "kinesis:*", QUEUE);
    insta::assert_snapshot!(policies(&QUEUE_POLICIES, &queue, Some(policy)), @"
    compliant kinesis-stream-policy-foreign-account: Compliant.
    compliant kinesis-stream-policy-public: Compliant.
    ");
    insta::assert_snapshot!(policies(&QUEUE_POLICIES, &queue, None), @"
    unverified kinesis-stream-policy-foreign-account: Could not be verified: no answer to `kinesis:GetResourcePolicy` of `arn:aws:kinesis:eu-west-1:111122223333:queue/q-1`.
    unverified kinesis-stream-policy-public: Could not be verified: no answer to `kinesis:GetResourcePolicy` of `arn:aws:kinesis:eu-west-1:111122223333:queue/q-1`.
    ");
}

#[test]
fn whether_an_account_belongs_to_the_organization_may_decide_about_each_policy() {
    for row in [&STREAM_POLICIES, &CONSUMER_POLICIES, &QUEUE_POLICIES] {
        assert!(row.permissions.iter().any(|permission| permission.action == LIST_ACCOUNTS), "{row:?}");
    }
}

#[test]
fn a_resource_without_a_policy_is_not_applicable() {
    for none in [json!({}), json!({"Policy": ""}), json!({"Policy": null}), json!({"Policy": "{}"})] {
        assert_eq!(policies(&STREAM_POLICIES, &entry(), Some(none.clone())), "", "{none}");
    }
    let deleted = json!({"StreamARN": STREAM, "StreamStatus": "DELETING"});
    assert_eq!(policies(&STREAM_POLICIES, &deleted, None), "not evaluated");
}

#[test]
fn only_streams_that_may_have_consumers_are_asked_for_them() {
    let asks = |status: &str| {
        let stream = json!({"StreamARN": STREAM, "StreamStatus": status});
        let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
        let of = LIST_CONSUMERS.of.as_ref().unwrap();
        (of.asks)(&Entry { value: &stream, scope, facts: &Facts::default() })
    };
    assert_eq!(["CREATING", "ACTIVE", "UPDATING", "DELETING"].map(asks), [false, true, true, false]);
}

fn key() -> impl Strategy<Value = &'static str> {
    let managed = "alias/aws/kinesis";
    prop::sample::select(vec![CUSTOMER_KEY, "customer", MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY, managed, "not a key"])
}

proptest! {
    #[test]
    fn a_scan_and_the_call_that_encrypted_the_stream_agree(key in key()) {
        let answers = |lookup: &Lookup| match lookup.call {
            "kinesis:DescribeStreamSummary" => Some(json!({"StreamDescriptionSummary":
                {"StreamARN": STREAM, "StreamStatus": "ACTIVE", "EncryptionType": "KMS", "KeyId": key}})),
            _ => about_key(lookup),
        };
        let request = json!({"streamName": "orders", "encryptionType": "KMS", "keyId": key});
        let call = of_call(&DETECTOR, "StartStreamEncryption", &request, &Value::Null, &answers);
        prop_assert_eq!(of_scan(&STREAMS, &entry(), &answers), call);
    }

    #[test]
    fn a_scan_and_the_call_that_put_the_policy_agree(
        who in prop::sample::select(vec!["*", "111122223333", "444455556666", "arn:aws:iam::444455556666:role/x"]),
        action in prop::sample::select(vec!["kinesis:*", "kinesis:GetRecords", "kinesis:Put*", "kinesis:DescribeStream", "s3:*"]),
        resource in prop::sample::select(vec![STREAM, "*", QUEUE]),
    ) {
        let policy = allowing(who, action, resource);
        let answers = |lookup: &Lookup| (lookup.call == "kinesis:GetResourcePolicy").then(|| policy.clone());
        let request = json!({"resourceARN": STREAM, "policy": policy["Policy"]});
        let call = of_call(&DETECTOR, "PutResourcePolicy", &request, &Value::Null, &answers);
        prop_assert_eq!(of_scan(&STREAM_POLICIES, &entry(), &answers), call);
    }
}
