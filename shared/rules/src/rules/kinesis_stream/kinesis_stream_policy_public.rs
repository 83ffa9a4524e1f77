//! The policy of a Kinesis data stream, consumer, queue or channel admits every principal of every account.
//!
//! ## What it detects
//! An Allow for `"*"` (or `NotPrincipal`) in a policy that `PutResourcePolicy` attaches or, in a scan that includes policies,
//! that a stream, consumer or queue has. The Allow is one that no condition limits to an
//! account, an organization, an identity or a source, and that no Deny revokes. Open patterns such as `o-*`, and `IfExists`
//! or `ForAllValues` on a key that outsiders do not send, are no such limit.
//!
//! The finding is critical if anyone can read records (`GetRecords`, `SubscribeToShard`, `ReceiveQueueRecords`,
//! `ReceiveDeadLetterQueueRecords`). It is high if anyone can write or administer, and medium if anyone can read metadata
//! only.
//!
//! ## Why it matters
//! A caller needs only an IAM policy of its own account to read what producers write, or to write what consumers trust.
//! Encryption protects the records only if the key policy does not admit everyone too.
//!
//! ## When it stays silent
//! A statement without effect (its `Resource` is not this stream, or it has only actions of another service) and a statement
//! with at least one limiting condition are compliant, and so is one for AWS services. A policy that admits every account
//! from one VPC, endpoint or address range is unverified, unless `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or
//! `keys.trusted_networks` name it. A policy that the record does not show, or that is not valid JSON, is unverified. If
//! the earlier policy is known, only what the new one adds is reported. Other calls on streams are not applicable, and
//! neither is a resource that has no policy.
//!
//! ## How to fix
//! Name the accounts or roles of producers and consumers instead of `"*"`, or delete the policy: the owner's account does
//! not need it. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html>
//! - <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html>
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
    id: "kinesis-stream-policy-public",
    title: "Kinesis stream open to anyone",
    severity: Severity::Critical,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kinesis_stream_policy_public.rs"),
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

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks";

    /// The request of a call that puts a policy with this Allow.
    fn policy(arn: &str, mut statement: Value) -> Value {
        statement["Effect"] = json!("Allow");
        statement["Resource"] = json!(arn);
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        json!({"resourceARN": arn, "policy": policy})
    }

    fn row(statement: Value, want: &'static str) -> (&'static str, Value, &'static str) {
        ("PutResourcePolicy", policy(STREAM, statement), want)
    }

    fn severity(statement: Value) -> &'static str {
        match answer(&RULE, "", &[], "PutResourcePolicy", &policy(STREAM, statement), &Value::Null) {
            Outcome::Violation(violation) => violation.severity.unwrap().name(),
            outcome => name(&outcome),
        }
    }

    #[test]
    fn everyone_needs_a_limit_to_an_account_organization_identity_or_source() {
        let all = |condition: Value| json!({"Principal": "*", "Action": "kinesis:*", "Condition": condition});
        table(
            &RULE,
            &[
                row(json!({"Principal": "*", "Action": "kinesis:GetRecords"}), "violation"),
                row(json!({"Principal": {"AWS": ["111122223333", "*"]}, "Action": "*"}), "violation"),
                row(json!({"NotPrincipal": {"AWS": "111122223333"}, "NotAction": "kinesis:PutRecord"}), "violation"),
                row(all(json!({"Bool": {"aws:SecureTransport": "true"}})), "violation"),
                row(all(json!({"StringEqualsIfExists": {"kms:ViaService": "x"}})), "violation"),
                row(all(json!({"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}})), "compliant"),
                row(all(json!({"ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:*"}})), "compliant"),
                row(all(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})), "unverified"),
                row(all(json!({"StringEquals": {"aws:SourceNotYetKnown": "x"}})), "unverified"),
                row(json!({"Principal": "*", "Action": ["kms:Decrypt", "kinesis:ListStreams"]}), "compliant"),
                row(json!({"Principal": {"AWS": "444455556666"}, "Action": "kinesis:*"}), "compliant"),
                row(
                    json!({"Principal": {"Service": "logs.amazonaws.com"}, "Action": "kinesis:PutRecord"}),
                    "compliant",
                ),
                (
                    "PutResourcePolicy",
                    policy("arn:aws:kinesis:eu-west-1:111122223333:stream/other", json!({})),
                    "compliant",
                ),
                ("PutResourcePolicy", json!({"resourceARN": STREAM}), "unverified"),
                ("PutResourcePolicy", json!({"resourceARN": STREAM, "policy": 7}), "unverified"),
                ("PutResourcePolicy", json!({"resourceARN": STREAM, "policy": "***"}), "unverified"),
                ("PutResourcePolicy", Value::Null, "unverified"),
                ("StopStreamEncryption", json!({"streamName": "clicks"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn an_object_in_place_of_the_text_is_a_policy_too() {
        let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": "*"});
        let request = json!({"ResourceARN": STREAM, "Policy": {"Statement": statement}});
        table(&RULE, &[("PutResourcePolicy", request, "violation")]);
    }

    #[test]
    fn what_the_operations_reveal_decides_the_severity() {
        let of = |action: &str| severity(json!({"Principal": "*", "Action": action}));
        assert_eq!(of("kinesis:*"), "critical");
        assert_eq!(of("kinesis:SubscribeToShard"), "critical");
        assert_eq!(of("kinesis:Put*"), "high");
        assert_eq!(of("kinesis:Describe*"), "medium");
    }

    #[test]
    fn the_finding_names_what_the_policy_belongs_to() {
        let statement =
            json!({"Principal": "*", "Action": ["kinesis:SubscribeToShard", "kinesis:DescribeStreamConsumer"]});
        let consumer = format!("{STREAM}/consumer/reports:1732200000");
        let text = violation(&RULE, "PutResourcePolicy", &policy(&consumer, statement.clone()));
        assert!(text.starts_with("The policy of the consumer `reports` lets"), "{text}");
        let statement = json!({"Principal": "*", "Action": ["kinesis:ReceiveQueueRecords"]});
        let queue = "arn:aws:kinesis:eu-west-1:111122223333:queue/q-1";
        let text = violation(&RULE, "PutResourcePolicy", &policy(queue, statement));
        insta::assert_snapshot!(text, @r#"
        The policy of the queue `q-1` lets every principal of every account call kinesis:ReceiveQueueRecords. A caller needs only an IAM policy of its own account.
        {"corrected_statement":{"Action":"kinesis:ReceiveQueueRecords","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"arn:aws:kinesis:eu-west-1:111122223333:queue/q-1"},"correction":"replace Statement[0] with the corrected statement","exposures":["every principal of every account: kinesis:ReceiveQueueRecords"],"statement":"Statement[0]"}
        aws kinesis put-resource-policy --resource-arn arn:aws:kinesis:eu-west-1:111122223333:queue/q-1 --policy file://policy.json --region eu-west-1
        # in the policy of the aws_kinesis_resource_policy: replace Statement[0] with the corrected statement
        locals {
          corrected_statement = {
            "Action": "kinesis:ReceiveQueueRecords",
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:root"
            },
            "Resource": "arn:aws:kinesis:eu-west-1:111122223333:queue/q-1"
          }
        }
        Kinesis > Queues > q-1 > Sharing policy: replace Statement[0] with the corrected statement
        "#);
    }
}
