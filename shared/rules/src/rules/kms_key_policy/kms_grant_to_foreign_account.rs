//! A KMS grant lets a principal of another account use a key.
//!
//! ## What it detects
//! `CreateGrant` for a grantee whose account is neither the key's owner nor in `keys.trusted_accounts`.
//!
//! ## Why it matters
//! A grant admits its grantee independently of the key policy, no review of policies shows it, and it stays in force
//! until it is retired or revoked.
//!
//! ## When it stays silent
//! Grants to AWS services, which services create for their own work, and calls that change a policy are not applicable.
//! A grantee without a recognizable account (a deleted principal, a masked id) is unverified.
//!
//! ## How to fix
//! Revoke the grant, or add the account to `keys.trusted_accounts`.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>

use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::kms_key::PolicyCall;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::remediation::GRANT_TO_FOREIGN_ACCOUNT;
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
    let PolicyCall::Grant { grantee, operations, id } = &subject.policy.call else {
        return Outcome::not_applicable("the call creates no grant");
    };
    let grantee = match grantee {
        Field::Present(grantee) => grantee.as_str(),
        missing => return Outcome::unverified(missing.missing("granteePrincipal")),
    };
    if is_service(grantee) {
        return Outcome::not_applicable("the grantee is an AWS service");
    }
    let account = if is_account(grantee) { Some(grantee) } else { Arn::parse(grantee).map(|arn| arn.account) };
    let shown = plain(grantee);
    let Some(account) = account.filter(|account| is_account(account)) else {
        return Outcome::unverified(format!("the grantee `{shown}` does not show its account"));
    };
    let name = plain(context.name());
    if !is_account(&subject.policy.owner) {
        return Outcome::unverified(format!("the account that owns the key `{name}` is not known"));
    }
    if account == subject.policy.owner
        || context.settings.keys.trusted_accounts.iter().any(|trusted| trusted == account)
    {
        return Outcome::Compliant;
    }
    let operations: Vec<String> = operations.iter().map(|operation| plain(operation)).collect();
    let grant = id.as_deref().unwrap_or("your-grant-id");
    Violation::new(format!(
        "A grant on the key `{name}` lets the foreign account {account} call {}.",
        operations.join(", ")
    ))
    .evidence("granteePrincipal", shown)
    .evidence("operations", operations)
    .remediation(GRANT_TO_FOREIGN_ACCOUNT.fill(context, &[("grant", Value::Text(grant))]))
}

/// True for service principals, and for what CloudTrail writes if a service creates a grant for itself.
fn is_service(grantee: &str) -> bool {
    grantee == "AWS Internal" || grantee.ends_with(".amazonaws.com") || grantee.ends_with(".amazonaws.com.cn")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
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

    #[test]
    fn what_people_read() {
        let call = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": "arn:aws:iam::444455556666:role/etl", "operations": ["Decrypt", "CreateGrant"]});
        insta::assert_snapshot!(violation(&RULE, "CreateGrant", &call), @r#"
        A grant on the key `customer` lets the foreign account 444455556666 call Decrypt, CreateGrant.
        {"granteePrincipal":"arn:aws:iam::444455556666:role/etl","operations":["Decrypt","CreateGrant"]}
        aws kms revoke-grant --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --grant-id your-grant-id --region eu-west-1
        # remove the aws_kms_grant whose grantee_principal belongs to the other account
        Key Management Service > Customer managed keys > customer > Grants (list and revoke with the AWS CLI)
        "#);
    }
}
