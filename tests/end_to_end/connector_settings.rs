//! Tests that the connector function looks up the settings that CloudTrail redacts in MSK Connect, and evaluates each
//! response. No local AWS supports MSK Connect: it is a FAKE here, with a fixed response for each path.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, TOPIC, event, record};
use crate::fake_aws::FakeAws;
use crate::runtime_api::{Function, Invocation, Outcome};

const RULES_ON_SETTINGS: [&str; 4] = [
    "msk-connector-plaintext-destination",
    "msk-connector-plaintext-secret",
    "msk-connector-unencrypted-output",
    "msk-connector-unverified-tls",
];

fn arn(kind: &str) -> String {
    format!("arn:aws:kafkaconnect:{REGION}:{ACCOUNT}:{kind}/orders/6a0a8f8e-2d0c-4c63-b1f5-4f2f0f1c9a77-4")
}

/// An ARN as part of a URL path.
fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F")
}

/// Creates a connector that uses TLS. The settings are redacted as in CloudTrail.
fn create_connector() -> Value {
    let request = json!({
        "connectorName": "orders",
        "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "kafkaClusterClientAuthentication": {"authenticationType": "IAM"},
        "kafkaClusterEncryptionInTransit": {"encryptionType": "TLS"},
        "logDelivery": {"workerLogDelivery": {"s3": {"enabled": true}}},
    });
    event(record("kafkaconnect", "CreateConnector", request, json!({"connectorArn": arn("connector")})))
}

fn update_connector(response: Value) -> Value {
    let request =
        json!({"connectorArn": encoded(&arn("connector")), "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    event(record("kafkaconnect", "UpdateConnector", request, response))
}

fn description(settings: &Value) -> Value {
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

/// Invokes the function with one event. Returns the invocation, the published message, and the paths requested from
/// MSK Connect.
fn evaluate(event: &Value, responses: Vec<(String, u16, Value)>) -> (Invocation, Option<Value>, Vec<String>) {
    let connect = FakeAws::msk_connect(responses);
    let sns = FakeAws::sns_accepting();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("AWS_ENDPOINT_URL_KAFKACONNECT", &connect.url),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let mut function = Function::start("sealwatch-msk-connector", &environment);
    let invocation = function.invoke(event.to_string());
    let published = (!sns.requests().is_empty()).then(|| sns.published());
    let mut requested: Vec<String> = connect.requests().into_iter().map(|request| request.path).collect();
    requested.sort(); // a connector and its update are looked up concurrently
    (invocation, published, requested)
}

fn findings(published: Option<Value>) -> Vec<Value> {
    let message: Value = serde_json::from_str(published.unwrap()["default"].as_str().unwrap()).unwrap();
    message["findings"].as_array().unwrap().clone()
}

fn connector_path() -> String {
    format!("/v1/connectors/{}", encoded(&arn("connector")))
}

#[test]
fn insecure_settings_are_violations_and_no_secret_leaves_the_function() {
    let settings = debezium("require", "correct-horse-battery");
    let (invocation, published, requested) =
        evaluate(&create_connector(), vec![(connector_path(), 200, description(&settings))]);
    let invocation = invocation.succeeded();
    assert_eq!(requested, [connector_path()]);
    assert!(!published.as_ref().unwrap().to_string().contains("correct-horse"));
    assert!(!invocation.lines.join("\n").contains("correct-horse"));
    let rules: Vec<Value> = findings(published).into_iter().map(|finding| finding["rule"].clone()).collect();
    assert_eq!(rules, ["msk-connector-plaintext-secret", "msk-connector-unverified-tls"]);
}

/// At the most talkative level that a release has, whatever MSK Connect answers, and whatever the record and the credentials
/// of the function are.
#[test]
fn no_log_level_and_no_failure_shows_a_secret() {
    const SECRET: &str = "zq0a1b2c3d4e5f6";
    let settings = debezium("require", SECRET);
    let mut redacted = create_connector();
    redacted["detail"]["userIdentity"]["sessionToken"] = json!(SECRET);
    let mut event = redacted.clone();
    event["detail"]["requestParameters"]["connectorConfiguration"] = settings.clone();
    let (redacted, event) = (redacted.to_string(), event.to_string());
    let events = [&redacted, &event, &json!(event).to_string(), &event[..event.len() - 40]];
    for (status, answer, fails) in [
        (200, description(&settings), false),
        (200, description(&json!(SECRET)), true),
        (200, json!({"connectorArn": [SECRET], "connectorConfiguration": [settings]}), true),
        (200, json!(SECRET), true),
        (403, description(&settings), false),
        (404, description(&settings), false),
        (500, description(&settings), true),
    ] {
        let connect = FakeAws::msk_connect(vec![(connector_path(), status, answer)]);
        let sns = FakeAws::sns_accepting();
        let environment = [
            ("SEALWATCH_TOPIC_ARN", TOPIC),
            ("AWS_ENDPOINT_URL_KAFKACONNECT", &connect.url),
            ("AWS_ENDPOINT_URL_SNS", &sns.url),
            ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_SESSION_TOKEN", SECRET),
        ];
        let mut function = Function::start("sealwatch-msk-connector", &environment);
        let outcomes = events.map(|event| function.invoke(event).outcome);
        assert!(!format!("{outcomes:?}").contains(SECRET), "{outcomes:?}");
        assert_eq!(matches!(outcomes[0], Outcome::Error { .. }), fails, "{outcomes:?}");
        let output = function.output();
        assert!(output.contains("\"level\":\"DEBUG\"") && !output.contains(SECRET), "{output}");
        let published: Vec<String> =
            sns.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
        assert!(!published.is_empty() && !published.concat().contains(SECRET), "{published:?}");
    }
}

#[test]
fn secure_settings_are_compliant() {
    let settings = debezium("verify-full", "${secretManager:orders:password}");
    let (invocation, published, _) =
        evaluate(&create_connector(), vec![(connector_path(), 200, description(&settings))]);
    let invocation = invocation.succeeded();
    assert_eq!(
        (invocation.count("Compliant"), invocation.count("Violations"), invocation.count("Unverified")),
        (6, 0, 0)
    );
    assert_eq!(published, None);
}

#[test]
fn an_update_is_evaluated_by_its_target_settings() {
    let operation = arn("connector-operation");
    let event = update_connector(json!({"connectorArn": arn("connector"), "connectorOperationArn": operation}));
    let path = format!("/v1/connectorOperations/{}", encoded(&operation));
    let before = description(&debezium("verify-full", "${secretManager:orders:password}"));
    let target = json!({
        "connectorArn": arn("connector"),
        "connectorOperationArn": operation,
        "targetConnectorConfiguration": debezium("disable", "${secretManager:orders:password}"),
    });
    let (invocation, published, requested) =
        evaluate(&event, vec![(connector_path(), 200, before), (path.clone(), 200, target)]);
    invocation.succeeded();
    assert_eq!(requested, [path, connector_path()]);
    assert_eq!(findings(published)[0]["rule"], "msk-connector-plaintext-destination");
}

#[test]
fn the_worker_configuration_is_evaluated_with_the_connector() {
    let worker = arn("worker-configuration");
    let mut connector = description(&debezium("verify-full", "${secretManager:orders:password}"));
    connector["workerConfiguration"] = json!({"workerConfigurationArn": worker, "revision": 1});
    // key.converter.schema.registry.url=http://registry.example.com
    let content = "a2V5LmNvbnZlcnRlci5zY2hlbWEucmVnaXN0cnkudXJsPWh0dHA6Ly9yZWdpc3RyeS5leGFtcGxlLmNvbQ==";
    let response =
        json!({"workerConfigurationArn": worker, "latestRevision": {"revision": 1, "propertiesFileContent": content}});
    let path = format!("/v1/worker-configurations/{}", encoded(&worker));
    let (invocation, published, _) =
        evaluate(&create_connector(), vec![(connector_path(), 200, connector), (path, 200, response)]);
    invocation.succeeded();
    let finding = findings(published).remove(0);
    assert_eq!(finding["rule"], "msk-connector-plaintext-destination");
    assert_eq!(finding["severity"], "medium");
}

/// The four rules on settings are unverified with this reason. The settings in the record are evaluated.
#[track_caller]
fn assert_unverified(response: (u16, Value), reason: &str) {
    let (invocation, published, _) = evaluate(&create_connector(), vec![(connector_path(), response.0, response.1)]);
    let invocation = invocation.succeeded();
    assert_eq!(
        (invocation.count("Compliant"), invocation.count("Violations"), invocation.count("Unverified")),
        (3, 0, 4)
    );
    let findings = findings(published);
    let rules: Vec<&str> = findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    assert_eq!(rules, RULES_ON_SETTINGS);
    for finding in findings {
        assert!(finding["reason"].as_str().unwrap().contains(reason), "{finding:#}");
    }
}

#[test]
fn settings_that_are_denied_or_redacted_are_unverified_and_the_record_is_evaluated() {
    assert_unverified((403, json!({"message": "no"})), "`kafkaconnect:DescribeConnector` on");
    assert_unverified((200, description(&Value::Null)), "no connector settings");
}

#[test]
fn the_settings_of_a_deleted_connector_are_not_applicable() {
    let (invocation, published, _) =
        evaluate(&create_connector(), vec![(connector_path(), 404, json!({"message": "no"}))]);
    let invocation = invocation.succeeded();
    assert_eq!((invocation.count("Compliant"), invocation.count("NotApplicable")), (3, 4));
    assert_eq!(published, None);
}

#[test]
fn a_failed_look_up_fails_the_invocation() {
    for status in [429, 500, 503] {
        let (invocation, published, requested) =
            evaluate(&create_connector(), vec![(connector_path(), status, json!({"message": "later"}))]);
        let message = invocation.outcome.error("LookupFailed");
        assert!(message.contains("kafkaconnect:DescribeConnector"), "{message}");
        assert_eq!(published, None);
        assert!(requested.len() > 1, "the SDK retries before Lambda does");
    }
}

#[test]
fn an_update_of_the_capacity_needs_no_look_up() {
    let request =
        json!({"connectorArn": encoded(&arn("connector")), "capacity": {"provisionedCapacity": {"mcuCount": 2}}});
    let event = event(record("kafkaconnect", "UpdateConnector", request, json!({"connectorArn": arn("connector")})));
    let (invocation, published, requested) = evaluate(&event, Vec::new());
    invocation.succeeded();
    assert_eq!((published, requested), (None, Vec::new()));
}
