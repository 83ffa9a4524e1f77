//! What a scan says about aliases that exist.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ALIASES, DETECTOR, kms_alias_unusable_key};
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{of_call, of_scan};
use crate::rules::testing::{DISABLED_KEY, fingerprint, keys, scanned, scanned_fingerprint};

fn entry(name: &str, target: &Value) -> Value {
    json!({"AliasName": name, "AliasArn": format!("arn:aws:kms:eu-west-1:111122223333:{name}"), "TargetKeyId": target})
}

/// What a scan says about an alias, whose key is in this state.
fn alias(state: &str) -> String {
    let key =
        json!({"KeyMetadata": {"Arn": DISABLED_KEY, "KeyManager": "CUSTOMER", "KeyState": state, "Origin": "AWS_KMS"}});
    let cloudhsm = "keys.required = 'cloudhsm'";
    scanned(&ALIASES, &entry("alias/orders", &json!("disabled")), &[(DESCRIBE_KEY, key)], cloudhsm)
}

#[test]
fn the_state_of_the_key_decides_and_not_its_level() {
    insta::assert_snapshot!(alias("Enabled"), @"compliant kms-alias-unusable-key: Compliant.");
    insta::assert_snapshot!(alias("Disabled"), @"violation kms-alias-unusable-key: The alias `alias/orders` points to the key `disabled`, which is disabled: every use of the alias fails.");
    insta::assert_snapshot!(alias("PendingDeletion"), @"violation kms-alias-unusable-key: The alias `alias/orders` points to the key `disabled`, which is pending deletion: every use of the alias fails.");
    insta::assert_snapshot!(alias("Unavailable"), @"violation kms-alias-unusable-key: The alias `alias/orders` points to the key `disabled`, which is unavailable: its key store is disconnected: every use of the alias fails.");
    insta::assert_snapshot!(scanned(&ALIASES, &entry("alias/orders", &json!("disabled")), &[], ""), @"unverified kms-alias-unusable-key: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/disabled`.");
}

#[test]
fn an_alias_of_aws_or_without_a_key_is_not_evaluated() {
    for (name, target) in [("alias/aws/s3", json!("disabled")), ("alias/orders", Value::Null)] {
        assert_eq!(scanned(&ALIASES, &entry(name, &target), &[], ""), "not evaluated", "{name} {target}");
    }
}

#[test]
fn an_alias_of_a_key_that_was_deleted_meanwhile_is_not_applicable() {
    let entry = entry("alias/orders", &json!("disabled"));
    assert_eq!(scanned(&ALIASES, &entry, &[(DESCRIBE_KEY, Value::Null)], ""), "");
}

#[test]
fn a_scan_and_an_event_have_the_same_fingerprint() {
    let request = json!({"aliasName": "alias/orders", "targetKeyId": DISABLED_KEY});
    let event = fingerprint(&kms_alias_unusable_key::RULE, "UpdateAlias", &request);
    let answers = [(DESCRIBE_KEY, keys()[2].clone())];
    let entry = entry("alias/orders", &json!("disabled"));
    assert_eq!(event, scanned_fingerprint(&kms_alias_unusable_key::RULE, &ALIASES, &entry, &answers));
}

proptest! {
    /// The other rule is about the move.
    #[test]
    fn a_scan_and_the_call_that_updated_the_alias_agree(
        name in "alias/[a-z]{1,12}",
        id in "[0-9a-f]{8}",
        state in prop::sample::select(vec!["Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable", ""]),
    ) {
        let answers = |lookup: &Lookup| {
            (!state.is_empty()).then(|| json!({"KeyMetadata": {"Arn": lookup.arn, "KeyManager": "CUSTOMER", "KeyState": state}}))
        };
        let request = json!({"aliasName": name, "targetKeyId": id});
        let mut told = of_call(&DETECTOR, "UpdateAlias", &request, &Value::Null, &answers);
        let mut seen = of_scan(&ALIASES, &entry(&name, &json!(id)), &answers);
        for verdicts in [&mut told, &mut seen] {
            verdicts.retain(|verdict| verdict.rule == kms_alias_unusable_key::RULE.id);
        }
        prop_assert_eq!(told.len(), 1);
        prop_assert_eq!(seen, told);
    }
}
