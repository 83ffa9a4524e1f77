//! No output shows a secret, and no secret hides what identifies a finding.
#![expect(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, reason = "a test may panic")]

mod planted;
mod printed;
mod secret;

use proptest::prelude::*;
use sealwatch_rules::output::{ocsf, sns};
use sealwatch_rules::{Event, Facts, Language, Outcome, Settings, evaluate};
use serde_json::{Map, Value, json};

const ARN: &str =
    "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/invoices/0f1e2d3c-0000-4000-8000-5b6a79880000-2";

fn record(source: &str, name: &str, request: &Value, response: &Value) -> String {
    json!({"eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-22T10:00:00Z", "eventSource": source,
        "eventName": name, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/dev", "accountId": "111122223333"},
        "requestParameters": request, "responseElements": response})
    .to_string()
}

/// Everything that the formats of this crate say about an event: JSON, OCSF, and the notification with its mail and chat;
/// the text and SARIF of the command line consist of the same details. The details in every language, and the JSON
/// documents.
fn outputs(record: &str, facts: &Facts) -> (String, Vec<Value>) {
    let settings = Settings::parse("[notify]\nchat = true\nunverified = true", &[]).unwrap();
    let event = Event::parse(record).unwrap();
    let mut text = String::new();
    let mut documents = Vec::new();
    for change in event.changes() {
        let findings = evaluate(&change, facts, &settings);
        for finding in &findings {
            text += &format!("{:?} {}\n", finding.remediation(), ocsf::compliance_finding(finding));
            text.extend(Language::ALL.map(|language| format!("{}\n", finding.detail().in_language(language))));
            documents.push(finding.to_json());
        }
        if let Some(notification) = sns::notification(change.detector.name, &findings, &settings) {
            text += &format!("{} {} {:?}\n", notification.subject, notification.message, notification.attributes);
        }
    }
    assert!(!documents.is_empty());
    text += &Value::Array(documents.clone()).to_string();
    (text, documents)
}

fn splunk(url: &str) -> String {
    let request = json!({"deliveryStreamName": "audit", "splunkDestinationConfiguration": {"hECEndpoint": url}});
    outputs(&record("firehose.amazonaws.com", "CreateDeliveryStream", &request, &Value::Null), &Facts::default()).0
}

fn connector(settings: &[(&str, &str)]) -> (String, Vec<Value>) {
    let settings: Map<String, Value> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut facts = Facts::default();
    facts.insert_cli_output(&json!({"connectorArn": ARN, "connectorConfiguration": settings})).unwrap();
    let request = json!({"connectorName": "invoices", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    outputs(&record("kafkaconnect.amazonaws.com", "CreateConnector", &request, &json!({"connectorArn": ARN})), &facts)
}

proptest! {
    #![proptest_config(secret::config(200))]

    /// Whatever is read, whole or damaged, and wherever the secret is in it.
    #[test]
    fn nothing_that_is_printed_shows_a_secret(planted in planted::planted()) {
        secret::nothing_shows(&planted.secret, &printed::everything(&planted))?;
    }
}

#[test]
fn every_secret_of_a_value_is_hidden_elsewhere() {
    let (text, _) = connector(&[
        ("connector.class", "com.example.Sink"),
        ("a.url", "https://u:firstone@h.example.com/?token=seconds1"),
        ("b.auth", r#"{"password": "thirds11", "list": [{"token": "fourths1"}]}"#),
        ("c.url", "http://firstone"),
        ("d.url", "http://seconds1.example.com"),
        ("e.url", "http://thirds11"),
        ("f.url", "http://fourths1:80"),
        ("fourths1.url", "http://g.example.com"),
        // in two addresses of one setting, and what is between them
        ("g.password", "fifth5.example.com,http://sixth6"),
        ("h.url", "http://fifth5.example.com,http://sixth6.example.com"),
    ]);
    for secret in ["firstone", "seconds1", "thirds11", "fourths1", "fifth5.example.com,http://sixth6"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("http://g.example.com"));
}

/// The author of the settings must not be able to hide what a finding is about.
#[test]
fn a_secret_hides_no_identifier_and_no_word() {
    let secrets = [
        "msk-connector-plaintext-destination",
        "eu-west-1:111122223333:connector/invoices",
        "0f1e2d3c-0000-4000-8000-5b6a79880000",
        "111122223333",
        "eu-west-1",
        "connectorConfiguration.",
        "unencrypted",
        "violation",
        "kafkaconnect",
        "TLS",
        "a",
    ];
    let names: Vec<String> = (0..secrets.len()).map(|index| format!("s{index}.password")).collect();
    let mut settings = vec![("connector.class", "com.example.Sink"), ("z.url", "http://h.example.com/")];
    let (_, plain) = connector(&settings);
    settings.extend(names.iter().map(String::as_str).zip(secrets));
    let (text, documents) = connector(&settings);
    for (with, without) in documents.iter().zip(&plain) {
        for member in ["id", "fingerprint", "rule", "resource", "account", "region", "event", "actor", "title"] {
            assert_eq!(with[member], without[member]);
        }
        if with["rule"] == "msk-connector-plaintext-destination" {
            assert_eq!(with, without);
        }
    }
    assert!(text.contains(&format!("--connector-arn {ARN}")));
}

#[test]
fn an_ordinary_endpoint_is_shown() {
    assert!(splunk("http://hec.example.com:8088").contains("http://hec.example.com:8088"));
}

#[test]
fn a_violation_about_a_secret_says_where_it_is() {
    let record = record(
        "firehose.amazonaws.com",
        "CreateDeliveryStream",
        &json!({"deliveryStreamName": "audit", "splunkDestinationConfiguration": {"hECEndpoint": "http://a:tulip/41@h"}}),
        &Value::Null,
    );
    let event = Event::parse(&record).unwrap();
    let changes = event.changes();
    let (facts, settings) = (Facts::default(), Settings::default());
    let findings = evaluate(&changes[0], &facts, &settings);
    let secret = findings.iter().find(|finding| finding.rule.id == "firehose-inline-secret").unwrap();
    assert!(matches!(secret.outcome, Outcome::Violation(_)));
    assert!(secret.detail().contains("hECEndpoint"), "{}", secret.detail());
}
