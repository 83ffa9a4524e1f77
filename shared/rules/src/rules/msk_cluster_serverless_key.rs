//! An MSK Serverless cluster is sealed with an AWS owned key.
//!
//! ## What it detects
//! `CreateClusterV2` of a serverless cluster. Its API has no member for a key at all.
//!
//! ## Why it matters
//! An AWS owned key is shared between customers, cannot be seen and its use is logged nowhere.
//! Where customer managed keys are demanded, only a provisioned cluster can comply.
//!
//! ## When it stays silent
//! Updates. A provisioned cluster complies here, whatever its key: another rule judges that.
//!
//! ## How to fix
//! Use a provisioned cluster, or accept serverless ones: lower the rule's severity, switch it off,
//! or write an exception for the cluster.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/serverless.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html>

use crate::configuration::MskCluster;
use crate::fixes::recreate_cluster;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-serverless-key",
    title: "MSK Serverless cluster without a choice of key",
    severity: Severity::Medium,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::MskCluster(check),
    source: include_str!("msk_cluster_serverless_key.rs"),
};

fn check(cluster: &MskCluster<'_>, case: &Case<'_>) -> Outcome {
    match &cluster.serverless {
        Said::Said(true) => {}
        Said::Said(false) => return Outcome::Compliant,
        Said::NotSaid if !cluster.created => {
            return Outcome::not_applicable("an update cannot change the kind of a cluster");
        }
        missing => return Outcome::unseen(cluster.open.as_ref(), missing, "serverless"),
    }
    let name = plain(case.name());
    let required = case.settings.keys.required.in_words();
    Violation::new(format!("The cluster `{name}` is serverless: it is sealed with an AWS owned key; {required} is required."))
        .seen("requestParameters.serverless", true)
        .fix(
            recreate_cluster(case),
            format!(
                "# aws_msk_serverless_cluster takes no key: use a provisioned cluster\nresource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  encryption_info {{\n    encryption_at_rest_kms_key_arn = aws_kms_key.this.arn\n  }}\n}}",
                hcl(case.name())
            ),
            "Amazon MSK > Clusters > Create cluster > Custom create > Provisioned".to_owned(),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table};
    use serde_json::json;

    #[test]
    fn the_answer_tells_the_kind_where_the_request_was_left_out() {
        for (kind, want) in [("SERVERLESS", "violation"), ("PROVISIONED", "compliant")] {
            let response = json!({"clusterName": "a", "clusterType": kind});
            let outcome = answer(&RULE, "", &[], "CreateClusterV2", &json!({"omitted": true}), &response);
            assert_eq!(name(&outcome), want);
        }
    }

    #[test]
    fn only_serverless_clusters_count() {
        table(
            &RULE,
            &[
                ("CreateClusterV2", json!({"clusterName": "a", "serverless": {"vpcConfigs": []}}), "violation"),
                ("CreateClusterV2", json!({"clusterName": "a", "serverless": "***"}), "violation"),
                ("CreateClusterV2", json!({"clusterName": "a", "provisioned": {}}), "compliant"),
                ("CreateCluster", json!({"clusterName": "a"}), "compliant"),
                ("CreateClusterV2", json!({"omitted": true}), "unverified"),
                ("UpdateSecurity", json!({}), "silent"),
            ],
        );
    }
}
