//! What a scan says about keys that exist.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DETECTOR, KEYS, kms_key_deletion_scheduled, kms_key_disabled, kms_key_rotation_disabled};
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::engine::lookup::{DESCRIBE_KEY, GET_KEY_ROTATION_STATUS, Lookup};
use crate::engine::outcome::Outcome;
use crate::rules::parity::{of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, fingerprint, scan, scanned, scanned_fingerprint};

fn entry() -> Value {
    json!({"KeyArn": CUSTOMER_KEY, "KeyId": "customer"})
}

/// What `DescribeKey` answers about a key with these members besides.
fn described(members: &Value) -> Value {
    let mut key = json!({"Arn": CUSTOMER_KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS",
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false});
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({"KeyMetadata": key})
}

/// What a scan says about a key with these members that rotates every year.
fn key(members: &Value) -> String {
    let rotation = json!({"KeyId": CUSTOMER_KEY, "KeyRotationEnabled": true, "RotationPeriodInDays": 365});
    scanned(&KEYS, &entry(), &[(DESCRIBE_KEY, described(members)), (GET_KEY_ROTATION_STATUS, rotation)], "")
}

/// What it says about a key with these members. A look-up of its rotation would be unverified.
fn key_without_rotation(members: &Value) -> String {
    scanned(&KEYS, &entry(), &[(DESCRIBE_KEY, described(members))], "")
}

/// What it says about the rotation of a key, which KMS answers with this.
fn rotation(answer: Value) -> String {
    let answers = [(DESCRIBE_KEY, described(&json!({}))), (GET_KEY_ROTATION_STATUS, answer)];
    scanned(&KEYS, &entry(), &answers, "keys.rotation_days = 180")
}

#[test]
fn the_state_of_a_key_decides() {
    insta::assert_snapshot!(key(&json!({})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    compliant kms-key-rotation-disabled: Compliant.
    compliant kms-key-rotation-too-rare: Compliant.
    ");
    insta::assert_snapshot!(key(&json!({"KeyState": "Disabled"})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    violation kms-key-disabled: The key `customer` is disabled: data encrypted with it cannot be read or written.
    compliant kms-key-rotation-disabled: Compliant.
    compliant kms-key-rotation-too-rare: Compliant.
    ");
    insta::assert_snapshot!(key_without_rotation(&json!({"KeyState": "Disabled", "KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    violation kms-key-disabled: The key `customer` is disabled: KMS neither signs nor verifies with it.
    ");
    insta::assert_snapshot!(key_without_rotation(&json!({"KeyState": "PendingDeletion", "DeletionDate": 1_796_202_000.5})), @"violation kms-key-deletion-scheduled: The key `customer` is scheduled for deletion. The deletion can be canceled until 2026-12-02T09:00:00Z.");
    insta::assert_snapshot!(key_without_rotation(&json!({"KeyState": "PendingReplicaDeletion", "PendingDeletionWindowInDays": 7,
        "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY"}})), @"violation kms-key-deletion-scheduled: The key `customer` is scheduled for deletion. The deletion can be canceled for 7 days after the deletion of its last replica.");
    insta::assert_snapshot!(key_without_rotation(&json!({"KeyState": "Updating"})), @"
    unverified kms-key-deletion-scheduled: Could not be verified: the key is still in the state Updating, which ends by itself.
    unverified kms-key-disabled: Could not be verified: the key is still in the state Updating, which ends by itself.
    unverified kms-key-material-deleted: Could not be verified: the key is still in the state Updating, which ends by itself.
    unverified kms-key-material-expires: Could not be verified: the key is still in the state Updating, which ends by itself.
    unverified kms-key-rotation-disabled: Could not be verified: the key is still in the state Updating, which ends by itself.
    unverified kms-key-rotation-too-rare: Could not be verified: the key is still in the state Updating, which ends by itself.
    ");
}

#[test]
fn the_material_of_a_key_decides() {
    let imported = |state: &str, members: Value| {
        let mut key = json!({"Origin": "EXTERNAL", "KeyState": state});
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        key_without_rotation(&key)
    };
    insta::assert_snapshot!(imported("Enabled", json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": 1_796_202_000})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    compliant kms-key-material-deleted: Compliant.
    violation kms-key-material-expires: The imported material of the key `customer` expires at 2026-12-02T09:00:00Z: KMS then deletes it, and the key cannot be used until the same material is imported again.
    ");
    insta::assert_snapshot!(imported("Enabled", json!({"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    compliant kms-key-material-deleted: Compliant.
    compliant kms-key-material-expires: Compliant.
    ");
    insta::assert_snapshot!(imported("Disabled", json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES"})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    violation kms-key-disabled: The key `customer` is disabled: data encrypted with it cannot be read or written.
    compliant kms-key-material-deleted: Compliant.
    unverified kms-key-material-expires: Could not be verified: KMS did not return when the material expires.
    ");
    insta::assert_snapshot!(imported("PendingImport", json!({})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    unverified kms-key-material-deleted: Could not be verified: the key has no key material, and KMS does not say whether it was deleted or never imported.
    ");
    let ends = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": 1_796_202_000});
    insta::assert_snapshot!(imported("PendingDeletion", ends), @"violation kms-key-deletion-scheduled: The key `customer` is scheduled for deletion. The deletion can be canceled until the end of its waiting period.");
}

#[test]
fn only_the_rotation_of_keys_that_can_rotate_is_looked_up() {
    let signing = json!({"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"});
    for members in [
        signing,
        json!({"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"}),
        json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1"}),
        json!({"MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA"}}),
    ] {
        assert!(!key_without_rotation(&members).contains("rotation"), "{members}");
        assert_eq!(key_without_rotation(&members), key(&members), "{members}");
    }
    let off = json!({"KeyRotationEnabled": false});
    insta::assert_snapshot!(rotation(off), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    violation kms-key-rotation-disabled: The key `customer` can rotate, and its rotation is switched off.
    ");
    insta::assert_snapshot!(rotation(json!({"KeyRotationEnabled": true, "RotationPeriodInDays": 90})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    compliant kms-key-rotation-disabled: Compliant.
    compliant kms-key-rotation-too-rare: Compliant.
    ");
    insta::assert_snapshot!(rotation(json!({"KeyRotationEnabled": true})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    compliant kms-key-rotation-disabled: Compliant.
    violation kms-key-rotation-too-rare: The key `customer` rotates every 365 days; at most 180 are allowed.
    ");
    insta::assert_snapshot!(key_without_rotation(&json!({})), @"
    compliant kms-key-deletion-scheduled: Compliant.
    compliant kms-key-disabled: Compliant.
    unverified kms-key-rotation-disabled: Could not be verified: no answer to `kms:GetKeyRotationStatus` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-rotation-too-rare: Could not be verified: no answer to `kms:GetKeyRotationStatus` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    ");
}

#[test]
fn a_key_that_cannot_be_described_is_unverified() {
    insta::assert_snapshot!(scanned(&KEYS, &entry(), &[], ""), @"
    unverified kms-key-deletion-scheduled: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-disabled: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-material-deleted: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-material-expires: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-rotation-disabled: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-rotation-too-rare: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    ");
}

#[test]
fn each_rule_says_why_it_does_not_apply_to_an_existing_key() {
    let why = |finding: &Finding<'_>| match &finding.outcome {
        Outcome::NotApplicable(why) => Some(format!("{}: {why}\n", finding.rule.id)),
        _ => None,
    };
    let listed = Facts::default();
    let reasons = scan(&KEYS, &entry(), &listed, &[(DESCRIBE_KEY, described(&json!({})))], "", why).unwrap();
    insta::assert_snapshot!(reasons.concat(), @"
    kms-key-deleted: the key exists
    kms-key-material-deleted: the key has no imported key material
    kms-key-material-expires: the key has no imported key material
    ");
}

#[test]
fn a_key_that_was_deleted_meanwhile_is_not_applicable() {
    assert_eq!(scanned(&KEYS, &entry(), &[(DESCRIBE_KEY, Value::Null)], ""), "");
    let later = [(DESCRIBE_KEY, described(&json!({}))), (GET_KEY_ROTATION_STATUS, Value::Null)];
    assert_eq!(scanned(&KEYS, &entry(), &later, ""), "");
}

#[test]
fn keys_that_aws_manages_are_not_evaluated() {
    let mut listed = Facts::default();
    listed.insert_aliases(&[json!({"AliasName": "alias/aws/kinesis", "TargetKeyId": "customer",
        "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/kinesis"})]);
    let all = |_: &Finding<'_>| Some(());
    assert_eq!(scan(&KEYS, &entry(), &listed, &[], "", all), None);
    assert_eq!(scan(&KEYS, &entry(), &Facts::default(), &[], "", all).map(|all| all.len()), Some(7));
    // only `DescribeKey` shows it
    assert_eq!(key_without_rotation(&json!({"KeyManager": "AWS"})), "");
}

#[test]
fn a_scan_and_an_event_have_the_same_fingerprint() {
    let state = |state: &str| [(DESCRIBE_KEY, described(&json!({"KeyState": state})))];
    let off = [(DESCRIBE_KEY, described(&json!({}))), (GET_KEY_ROTATION_STATUS, json!({"KeyRotationEnabled": false}))];
    for (rule, call, answers) in [
        (&kms_key_deletion_scheduled::RULE, "ScheduleKeyDeletion", &state("PendingDeletion")[..]),
        (&kms_key_disabled::RULE, "DisableKey", &state("Disabled")),
        (&kms_key_rotation_disabled::RULE, "DisableKeyRotation", &off),
    ] {
        let event = fingerprint(rule, call, &json!({"keyId": CUSTOMER_KEY}));
        assert_eq!(event, scanned_fingerprint(rule, &KEYS, &entry(), answers), "{}", rule.id);
    }
}

proptest! {
    /// A call says something about one side of a key, and a scan about all of them: only the rule about that side is compared.
    #[test]
    fn a_scan_and_the_last_call_on_a_key_agree(
        (call, rules, state) in prop::sample::select(vec![
            ("DisableKey", &["kms-key-disabled"][..], "Disabled"),
            ("ScheduleKeyDeletion", &["kms-key-deletion-scheduled"], "PendingDeletion"),
            ("DisableKeyRotation", &["kms-key-rotation-disabled"], "Enabled"),
            ("EnableKeyRotation", &["kms-key-rotation-too-rare"], "Enabled"),
        ]),
        days in 90..=2560_i64,
        window in 7..=30_i64,
    ) {
        let rotates = call != "DisableKeyRotation";
        let answers = |lookup: &Lookup| match lookup.call {
            GET_KEY_ROTATION_STATUS => Some(json!({"KeyRotationEnabled": rotates, "RotationPeriodInDays": days})),
            _ => Some(described(&json!({"KeyState": state, "DeletionDate": 1_796_000_000, "PendingDeletionWindowInDays": window}))),
        };
        let request = json!({"keyId": CUSTOMER_KEY, "pendingWindowInDays": window, "rotationPeriodInDays": days});
        let response = json!({"keyId": CUSTOMER_KEY, "deletionDate": "2026-12-01T00:00:00Z"});
        let mut told = of_call(&DETECTOR, call, &request, &response, &answers);
        let mut seen = of_scan(&KEYS, &entry(), &answers);
        told.retain(|verdict| rules.contains(&verdict.rule));
        seen.retain(|verdict| rules.contains(&verdict.rule));
        prop_assert_eq!(told.len(), rules.len());
        prop_assert_eq!(seen, told);
    }
}
