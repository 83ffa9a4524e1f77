//! Small EventBridge events for these tests.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use flate2::Compression;
use flate2::write::GzEncoder;
use sealwatch_rules::util::time::written;
use serde_json::{Value, json};

/// The account of all events and of the local AWS.
pub(crate) const ACCOUNT: &str = "111122223333";

/// An account that is not trusted.
pub(crate) const FOREIGN: &str = "999988887777";

pub(crate) const REGION: &str = "eu-west-1";

/// A topic that does not exist: of functions whose SNS is a fake, or that have nothing to publish.
pub(crate) const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:nobody-listens";

/// A unique event id.
fn unique_id() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    format!("e2e0c0de-0000-4000-8000-{:012}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A compressed text.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// The CloudTrail record of a call that succeeded.
pub(crate) fn record(service: &str, name: &str, request: Value, response: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "eventID": unique_id(),
        "eventTime": "2026-11-20T03:04:05Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": true,
        "readOnly": false,
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0",
        "userIdentity": {
            "type": "AssumedRole",
            "accountId": ACCOUNT,
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/kim"),
            "sessionContext": {"attributes": {"mfaAuthenticated": "true"}},
        },
        "requestParameters": request,
        "responseElements": response,
    })
}

/// The EventBridge event of a record.
pub(crate) fn event(record: Value) -> Value {
    let service = record["eventSource"].as_str().unwrap_or_default().trim_end_matches(".amazonaws.com").to_owned();
    json!({
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"),
        "account": ACCOUNT,
        "time": record["eventTime"],
        "region": REGION,
        "resources": [],
        "detail": record,
    })
}

/// The same event with the current time.
pub(crate) fn just_now(mut event: Value) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    event["detail"]["eventTime"] = json!(written(now.cast_signed()));
    event
}

/// Creates a stream. The record does not say whether the stream is encrypted.
pub(crate) fn create_stream(stream: &str) -> Value {
    event(record("kinesis", "CreateStream", json!({"streamName": stream, "shardCount": 1}), Value::Null))
}

/// Creates a Firehose stream without encryption and without a destination. A second call may enable encryption.
pub(crate) fn create_firehose(stream: &str) -> Value {
    let request = json!({"deliveryStreamName": stream, "deliveryStreamType": "DirectPut"});
    let arn = format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{stream}");
    event(record("firehose", "CreateDeliveryStream", request, json!({"deliveryStreamARN": arn})))
}

/// Creates a symmetric key.
pub(crate) fn create_key(arn: &str) -> Value {
    let metadata = json!({"arn": arn, "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT",
        "origin": "AWS_KMS", "keyManager": "CUSTOMER", "keyState": "Enabled"});
    let request = json!({"keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"});
    event(record("kms", "CreateKey", request, json!({"keyMetadata": metadata})))
}

/// Stops the encryption of a stream: one violation and no look-up.
pub(crate) fn stop_encryption(stream: &str) -> Value {
    let request = json!({"streamName": stream, "encryptionType": "KMS", "keyId": "alias/aws/kinesis"});
    event(record("kinesis", "StopStreamEncryption", request, Value::Null))
}

/// Encrypts a stream with this key.
pub(crate) fn start_encryption(stream: &str, key: &str) -> Value {
    let request = json!({"streamName": stream, "encryptionType": "KMS", "keyId": key});
    event(record("kinesis", "StartStreamEncryption", request, Value::Null))
}

/// Deletes a stream.
pub(crate) fn delete_stream(stream: &str) -> Value {
    event(record("kinesis", "DeleteStream", json!({"streamName": stream}), Value::Null))
}

/// The same event as a call that AWS refused.
pub(crate) fn failed(mut event: Value) -> Value {
    event["detail"]["errorCode"] = json!("AccessDenied");
    event["detail"]["errorMessage"] = json!("not authorized");
    event
}

/// The id of a key that does not exist.
pub(crate) const NO_KEY: &str = "0badc0de-0000-4000-8000-000000000000";

/// The ARN of a key in this account and Region.
pub(crate) fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}")
}

/// An event whose body no JSON parser reads: instead of the text `MARK`, lists are nested too deeply.
pub(crate) fn unreadable(event: &Value) -> String {
    let deep = format!("{}1{}", "[".repeat(128), "]".repeat(128));
    event.to_string().replace("\"MARK\"", &deep)
}
