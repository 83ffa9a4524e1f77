//! An MSK cluster names a key that cannot be used.
//!
//! ## What it detects
//! A call that creates a cluster with a customer managed key that is disabled, pending deletion, waiting for its key
//! material, in a disconnected key store, not a symmetric encryption key, or in another Region. In a scan, a cluster
//! whose key is in one of these states.
//!
//! ## Why it matters
//! The brokers cannot read or write their volumes without the key. If the key is lost, so is the cluster's data.
//!
//! ## When it stays silent
//! A call that names no key is not applicable. An AWS managed key is compliant. A key about which there is no data is
//! unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-unusable-key",
    title: "MSK cluster names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_unusable_key.rs"),
};

const PATH: &str = "encryptionInfo.encryptionAtRest.dataVolumeKMSKeyId";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    let key = match cluster.created && !cluster.is_serverless() {
        true => cluster.at_rest_key.as_ref(),
        false => Field::Absent, // only a new provisioned cluster has a choice of key
    };
    if key.is_hidden() {
        return Outcome::missing(cluster.unresolved.as_ref(), &key, PATH);
    }
    unusable(&[(PATH, key)], Some(context.scope.region), context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::json;

    #[test]
    fn state_and_region_of_the_key_decide() {
        let create =
            |key: &str| json!({"provisioned": {"encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": key}}}});
        table(
            &RULE,
            &[
                ("CreateClusterV2", create(DISABLED_KEY), "violation"),
                ("CreateClusterV2", create("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("CreateClusterV2", create(CUSTOMER_KEY), "compliant"),
                ("CreateClusterV2", create("alias/aws/kafka"), "compliant"),
                ("CreateClusterV2", create(UNKNOWN_KEY), "unverified"),
                ("CreateClusterV2", json!({"provisioned": {}}), "not-applicable"),
                ("CreateClusterV2", json!({"omitted": true}), "unverified"),
                ("UpdateSecurity", json!({"omitted": true}), "not-applicable"),
            ],
        );
        let call = json!({"clusterName": "payments", "encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": DISABLED_KEY}}});
        insta::assert_snapshot!(violation(&RULE, "CreateCluster", &call), @r#"
        The key `arn:aws:kms:eu-west-1:111122223333:key/disabled` of `payments` is disabled: data encrypted with it cannot be read or written.
        {"encryptionInfo.encryptionAtRest.dataVolumeKMSKeyId":"arn:aws:kms:eu-west-1:111122223333:key/disabled","problem":"is disabled"}
        aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/disabled --region eu-west-1
        # name an enabled, symmetric key of the same Region
        resource "aws_kms_key" "this" {
          is_enabled = true
        }
        Key Management Service > Customer managed keys > arn:aws:kms:eu-west-1:111122223333:key/disabled
        "#);
    }
}
