//! A KMS key policy lets an AWS service use the key on behalf of any customer.
//!
//! ## What it detects
//! A service principal that may use the key, create grants or administer the key, without a condition on the account
//! for which the service acts: `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID`, `kms:CallerAccount`, or an
//! encryption context that contains the account and that the service itself sets. A scan evaluates the policy that is
//! in force.
//!
//! ## Why it matters
//! Another customer can make the service use this key for them: the confused deputy problem.
//!
//! ## When it stays silent
//! Service principals with such a condition, and those that may only describe the key, are compliant. Most services
//! without one are reported as low, because AWS's own templates contain them; with `CreateGrant` or administration as
//! medium, and "every service" as high.
//!
//! ## How to fix
//! Add a condition that the service sends to KMS: `aws:SourceAccount`, `aws:SourceArn`, or an encryption context with the
//! account in it. The finding shows the corrected statements for services whose condition AWS documents: EventBridge and
//! CloudWatch Logs, for example, send nothing but their encryption context. For other services it asks you to decide,
//! because a condition that the service does not send stops it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html>
//! - <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>

use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::Fix;
use crate::language::Text;
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::resource_policy::exposed::lets;
use crate::rules::resource_policy::report::{Words, admits, evaluate_exposures};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-unbound-service",
    title: "KMS key open to a service for any customer",
    severity: Severity::Medium,
    controls: &[nist("AC-3")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_unbound_service.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let words = Words {
        rule: &RULE,
        problem: lets,
        consequence: |_| Text::literal("No condition limits the account for which the service acts."),
        unverified: admits,
        rated: |exposure| match exposure.severity {
            Severity::High => Text::literal("the statement admits every AWS service"),
            _ => Text::literal("the service may only use the key, as in templates of AWS"),
        },
        fix: Fix::BoundService,
    };
    evaluate_exposures(subject.analysis(context), context, |analysis| &analysis.unbound_services, words)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, policy_call, policy_rows};
    use serde_json::{Map, Value, json};

    /// The evidence of the violation by this statement.
    fn evidence(statement: Value) -> Map<String, Value> {
        match answer(&RULE, "", &[], "PutKeyPolicy", &policy_call(statement), &Value::Null) {
            Outcome::Violation(violation) => violation.evidence.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// The correction, and the principal and condition of each corrected statement.
    fn corrected(statement: Value) -> String {
        let evidence = evidence(statement);
        let further = evidence.get("further_corrected_statements").and_then(Value::as_array);
        let statements = evidence.get("corrected_statement").into_iter().chain(further.into_iter().flatten());
        let lines = statements.map(|it| format!("\n{} {} {}", it["Principal"], it["Action"], it["Condition"]));
        format!("{}{}", evidence["correction"].as_str().unwrap(), lines.collect::<String>())
    }

    #[test]
    fn the_correction_has_only_conditions_that_the_service_sends() {
        let of = |services: Value, actions: Value| corrected(json!({"Principal": services, "Action": actions}));
        let used = json!(["kms:Decrypt", "kms:GenerateDataKey*"]);
        insta::assert_snapshot!(of(json!({"Service": "events.amazonaws.com"}), used.clone()), @r#"
        replace Statement[1] with corrected statements 1 to 3
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"StringLike":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:eu-west-1:111122223333:*"}}
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"StringLike":{"kms:EncryptionContext:aws:sqs:arn":"arn:aws:sqs:eu-west-1:111122223333:*"}}
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"StringLike":{"kms:EncryptionContext:aws:events:event-bus:arn":"arn:aws:events:eu-west-1:111122223333:event-bus/*"}}
        "#);
        insta::assert_snapshot!(of(json!({"Service": "events.amazonaws.com"}), json!(["kms:Decrypt", "kms:DescribeKey"])), @r#"
        replace Statement[1] with corrected statements 1 to 4
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:DescribeKey"] {"StringLike":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:eu-west-1:111122223333:*"}}
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:DescribeKey"] {"StringLike":{"kms:EncryptionContext:aws:sqs:arn":"arn:aws:sqs:eu-west-1:111122223333:*"}}
        {"Service":"events.amazonaws.com"} ["kms:Decrypt","kms:DescribeKey"] {"StringLike":{"kms:EncryptionContext:aws:events:event-bus:arn":"arn:aws:events:eu-west-1:111122223333:event-bus/*"}}
        {"Service":"events.amazonaws.com"} "kms:DescribeKey" null
        "#);
        insta::assert_snapshot!(of(json!({"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}), used.clone()), @r#"
        replace Statement[1] with corrected statements 1 to 2
        {"Service":"cloudtrail.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:111122223333:*"}}
        {"Service":"config.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"StringEquals":{"aws:SourceAccount":"111122223333"}}
        "#);
        insta::assert_snapshot!(of(json!({"Service": "logs.eu-west-1.amazonaws.com", "AWS": "arn:aws:iam::111122223333:role/ops"}), used.clone()), @r#"
        replace Statement[1] with corrected statements 1 to 2
        {"Service":"logs.eu-west-1.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:*"}}
        {"AWS":"arn:aws:iam::111122223333:role/ops"} ["kms:Decrypt","kms:GenerateDataKey*"] null
        "#);
        insta::assert_snapshot!(of(json!({"Service": "robomaker.amazonaws.com"}), used.clone()), @"in Statement[1], decide which condition limits robomaker.amazonaws.com to your account: `aws:SourceAccount`, `aws:SourceArn` or an encryption context, as the documentation of the service says; a key that the service does not send denies all its calls");
        insta::assert_snapshot!(of(json!({"Service": ["robomaker.amazonaws.com", "s3.amazonaws.com"]}), used), @r#"
        replace Statement[1] with the corrected statement, and decide which condition limits robomaker.amazonaws.com to your account: `aws:SourceAccount`, `aws:SourceArn` or an encryption context, as the documentation of the service says; a key that the service does not send denies all its calls
        {"Service":"s3.amazonaws.com"} ["kms:Decrypt","kms:GenerateDataKey*"] {"StringEquals":{"aws:SourceAccount":"111122223333"}}
        "#);
    }

    #[test]
    fn a_condition_is_replaced_in_any_letter_case() {
        let statement = json!({"Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:Decrypt",
            "Condition": {"stringequals": {"AWS:sourceaccount": "${aws:PrincipalAccount}"}}});
        insta::assert_snapshot!(corrected(statement), @r#"
        replace Statement[1] with the corrected statement
        {"Service":"s3.amazonaws.com"} "kms:Decrypt" {"stringequals":{"AWS:sourceaccount":"111122223333"}}
        "#);
        let statement = json!({"Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:Decrypt",
            "Condition": {"forallvalues:stringlikeifexists": {"aws:sourceorgpaths": "o-q1w2e3r4t5/*"}}});
        insta::assert_snapshot!(corrected(statement), @r#"
        replace Statement[1] with the corrected statement
        {"Service":"s3.amazonaws.com"} "kms:Decrypt" {"ForAnyValue:stringlike":{"aws:sourceorgpaths":"o-q1w2e3r4t5/*"}}
        "#);
    }

    #[test]
    fn every_corrected_statement_is_compliant() {
        for service in ["events", "logs.eu-west-1", "cloudtrail", "delivery.logs", "s3", "cloudfront"] {
            let statement = json!({"Principal": {"Service": format!("{service}.amazonaws.com")},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]});
            let evidence = evidence(statement);
            let further = evidence.get("further_corrected_statements").and_then(Value::as_array).cloned();
            let first = evidence["corrected_statement"].clone();
            let rows: Vec<_> = further
                .unwrap_or_default()
                .into_iter()
                .chain([first])
                .map(|statement| (statement, "compliant"))
                .collect();
            policy_rows(&RULE, &rows);
        }
    }

    #[test]
    fn a_condition_on_the_account_behind_the_service_is_required() {
        policy_rows(
            &RULE,
            &[
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt"}), "violation"),
                (
                    json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}}),
                    "violation",
                ),
                (
                    json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}),
                    "compliant",
                ),
                (
                    json!({"Principal": {"Service": "logs.eu-west-1.amazonaws.com"}, "Action": "kms:Encrypt*", "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:111122223333:*"}}}),
                    "compliant",
                ),
                (json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:DescribeKey"}), "compliant"),
            ],
        );
    }
}
