//! A trail's log files are sealed with a key below the demanded level.
//!
//! ## What it detects
//! A trail left at a key below the level of `keys.required`.
//!
//! ## Why it matters
//! Only a key with a policy of its own can keep the readers of the bucket out of the log files.
//!
//! ## When it stays silent
//! Trails without a key, which another rule reports. A key that nothing is known about is reported
//! as unverified.
//!
//! ## How to fix
//! Give the trail a customer managed key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::{Level, level};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-customer-key",
    title: "Trail sealed below the required key level",
    severity: Severity::Medium,
    controls: &[nist("AU-9"), nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("cloudtrail_trail_without_customer_key.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let key = match &trail.key {
        Field::Present(Some(key)) => key,
        Field::Present(None) | Field::Absent => return Outcome::not_applicable("no key is named"),
        hidden => return Outcome::missing(trail.unresolved.as_ref(), hidden, "kmsKeyId"),
    };
    let found = match level(key, context) {
        Level::Enough => return Outcome::Compliant,
        Level::Unknown(why) => return Outcome::Unverified(why),
        Level::Below(found) => found,
    };
    let name = plain(context.name());
    let required = context.settings.keys.required.in_words();
    Violation::new(format!(
        "The log files of the trail `{name}` are sealed with {}; {required} is required.",
        found.in_words()
    ))
    .evidence("kmsKeyId", plain(&key.given))
    .remediation(Remediation {
        cli: context
            .aws(&format!("cloudtrail update-trail --name {} --kms-key-id alias/your-key", shell(context.arn()))),
        terraform: format!(
            "resource \"aws_cloudtrail\" \"this\" {{\n  name       = {}\n  kms_key_id = aws_kms_key.this.arn\n}}",
            hcl(context.name())
        ),
        console: format!("CloudTrail > Trails > {name} > General details > Edit > Customer managed AWS KMS key"),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn every_answer() {
        let create = |key: &str| json!({"name": "audit", "kmsKeyId": key});
        table(
            &RULE,
            &[
                ("CreateTrail", create(MANAGED_KEY), "violation"),
                ("CreateTrail", create("alias/aws/s3"), "violation"),
                ("CreateTrail", create(CUSTOMER_KEY), "compliant"),
                ("UpdateTrail", create(UNKNOWN_KEY), "unverified"),
                ("CreateTrail", create(""), "not-applicable"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
                ("UpdateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
    }
}
