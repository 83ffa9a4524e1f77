//! No format of `sealwatch replay` shows a secret.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const FORMATS: &[&str] = &["text", "json", "ocsf", "sarif", "sns"];

fn replay(folder: &Path, format: &str) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["replay", "--all", "--format", format, "--facts", "facts.json", "event.json"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

fn outputs(source: &str, name: &str, request: &Value, response: &Value, facts: &Value) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let record = json!({"eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-22T10:00:00Z",
        "eventSource": source, "eventName": name, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "eventType": "AwsApiCall", "requestParameters": request, "responseElements": response});
    std::fs::write(folder.path().join("event.json"), record.to_string()).unwrap();
    std::fs::write(folder.path().join("facts.json"), facts.to_string()).unwrap();
    FORMATS.iter().map(|format| (*format, replay(folder.path(), format))).collect()
}

#[test]
fn a_password_in_an_endpoint() {
    let facts = json!({"DeliveryStreamDescription": {"DeliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/other"}});
    for url in [
        "http://admin:tulip/orchid@hec.example.com:8088",
        "http://admin:tulip?orchid@hec.example.com:8088",
        "http://admin:tulip#orchid@hec.example.com:8088",
        "http://admin:tulip@orchid@hec.example.com:8088",
        "http://admin:tulip@orchid/x@hec.example.com:8088",
        "http://admin:tulip\\orchid@hec.example.com:8088",
        "http://admin:tulip%2Forchid@hec.example.com:8088",
        "http://hec.example.com:8088;token=tulip-orchid",
        "http://hec.example.com:8088&token=tulip-orchid",
        "http://hec.example.com:8088 token=tulip-orchid",
        "hec.example.com:8088:tulip-orchid",
        "tulip-orchid",
    ] {
        let request = json!({"deliveryStreamName": "audit", "splunkDestinationConfiguration": {"hECEndpoint": url}});
        for (format, text) in outputs("firehose.amazonaws.com", "CreateDeliveryStream", &request, &Value::Null, &facts)
        {
            assert!(text.contains("firehose-plaintext-endpoint"), "{format}: {text}");
            assert!(!text.contains("tulip") && !text.contains("orchid"), "{url} as {format}: {text}");
        }
    }
}

#[test]
fn secrets_of_a_connector_and_copies_of_them() {
    let arn = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/invoices/0f1e2d3c-0000-4000-8000-5b6a79880000-2";
    let facts = json!({"connectorArn": arn, "connectorConfiguration": {
        "connector.class": "com.example.Sink",
        "a.url": "https://u:tulip-41@a.example.com/?token=orchid-42",
        "transforms.x.auth": r#"{"keys": [{"secretKey": "violet-43"}]}"#,
        "b.url": "http://tulip-41.example.com",
        "c.url": "http://orchid-42:80",
        "violet-43.url": "http://d.example.com",
    }});
    let request = json!({"connectorName": "invoices", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    let response = json!({"connectorArn": arn});
    for (format, text) in outputs("kafkaconnect.amazonaws.com", "CreateConnector", &request, &response, &facts) {
        for secret in ["tulip-41", "orchid-42", "violet-43"] {
            assert!(!text.contains(secret), "{secret} as {format}: {text}");
        }
        assert!(text.contains("msk-connector-plaintext-secret") && text.contains("a.url"), "{format}: {text}");
    }
}
