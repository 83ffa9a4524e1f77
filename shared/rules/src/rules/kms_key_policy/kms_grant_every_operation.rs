//! A KMS grant hands out every operation of the key.
//!
//! ## What it detects
//! `CreateGrant` without constraints whose `operations` hold `CreateGrant` and every cryptographic operation of a type of
//! key, and in a scan each existing grant like that:
//!
//! - symmetric encryption: `Decrypt`, `Encrypt`, `ReEncryptFrom`, `ReEncryptTo`, `GenerateDataKey`, `GenerateDataKeyPair` and
//!   the same two `WithoutPlaintext`
//! - asymmetric encryption: `Decrypt`, `Encrypt`, `ReEncryptFrom`, `ReEncryptTo` and `GetPublicKey`
//! - signatures: `Sign` and `Verify`; HMAC: `GenerateMac` and `VerifyMac`
//! - key agreement: `DeriveSharedSecret`; key encapsulation: `Encapsulate` and `Decapsulate`
//!
//! `DescribeKey` and `RetireGrant` make no difference: they reveal no secret and only end the grant.
//!
//! ## Why it matters
//! `CreateGrant` is the worst operation in a grant. The grantee may pass on everything that its own grant allows, here
//! everything, to any principal of any account, and the new grants may hold `CreateGrant` again. No policy shows them. A
//! list of all operations is a sign that nobody asked which of them the grantee needs. The finding is medium, because the
//! grantee was chosen by someone who may create grants.
//!
//! ## When it stays silent
//! A grant without `CreateGrant`, without one of the cryptographic operations, or with a constraint on the encryption
//! context or the source is compliant. Grants that AWS services create, and grants to AWS services and their service-linked
//! roles, are not applicable: the services decide what they need. So are calls that change a policy. Operations or
//! constraints that the record does not show are unverified. A list of grants does not name their creators: in a scan, a service
//! created a grant if it is the `RetiringPrincipal`, or if only the service can have the role of the grantee. The copy of a record for a caller in another account is not
//! applicable.
//!
//! ## How to fix
//! Create a grant with the operations that the grantee needs and a constraint on the encryption context, then revoke this
//! one. Use `ListGrants` to find the grants that the grantee has created meanwhile, and revoke them too.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html>
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>

use crate::aws::account::is_service;
use crate::cloudtrail::field::Field;
use crate::configuration::kms_key::{PolicyCall, is_service_linked_role};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_policy::analysis::{Subject, missing, no_grant, with_grant_id};
use crate::rules::kms_key_policy::remediation::{GRANT_EVERY_OPERATION, revoke};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-grant-every-operation",
    title: "KMS grant of every operation",
    severity: Severity::Medium,
    controls: &[nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_grant_every_operation.rs"),
};

/// The types of keys, each with its cryptographic operations. A key for encryption is asymmetric if it has a public key.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
static TYPES: [(Text, &[&str]); 6] = [
    (
        Text::literal("symmetric encryption"),
        &[
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
        ],
    ),
    (Text::literal("asymmetric encryption"), &["Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"]),
    (Text::literal("signatures"), &["Sign", "Verify"]),
    (Text::literal("HMAC"), &["GenerateMac", "VerifyMac"]),
    (Text::literal("key agreement"), &["DeriveSharedSecret"]),
    (Text::literal("key encapsulation"), &["Decapsulate", "Encapsulate"]),
];

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let PolicyCall::Grant { grantee, operations, constrained, id, service, .. } = &subject.policy.call else {
        return no_grant(&subject.policy.call);
    };
    if let Some(outcome) = &subject.decided {
        return outcome.clone();
    }
    if service.is_some() {
        return Outcome::not_applicable("an AWS service created the grant");
    }
    if grantee.as_deref().value().is_some_and(|grantee| is_service(grantee) || is_service_linked_role(grantee)) {
        return Outcome::not_applicable("the grantee is an AWS service or its service-linked role");
    }
    let operations = match operations {
        Field::Present(operations) => operations,
        hidden => return missing(hidden, "operations", context),
    };
    let Some(kind) = every_operation_of(operations) else { return Outcome::Compliant };
    match constrained {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) => {}
        hidden => return missing(hidden, "constraints", context),
    }
    let name = context.name();
    let who = match grantee {
        Field::Present(grantee) => Text::from(format!("`{grantee}`")),
        _ => Text::literal("its grantee"),
    };
    let operations: Vec<String> = operations.iter().map(|operation| plain(operation)).collect();
    let shown = grantee.as_deref().value().map_or(Text::literal("(not recorded)"), Text::from);
    let violation = Violation::new(text!(
        "A grant on the key `{name}` lets {who} call every operation of a key for {kind} without a constraint, and pass them on with CreateGrant.",
        name,
        who,
        kind
    ))
    .evidence_text("granteePrincipal", shown)
    .evidence("operations", operations);
    with_grant_id(violation, id.as_deref()).remediation(revoke(&GRANT_EVERY_OPERATION, id.as_deref(), context))
}

/// The type of key all of whose operations are in the list, besides `CreateGrant`.
fn every_operation_of(operations: &[String]) -> Option<&'static Text> {
    let has = |name: &&str| operations.iter().any(|operation| operation == name);
    let all = |(_, wanted): &&(Text, &[&str])| has(&"CreateGrant") && wanted.iter().all(has);
    TYPES.iter().find(all).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::{RULE, TYPES};
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::kms_key_policy::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    const ROLE: &str = "arn:aws:iam::111122223333:role/etl";

    fn grant(operations: &Value) -> Value {
        json!({"keyId": CUSTOMER_KEY, "granteePrincipal": ROLE, "operations": operations})
    }

    /// All operations of a type of key with these besides, without the one at an index.
    fn operations(kind: usize, besides: &[&str], without: Option<usize>) -> Value {
        let all = TYPES[kind].1.iter().enumerate().filter(|(index, _)| Some(*index) != without);
        json!(all.map(|(_, name)| *name).chain(besides.iter().copied()).collect::<Vec<_>>())
    }

    #[test]
    fn all_operations_of_a_type_of_key_have_to_be_there() {
        for (kind, (_, all)) in TYPES.iter().enumerate() {
            let rows = [
                ("CreateGrant", grant(&operations(kind, &["CreateGrant"], None)), "violation"),
                (
                    "CreateGrant",
                    grant(&operations(kind, &["RetireGrant", "CreateGrant", "DescribeKey"], None)),
                    "violation",
                ),
                ("CreateGrant", grant(&operations(kind, &["RetireGrant", "DescribeKey"], None)), "compliant"),
            ];
            table(&RULE, &rows);
            for index in 0..all.len() {
                let fewer = grant(&operations(kind, &["CreateGrant", "RetireGrant"], Some(index)));
                table(&RULE, &[("CreateGrant", fewer, "compliant")]);
            }
        }
    }

    #[test]
    fn the_whole_request_decides() {
        let all = operations(0, &["CreateGrant"], None);
        let with = |name: &str, value: Value| {
            let mut grant = grant(&all);
            grant[name] = value;
            ("CreateGrant", grant)
        };
        let row = |(call, request): (&'static str, Value), want| (call, request, want);
        table(
            &RULE,
            &[
                row(with("constraints", json!({"encryptionContextSubset": {"tenant": "a"}})), "compliant"),
                row(with("constraints", json!({"encryptionContextEquals": {"tenant": "a"}})), "compliant"),
                row(with("constraints", json!({"sourceArn": "arn:aws:s3:::reports"})), "compliant"),
                row(with("constraints", json!({})), "violation"),
                row(with("constraints", json!({"encryptionContextSubset": {}})), "violation"),
                row(with("constraints", Value::Null), "violation"),
                row(with("constraints", json!("HIDDEN_DUE_TO_SECURITY_REASONS")), "unverified"),
                row(with("operations", json!("***")), "unverified"),
                row(with("operations", Value::Null), "unverified"),
                row(with("operations", json!(["Decrypt", "***"])), "unverified"),
                row(with("operations", json!(["Decrypt", null])), "unverified"),
                row(with("granteePrincipal", Value::Null), "violation"),
                row(with("granteePrincipal", json!("arn:aws:iam::444455556666:role/etl")), "violation"),
                row(with("granteePrincipal", json!("rds.eu-west-1.amazonaws.com")), "not-applicable"),
                row(
                    with(
                        "granteePrincipal",
                        json!(
                            "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
                        ),
                    ),
                    "not-applicable",
                ),
                ("CreateGrant", Value::Null, "unverified"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn services_decide_about_their_own_grants() {
        let outcome = |invoked_by: &str| {
            let record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "eventID": "e-1",
                "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
                "userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "invokedBy": invoked_by},
                "requestParameters": grant(&operations(0, &["CreateGrant"], None))})
            .to_string();
            let event = Event::parse(&record).unwrap();
            let change = event.change_for(&DETECTOR).unwrap();
            let (facts, settings) = (Facts::default(), Settings::default());
            let findings = evaluate(&change, &facts, &settings);
            findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome_name()
        };
        assert_eq!(outcome("ec2.amazonaws.com"), "not-applicable");
        assert_eq!(outcome("AWS Internal"), "not-applicable");
        assert_eq!(outcome("signin.amazonaws.com"), "violation");
    }

    #[test]
    fn what_people_read() {
        let call = grant(&operations(3, &["CreateGrant", "RetireGrant"], None));
        insta::assert_snapshot!(violation(&RULE, "CreateGrant", &call), @r#"
        A grant on the key `customer` lets `arn:aws:iam::111122223333:role/etl` call every operation of a key for HMAC without a constraint, and pass them on with CreateGrant.
        {"granteePrincipal":"arn:aws:iam::111122223333:role/etl","operations":["GenerateMac","VerifyMac","CreateGrant","RetireGrant"]}
        aws kms revoke-grant --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --grant-id your-grant-id --region eu-west-1
        aws kms list-grants --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --region eu-west-1
        # in the aws_kms_grant: name only the operations that the grantee needs, without CreateGrant, and add a constraints block
        Key Management Service > Customer managed keys > customer > Grants (list and revoke with the AWS CLI)
        "#);
    }
}
