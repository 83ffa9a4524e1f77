//! A trail names a key that cannot be used.
//!
//! ## What it detects
//! `CreateTrail` or `UpdateTrail` that leaves the trail at a customer managed key. The key is
//! disabled, pending deletion or waiting for its key material, its key store is disconnected, or
//! it is no symmetric encryption key. Its Region is not compared: it is the bucket's, which the
//! record does not tell.
//!
//! ## Why it matters
//! CloudTrail cannot deliver log files that it cannot encrypt: the account goes blind.
//!
//! ## When it stays silent
//! The call names no key, or an AWS managed one. A key that nothing is known about is reported as
//! unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::configuration::CloudTrailTrail;
use crate::key_checks::unusable;
use crate::rule::{Case, Check, Outcome, Rule, Severity};
use crate::said::Said;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "cloudtrail-trail-unusable-key",
    title: "Trail names a key that cannot be used",
    severity: Severity::Critical,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::CloudTrailTrail(check),
    source: include_str!("cloudtrail_trail_unusable_key.rs"),
};

fn check(trail: &CloudTrailTrail, case: &Case<'_>) -> Outcome {
    let key = match &trail.key {
        Said::Said(Some(key)) => Said::Said(key),
        Said::Said(None) | Said::NotSaid => Said::NotSaid,
        hidden => return Outcome::unseen(trail.open.as_ref(), hidden, "kmsKeyId"),
    };
    unusable(&[("kmsKeyId", key)], None, case)
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
                ("CreateTrail", create(""), "silent"),
                ("CreateTrail", json!({"omitted": true}), "unverified"),
            ],
        );
    }
}
