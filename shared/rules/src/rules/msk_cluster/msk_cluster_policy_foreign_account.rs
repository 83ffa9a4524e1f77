//! The policy of an MSK cluster admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts that a cluster policy names as principals or in conditions such as `aws:PrincipalArn`, or for which a service
//! acts, and that are neither the owner's nor in `keys.trusted_accounts`. Whole organizations that are not in
//! `keys.trusted_organizations`, and paths in them that are not in `keys.trusted_organizational_units`.
//!
//! The finding is high if a whole account can read records (`kafka-cluster:ReadData`). It is medium if it can only
//! connect or write, or if the policy names the roles or users that can read, and low if it can only read metadata. In
//! a scan that asks for policies, the policy that a cluster has.
//!
//! ## Why it matters
//! The administrators of the other account decide which of its identities connect to the cluster and read its topics, and
//! nothing in the owner's account shows it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations are compliant, and so are AWS services that act for any customer. An organization
//! is unverified while `keys.trusted_organizations` is empty, because nothing says whose it is; so is a role that is
//! known only by its unique id, and a policy that the record does not show or that is not valid JSON. An untrusted
//! account that must also belong to a trusted organization is reported as low. If the earlier policy of the cluster is
//! known, only what the new one adds is reported. Other calls on clusters are not applicable. In a scan, a cluster
//! without a policy is not applicable.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement without
//! it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cross-account-permissions.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Exposure;
use crate::language::Text;
use crate::rules::resource_policy::exposed::{Asking, evaluate_foreign};
use crate::rules::resource_policy::subject::PolicySubject;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-policy-foreign-account",
    title: "MSK cluster open to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_policy_foreign_account.rs"),
};

fn check(subject: &PolicySubject, context: &RuleContext<'_>) -> Outcome {
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Low => Text::literal(
            "the operations only read metadata, or need the owner's account, or the account must belong to a trusted organization",
        ),
        _ => Text::literal("the operations return no records, or only the named identities may call them"),
    };
    evaluate_foreign(subject.analysis(context), context, Asking { rule: &RULE, rated })
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
    fn accounts_and_organizations_are_compared_with_the_settings() {
        table(
            &RULE,
            &[
                row(json!({"Principal": {"AWS": "444455556666"}, "Action": "kafka-cluster:*"}), "violation"),
                row(json!({"Principal": {"AWS": "111122223333"}, "Action": "kafka-cluster:*"}), "compliant"),
                row(
                    json!({"Principal": "*", "Action": "kafka:*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}}}),
                    "unverified",
                ),
                row(json!({"Principal": "*", "Action": "kafka-cluster:*"}), "compliant"),
                row(
                    json!({"Principal": {"Service": "firehose.amazonaws.com"}, "Action": "kafka:CreateVpcConnection"}),
                    "compliant",
                ),
                row(
                    json!({"Principal": {"Service": "firehose.amazonaws.com"}, "Action": "kafka:CreateVpcConnection",
                        "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}),
                    "violation",
                ),
                ("PutClusterPolicy", json!({"clusterArn": CLUSTER}), "unverified"),
                ("UpdateSecurity", json!({"clusterArn": CLUSTER}), "not-applicable"),
            ],
        );
        let request = policy(json!({"Principal": {"AWS": "444455556666"}, "Action": "kafka-cluster:*"}));
        for (settings, want) in [
            ("keys.trusted_accounts = ['444455556666']", "compliant"),
            ("keys.trusted_accounts = ['777788889999']", "violation"),
        ] {
            let outcome = answer(&RULE, settings, &[], "PutClusterPolicy", &request, &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }

    #[test]
    fn what_the_operations_reveal_decides_the_severity() {
        let of = |who: &str, actions: Value| {
            severity(json!({"Principal": {"AWS": who}, "Action": actions, "Resource": "*"}))
        };
        assert_eq!(of("444455556666", json!("kafka-cluster:*")), "high");
        assert_eq!(of("444455556666", json!("kafka:CreateVpcConnection")), "medium");
        assert_eq!(of("444455556666", json!("kafka:Describe*")), "low");
        assert_eq!(of("arn:aws:iam::444455556666:role/etl", json!("kafka-cluster:*")), "medium");
    }

    #[test]
    fn what_people_read() {
        let request = policy(
            json!({"Sid": "Etl", "Principal": {"AWS": ["444455556666", "arn:aws:iam::111122223333:role/etl"]}, "Action": ["kafka:CreateVpcConnection", "kafka-cluster:*"], "Resource": "*"}),
        );
        insta::assert_snapshot!(violation(&RULE, "PutClusterPolicy", &request), @r#"
        The policy of the cluster `orders` lets account 444455556666 call kafka-cluster:ReadData, kafka-cluster:WriteData, kafka-cluster:WriteDataIdempotently, kafka-cluster:Connect and 16 more. Its administrators decide who uses the cluster.
        {"corrected_statement":{"Action":["kafka:CreateVpcConnection","kafka-cluster:*"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/etl"},"Resource":"*","Sid":"Etl"},"correction":"replace Statement[0] Etl with the corrected statement","exposures":["account 444455556666: kafka-cluster:ReadData, kafka-cluster:WriteData, kafka-cluster:WriteDataIdempotently, kafka-cluster:Connect and 16 more"],"statement":"Statement[0] Etl"}
        aws kafka put-cluster-policy --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f5e4d30-0000-4000-8000-000000000003-s1 --current-version "$(aws kafka get-cluster-policy --cluster-arn arn:aws:kafka:eu-west-1:111122223333:cluster/orders/6f5e4d30-0000-4000-8000-000000000003-s1 --query CurrentVersion --output text --region eu-west-1)" --policy file://policy.json --region eu-west-1
        # in the policy of the aws_msk_cluster_policy: replace Statement[0] Etl with the corrected statement
        locals {
          corrected_statement = {
            "Action": [
              "kafka:CreateVpcConnection",
              "kafka-cluster:*"
            ],
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:role/etl"
            },
            "Resource": "*",
            "Sid": "Etl"
          }
        }
        Amazon MSK > Clusters > orders > Properties > Security settings > Edit cluster policy: replace Statement[0] Etl with the corrected statement
        "#);
    }
}
