//! The policy of a CloudTrail event data store or dashboard admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts that a policy names as principals or in conditions such as `aws:PrincipalArn`, or for which a service acts, and
//! that are neither the owner's nor in `keys.trusted_accounts`. Whole organizations that are not in
//! `keys.trusted_organizations`, and paths in them that are not in `keys.trusted_organizational_units`.
//!
//! The finding is high if a whole account can read events: with `GetQueryResults`, `GenerateQueryResultsSummary` or
//! `StartQuery`, whose caller names the bucket that gets the results. It is medium if it can only refresh a dashboard,
//! or if the policy names the roles or users that can read, and low if it can only read metadata or cancel queries. In
//! a scan that asks for policies, the policy that an event data store has.
//!
//! ## Why it matters
//! An event data store says who used which key, when and from where. The administrators of the other account decide which
//! of its identities query it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations are compliant, and so are AWS services that act for any customer, such as
//! `cloudtrail.amazonaws.com`, which queries for dashboards. A channel is not applicable: it exists so that the account
//! of a partner can send events from outside AWS, and that account can read nothing through it. An organization is
//! unverified while `keys.trusted_organizations` is empty, because nothing says whose it is; so is a role that is known
//! only by its unique id, and a policy that the record does not show or that is not valid JSON. An untrusted account
//! that must also belong to a trusted organization is reported as low. If the earlier policy is known, only what the
//! new one adds is reported. Other calls on event data stores are not applicable. So is the policy that CloudTrail
//! itself writes for delegated administrators: it is no part of the request. In a scan, a store without a policy is not
//! applicable.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement without
//! it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html>

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
    id: "cloudtrail-event-data-store-policy-foreign-account",
    title: "CloudTrail event data store open to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3"), nist("AC-6"), nist("AU-9")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_policy_foreign_account.rs"),
};

fn check(subject: &PolicySubject, context: &RuleContext<'_>) -> Outcome {
    if context.resource.kind == "AWS::CloudTrail::Channel" {
        return Outcome::not_applicable("a channel lets a partner send events, and shows none");
    }
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Low => Text::literal(
            "the operations only read metadata or cancel queries, or the account must belong to a trusted organization",
        ),
        _ => Text::literal("the operations return no events, or only the named identities may call them"),
    };
    evaluate_foreign(subject.analysis(context), context, Asking { rule: &RULE, rated })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1";
    const CHANNEL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:channel/0a1b2c3d-80b5-40a7-ae65-6e099392355b";

    /// The request of a call that puts a policy with this Allow.
    fn policy(arn: &str, mut statement: Value) -> Value {
        statement["Effect"] = json!("Allow");
        statement["Resource"] = json!(arn);
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        json!({"resourceArn": arn, "resourcePolicy": policy})
    }

    fn row(statement: Value, want: &'static str) -> (&'static str, Value, &'static str) {
        ("PutResourcePolicy", policy(STORE, statement), want)
    }

    #[test]
    fn accounts_and_organizations_are_compared_with_the_settings() {
        let by = |id: &str| json!({"Principal": "*", "Action": "cloudtrail:StartQuery", "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
        let foreign = json!({"Principal": {"AWS": "444455556666"}, "Action": "cloudtrail:StartQuery"});
        let service = json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "cloudtrail:StartQuery"});
        let send = json!({"Principal": {"AWS": "444455556666"}, "Action": "cloudtrail-data:PutAuditEvents"});
        table(
            &RULE,
            &[
                row(foreign.clone(), "violation"),
                row(
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}, "Action": "cloudtrail:*"}),
                    "compliant",
                ),
                row(service, "compliant"),
                row(by("o-q1w2e3r4t5"), "unverified"),
                row(send.clone(), "compliant"),
                ("PutResourcePolicy", policy(CHANNEL, send), "not-applicable"),
                ("PutResourcePolicy", json!({"resourceArn": STORE}), "unverified"),
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "not-applicable"),
            ],
        );
        for (settings, statement, want) in [
            ("keys.trusted_organizations = ['o-q1w2e3r4t5']", by("o-q1w2e3r4t5"), "compliant"),
            ("keys.trusted_organizations = ['o-q1w2e3r4t5']", by("o-zzzzyyyyxx"), "violation"),
            ("keys.trusted_accounts = ['444455556666']", foreign, "compliant"),
        ] {
            let request = policy(STORE, statement);
            let outcome = answer(&RULE, settings, &[], "PutResourcePolicy", &request, &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }

    #[test]
    fn the_operations_and_the_principal_decide_the_severity() {
        let severity = |principal: &str, action: &str| {
            let request = policy(STORE, json!({"Principal": {"AWS": principal}, "Action": action}));
            match answer(&RULE, "", &[], "PutResourcePolicy", &request, &Value::Null) {
                Outcome::Violation(violation) => violation.severity.unwrap().name(),
                outcome => name(&outcome),
            }
        };
        assert_eq!(severity("444455556666", "cloudtrail:GetQueryResults"), "high");
        assert_eq!(severity("arn:aws:iam::444455556666:role/auditor", "cloudtrail:GetQueryResults"), "medium");
        assert_eq!(severity("444455556666", "cloudtrail:CancelQuery"), "low");
        assert_eq!(severity("444455556666", "cloudtrail:ListQueries"), "low");
    }

    #[test]
    fn a_policy_for_another_account() {
        let statement = json!({"Sid": "Audit", "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:role/x"]},
            "Action": ["cloudtrail:StartQuery", "cloudtrail:GetEventDataStore", "cloudtrail:GetQueryResults"]});
        insta::assert_snapshot!(violation(&RULE, "PutResourcePolicy", &policy(STORE, statement)), @r#"
        The policy of the event data store `1df76bef-31d7-51e2-ac90-33f2ce1060e1` lets account 444455556666 call cloudtrail:GetQueryResults, cloudtrail:StartQuery, cloudtrail:GetEventDataStore. Its administrators decide who uses the event data store.
        {"corrected_statement":{"Action":["cloudtrail:StartQuery","cloudtrail:GetEventDataStore","cloudtrail:GetQueryResults"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Resource":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1","Sid":"Audit"},"correction":"replace Statement[0] Audit with the corrected statement","exposures":["account 444455556666: cloudtrail:GetQueryResults, cloudtrail:StartQuery, cloudtrail:GetEventDataStore"],"statement":"Statement[0] Audit"}
        aws cloudtrail put-resource-policy --resource-arn arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1 --resource-policy file://policy.json --region eu-west-1
        # in the policy of the awscc_cloudtrail_resource_policy (of the provider hashicorp/awscc): replace Statement[0] Audit with the corrected statement
        locals {
          corrected_statement = {
            "Action": [
              "cloudtrail:StartQuery",
              "cloudtrail:GetEventDataStore",
              "cloudtrail:GetQueryResults"
            ],
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:role/x"
            },
            "Resource": "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1",
            "Sid": "Audit"
          }
        }
        CloudTrail > Lake > Event data stores > 1df76bef-31d7-51e2-ac90-33f2ce1060e1 > Resource policy > Edit: replace Statement[0] Audit with the corrected statement
        "#);
    }
}
