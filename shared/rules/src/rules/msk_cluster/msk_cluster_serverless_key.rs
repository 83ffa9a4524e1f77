//! An MSK Serverless cluster is encrypted with an AWS owned key.
//!
//! ## What it detects
//! `CreateClusterV2` of a serverless cluster: its API has no member for a key. In a scan, each serverless cluster.
//!
//! ## Why it matters
//! AWS uses an AWS owned key for many customers. The account cannot see the key, and no log shows its use. If customer
//! managed keys are required, only a provisioned cluster can comply.
//!
//! ## When it stays silent
//! Updates are not applicable. A provisioned cluster is compliant, whatever its key: `msk-cluster-without-customer-key`
//! evaluates that.
//!
//! ## How to fix
//! Use a provisioned cluster. To accept serverless clusters, lower the rule's severity, disable the rule, or add an
//! exception for the cluster.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/serverless.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::keys::required;
use crate::rules::msk_cluster::remediation::SERVERLESS_KEY;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-serverless-key",
    title: "MSK Serverless cluster without a choice of key",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_serverless_key.rs"),
};

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    match &cluster.serverless {
        Field::Present(true) => {}
        Field::Present(false) => return Outcome::Compliant,
        Field::Absent if !cluster.created => {
            return Outcome::not_applicable("an update cannot change the type of a cluster");
        }
        missing => return Outcome::missing(cluster.unresolved.as_ref(), missing, "serverless"),
    }
    Violation::new(text!(
        "The cluster `{name}` is serverless and encrypted with an AWS owned key; {required} is required.",
        name = context.name(),
        required = required(context)
    ))
    .evidence("requestParameters.serverless", true)
    .remediation(SERVERLESS_KEY.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table};
    use serde_json::json;

    #[test]
    fn the_response_shows_the_type_if_the_request_is_omitted() {
        for (kind, want) in [("SERVERLESS", "violation"), ("PROVISIONED", "compliant")] {
            let response = json!({"clusterName": "a", "clusterType": kind});
            let outcome = answer(&RULE, "", &[], "CreateClusterV2", &json!({"omitted": true}), &response);
            assert_eq!(name(&outcome), want);
        }
    }

    #[test]
    fn only_serverless_clusters_are_violations() {
        table(
            &RULE,
            &[
                ("CreateClusterV2", json!({"clusterName": "a", "serverless": {"vpcConfigs": []}}), "violation"),
                ("CreateClusterV2", json!({"clusterName": "a", "serverless": "***"}), "violation"),
                ("CreateClusterV2", json!({"clusterName": "a", "provisioned": {}}), "compliant"),
                ("CreateCluster", json!({"clusterName": "a"}), "compliant"),
                ("CreateClusterV2", json!({"omitted": true}), "unverified"),
                ("UpdateSecurity", json!({"currentVersion": "K1"}), "not-applicable"),
            ],
        );
    }
}
