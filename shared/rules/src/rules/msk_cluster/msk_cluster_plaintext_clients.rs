//! An MSK cluster lets clients talk to its brokers in the clear.
//!
//! ## What it detects
//! `clientBroker` is `PLAINTEXT` or `TLS_PLAINTEXT`, in a new cluster or in `UpdateSecurity`.
//! `TLS_PLAINTEXT` opens the plaintext port beside the encrypted one.
//!
//! ## Why it matters
//! Whoever is on the path in the VPC, a peered network or a VPN reads and changes every message.
//!
//! ## When it stays silent
//! Serverless clusters, which speak TLS alone, and updates that do not touch it. A new cluster
//! whose creator left it out is unverified: AWS's pages disagree on the default.
//!
//! ## How to fix
//! Move the clients to the TLS port, then switch the plaintext port off. It is done without downtime.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html>
//! - <https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-security.html>

use super::remediation::update_cluster;
use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-plaintext-clients",
    title: "MSK cluster accepts clients in plaintext",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_cluster_plaintext_clients.rs"),
};

const PATH: &str = "encryptionInfo.encryptionInTransit.clientBroker";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster speaks TLS alone");
    }
    let found = match cluster.client_broker.as_deref() {
        Field::Present("TLS") => return Outcome::Compliant,
        Field::Present(found @ ("PLAINTEXT" | "TLS_PLAINTEXT")) => found,
        Field::Absent if !cluster.created => return Outcome::not_applicable("the update does not touch it"),
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    };
    let name = plain(context.name());
    let how = if found == "PLAINTEXT" { "only in plaintext" } else { "in plaintext beside TLS" };
    Violation::new(format!("Clients may talk to the brokers of the cluster `{name}` {how}.")).evidence(PATH, found).remediation(Remediation { cli: update_cluster(context, "update-security", "--encryption-info 'EncryptionInTransit={ClientBroker=TLS}'"), terraform: format!(
            "resource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  encryption_info {{\n    encryption_in_transit {{\n      client_broker = \"TLS\"\n    }}\n  }}\n}}",
            hcl(context.name())
        ), console: format!("Amazon MSK > Clusters > {name} > Properties > Security settings > Edit") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        let transit = |mode: &str| json!({"encryptionInfo": {"encryptionInTransit": {"clientBroker": mode}}});
        table(
            &RULE,
            &[
                ("CreateCluster", transit("PLAINTEXT"), "violation"),
                ("CreateCluster", transit("TLS"), "compliant"),
                ("CreateCluster", transit("NEW_MODE"), "unverified"),
                ("CreateCluster", json!({}), "unverified"),
                ("CreateClusterV2", json!({"provisioned": transit("TLS_PLAINTEXT")}), "violation"),
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
                ("UpdateSecurity", transit("TLS_PLAINTEXT"), "violation"),
                ("UpdateSecurity", json!({"clientAuthentication": {}}), "not-applicable"),
                ("UpdateConnectivity", json!({}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_described_cluster_settles_what_its_creator_left_out() {
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
        Clients may talk to the brokers of the cluster `payments` in plaintext beside TLS.
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
