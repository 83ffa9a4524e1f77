//! Proves that clusters, trails and streams are asked for what their records leave open, for nothing else, and that the
//! words of the record win. No local AWS knows these calls of MSK and CloudTrail: they are a FAKE here.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, REGION, event, record};
use crate::fake_aws::FakeAws;
use crate::runtime_api::{Function, Invocation};

/// What became of an event that a fake service answers about, and what that was asked.
struct Judged {
    invocation: Invocation,
    findings: Vec<Value>,
    asked: Vec<String>,
}

fn judged(function: &str, endpoint: &str, event: &Value, answer: (u16, &'static str, Value)) -> Judged {
    let service = FakeAws::answering(answer.0, answer.1, answer.2);
    let (kms, sns) = (FakeAws::kms_enabled(), FakeAws::sns_accepting());
    let environment = [
        ("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings"),
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
    let asked = service.requests().into_iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    Judged { invocation, findings, asked }
}

impl Judged {
    /// Rule and outcome of each finding.
    fn told(&self) -> Vec<(&str, &str)> {
        let told = self.findings.iter();
        told.map(|finding| (finding["rule"].as_str().unwrap(), finding["outcome"].as_str().unwrap())).collect()
    }
}

fn cluster_arn() -> String {
    format!("arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/payments/6a0a8f8e-2d0c-4c63-b1f5-4f2f0f1c9a77-4")
}

fn create_cluster(request: Value) -> Value {
    let response = json!({"clusterArn": cluster_arn(), "clusterName": "payments", "state": "CREATING"});
    event(record("kafka", "CreateClusterV2", request, response))
}

fn cluster(event: &Value, answer: (u16, &'static str, Value)) -> Judged {
    judged("sealwatch-msk-cluster", "AWS_ENDPOINT_URL_KAFKA", event, answer)
}

fn described(broker: &str, key: &str, unauthenticated: bool) -> (u16, &'static str, Value) {
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
fn a_cluster_whose_record_was_left_out_is_judged_by_what_it_is() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let good = cluster(&create_cluster(json!({"omitted": true})), described("TLS", &key, false));
    assert_eq!(good.told(), []);
    assert_eq!(good.invocation.count("Unverified"), 0);
    assert_eq!(good.asked.len(), 1, "{:?}", good.asked);
    assert!(good.asked[0].starts_with("GET /api/v2/clusters/arn"), "{:?}", good.asked);
    let bad =
        cluster(&create_cluster(json!({"provisioned": "***"})), described("TLS_PLAINTEXT", "alias/aws/kafka", true));
    let rules =
        ["msk-cluster-plaintext-clients", "msk-cluster-without-customer-key", "msk-cluster-unauthenticated-clients"];
    assert_eq!(bad.told(), rules.map(|rule| (rule, "violation")));
}

#[test]
fn the_words_of_the_record_win_over_the_answer() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let said = json!({"provisioned": {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT"}}}});
    let judged = cluster(&create_cluster(said), described("TLS", &key, false));
    assert_eq!(judged.asked.len(), 1, "the record does not tell who may come in");
    let rules = ["msk-cluster-plaintext-clients", "msk-cluster-without-customer-key"];
    assert_eq!(judged.told(), rules.map(|rule| (rule, "violation")), "no key in the request is an AWS managed key");
}

#[test]
fn a_record_that_says_all_asks_for_nothing() {
    let never = || (500, "InternalServerErrorException", json!({}));
    let said = json!({"provisioned": {
        "encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": "k"}, "encryptionInTransit": {"clientBroker": "TLS"}},
        "clientAuthentication": {"sasl": {"iam": {"enabled": true}}},
    }});
    let update = json!({"clusterArn": cluster_arn(), "currentVersion": "K1"});
    let events = [
        create_cluster(said),
        create_cluster(json!({"serverless": {"vpcConfigs": []}})),
        event(record("kafka", "UpdateSecurity", update, json!({"clusterArn": cluster_arn()}))),
    ];
    for event in events {
        let judged = cluster(&event, never());
        judged.invocation.succeeded();
        assert_eq!(judged.asked, Vec::<String>::new(), "{event:#}");
    }
}

#[test]
fn gone_is_silent_denied_is_unverified_and_no_answer_fails() {
    let open = || create_cluster(json!({"omitted": true}));
    let gone = cluster(&open(), (404, "NotFoundException", json!({"message": "no"})));
    assert_eq!((gone.told(), gone.invocation.count("NotApplicable")), (Vec::new(), 7));
    let denied = cluster(&open(), (403, "ForbiddenException", json!({"message": "no"})));
    assert_eq!(denied.invocation.count("Unverified"), 7);
    for finding in &denied.findings {
        let reason = finding["reason"].as_str().unwrap();
        assert!(reason.contains("`kafka:DescribeClusterV2` on") && reason.contains("was denied"), "{reason}");
    }
    for (status, code) in [(429, "TooManyRequestsException"), (503, "ServiceUnavailableException")] {
        let failed = cluster(&open(), (status, code, json!({"message": "later"})));
        let message = failed.invocation.outcome.error("LookupFailed");
        assert!(message.contains("kafka:DescribeClusterV2") && message.contains(code), "{message}");
        assert!(failed.asked.len() > 1, "the SDK tries again before Lambda does");
    }
}

fn trail_arn() -> String {
    format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit")
}

fn update_trail(request: Value, response: Value) -> Value {
    event(record("cloudtrail", "UpdateTrail", request, response))
}

fn trail(event: &Value, answer: (u16, &'static str, Value)) -> Judged {
    judged("sealwatch-cloudtrail-trail", "AWS_ENDPOINT_URL_CLOUDTRAIL", event, answer)
}

#[test]
fn a_trail_whose_answer_was_left_out_is_judged_by_what_it_is() {
    let answer = |key: Value, validation: bool| {
        (200, "", json!({"Trail": {"TrailARN": trail_arn(), "KmsKeyId": key, "LogFileValidationEnabled": validation}}))
    };
    let partial = || update_trail(json!({"name": trail_arn()}), json!({"omitted": true}));
    let bad = trail(&partial(), answer(Value::Null, false));
    let rules = ["cloudtrail-trail-without-kms", "cloudtrail-trail-without-log-validation"];
    assert_eq!(bad.told(), rules.map(|rule| (rule, "violation")));
    assert_eq!(bad.asked.len(), 1);
    let good = trail(&partial(), answer(json!(format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k")), true));
    assert_eq!((good.told(), good.invocation.count("Unverified")), (Vec::new(), 0));
    let removed = update_trail(json!({"name": trail_arn(), "kmsKeyId": ""}), Value::Null);
    let newer = trail(&removed, answer(json!("alias/orders"), true));
    assert_eq!(newer.told(), [("cloudtrail-trail-without-kms", "violation")], "the record is newer than the answer");
    let gone = trail(&partial(), (400, "TrailNotFoundException", json!({"message": "no"})));
    assert_eq!((gone.told(), gone.invocation.count("NotApplicable")), (Vec::new(), 4));
    let response = json!({"name": "audit", "trailARN": trail_arn(), "logFileValidationEnabled": true, "kmsKeyId": "k"});
    let answered = trail(&update_trail(json!({"name": "audit"}), response), (500, "", Value::Null));
    assert_eq!(answered.asked, Vec::<String>::new());
}

#[test]
fn a_key_is_asked_for_in_its_own_region_and_a_region_that_is_none_gets_into_no_host_name() {
    let kms = FakeAws::kms_enabled();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings"),
        ("AWS_ENDPOINT_URL_KMS", kms.url.as_str()),
    ];
    let mut function = Function::start("sealwatch-cloudtrail-trail", &environment);
    for (typed, signed_for) in [("us-east-1", "us-east-1"), ("evil.example/x-1", REGION)] {
        let key = format!("arn:aws:kms:{typed}:{FOREIGN}:key/k");
        let response =
            json!({"name": "audit", "trailARN": trail_arn(), "logFileValidationEnabled": true, "kmsKeyId": key});
        function.invoke(update_trail(json!({"name": "audit"}), response).to_string()).succeeded();
        let requests = kms.requests();
        let signed = requests.last().unwrap().header("authorization").unwrap();
        assert!(signed.contains(&format!("/{signed_for}/kms/")), "{typed}: {signed}");
    }
}
