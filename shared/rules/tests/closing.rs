//! What ends findings: for each closing call of the table of detectors, and for each monitored call that deletes, a sample event
//! in `events/` and what it ends.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and panic")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::rules::{DETECTORS, is_cli_output};
use sealwatch_rules::{Detector, Event, Facts, Finding, Outcome, Settings, evaluate};
use serde_json::{Value, json};

/// The texts of all sample events, and what the facts among them say.
fn samples() -> (Vec<String>, Facts) {
    let (mut texts, mut facts) = (Vec::new(), Facts::default());
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let folders = fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    for file in folders.flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        extract::each(&text, &mut |_, found| {
            if let Found::Document(output) = found
                && is_cli_output(output)
            {
                facts.insert_cli_output(&serde_json::from_str(output.get()).unwrap()).unwrap();
            }
        });
        texts.extend(Event::parse(&text).is_ok().then(|| text.clone()));
    }
    texts.sort();
    (texts, facts)
}

fn record(source: &str, name: &str, request: &Value) -> String {
    json!({"eventName": name, "eventSource": format!("{source}.amazonaws.com"), "eventTime": "2026-11-25T10:00:00Z",
        "eventID": "e-1", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": request})
    .to_string()
}

/// Violations that no sample shows, on the resources of samples of closing calls.
fn violations_besides() -> Vec<String> {
    let arn = |service: &str, resource: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{resource}");
    let open = |action: &str| {
        json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}}).to_string()
    };
    let kinesis = |resource: &str, action: &str| {
        record(
            "kinesis",
            "PutResourcePolicy",
            &json!({"resourceARN": arn("kinesis", resource), "policy": open(action)}),
        )
    };
    let cloudtrail = |resource: &str, action: &str| {
        let request = json!({"resourceArn": arn("cloudtrail", resource), "resourcePolicy": open(action)});
        record("cloudtrail", "PutResourcePolicy", &request)
    };
    let key = arn("kms", "key/e5a1c0d2-7b39-4f64-9d18-6c2f0a8b4e27");
    let deleted = arn("kms", "key/4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612");
    vec![
        kinesis("channel/9f8e7d6c5b4a", "kinesis:DescribeChannel"),
        kinesis("queue/refunds", "kinesis:ReceiveQueueRecords"),
        kinesis("stream/orders", "kinesis:GetRecords"),
        cloudtrail("channel/7f3c1e5a-2b4d-4c6e-9f80-1a2b3c4d5e61", "cloudtrail-data:PutAuditEvents"),
        cloudtrail("dashboard/partner-overview", "cloudtrail:StartDashboardRefresh"),
        record("cloudtrail", "CreateTrail", &json!({"name": "legacy", "s3BucketName": "trails"})),
        record("kms", "DisableKey", &json!({"keyId": key})),
        record("kms", "ScheduleKeyDeletion", &json!({"keyId": key})),
        record("kms", "PutKeyPolicy", &json!({"keyId": deleted, "policy": open("kms:Decrypt")})),
        record("kms", "DisableKeyRotation", &json!({"keyId": deleted})),
    ]
}

/// True if the ledger closes what the finding is about.
fn ends(finding: &Finding<'_>) -> bool {
    match finding.outcome {
        Outcome::Compliant => true,
        Outcome::NotApplicable(_) => finding.is_gone(),
        Outcome::Violation(_) | Outcome::Unverified(_) => false,
    }
}

/// The violations of all events, as fingerprint, rule and name of the resource.
fn violations(
    texts: &[String],
    detector: &'static Detector,
    facts: &Facts,
) -> BTreeSet<(String, &'static str, String)> {
    let (settings, mut found) = (Settings::default(), BTreeSet::new());
    for text in texts {
        let event = Event::parse(text).unwrap();
        let Ok(change) = event.change_for(detector) else { continue };
        let findings = evaluate(&change, facts, &settings);
        found.extend(
            findings
                .iter()
                .filter(|finding| finding.is_violation())
                .map(|finding| (finding.fingerprint(), finding.rule.id, finding.change.resource.name.clone())),
        );
    }
    found
}

#[test]
fn each_closing_call_ends_what_it_undoes_and_nothing_else() {
    let (mut texts, facts) = samples();
    texts.extend(violations_besides());
    let settings = Settings::default();
    let mut table = String::new();
    for detector in DETECTORS {
        let open = violations(&texts, detector, &facts);
        let monitored = detector.calls.iter().filter(|call| call.deletes);
        for call in detector.closing.iter().chain(monitored) {
            let mut ended = BTreeSet::new();
            let mut sampled = false;
            for text in &texts {
                let event = Event::parse(text).unwrap();
                let made = detector.closing_call(event.record()).or_else(|_| detector.api_call(event.record()));
                if made.ok() != Some(call) {
                    continue;
                }
                sampled = true;
                let (_, mut facts) = samples();
                let connected = json!({"CustomKeyStoreId": "cks-3d2c1b0a9f8e7d6c5", "ConnectionState": "CONNECTED"});
                facts.insert_cli_output(&json!({"CustomKeyStores": [connected]})).unwrap();
                let change = event.change(detector, call);
                let findings = evaluate(&change, &facts, &settings);
                for finding in &findings {
                    assert!(
                        detector.closing.iter().all(|closing| closing != call)
                            || !(finding.is_violation() || finding.is_unverified()),
                        "{} {}: {}",
                        call.name,
                        finding.rule.id,
                        finding.detail()
                    );
                    let same = open.iter().filter(|(print, ..)| ends(finding) && *print == finding.fingerprint());
                    ended.extend(same.map(|(_, rule, name)| format!("{rule} of {name}")));
                }
            }
            assert!(sampled, "add a sample of {} under events/{}", call.name, detector.name);
            assert!(!ended.is_empty(), "no sample of {} for {} ends anything", call.name, detector.name);
            let ended: Vec<String> = ended.into_iter().collect();
            writeln!(table, "{} {}: {}", detector.name, call.name, ended.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!(table, @"
    cloudtrail-event-data-store DeleteChannel: cloudtrail-event-data-store-policy-public of 7f3c1e5a-2b4d-4c6e-9f80-1a2b3c4d5e61
    cloudtrail-event-data-store DeleteDashboard: cloudtrail-event-data-store-policy-public of partner-overview
    cloudtrail-event-data-store DeleteResourcePolicy: cloudtrail-event-data-store-policy-foreign-account of b277d1d8-76a2-5cfb-a4e0-8d96ceb651be
    cloudtrail-event-data-store RestoreEventDataStore: cloudtrail-event-data-store-deleted of 0ca9796f-29fb-5681-90c8-ccfc3fe74fbb, cloudtrail-event-data-store-unusable-key of history, cloudtrail-event-data-store-without-customer-key of history
    cloudtrail-event-data-store StartEventDataStoreIngestion: cloudtrail-event-data-store-stopped of feb627e2-9151-50d5-a40d-c0820a53216a
    cloudtrail-event-data-store DeleteEventDataStore: cloudtrail-event-data-store-unusable-key of history, cloudtrail-event-data-store-without-customer-key of history
    cloudtrail-trail DeleteTrail: cloudtrail-trail-not-logging of legacy, cloudtrail-trail-single-region of legacy, cloudtrail-trail-without-kms of legacy, cloudtrail-trail-without-log-validation of legacy
    firehose-stream DeleteDeliveryStream: firehose-destination-without-customer-key of web-logs, firehose-stream-unencrypted of web-logs, firehose-stream-without-customer-key of web-logs
    kinesis-channel DeleteChannel: kinesis-channel-unencrypted of returns-to-s3
    kinesis-stream DeleteChannel: kinesis-stream-policy-public of 9f8e7d6c5b4a
    kinesis-stream DeleteQueue: kinesis-stream-policy-public of refunds
    kinesis-stream DeleteResourcePolicy: kinesis-stream-policy-public of clicks
    kinesis-stream DeleteStream: kinesis-stream-policy-public of orders, kinesis-stream-unencrypted of orders
    kinesis-stream DeregisterStreamConsumer: kinesis-stream-policy-foreign-account of reports
    kms-key-lifecycle CancelKeyDeletion: kms-key-deletion-scheduled of e5a1c0d2-7b39-4f64-9d18-6c2f0a8b4e27
    kms-key-lifecycle EnableKey: kms-key-disabled of e5a1c0d2-7b39-4f64-9d18-6c2f0a8b4e27
    kms-key-lifecycle DeleteKey: kms-key-rotation-disabled of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612
    kms-key-lifecycle KMS CMK Deletion: kms-key-rotation-disabled of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612
    kms-key-policy DeleteKey: kms-key-policy-lockout of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612, kms-key-policy-public of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612
    kms-key-policy KMS CMK Deletion: kms-key-policy-lockout of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612, kms-key-policy-public of 4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612
    kms-key-policy RetireGrant: kms-grant-every-operation of 5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01
    kms-key-policy RevokeGrant: kms-grant-to-foreign-account of 5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01
    kms-key-store ConnectCustomKeyStore: kms-key-store-disconnected of cks-3d2c1b0a9f8e7d6c5
    kms-key-store DeleteCustomKeyStore: kms-key-store-disconnected of cks-3d2c1b0a9f8e7d6c5, kms-key-store-redirected of cks-3d2c1b0a9f8e7d6c5
    msk-channel DeleteChannel: msk-channel-without-customer-key of orders-to-s3
    msk-cluster DeleteCluster: msk-cluster-plaintext-brokers of sandbox, msk-cluster-plaintext-clients of sandbox, msk-cluster-unauthenticated-clients of sandbox, msk-cluster-without-customer-key of sandbox
    msk-cluster DeleteClusterPolicy: msk-cluster-policy-public of orders
    msk-connector DeleteConnector: msk-connector-plaintext-kafka of sandbox-to-s3, msk-connector-unauthenticated-kafka of sandbox-to-s3, msk-connector-without-logs of sandbox-to-s3
    msk-replicator DeleteReplicator: msk-replicator-plaintext of ledger-unset
    msk-worker-configuration DeleteWorkerConfiguration: msk-worker-plaintext-endpoint of vault-over-http, msk-worker-plaintext-secret of vault-over-http
    ");
}

#[test]
fn closing_calls_are_sorted_and_are_not_monitored_besides() {
    for detector in DETECTORS {
        let names: Vec<&str> = detector.closing.iter().map(|call| call.name).collect();
        assert!(names.is_sorted(), "{}: {names:?}", detector.name);
        assert!(!detector.calls.iter().any(|call| names.contains(&call.name)), "{}: {names:?}", detector.name);
    }
}

/// Grants on a key have findings of their own: a good one, or the end of one, says nothing about another.
#[test]
fn a_grant_says_nothing_about_another() {
    let (texts, facts) = samples();
    let detector = DETECTORS.iter().find(|detector| detector.name == "kms-key-policy").unwrap();
    let open = violations(&texts, detector, &facts);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01";
    let bad = "0c237476b39f8bc44e45212e08498fbe3151305030726c0590dd8d3e9f3d6a60";
    let ended = |name: &str, request: Value, response: Value, additional: Value| {
        let mut record: Value = serde_json::from_str(&record("kms", name, &request)).unwrap();
        record["responseElements"] = response;
        record["additionalEventData"] = additional;
        record["resources"] = json!([{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key}]);
        let text = record.to_string();
        let event = Event::parse(&text).unwrap();
        let call = detector.closing_call(event.record()).or_else(|_| detector.api_call(event.record())).unwrap();
        let (change, settings) = (event.change(detector, call), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let ends = |print: &String| findings.iter().any(|finding| ends(finding) && finding.fingerprint() == *print);
        open.iter().filter(|(print, ..)| ends(print)).map(|(_, rule, _)| *rule).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    let good =
        json!({"keyId": key, "granteePrincipal": "arn:aws:iam::111122223333:role/app", "operations": ["Decrypt"]});
    assert_eq!(ended("CreateGrant", good, json!({"grantId": "good"}), Value::Null), nothing);
    assert_eq!(ended("RevokeGrant", json!({"keyId": key, "grantId": "good"}), Value::Null, Value::Null), nothing);
    assert_eq!(ended("RetireGrant", Value::Null, Value::Null, json!({"grantId": "good"})), nothing);
    assert_eq!(ended("RetireGrant", Value::Null, Value::Null, Value::Null), nothing);
    let foreign = ["kms-grant-to-foreign-account"];
    assert_eq!(ended("RetireGrant", json!({"keyId": key, "grantId": bad}), Value::Null, Value::Null), foreign);
    assert_eq!(ended("RetireGrant", Value::Null, Value::Null, json!({"grantId": bad})), foreign);
}
