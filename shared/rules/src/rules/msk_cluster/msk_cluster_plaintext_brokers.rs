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

use super::remediation::recreate_cluster;
use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-plaintext-brokers",
    title: "MSK brokers replicate in plaintext",
    severity: Severity::High,
    controls: &[fsbp("MSK.1"), nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_cluster_plaintext_brokers.rs"),
};

const PATH: &str = "encryptionInfo.encryptionInTransit.inCluster";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster has no choice");
    }
    match cluster.in_cluster {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) => {}
        Field::Absent if cluster.created => return Outcome::Compliant,
        Field::Absent => return Outcome::not_applicable("the update does not touch it"),
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    }
    let name = plain(context.name());
    Violation::new(format!("The brokers of the cluster `{name}` talk to each other in plaintext. It cannot be changed later."))
        .evidence(PATH, false)
        .remediation(Remediation { cli: recreate_cluster(context), terraform: format!(
                "resource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  encryption_info {{\n    encryption_in_transit {{\n      in_cluster = true\n    }}\n  }}\n}}",
                hcl(context.name())
            ), console: "Amazon MSK > Clusters > Create cluster > Custom create > Security > Encryption within the cluster".to_owned() })
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
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
                ("UpdateSecurity", json!({}), "not-applicable"),
            ],
        );
    }
}
