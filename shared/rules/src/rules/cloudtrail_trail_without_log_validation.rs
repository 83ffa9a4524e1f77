//! A trail writes no digest files.
//!
//! ## What it detects
//! Log file validation is off: `CreateTrail` without it (the API's default), or an update that
//! switches it off.
//!
//! ## Why it matters
//! Digest files prove that no log file was changed or removed. They are never sealed with KMS, so
//! that their signatures are what protects them.
//!
//! ## When it stays silent
//! Partial updates that CloudTrail's answer is missing for.
//!
//! ## How to fix
//! Switch log file validation on.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html>

use crate::configuration::CloudTrailTrail;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-log-validation",
    title: "Trail without log file validation",
    severity: Severity::Medium,
    controls: &[
        "AWS Security Hub FSBP CloudTrail.4",
        "CIS AWS Foundations v3.0.0 3.2",
        "NIST 800-53 r5 SI-7",
        "PCI DSS v4.0.1 10.3.2",
    ],
    check: Check::CloudTrailTrail(check),
    source: include_str!("cloudtrail_trail_without_log_validation.rs"),
};

fn check(trail: &CloudTrailTrail, case: &Case<'_>) -> Outcome {
    match trail.log_validation {
        Said::Said(true) => return Outcome::Compliant,
        Said::Said(false) => {}
        Said::NotSaid => return Outcome::not_applicable("the update does not touch it"),
        missing => return Outcome::unseen(trail.open.as_ref(), &missing, "enableLogFileValidation"),
    }
    let name = plain(case.name());
    Violation::new(format!("The trail `{name}` writes no digest files: changed or removed log files would go unseen."))
        .seen("logFileValidationEnabled", false)
        .fix(
            case.aws(&format!("cloudtrail update-trail --name {} --enable-log-file-validation", shell(case.arn()))),
            format!("resource \"aws_cloudtrail\" \"this\" {{\n  name                       = {}\n  enable_log_file_validation = true\n}}", hcl(case.name())),
            format!("CloudTrail > Trails > {name} > General details > Edit > Log file validation"),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        table(
            &RULE,
            &[
                ("CreateTrail", json!({"name": "audit"}), "violation"),
                ("CreateTrail", json!({"name": "audit", "enableLogFileValidation": false}), "violation"),
                ("CreateTrail", json!({"name": "audit", "enableLogFileValidation": true}), "compliant"),
                ("UpdateTrail", json!({"name": "audit", "enableLogFileValidation": false}), "violation"),
                ("UpdateTrail", json!({"name": "audit"}), "silent"),
                ("UpdateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
        let answered = |on: Value| json!({"name": "audit", "logFileValidationEnabled": on});
        for (on, want) in [(json!(true), "compliant"), (json!(false), "violation"), (json!("?"), "unverified")] {
            let outcome = answer(&RULE, "", &[], "UpdateTrail", &json!({"name": "audit"}), &answered(on));
            assert_eq!(name(&outcome), want);
        }
    }
}
