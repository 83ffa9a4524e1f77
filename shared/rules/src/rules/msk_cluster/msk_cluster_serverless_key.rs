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

use super::remediation::recreate_cluster;
use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-cluster-serverless-key",
    title: "MSK Serverless cluster without a choice of key",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_cluster_serverless_key.rs"),
};

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    match &cluster.serverless {
        Field::Present(true) => {}
        Field::Present(false) => return Outcome::Compliant,
        Field::Absent if !cluster.created => {
            return Outcome::not_applicable("an update cannot change the kind of a cluster");
        }
        missing => return Outcome::missing(cluster.unresolved.as_ref(), missing, "serverless"),
    }
    let name = plain(context.name());
    let required = context.settings.keys.required.in_words();
    Violation::new(format!("The cluster `{name}` is serverless: it is sealed with an AWS owned key; {required} is required."))
        .evidence("requestParameters.serverless", true)
        .remediation(Remediation { cli: recreate_cluster(context), terraform: format!(
                "# aws_msk_serverless_cluster takes no key: use a provisioned cluster\nresource \"aws_msk_cluster\" \"this\" {{\n  cluster_name = {}\n  encryption_info {{\n    encryption_at_rest_kms_key_arn = aws_kms_key.this.arn\n  }}\n}}",
                hcl(context.name())
            ), console: "Amazon MSK > Clusters > Create cluster > Custom create > Provisioned".to_owned() })
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
                ("UpdateSecurity", json!({}), "not-applicable"),
            ],
        );
    }
}
