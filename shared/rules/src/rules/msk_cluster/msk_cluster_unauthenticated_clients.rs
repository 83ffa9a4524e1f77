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

use super::remediation::update_cluster;
use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-unauthenticated-clients",
    title: "MSK cluster accepts clients without authentication",
    severity: Severity::Medium,
    controls: &[fsbp("MSK.6"), nist("IA-2")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_cluster_unauthenticated_clients.rs"),
};

const PATH: &str = "clientAuthentication.unauthenticated.enabled";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster takes IAM alone");
    }
    match cluster.unauthenticated {
        Field::Present(true) => {}
        Field::Present(false) => return Outcome::Compliant,
        Field::Absent if !cluster.created => return Outcome::not_applicable("the update does not touch it"),
        Field::Absent if cluster.authenticated => return Outcome::Compliant,
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    }
    let name = plain(context.name());
    Violation::new(format!("Clients may use the cluster `{name}` without authentication."))
        .evidence(PATH, true)
        .remediation(Remediation { cli: update_cluster(context, "update-security", "--client-authentication 'Sasl={Iam={Enabled=true}},Unauthenticated={Enabled=false}'"), terraform: format!(
                "resource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  client_authentication {{\n    unauthenticated = false\n    sasl {{\n      iam = true\n    }}\n  }}\n}}",
                hcl(context.name())
            ), console: format!("Amazon MSK > Clusters > {name} > Properties > Security settings > Edit > Access control methods") })
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
                ("CreateClusterV2", json!({"serverless": iam}), "not-applicable"),
                ("UpdateSecurity", open(true), "violation"),
                ("UpdateSecurity", json!({"encryptionInfo": {}}), "not-applicable"),
            ],
        );
    }
}
