//! An MSK replicator connects without TLS to a self-managed cluster or to the endpoint of its tokens.
//!
//! ## What it detects
//! `CreateReplicator` for an Apache Kafka cluster outside MSK, without `encryptionInTransit`, with the type
//! `PLAINTEXT`, or with an `http:` address in `tokenEndpointUrl`. `TLS` is the only type in the API model, so a caller
//! who does not want TLS leaves the member out. The model has no pattern for the address. In a scan, a replicator whose
//! description shows that.
//!
//! ## Why it matters
//! Anyone on the path can read the client secret and the tokens with which the replicator reads or writes every topic, or
//! the topics themselves. The severity is high because the connection usually leaves the VPC.
//!
//! ## When it stays silent
//! A replicator between MSK clusters is not applicable: it connects with IAM, which requires TLS. If the record has no
//! `encryptionInTransit` and the description of the replicator shows `TLS`, the replicator is compliant. A redacted member and
//! a type that this version does not know are unverified, unless the description shows more.
//!
//! ## How to fix
//! Create a new replicator with `TLS` and an `https:` address, and delete this one: a replicator's connections cannot be
//! changed. Rotate the client secret of the tokens.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-encryption.html>
//! - <https://docs.aws.amazon.com/msk/1.0/apireference/v1-replicators.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_replicator::MskReplicator;
use crate::configuration::unresolved::Unresolved;
use crate::connector::display_address;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::keys::NOT_GIVEN;
use crate::rules::msk_replicator::remediation::PLAINTEXT;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-replicator-plaintext",
    title: "MSK replicator connects without TLS",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_replicator_plaintext.rs"),
};

/// What is wrong with a connection, for its evidence.
enum Plaintext {
    /// The type of encryption, or that the call leaves it out.
    Cluster(Text),
    /// The address of a token endpoint.
    Endpoint(String),
}

fn check(replicator: &MskReplicator, context: &RuleContext<'_>) -> Outcome {
    let unresolved = replicator.unresolved.as_ref();
    let clusters = match &replicator.self_managed {
        Field::Present(clusters) if clusters.is_empty() => {
            return Outcome::not_applicable("the replicator connects only to MSK clusters, over TLS");
        }
        Field::Present(clusters) => clusters,
        missing => return Outcome::missing(unresolved, missing, "kafkaClusters"),
    };
    let (mut wrong, mut unknown) = (Vec::new(), None);
    for cluster in clusters {
        let path = |member: &str| format!("kafkaClusters[{}].{member}", cluster.index);
        let encryption = path("encryptionInTransit.encryptionType");
        match cluster.encryption.as_deref() {
            Field::Present("TLS") => {}
            Field::Present("PLAINTEXT") => wrong.push((encryption, Plaintext::Cluster("PLAINTEXT".into()))),
            Field::Absent if unresolved != Some(&Unresolved::Deleted) => {
                wrong.push((encryption, Plaintext::Cluster(NOT_GIVEN)));
            }
            missing => unknown = unknown.or_else(|| Some(Outcome::missing(unresolved, &missing, &encryption))),
        }
        let endpoint = path("clientAuthentication.saslOAuthBearer.tokenEndpointUrl");
        match cluster.token_endpoint.as_deref() {
            Field::Absent => {}
            Field::Present(url) if has_scheme(url, "https") => {}
            Field::Present(url) if has_scheme(url, "http") => {
                wrong.push((endpoint, Plaintext::Endpoint(display_address(url))));
            }
            Field::Present(_) => {
                let why = text!("`{endpoint}` is neither an `https:` nor an `http:` address", endpoint);
                unknown = unknown.or_else(|| Some(Outcome::unverified(why)));
            }
            missing => unknown = unknown.or_else(|| Some(Outcome::missing(unresolved, &missing, &endpoint))),
        }
    }
    if wrong.is_empty() {
        return unknown.unwrap_or(Outcome::Compliant);
    }
    let to = wrong.iter().map(|(_, found)| match found {
        Plaintext::Cluster(_) => Text::literal("a Kafka cluster"),
        Plaintext::Endpoint(address) => address.into(),
    });
    let (name, to) = (context.name(), Text::literal(" and ").join(to));
    let detail = text!("The replicator `{name}` connects without TLS to {to}.", name, to);
    let violation = wrong.into_iter().fold(Violation::new(detail), |violation, (path, found)| match found {
        Plaintext::Cluster(encryption) => violation.evidence_text(&path, encryption),
        Plaintext::Endpoint(address) => violation.evidence(path, address),
    });
    violation.remediation(PLAINTEXT.fill(context, &[]))
}

fn has_scheme(url: &str, wanted: &str) -> bool {
    url.trim().split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:kafka:eu-west-1:111122223333:replicator/move/1";

    fn cluster(encryption: &Value, authentication: &Value) -> Value {
        let msk = json!({"amazonMskCluster": {"mskClusterArn": "arn:aws:kafka:eu-west-1:111122223333:cluster/new/1"}});
        let own = json!({"apacheKafkaCluster": {"apacheKafkaClusterId": "own", "bootstrapBrokerString": "b1:9094"},
            "encryptionInTransit": encryption, "clientAuthentication": authentication});
        json!({"replicatorName": "move", "kafkaClusters": [msk, own]})
    }

    fn oauth(url: &str) -> Value {
        let tls = json!({"encryptionType": "TLS"});
        cluster(&tls, &json!({"saslOAuthBearer": {"tokenEndpointUrl": url}}))
    }

    #[test]
    fn the_connections_to_self_managed_clusters_decide() {
        let encryption = |kind: Value| cluster(&kind, &json!({"mTLS": {"secretArn": "arn"}}));
        let only_msk = json!({"kafkaClusters": [{"amazonMskCluster": {"mskClusterArn": "a"}}]});
        table(
            &RULE,
            &[
                ("CreateReplicator", encryption(json!({"encryptionType": "TLS"})), "compliant"),
                ("CreateReplicator", encryption(json!({"encryptionType": "PLAINTEXT"})), "violation"),
                ("CreateReplicator", encryption(json!({"encryptionType": "NEW"})), "unverified"),
                ("CreateReplicator", encryption(json!("***")), "unverified"),
                ("CreateReplicator", encryption(Value::Null), "violation"),
                ("CreateReplicator", oauth("https://id.example.com/token"), "compliant"),
                ("CreateReplicator", oauth("HTTP://id.example.com/token"), "violation"),
                ("CreateReplicator", oauth("id.example.com/token"), "unverified"),
                ("CreateReplicator", oauth("***"), "unverified"),
                ("CreateReplicator", only_msk, "not-applicable"),
                ("CreateReplicator", json!({"kafkaClusters": ["***"]}), "unverified"),
                ("CreateReplicator", json!({"kafkaClusters": "***"}), "unverified"),
                ("CreateReplicator", json!({"KafkaClusters": [{"AmazonMskCluster": {}}]}), "not-applicable"),
                ("CreateReplicator", Value::Null, "unverified"),
            ],
        );
    }

    #[test]
    fn a_look_up_fills_in_what_the_record_does_not_show() {
        let outcome = |request: &Value, encryption: &Value| {
            let mut fact = cluster(encryption, &json!({"saslOAuthBearer": {"tokenEndpointUrl": "https://id"}}));
            fact["ReplicatorArn"] = json!(ARN);
            name(&answer(&RULE, "", &[fact], "CreateReplicator", request, &json!({"replicatorArn": ARN})))
        };
        let tls = json!({"encryptionType": "TLS"});
        let unset = cluster(&Value::Null, &Value::Null);
        assert_eq!(outcome(&unset, &tls), "compliant");
        assert_eq!(outcome(&unset, &Value::Null), "violation");
        assert_eq!(outcome(&json!({"replicatorName": "move", "kafkaClusters": "***"}), &tls), "compliant");
        assert_eq!(outcome(&cluster(&tls, &json!("***")), &tls), "compliant");
        assert_eq!(outcome(&oauth("http://id.example.com"), &tls), "violation");
    }

    #[test]
    fn what_people_read() {
        let request = oauth("http://user:hunter2@id.example.com:8080/token?key=t0ken");
        insta::assert_snapshot!(violation(&RULE, "CreateReplicator", &request), @r#"
        The replicator `move` connects without TLS to http://id.example.com:8080.
        {"kafkaClusters[1].clientAuthentication.saslOAuthBearer.tokenEndpointUrl":"http://id.example.com:8080"}
        # replicator.json holds the configuration, with EncryptionType TLS and an https:// address of the token endpoint
        aws kafka create-replicator --replicator-name move-tls --cli-input-json file://replicator.json --region eu-west-1
        aws kafka delete-replicator --replicator-arn move --region eu-west-1
        # "move": aws_msk_replicator takes no self-managed cluster, so create the replicator with CloudFormation or the AWS CLI,
        # with EncryptionType = "TLS" and an https:// address of the token endpoint
        Amazon MSK > Replicators > Create replicator
        "#);
    }
}
