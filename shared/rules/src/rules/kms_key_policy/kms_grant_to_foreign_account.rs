//! A KMS grant lets a principal of another account use a key.
//!
//! ## What it detects
//! `CreateGrant` for a grantee whose account is neither the key's owner nor in `keys.trusted_accounts`.
//!
//! A grant that EC2 creates to attach an encrypted volume of such an account has the severity low: EC2 can create it only
//! because the key policy admits the account, and creates one for each volume.
//!
//! ## Why it matters
//! A grant admits its grantee independently of the key policy, no review of policies shows it, and it stays in force
//! until it is retired or revoked. A grant for a volume shows that another account uses the key.
//!
//! ## When it stays silent
//! Grants to AWS services, which services create for their own work, and calls that change a policy are not applicable.
//! A grant for a volume of the own account is compliant. A grantee without a recognizable account (a deleted principal,
//! a masked id) is unverified. A call from another account is recorded in both accounts: the copy for the caller is not
//! applicable, because the key is in the account that has the other one.
//!
//! ## How to fix
//! Revoke the grant, or add the account to `keys.trusted_accounts`. Do not revoke the grant for a volume: the instance
//! loses the volume. Look for the account in the key policy instead, and remove it there once it has stopped using the
//! key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html>

use crate::aws::account::{is_account, is_service};
use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::kms_key::PolicyCall;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::remediation::{GRANT_FOR_A_VOLUME, GRANT_TO_FOREIGN_ACCOUNT};
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-grant-to-foreign-account",
    title: "KMS grant to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_grant_to_foreign_account.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let PolicyCall::Grant { grantee, operations, id, by_service, volume, .. } = &subject.policy.call else {
        return Outcome::not_applicable("the call creates no grant");
    };
    let grantee = match grantee {
        Field::Present(grantee) => grantee.as_str(),
        missing => return Outcome::unverified(missing.missing("granteePrincipal")),
    };
    if is_service(grantee) {
        return Outcome::not_applicable("the grantee is an AWS service");
    }
    let shown = plain(grantee);
    let Some(account) = account_of(grantee) else {
        return Outcome::unverified(format!("the grantee `{shown}` does not show its account"));
    };
    let name = context.name();
    if !is_account(&subject.policy.owner) {
        return Outcome::unverified(format!("the account that owns the key `{name}` is not known"));
    }
    if account == subject.policy.owner
        || context.settings.keys.trusted_accounts.iter().any(|trusted| trusted == account)
    {
        return Outcome::Compliant;
    }
    let operations = operations.as_ref().value().map_or(&[][..], Vec::as_slice);
    let operations: Vec<String> = operations.iter().map(|operation| plain(operation)).collect();
    if *by_service && is_infrastructure(grantee) {
        let (of_volume, volume) = match volume.as_deref().map(plain) {
            Some(volume) => (format!("the volume {volume}"), volume),
            None => ("a volume".to_owned(), "(not recorded)".to_owned()),
        };
        let detail = format!(
            "EC2 attached {of_volume} of the foreign account {account}, which is encrypted with the key `{name}`: the key policy admits that account."
        );
        let mut violation = Violation::new(detail)
            .evidence("granteePrincipal", shown)
            .evidence("operations", operations)
            .evidence("constraints.aws:ebs:id", volume);
        violation.severity = Some(Severity::Low);
        return violation.remediation(GRANT_FOR_A_VOLUME.fill(context, &[("account", Value::Raw(account))]));
    }
    let grant = id.as_deref().unwrap_or("your-grant-id");
    let listed = match operations.is_empty() {
        true => "operations that the record does not show".to_owned(),
        false => operations.join(", "),
    };
    Violation::new(format!("A grant on the key `{name}` lets the foreign account {account} call {listed}."))
        .evidence("granteePrincipal", shown)
        .evidence("operations", operations)
        .remediation(GRANT_TO_FOREIGN_ACCOUNT.fill(context, &[("grant", Value::Text(grant))]))
}

/// The account of a grantee; `None` if the text does not show it.
fn account_of(grantee: &str) -> Option<&str> {
    let before = |mark| grantee.split_once(mark).map(|(account, _)| account);
    let account = before(INFRASTRUCTURE).or_else(|| Arn::parse(grantee).map(|arn| arn.account)).unwrap_or(grantee);
    is_account(account).then_some(account)
}

/// Between account and instance in the older form of the grantee: `111122223333:aws:ec2-infrastructure:i-0123456789abcdef0`.
const INFRASTRUCTURE: &str = ":aws:ec2-infrastructure:";

/// True for the role in which EC2 decrypts the volumes of an instance, in its older and its present form. Customers cannot
/// create a role with a colon in its name.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html>
fn is_infrastructure(grantee: &str) -> bool {
    let role = Arn::parse(grantee).and_then(|arn| arn.resource.split('/').nth(1));
    grantee.contains(INFRASTRUCTURE) || role.is_some_and(|role| role.starts_with("aws:"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::engine::outcome::{Outcome, Violation};
    use crate::rules::kms_key_policy::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
    use crate::settings::Settings;
    use crate::util::severity::Severity;
    use serde_json::{Value, json};

    #[test]
    fn the_account_of_the_grantee_decides() {
        let grant =
            |grantee: &str| json!({"keyId": CUSTOMER_KEY, "granteePrincipal": grantee, "operations": ["Decrypt"]});
        table(
            &RULE,
            &[
                ("CreateGrant", grant("arn:aws:iam::444455556666:role/etl"), "violation"),
                ("CreateGrant", grant("arn:aws:sts::444455556666:assumed-role/etl/s"), "violation"),
                ("CreateGrant", grant("444455556666"), "violation"),
                ("CreateGrant", grant("arn:aws:iam::111122223333:role/etl"), "compliant"),
                ("CreateGrant", grant("111122223333:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "compliant"),
                (
                    "CreateGrant",
                    grant("arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0"),
                    "compliant",
                ),
                ("CreateGrant", grant("444455556666:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "violation"),
                ("CreateGrant", grant("REDACTED:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "unverified"),
                ("CreateGrant", grant("rds.eu-west-1.amazonaws.com"), "not-applicable"),
                ("CreateGrant", grant("AWS Internal"), "not-applicable"),
                (
                    "CreateGrant",
                    json!({"keyId": CUSTOMER_KEY, "granteeServicePrincipal": "rds.amazonaws.com"}),
                    "not-applicable",
                ),
                ("CreateGrant", grant("AROAEXAMPLEID"), "unverified"),
                ("CreateGrant", json!({"keyId": CUSTOMER_KEY}), "unverified"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_grant_to_a_trusted_account_is_compliant() {
        let call = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": "arn:aws:iam::444455556666:role/etl"});
        let outcome =
            answer(&RULE, "keys.trusted_accounts = ['444455556666']", &[], "CreateGrant", &call, &Value::Null);
        assert_eq!(name(&outcome), "compliant");
    }

    /// The finding about a grant on a key of 111122223333, for an instance of 444455556666.
    fn for_an_instance(grantee: &str, invoked_by: &str, source: &str) -> Violation {
        let record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "eventID": "e-1",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AWSAccount", "accountId": "444455556666", "invokedBy": invoked_by},
            "sourceIPAddress": source, "requestParameters": {"keyId": CUSTOMER_KEY, "granteePrincipal": grantee,
                "operations": ["Decrypt"],
                "constraints": {"encryptionContextSubset": {"aws:ebs:id": "vol-0a0b0c0d0e0f00011"}}}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        match findings.into_iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome {
            Outcome::Violation(violation) => *violation,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_grant_that_ec2_creates_for_a_volume_points_to_the_key_policy() {
        let role = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";
        for (grantee, invoked_by, source) in [
            (role, "ec2-frontend-api.amazonaws.com", "ec2-frontend-api.amazonaws.com"),
            (role, "AWS Internal", "AWS Internal"),
            (role, "autoscaling.amazonaws.com", "198.51.100.7"),
            (role, "", "ec2.amazonaws.com"),
            ("444455556666:aws:ec2-infrastructure:i-00c0ffee00c0ffee0", "AWS Internal", "AWS Internal"),
        ] {
            let violation = for_an_instance(grantee, invoked_by, source);
            assert_eq!(violation.severity, Some(Severity::Low), "{grantee} {invoked_by} {source}");
            assert!(!violation.remediation.cli.contains("revoke-grant"), "the instance would lose its volume");
        }
        let violation = for_an_instance(role, "AWS Internal", "AWS Internal");
        insta::assert_snapshot!(format!("{}\n{}", violation.detail, violation.remediation.cli), @"
        EC2 attached the volume vol-0a0b0c0d0e0f00011 of the foreign account 444455556666, which is encrypted with the key `customer`: the key policy admits that account.
        aws kms get-key-policy --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --policy-name default --query Policy --output text --region eu-west-1
        ");
    }

    #[test]
    fn a_grant_that_a_person_creates_for_an_instance_is_like_any_other() {
        let role = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";
        let other = "arn:aws:iam::444455556666:role/etl";
        for (grantee, invoked_by) in [(role, ""), (role, "signin.amazonaws.com"), (other, "AWS Internal"), (other, "")]
        {
            let violation = for_an_instance(grantee, invoked_by, "198.51.100.7");
            assert_eq!(violation.severity, None, "{grantee} {invoked_by}");
            assert!(violation.remediation.cli.contains("revoke-grant"));
        }
    }

    #[test]
    fn what_people_read() {
        let mut call = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": "arn:aws:iam::444455556666:role/etl", "operations": "***"});
        let text = violation(&RULE, "CreateGrant", &call);
        assert!(text.contains("444455556666 call operations that the record does not show."), "{text}");
        call["operations"] = json!(["Decrypt", "CreateGrant"]);
        insta::assert_snapshot!(violation(&RULE, "CreateGrant", &call), @r#"
        A grant on the key `customer` lets the foreign account 444455556666 call Decrypt, CreateGrant.
        {"granteePrincipal":"arn:aws:iam::444455556666:role/etl","operations":["Decrypt","CreateGrant"]}
        aws kms revoke-grant --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --grant-id your-grant-id --region eu-west-1
        # remove the aws_kms_grant whose grantee_principal belongs to the other account
        Key Management Service > Customer managed keys > customer > Grants (list and revoke with the AWS CLI)
        "#);
    }
}
