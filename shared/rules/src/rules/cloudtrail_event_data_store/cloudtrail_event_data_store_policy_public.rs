//! The policy of a CloudTrail event data store, dashboard or channel admits every principal of every account.
//!
//! ## What it detects
//! An Allow for `"*"` (or `NotPrincipal`) in a policy that `PutResourcePolicy` attaches, that no condition limits to an
//! account, an organization, an identity or a source, and that no Deny revokes. Open patterns such as `o-*`, and `IfExists`
//! or `ForAllValues` on a key that outsiders do not send, are no such limit.
//!
//! The finding is critical if anyone can read events: with `GetQueryResults`, `GenerateQueryResultsSummary` or
//! `StartQuery`, whose caller names the bucket that gets the results. It is high if anyone can send events through a
//! channel, refresh a dashboard or cancel queries, and medium if anyone can only read metadata. In a scan that asks for
//! policies, the policy that an event data store has.
//!
//! ## Why it matters
//! An event data store says who used which key, when and from where, and who changed its policy. A caller needs only an IAM
//! policy of its own account to read that, or to add events that nobody can tell from real ones to a channel.
//!
//! ## When it stays silent
//! A statement without effect (its `Resource` is another one, or it has only actions that a policy of CloudTrail cannot
//! allow) and a statement with at least one limiting condition are compliant, and so is one for AWS services, such as
//! the one that lets `cloudtrail.amazonaws.com` query for dashboards. A policy that admits every account from one VPC,
//! endpoint or address range is unverified, unless `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or
//! `keys.trusted_networks` name it. A policy that the record does not show, or that is not valid JSON, is unverified.
//! If the earlier policy is known, only what the new one adds is reported. Other calls on event data stores are not
//! applicable. In a scan, a store without a policy is not applicable.
//!
//! ## How to fix
//! Name the accounts or roles that query the store instead of `"*"`, or delete the policy: the owner's account does not
//! need it. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html>
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
    id: "cloudtrail-event-data-store-policy-public",
    title: "CloudTrail event data store open to anyone",
    severity: Severity::Critical,
    controls: &[nist("AC-3"), nist("AC-6"), nist("AU-9")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_policy_public.rs"),
};

fn check(subject: &PolicySubject, context: &RuleContext<'_>) -> Outcome {
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Medium => Text::literal("the operations only read metadata"),
        _ => Text::literal("the operations return no events"),
    };
    evaluate_public(subject.analysis(context), context, Asking { rule: &RULE, rated })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1";
    const DASHBOARD: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/keys";
    const CHANNEL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:channel/0a1b2c3d-80b5-40a7-ae65-6e099392355b";

    /// The request of a call that puts a policy with this Allow.
    fn policy(arn: &str, mut statement: Value) -> Value {
        statement["Effect"] = json!("Allow");
        if statement["Resource"].is_null() {
            statement["Resource"] = json!(arn);
        }
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        json!({"resourceArn": arn, "resourcePolicy": policy})
    }

    fn row(statement: Value, want: &'static str) -> (&'static str, Value, &'static str) {
        ("PutResourcePolicy", policy(STORE, statement), want)
    }

    /// The severity for anyone who can call this on the resource, or else the outcome.
    fn severity(arn: &str, action: &str) -> &'static str {
        let request = policy(arn, json!({"Principal": "*", "Action": action}));
        match answer(&RULE, "", &[], "PutResourcePolicy", &request, &Value::Null) {
            Outcome::Violation(violation) => violation.severity.unwrap().name(),
            outcome => name(&outcome),
        }
    }

    #[test]
    fn everyone_needs_a_limit_to_an_account_organization_identity_or_source() {
        let all = |condition: Value| json!({"Principal": "*", "Action": "cloudtrail:*", "Condition": condition});
        table(
            &RULE,
            &[
                row(json!({"Principal": "*", "Action": "cloudtrail:GetQueryResults"}), "violation"),
                row(json!({"Principal": {"AWS": ["111122223333", "*"]}, "Action": "*"}), "violation"),
                row(json!({"NotPrincipal": {"AWS": "111122223333"}, "Action": "cloudtrail:StartQuery"}), "violation"),
                row(all(json!({"StringEquals": {"cloudtrail:ExternalId": "partner-1"}})), "violation"),
                row(all(json!({"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}})), "compliant"),
                row(all(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})), "unverified"),
                row(json!({"Principal": "*", "Action": ["cloudtrail:LookupEvents", "kms:Decrypt"]}), "compliant"),
                row(json!({"Principal": {"AWS": "444455556666"}, "Action": "cloudtrail:*"}), "compliant"),
                ("PutResourcePolicy", json!({"resourceArn": STORE}), "unverified"),
                ("PutResourcePolicy", json!({"resourceArn": STORE, "resourcePolicy": 7}), "unverified"),
                ("PutResourcePolicy", json!({"resourceArn": STORE, "resourcePolicy": "***"}), "unverified"),
                ("PutResourcePolicy", Value::Null, "unverified"),
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "not-applicable"),
            ],
        );
    }

    // The examples of the CloudTrail guide for dashboards: in the policy of a store, `Resource` names dashboards.
    #[test]
    fn a_statement_about_dashboards_counts_and_cloudtrail_itself_may_query_for_them() {
        let dashboards = "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/*";
        let query = |principal: Value, resource: &str| {
            row(
                json!({"Principal": principal, "Action": "cloudtrail:StartQuery", "Resource": resource,
                    "Condition": {"StringLike": {"AWS:SourceArn": [DASHBOARD], "AWS:SourceAccount": "111122223333"}}}),
                "compliant",
            )
        };
        let open = |resource: &str, want| {
            row(json!({"Principal": "*", "Action": "cloudtrail:StartQuery", "Resource": resource}), want)
        };
        table(
            &RULE,
            &[
                query(json!({"Service": "cloudtrail.amazonaws.com"}), dashboards),
                query(json!({"Service": "cloudtrail.amazonaws.com"}), STORE),
                open(dashboards, "violation"),
                open("arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/other", "compliant"),
                open(CHANNEL, "compliant"),
            ],
        );
    }

    #[test]
    fn the_policy_is_read_from_the_response_if_the_request_does_not_show_it() {
        let statement = json!({"Principal": "*", "Action": "cloudtrail:*"});
        let request = json!({"resourceArn": STORE, "resourcePolicy": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        let outcome = answer(&RULE, "", &[], "PutResourcePolicy", &request, &policy(STORE, statement));
        assert_eq!(name(&outcome), "violation");
    }

    #[test]
    fn what_the_operations_reveal_decides_the_severity_and_each_resource_has_its_own() {
        assert_eq!(severity(STORE, "*"), "critical");
        assert_eq!(severity(STORE, "cloudtrail:StartQuery"), "critical");
        assert_eq!(severity(STORE, "cloudtrail:CancelQuery"), "high");
        assert_eq!(severity(STORE, "cloudtrail:Get*Store"), "medium");
        assert_eq!(severity(STORE, "cloudtrail-data:PutAuditEvents"), "compliant");
        assert_eq!(severity(CHANNEL, "*"), "high");
        assert_eq!(severity(CHANNEL, "cloudtrail:*"), "compliant");
        assert_eq!(severity(DASHBOARD, "cloudtrail:*"), "high");
    }

    #[test]
    fn a_policy_for_everyone() {
        let statement = json!({"Sid": "Query", "Principal": "*", "Action": "cloudtrail:*"});
        insta::assert_snapshot!(violation(&RULE, "PutResourcePolicy", &policy(STORE, statement)), @r#"
        The policy of the event data store `1df76bef-31d7-51e2-ac90-33f2ce1060e1` lets every principal of every account call cloudtrail:GetQueryResults, cloudtrail:StartQuery, cloudtrail:GenerateQueryResultsSummary, cloudtrail:CancelQuery and 4 more. A caller needs only an IAM policy of its own account.
        {"corrected_statement":{"Action":"cloudtrail:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1","Sid":"Query"},"correction":"replace Statement[0] Query with the corrected statement","exposures":["every principal of every account: cloudtrail:GetQueryResults, cloudtrail:StartQuery, cloudtrail:GenerateQueryResultsSummary, cloudtrail:CancelQuery and 4 more"],"statement":"Statement[0] Query"}
        aws cloudtrail put-resource-policy --resource-arn arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1 --resource-policy file://policy.json --region eu-west-1
        # in the policy of the awscc_cloudtrail_resource_policy (of the provider hashicorp/awscc): replace Statement[0] Query with the corrected statement
        locals {
          corrected_statement = {
            "Action": "cloudtrail:*",
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:root"
            },
            "Resource": "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1df76bef-31d7-51e2-ac90-33f2ce1060e1",
            "Sid": "Query"
          }
        }
        CloudTrail > Lake > Event data stores > 1df76bef-31d7-51e2-ac90-33f2ce1060e1 > Resource policy > Edit: replace Statement[0] Query with the corrected statement
        "#);
        let statement = json!({"Principal": "*", "Action": "cloudtrail-data:PutAuditEvents"});
        let text = violation(&RULE, "PutResourcePolicy", &policy(CHANNEL, statement));
        assert!(text.starts_with("The policy of the channel `0a1b2c3d-"), "{text}");
        assert!(text.contains("Rated high: the operations return no events."), "{text}");
    }
}
