//! An MSK cluster accepts clients without authentication.
//!
//! ## What it detects
//! Unauthenticated access is enabled, in a new cluster or in `UpdateSecurity`.
//!
//! ## Why it matters
//! Anyone who can reach a broker can read and write every topic. Encryption protects only against third parties.
//!
//! ## When it stays silent
//! Serverless clusters, which accept only IAM, and updates that do not set unauthenticated access are not applicable. A
//! new cluster that enables an authentication method and does not set unauthenticated access is compliant. One that
//! sets neither is unverified, unless a look-up shows it: the record does not say what MSK then allows.
//!
//! ## How to fix
//! Enable IAM, SASL/SCRAM or mutual TLS, move the clients, then disable unauthenticated access.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/kafka_apis_iam.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::msk_cluster::remediation::UNAUTHENTICATED_CLIENTS;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
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
        return Outcome::not_applicable("a serverless cluster accepts only IAM");
    }
    match cluster.unauthenticated {
        Field::Present(true) => {}
        Field::Present(false) => return Outcome::Compliant,
        Field::Absent if !cluster.created => {
            return Outcome::not_applicable("the update does not set unauthenticated access");
        }
        Field::Absent if cluster.authenticated => return Outcome::Compliant,
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    }
    let name = plain(context.name());
    Violation::new(format!("The cluster `{name}` accepts clients without authentication."))
        .evidence(PATH, true)
        .remediation(UNAUTHENTICATED_CLIENTS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn a_new_cluster_must_disable_unauthenticated_access_or_name_an_authentication() {
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
