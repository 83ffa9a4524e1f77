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

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-log-validation",
    title: "Trail without log file validation",
    severity: Severity::Medium,
    controls: &[fsbp("CloudTrail.4"), cis("3.2"), nist("SI-7"), pci("10.3.2")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("cloudtrail_trail_without_log_validation.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    match trail.log_validation {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) => {}
        Field::Absent => return Outcome::not_applicable("the update does not touch it"),
        missing => return Outcome::missing(trail.unresolved.as_ref(), &missing, "enableLogFileValidation"),
    }
    let name = plain(context.name());
    Violation::new(format!("The trail `{name}` writes no digest files: changed or removed log files would go unseen."))
        .evidence("logFileValidationEnabled", false)
        .remediation(Remediation { cli: context.aws(&format!("cloudtrail update-trail --name {} --enable-log-file-validation", shell(context.arn()))), terraform: format!("resource \"aws_cloudtrail\" \"this\" {{\n  name                       = {}\n  enable_log_file_validation = true\n}}", hcl(context.name())), console: format!("CloudTrail > Trails > {name} > General details > Edit > Log file validation") })
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
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
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
