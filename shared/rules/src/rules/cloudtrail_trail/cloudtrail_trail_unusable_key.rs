//! A trail names a key that cannot be used.
//!
//! ## What it detects
//! `CreateTrail` or `UpdateTrail` that leaves the trail with a customer managed key that is
//! disabled, pending deletion or waiting for its key material, whose key store is disconnected, or
//! that is not a symmetric encryption key. The Region of the key is not compared: it must be the
//! Region of the bucket, which the record does not show. In a scan, a trail whose key is in one of
//! these states.
//!
//! ## Why it matters
//! CloudTrail cannot deliver log files that it cannot encrypt: the account goes blind.
//!
//! ## When it stays silent
//! A call that names no key is not applicable. An AWS managed key is compliant. A key about which
//! there is no data is unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::CloudTrailTrail;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-unusable-key",
    title: "Trail names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_unusable_key.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let Some(settings) = trail.settings() else { return Outcome::not_applicable("the call names no key") };
    let key = match &settings.key {
        Field::Present(Some(key)) => Field::Present(key),
        Field::Present(None) | Field::Absent => Field::Absent,
        hidden => return Outcome::missing(trail.unresolved.as_ref(), hidden, "kmsKeyId"),
    };
    unusable(&[("kmsKeyId", key)], None, context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn the_state_of_the_key_decides() {
        let create = |key: &str| json!({"name": "audit", "kmsKeyId": key});
        table(
            &RULE,
            &[
                ("CreateTrail", create(DISABLED_KEY), "violation"),
                ("CreateTrail", create(CUSTOMER_KEY), "compliant"),
                ("CreateTrail", create(UNKNOWN_KEY), "unverified"),
                ("CreateTrail", create(""), "not-applicable"),
                ("CreateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
    }
}
