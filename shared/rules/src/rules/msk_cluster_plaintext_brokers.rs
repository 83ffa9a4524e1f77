//! An MSK cluster's brokers replicate to each other in the clear.
//!
//! ## What it detects
//! `inCluster` is false. It can be chosen only when a cluster is made.
//!
//! ## Why it matters
//! Every message crosses Availability Zones in plaintext, however well clients and volumes are sealed.
//!
//! ## When it stays silent
//! Serverless clusters, and updates. A new cluster that does not say it is compliant: the API's
//! default is on.
//!
//! ## How to fix
//! Make a new cluster with encryption between brokers and move the topics.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::configuration::MskCluster;
use crate::fixes::recreate_cluster;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-plaintext-brokers",
    title: "MSK brokers replicate in plaintext",
    severity: Severity::High,
    controls: &["AWS Security Hub FSBP MSK.1", "NIST 800-53 r5 SC-8", "PCI DSS v4.0.1 4.2.1"],
    check: Check::MskCluster(check),
    source: include_str!("msk_cluster_plaintext_brokers.rs"),
};

const PATH: &str = "encryptionInfo.encryptionInTransit.inCluster";

fn check(cluster: &MskCluster<'_>, case: &Case<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster has no choice");
    }
    match cluster.in_cluster {
        Said::Said(true) => return Outcome::Compliant,
        Said::Said(false) => {}
        Said::NotSaid if cluster.created => return Outcome::Compliant,
        Said::NotSaid => return Outcome::not_applicable("the update does not touch it"),
        missing => return Outcome::unseen(cluster.open.as_ref(), &missing, PATH),
    }
    let name = plain(case.name());
    Violation::new(format!("The brokers of the cluster `{name}` talk to each other in plaintext. It cannot be changed later."))
        .seen(PATH, false)
        .fix(
            recreate_cluster(case),
            format!(
                "resource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  encryption_info {{\n    encryption_in_transit {{\n      in_cluster = true\n    }}\n  }}\n}}",
                hcl(case.name())
            ),
            "Amazon MSK > Clusters > Create cluster > Custom create > Security > Encryption within the cluster".to_owned(),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        let transit = |flag: Value| json!({"encryptionInfo": {"encryptionInTransit": {"inCluster": flag}}});
        table(
            &RULE,
            &[
                ("CreateCluster", transit(json!(false)), "violation"),
                ("CreateCluster", transit(json!("false")), "violation"),
                ("CreateCluster", transit(json!(true)), "compliant"),
                ("CreateCluster", transit(json!(5)), "unverified"),
                ("CreateCluster", json!({}), "compliant"),
                ("CreateClusterV2", json!({"provisioned": transit(json!(false))}), "violation"),
                ("CreateClusterV2", json!({"serverless": {}}), "silent"),
                ("UpdateSecurity", json!({}), "silent"),
            ],
        );
    }
}
