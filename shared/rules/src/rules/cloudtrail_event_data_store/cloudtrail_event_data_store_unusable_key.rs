//! An event data store names a key that cannot be used.
//!
//! ## What it detects
//! `CreateEventDataStore` or `UpdateEventDataStore` that leaves the store with a customer managed key
//! that is disabled, pending deletion or waiting for its key material, whose key store is
//! disconnected, or that is not a symmetric encryption key. The Region of the key is not compared:
//! AWS documents no rule about it. In a scan, a store whose key is in one of these states.
//!
//! ## Why it matters
//! CloudTrail logs no events to a store whose key it cannot use, and nobody can query the events that
//! are there. The key of a store cannot be changed, so a lost key is a lost store: critical.
//!
//! ## When it stays silent
//! A call that names no key is not applicable. An AWS managed key is compliant. A key about which
//! there is no data is unverified.
//!
//! ## How to fix
//! Enable the key or cancel its deletion. If that is impossible, create a new event data store with
//! another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_event_data_store::CloudTrailEventDataStore;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-event-data-store-unusable-key",
    title: "Event data store names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_unusable_key.rs"),
};

fn check(store: &CloudTrailEventDataStore, context: &RuleContext<'_>) -> Outcome {
    let key = match &store.key {
        Field::Present(Some(key)) => Field::Present(key),
        Field::Present(None) => Field::Absent,
        Field::Absent if store.unresolved.is_none() => Field::Absent,
        missing => return Outcome::missing(store.unresolved.as_ref(), missing, "kmsKeyId"),
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
                ("CreateEventDataStore", create(DISABLED_KEY), "violation"),
                ("UpdateEventDataStore", create(DISABLED_KEY), "violation"),
                ("CreateEventDataStore", create(CUSTOMER_KEY), "compliant"),
                ("CreateEventDataStore", create("alias/aws/s3"), "compliant"),
                ("CreateEventDataStore", create(UNKNOWN_KEY), "unverified"),
                ("CreateEventDataStore", json!({"name": "audit"}), "not-applicable"),
                ("UpdateEventDataStore", json!({"retentionPeriod": 90}), "not-applicable"),
                ("CreateEventDataStore", json!({"omitted": true}), "unverified"),
                ("DeleteEventDataStore", json!({"eventDataStore": "e"}), "not-applicable"),
            ],
        );
    }
}
