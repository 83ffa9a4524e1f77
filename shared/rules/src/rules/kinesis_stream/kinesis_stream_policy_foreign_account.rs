//! The policy of a Kinesis data stream, consumer, queue or channel admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts that a policy names as principals or in conditions such as `aws:PrincipalArn`, or for which a service acts, and
//! that are neither the owner's nor in `keys.trusted_accounts`. Whole organizations that are not in
//! `keys.trusted_organizations`, and paths in them that are not in `keys.trusted_organizational_units`. The policy is the one
//! that `PutResourcePolicy` attaches; in a scan that includes policies, the one that a stream, consumer or queue has.
//!
//! The finding is high if a whole account can read records. It is medium if it can only write, or if the policy names the
//! roles or users that can read, and low if it can only read metadata.
//!
//! ## Why it matters
//! The administrators of the other account decide which of its identities read or write records, and nothing in the owner's
//! account shows it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations are compliant, and so are AWS services that act for any customer. An organization is
//! unverified while `keys.trusted_organizations` is empty, because nothing says whose it is; so is a role that is known
//! only by its unique id, and a policy that the record does not show or that is not valid JSON. An untrusted account that
//! must also belong to a trusted organization is reported as low. If the earlier policy is known, only what the new one
//! adds is reported. Other calls on streams are not applicable, and neither is a
//! resource that has no policy.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement without
//! it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html>
//! - <https://docs.aws.amazon.com/streams/latest/dev/queues-iam.html>
//! - <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html>

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
    id: "kinesis-stream-policy-foreign-account",
    title: "Kinesis stream open to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kinesis_stream_policy_foreign_account.rs"),
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
    fn accounts_and_organizations_are_compared_with_the_settings() {
        let by = |id: &str| json!({"Principal": "*", "Action": "kinesis:GetRecords", "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
        table(
            &RULE,
            &[
                row(json!({"Principal": {"AWS": "444455556666"}, "Action": "kinesis:GetRecords"}), "violation"),
                row(
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}, "Action": "kinesis:*"}),
                    "compliant",
                ),
                row(by("o-q1w2e3r4t5"), "unverified"),
                row(json!({"Principal": "*", "Action": "kinesis:*"}), "compliant"),
                ("PutResourcePolicy", json!({"resourceARN": STREAM}), "unverified"),
                ("StopStreamEncryption", json!({"streamName": "clicks"}), "not-applicable"),
            ],
        );
        let organization = "keys.trusted_organizations = ['o-q1w2e3r4t5']";
        for (settings, statement, want) in [
            (organization, by("o-q1w2e3r4t5"), "compliant"),
            (organization, by("o-zzzzyyyyxx"), "violation"),
            (
                "keys.trusted_accounts = ['444455556666']",
                json!({"Principal": {"AWS": "444455556666"}, "Action": "kinesis:*"}),
                "compliant",
            ),
        ] {
            let outcome = answer(&RULE, settings, &[], "PutResourcePolicy", &policy(STREAM, statement), &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }

    #[test]
    fn what_the_operations_reveal_decides_the_severity() {
        let of = |who: &str, action: &str| severity(json!({"Principal": {"AWS": who}, "Action": action}));
        assert_eq!(of("444455556666", "kinesis:*"), "high");
        assert_eq!(of("444455556666", "kinesis:Put*"), "medium");
        assert_eq!(of("444455556666", "kinesis:Describe*"), "low");
        assert_eq!(of("444455556666", "kinesis:DeleteStream"), "low", "only the owner's account can call it");
        assert_eq!(of("arn:aws:iam::444455556666:role/reports", "kinesis:*"), "medium");
    }

    #[test]
    fn what_people_read() {
        let request = policy(
            STREAM,
            json!({"Sid": "Reports", "Principal": {"AWS": ["444455556666", "arn:aws:iam::111122223333:role/x"]}, "Action": ["kinesis:GetRecords", "kinesis:DescribeStreamSummary"]}),
        );
        insta::assert_snapshot!(violation(&RULE, "PutResourcePolicy", &request), @r#"
        The policy of the stream `clicks` lets account 444455556666 call kinesis:GetRecords, kinesis:DescribeStreamSummary. Its administrators decide who uses the stream.
        {"corrected_statement":{"Action":["kinesis:GetRecords","kinesis:DescribeStreamSummary"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Resource":"arn:aws:kinesis:eu-west-1:111122223333:stream/clicks","Sid":"Reports"},"correction":"replace Statement[0] Reports with the corrected statement","exposures":["account 444455556666: kinesis:GetRecords, kinesis:DescribeStreamSummary"],"statement":"Statement[0] Reports"}
        aws kinesis put-resource-policy --resource-arn arn:aws:kinesis:eu-west-1:111122223333:stream/clicks --policy file://policy.json --region eu-west-1
        # in the policy of the aws_kinesis_resource_policy: replace Statement[0] Reports with the corrected statement
        locals {
          corrected_statement = {
            "Action": [
              "kinesis:GetRecords",
              "kinesis:DescribeStreamSummary"
            ],
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:role/x"
            },
            "Resource": "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
            "Sid": "Reports"
          }
        }
        Kinesis > Data streams > clicks > Data stream sharing > Sharing policy: replace Statement[0] Reports with the corrected statement
        "#);
    }
}
