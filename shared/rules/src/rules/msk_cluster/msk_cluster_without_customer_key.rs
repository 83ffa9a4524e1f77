//! The volumes of an MSK cluster are encrypted with a key below the required level.
//!
//! ## What it detects
//! A new provisioned cluster without a key, or with a key below the level of `keys.required`. MSK always encrypts its
//! volumes; without a key it uses the AWS managed one. In a scan, a provisioned cluster with a key below that level.
//!
//! ## Why it matters
//! The key of a cluster cannot be changed. The policy of an AWS managed key cannot be restricted or revoked in an
//! incident, and the key cannot be shared with another account.
//!
//! ## When it stays silent
//! Serverless clusters, which `msk-cluster-serverless-key` evaluates, and updates, which cannot change the key, are not
//! applicable. A key about which there is no data is unverified. So is a key of another account whose key policy does
//! not allow the look-up.
//!
//! ## How to fix
//! Create a new cluster with a customer managed key and move the topics to it, for example with MSK Replicator.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html>

use crate::cloudtrail::field::Field;
use crate::configuration::key::Protection;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::keys::{NOT_GIVEN, require_level, required};
use crate::rules::msk_cluster::remediation::WITHOUT_CUSTOMER_KEY;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-without-customer-key",
    title: "MSK cluster encrypted below the required key level",
    severity: Severity::High,
    controls: &[nist("SC-12"), nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_without_customer_key.rs"),
};

const PATH: &str = "encryptionInfo.encryptionAtRest.dataVolumeKMSKeyId";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if !cluster.created {
        return Outcome::not_applicable("an update cannot change the key of a cluster");
    }
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster has no choice of key");
    }
    match &cluster.at_rest_key {
        Field::Present(key) => require_level(key, context, |found| violation(found, (&key.given).into(), context)),
        Field::Absent if context.settings.keys.required <= Protection::AwsManaged => Outcome::Compliant,
        Field::Absent => violation(Protection::AwsManaged, NOT_GIVEN, context),
        missing => Outcome::missing(cluster.unresolved.as_ref(), missing, PATH),
    }
}

fn violation(found: Protection, given: Text, context: &RuleContext<'_>) -> Outcome {
    let detail = text!(
        "The volumes of the cluster `{name}` are encrypted with {found}; {required} is required. The key of a cluster cannot be changed later.",
        name = context.name(),
        found = found.in_words(),
        required = required(context)
    );
    Violation::new(detail).evidence_text(PATH, given).remediation(WITHOUT_CUSTOMER_KEY.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::json;

    #[test]
    fn the_level_of_the_key_decides() {
        let at_rest = |key: &str| json!({"encryptionInfo": {"encryptionAtRest": {"dataVolumeKMSKeyId": key}}});
        table(
            &RULE,
            &[
                ("CreateClusterV2", json!({"provisioned": at_rest(CUSTOMER_KEY)}), "compliant"),
                ("CreateClusterV2", json!({"provisioned": at_rest(MANAGED_KEY)}), "violation"),
                ("CreateClusterV2", json!({"provisioned": at_rest(UNKNOWN_KEY)}), "unverified"),
                ("CreateClusterV2", json!({"provisioned": at_rest("")}), "violation"),
                ("CreateClusterV2", json!({"provisioned": {}}), "violation"),
                ("CreateClusterV2", json!({"provisioned": "***"}), "unverified"),
                ("CreateClusterV2", json!({"omitted": true}), "unverified"),
                ("CreateClusterV2", json!({"serverless": {}}), "not-applicable"),
                ("CreateCluster", at_rest(CUSTOMER_KEY), "compliant"),
                ("CreateCluster", json!({"clusterName": "payments"}), "violation"),
                ("UpdateSecurity", at_rest(MANAGED_KEY), "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateCluster", &json!({"clusterName": "payments"})), @r#"
        The volumes of the cluster `payments` are encrypted with an AWS managed key; a customer managed key is required. The key of a cluster cannot be changed later.
        {"encryptionInfo.encryptionAtRest.dataVolumeKMSKeyId":"not given"}
        aws kafka create-cluster-v2 --cluster-name payments-encrypted --provisioned file://provisioned.json --region eu-west-1
        resource "aws_msk_cluster" "this" {
          cluster_name = "payments"
          encryption_info {
            encryption_at_rest_kms_key_arn = aws_kms_key.this.arn
          }
        }
        Amazon MSK > Clusters > Create cluster > Custom create > Security > Encrypt data at rest > Use customer managed key
        "#);
    }
}
