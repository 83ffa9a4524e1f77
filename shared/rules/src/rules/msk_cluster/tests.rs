use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CLUSTER_POLICIES, CLUSTERS, DETECTOR};
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{Verdict, about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};

const ARN: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0a1b-2";

/// A cluster as the list shows it.
fn cluster(state: &str, provisioned: &Value) -> Value {
    json!({"clusterArn": ARN, "clusterName": "orders", "clusterType": "PROVISIONED", "state": state,
        "creationTime": "2026-11-20T10:00:00.000Z", "provisioned": provisioned})
}

fn provisioned(mode: &str, in_cluster: bool, unauthenticated: bool, public: &str) -> Value {
    json!({
        "brokerNodeGroupInfo": {"instanceType": "kafka.m5.large", "connectivityInfo": {"publicAccess": {"type": public}}},
        "encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": CUSTOMER_KEY},
            "encryptionInTransit": {"clientBroker": mode, "inCluster": in_cluster}},
        "clientAuthentication": {"sasl": {"iam": {"enabled": true}}, "unauthenticated": {"enabled": unauthenticated}},
    })
}

fn scan(entry: &Value) -> String {
    scanned(&CLUSTERS, entry, &[(DESCRIBE_KEY, keys()[0].clone())], "")
}

#[test]
fn an_existing_cluster_is_what_its_entry_says() {
    insta::assert_snapshot!(scan(&cluster("ACTIVE", &provisioned("TLS", true, false, "DISABLED"))), @"
    compliant msk-cluster-plaintext-brokers: Compliant.
    compliant msk-cluster-plaintext-clients: Compliant.
    compliant msk-cluster-public-access: Compliant.
    compliant msk-cluster-serverless-key: Compliant.
    compliant msk-cluster-unauthenticated-clients: Compliant.
    compliant msk-cluster-unusable-key: Compliant.
    compliant msk-cluster-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(&cluster("ACTIVE", &provisioned("TLS_PLAINTEXT", false, true, "SERVICE_PROVIDED_EIPS"))), @"
    violation msk-cluster-plaintext-brokers: The brokers of the cluster `orders` replicate to each other in plaintext. This cannot be changed later.
    violation msk-cluster-plaintext-clients: The cluster `orders` accepts clients over TLS and in plaintext.
    violation msk-cluster-public-access: The brokers of the cluster `orders` get public addresses and can be reached from the internet.
    compliant msk-cluster-serverless-key: Compliant.
    violation msk-cluster-unauthenticated-clients: The cluster `orders` accepts clients without authentication.
    compliant msk-cluster-unusable-key: Compliant.
    compliant msk-cluster-without-customer-key: Compliant.
    ");
    let serverless = json!({"clusterArn": ARN, "clusterName": "orders", "clusterType": "SERVERLESS", "state": "ACTIVE",
        "serverless": {"clientAuthentication": {"sasl": {"iam": {"enabled": true}}}}});
    insta::assert_snapshot!(scan(&serverless), @"violation msk-cluster-serverless-key: The cluster `orders` is serverless and encrypted with an AWS owned key; a customer managed key is required.");
}

#[test]
fn a_key_of_another_account_is_unverified() {
    let entry = cluster("ACTIVE", &provisioned("TLS", true, false, "DISABLED"));
    insta::assert_snapshot!(scanned(&CLUSTERS, &entry, &[], ""), @"
    compliant msk-cluster-plaintext-brokers: Compliant.
    compliant msk-cluster-plaintext-clients: Compliant.
    compliant msk-cluster-public-access: Compliant.
    compliant msk-cluster-serverless-key: Compliant.
    compliant msk-cluster-unauthenticated-clients: Compliant.
    unverified msk-cluster-unusable-key: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified msk-cluster-without-customer-key: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    ");
}

/// In an update the old configuration is shown until the new one is in force, and what nobody can change is certain.
#[test]
fn the_state_of_a_cluster_counts() {
    let open = provisioned("PLAINTEXT", false, true, "SERVICE_PROVIDED_EIPS");
    insta::assert_snapshot!(scan(&cluster("UPDATING", &open)), @"
    violation msk-cluster-plaintext-brokers: The brokers of the cluster `orders` replicate to each other in plaintext. This cannot be changed later.
    unverified msk-cluster-plaintext-clients: Could not be verified: the resource is still UPDATING: its final encryption is not known yet.
    unverified msk-cluster-public-access: Could not be verified: the resource is still UPDATING: its final encryption is not known yet.
    compliant msk-cluster-serverless-key: Compliant.
    unverified msk-cluster-unauthenticated-clients: Could not be verified: the resource is still UPDATING: its final encryption is not known yet.
    compliant msk-cluster-unusable-key: Compliant.
    compliant msk-cluster-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(&cluster("DELETING", &open)), @"");
    assert_eq!(scan(&cluster("CREATING", &open)), scan(&cluster("ACTIVE", &open)));
    assert_eq!(scan(&cluster("FAILED", &open)), scan(&cluster("ACTIVE", &open)));
    insta::assert_snapshot!(scan(&cluster("CREATING", &json!({}))), @"
    unverified msk-cluster-plaintext-brokers: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified msk-cluster-plaintext-clients: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified msk-cluster-public-access: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    compliant msk-cluster-serverless-key: Compliant.
    unverified msk-cluster-unauthenticated-clients: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified msk-cluster-unusable-key: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified msk-cluster-without-customer-key: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    ");
}

#[test]
fn what_a_description_leaves_out_has_the_default_or_is_unverified() {
    insta::assert_snapshot!(scan(&cluster("ACTIVE", &json!({}))), @"
    compliant msk-cluster-plaintext-brokers: Compliant.
    unverified msk-cluster-plaintext-clients: Could not be verified: the answer of `DescribeClusterV2` does not show `encryptionInfo.encryptionInTransit.clientBroker`.
    compliant msk-cluster-public-access: Compliant.
    compliant msk-cluster-serverless-key: Compliant.
    unverified msk-cluster-unauthenticated-clients: Could not be verified: the answer of `DescribeClusterV2` does not show `clientAuthentication.unauthenticated.enabled`.
    violation msk-cluster-without-customer-key: The volumes of the cluster `orders` are encrypted with an AWS managed key; a customer managed key is required. The key of a cluster cannot be changed later.
    ");
    insta::assert_snapshot!(scan(&json!({"clusterArn": ARN})), @"
    compliant msk-cluster-plaintext-brokers: Compliant.
    unverified msk-cluster-plaintext-clients: Could not be verified: the answer of `DescribeClusterV2` does not show `encryptionInfo.encryptionInTransit.clientBroker`.
    compliant msk-cluster-public-access: Compliant.
    unverified msk-cluster-serverless-key: Could not be verified: the answer of `DescribeClusterV2` does not show `serverless`.
    unverified msk-cluster-unauthenticated-clients: Could not be verified: the answer of `DescribeClusterV2` does not show `clientAuthentication.unauthenticated.enabled`.
    violation msk-cluster-without-customer-key: The volumes of the cluster `orders` are encrypted with an AWS managed key; a customer managed key is required. The key of a cluster cannot be changed later.
    ");
    assert_eq!(scan(&json!({"clusterName": "orders"})), "not evaluated");
}

#[test]
fn the_policy_of_an_existing_cluster_is_looked_up() {
    let scan =
        |answers: &[(&'static str, Value)]| scanned(&CLUSTER_POLICIES, &cluster("ACTIVE", &json!({})), answers, "");
    let policy = |principal: &Value| {
        let statement =
            json!({"Effect": "Allow", "Principal": principal, "Action": "kafka-cluster:*", "Resource": "*"});
        [(
            "kafka:GetClusterPolicy",
            json!({"currentVersion": "K1", "policy": json!({"Statement": statement}).to_string()}),
        )]
    };
    insta::assert_snapshot!(scan(&policy(&json!("*"))), @"
    compliant msk-cluster-policy-foreign-account: Compliant.
    violation msk-cluster-policy-public: The policy of the cluster `orders` lets every principal of every account call kafka-cluster:ReadData, kafka-cluster:WriteData, kafka-cluster:WriteDataIdempotently, kafka-cluster:Connect and 15 more. A caller needs only an IAM policy of its own account.
    ");
    insta::assert_snapshot!(scan(&policy(&json!({"AWS": "444455556666"}))), @"
    violation msk-cluster-policy-foreign-account: The policy of the cluster `orders` lets account 444455556666 call kafka-cluster:ReadData, kafka-cluster:WriteData, kafka-cluster:WriteDataIdempotently, kafka-cluster:Connect and 15 more. Its administrators decide who uses the cluster.
    compliant msk-cluster-policy-public: Compliant.
    ");
    insta::assert_snapshot!(scan(&policy(&json!({"AWS": "111122223333"}))), @"
    compliant msk-cluster-policy-foreign-account: Compliant.
    compliant msk-cluster-policy-public: Compliant.
    ");
    insta::assert_snapshot!(scan(&[]), @"
    unverified msk-cluster-policy-foreign-account: Could not be verified: no answer to `kafka:GetClusterPolicy` of `arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0a1b-2`.
    unverified msk-cluster-policy-public: Could not be verified: no answer to `kafka:GetClusterPolicy` of `arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0a1b-2`.
    ");
    assert_eq!(scan(&[("kafka:GetClusterPolicy", json!({}))]), "", "a cluster without a policy");
}

#[derive(Debug, Clone)]
struct Settings {
    key: Option<&'static str>,
    mode: Option<&'static str>,
    in_cluster: Option<bool>,
    unauthenticated: Option<bool>,
    iam: Option<bool>,
    scram: Option<bool>,
    tls: Option<(Option<bool>, usize)>,
    public: Option<&'static str>,
}

fn settings() -> impl Strategy<Value = Settings> {
    const KEYS: [&str; 4] = [CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY];
    (
        proptest::option::of(proptest::sample::select(&KEYS[..])),
        proptest::option::of(proptest::sample::select(&["TLS", "TLS_PLAINTEXT", "PLAINTEXT"][..])),
        any::<[Option<bool>; 4]>(),
        proptest::option::of((any::<Option<bool>>(), 0_usize..2)),
        proptest::option::of(proptest::sample::select(&["DISABLED", "SERVICE_PROVIDED_EIPS"][..])),
    )
        .prop_map(|(key, mode, [in_cluster, unauthenticated, iam, scram], tls, public)| Settings {
            key,
            mode,
            in_cluster,
            unauthenticated,
            iam,
            scram,
            tls,
            public,
        })
}

impl Settings {
    /// The members of a request; members that are not set are absent.
    fn request(&self) -> Value {
        let enabled = |flag: Option<bool>| flag.map(|enabled| json!({ "enabled": enabled }));
        let tls = self.tls.map(|(enabled, authorities)| {
            let list: Vec<_> =
                (0..authorities).map(|_| "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/1").collect();
            json!({"enabled": enabled, "certificateAuthorityArnList": list})
        });
        json!({
            "brokerNodeGroupInfo": {"instanceType": "kafka.m5.large",
                "connectivityInfo": self.public.map(|kind| json!({"publicAccess": {"type": kind}}))},
            "encryptionInfo": {"encryptionAtRest": self.key.map(|key| json!({"dataVolumeKMSKeyId": key})),
                "encryptionInTransit": {"clientBroker": self.mode, "inCluster": self.in_cluster}},
            "clientAuthentication": {"sasl": {"iam": enabled(self.iam), "scram": enabled(self.scram)}, "tls": tls,
                "unauthenticated": enabled(self.unauthenticated)},
        })
    }

    /// The cluster that AWS makes of the request: it fills in its defaults. `mode` is that of the mode, which it documents in
    /// two ways.
    fn described(&self, mode: &'static str) -> Settings {
        Settings {
            key: self.key.or(Some(MANAGED_KEY)),
            mode: self.mode.or(Some(mode)),
            in_cluster: self.in_cluster.or(Some(true)),
            public: self.public.or(Some("DISABLED")),
            ..self.clone()
        }
    }
}

/// Without the rule on unusable keys if the call names no key: nobody but MSK chose the AWS managed key that a scan sees.
fn compared(verdicts: Vec<Verdict>, settings: &Settings) -> Vec<Verdict> {
    let is_compared = |verdict: &Verdict| settings.key.is_some() || verdict.rule != "msk-cluster-unusable-key";
    verdicts.into_iter().filter(is_compared).collect()
}

proptest! {
    #[test]
    fn a_new_cluster_and_a_scan_of_it_have_the_same_outcomes(
        settings in settings(),
        mode in proptest::sample::select(&["TLS", "TLS_PLAINTEXT"][..]),
        is_v2: bool,
        hides_request: bool,
    ) {
        let described = settings.described(mode);
        let entry = cluster("ACTIVE", &described.request());
        let answers = |lookup: &Lookup| match lookup.call {
            "kafka:DescribeClusterV2" => Some(json!({"clusterInfo": entry})),
            _ => about_key(lookup),
        };
        let (call, mut request) = match is_v2 {
            true => ("CreateClusterV2", json!({"clusterName": "orders", "provisioned": settings.request()})),
            false => ("CreateCluster", settings.request()),
        };
        if hides_request {
            request = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        }
        let response = json!({"clusterArn": ARN, "clusterType": "PROVISIONED"});
        let event = of_call(&DETECTOR, call, &request, &response, &answers);
        let scan = of_scan(&CLUSTERS, &entry, &answers);
        let known = if hides_request { &described } else { &settings };
        prop_assert_eq!(compared(event, known), compared(scan, known));
    }

    #[test]
    fn an_update_and_a_scan_after_it_have_the_same_outcomes(
        settings in settings(),
        mode in proptest::sample::select(&["TLS", "TLS_PLAINTEXT", "PLAINTEXT"][..]),
    ) {
        let settings = Settings { mode: Some(mode), ..settings };
        let request = settings.request();
        let entry = cluster("ACTIVE", &settings.described(mode).request());
        let update = json!({"clusterArn": ARN, "clientAuthentication": request["clientAuthentication"],
            "encryptionInfo": {"encryptionInTransit": {"clientBroker": mode}}});
        let scan = of_scan(&CLUSTERS, &entry, &about_key);
        let event = of_call(&DETECTOR, "UpdateSecurity", &update, &Value::Null, &about_key);
        for verdict in event.iter().filter(|verdict| verdict.outcome != "not-applicable") {
            prop_assert!(scan.contains(verdict), "{:?} is not in {:?}", verdict, scan);
        }
    }

    #[test]
    fn a_serverless_cluster_and_a_scan_of_it_have_the_same_outcomes(enabled: bool) {
        let serverless = json!({"clientAuthentication": {"sasl": {"iam": {"enabled": enabled}}}});
        let entry = json!({"clusterArn": ARN, "clusterName": "orders", "clusterType": "SERVERLESS", "state": "ACTIVE",
            "serverless": serverless});
        let request = json!({"clusterName": "orders", "serverless": serverless});
        let event = of_call(&DETECTOR, "CreateClusterV2", &request, &json!({"clusterArn": ARN}), &about_key);
        prop_assert_eq!(event, of_scan(&CLUSTERS, &entry, &about_key));
    }

    #[test]
    fn a_policy_and_a_scan_of_it_have_the_same_outcomes(
        principal in proptest::sample::select(&["*", "111122223333", "444455556666", "?"][..]),
        action in proptest::sample::select(&["kafka-cluster:*", "kafka:CreateVpcConnection", "kinesis:*"][..]),
    ) {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let request = json!({"clusterArn": ARN, "policy": policy});
        let event = of_call(&DETECTOR, "PutClusterPolicy", &request, &Value::Null, &|_| None);
        let answer = json!({"policy": policy});
        prop_assert_eq!(event, of_scan(&CLUSTER_POLICIES, &cluster("ACTIVE", &json!({})), &|_| Some(answer.clone())));
    }
}
