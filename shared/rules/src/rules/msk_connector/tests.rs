use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CONNECTORS, DETECTOR};
use crate::engine::lookup::Lookup;
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, scanned};

const ARN: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1";
const WORKER: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";

/// A connector, with members that `CreateConnector` and `DescribeConnector` share.
fn connector(encryption: &str, authentication: &str, logs: Option<bool>, settings: &Value) -> Value {
    json!({"connectorName": "orders",
        "kafkaClusterEncryptionInTransit": {"encryptionType": encryption},
        "kafkaClusterClientAuthentication": {"authenticationType": authentication},
        "logDelivery": logs.map(|enabled| json!({"workerLogDelivery": {"cloudWatchLogs": {"enabled": enabled}}})),
        "connectorConfiguration": settings})
}

fn described(state: &str, mut connector: Value) -> Value {
    connector["connectorArn"] = json!(ARN);
    connector["connectorState"] = json!(state);
    connector
}

fn jdbc(mode: &str) -> Value {
    json!({"connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "connection.password": "${secrets:db:password}",
        "connection.url": format!("jdbc:postgresql://db:5432/x?sslmode={mode}")})
}

#[test]
fn an_existing_connector_is_what_its_description_says() {
    let entry = json!({"connectorArn": ARN, "connectorName": "orders", "connectorState": "RUNNING"});
    let scan =
        |description: Value| scanned(&CONNECTORS, &entry, &[("kafkaconnect:DescribeConnector", description)], "");
    let right = connector("TLS", "IAM", Some(true), &jdbc("verify-full"));
    insta::assert_snapshot!(scan(described("RUNNING", right.clone())), @"
    compliant msk-connector-plaintext-destination: Compliant.
    compliant msk-connector-plaintext-kafka: Compliant.
    compliant msk-connector-plaintext-secret: Compliant.
    compliant msk-connector-unauthenticated-kafka: Compliant.
    compliant msk-connector-unverified-tls: Compliant.
    compliant msk-connector-without-logs: Compliant.
    ");
    let wrong = connector("PLAINTEXT", "NONE", None, &jdbc("disable"));
    insta::assert_snapshot!(scan(described("RUNNING", wrong.clone())), @"
    violation msk-connector-plaintext-destination: The connector `orders` (Confluent JDBC source and sink) connects without TLS. `connection.url` (jdbc:postgresql://db:5432 with sslmode=disable): data crosses the network unencrypted.
    violation msk-connector-plaintext-kafka: The connector `orders` connects to its Kafka cluster in plaintext. This cannot be changed later.
    compliant msk-connector-plaintext-secret: Compliant.
    violation msk-connector-unauthenticated-kafka: The connector `orders` uses its Kafka cluster without authentication. This cannot be changed later.
    compliant msk-connector-unverified-tls: Compliant.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    assert_eq!(scan(described("FAILED", wrong.clone())), scan(described("RUNNING", wrong.clone())));
    assert_eq!(scan(described("CREATING", wrong.clone())), scan(described("RUNNING", wrong.clone())));
    assert_eq!(scan(described("DELETING", wrong.clone())), "");
    // the old settings, until the update is complete
    insta::assert_snapshot!(scan(described("UPDATING", wrong)), @"
    unverified msk-connector-plaintext-destination: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-plaintext-kafka: The connector `orders` connects to its Kafka cluster in plaintext. This cannot be changed later.
    unverified msk-connector-plaintext-secret: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-unauthenticated-kafka: The connector `orders` uses its Kafka cluster without authentication. This cannot be changed later.
    unverified msk-connector-unencrypted-output: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    unverified msk-connector-unverified-tls: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    insta::assert_snapshot!(scan(json!({"connectorArn": ARN})), @"
    unverified msk-connector-plaintext-destination: Could not be verified: the response contains no connector settings.
    unverified msk-connector-plaintext-kafka: Could not be verified: the answer of `DescribeConnector` does not show `kafkaClusterEncryptionInTransit.encryptionType`.
    unverified msk-connector-plaintext-secret: Could not be verified: the response contains no connector settings.
    unverified msk-connector-unauthenticated-kafka: Could not be verified: the answer of `DescribeConnector` does not show `kafkaClusterClientAuthentication.authenticationType`.
    unverified msk-connector-unencrypted-output: Could not be verified: the response contains no connector settings.
    unverified msk-connector-unverified-tls: Could not be verified: the response contains no connector settings.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    insta::assert_snapshot!(scanned(&CONNECTORS, &entry, &[], ""), @"
    unverified msk-connector-plaintext-destination: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-plaintext-kafka: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-plaintext-secret: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unauthenticated-kafka: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unencrypted-output: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unverified-tls: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-without-logs: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    ");
}

proptest! {
    #[test]
    fn a_new_connector_and_a_scan_of_it_have_the_same_outcomes(
        encryption in proptest::sample::select(&["TLS", "PLAINTEXT"][..]),
        authentication in proptest::sample::select(&["IAM", "NONE"][..]),
        logs: Option<bool>,
        mode in proptest::sample::select(&["disable", "prefer", "require", "verify-ca", "verify-full", "${env:MODE}"][..]),
        key in proptest::option::of(proptest::sample::select(&[CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY][..])),
        writes_to_s3: bool,
        worker in proptest::option::of(proptest::sample::select(&["http://vault", "https://vault"][..])),
        is_denied: bool,
    ) {
        let s3 = || match key {
            Some(key) => json!({"connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.ssea.name": "aws:kms",
                "s3.sse.kms.key.id": key}),
            None => json!({"connector.class": "io.confluent.connect.s3.S3SinkConnector"}),
        };
        let settings = if writes_to_s3 { s3() } else { jdbc(mode) };
        let mut request = connector(encryption, authentication, logs, &settings);
        request["workerConfiguration"] = json!(worker.map(|_| json!({"workerConfigurationArn": WORKER, "revision": 1})));
        let description = described("RUNNING", request.clone());
        request["connectorConfiguration"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        let answers = |lookup: &Lookup| match lookup.call {
            "kafkaconnect:DescribeConnector" => Some(description.clone()),
            "kafkaconnect:DescribeWorkerConfiguration" if is_denied => None,
            "kafkaconnect:DescribeWorkerConfiguration" => {
                let lines = format!("config.providers.vault.param.address={}", worker.unwrap());
                let content = base64_simd::STANDARD.encode_to_string(lines);
                Some(json!({"latestRevision": {"revision": 1, "propertiesFileContent": content}}))
            }
            _ => about_key(lookup),
        };
        let event = of_call(&DETECTOR, "CreateConnector", &request, &json!({"connectorArn": ARN}), &answers);
        prop_assert_eq!(event, of_scan(&CONNECTORS, &json!({"connectorArn": ARN}), &answers));
    }
}
