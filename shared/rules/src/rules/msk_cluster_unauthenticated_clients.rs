//! An MSK cluster lets clients in without authentication.
//!
//! ## What it detects
//! Unauthenticated access is enabled, in a new cluster or in `UpdateSecurity`.
//!
//! ## Why it matters
//! Whoever reaches a broker reads and writes every topic; encryption only hides it from others.
//!
//! ## When it stays silent
//! Serverless clusters, which take IAM alone, and updates that do not touch authentication. A new
//! cluster that names no authentication at all is unverified: what MSK then allows stands in no
//! record.
//!
//! ## How to fix
//! Switch IAM, SASL/SCRAM or mutual TLS on, move the clients, then switch unauthenticated access off.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/kafka_apis_iam.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::configuration::MskCluster;
use crate::fixes::update_cluster;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-unauthenticated-clients",
    title: "MSK cluster accepts clients without authentication",
    severity: Severity::Medium,
    controls: &["AWS Security Hub FSBP MSK.6", "NIST 800-53 r5 IA-2"],
    check: Check::MskCluster(check),
    source: include_str!("msk_cluster_unauthenticated_clients.rs"),
};

const PATH: &str = "clientAuthentication.unauthenticated.enabled";

fn check(cluster: &MskCluster<'_>, case: &Case<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster takes IAM alone");
    }
    match cluster.unauthenticated {
        Said::Said(true) => {}
        Said::Said(false) => return Outcome::Compliant,
        Said::NotSaid if !cluster.created => return Outcome::not_applicable("the update does not touch it"),
        Said::NotSaid if cluster.authenticated => return Outcome::Compliant,
        missing => return Outcome::unseen(cluster.open.as_ref(), &missing, PATH),
    }
    let name = plain(case.name());
    Violation::new(format!("Clients may use the cluster `{name}` without authentication."))
        .seen(PATH, true)
        .fix(
            update_cluster(case, "update-security", "--client-authentication 'Sasl={Iam={Enabled=true}},Unauthenticated={Enabled=false}'"),
            format!(
                "resource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  client_authentication {{\n    unauthenticated = false\n    sasl {{\n      iam = true\n    }}\n  }}\n}}",
                hcl(case.name())
            ),
            format!("Amazon MSK > Clusters > {name} > Properties > Security settings > Edit > Access control methods"),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn every_answer() {
        let open = |on: bool| json!({"clientAuthentication": {"unauthenticated": {"enabled": on}}});
        let iam = json!({"clientAuthentication": {"sasl": {"iam": {"enabled": true}}}});
        table(
            &RULE,
            &[
                ("CreateCluster", open(true), "violation"),
                ("CreateCluster", open(false), "compliant"),
                ("CreateCluster", iam.clone(), "compliant"),
                ("CreateCluster", json!({}), "unverified"),
                ("CreateClusterV2", json!({"provisioned": open(true)}), "violation"),
                ("CreateClusterV2", json!({"serverless": iam}), "silent"),
                ("UpdateSecurity", open(true), "violation"),
                ("UpdateSecurity", json!({"encryptionInfo": {}}), "silent"),
            ],
        );
    }
}
