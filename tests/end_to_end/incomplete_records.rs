//! Tests that a function looks up only what the record of a cluster, channel, trail or event data store does not say, and that the record
//! takes precedence over the response. No local AWS supports these calls: they are a FAKE here.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, REGION, TOPIC, event, record};
use crate::fake_aws::FakeAws;
use crate::runtime_api::{Function, Invocation};

/// The findings for an event, and the requests to the fake service.
struct Evaluation {
    invocation: Invocation,
    findings: Vec<Value>,
    requests: Vec<String>,
}

fn evaluate(function: &str, endpoint: &str, event: &Value, response: (u16, &'static str, Value)) -> Evaluation {
    let service = FakeAws::answering(response.0, response.1, response.2);
    let (kms, sns) = (FakeAws::kms_enabled(), FakeAws::sns_accepting());
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        (endpoint, service.url.as_str()),
        ("AWS_ENDPOINT_URL_KMS", &kms.url),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let invocation = Function::start(function, &environment).invoke(event.to_string());
    let findings = match sns.requests().is_empty() {
        true => Vec::new(),
        false => {
            let message: Value = serde_json::from_str(sns.published()["default"].as_str().unwrap()).unwrap();
            message["findings"].as_array().unwrap().clone()
        }
    };
    let requests =
        service.requests().into_iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    Evaluation { invocation, findings, requests }
}

impl Evaluation {
    /// The rule and the outcome of each finding.
    fn outcomes(&self) -> Vec<(&str, &str)> {
        let findings = self.findings.iter();
        findings.map(|finding| (finding["rule"].as_str().unwrap(), finding["outcome"].as_str().unwrap())).collect()
    }
}

fn cluster_arn() -> String {
    format!("arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/payments/6a0a8f8e-2d0c-4c63-b1f5-4f2f0f1c9a77-4")
}

fn create_cluster(request: Value) -> Value {
    let response = json!({"clusterArn": cluster_arn(), "clusterName": "payments", "state": "CREATING"});
    event(record("kafka", "CreateClusterV2", request, response))
}

fn cluster(event: &Value, response: (u16, &'static str, Value)) -> Evaluation {
    evaluate("sealwatch-msk-cluster", "AWS_ENDPOINT_URL_KAFKA", event, response)
}

fn description(broker: &str, key: &str, unauthenticated: bool) -> (u16, &'static str, Value) {
    let provisioned = json!({
        "encryptionInfo": {
            "encryptionAtRest": {"dataVolumeKMSKeyId": key},
            "encryptionInTransit": {"clientBroker": broker, "inCluster": true},
        },
        "clientAuthentication": {"unauthenticated": {"enabled": unauthenticated}, "sasl": {"iam": {"enabled": true}}},
        "brokerNodeGroupInfo": {"instanceType": "kafka.m7g.large", "clientSubnets": [],
            "connectivityInfo": {"publicAccess": {"type": "DISABLED"}}},
    });
    (
        200,
        "",
        json!({"clusterInfo": {"clusterArn": cluster_arn(), "clusterType": "PROVISIONED", "provisioned": provisioned}}),
    )
}

#[test]
fn a_cluster_with_an_incomplete_record_is_evaluated_by_its_description() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let good = cluster(&create_cluster(json!({"omitted": true})), description("TLS", &key, false));
    assert_eq!(good.outcomes(), []);
    assert_eq!(good.invocation.count("Unverified"), 0);
    assert_eq!(good.requests.len(), 1, "{:?}", good.requests);
    assert!(good.requests[0].starts_with("GET /api/v2/clusters/arn"), "{:?}", good.requests);
    let bad =
        cluster(&create_cluster(json!({"provisioned": "***"})), description("TLS_PLAINTEXT", "alias/aws/kafka", true));
    let rules =
        ["msk-cluster-plaintext-clients", "msk-cluster-without-customer-key", "msk-cluster-unauthenticated-clients"];
    assert_eq!(bad.outcomes(), rules.map(|rule| (rule, "violation")));
}

#[test]
fn the_record_takes_precedence_over_the_description() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let request = json!({"provisioned": {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT"}}}});
    let evaluation = cluster(&create_cluster(request), description("TLS", &key, false));
    assert_eq!(evaluation.requests.len(), 1, "the record does not say which clients may connect");
    let rules =
        ["msk-cluster-plaintext-clients", "msk-cluster-without-customer-key", "msk-cluster-unauthenticated-clients"];
    assert_eq!(
        evaluation.outcomes(),
        rules.map(|rule| (rule, "violation")),
        "a request without a key means an AWS managed key"
    );
}

#[test]
fn a_complete_record_needs_no_look_up() {
    let unused = || (500, "InternalServerErrorException", json!({}));
    let request = json!({"provisioned": {
        "encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": "k"}, "encryptionInTransit": {"clientBroker": "TLS"}},
        "clientAuthentication": {"sasl": {"iam": {"enabled": true}}},
    }});
    let update = json!({"clusterArn": cluster_arn(), "currentVersion": "K1"});
    let events = [
        create_cluster(request),
        create_cluster(json!({"serverless": {"vpcConfigs": []}})),
        event(record("kafka", "UpdateSecurity", update, json!({"clusterArn": cluster_arn()}))),
    ];
    for event in events {
        let evaluation = cluster(&event, unused());
        evaluation.invocation.succeeded();
        assert_eq!(evaluation.requests, Vec::<String>::new(), "{event:#}");
    }
}

#[test]
fn deleted_is_not_applicable_denied_is_unverified_and_an_error_fails_the_invocation() {
    let rules = sealwatch_rules::rules::msk_cluster::DETECTOR.rules.len() as u64;
    let incomplete = || create_cluster(json!({"omitted": true}));
    let deleted = cluster(&incomplete(), (404, "NotFoundException", json!({"message": "no"})));
    assert_eq!((deleted.outcomes(), deleted.invocation.count("NotApplicable")), (Vec::new(), rules));
    let denied = cluster(&incomplete(), (403, "ForbiddenException", json!({"message": "no"})));
    assert_eq!(denied.invocation.count("Unverified"), rules - 2, "all but those about policies");
    for finding in &denied.findings {
        let reason = finding["reason"].as_str().unwrap();
        assert!(reason.contains("`kafka:DescribeClusterV2` on") && reason.contains("was denied"), "{reason}");
    }
    for (status, code) in [(429, "TooManyRequestsException"), (503, "ServiceUnavailableException")] {
        let failed = cluster(&incomplete(), (status, code, json!({"message": "later"})));
        let message = failed.invocation.outcome.error("LookupFailed");
        assert!(message.contains("kafka:DescribeClusterV2") && message.contains(code), "{message}");
        assert!(failed.requests.len() > 1, "the SDK retries before Lambda does");
    }
}

/// The record of a new channel that shows no destination, as in AWS's guides, so that it says nothing about the key.
fn create_channel(service: &str, response: Value) -> Value {
    event(record(service, "CreateChannel", json!({"channelName": "orders-to-s3"}), response))
}

#[test]
fn a_channel_with_an_abridged_record_is_evaluated_by_its_description() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let arn = format!("arn:aws:kafka:{REGION}:{ACCOUNT}:channel/payments/6a0a8f8e-4/7b");
    let created = create_channel("kafka", json!({ "channelArn": arn }));
    let msk = |key: Option<&str>| {
        let encryption = key.map(|key| json!({ "kmsKeyArn": key }));
        let description = json!({"channelArn": arn, "destinationType": "S3", "encryptionConfiguration": encryption});
        evaluate("sealwatch-msk-channel", "AWS_ENDPOINT_URL_KAFKA", &created, (200, "", description))
    };
    let good = msk(Some(&key));
    assert_eq!((good.outcomes(), good.invocation.count("Unverified")), (Vec::new(), 0));
    let path =
        "/v1/clusters/arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster%2Fpayments%2F6a0a8f8e-4/channels/arn%3A";
    assert!(good.requests[0].starts_with(&format!("GET {path}")), "{:?}", good.requests);
    assert_eq!(msk(None).outcomes(), [("msk-channel-without-customer-key", "violation")]);

    let arn = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:channel/7b");
    let created = create_channel("kinesis", json!({ "channelARN": arn }));
    let kinesis = |key: Option<&str>| {
        let encryption = key.map(|key| json!({"EncryptionType": "KMS", "KeyId": key}));
        let description = json!({"ChannelARN": arn, "ChannelName": "orders-to-s3", "ChannelId": "7b",
            "ChannelStatus": "ACTIVE", "ChannelCreationTimestamp": 1_795_000_000, "StreamConfigurationList": [],
            "ServiceExecutionRoleARN": "arn:aws:iam::111122223333:role/delivery", "EncryptionConfiguration": encryption,
            "LoggingConfiguration": {"CloudWatchLogs": {"Enabled": false}},
            "S3DestinationConfiguration": {"DataFreshnessInSeconds": 300,
                "DeadLetterQueueS3Configuration": {"BucketARN": "arn:aws:s3:::b", "ExpectedBucketOwner": ACCOUNT},
                "StorageConfiguration": {"BucketARN": "arn:aws:s3:::b", "ExpectedBucketOwner": ACCOUNT, "CompressionType": "NONE"}}});
        let response = (200, "", json!({ "ChannelDescription": description }));
        evaluate("sealwatch-kinesis-channel", "AWS_ENDPOINT_URL_KINESIS", &created, response)
    };
    let good = kinesis(Some(&key));
    assert_eq!((good.outcomes(), good.invocation.count("Unverified")), (Vec::new(), 0));
    assert_eq!(kinesis(None).outcomes(), [("kinesis-channel-without-customer-key", "violation")]);
}

fn trail_arn() -> String {
    format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit")
}

fn update_trail(request: Value, response: Value) -> Value {
    event(record("cloudtrail", "UpdateTrail", request, response))
}

fn trail(event: &Value, response: (u16, &'static str, Value)) -> Evaluation {
    evaluate("sealwatch-cloudtrail-trail", "AWS_ENDPOINT_URL_CLOUDTRAIL", event, response)
}

#[test]
fn a_trail_with_an_incomplete_record_is_evaluated_by_its_description() {
    let description = |key: Value, validation: bool| {
        let trail = json!({"TrailARN": trail_arn(), "KmsKeyId": key, "LogFileValidationEnabled": validation,
            "IsMultiRegionTrail": true});
        (200, "", json!({ "Trail": trail }))
    };
    let partial = || update_trail(json!({"name": trail_arn()}), json!({"omitted": true}));
    let bad = trail(&partial(), description(Value::Null, false));
    let rules = ["cloudtrail-trail-without-kms", "cloudtrail-trail-without-log-validation"];
    assert_eq!(bad.outcomes(), rules.map(|rule| (rule, "violation")));
    assert_eq!(bad.requests.len(), 1);
    let good = trail(&partial(), description(json!(format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k")), true));
    assert_eq!((good.outcomes(), good.invocation.count("Unverified")), (Vec::new(), 0));
    let removed = update_trail(json!({"name": trail_arn(), "kmsKeyId": ""}), Value::Null);
    let removed = trail(&removed, description(json!("alias/orders"), true));
    assert_eq!(
        removed.outcomes(),
        [("cloudtrail-trail-without-kms", "violation")],
        "the record takes precedence over the description"
    );
    let deleted = trail(&partial(), (400, "TrailNotFoundException", json!({"message": "no"})));
    assert_eq!((deleted.outcomes(), deleted.invocation.count("NotApplicable")), (Vec::new(), 8));
    let response = json!({"name": "audit", "trailARN": trail_arn(), "logFileValidationEnabled": true, "kmsKeyId": "k"});
    let complete = trail(&update_trail(json!({"name": "audit"}), response), (500, "", Value::Null));
    assert_eq!(complete.requests, Vec::<String>::new());
}

#[test]
fn an_event_data_store_is_evaluated_by_what_it_collects_and_a_failed_look_up_hides_nothing() {
    let arn = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/1f0c7b52-4c1e-4a9b-8f3e-00000000e0d5");
    let answer = |call: &str, response| {
        let call = event(record("cloudtrail", call, json!({"eventDataStore": arn}), json!({"omitted": true})));
        evaluate("sealwatch-cloudtrail-event-data-store", "AWS_ENDPOINT_URL_CLOUDTRAIL", &call, response)
    };
    let store = |fields: Value| {
        let selectors = json!([{"Name": "s", "FieldSelectors": fields}]);
        (200, "", json!({"EventDataStoreArn": arn, "Status": "ENABLED", "AdvancedEventSelectors": selectors}))
    };
    let category = |name: &str| json!({"Field": "eventCategory", "Equals": [name]});
    let deleted = [("cloudtrail-event-data-store-deleted", "violation")];
    let config = answer("DeleteEventDataStore", store(json!([category("ConfigurationItem")])));
    assert_eq!((config.outcomes(), config.requests.len()), (Vec::new(), 1));
    let events = answer("DeleteEventDataStore", store(json!([category("Management")])));
    assert_eq!(events.outcomes(), deleted);
    for code in ["AccessDeniedException", "EventDataStoreNotFoundException", "EventDataStoreARNInvalidException"] {
        let unknown = answer("DeleteEventDataStore", (400, code, json!({"message": "no"})));
        assert_eq!(unknown.outcomes(), deleted, "{code}");
    }
    let no_kms = json!({"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]});
    let updated = answer("UpdateEventDataStore", store(json!([category("Management"), no_kms])));
    let rules = ["cloudtrail-event-data-store-without-customer-key", "cloudtrail-event-data-store-without-kms-events"];
    assert_eq!(updated.outcomes(), rules.map(|rule| (rule, "violation")));
}

#[test]
fn what_a_trail_records_is_looked_up() {
    let call = |name, request| event(record("cloudtrail", name, request, Value::Null));
    let status = |is_logging: bool| (200, "", json!({ "IsLogging": is_logging }));
    let stop = call("StopLogging", json!({"name": trail_arn()}));
    let stopped = trail(&stop, status(false));
    assert_eq!(stopped.outcomes(), [("cloudtrail-trail-not-logging", "violation")]);
    assert_eq!((trail(&stop, status(true)).outcomes(), stopped.requests.len()), (Vec::new(), 1));

    // the answers of two calls at once: each reads its own members
    let answer = |selector: Value| {
        (200, "", json!({"AdvancedEventSelectors": [{"FieldSelectors": [selector]}], "trailList": []}))
    };
    let select = call("PutEventSelectors", json!({"trailName": trail_arn(), "eventSelectors": "***"}));
    let data_only = trail(&select, answer(json!({"Field": "eventCategory", "Equals": ["Data"]})));
    assert_eq!(data_only.outcomes(), [("cloudtrail-trail-without-kms-events", "violation")]);
    assert_eq!((data_only.findings[0]["severity"].as_str(), data_only.requests.len()), (Some("high"), 2));
    let management = trail(&select, answer(json!({"Field": "eventCategory", "Equals": ["Management"]})));
    assert_eq!((management.outcomes(), management.requests.len()), (Vec::new(), 1));

    let deleted = trail(&call("DeleteTrail", json!({"name": "audit"})), (200, "", json!({"trailList": []})));
    assert_eq!(deleted.findings[0]["severity"], "critical");
}

#[test]
fn a_key_is_looked_up_in_its_own_region_and_an_invalid_region_is_not_used_in_a_host_name() {
    let kms = FakeAws::kms_enabled();
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", kms.url.as_str())];
    let mut function = Function::start("sealwatch-cloudtrail-trail", &environment);
    for (region, signed_for) in [("us-east-1", "us-east-1"), ("evil.example/x-1", REGION)] {
        let key = format!("arn:aws:kms:{region}:{FOREIGN}:key/k");
        let response =
            json!({"name": "audit", "trailARN": trail_arn(), "logFileValidationEnabled": true, "kmsKeyId": key});
        function.invoke(update_trail(json!({"name": "audit"}), response).to_string()).succeeded();
        let requests = kms.requests();
        let signed = requests.last().unwrap().header("authorization").unwrap();
        assert!(signed.contains(&format!("/{signed_for}/kms/")), "{region}: {signed}");
    }
}
