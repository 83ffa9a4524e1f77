use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DETECTOR, REPLICATORS};
use crate::rules::parity::{of_call, of_scan};
use crate::rules::testing::scanned;

const ARN: &str = "arn:aws:kafka:eu-west-1:111122223333:replicator/mirror/1";

fn clusters(encryption: Option<&str>, endpoint: Option<&str>) -> Value {
    json!([
        {"amazonMskCluster": {"mskClusterArn": "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/1"}},
        {"apacheKafkaCluster": {"apacheKafkaClusterId": "k-1"},
            "encryptionInTransit": encryption.map(|kind| json!({"encryptionType": kind})),
            "clientAuthentication": endpoint.map(|url| json!({"saslOAuthBearer": {"tokenEndpointUrl": url}}))},
    ])
}

#[test]
fn an_existing_replicator_is_what_its_description_says() {
    let entry = json!({"replicatorArn": ARN, "replicatorName": "mirror", "replicatorState": "RUNNING"});
    let scan = |clusters: Option<Value>, state: &str| {
        let description = json!({"replicatorArn": ARN, "replicatorState": state, "kafkaClusters": clusters});
        scanned(&REPLICATORS, &entry, &[("kafka:DescribeReplicator", description)], "")
    };
    insta::assert_snapshot!(scan(Some(clusters(Some("TLS"), None)), "RUNNING"), @"compliant msk-replicator-plaintext: Compliant.");
    insta::assert_snapshot!(scan(Some(clusters(None, Some("http://idp.example.com"))), "FAILED"), @"violation msk-replicator-plaintext: The replicator `mirror` connects without TLS to a Kafka cluster and http://idp.example.com.");
    insta::assert_snapshot!(scan(None, "RUNNING"), @"unverified msk-replicator-plaintext: Could not be verified: the answer of `DescribeReplicator` does not show `kafkaClusters`.");
    assert_eq!(scan(Some(clusters(None, None)), "DELETING"), "");
    assert_eq!(scan(Some(json!([{"amazonMskCluster": {}}])), "RUNNING"), "");
    insta::assert_snapshot!(scanned(&REPLICATORS, &entry, &[], ""), @"unverified msk-replicator-plaintext: Could not be verified: no answer to `kafka:DescribeReplicator` of `arn:aws:kafka:eu-west-1:111122223333:replicator/mirror/1`.");
    let reference = json!({"replicatorArn": ARN, "isReplicatorReference": true});
    assert_eq!(scanned(&REPLICATORS, &reference, &[], ""), "not evaluated");
}

proptest! {
    #[test]
    fn a_new_replicator_and_a_scan_of_it_have_the_same_outcomes(
        encryption in proptest::option::of(proptest::sample::select(&["TLS", "PLAINTEXT"][..])),
        endpoint in proptest::option::of(proptest::sample::select(&["http://a", "https://a", "ftp://a"][..])),
        is_hidden: bool,
    ) {
        let clusters = clusters(encryption, endpoint);
        let description = json!({"replicatorArn": ARN, "kafkaClusters": clusters});
        let request = json!({"replicatorName": "mirror", "kafkaClusters": if is_hidden { json!("***") } else { clusters }});
        let answers = |_: &_| Some(description.clone());
        let event = of_call(&DETECTOR, "CreateReplicator", &request, &json!({"replicatorArn": ARN}), &answers);
        prop_assert_eq!(event, of_scan(&REPLICATORS, &json!({"replicatorArn": ARN}), &answers));
    }
}
