//! A KMS key policy admits every principal of every account.
//!
//! ## What it detects
//! An Allow for `"*"` (or `NotPrincipal`) that no condition limits to an account, an organization, an identity or a
//! source, and that no Deny revokes. `kms:ViaService`, MFA, tags, dates, open patterns such as `o-*`, and `IfExists` or
//! `ForAllValues` on a key that outsiders do not send are no such limit. A scan evaluates the policy that is in force.
//!
//! ## Why it matters
//! A caller needs only an IAM policy of its own account to decrypt data encrypted with the key, or to give others the
//! use of the key through grants. If the statement allows administration, every identity of the owner's account can
//! take over the key.
//!
//! ## When it stays silent
//! A statement without effect (no `Resource`, only actions of another service) and a statement with at least one
//! limiting condition are compliant. A policy that admits every account from one VPC, endpoint or address range is
//! unverified: it does not say whose network that is. It is compliant if `keys.trusted_vpcs`,
//! `keys.trusted_vpc_endpoints` or `keys.trusted_networks` name all its networks, or if `keys.trusted_accounts` or
//! `keys.trusted_organizations` name the owners of the endpoints. A policy that admits everyone who meets a condition on
//! an unknown condition key is unverified, too. Nobody calls AWS from a private address range, so one that admits only
//! those is compliant. If the earlier policy of the key is known, only what the new one adds is reported.
//!
//! ## How to fix
//! Name the account principal instead of `"*"`, so that IAM policies decide. In addition to `kms:ViaService`, add
//! `kms:CallerAccount`. The finding shows the corrected statement.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html>
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Exposure;
use crate::language::Text;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::resource_policy::exposed::{Asking, evaluate_public};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-public",
    title: "KMS key open to anyone",
    severity: Severity::Critical,
    controls: &[fsbp("KMS.5"), nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_public.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Medium => Text::literal("the operations only read or verify"),
        _ => Text::literal("the operations reveal no secret, or need an AWS service that makes the call"),
    };
    evaluate_public(subject.analysis(context), context, Asking { rule: &RULE, rated })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::rules::kms_key_policy::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, policy_call, policy_rows, table, violation};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    #[test]
    fn everyone_needs_a_limit_to_an_account_organization_identity_or_source() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": "*", "Action": "kms:Decrypt"}), "violation"),
                (json!({"Principal": {"AWS": ["111122223333", "*"]}, "Action": "kms:Sign"}), "violation"),
                (json!({"NotPrincipal": {"AWS": "111122223333"}, "Action": "kms:Verify"}), "violation"),
                (
                    json!({"Principal": "*", "Action": "kms:*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}),
                    "compliant",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:VpceAccount": "111122223333"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceNotYetKnown": "x"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"IpAddress": {"aws:SourceIp": "172.24.0.0/13"}}}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}), "compliant"),
            ],
        );
        table(
            &RULE,
            &[
                ("CreateKey", json!({}), "compliant"),
                ("CreateGrant", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY}), "unverified"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY, "policy": "{"}), "unverified"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY, "policy": "***"}), "unverified"),
            ],
        );
    }

    #[test]
    fn the_settings_name_trusted_networks() {
        let from = |operator: &str, key: &str, values: Value| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {operator: {key: values}}});
        let vpc = from("StringEquals", "aws:SourceVpc", json!("vpc-0a1b2c3d"));
        let endpoint = from("StringEquals", "aws:SourceVpce", json!(["vpce-0a1b2c3d", "vpce-4e5f6a7b"]));
        let office = from("IpAddress", "aws:SourceIp", json!(["198.51.100.64/26", "10.0.0.0/8"]));
        for (settings, statement, want) in [
            ("keys.trusted_vpcs = ['vpc-0a1b2c3d']", &vpc, "compliant"),
            ("keys.trusted_vpcs = ['vpc-9z9z9z9z']", &vpc, "unverified"),
            ("keys.trusted_vpc_endpoints = ['vpce-0a1b2c3d']", &endpoint, "unverified"),
            ("keys.trusted_vpc_endpoints = ['vpce-0a1b2c3d', 'vpce-4e5f6a7b']", &endpoint, "compliant"),
            ("keys.trusted_networks = ['198.51.100.0/24']", &office, "compliant"),
            ("keys.trusted_networks = ['203.0.113.0/24']", &office, "unverified"),
        ] {
            let outcome = answer(&RULE, settings, &[], "PutKeyPolicy", &policy_call(statement.clone()), &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }

    #[test]
    fn why_it_is_unverified() {
        let reasons = ["aws:SourceVpc", "aws:SourceNotYetKnown"].map(|key| {
            let statement = json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {key: "vpc-0a1b2c3d"}}});
            match answer(&RULE, "", &[], "PutKeyPolicy", &policy_call(statement), &Value::Null) {
                Outcome::Unverified(reason) => reason.to_string(),
                outcome => panic!("{outcome:?}"),
            }
        });
        insta::assert_snapshot!(reasons.join("\n"), @"
        the policy lets every principal of every account from one network call kms:Decrypt, and does not say whose network that is; name yours in `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or `keys.trusted_networks`
        the policy lets every principal of every account that meets the condition on `aws:SourceNotYetKnown`, an unknown condition key, call kms:Decrypt
        ");
    }

    #[test]
    fn other_principals_of_the_statement_stay() {
        let call = policy_call(
            json!({"Sid": "All", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/x", "*"], "Service": "s3.amazonaws.com"}, "Action": "kms:Decrypt"}),
        );
        let text = violation(&RULE, "PutKeyPolicy", &call);
        assert!(
            text.contains(r#""Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/x"],"Service":"s3.amazonaws.com"}"#),
            "{text}"
        );
    }

    #[test]
    fn an_unknown_account_is_a_placeholder() {
        let open = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"});
        let record = json!({"eventName": "PutKeyPolicy", "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
            "requestParameters": {"keyId": "k-1", "policy": {"Statement": open}}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let text: String = findings.iter().map(|finding| finding.to_json().to_string()).collect();
        assert!(!text.contains("000000000000"), "{text}");
        let public = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap();
        let fix = public.remediation().unwrap();
        assert!(public.to_json()["evidence"].to_string().contains("arn:aws:iam::<ACCOUNT_ID>:root"));
        assert!(fix.terraform.contains("arn:aws:iam::${var.account_id}:root"), "{}", fix.terraform);
    }

    #[test]
    fn what_people_read() {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Share", "Effect": "Allow", "Principal": "*",
            "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}}}]});
        let call = json!({"keyId": CUSTOMER_KEY, "policy": policy.to_string()});
        insta::assert_snapshot!(violation(&RULE, "PutKeyPolicy", &call), @r#"
        The policy of the key `customer` lets every principal of every account call kms:Decrypt. A caller needs only an IAM policy of its own account.
        {"corrected_statement":{"Action":"kms:Decrypt","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-q1w2e3r4t5"}},"Effect":"Allow","Principal":"*","Resource":"*","Sid":"Share"},"correction":"replace Statement[0] Share with the corrected statement","exposures":["every principal of every account: kms:Decrypt"],"ineffective_conditions":["StringEqualsIfExists aws:PrincipalOrgID = o-q1w2e3r4t5: is true for every caller whose request lacks the key"],"statement":"Statement[0] Share"}
        aws kms put-key-policy --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --policy-name default --policy file://policy.json --region eu-west-1
        # in the policy of the aws_kms_key: replace Statement[0] Share with the corrected statement
        locals {
          corrected_statement = {
            "Action": "kms:Decrypt",
            "Condition": {
              "StringEquals": {
                "aws:PrincipalOrgID": "o-q1w2e3r4t5"
              }
            },
            "Effect": "Allow",
            "Principal": "*",
            "Resource": "*",
            "Sid": "Share"
          }
        }
        Key Management Service > Customer managed keys > customer > Key policy > Edit: replace Statement[0] Share with the corrected statement
        "#);
    }
}
