//! A trail's log files are not sealed with a KMS key.
//!
//! ## What it detects
//! A trail left without a key: `kmsKeyId` is absent from what CloudTrail answered, or empty in the
//! request, or was never given.
//!
//! ## Why it matters
//! Whoever may read the bucket reads the account's history; a key adds a second lock and a log of
//! who opened it.
//!
//! ## When it stays silent
//! Partial updates that CloudTrail's answer is missing for.
//!
//! ## How to fix
//! Give the trail a customer managed key whose policy lets CloudTrail use it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html>

use crate::configuration::CloudTrailTrail;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-kms",
    title: "Trail without SSE-KMS",
    severity: Severity::Medium,
    controls: &[
        "AWS Security Hub FSBP CloudTrail.2",
        "CIS AWS Foundations v3.0.0 3.5",
        "NIST 800-53 r5 AU-9",
        "PCI DSS v4.0.1 10.3.2",
    ],
    check: Check::CloudTrailTrail(check),
    source: include_str!("cloudtrail_trail_without_kms.rs"),
};

fn check(trail: &CloudTrailTrail, case: &Case<'_>) -> Outcome {
    match &trail.key {
        Said::Said(Some(_)) => return Outcome::Compliant,
        Said::Said(None) => {}
        Said::NotSaid => return Outcome::not_applicable("the update does not touch the key"),
        missing => return Outcome::unseen(trail.open.as_ref(), missing, "kmsKeyId"),
    }
    let name = plain(case.name());
    Violation::new(format!("The log files of the trail `{name}` are not sealed with a KMS key."))
        .seen("kmsKeyId", "none")
        .fix(
            case.aws(&format!("cloudtrail update-trail --name {} --kms-key-id alias/your-key", shell(case.arn()))),
            format!(
                "resource \"aws_cloudtrail\" \"this\" {{\n  name       = {}\n  kms_key_id = aws_kms_key.this.arn\n}}",
                hcl(case.name())
            ),
            format!("CloudTrail > Trails > {name} > General details > Edit > Log file SSE-KMS encryption"),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn three_forms_of_none() {
        table(
            &RULE,
            &[
                ("CreateTrail", json!({"name": "audit"}), "violation"),
                ("CreateTrail", json!({"name": "audit", "kmsKeyId": ""}), "violation"),
                ("CreateTrail", json!({"name": "audit", "kmsKeyId": CUSTOMER_KEY}), "compliant"),
                ("UpdateTrail", json!({"name": "audit", "kmsKeyId": ""}), "violation"),
                ("UpdateTrail", json!({"name": "audit"}), "silent"),
                ("UpdateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
    }

    #[test]
    fn the_answer_decides_where_it_was_recorded() {
        let answered = |extra: Value| {
            let mut response =
                json!({"name": "audit", "trailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"});
            response.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            name(&answer(
                &RULE,
                "",
                &[],
                "UpdateTrail",
                &json!({"name": "audit", "cloudWatchLogsRoleArn": "r"}),
                &response,
            ))
        };
        assert_eq!(answered(json!({})), "violation");
        assert_eq!(answered(json!({"kmsKeyId": CUSTOMER_KEY})), "compliant");
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "CreateTrail", &json!({"name": "audit"})), @r#"
        The log files of the trail `audit` are not sealed with a KMS key.
        {"kmsKeyId":"none"}
        aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --kms-key-id alias/your-key --region eu-west-1
        resource "aws_cloudtrail" "this" {
          name       = "audit"
          kms_key_id = aws_kms_key.this.arn
        }
        CloudTrail > Trails > audit > General details > Edit > Log file SSE-KMS encryption
        "#);
    }
}
