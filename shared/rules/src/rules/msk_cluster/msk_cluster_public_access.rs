//! The brokers of an MSK cluster can be reached from the internet.
//!
//! ## What it detects
//! `publicAccess.type` is `SERVICE_PROVIDED_EIPS`, in `UpdateConnectivity` or in a new cluster. In a scan, a cluster
//! whose description shows that.
//!
//! ## Why it matters
//! The brokers get public addresses: a single weak credential or access control list exposes the cluster to everyone.
//!
//! ## When it stays silent
//! Serverless clusters, and updates that do not set public access, are not applicable. A new cluster that does not set
//! it is compliant: the default is off. A cluster that a scan finds while it is updated is unverified: it shows its
//! old settings.
//!
//! ## How to fix
//! Disable public access, and reach the cluster through a VPN, VPC peering or multi-VPC connectivity.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/public-access.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_cluster::remediation::PUBLIC_ACCESS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-public-access",
    title: "MSK cluster open to the internet",
    severity: Severity::Critical,
    controls: &[fsbp("MSK.4"), nist("SC-7")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_public_access.rs"),
};

const PATH: &str = "connectivityInfo.publicAccess.type";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster has no public access");
    }
    match cluster.public_access.as_deref() {
        Field::Present("SERVICE_PROVIDED_EIPS") => {}
        Field::Present("DISABLED") => return Outcome::Compliant,
        Field::Absent if cluster.created => return Outcome::Compliant,
        Field::Absent => return Outcome::not_applicable("the update does not set public access"),
        missing => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    }
    let name = context.name();
    Violation::new(text!(
        "The brokers of the cluster `{name}` get public addresses and can be reached from the internet.",
        name
    ))
    .evidence(PATH, "SERVICE_PROVIDED_EIPS")
    .remediation(PUBLIC_ACCESS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn public_access_is_off_unless_the_call_enables_it() {
        let access = |kind: &str| json!({"connectivityInfo": {"publicAccess": {"type": kind}}});
        table(
            &RULE,
            &[
                ("UpdateConnectivity", Value::Null, "unverified"),
                ("UpdateSecurity", Value::Null, "not-applicable"),
                ("UpdateConnectivity", access("SERVICE_PROVIDED_EIPS"), "violation"),
                ("UpdateConnectivity", access("DISABLED"), "compliant"),
                ("UpdateConnectivity", access("SOMETHING_NEW"), "unverified"),
                ("UpdateConnectivity", json!({"connectivityInfo": {"vpcConnectivity": {}}}), "not-applicable"),
                ("CreateCluster", json!({"brokerNodeGroupInfo": access("SERVICE_PROVIDED_EIPS")}), "violation"),
                ("CreateCluster", json!({"clusterName": "payments"}), "compliant"),
                ("UpdateSecurity", json!({"currentVersion": "K1"}), "not-applicable"),
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
            ],
        );
    }
}
