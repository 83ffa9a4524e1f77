//! Nothing that `sealwatch` prints shows a secret.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../shared/rules/tests/secrets/planted.rs"]
mod planted;
#[path = "../../shared/rules/tests/secrets/secret.rs"]
mod secret;

use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};

const FORMATS: &[&str] = &["text", "json", "ocsf", "sarif", "sns", "html"];

proptest! {
    #![proptest_config(secret::config(20))]

    /// Whatever is read, whole or damaged, by whichever command, and wherever the secret is in it. An extract is a copy of records
    /// for a later replay: only what `extract` says about it counts.
    #[test]
    fn nothing_that_the_command_line_prints_shows_a_secret(planted in planted::planted(), japanese in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let parts = [
            ("record.json", &planted.record),
            ("facts.json", &planted.facts),
            ("settings.toml", &planted.settings),
            ("policy.json", &planted.policy),
        ];
        for (name, content) in parts {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let language = if japanese { "ja" } else { "en" };
        let has = |name: &str| parts.iter().any(|(part, content)| *part == name && !content.is_empty());
        let mut runs: Vec<Vec<&str>> = Vec::new();
        if has("record.json") {
            let facts: &[&str] = if has("facts.json") { &["--facts", "facts.json"] } else { &[] };
            for format in FORMATS {
                let replay = ["replay", "--all", "--language", language, "--format", format, "record.json"];
                runs.push([&replay, facts].concat());
            }
            runs.push(vec!["extract", "-o", "copy.gz", "record.json"]);
            runs.push(vec!["replay", "copy.gz"]);
            // in the wrong place
            runs.push(vec!["policy", "record.json"]);
            runs.push(vec!["replay", "--settings", "record.json", "record.json"]);
        }
        if has("facts.json") {
            runs.push(vec!["replay", "facts.json"]);
            runs.push(vec!["policy", "facts.json"]);
        }
        if has("policy.json") {
            for format in ["text", "json", "sarif"] {
                runs.push(vec!["policy", "--account", "111122223333", "--format", format, "policy.json"]);
            }
            runs.push(vec!["replay", "--facts", "policy.json", "policy.json"]);
        }
        if has("settings.toml") {
            runs.push(vec!["rules", "--exceptions", "--settings", "settings.toml"]);
            runs.push(vec!["replay", "settings.toml", "--facts", "settings.toml"]);
            runs.push(vec!["policy", "settings.toml"]);
        }
        let outputs: Vec<(String, String)> = runs.iter().map(|arguments| printed(folder.path(), arguments)).collect();
        secret::nothing_shows(&planted.secret, &outputs)?;
    }
}

/// A command, and all that it prints.
fn printed(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealwatch"));
    let run = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&run.stdout), text(&run.stderr));
    assert!(
        run.status.code().is_some_and(|code| code <= 2) && !stderr.contains("a panic at"),
        "{arguments:?}: {stderr}"
    );
    (format!("`sealwatch {}`", arguments.join(" ")), stdout + &stderr)
}

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

/// People name a signed URL where a file is wanted.
#[test]
fn no_message_shows_the_credentials_in_a_url() {
    let folder = tempfile::tempdir().unwrap();
    let secret = secret::Secret("Zq0a1b2c3d".to_owned());
    for url in ["https://b.s3.amazonaws.com/x.gz?X-Amz-Signature=Zq0a1b2c3d", "https://u:Zq0a1b2c3d@h.example.com/x.gz"]
    {
        for arguments in [
            &["replay", url][..],
            &["replay", "--facts", url, "."],
            &["replay", "--settings", url, "."],
            &["policy", url],
            &["extract", "-o", "a.gz", url],
            &["extract", "-o", "a.gz", "--keys", url],
            &["extract", "-o", url, "."],
            &["replay", "--format", url, "."],
            &["replay", url, "--no-such-option"],
        ] {
            let printed = printed(folder.path(), arguments);
            assert!(!printed.1.is_empty());
            secret::nothing_shows(&secret, &[printed]).unwrap();
        }
    }
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
