//! A trail writes no digest files.
//!
//! ## What it detects
//! A trail without log file validation: `CreateTrail` that does not enable it (the API's default),
//! or an update that disables it. In a scan, a trail without it.
//!
//! ## Why it matters
//! Digest files prove that no log file was changed or removed: CloudTrail signs them.
//!
//! ## When it stays silent
//! An update that does not name log file validation is not applicable if neither the response nor a
//! look-up shows the resulting setting. A call whose request and response the record leaves out is
//! unverified.
//!
//! ## How to fix
//! Enable log file validation.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_trail::remediation::LOG_VALIDATION;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-log-validation",
    title: "Trail without log file validation",
    severity: Severity::Medium,
    controls: &[fsbp("CloudTrail.4"), cis("3.2"), nist("SI-7"), pci("10.3.2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_without_log_validation.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let Some(settings) = trail.settings() else {
        return Outcome::not_applicable("the call does not change log file validation");
    };
    match settings.log_validation {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) => {}
        Field::Absent => return Outcome::not_applicable("the update does not change log file validation"),
        missing => return Outcome::missing(trail.unresolved.as_ref(), &missing, "enableLogFileValidation"),
    }
    let name = context.name();
    Violation::new(text!(
        "The trail `{name}` writes no digest files: nobody would notice changed or removed log files.",
        name
    ))
    .evidence("logFileValidationEnabled", false)
    .remediation(LOG_VALIDATION.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::cloudtrail_trail::DETECTOR;
    use crate::rules::testing::{answer, name, table};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    #[test]
    fn log_file_validation_is_off_unless_the_request_enables_it() {
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
    }

    #[test]
    fn the_response_decides_if_it_was_recorded() {
        let answered = |on: Value| json!({"name": "audit", "logFileValidationEnabled": on});
        for (on, want) in [(json!(true), "compliant"), (json!(false), "violation"), (json!("?"), "unverified")] {
            let outcome = answer(&RULE, "", &[], "UpdateTrail", &json!({"name": "audit"}), &answered(on));
            assert_eq!(name(&outcome), want);
        }
    }

    #[test]
    fn a_trail_belongs_to_its_home_region() {
        let record = json!({"eventName": "UpdateTrail", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "requestParameters": {"name": "audit"}, "responseElements": {"name": "audit",
                "trailARN": "arn:aws:cloudtrail:sa-east-1:111122223333:trail/audit", "logFileValidationEnabled": false}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        let finding = findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().to_json();
        assert_eq!(finding["region"], "sa-east-1");
        assert!(finding["remediation"]["cli"].as_str().unwrap().ends_with("--region sa-east-1"), "{finding}");
    }
}
