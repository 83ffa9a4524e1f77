//! The brokers of an MSK cluster replicate to each other in plaintext.
//!
//! ## What it detects
//! `inCluster` is `false`. It can be set only when a cluster is created. In a scan, a cluster whose description shows
//! that.
//!
//! ## Why it matters
//! Every message crosses Availability Zones in plaintext, even if client connections and volumes are encrypted.
//!
//! ## When it stays silent
//! Serverless clusters, and updates that do not set `inCluster`, are not applicable. A new cluster that does not set it
//! is compliant: the API's default is `true`.
//!
//! ## How to fix
//! Create a new cluster with encryption between brokers and move the topics to it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_cluster::remediation::PLAINTEXT_BROKERS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-plaintext-brokers",
    title: "MSK brokers replicate in plaintext",
    severity: Severity::High,
    controls: &[fsbp("MSK.1"), nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_plaintext_brokers.rs"),
};

const PATH: &str = "encryptionInfo.encryptionInTransit.inCluster";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster has no such setting");
    }
    match cluster.in_cluster {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) => {}
        Field::Absent if cluster.created => return Outcome::Compliant,
        Field::Absent => return Outcome::not_applicable("the update does not set encryption between brokers"),
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    }
    let name = context.name();
    Violation::new(text!(
        "The brokers of the cluster `{name}` replicate to each other in plaintext. This cannot be changed later.",
        name
    ))
    .evidence(PATH, false)
    .remediation(PLAINTEXT_BROKERS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn encryption_between_brokers_is_on_unless_the_call_disables_it() {
        let transit = |flag: Value| json!({"encryptionInfo": {"encryptionInTransit": {"inCluster": flag}}});
        table(
            &RULE,
            &[
                ("CreateCluster", transit(json!(false)), "violation"),
                ("CreateCluster", transit(json!("false")), "violation"),
                ("CreateCluster", transit(json!(true)), "compliant"),
                ("CreateCluster", transit(json!(5)), "unverified"),
                ("CreateCluster", json!({"clusterName": "payments"}), "compliant"),
                ("CreateClusterV2", json!({"provisioned": transit(json!(false))}), "violation"),
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
                ("UpdateSecurity", json!({"currentVersion": "K1"}), "not-applicable"),
            ],
        );
    }
}
