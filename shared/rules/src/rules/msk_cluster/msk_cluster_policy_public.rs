//! The policy of an MSK cluster admits every principal of every account.
//!
//! ## What it detects
//! An Allow for `"*"` (or `NotPrincipal`) in a cluster policy that no condition limits to an account, an organization, an
//! identity or a source, and that no Deny revokes. Open patterns such as `o-*`, and `IfExists` or `ForAllValues` on a key
//! that outsiders do not send, are no such limit.
//!
//! The finding is critical if anyone can read records (`kafka-cluster:ReadData`). It is high if anyone can connect to
//! the cluster, write to it or administer it, and medium if anyone can read metadata only, such as the addresses of the
//! brokers. In a scan that asks for policies, the policy that a cluster has.
//!
//! ## Why it matters
//! A caller needs only an IAM policy of its own account. With `kafka:CreateVpcConnection` it connects its own VPC to the
//! brokers, and with `kafka-cluster` operations its clients read and write topics.
//!
//! ## When it stays silent
//! A statement without effect (its `Resource` is not this cluster or something in it, or it has only actions of another
//! service) and a statement with at least one limiting condition are compliant. So is one for AWS services: Data
//! Firehose needs it. A policy that admits every account from one VPC, endpoint or address range is unverified, unless
//! `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or `keys.trusted_networks` name it. A policy that the record does
//! not show, or that is not valid JSON, is unverified. If the earlier policy of the cluster is known, only what the new
//! one adds is reported. Other calls on clusters are not applicable. In a scan, a cluster without a policy is not
//! applicable.
//!
//! ## How to fix
//! Name the accounts or roles of the clients instead of `"*"`, or delete the policy: clients of the owner's account do not
//! need it. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cluster-owner-action-policy.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html>
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Exposure;
use crate::language::Text;
use crate::rules::resource_policy::exposed::{Asking, evaluate_public};
use crate::rules::resource_policy::subject::PolicySubject;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-policy-public",
    title: "MSK cluster policy open to anyone",
    severity: Severity::Critical,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_policy_public.rs"),
};

fn check(subject: &PolicySubject, context: &RuleContext<'_>) -> Outcome {
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Medium => Text::literal("the operations only read metadata"),
        _ => Text::literal("the operations return no records"),
    };
    evaluate_public(subject.analysis(context), context, Asking { rule: &RULE, rated })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const CLUSTER: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f5e4d30-0000-4000-8000-000000000003-s1";

    /// The request of a call that puts a policy with this Allow. CloudTrail records the ARN percent-encoded.
    fn policy(mut statement: Value) -> Value {
        statement["Effect"] = json!("Allow");
        if statement.get("Resource").is_none() {
            statement["Resource"] = json!(CLUSTER);
        }
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        json!({"clusterArn": CLUSTER.replace(':', "%3A").replace('/', "%2F"), "policy": policy})
    }

    fn row(statement: Value, want: &'static str) -> (&'static str, Value, &'static str) {
        ("PutClusterPolicy", policy(statement), want)
    }

    fn severity(statement: Value) -> &'static str {
        match answer(&RULE, "", &[], "PutClusterPolicy", &policy(statement), &Value::Null) {
            Outcome::Violation(violation) => violation.severity.unwrap().name(),
            outcome => name(&outcome),
        }
    }

    #[test]
    fn everyone_needs_a_limit_to_an_account_organization_identity_or_source() {
        let all = |condition: Value| json!({"Principal": "*", "Action": "kafka-cluster:*", "Condition": condition});
        table(
            &RULE,
            &[
                row(json!({"Principal": "*", "Action": "kafka-cluster:*"}), "violation"),
                row(json!({"Principal": {"AWS": "*"}, "Action": "kafka:CreateVpcConnection"}), "violation"),
                row(json!({"NotPrincipal": {"AWS": "111122223333"}, "NotAction": "kafka:DeleteCluster"}), "violation"),
                row(all(json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}})), "violation"),
                row(all(json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}})), "violation"),
                row(all(json!({"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}})), "compliant"),
                row(all(json!({"StringEquals": {"aws:PrincipalAccount": "444455556666"}})), "compliant"),
                row(all(json!({"StringEquals": {"aws:SourceVpce": "vpce-0a"}})), "unverified"),
                // no request to MSK carries a key of KMS
                row(all(json!({"StringEquals": {"kms:ViaService": "kafka.eu-west-1.amazonaws.com"}})), "compliant"),
                row(all(json!({"StringNotEquals": {"kms:CallerAccount": "111122223333"}})), "violation"),
                row(json!({"Principal": "*", "Action": "kms:*"}), "compliant"),
                row(json!({"Principal": {"AWS": "444455556666"}, "Action": "kafka-cluster:*"}), "compliant"),
                row(
                    json!({"Principal": {"Service": "firehose.amazonaws.com"}, "Action": "kafka:CreateVpcConnection"}),
                    "compliant",
                ),
                row(
                    json!({"Principal": "*", "Action": "kafka-cluster:*", "Resource": CLUSTER.replace("orders", "other")}),
                    "compliant",
                ),
                row(
                    json!({"Principal": "*", "Action": "kafka-cluster:*", "Resource": "arn:aws:kafka:eu-west-1:111122223333:topic/orders/*"}),
                    "violation",
                ),
                ("PutClusterPolicy", json!({"clusterArn": CLUSTER}), "unverified"),
                ("PutClusterPolicy", json!({"clusterArn": CLUSTER, "policy": "{"}), "unverified"),
                (
                    "PutClusterPolicy",
                    json!({"clusterArn": CLUSTER, "policy": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
                    "unverified",
                ),
                ("PutClusterPolicy", Value::Null, "unverified"),
                ("UpdateSecurity", json!({"clusterArn": CLUSTER}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_the_operations_reveal_decides_the_severity() {
        let of = |actions: Value| severity(json!({"Principal": "*", "Action": actions}));
        assert_eq!(of(json!("kafka-cluster:*")), "high", "reading needs a statement about topics");
        assert_eq!(severity(json!({"Principal": "*", "Action": "kafka-cluster:*", "Resource": "*"})), "critical");
        assert_eq!(of(json!(["kafka:CreateVpcConnection", "kafka:GetBootstrapBrokers"])), "high");
        assert_eq!(of(json!(["kafka:Describe*", "kafka:GetBootstrapBrokers"])), "medium");
    }

    #[test]
    fn the_finding_names_the_cluster() {
        let request = policy(json!({"Principal": "*", "Action": "*", "Resource": "*"}));
        let text = violation(&RULE, "PutClusterPolicy", &request);
        insta::assert_snapshot!(text, @r#"
        The policy of the cluster `orders` lets every principal of every account call kafka:*, kafka-cluster:*. A caller needs only an IAM policy of its own account.
        {"corrected_statement":{"Action":"*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"*"},"correction":"replace Statement[0] with the corrected statement","exposures":["every principal of every account: kafka:*, kafka-cluster:*"],"statement":"Statement[0]"}
        aws kafka put-cluster-policy --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f5e4d30-0000-4000-8000-000000000003-s1 --current-version "$(aws kafka get-cluster-policy --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f5e4d30-0000-4000-8000-000000000003-s1 --query CurrentVersion --output text --region eu-west-1)" --policy file://policy.json --region eu-west-1
        # in the policy of the aws_msk_cluster_policy: replace Statement[0] with the corrected statement
        locals {
          corrected_statement = {
            "Action": "*",
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:root"
            },
            "Resource": "*"
          }
        }
        Amazon MSK > Clusters > orders > Properties > Security settings > Edit cluster policy: replace Statement[0] with the corrected statement
        "#);
    }
}
