//! What a scan says about custom key stores that exist.

use serde_json::{Value, json};

use super::{KEY_STORES, kms_key_store_disconnected};
use crate::rules::testing::{fingerprint, scanned, scanned_fingerprint};

const STORE: &str = "cks-1234567890abcdef0";

fn entry(state: &str) -> Value {
    json!({"CustomKeyStoreId": STORE, "CustomKeyStoreName": "archive", "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "ConnectionState": state, "XksProxyConfiguration": {"Connectivity": "PUBLIC_ENDPOINT"}})
}

#[test]
fn the_list_describes_the_connection() {
    let store = |state: &str| scanned(&KEY_STORES, &entry(state), &[], "");
    insta::assert_snapshot!(store("CONNECTED"), @"compliant kms-key-store-disconnected: Compliant.");
    insta::assert_snapshot!(store("DISCONNECTED"), @"violation kms-key-store-disconnected: The custom key store `cks-1234567890abcdef0` is disconnected: no key in it can be used until it is connected.");
    insta::assert_snapshot!(store("CONNECTING"), @"unverified kms-key-store-disconnected: Could not be verified: the key store is still CONNECTING: whether it can be connected is not known yet.");
    let mut failed = entry("FAILED");
    failed["ConnectionErrorCode"] = json!("XKS_PROXY_NOT_REACHABLE");
    insta::assert_snapshot!(scanned(&KEY_STORES, &failed, &[], ""), @"violation kms-key-store-disconnected: The custom key store `cks-1234567890abcdef0` is not connected, because that failed (XKS_PROXY_NOT_REACHABLE): no key in it can be used until it is connected.");
    insta::assert_snapshot!(scanned(&KEY_STORES, &json!({"CustomKeyStoreId": STORE}), &[], ""), @"unverified kms-key-store-disconnected: Could not be verified: KMS did not return `ConnectionState`.");
}

#[test]
fn a_scan_and_an_event_have_the_same_fingerprint() {
    let event =
        fingerprint(&kms_key_store_disconnected::RULE, "DisconnectCustomKeyStore", &json!({"customKeyStoreId": STORE}));
    let rule = &kms_key_store_disconnected::RULE;
    assert_eq!(event, scanned_fingerprint(rule, &KEY_STORES, &entry("DISCONNECTED"), &[]));
}
