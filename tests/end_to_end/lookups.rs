//! Tests the look-ups in KMS of what the record does not say. The result is a fact, an unverified finding with the
//! reason, or a failed invocation that Lambda retries.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, NO_KEY, REGION, TOPIC, create_key, event, key_arn, record, start_encryption};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

#[test]
fn an_enabled_customer_managed_key_is_compliant_by_id_arn_or_alias() {
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-compliant");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let key = aws.key();
    let id = key.rsplit('/').next().unwrap();
    let alias = format!("alias/lookups-{id}");
    aws.alias(&alias, &key);
    let alias_arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:{alias}");
    for name in [&key, id, &alias, &alias_arn] {
        let invocation = function.invoke(start_encryption("orders", name).to_string()).succeeded();
        let count = |name| invocation.count(name);
        assert_eq!((count("Compliant"), count("Violations"), count("Unverified")), (3, 0, 0), "{name}");
    }
    assert_eq!(topic.messages(), Vec::<Value>::new());
}

#[test]
fn a_disabled_key_is_unusable() {
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-disabled");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let key = aws.key();
    aws.disable_key(&key);
    function.invoke(start_encryption("orders", &key).to_string()).succeeded();
    let findings = topic.findings();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["rule"], "kinesis-stream-unusable-key");
    assert_eq!(findings[0]["severity"], "critical");
    assert!(findings[0]["detail"].as_str().unwrap().contains("is disabled"), "{findings:#?}");
    let fix = findings[0]["remediation"]["cli"].as_str().unwrap();
    assert!(fix.starts_with("aws kms enable-key") && fix.contains(&key), "{fix}");
}

#[test]
fn a_key_that_does_not_exist_is_unverified_with_the_reason() {
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-missing");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    for name in [NO_KEY, "alias/lookups-missing"] {
        let invocation = function.invoke(start_encryption("orders", name).to_string()).succeeded();
        let envelope = topic.message();
        assert!(envelope["Subject"].as_str().unwrap().starts_with("[UNVERIFIED] kinesis-stream-"), "{envelope:#}");
        assert_eq!(envelope["MessageAttributes"]["severity"]["Value"], "unverified");
        let message: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
        let findings = message["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 2, "{findings:#?}");
        for finding in findings {
            assert_eq!(finding["outcome"], "unverified");
            assert!(finding["reason"].as_str().unwrap().contains("does not exist"), "{finding:#}");
        }
        let count = |name| invocation.count(name);
        assert_eq!((count("Compliant"), count("Violations"), count("Unverified")), (1, 0, 2));
    }
}

#[test]
fn rotation_enabled_without_a_period_is_evaluated_with_the_period_from_kms() {
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-rotation");
    let mut function = Function::start("sealwatch-kms-key-lifecycle", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let mut violations = |days| {
        let key = aws.key();
        aws.enable_rotation(&key, days);
        let request = json!({"keyId": key});
        let event = event(record("kms", "EnableKeyRotation", request, json!({"keyId": key})));
        function.invoke(event.to_string()).succeeded().count("Violations")
    };
    assert_eq!((violations(180), topic.messages().len()), (0, 0));
    assert_eq!(violations(700), 1);
    let finding = topic.findings().remove(0);
    assert_eq!(finding["rule"], "kms-key-rotation-too-rare");
    assert!(finding["detail"].as_str().unwrap().contains("700 days"), "{finding:#}");
}

#[test]
fn the_rotation_of_a_new_key_is_looked_up() {
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-new-key");
    let mut function = Function::start("sealwatch-kms-key-lifecycle", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let mut violations = |key: &str| function.invoke(create_key(key).to_string()).succeeded().count("Violations");
    let (rotating, not_rotating) = (aws.key(), aws.key());
    aws.enable_rotation(&rotating, 365);
    assert_eq!(violations(&rotating), 0);
    assert_eq!(violations(&not_rotating), 1);
    assert_eq!(topic.findings()[0]["rule"], "kms-key-rotation-disabled");
}

/// Creates a Firehose stream with a key in three places.
fn delivery_stream(sse: &str, main: &str, backup: &str) -> Value {
    let encrypted_with = |key: &str| json!({"kMSEncryptionConfig": {"aWSKMSKeyARN": key}});
    let request = json!({
        "deliveryStreamName": "clicks",
        "deliveryStreamType": "DirectPut",
        "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": sse},
        "extendedS3DestinationConfiguration": {
            "bucketARN": "arn:aws:s3:::clicks",
            "encryptionConfiguration": encrypted_with(main),
            "s3BackupConfiguration": {"bucketARN": "arn:aws:s3:::backup", "encryptionConfiguration": encrypted_with(backup)},
        },
    });
    let arn = format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/clicks");
    event(record("firehose", "CreateDeliveryStream", request, json!({"deliveryStreamARN": arn})))
}

#[test]
fn each_key_is_looked_up_once_per_event_by_its_arn() {
    let kms = FakeAws::kms_enabled();
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start("sealwatch-firehose-stream", &environment);
    let foreign = format!("arn:aws:kms:{REGION}:{FOREIGN}:key/{NO_KEY}");
    let event = delivery_stream(&key_arn(NO_KEY), NO_KEY, &foreign);
    let invocation = function.invoke(event.to_string()).succeeded();
    assert_eq!((invocation.count("Violations"), invocation.count("Unverified")), (0, 0), "{:#?}", invocation.lines);
    let mut keys: Vec<Value> = kms.kms_calls("DescribeKey").into_iter().map(|call| call["KeyId"].clone()).collect();
    keys.sort_by_key(Value::to_string);
    assert_eq!(keys, [json!(key_arn(NO_KEY)), json!(foreign)]);
    assert_eq!(kms.requests().len(), 2, "there are no other calls");
}

#[test]
fn aws_managed_keys_need_no_look_up() {
    let kms = FakeAws::kms_enabled();
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-aws-managed");
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    function.invoke(start_encryption("orders", "alias/aws/kinesis").to_string()).succeeded();
    assert_eq!(topic.findings()[0]["rule"], "kinesis-stream-without-customer-key");
    assert_eq!(kms.requests().len(), 0);
}

#[test]
fn a_denied_look_up_is_unverified_and_names_the_missing_permission() {
    let kms = FakeAws::kms_refusing("AccessDeniedException");
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-denied");
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    function.invoke(start_encryption("orders", NO_KEY).to_string()).succeeded();
    for finding in topic.findings() {
        assert_eq!(finding["outcome"], "unverified");
        let reason = finding["reason"].as_str().unwrap();
        assert!(reason.contains("kms:DescribeKey") && reason.contains("denied") && reason.contains(NO_KEY), "{reason}");
    }
    assert_eq!(kms.requests().len(), 1, "a denied call is not retried");
}

#[test]
fn a_throttled_look_up_fails_the_invocation_and_publishes_nothing() {
    let kms = FakeAws::kms_refusing("ThrottlingException");
    let aws = LocalAws::connect();
    let topic = aws.topic("lookups-throttled");
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let event = start_encryption("orders", NO_KEY);
    let invocation = function.invoke(event.to_string());
    let message = invocation.outcome.error("LookupFailed");
    let event_id = event["detail"]["eventID"].as_str().unwrap();
    for wanted in [event_id, "kms:DescribeKey", NO_KEY, "ThrottlingException"] {
        assert!(message.contains(wanted), "{wanted} is missing: {message}");
    }
    let count = |name| invocation.count(name);
    assert_eq!((count("Events"), count("Judged"), count("LookupFailures"), count("Published")), (1, 0, 1, 0));
    assert!(kms.requests().len() > 1, "the SDK retries before Lambda does");
    assert_eq!(topic.messages(), Vec::<Value>::new());
}

#[test]
fn a_look_up_that_times_out_fails_the_invocation() {
    let kms = FakeAws::unresponsive();
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let invocation = function.invoke(start_encryption("orders", NO_KEY).to_string());
    let message = invocation.outcome.error("LookupFailed");
    assert!(message.contains("kms:DescribeKey") && message.contains("timeout"), "{message}");
    assert_eq!(invocation.count("LookupFailures"), 1);
}
