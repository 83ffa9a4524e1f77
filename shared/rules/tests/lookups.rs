//! The look-ups that each kind of resource requires, and the phase in which its rules are evaluated.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sealwatch_rules::configuration::key::{Key, Rotation};
use sealwatch_rules::engine::evaluate::{evaluate_phase, in_progress};
use sealwatch_rules::engine::lookup::{DESCRIBE_KEY, GET_KEY_ROTATION_STATUS};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::rules::{
    DETECTORS, cloudtrail_trail, firehose_stream, kinesis_channel, kinesis_stream, kms_alias, kms_key_lifecycle,
    kms_key_store, msk_channel, msk_cluster, msk_connector,
};
use sealwatch_rules::timeline::Timeline;
use sealwatch_rules::{
    Change, Detector, Event, Facts, Finding, Lookup, LookupResult, Settings, evaluate, pending_lookups,
};
use serde_json::{Value, json};

const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
const FIREHOSE: &str = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn record(detector: &Detector, name: &str, request: &Value) -> String {
    json!({"eventName": name, "eventSource": detector.event_source, "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "requestParameters": request})
    .to_string()
}

/// Calls `check` with the change by a call.
fn change<T>(detector: &'static Detector, name: &str, request: &Value, check: impl FnOnce(&Change<'_>) -> T) -> T {
    let text = record(detector, name, request);
    check(&Event::parse(&text).unwrap().change_for(detector).unwrap())
}

fn pending(detector: &'static Detector, name: &str, request: &Value, facts: &Facts, phase: Phase) -> Vec<Lookup> {
    change(detector, name, request, |change| pending_lookups(change, facts, &Settings::default(), phase))
}

fn describe_stream(arn: &str) -> Lookup {
    Lookup::new("kinesis:DescribeStreamSummary", arn)
}

#[test]
fn only_members_that_the_record_lacks_are_looked_up() {
    let (key, rotation) = (Lookup::new(DESCRIBE_KEY, KEY), Lookup::new(GET_KEY_ROTATION_STATUS, KEY));
    let firehose = Lookup::new("firehose:DescribeDeliveryStream", FIREHOSE);
    let (kinesis_calls, firehose_calls) = (&kinesis_stream::DETECTOR, &firehose_stream::DETECTOR);
    let key_calls = &kms_key_lifecycle::DETECTOR;
    let named = json!({"streamName": "orders", "keyId": KEY, "deliveryStreamName": "clicks"});
    let aws = json!({"streamName": "orders", "keyId": "alias/aws/kinesis"});
    let source =
        json!({"deliveryStreamName": "clicks", "kinesisStreamSourceConfiguration": {"kinesisStreamARN": STREAM}});
    let encrypted = json!({"deliveryStreamName": "clicks",
        "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": KEY}});
    let yearly = json!({"keyId": KEY, "rotationPeriodInDays": 365});
    for (detector, name, request, want) in [
        (kinesis_calls, "CreateStream", &named, vec![describe_stream(STREAM)]),
        (kinesis_calls, "StartStreamEncryption", &named, vec![key.clone()]),
        (kinesis_calls, "StartStreamEncryption", &aws, vec![]),
        (kinesis_calls, "StopStreamEncryption", &named, vec![]),
        (firehose_calls, "CreateDeliveryStream", &named, vec![firehose]),
        (firehose_calls, "CreateDeliveryStream", &source, vec![describe_stream(STREAM)]),
        (firehose_calls, "CreateDeliveryStream", &encrypted, vec![key.clone()]),
        (firehose_calls, "StopDeliveryStreamEncryption", &named, vec![]),
        (key_calls, "EnableKeyRotation", &named, vec![rotation]),
        (key_calls, "EnableKeyRotation", &yearly, vec![]),
        (key_calls, "DisableKeyRotation", &named, vec![]),
    ] {
        assert_eq!(pending(detector, name, request, &Facts::default(), Phase::All), want, "{name} {request}");
    }
}

#[test]
fn clusters_and_trails_are_looked_up_only_if_the_record_lacks_a_member() {
    const CLUSTER: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1";
    const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
    let (clusters, trails) = (&msk_cluster::DETECTOR, &cloudtrail_trail::DETECTOR);
    let cluster = Lookup::new("kafka:DescribeClusterV2", CLUSTER);
    let trail = Lookup::new("cloudtrail:GetTrail", TRAIL);
    let status = Lookup::new("cloudtrail:GetTrailStatus", TRAIL);
    let selectors = Lookup::new("cloudtrail:GetEventSelectors", TRAIL);
    let others = Lookup::new("cloudtrail:DescribeTrails", TRAIL);
    let selected =
        |kind: &str| format!(r#"{{"trailName": "audit", "eventSelectors": [{{"readWriteType": "{kind}"}}]}}"#);
    let transit = |more: &str| {
        format!(
            r#"{{"provisioned": {{"encryptionInfo": {{"encryptionInTransit": {{"clientBroker": "TLS"}}}}{more}}}}}"#
        )
    };
    let iam = transit(r#","clientAuthentication": {"sasl": {"iam": {"enabled": true}}}"#);
    let created = format!(r#"{{"clusterArn": "{CLUSTER}"}}"#);
    let (omitted, audit) = (r#"{"omitted": true}"#.to_owned(), r#"{"name": "audit"}"#.to_owned());
    let null = "null".to_owned();
    for (detector, name, request, response, want) in [
        (clusters, "CreateClusterV2", iam, &created, None),
        (clusters, "CreateClusterV2", transit(""), &created, Some(&cluster)),
        (clusters, "CreateClusterV2", transit(r#","encryptionInfo": "***""#), &created, Some(&cluster)),
        (clusters, "CreateClusterV2", omitted.clone(), &created, Some(&cluster)),
        (clusters, "CreateClusterV2", omitted.clone(), &null, None),
        (clusters, "CreateClusterV2", r#"{"serverless": {}}"#.to_owned(), &created, None),
        (clusters, "UpdateSecurity", omitted, &created, None),
        (trails, "UpdateTrail", audit.clone(), &null, Some(&trail)),
        (trails, "UpdateTrail", audit.clone(), &audit, None),
        (trails, "CreateTrail", audit.clone(), &null, Some(&status)),
        (trails, "StopLogging", audit.clone(), &null, Some(&status)),
        (trails, "StartLogging", audit.clone(), &null, None),
        (trails, "DeleteTrail", audit.clone(), &null, Some(&others)),
        (trails, "PutEventSelectors", selected("All"), &null, None),
        (trails, "PutEventSelectors", selected("ReadOnly"), &null, Some(&others)),
        (trails, "PutEventSelectors", r#"{"trailName": "audit"}"#.to_owned(), &null, Some(&selectors)),
    ] {
        let text = format!(
            r#"{{"eventName": "{name}", "eventSource": "{}", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "requestParameters": {request}, "responseElements": {response}}}"#,
            detector.event_source
        );
        let event = Event::parse(&text).unwrap();
        let change = event.change_for(detector).unwrap();
        let pending = pending_lookups(&change, &Facts::default(), &Settings::default(), Phase::All);
        assert_eq!(pending.iter().collect::<Vec<_>>(), want.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn a_channel_is_looked_up_only_if_the_record_does_not_show_whether_it_has_a_key() {
    const DESTINATION: &str = r#""s3DestinationConfiguration": {}"#;
    for (detector, call, arn, created, key) in [
        (
            &msk_channel::DETECTOR,
            "kafka:DescribeChannel",
            "arn:aws:kafka:eu-west-1:111122223333:channel/payments/1/2",
            "channelArn",
            "kmsKeyArn",
        ),
        (
            &kinesis_channel::DETECTOR,
            "kinesis:DescribeChannel",
            "arn:aws:kinesis:eu-west-1:111122223333:channel/1",
            "channelARN",
            "keyId",
        ),
    ] {
        let channel = Lookup::new(call, arn);
        for (request, has_arn, want) in [
            (format!("{{{DESTINATION}}}"), true, None),
            (format!(r#"{{"encryptionConfiguration": {{"{key}": "alias/aws/s3"}}}}"#), true, None),
            (r#"{"channelName": "orders"}"#.to_owned(), true, Some(&channel)),
            (format!(r#"{{{DESTINATION}, "encryptionConfiguration": "***"}}"#), true, Some(&channel)),
            (r#"{"omitted": true}"#.to_owned(), true, Some(&channel)),
            (r#"{"omitted": true}"#.to_owned(), false, None),
        ] {
            let response = if has_arn { format!(r#"{{"{created}": "{arn}"}}"#) } else { "null".to_owned() };
            let text = format!(
                r#"{{"eventName": "CreateChannel", "eventSource": "{}", "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333", "requestParameters": {request}, "responseElements": {response}}}"#,
                detector.event_source
            );
            let event = Event::parse(&text).unwrap();
            let change = event.change_for(detector).unwrap();
            let pending = pending_lookups(&change, &Facts::default(), &Settings::default(), Phase::All);
            assert_eq!(pending.iter().collect::<Vec<_>>(), want.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }
}

#[test]
fn a_connector_is_looked_up_with_its_update_and_then_its_worker_configuration() {
    const CONNECTOR: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1";
    const OPERATION: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector-operation/orders/1/2";
    const WORKER: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";
    let text =
        json!({"eventName": "UpdateConnector", "eventSource": "kafkaconnect.amazonaws.com", "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "requestParameters": {"connectorConfiguration": "***"},
        "responseElements": {"connectorArn": CONNECTOR, "connectorOperationArn": OPERATION}})
        .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.change_for(&msk_connector::DETECTOR).unwrap();
    let pending = |facts: &Facts| pending_lookups(&change, facts, &Settings::default(), Phase::All);
    let connector = Lookup::new("kafkaconnect:DescribeConnector", CONNECTOR);
    let operation = Lookup::new("kafkaconnect:DescribeConnectorOperation", OPERATION);
    let worker = Lookup::new("kafkaconnect:DescribeWorkerConfiguration", WORKER);
    let denied = || LookupResult::Unknown("denied".into());
    let mut facts = Facts::default();
    assert_eq!(pending(&facts), [connector.clone(), operation.clone()]);
    let described = json!({"connectorArn": CONNECTOR, "connectorConfiguration": {"a": "b"},
        "workerConfiguration": {"workerConfigurationArn": WORKER, "revision": 1}});
    facts.insert(connector, LookupResult::Resource(described));
    facts.insert(operation, denied());
    assert_eq!(pending(&facts), std::slice::from_ref(&worker));
    facts.insert(worker, denied());
    assert_eq!(pending(&facts), []);
}

#[test]
fn a_result_answers_its_look_up_and_may_require_another() {
    let request = json!({"streamName": "orders"});
    let mut facts = Facts::default();
    let described = json!({"EncryptionType": "KMS", "KeyId": KEY});
    facts.insert(describe_stream(STREAM), LookupResult::Resource(described));
    let pending = |call, facts: &Facts| pending(&kinesis_stream::DETECTOR, call, &request, facts, Phase::All);
    assert_eq!(pending("CreateStream", &facts), [], "the call that names the key is evaluated");
    let pending = |facts: &Facts| pending("StartStreamEncryption", facts);
    let key = Lookup::new(DESCRIBE_KEY, KEY);
    assert_eq!(pending(&facts), std::slice::from_ref(&key));
    facts.insert(key, LookupResult::Unknown("access denied".into()));
    assert_eq!(pending(&facts), []);
}

#[test]
fn what_the_timeline_shows_is_not_looked_up() {
    let text = json!({"eventName": "StartStreamEncryption", "eventSource": "kinesis.amazonaws.com",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventTime": "2026-11-22T10:01:00Z",
        "requestParameters": {"streamName": "orders", "keyId": "alias/aws/kinesis"}})
    .to_string();
    let mut facts = Facts::default();
    facts.timeline = Timeline::of(Event::parse(&text).unwrap().observe());
    let created = text.replace("StartStreamEncryption", "CreateStream");
    for (time, want) in [("10:00:00", vec![]), ("09:00:00", vec![describe_stream(STREAM)])] {
        let text = created.replace("10:01:00", time);
        let event = Event::parse(&text).unwrap();
        let change = event.change_for(&kinesis_stream::DETECTOR).unwrap();
        assert_eq!(pending_lookups(&change, &facts, &Settings::default(), Phase::All), want, "{time}");
    }
}

#[test]
fn settled_rules_look_up_nothing_before_the_settle_time_and_each_rule_is_evaluated_once() {
    let request = json!({"deliveryStreamName": "clicks"});
    let create = ("CreateDeliveryStream", &request);
    let none = pending(&firehose_stream::DETECTOR, create.0, create.1, &Facts::default(), Phase::Immediate);
    assert_eq!(none, []);
    let ids = |detector, name, request, phase| {
        change(detector, name, request, |change| {
            let (facts, settings) = (Facts::default(), Settings::default());
            let findings = evaluate_phase(change, phase, &facts, &settings);
            findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
        })
    };
    for (detector, name, settled_rules) in [
        (&firehose_stream::DETECTOR, "CreateDeliveryStream", 3),
        (&firehose_stream::DETECTOR, "StopDeliveryStreamEncryption", 0),
        (&kinesis_stream::DETECTOR, "CreateStream", 3),
        (&kinesis_stream::DETECTOR, "StopStreamEncryption", 0),
        (&cloudtrail_trail::DETECTOR, "CreateTrail", 1),
        (&cloudtrail_trail::DETECTOR, "StopLogging", 1),
        (&cloudtrail_trail::DETECTOR, "DeleteTrail", 0),
        (&kms_alias::DETECTOR, "DeleteAlias", 2),
        (&kms_alias::DETECTOR, "UpdateAlias", 0),
        (&kms_key_lifecycle::DETECTOR, "CreateKey", 1),
        (&kms_key_lifecycle::DETECTOR, "DisableKeyRotation", 0),
        (&kms_key_store::DETECTOR, "DisconnectCustomKeyStore", 1),
        (&kms_key_store::DETECTOR, "UpdateCustomKeyStore", 0),
    ] {
        let immediate = ids(detector, name, &request, Phase::Immediate);
        let settled = ids(detector, name, &request, Phase::Settled);
        assert_eq!(settled.len(), settled_rules, "{name}");
        let mut both = [immediate, settled].concat();
        both.sort_unstable();
        assert_eq!(both, ids(detector, name, &request, Phase::All), "{name}: each rule is evaluated once");
    }
}

#[test]
fn what_immediate_rules_need_is_looked_up_before_the_settle_time() {
    const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
    let pending =
        |request: Value, phase| pending(&cloudtrail_trail::DETECTOR, "CreateTrail", &request, &Facts::default(), phase);
    let (trail, status) = (Lookup::new("cloudtrail:GetTrail", TRAIL), Lookup::new("cloudtrail:GetTrailStatus", TRAIL));
    assert_eq!(pending(json!({"name": "audit"}), Phase::Immediate), []);
    assert_eq!(pending(json!({"name": "audit"}), Phase::Settled), std::slice::from_ref(&status));
    let redacted = json!({"name": "audit", "kmsKeyId": "***"});
    assert_eq!(pending(redacted.clone(), Phase::Immediate), std::slice::from_ref(&trail));
    assert_eq!(pending(redacted, Phase::All), [trail, status]);
}

#[test]
fn only_calls_that_the_table_marks_as_settling_settle() {
    for detector in DETECTORS {
        for call in detector.calls {
            let settles = change(detector, call.name, &json!({}), |change| change.settles());
            assert_eq!(settles, call.settles, "{}", call.name);
        }
    }
}

#[test]
fn every_lookup_is_permitted() {
    for detector in DETECTORS {
        for call in detector.calls {
            let request = json!({"streamName": "s", "deliveryStreamName": "s", "keyId": KEY, "name": "t",
                "aliasName": "alias/orders", "targetKeyId": KEY, "customKeyStoreId": "cks-1"});
            for lookup in pending(detector, call.name, &request, &Facts::default(), Phase::All) {
                let permitted = detector.permissions.iter().any(|permission| permission.action == lookup.call);
                assert!(permitted, "{}: {}", detector.name, lookup.call);
            }
        }
    }
}

#[test]
fn a_resource_that_is_deleted_denied_or_in_progress_is_not_a_violation() {
    let request = json!({"streamName": "orders"});
    let outcomes = |result| {
        change(&kinesis_stream::DETECTOR, "CreateStream", &request, |change| {
            let (mut facts, settings) = (Facts::default(), Settings::default());
            facts.insert(describe_stream(STREAM), result);
            let findings = evaluate(change, &facts, &settings);
            // the rules on policies are about another call
            let asked = findings.iter().filter(|finding| !finding.rule.id.contains("-policy-"));
            let outcomes = asked.map(Finding::outcome_name).collect::<Vec<_>>();
            (outcomes, in_progress(change, &facts, &settings))
        })
    };
    assert_eq!(outcomes(LookupResult::Deleted), (vec!["not-applicable"; 3], None));
    assert_eq!(outcomes(LookupResult::Unknown("denied".into())), (vec!["unverified"; 3], None));
    let creating = json!({"EncryptionType": "NONE", "StreamStatus": "CREATING"});
    assert_eq!(outcomes(LookupResult::Resource(creating)), (vec!["unverified"; 3], Some("CREATING".to_owned())));
}

#[test]
fn a_deleted_alias_is_looked_up_and_then_the_keys_if_it_was_created_again() {
    const ALIAS: &str = "arn:aws:kms:eu-west-1:111122223333:alias/orders";
    const OTHER: &str = "arn:aws:kms:eu-west-1:111122223333:key/other";
    let text = json!({"eventName": "DeleteAlias", "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "requestParameters": {"aliasName": "alias/orders"},
        "responseElements": {"keyId": KEY}})
    .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.change_for(&kms_alias::DETECTOR).unwrap();
    let settings = Settings::default();
    let pending = |facts: &Facts, phase| pending_lookups(&change, facts, &settings, phase);
    let alias = || Lookup::new(DESCRIBE_KEY, ALIAS);
    let outcomes =
        |facts: &Facts| evaluate(&change, facts, &settings).iter().map(Finding::outcome_name).collect::<Vec<_>>();
    assert_eq!(pending(&Facts::default(), Phase::Immediate), []);
    assert_eq!(pending(&Facts::default(), Phase::Settled), [alias()]);
    for (result, want) in [
        (LookupResult::Deleted, "not-applicable"),
        (LookupResult::Unknown("denied".into()), "unverified"),
        (LookupResult::Key(Key::customer_managed(KEY)), "not-applicable"),
    ] {
        let mut facts = Facts::default();
        facts.insert(alias(), result);
        assert_eq!(outcomes(&facts), [want; 2]);
    }
    let mut facts = Facts::default();
    facts.insert(alias(), LookupResult::Key(Key::customer_managed(OTHER)));
    assert_eq!(pending(&facts, Phase::Settled), [Lookup::new(DESCRIBE_KEY, KEY), Lookup::new(DESCRIBE_KEY, OTHER)]);
    for (arn, state) in [(KEY, "Enabled"), (OTHER, "Disabled")] {
        let key = Key { state: Some(state.to_owned()), ..Key::customer_managed(arn) };
        facts.insert(Lookup::new(DESCRIBE_KEY, arn), LookupResult::Key(key));
    }
    assert_eq!(pending(&facts, Phase::Settled), []);
    assert_eq!(outcomes(&facts), ["compliant", "violation"]);
}

#[test]
fn a_disconnected_key_store_is_looked_up_by_its_id() {
    let request = json!({"customKeyStoreId": "cks-1"});
    let calls = &kms_key_store::DETECTOR;
    let store = || Lookup::new("kms:DescribeCustomKeyStores", "cks-1");
    assert_eq!(pending(calls, "DisconnectCustomKeyStore", &request, &Facts::default(), Phase::Immediate), []);
    assert_eq!(pending(calls, "DisconnectCustomKeyStore", &request, &Facts::default(), Phase::Settled), [store()]);
    assert_eq!(pending(calls, "UpdateCustomKeyStore", &request, &Facts::default(), Phase::All), []);
    let state = |state: &str| LookupResult::Resource(json!({"ConnectionState": state}));
    for (result, outcome, status) in [
        (state("CONNECTED"), "compliant", None),
        (state("CONNECTING"), "unverified", Some("CONNECTING")),
        (state("DISCONNECTED"), "violation", None),
        (LookupResult::Deleted, "not-applicable", None),
        (LookupResult::Unknown("denied".into()), "unverified", None),
    ] {
        change(calls, "DisconnectCustomKeyStore", &request, |change| {
            let (mut facts, settings) = (Facts::default(), Settings::default());
            facts.insert(store(), result);
            let findings = evaluate(change, &facts, &settings);
            let found = findings.iter().find(|finding| finding.rule.id == "kms-key-store-disconnected").unwrap();
            assert_eq!((found.outcome_name(), in_progress(change, &facts, &settings).as_deref()), (outcome, status));
            assert_eq!(pending_lookups(change, &facts, &settings, Phase::Settled), []);
        });
    }
}

#[test]
fn a_key_that_is_pending_deletion_needs_no_rotation() {
    let mut facts = Facts::default();
    facts.insert(
        Lookup::new(GET_KEY_ROTATION_STATUS, KEY),
        LookupResult::Rotation(Rotation { enabled: false, period_days: None }),
    );
    let mut key = Key::customer_managed(KEY);
    key.state = Some("PendingDeletion".to_owned());
    facts.insert(Lookup::new(DESCRIBE_KEY, KEY), LookupResult::Key(key));
    let metadata = json!({"keyMetadata": {"arn": KEY, "keyManager": "CUSTOMER"}});
    let text = json!({"eventName": "CreateKey", "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "requestParameters": {}, "responseElements": metadata})
    .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.change_for(&kms_key_lifecycle::DETECTOR).unwrap();
    let settings = Settings::default();
    let findings = evaluate(&change, &facts, &settings);
    let finding = findings.iter().find(|finding| finding.rule.id == "kms-key-rotation-disabled").unwrap();
    assert_eq!(finding.outcome_name(), "not-applicable");
}
