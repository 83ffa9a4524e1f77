//! An MSK cluster accepts client connections in plaintext.
//!
//! ## What it detects
//! `clientBroker` is `PLAINTEXT` or `TLS_PLAINTEXT`, in a new cluster or in `UpdateSecurity`. `TLS_PLAINTEXT` opens the
//! plaintext port in addition to the encrypted one. In a scan, a cluster whose description shows one of them.
//!
//! ## Why it matters
//! Anyone on the path in the VPC, a peered network or a VPN can read and change every message.
//!
//! ## When it stays silent
//! Serverless clusters, which accept only TLS, and updates that do not set `clientBroker` are not applicable. A new
//! cluster without `clientBroker` is unverified, unless a look-up shows it: AWS documents different defaults. So is a
//! cluster that a scan finds while it is updated: it shows its old settings.
//!
//! ## How to fix
//! Move the clients to the TLS port, then disable the plaintext port. Both work without downtime.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html>
//! - <https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-security.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_cluster::remediation::PLAINTEXT_CLIENTS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-plaintext-clients",
    title: "MSK cluster accepts clients in plaintext",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_plaintext_clients.rs"),
};

const PATH: &str = "encryptionInfo.encryptionInTransit.clientBroker";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster accepts only TLS");
    }
    let found = match cluster.client_broker.as_deref() {
        Field::Present("TLS") => return Outcome::Compliant,
        Field::Present(found @ ("PLAINTEXT" | "TLS_PLAINTEXT")) => found,
        Field::Absent if !cluster.created => {
            return Outcome::not_applicable("the update does not set encryption between clients and brokers");
        }
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    };
    let name = context.name();
    let detail = match found {
        "PLAINTEXT" => text!("The cluster `{name}` accepts clients only in plaintext.", name),
        _ => text!("The cluster `{name}` accepts clients over TLS and in plaintext.", name),
    };
    Violation::new(detail).evidence(PATH, found).remediation(PLAINTEXT_CLIENTS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_client_broker_mode_decides_and_has_no_default() {
        let transit = |mode: &str| json!({"encryptionInfo": {"encryptionInTransit": {"clientBroker": mode}}});
        table(
            &RULE,
            &[
                ("CreateCluster", transit("PLAINTEXT"), "violation"),
                ("CreateCluster", transit("TLS"), "compliant"),
                ("CreateCluster", transit("NEW_MODE"), "unverified"),
                ("CreateCluster", json!({"clusterName": "payments"}), "unverified"),
                ("CreateClusterV2", json!({"provisioned": transit("TLS_PLAINTEXT")}), "violation"),
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
                ("UpdateSecurity", transit("TLS_PLAINTEXT"), "violation"),
                ("UpdateSecurity", json!({"clientAuthentication": {}}), "not-applicable"),
                ("UpdateConnectivity", Value::Null, "not-applicable"),
                ("UpdateSecurity", Value::Null, "unverified"),
                ("UpdateConnectivity", json!({"currentVersion": "K1"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_look_up_fills_in_the_mode_that_the_call_left_out() {
        let arn = "arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1";
        let fact = json!({"ClusterInfo": {"ClusterArn": arn, "ClusterType": "PROVISIONED",
            "Provisioned": {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS"}}}}});
        let outcome = answer(
            &RULE,
            "",
            &[fact],
            "CreateCluster",
            &json!({"clusterName": "payments"}),
            &json!({"clusterArn": arn}),
        );
        assert_eq!(name(&outcome), "compliant");
        let nothing: [Value; 0] = [];
        let outcome = answer(
            &RULE,
            "",
            &nothing,
            "CreateCluster",
            &json!({"clusterName": "payments"}),
            &json!({"clusterArn": arn}),
        );
        assert_eq!(name(&outcome), "unverified");
    }

    #[test]
    fn what_people_read() {
        let call = json!({"clusterArn": "arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster%2Fpayments%2F1",
            "encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS_PLAINTEXT"}}});
        insta::assert_snapshot!(violation(&RULE, "UpdateSecurity", &call), @r#"
        The cluster `payments` accepts clients over TLS and in plaintext.
        {"encryptionInfo.encryptionInTransit.clientBroker":"TLS_PLAINTEXT"}
        aws kafka update-security --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1 --current-version "$(aws kafka describe-cluster-v2 --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1 --query ClusterInfo.CurrentVersion --output text --region eu-west-1)" --encryption-info 'EncryptionInTransit={ClientBroker=TLS}' --region eu-west-1
        resource "aws_msk_cluster" "this" {
          cluster_name = "payments"
          encryption_info {
            encryption_in_transit {
              client_broker = "TLS"
            }
          }
        }
        Amazon MSK > Clusters > payments > Properties > Security settings > Edit
        "#);
    }
}
