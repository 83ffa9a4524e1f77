//! The rules, one file each, named after the rule.
//!
//! To add one, see `CONTRIBUTING.md`.

pub mod cloudtrail_trail_unusable_key;
pub mod cloudtrail_trail_without_customer_key;
pub mod cloudtrail_trail_without_kms;
pub mod cloudtrail_trail_without_log_validation;
pub mod firehose_destination_unusable_key;
pub mod firehose_destination_without_customer_key;
pub mod firehose_inline_secret;
pub mod firehose_plaintext_endpoint;
pub mod firehose_stream_unencrypted;
pub mod firehose_stream_unusable_key;
pub mod firehose_stream_without_customer_key;
pub mod kinesis_stream_unencrypted;
pub mod kinesis_stream_unusable_key;
pub mod kinesis_stream_without_customer_key;
pub mod kms_grant_to_foreign_account;
pub mod kms_key_deletion_scheduled;
pub mod kms_key_disabled;
pub mod kms_key_material_deleted;
pub mod kms_key_policy_account_wide;
pub mod kms_key_policy_broad_service;
pub mod kms_key_policy_foreign_account;
pub mod kms_key_policy_lockout;
pub mod kms_key_policy_mixed_duties;
pub mod kms_key_policy_public;
pub mod kms_key_policy_unbound_service;
pub mod kms_key_policy_unbounded_grants;
pub mod kms_key_rotation_disabled;
pub mod kms_key_rotation_too_rare;
pub mod msk_cluster_plaintext_brokers;
pub mod msk_cluster_plaintext_clients;
pub mod msk_cluster_public_access;
pub mod msk_cluster_serverless_key;
pub mod msk_cluster_unauthenticated_clients;
pub mod msk_cluster_unusable_key;
pub mod msk_cluster_without_customer_key;
pub mod msk_connector_plaintext_destination;
pub mod msk_connector_plaintext_kafka;
pub mod msk_connector_plaintext_secret;
pub mod msk_connector_unauthenticated_kafka;
pub mod msk_connector_unencrypted_output;
pub mod msk_connector_unverified_tls;
pub mod msk_connector_without_logs;

#[cfg(test)]
pub(crate) mod testing;

use crate::rule::Rule;

/// Every rule, sorted by id.
pub static RULES: &[&Rule] = &[
    &cloudtrail_trail_unusable_key::RULE,
    &cloudtrail_trail_without_customer_key::RULE,
    &cloudtrail_trail_without_kms::RULE,
    &cloudtrail_trail_without_log_validation::RULE,
    &firehose_destination_unusable_key::RULE,
    &firehose_destination_without_customer_key::RULE,
    &firehose_inline_secret::RULE,
    &firehose_plaintext_endpoint::RULE,
    &firehose_stream_unencrypted::RULE,
    &firehose_stream_unusable_key::RULE,
    &firehose_stream_without_customer_key::RULE,
    &kinesis_stream_unencrypted::RULE,
    &kinesis_stream_unusable_key::RULE,
    &kinesis_stream_without_customer_key::RULE,
    &kms_grant_to_foreign_account::RULE,
    &kms_key_deletion_scheduled::RULE,
    &kms_key_disabled::RULE,
    &kms_key_material_deleted::RULE,
    &kms_key_policy_account_wide::RULE,
    &kms_key_policy_broad_service::RULE,
    &kms_key_policy_foreign_account::RULE,
    &kms_key_policy_lockout::RULE,
    &kms_key_policy_mixed_duties::RULE,
    &kms_key_policy_public::RULE,
    &kms_key_policy_unbound_service::RULE,
    &kms_key_policy_unbounded_grants::RULE,
    &kms_key_rotation_disabled::RULE,
    &kms_key_rotation_too_rare::RULE,
    &msk_cluster_plaintext_brokers::RULE,
    &msk_cluster_plaintext_clients::RULE,
    &msk_cluster_public_access::RULE,
    &msk_cluster_serverless_key::RULE,
    &msk_cluster_unauthenticated_clients::RULE,
    &msk_cluster_unusable_key::RULE,
    &msk_cluster_without_customer_key::RULE,
    &msk_connector_plaintext_destination::RULE,
    &msk_connector_plaintext_kafka::RULE,
    &msk_connector_plaintext_secret::RULE,
    &msk_connector_unauthenticated_kafka::RULE,
    &msk_connector_unencrypted_output::RULE,
    &msk_connector_unverified_tls::RULE,
    &msk_connector_without_logs::RULE,
];

/// The ids of [`RULES`]. The settings check against these, so that a function that reads settings does
/// not link the rules of every detector.
#[expect(clippy::indexing_slicing, reason = "worked out by the compiler: a wrong index does not build")]
pub static IDS: [&str; RULES.len()] = {
    let mut ids = [""; RULES.len()];
    let mut index = 0;
    while index < ids.len() {
        ids[index] = RULES[index].id;
        index += 1;
    }
    ids
};

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_unique_and_named_in_kebab_case() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_is_documented_in_its_own_file() {
        const SECTIONS: [&str; 5] =
            ["## What it detects", "## Why it matters", "## When it stays silent", "## How to fix", "## References"];
        for rule in RULES {
            let doc = rule.doc();
            let found: Vec<_> = doc.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(found, SECTIONS, "{}", rule.id);
            assert!(!rule.references().is_empty(), "{} has no references", rule.id);
            assert!(rule.source.contains(&format!("id: \"{}\"", rule.id)), "{} includes another file", rule.id);
        }
    }

    #[test]
    fn the_set_of_rules_changes_only_on_purpose() {
        let ids: Vec<_> = RULES.iter().map(|rule| format!("{} {}", rule.id, rule.severity.name())).collect();
        insta::assert_snapshot!(ids.join("\n"), @"
        cloudtrail-trail-unusable-key critical
        cloudtrail-trail-without-customer-key medium
        cloudtrail-trail-without-kms medium
        cloudtrail-trail-without-log-validation medium
        firehose-destination-unusable-key critical
        firehose-destination-without-customer-key medium
        firehose-inline-secret medium
        firehose-plaintext-endpoint high
        firehose-stream-unencrypted high
        firehose-stream-unusable-key critical
        firehose-stream-without-customer-key medium
        kinesis-stream-unencrypted high
        kinesis-stream-unusable-key critical
        kinesis-stream-without-customer-key medium
        kms-grant-to-foreign-account high
        kms-key-deletion-scheduled high
        kms-key-disabled medium
        kms-key-material-deleted high
        kms-key-policy-account-wide medium
        kms-key-policy-broad-service low
        kms-key-policy-foreign-account high
        kms-key-policy-lockout high
        kms-key-policy-mixed-duties low
        kms-key-policy-public critical
        kms-key-policy-unbound-service medium
        kms-key-policy-unbounded-grants medium
        kms-key-rotation-disabled medium
        kms-key-rotation-too-rare low
        msk-cluster-plaintext-brokers high
        msk-cluster-plaintext-clients high
        msk-cluster-public-access critical
        msk-cluster-serverless-key medium
        msk-cluster-unauthenticated-clients medium
        msk-cluster-unusable-key critical
        msk-cluster-without-customer-key high
        msk-connector-plaintext-destination high
        msk-connector-plaintext-kafka high
        msk-connector-plaintext-secret high
        msk-connector-unauthenticated-kafka medium
        msk-connector-unencrypted-output medium
        msk-connector-unverified-tls medium
        msk-connector-without-logs low
        ");
    }
}
