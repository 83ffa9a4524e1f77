//! The table of detectors, and their rules: one folder for each detector, one file for each rule, named after the rule.
//!
//! To add one, see `CONTRIBUTING.md`.

pub mod cloudtrail_event_data_store;
pub mod cloudtrail_trail;
pub(crate) mod connect;
pub mod firehose_stream;
pub mod japanese;
pub(crate) mod keys;
pub mod kinesis_channel;
pub mod kinesis_stream;
pub mod kms_alias;
pub mod kms_key_lifecycle;
pub mod kms_key_policy;
pub mod kms_key_store;
pub mod msk_channel;
pub mod msk_cluster;
pub mod msk_connector;
pub mod msk_replicator;
pub mod msk_worker_configuration;
#[cfg(test)]
pub(crate) mod parity;
pub(crate) mod remediation;
mod resource_policy;
#[cfg(test)]
pub(crate) mod testing;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::key::{Key, Rotation};
use crate::engine::change::{Change, Event};
use crate::engine::detector::Detector;
use crate::engine::existing::Existing;
use crate::engine::facts::{self, CliOutput, Facts};
use crate::engine::lookup::{DESCRIBE_KEY, GET_KEY_ROTATION_STATUS, LookupResult};
use crate::engine::rule::Rule;
use crate::language::text;
use crate::timeline;

/// All detectors, sorted by name.
///
/// This table is the one source of the EventBridge patterns, the IAM statements, the pre-filter of archives, the dispatch
/// of the command line and the documentation.
pub static DETECTORS: &[&Detector] = &[
    &cloudtrail_event_data_store::DETECTOR,
    &cloudtrail_trail::DETECTOR,
    &firehose_stream::DETECTOR,
    &kinesis_channel::DETECTOR,
    &kinesis_stream::DETECTOR,
    &kms_alias::DETECTOR,
    &kms_key_lifecycle::DETECTOR,
    &kms_key_policy::DETECTOR,
    &kms_key_store::DETECTOR,
    &msk_channel::DETECTOR,
    &msk_cluster::DETECTOR,
    &msk_connector::DETECTOR,
    &msk_replicator::DETECTOR,
    &msk_worker_configuration::DETECTOR,
];

/// How a scan finds the resources of the detectors, sorted by the name of the detector. It is not part of the detectors'
/// rows, so that a function which evaluates events does not link it.
///
/// This table is the one source of what a scan asks for, of its IAM policy and of its documentation.
pub static EXISTING: &[&Existing] = &[
    &cloudtrail_event_data_store::STORES,
    &cloudtrail_event_data_store::STORE_POLICIES,
    &cloudtrail_trail::TRAILS,
    &firehose_stream::STREAMS,
    &kinesis_channel::CHANNELS,
    &kinesis_stream::STREAMS,
    &kinesis_stream::STREAM_POLICIES,
    &kinesis_stream::CONSUMER_POLICIES,
    &kinesis_stream::QUEUE_POLICIES,
    &kms_alias::ALIASES,
    &kms_key_lifecycle::KEYS,
    &kms_key_policy::GRANTS,
    &kms_key_policy::KEYS,
    &kms_key_store::KEY_STORES,
    &msk_channel::CHANNELS,
    &msk_cluster::CLUSTERS,
    &msk_cluster::CLUSTER_POLICIES,
    &msk_connector::CONNECTORS,
    &msk_replicator::REPLICATORS,
    &msk_worker_configuration::WORKERS,
];

/// What no row lists, although a call may set its policy: by detector and the type in the ARN. That a scan did not see it says
/// nothing.
const UNLISTED: [(&str, &str); 3] = [
    ("cloudtrail-event-data-store", "channel"),
    ("cloudtrail-event-data-store", "dashboard"),
    ("kinesis-stream", "channel"),
];

/// True if a scan of this account lists the resource with this ARN for a detector, as long as the resource exists. It does
/// not list what another account owns: the trail of an organization in the account of its delegated administrator.
pub fn is_listed(detector: &str, arn: &str, account: &str) -> bool {
    let Some(arn) = Arn::parse(arn) else { return true };
    let kind = arn.resource.split('/').next().unwrap_or_default();
    arn.account == account && !UNLISTED.contains(&(detector, kind))
}

/// The number of rules of all detectors.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler: a wrong index does not build")]
const RULE_COUNT: usize = {
    let (mut count, mut index) = (0, 0);
    while index < DETECTORS.len() {
        count += DETECTORS[index].rules.len();
        index += 1;
    }
    count
};

/// The ids of all rules. The settings are checked against these, so that a function that reads settings does not link the
/// rules of every detector.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler: a wrong index does not build")]
pub static RULE_IDS: [&str; RULE_COUNT] = {
    let mut ids = [""; RULE_COUNT];
    let (mut found, mut detector) = (0, 0);
    while detector < DETECTORS.len() {
        let mut rule = 0;
        while rule < DETECTORS[detector].rules.len() {
            ids[found] = DETECTORS[detector].rules[rule].id;
            found += 1;
            rule += 1;
        }
        detector += 1;
    }
    ids
};

/// All rules, sorted by id.
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = DETECTORS.iter().flat_map(|detector| detector.rules).copied().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// The rule with this id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    DETECTORS.iter().flat_map(|detector| detector.rules).copied().find(|rule| rule.id == id)
}

/// True for a call that some detector evaluates, or that has an effect on the timeline.
#[inline]
pub fn monitors(event_source: &[u8], event_name: &[u8]) -> bool {
    DETECTORS.iter().any(|detector| detector.monitors(event_source, event_name))
        || timeline::monitors(event_source, event_name)
}

impl Event<'_> {
    /// What the detectors see in the event: nothing if no detector evaluates the call or the call failed.
    pub fn changes(&self) -> Vec<Change<'_>> {
        DETECTORS.iter().filter_map(|detector| self.change_for(detector).ok()).collect()
    }
}

fn cli_outputs() -> impl Iterator<Item = &'static CliOutput> {
    DETECTORS.iter().flat_map(|detector| detector.cli_outputs)
}

/// The result of a look-up, from the answer of the API as JSON.
pub fn answered(call: &str, answer: Value) -> LookupResult {
    let body = Field::Present(&answer);
    let read = match call {
        DESCRIBE_KEY => Key::read(body.get("KeyMetadata")).map(LookupResult::Key),
        GET_KEY_ROTATION_STATUS => Rotation::read(body).map(LookupResult::Rotation),
        _ => {
            let members = cli_outputs().filter(|output| output.call == call).filter_map(|output| output.member);
            let held = members.filter_map(|member| body.get(member).value()).next().unwrap_or(&answer);
            match held {
                Value::Array(list) => list.first().cloned().map(LookupResult::Resource),
                description => Some(LookupResult::Resource(description.clone())),
            }
        }
    };
    read.unwrap_or_else(|| LookupResult::Unknown(text!("the answer of `{call}` holds no description", call)))
}

/// True if a JSON object looks like something that an AWS CLI command printed about a key or a resource of some detector.
pub fn is_cli_output(text: &RawValue) -> bool {
    facts::is_cli_output(text, cli_outputs())
}

impl Facts {
    /// Stores what an AWS CLI command printed: `kms describe-key`, `get-key-rotation-status` and `list-aliases`, and what
    /// describes the resources of the detectors.
    ///
    /// # Errors
    /// Says what is missing if the output cannot be attributed to a key or resource.
    pub fn insert_cli_output(&mut self, output: &Value) -> Result<(), String> {
        self.insert_output(output, cli_outputs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_lists_what_its_account_owns_but_no_channel() {
        const ACCOUNT: &str = "111122223333";
        for (detector, arn, want) in [
            ("kinesis-stream", "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", true),
            ("kinesis-stream", "arn:aws:kinesis:eu-west-1:444455556666:stream/orders", false),
            ("kinesis-stream", "arn:aws:kinesis:eu-west-1:111122223333:channel/orders", false),
            ("cloudtrail-event-data-store", "arn:aws:cloudtrail:eu-west-1:111122223333:channel/c-1", false),
            ("cloudtrail-event-data-store", "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/d", false),
            ("cloudtrail-event-data-store", "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e-1", true),
            ("cloudtrail-trail", "arn:aws:cloudtrail:eu-west-1:444455556666:trail/organization", false),
            ("kms-key-store", "cks-1", true), // known by its id
        ] {
            assert_eq!(is_listed(detector, arn, ACCOUNT), want, "{detector} {arn}");
        }
    }

    #[test]
    fn detectors_calls_and_rules_are_sorted_and_unique() {
        assert!(DETECTORS.is_sorted_by(|a, b| a.name < b.name));
        for detector in DETECTORS {
            assert!(detector.calls.is_sorted_by(|a, b| a.name < b.name), "{}", detector.name);
            assert!(detector.rules.is_sorted_by(|a, b| a.id < b.id), "{}", detector.name);
        }
        assert!(rules().is_sorted_by(|a, b| a.id < b.id), "every rule belongs to exactly one detector");
        for rule in rules() {
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
            assert!(RULE_IDS.contains(&rule.id), "{}", rule.id);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test may read files")]
    fn every_rule_is_documented_in_its_own_file() {
        const SECTIONS: [&str; 5] =
            ["## What it detects", "## Why it matters", "## When it stays silent", "## How to fix", "## References"];
        for rule in rules() {
            let doc = rule.doc();
            let found: Vec<_> = doc.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(found, SECTIONS, "{}", rule.id);
            assert!(!rule.references().is_empty(), "{} has no references", rule.id);
            let file = format!("{}.rs", rule.id.replace('-', "_"));
            let folder = |detector: &&Detector| detector.rules.iter().any(|other| other.id == rule.id);
            let detector = DETECTORS.iter().copied().find(|detector| folder(detector)).unwrap();
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
            let source = std::fs::read_to_string(root.join(detector.name.replace('-', "_")).join(file)).unwrap();
            assert!(source.starts_with(rule.comment), "{} has the comment of another file", rule.id);
            let rest = source.get(rule.comment.len()..).unwrap();
            assert!(rest.starts_with('\n'), "the comment of {} ends too early or too late", rule.id);
        }
    }

    #[test]
    fn the_set_of_rules_changes_only_on_purpose() {
        let ids: Vec<_> = rules().into_iter().map(|rule| format!("{} {}", rule.id, rule.severity.name())).collect();
        insta::assert_snapshot!(ids.join("\n"), @"
        cloudtrail-event-data-store-deleted high
        cloudtrail-event-data-store-policy-foreign-account high
        cloudtrail-event-data-store-policy-public critical
        cloudtrail-event-data-store-stopped high
        cloudtrail-event-data-store-unusable-key critical
        cloudtrail-event-data-store-without-customer-key medium
        cloudtrail-event-data-store-without-kms-events medium
        cloudtrail-trail-deleted high
        cloudtrail-trail-not-logging high
        cloudtrail-trail-single-region low
        cloudtrail-trail-unusable-key critical
        cloudtrail-trail-without-customer-key medium
        cloudtrail-trail-without-kms medium
        cloudtrail-trail-without-kms-events high
        cloudtrail-trail-without-log-validation medium
        firehose-destination-unusable-key critical
        firehose-destination-without-customer-key medium
        firehose-inline-secret medium
        firehose-plaintext-endpoint high
        firehose-stream-unencrypted high
        firehose-stream-unusable-key critical
        firehose-stream-without-customer-key medium
        kinesis-channel-unencrypted high
        kinesis-channel-unusable-key critical
        kinesis-channel-without-customer-key medium
        kinesis-stream-policy-foreign-account high
        kinesis-stream-policy-public critical
        kinesis-stream-unencrypted high
        kinesis-stream-unusable-key critical
        kinesis-stream-without-customer-key medium
        kms-alias-below-key-level high
        kms-alias-unusable-key critical
        kms-grant-every-operation medium
        kms-grant-to-foreign-account high
        kms-key-deleted high
        kms-key-deletion-scheduled high
        kms-key-disabled medium
        kms-key-material-deleted high
        kms-key-material-expires medium
        kms-key-policy-account-wide medium
        kms-key-policy-broad-service low
        kms-key-policy-foreign-account high
        kms-key-policy-lockout high
        kms-key-policy-mixed-duties medium
        kms-key-policy-public critical
        kms-key-policy-unbound-service medium
        kms-key-policy-unbounded-grants medium
        kms-key-rotation-disabled medium
        kms-key-rotation-too-rare low
        kms-key-store-disconnected high
        kms-key-store-redirected medium
        msk-channel-unusable-key critical
        msk-channel-without-customer-key medium
        msk-cluster-plaintext-brokers high
        msk-cluster-plaintext-clients high
        msk-cluster-policy-foreign-account high
        msk-cluster-policy-public critical
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
        msk-replicator-plaintext high
        msk-worker-plaintext-endpoint high
        msk-worker-plaintext-secret high
        msk-worker-unverified-tls medium
        ");
    }

    #[test]
    fn every_row_of_a_scan_has_its_rules_and_every_rule_its_row() {
        for row in EXISTING {
            assert!(row.detector.rules.iter().any(|rule| row.evaluates(rule)), "{row:?}");
        }
        for rule in rules() {
            assert!(EXISTING.iter().any(|row| row.evaluates(rule)), "{}", rule.id);
        }
    }
}
