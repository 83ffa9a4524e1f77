//! Policies of event data stores, streams and clusters: what holds for key policies holds for them.

use super::generator::{self, Dice, OWN};
use super::named::owner;
use proptest::prelude::*;
use sealwatch_rules::key_policy::{Analysis, Exposure, Grantee, Owner, Policy, Service, Trust, analyze};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A service, its resource, an operation that reads, one that writes, and how a key policy becomes its policy.
struct Row {
    service: Service,
    resource: &'static str,
    reads: &'static str,
    writes: &'static str,
    texts: &'static [(&'static str, &'static str)],
}

const SERVICES: [Row; 3] = [
    Row {
        service: Service::CloudTrail,
        resource: "arn:aws:cloudtrail:eu-west-1:210987654321:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1",
        reads: "cloudtrail:GetQueryResults",
        writes: "cloudtrail:CancelQuery",
        texts: &[
            ("kms:Decrypt", "cloudtrail:GetQueryResults"),
            ("KMS:decr?pt", "CLOUDTRAIL:getqueryres?lts"),
            ("kms:Encrypt", "cloudtrail:CancelQuery"),
            (":kms:", ":cloudtrail:"),
            (":key/", ":eventdatastore/"),
            ("kms:", "cloudtrail:"),
        ],
    },
    Row {
        service: Service::Kinesis,
        resource: "arn:aws:kinesis:eu-west-1:210987654321:stream/clicks",
        reads: "kinesis:GetRecords",
        writes: "kinesis:PutRecord",
        texts: &[
            ("kms:Decrypt", "kinesis:GetRecords"),
            ("KMS:decr?pt", "KINESIS:getrec?rds"),
            ("kms:Encrypt", "kinesis:PutRecord"),
            (":kms:", ":kinesis:"),
            (":key/", ":stream/"),
            ("kms:", "kinesis:"),
        ],
    },
    Row {
        service: Service::Msk,
        resource: "arn:aws:kafka:eu-west-1:210987654321:cluster/orders/0a1b-2",
        reads: "kafka-cluster:ReadData",
        writes: "kafka-cluster:WriteData",
        texts: &[
            ("kms:Decrypt", "kafka-cluster:ReadData"),
            ("KMS:decr?pt", "KAFKA-cluster:readd?ta"),
            ("kms:Encrypt", "kafka-cluster:WriteData"),
            ("kms:Re*", "kafka:Re*"),
            (":kms:", ":kafka:"),
            (":key/*", ":*"),
            ("kms:*\"", "kafka*\""),
            ("kms:", "kafka-cluster:"),
        ],
    },
];

impl Row {
    fn owner(&self) -> Owner {
        Owner { resource: Some(self.resource.to_owned()), ..owner() }
    }

    fn analysis(&self, policy: &str) -> Analysis {
        analyze(&Policy::parse_for(self.service, policy).unwrap(), &self.owner(), &Trust::default())
    }

    /// The policy of a key as one of this service.
    fn translated(&self, policy: &Value) -> String {
        self.texts.iter().fold(policy.to_string(), |text, (from, to)| text.replace(from, to))
    }
}

/// A generated policy whose meaning does not depend on the service: no condition key of KMS, and always a resource.
fn portable(seed: u64) -> Option<Value> {
    let policy = generator::policy(&mut Dice::new(seed));
    let portable = policy["Statement"].as_array().unwrap().iter().all(|statement| {
        let has_resource = statement.get("Resource").or(statement.get("NotResource")).is_some();
        has_resource && !statement["Condition"].to_string().contains("\"kms:")
    });
    portable.then_some(policy)
}

/// Whom the exposures admit to an operation.
fn admitted<'a>(analysis: &'a Analysis, operation: &str) -> BTreeSet<(&'a Grantee, bool)> {
    let lists: [&Vec<Exposure>; 3] = [&analysis.public, &analysis.network_bound, &analysis.foreign];
    let named = lists.into_iter().flatten().filter(|exposure| exposure.actions.contains(operation));
    named.map(|exposure| (&exposure.who, exposure.unverified)).collect()
}

#[test]
fn a_policy_admits_the_same_callers_to_another_resource_as_to_a_key() {
    let (mut compared, mut exposed) = (0, 0);
    for seed in 0..4_000 {
        let Some(policy) = portable(seed) else { continue };
        let of_key = super::named::analysis_of(&policy);
        for row in &SERVICES {
            let text = row.translated(&policy);
            if row.service == Service::Msk && text.contains("NotAction") {
                continue; // without reading and writing it still denies to connect, which they need
            }
            let analysis = row.analysis(&text);
            for (of_kms, operation) in [("kms:Decrypt", row.reads), ("kms:Encrypt", row.writes)] {
                let want = admitted(&of_key, of_kms);
                assert_eq!(admitted(&analysis, operation), want, "seed {seed}: {policy:#}\n{text}");
                exposed += usize::from(!want.is_empty());
            }
            compared += 1;
        }
    }
    assert!(compared > 2_000 && exposed > 500, "{compared} policies, {exposed} with exposures");
}

fn has_exposures(analysis: &Analysis) -> bool {
    !analysis.public.is_empty() || !analysis.network_bound.is_empty() || !analysis.foreign.is_empty()
}

#[test]
fn no_request_to_another_service_carries_a_key_of_kms() {
    for row in &SERVICES {
        for (is_absent, admits) in [("false", false), ("true", true)] {
            let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
                "Condition": {"Null": {"KMS:ViaService": is_absent}}});
            let analysis = row.analysis(&row.translated(&json!({"Statement": [allow]})));
            assert_eq!(!analysis.public.is_empty(), admits, "{} {is_absent}", row.resource);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_policy_without_an_allow_exposes_nothing(seed in any::<u64>()) {
        let mut policy = generator::policy(&mut Dice::new(seed));
        policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Effect"] == "Deny");
        for row in &SERVICES {
            prop_assert!(!has_exposures(&row.analysis(&row.translated(&policy))), "{policy:#}");
        }
    }

    #[test]
    fn a_deny_of_everything_for_everyone_exposes_nothing(seed in any::<u64>()) {
        let mut policy = generator::policy(&mut Dice::new(seed));
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" });
        policy["Statement"].as_array_mut().unwrap().push(deny);
        for row in &SERVICES {
            prop_assert!(!has_exposures(&row.analysis(&row.translated(&policy))), "{policy:#}");
        }
    }

    #[test]
    fn an_allow_for_the_owner_alone_exposes_nothing(action in "(cloudtrail|cloudtrail-data|kinesis|kafka|kafka-cluster|\\*):[A-Za-z*]{1,12}", resource in ".{0,40}") {
        let statement = json!({ "Effect": "Allow", "Principal": { "AWS": OWN }, "Action": [action, "*"], "Resource": [resource, "*"] });
        let policy = json!({ "Statement": statement }).to_string();
        for row in &SERVICES {
            prop_assert!(!has_exposures(&row.analysis(&policy)));
        }
    }

    #[test]
    fn the_analyzer_does_not_panic(
        text in "[\\[\\]{}\",:*a-zA-Z0-9$é ]{0,80}",
        key in "(aws|kms|cloudtrail|kafka|kafka-cluster|kinesis):[A-Za-z:/]{0,20}",
        value in any::<String>(),
        known in any::<bool>(),
    ) {
        let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": [&value, "*"] },
            "NotAction": &value, "Resource": &value, "Condition": { "StringLike": { &key: &value }, "Null": { &key: "false" } } } });
        for row in &SERVICES {
            let resource = if known { Some(value.clone()) } else { None };
            for text in [&text, &policy.to_string()] {
                if let Ok(policy) = Policy::parse_for(row.service, text) {
                    analyze(&policy, &Owner { resource: resource.clone(), ..row.owner() }, &Trust::default());
                    analyze(&policy, &row.owner(), &Trust::default());
                }
            }
        }
    }
}
