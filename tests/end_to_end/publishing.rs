//! Tests that each function publishes a valid SNS message for a violating call, and nothing for other
//! calls.

use serde_json::{Value, json};

use crate::events::{
    ACCOUNT, FOREIGN, NO_KEY, REGION, TOPIC, event, failed, key_arn, record, start_encryption, stop_encryption,
};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

/// A function with a violating and a compliant call.
pub(crate) struct Case {
    pub(crate) detector: &'static str,
    /// The beginning of the subject.
    subject: &'static str,
    rule: &'static str,
    /// The name of the resource.
    name: &'static str,
    pub(crate) violating: Value,
    pub(crate) compliant: Value,
}

/// A case for each function. `key` is a usable key, `disabled` is not.
pub(crate) fn cases(key: &str, disabled: &str) -> Vec<Case> {
    vec![
        Case {
            detector: "cloudtrail-event-data-store",
            subject: "[MEDIUM] cloudtrail-event-data-store-without-customer-key audit (111122223333 eu-west-1)",
            rule: "cloudtrail-event-data-store-without-customer-key",
            name: "audit",
            violating: create_event_data_store(None),
            compliant: create_event_data_store(Some(key)),
        },
        Case {
            detector: "cloudtrail-trail",
            subject: "[MEDIUM] cloudtrail-trail-without-kms audit (111122223333 eu-west-1)",
            rule: "cloudtrail-trail-without-kms",
            name: "audit",
            violating: update_trail(None),
            compliant: update_trail(Some(key)),
        },
        Case {
            detector: "firehose-stream",
            subject: "[HIGH] firehose-stream-unencrypted clicks (111122223333 eu-west-1)",
            rule: "firehose-stream-unencrypted",
            name: "clicks",
            violating: event(record(
                "firehose",
                "StopDeliveryStreamEncryption",
                json!({"deliveryStreamName": "clicks"}),
                Value::Null,
            )),
            compliant: event(record(
                "firehose",
                "StartDeliveryStreamEncryption",
                json!({
                    "deliveryStreamName": "clicks",
                    "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": key},
                }),
                Value::Null,
            )),
        },
        Case {
            detector: "kinesis-channel",
            subject: "[MEDIUM] kinesis-channel-without-customer-key orders-to-s3 (111122223333 eu-west-1)",
            rule: "kinesis-channel-without-customer-key",
            name: "orders-to-s3",
            violating: create_kinesis_channel(json!({})),
            compliant: create_kinesis_channel(
                json!({"encryptionConfiguration": {"encryptionType": "KMS", "keyId": key}}),
            ),
        },
        Case {
            detector: "kinesis-stream",
            subject: "[HIGH] kinesis-stream-unencrypted orders (111122223333 eu-west-1)",
            rule: "kinesis-stream-unencrypted",
            name: "orders",
            violating: stop_encryption("orders"),
            compliant: start_encryption("orders", key),
        },
        Case {
            detector: "kms-alias",
            subject: "[CRITICAL] kms-alias-unusable-key alias/orders (111122223333 eu-west-1)",
            rule: "kms-alias-unusable-key",
            name: "alias/orders",
            violating: update_alias(disabled),
            compliant: update_alias(key),
        },
        Case {
            detector: "kms-key-lifecycle",
            subject: "[MEDIUM] kms-key-disabled 0badc0de-0000-4000-8000-000000000000 (111122223333 eu-west-1)",
            rule: "kms-key-disabled",
            name: NO_KEY,
            violating: event(record("kms", "DisableKey", json!({"keyId": NO_KEY}), json!({"keyId": key_arn(NO_KEY)}))),
            compliant: event(record(
                "kms",
                "EnableKeyRotation",
                json!({"keyId": NO_KEY, "rotationPeriodInDays": 180}),
                json!({"keyId": key_arn(NO_KEY)}),
            )),
        },
        Case {
            detector: "kms-key-policy",
            subject: "[HIGH] kms-grant-to-foreign-account 0badc0de-0000-4000-8000-000000000000 (111122223333 eu-west-1)",
            rule: "kms-grant-to-foreign-account",
            name: NO_KEY,
            violating: create_grant(FOREIGN),
            compliant: create_grant(ACCOUNT),
        },
        Case {
            detector: "kms-key-store",
            subject: "[MEDIUM] kms-key-store-redirected cks-1234567890abcdef0 (111122223333 eu-west-1)",
            rule: "kms-key-store-redirected",
            name: "cks-1234567890abcdef0",
            violating: update_key_store("xksProxyUriPath", "/other/kms/xks/v1"),
            compliant: update_key_store("newCustomKeyStoreName", "archive"),
        },
        Case {
            detector: "msk-channel",
            subject: "[MEDIUM] msk-channel-without-customer-key orders-to-s3 (111122223333 eu-west-1)",
            rule: "msk-channel-without-customer-key",
            name: "orders-to-s3",
            violating: create_msk_channel(json!({})),
            compliant: create_msk_channel(json!({"encryptionConfiguration": {"kmsKeyArn": key}})),
        },
        Case {
            detector: "msk-cluster",
            subject: "[HIGH] msk-cluster-plaintext-brokers payments (111122223333 eu-west-1)",
            rule: "msk-cluster-plaintext-brokers",
            name: "payments",
            violating: create_cluster(false, key),
            compliant: create_cluster(true, key),
        },
        Case {
            detector: "msk-connector",
            subject: "[HIGH] msk-connector-plaintext-kafka",
            rule: "msk-connector-plaintext-kafka",
            name: "to-warehouse",
            violating: event(record(
                "kafkaconnect",
                "CreateConnector",
                json!({
                    "connectorName": "to-warehouse",
                    "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS",
                    "kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"},
                    "kafkaClusterClientAuthentication": {"authenticationType": "IAM"},
                    "logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": true, "logGroup": "connect"}}},
                }),
                json!({"connectorArn": connector_arn(), "connectorName": "to-warehouse"}),
            )),
            compliant: event(record(
                "kafkaconnect",
                "UpdateConnector",
                json!({
                    "connectorArn": connector_arn().replace(':', "%3A").replace('/', "%2F"),
                    "currentVersion": "K1",
                    "capacity": {"provisionedCapacity": {"mcuCount": 2, "workerCount": 2}},
                }),
                json!({"connectorArn": connector_arn()}),
            )),
        },
        Case {
            detector: "msk-replicator",
            subject: "[HIGH] msk-replicator-plaintext to-msk (111122223333 eu-west-1)",
            rule: "msk-replicator-plaintext",
            name: "to-msk",
            violating: create_replicator(json!({
                "encryptionInTransit": {"encryptionType": "TLS"},
                "clientAuthentication": {"saslOAuthBearer": {"tokenEndpointUrl": "http://id.example.com/token"}},
            })),
            compliant: create_replicator(json!({"encryptionInTransit": {"encryptionType": "TLS"}})),
        },
        Case {
            detector: "msk-worker-configuration",
            subject: "[MEDIUM] msk-worker-unverified-tls json (111122223333 eu-west-1)",
            rule: "msk-worker-unverified-tls",
            name: "json",
            // the base64 of properties that switch the check of host names off, and of others
            violating: create_worker("cHJvZHVjZXIuc3NsLmVuZHBvaW50LmlkZW50aWZpY2F0aW9uLmFsZ29yaXRobT0K"),
            compliant: create_worker(
                "a2V5LmNvbnZlcnRlcj1vcmcuYXBhY2hlLmthZmthLmNvbm5lY3QuanNvbi5Kc29uQ29udmVydGVyCg==",
            ),
        },
    ]
}

/// The event of a new replicator from a cluster outside MSK, to which it connects with these members.
fn create_replicator(mut cluster: Value) -> Value {
    cluster["apacheKafkaCluster"] =
        json!({"apacheKafkaClusterId": "own", "bootstrapBrokerString": "b-1.example.com:9094"});
    let arn = format!("arn:aws:kafka:{REGION}:{ACCOUNT}:replicator/to-msk/6f1a2b3c-5");
    let request = json!({"replicatorName": "to-msk", "kafkaClusters": [cluster]});
    event(record("kafka", "CreateReplicator", request, json!({"replicatorArn": arn, "replicatorName": "to-msk"})))
}

/// The event of a new worker configuration whose properties the record shows, as CloudTrail does not.
fn create_worker(properties: &str) -> Value {
    let arn = format!("arn:aws:kafkaconnect:{REGION}:{ACCOUNT}:worker-configuration/json/0b1c2d3e-5");
    let request = json!({"name": "json", "propertiesFileContent": properties});
    event(record(
        "kafkaconnect",
        "CreateWorkerConfiguration",
        request,
        json!({"workerConfigurationArn": arn, "name": "json"}),
    ))
}

fn connector_arn() -> String {
    format!("arn:aws:kafkaconnect:{REGION}:{ACCOUNT}:connector/to-warehouse/2b6e1f6e-7ad4-4f59-a0c4-6a2f0f5b1c3d-2")
}

fn update_alias(key: &str) -> Value {
    event(record("kms", "UpdateAlias", json!({"aliasName": "alias/orders", "targetKeyId": key}), json!({"keyId": key})))
}

fn update_key_store(member: &str, value: &str) -> Value {
    let request = json!({"customKeyStoreId": "cks-1234567890abcdef0", member: value});
    event(record("kms", "UpdateCustomKeyStore", request, Value::Null))
}

fn create_kinesis_channel(encryption: Value) -> Value {
    let arn = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:channel/0c1d2e3f4a5b");
    let response = json!({"channelDescription": {"channelName": "orders-to-s3", "channelARN": arn}});
    event(record("kinesis", "CreateChannel", channel(encryption), response))
}

fn create_msk_channel(encryption: Value) -> Value {
    let arn = format!("arn:aws:kafka:{REGION}:{ACCOUNT}:channel/ledger/6f1a2b3c-5/0c1d2e3f");
    event(record("kafka", "CreateChannel", channel(encryption), json!({ "channelArn": arn })))
}

/// The request of a new channel to a bucket.
fn channel(mut encryption: Value) -> Value {
    encryption["channelName"] = json!("orders-to-s3");
    encryption["s3DestinationConfiguration"] = json!({});
    encryption
}

fn create_event_data_store(key: Option<&str>) -> Value {
    let response = json!({
        "eventDataStoreArn":
            format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/1f0c7b52-4c1e-4a9b-8f3e-00000000e0d5"),
        "name": "audit",
        "status": "CREATED",
        "kmsKeyId": key,
    });
    event(record("cloudtrail", "CreateEventDataStore", json!({"name": "audit", "kmsKeyId": key}), response))
}

fn update_trail(key: Option<&str>) -> Value {
    let request = json!({"name": "audit", "kmsKeyId": key.unwrap_or_default()});
    let response = json!({
        "name": "audit",
        "trailARN": format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"),
        "s3BucketName": "audit-logs",
        "isMultiRegionTrail": true,
        "includeGlobalServiceEvents": true,
        "logFileValidationEnabled": true,
        "kmsKeyId": key,
    });
    event(record("cloudtrail", "UpdateTrail", request, response))
}

fn create_grant(account: &str) -> Value {
    let request = json!({
        "keyId": NO_KEY,
        "granteePrincipal": format!("arn:aws:iam::{account}:role/reader"),
        "operations": ["Decrypt", "DescribeKey"],
    });
    event(record("kms", "CreateGrant", request, json!({"grantId": "0c23", "keyId": key_arn(NO_KEY)})))
}

fn create_cluster(in_cluster: bool, key: &str) -> Value {
    let request = json!({
        "clusterName": "payments",
        "kafkaVersion": "3.8.x",
        "numberOfBrokerNodes": 3,
        "brokerNodeGroupInfo": {
            "instanceType": "kafka.m7g.large",
            "clientSubnets": ["subnet-1", "subnet-2", "subnet-3"],
            "connectivityInfo": {"publicAccess": {"type": "DISABLED"}},
        },
        "clientAuthentication": {"sasl": {"iam": {"enabled": true}}, "unauthenticated": {"enabled": false}},
        "encryptionInfo": {
            "encryptionAtRest": {"dataVolumeKMSKeyId": key},
            "encryptionInTransit": {"clientBroker": "TLS", "inCluster": in_cluster},
        },
    });
    let arn = format!("arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/payments/5d1fcb8e-2b0f-4f0e-9f4e-0a8c1d1f7a53-2");
    event(record("kafka", "CreateCluster", request, json!({"clusterArn": arn, "clusterName": "payments"})))
}

/// Invokes a function with four events and checks that it publishes only the violating one.
fn check_publishing(wanted: &str) {
    let aws = LocalAws::connect();
    let key = aws.key();
    let disabled = aws.key();
    aws.disable_key(&disabled);
    let case = cases(&key, &disabled).into_iter().find(|case| case.detector == wanted).unwrap();
    let topic = aws.topic(&format!("publishing-{wanted}"));
    // No local AWS supports MSK Connect. `connector_settings` tests the responses.
    let connect = FakeAws::msk_connect(Vec::new());
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_KAFKACONNECT", &connect.url)];
    let mut function = Function::start(&format!("sealwatch-{wanted}"), &environment);

    let violating = function.invoke(case.violating.to_string()).succeeded();
    let envelope = topic.message();
    let compliant = function.invoke(case.compliant.to_string()).succeeded();
    let refused = function.invoke(failed(case.violating.clone()).to_string()).succeeded();
    let foreign = event(record("ecs", case.violating["detail"]["eventName"].as_str().unwrap(), json!({}), Value::Null));
    let foreign = function.invoke(foreign.to_string()).succeeded();
    assert_eq!(topic.messages(), Vec::<Value>::new(), "only the violating call is published");

    for (invocation, evaluated) in [(&violating, 1), (&compliant, 1), (&refused, 0), (&foreign, 0)] {
        let count = |name| invocation.count(name);
        assert_eq!((count("Events"), count("Judged"), count("Skipped")), (1, evaluated, 1 - evaluated));
    }
    assert_eq!((violating.count("Violations"), violating.count("Published")), (1, 1));
    assert_eq!((compliant.count("Violations"), compliant.count("Unverified")), (0, 0), "{:#?}", compliant.lines);

    let subject = envelope["Subject"].as_str().unwrap();
    assert!(subject.starts_with(case.subject), "{subject}");
    assert_subject(subject);
    let message: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
    assert_eq!(message["detector"], *wanted);
    let finding = &message["findings"][0];
    assert_eq!(finding["rule"], case.rule, "{finding:#}");
    assert_eq!(finding["outcome"], "violation");
    assert_eq!(finding["resource"]["name"], case.name);
    assert_eq!(finding["event"]["id"], case.violating["detail"]["eventID"]);
    assert_eq!((&finding["account"], &finding["region"]), (&json!(ACCOUNT), &json!(REGION)));
    assert_eq!(finding["actor"]["arn"], case.violating["detail"]["userIdentity"]["arn"]);
    let fix = finding["remediation"]["cli"].as_str().unwrap();
    let command = fix.lines().find(|line| !line.starts_with('#')).unwrap();
    assert!(command.starts_with("aws ") && command.contains(REGION), "{fix}");
    for (name, value) in [
        ("severity", &finding["severity"]),
        ("detector", &json!(wanted)),
        ("account", &json!(ACCOUNT)),
        ("region", &json!(REGION)),
    ] {
        assert_eq!(envelope["MessageAttributes"][name], json!({"Type": "String", "Value": value}));
    }
}

/// Checks the constraints of SNS on a subject, and a few of our own.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
#[track_caller]
pub(crate) fn assert_subject(subject: &str) {
    assert!(subject.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{subject:?}");
    assert!(subject.len() < 100 && subject.starts_with('['), "{subject:?}");
}

#[test]
fn cloudtrail_event_data_store() {
    check_publishing("cloudtrail-event-data-store");
}

#[test]
fn cloudtrail_trail() {
    check_publishing("cloudtrail-trail");
}

#[test]
fn firehose_stream() {
    check_publishing("firehose-stream");
}

#[test]
fn kinesis_channel() {
    check_publishing("kinesis-channel");
}

#[test]
fn kinesis_stream() {
    check_publishing("kinesis-stream");
}

#[test]
fn kms_alias() {
    check_publishing("kms-alias");
}

#[test]
fn kms_key_lifecycle() {
    check_publishing("kms-key-lifecycle");
}

#[test]
fn kms_key_policy() {
    check_publishing("kms-key-policy");
}

#[test]
fn kms_key_store() {
    check_publishing("kms-key-store");
}

#[test]
fn msk_channel() {
    check_publishing("msk-channel");
}

#[test]
fn msk_cluster() {
    check_publishing("msk-cluster");
}

#[test]
fn msk_connector() {
    check_publishing("msk-connector");
}

#[test]
fn msk_replicator() {
    check_publishing("msk-replicator");
}

#[test]
fn msk_worker_configuration() {
    check_publishing("msk-worker-configuration");
}

#[test]
fn every_detector_has_a_case() {
    let cases = cases("", "");
    let covered: Vec<&str> = cases.iter().map(|case| case.detector).collect();
    let detectors: Vec<&str> = sealwatch_rules::rules::DETECTORS.iter().map(|detector| detector.name).collect();
    assert_eq!(covered, detectors, "add a case to `cases` in this file, and a test that calls `check_publishing`");
}

#[test]
fn a_raw_subscription_receives_only_the_json_text() {
    let aws = LocalAws::connect();
    let topic = aws.raw_topic("publishing-raw");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    function.invoke(stop_encryption("orders").to_string()).succeeded();
    let message = topic.message();
    assert_eq!(message["findings"][0]["rule"], "kinesis-stream-unencrypted");
    assert_eq!(message["truncated"], false);
}

#[test]
fn the_same_event_gives_the_same_finding_ids() {
    let aws = LocalAws::connect();
    let topic = aws.topic("publishing-twice");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let event = stop_encryption("orders");
    let ids: Vec<(Value, Value)> = [&event, &event, &stop_encryption("orders")]
        .map(|event| {
            function.invoke(event.to_string()).succeeded();
            let finding = topic.findings().remove(0);
            (finding["id"].clone(), finding["fingerprint"].clone())
        })
        .into();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0].0, ids[2].0, "another event has another finding id");
    assert_eq!(ids[0].1, ids[2].1, "with the same fingerprint");
}

#[test]
fn email_subscribers_receive_the_remediation_and_sms_subscribers_a_short_text() {
    let sns = FakeAws::sns_accepting();
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let event = stop_encryption("orders");
    function.invoke(event.to_string()).succeeded();
    let texts = sns.published();

    let email = texts["email"].as_str().unwrap();
    let arn = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/orders");
    let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/kim");
    let event_id = event["detail"]["eventID"].as_str().unwrap();
    for wanted in
        ["HIGH", &arn, &caller, "198.51.100.7", "StopStreamEncryption", event_id, "aws kinesis start-stream-encryption"]
    {
        assert!(email.contains(wanted), "{wanted} is missing:\n{email}");
    }
    let wide = |line: &&str| line.chars().count() > 72 && line.trim().contains(' ') && !line.starts_with("  aws ");
    assert_eq!(email.lines().find(wide), None, "only commands and single words may be longer than 72 columns");
    assert!(email.is_ascii() && !email.contains('\r'), "{email}");

    let sms = texts["sms"].as_str().unwrap();
    assert!(sms.chars().count() <= 140 && sms.contains("orders") && sms.contains(ACCOUNT), "{sms}");
    assert!(texts["default"].as_str().unwrap().starts_with('{'));
    assert_eq!(texts.get("https"), None, "chat is not enabled");
}
