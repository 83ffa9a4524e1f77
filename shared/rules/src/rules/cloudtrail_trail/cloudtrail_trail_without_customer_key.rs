//! A trail's log files are encrypted with a key below the required level.
//!
//! ## What it detects
//! `CreateTrail` or `UpdateTrail` that leaves the trail with a key below the level of
//! `keys.required`. In a scan, a trail with such a key.
//!
//! ## Why it matters
//! Only a key with a policy of its own can keep readers of the bucket out of the log files.
//!
//! ## When it stays silent
//! A trail without a key is not applicable: another rule reports it. Neither is an update that
//! names no key. A key about which there is no data is unverified.
//!
//! ## How to fix
//! Set a customer managed key on the trail.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_trail::remediation::CUSTOMER_KEY;
use crate::rules::keys::{require_level, required};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-without-customer-key",
    title: "Trail encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("AU-9"), nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_without_customer_key.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let Some(settings) = trail.settings() else { return Outcome::not_applicable("the call names no key") };
    let key = match &settings.key {
        Field::Present(Some(key)) => key,
        Field::Present(None) | Field::Absent => return Outcome::not_applicable("no key is named"),
        hidden => return Outcome::missing(trail.unresolved.as_ref(), hidden, "kmsKeyId"),
    };
    require_level(key, context, |found| {
        let detail = text!(
            "The log files of the trail `{name}` are encrypted with {found}; {required} is required.",
            name = context.name(),
            found = found.in_words(),
            required = required(context)
        );
        Violation::new(detail).evidence("kmsKeyId", plain(&key.given)).remediation(CUSTOMER_KEY.fill(context, &[]))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn the_level_of_the_key_decides() {
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
