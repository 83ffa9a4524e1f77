//! A trail's log files are not encrypted with a KMS key.
//!
//! ## What it detects
//! A trail without a key: `kmsKeyId` is absent from the response of CloudTrail, is empty in the
//! request, or was never given. In a scan, a trail without a key.
//!
//! ## Why it matters
//! Everyone who can read the bucket can read the history of the account. A key adds a second lock,
//! and a log of its use.
//!
//! ## When it stays silent
//! An update that names no key is not applicable if neither the response nor a look-up shows the
//! resulting key. A call whose request and response the record leaves out is unverified.
//!
//! ## How to fix
//! Set a customer managed key on the trail. Its policy must allow CloudTrail to use it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_trail::remediation::ENCRYPT;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-kms",
    title: "Trail without SSE-KMS",
    severity: Severity::Medium,
    controls: &[fsbp("CloudTrail.2"), cis("3.5"), nist("AU-9"), pci("10.3.2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_without_kms.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let Some(settings) = trail.settings() else { return Outcome::not_applicable("the call does not change the key") };
    match &settings.key {
        Field::Present(Some(_)) => return Outcome::Compliant,
        Field::Present(None) => {}
        Field::Absent => return Outcome::not_applicable("the update does not change the key"),
        missing => return Outcome::missing(trail.unresolved.as_ref(), missing, "kmsKeyId"),
    }
    let name = context.name();
    Violation::new(text!("The log files of the trail `{name}` are not encrypted with a KMS key.", name))
        .evidence("kmsKeyId", "none")
        .remediation(ENCRYPT.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn a_trail_left_without_a_key_is_a_violation() {
        table(
            &RULE,
            &[
                ("CreateTrail", json!({"name": "audit"}), "violation"),
                ("CreateTrail", json!({"name": "audit", "kmsKeyId": ""}), "violation"),
                ("CreateTrail", json!({"name": "audit", "kmsKeyId": CUSTOMER_KEY}), "compliant"),
                ("UpdateTrail", json!({"name": "audit", "kmsKeyId": ""}), "violation"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
                ("UpdateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
    }

    #[test]
    fn the_response_decides_if_it_was_recorded() {
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
        The log files of the trail `audit` are not encrypted with a KMS key.
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
