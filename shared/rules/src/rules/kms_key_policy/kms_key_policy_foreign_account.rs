//! A KMS key policy admits an account or organization that is not trusted.
//!
//! ## What it detects
//! Accounts that are principals, that `kms:CallerAccount`, `aws:PrincipalArn` and similar conditions name, or for which
//! a service acts, and that are neither the owner's nor in `keys.trusted_accounts`. Whole organizations that are not in
//! `keys.trusted_organizations`, and paths in them that are not in `keys.trusted_organizational_units`. A scan
//! evaluates the policy that is in force.
//!
//! ## Why it matters
//! The administrators of the other account decide which of its identities use the key, and nothing in the owner's
//! account shows it.
//!
//! ## When it stays silent
//! Trusted accounts and organizations are compliant. An organization is unverified while `keys.trusted_organizations`
//! is empty, because nothing says whose it is; so is a role that is known only by its unique id. An untrusted account
//! that must also belong to a trusted organization is reported as low. If the earlier policy of the key is known, only
//! what the new one adds is reported.
//!
//! ## How to fix
//! Remove the account from the statement, or add it to `keys.trusted_accounts`. The finding shows the statement without
//! it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Exposure;
use crate::language::Text;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::resource_policy::exposed::{Asking, evaluate_foreign};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-foreign-account",
    title: "KMS key open to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3"), nist("AC-6")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_foreign_account.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let rated = |exposure: &Exposure| match exposure.severity {
        Severity::Low => {
            Text::literal("the operations cannot use the key, or the account must belong to a trusted organization")
        }
        _ => Text::literal("the operations reveal no secret, or only the named identities may call them"),
    };
    evaluate_foreign(subject.analysis(context), context, Asking { rule: &RULE, rated })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, policy_call, policy_rows, violation};
    use serde_json::{Value, json};

    #[test]
    fn foreign_accounts_are_violations_and_organizations_unverified() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}), "violation"),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::444455556666:role/etl"}, "Action": "kms:Put*"}),
                    "violation",
                ),
                (
                    json!({"Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringLike": {"aws:userid": "AROAQ1W2E3R4T5EXAMPLE:*"}}}),
                    "unverified",
                ),
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/etl"}, "Action": "kms:Decrypt"}),
                    "compliant",
                ),
                (json!({"Principal": {"AWS": "AROAQ1W2E3R4T5EXAMPLE"}, "Action": "kms:Decrypt"}), "compliant"),
            ],
        );
    }

    fn policy_with(statements: &[Value]) -> Value {
        let root = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"});
        let statements: Vec<&Value> = std::iter::once(&root).chain(statements).collect();
        json!({"keyId": "k-1", "policy": {"Version": "2012-10-17", "Statement": statements}})
    }

    fn allow(sid: &str, principal: Value, condition: Value) -> Value {
        json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*", "Condition": condition})
    }

    #[test]
    fn every_statement_with_the_problem_is_corrected() {
        let none = json!({});
        let call = policy_with(&[
            allow("Ann", json!({"AWS": ["444455556666", "111122223333"]}), none.clone()),
            allow("Bob", json!({"AWS": "777788889999"}), none.clone()),
            allow("Own", json!({"AWS": "arn:aws:iam::111122223333:role/x"}), none.clone()),
            allow(
                "Eve",
                json!({"AWS": ["arn:aws:iam::999900001111:role/a", "arn:aws:iam::111122223333:role/x"]}),
                none,
            ),
        ]);
        let text = violation(&RULE, "PutKeyPolicy", &call);
        insta::assert_snapshot!(text, @r#"
        The policy of the key `k-1` lets account 444455556666 call kms:Decrypt (similarly account 777788889999 and arn:aws:iam::999900001111:role/a). Its administrators decide who uses the key.
        {"corrected_statement":{"Action":"kms:Decrypt","Effect":"Allow","Principal":{"AWS":"111122223333"},"Resource":"*","Sid":"Ann"},"correction":"replace Statement[1] Ann with corrected statement 1; remove Statement[2] Bob; replace Statement[4] Eve with corrected statement 2","exposures":["account 444455556666: kms:Decrypt","Statement[2] Bob: account 777788889999: kms:Decrypt","Statement[4] Eve: arn:aws:iam::999900001111:role/a: kms:Decrypt"],"further_corrected_statements":[{"Action":"kms:Decrypt","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Resource":"*","Sid":"Eve"}],"statement":"Statement[1] Ann"}
        aws kms put-key-policy --key-id arn:aws:kms:eu-west-1:111122223333:key/k-1 --policy-name default --policy file://policy.json --region eu-west-1
        # in the policy of the aws_kms_key: replace Statement[1] Ann with corrected statement 1; remove Statement[2] Bob; replace Statement[4] Eve with corrected statement 2
        locals {
          corrected_statement_1 = {
            "Action": "kms:Decrypt",
            "Effect": "Allow",
            "Principal": {
              "AWS": "111122223333"
            },
            "Resource": "*",
            "Sid": "Ann"
          }
          corrected_statement_2 = {
            "Action": "kms:Decrypt",
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111122223333:role/x"
            },
            "Resource": "*",
            "Sid": "Eve"
          }
        }
        Key Management Service > Customer managed keys > k-1 > Key policy > Edit: replace Statement[1] Ann with corrected statement 1; remove Statement[2] Bob; replace Statement[4] Eve with corrected statement 2
        "#);
    }

    #[test]
    fn every_organization_is_named() {
        let of = |ids: Value| json!({"StringEquals": {"aws:PrincipalOrgID": ids}});
        let call = policy_with(&[allow("Org", json!("*"), of(json!(["o-q1w2e3r4t5", "o-zzzzyyyyxx"])))]);
        for (settings, want) in [
            (
                "",
                "the policy admits every account of organization o-q1w2e3r4t5 and every account of organization o-zzzzyyyyxx; add those that are yours to `keys.trusted_organizations`",
            ),
            (
                "keys.trusted_organizations = ['o-aaaabbbbcc']",
                "The policy of the key `k-1` lets every account of organization o-q1w2e3r4t5 call kms:Decrypt (similarly every account of organization o-zzzzyyyyxx). Its administrators decide who uses the key.",
            ),
        ] {
            let text = match answer(&RULE, settings, &[], "PutKeyPolicy", &call, &Value::Null) {
                Outcome::Unverified(why) => why,
                Outcome::Violation(violation) => violation.detail,
                other => panic!("{other:?}"),
            };
            assert_eq!(&*text, want);
        }
    }

    #[test]
    fn a_service_sets_its_encryption_context_itself() {
        let text = |principal: Value, arns: Value| {
            let condition = json!({"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": arns}});
            violation(&RULE, "PutKeyPolicy", &policy_with(&[allow("Trail", principal, condition)]))
        };
        let two = json!(["arn:aws:cloudtrail:*:111122223333:trail/*", "arn:aws:cloudtrail:*:444455556666:trail/*"]);
        let service = text(json!({"Service": "cloudtrail.amazonaws.com"}), two.clone());
        assert!(!service.contains("ineffective_conditions"), "{service}");
        let identity = text(json!({"AWS": "444455556666"}), two);
        assert!(identity.contains("choose their encryption context themselves"), "{identity}");
    }

    #[test]
    fn the_settings_name_trusted_accounts_and_organizations() {
        let organization = "keys.trusted_organizations = ['o-q1w2e3r4t5']";
        let by = |id: &str| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
        for (settings, statement, want) in [
            (
                "keys.trusted_accounts = ['444455556666']",
                json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:*"}),
                "compliant",
            ),
            (
                "keys.trusted_organizational_units = ['o-q1w2e3r4t5/r-ab12/ou-ab12-11111111/*']",
                json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-q1w2e3r4t5/r-ab12/ou-ab12-11111111/*"}}}),
                "compliant",
            ),
            (organization, by("o-q1w2e3r4t5"), "compliant"),
            (organization, by("o-zzzzyyyyxx"), "violation"),
        ] {
            let outcome = answer(&RULE, settings, &[], "PutKeyPolicy", &policy_call(statement), &Value::Null);
            assert_eq!(name(&outcome), want, "{settings}");
        }
    }
}
