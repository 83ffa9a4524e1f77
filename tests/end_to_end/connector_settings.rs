//! Proves that the connector function asks MSK Connect for the settings that CloudTrail redacts, and what becomes of
//! each answer. No local AWS knows MSK Connect: it is a FAKE here, with one answer to each path.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, event, record};
use crate::fake_aws::FakeAws;
use crate::runtime_api::{Function, Invocation};

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:nobody-listens";
const ABOUT_SETTINGS: [&str; 4] = [
    "msk-connector-plaintext-destination",
    "msk-connector-plaintext-secret",
    "msk-connector-unencrypted-output",
    "msk-connector-unverified-tls",
];

fn arn(kind: &str) -> String {
    format!("arn:aws:kafkaconnect:{REGION}:{ACCOUNT}:{kind}/orders/6a0a8f8e-2d0c-4c63-b1f5-4f2f0f1c9a77-4")
}

/// How a path holds an ARN.
fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F")
}

/// A connector that is created over TLS, its settings redacted as CloudTrail does it.
fn created() -> Value {
    let request = json!({
        "connectorName": "orders",
        "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "kafkaClusterClientAuthentication": {"authenticationType": "IAM"},
        "kafkaClusterEncryptionInTransit": {"encryptionType": "TLS"},
        "logDelivery": {"workerLogDelivery": {"s3": {"enabled": true}}},
    });
    event(record("kafkaconnect", "CreateConnector", request, json!({"connectorArn": arn("connector")})))
}

fn updated(response: Value) -> Value {
    let request =
        json!({"connectorArn": encoded(&arn("connector")), "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    event(record("kafkaconnect", "UpdateConnector", request, response))
}

fn described(settings: &Value) -> Value {
    json!({"connectorArn": arn("connector"), "connectorConfiguration": settings})
}

fn debezium(mode: &str, password: &str) -> Value {
    json!({
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "database.hostname": "db.example.com",
        "database.sslmode": mode,
        "database.password": password,
    })
}

/// Judges one event with a fake MSK Connect that answers these paths, and a fake SNS; gives what was published.
fn judged(event: &Value, answers: Vec<(String, u16, Value)>) -> (Invocation, Option<Value>, Vec<String>) {
    let connect = FakeAws::msk_connect(answers);
    let sns = FakeAws::sns_accepting();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("AWS_ENDPOINT_URL_KAFKACONNECT", &connect.url),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let mut function = Function::start("sealwatch-msk-connector", &environment);
    let invocation = function.invoke(event.to_string());
    let published = (!sns.requests().is_empty()).then(|| sns.published());
    let mut asked: Vec<String> = connect.requests().into_iter().map(|request| request.path).collect();
    asked.sort(); // a connector and its update are asked for at the same time
    (invocation, published, asked)
}

fn findings(published: Option<Value>) -> Vec<Value> {
    let message: Value = serde_json::from_str(published.unwrap()["default"].as_str().unwrap()).unwrap();
    message["findings"].as_array().unwrap().clone()
}

fn connector_path() -> String {
    format!("/v1/connectors/{}", encoded(&arn("connector")))
}

#[test]
fn settings_that_are_wrong_are_violations_and_no_secret_leaves_the_function() {
    let settings = debezium("require", "correct-horse-battery");
    let (invocation, published, asked) = judged(&created(), vec![(connector_path(), 200, described(&settings))]);
    let invocation = invocation.succeeded();
    assert_eq!(asked, [connector_path()]);
    assert!(!published.as_ref().unwrap().to_string().contains("correct-horse"));
    assert!(!invocation.lines.join("\n").contains("correct-horse"));
    let rules: Vec<Value> = findings(published).into_iter().map(|finding| finding["rule"].clone()).collect();
    assert_eq!(rules, ["msk-connector-plaintext-secret", "msk-connector-unverified-tls"]);
}

#[test]
fn settings_that_are_right_are_compliant() {
    let settings = debezium("verify-full", "${secretManager:orders:password}");
    let (invocation, published, _) = judged(&created(), vec![(connector_path(), 200, described(&settings))]);
    let invocation = invocation.succeeded();
    assert_eq!(
        (invocation.count("Compliant"), invocation.count("Violations"), invocation.count("Unverified")),
        (6, 0, 0)
    );
    assert_eq!(published, None);
}

#[test]
fn an_update_is_judged_by_what_it_asks_for() {
    let operation = arn("connector-operation");
    let event = updated(json!({"connectorArn": arn("connector"), "connectorOperationArn": operation}));
    let path = format!("/v1/connectorOperations/{}", encoded(&operation));
    let before = described(&debezium("verify-full", "${secretManager:orders:password}"));
    let asked_for = json!({
        "connectorArn": arn("connector"),
        "connectorOperationArn": operation,
        "targetConnectorConfiguration": debezium("disable", "${secretManager:orders:password}"),
    });
    let (invocation, published, asked) =
        judged(&event, vec![(connector_path(), 200, before), (path.clone(), 200, asked_for)]);
    invocation.succeeded();
    assert_eq!(asked, [path, connector_path()]);
    assert_eq!(findings(published)[0]["rule"], "msk-connector-plaintext-destination");
}

#[test]
fn the_worker_configuration_is_judged_with_the_connector() {
    let worker = arn("worker-configuration");
    let mut connector = described(&debezium("verify-full", "${secretManager:orders:password}"));
    connector["workerConfiguration"] = json!({"workerConfigurationArn": worker, "revision": 1});
    // key.converter.schema.registry.url=http://registry.example.com
    let content = "a2V5LmNvbnZlcnRlci5zY2hlbWEucmVnaXN0cnkudXJsPWh0dHA6Ly9yZWdpc3RyeS5leGFtcGxlLmNvbQ==";
    let answer =
        json!({"workerConfigurationArn": worker, "latestRevision": {"revision": 1, "propertiesFileContent": content}});
    let path = format!("/v1/worker-configurations/{}", encoded(&worker));
    let (invocation, published, _) = judged(&created(), vec![(connector_path(), 200, connector), (path, 200, answer)]);
    invocation.succeeded();
    let finding = findings(published).remove(0);
    assert_eq!(finding["rule"], "msk-connector-plaintext-destination");
    assert_eq!(finding["severity"], "medium");
}

/// The four rules on settings are unverified with this reason; what the record says itself is judged.
#[track_caller]
fn unverified(answer: (u16, Value), reason: &str) {
    let (invocation, published, _) = judged(&created(), vec![(connector_path(), answer.0, answer.1)]);
    let invocation = invocation.succeeded();
    assert_eq!(
        (invocation.count("Compliant"), invocation.count("Violations"), invocation.count("Unverified")),
        (3, 0, 4)
    );
    let findings = findings(published);
    let rules: Vec<&str> = findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    assert_eq!(rules, ABOUT_SETTINGS);
    for finding in findings {
        assert!(finding["reason"].as_str().unwrap().contains(reason), "{finding:#}");
    }
}

#[test]
fn denied_and_redacted_are_unverified_and_the_record_is_judged_all_the_same() {
    unverified((403, json!({"message": "no"})), "`kafkaconnect:DescribeConnector` on");
    unverified((200, described(&Value::Null)), "no connector settings");
}

#[test]
fn a_connector_that_is_gone_is_silent_about_its_settings() {
    let (invocation, published, _) = judged(&created(), vec![(connector_path(), 404, json!({"message": "no"}))]);
    let invocation = invocation.succeeded();
    assert_eq!((invocation.count("Compliant"), invocation.count("NotApplicable")), (3, 4));
    assert_eq!(published, None);
}

#[test]
fn an_answer_that_does_not_come_fails_the_invocation() {
    for status in [429, 500, 503] {
        let (invocation, published, asked) =
            judged(&created(), vec![(connector_path(), status, json!({"message": "later"}))]);
        let message = invocation.outcome.error("LookupFailed");
        assert!(message.contains("kafkaconnect:DescribeConnector"), "{message}");
        assert_eq!(published, None);
        assert!(asked.len() > 1, "the SDK tries again before Lambda does");
    }
}

#[test]
fn an_update_of_capacity_asks_nothing() {
    let request =
        json!({"connectorArn": encoded(&arn("connector")), "capacity": {"provisionedCapacity": {"mcuCount": 2}}});
    let event = event(record("kafkaconnect", "UpdateConnector", request, json!({"connectorArn": arn("connector")})));
    let (invocation, published, asked) = judged(&event, Vec::new());
    invocation.succeeded();
    assert_eq!((published, asked), (None, Vec::new()));
}
