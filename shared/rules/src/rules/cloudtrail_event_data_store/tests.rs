use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DETECTOR, STORE_POLICIES, STORES};
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{Verdict, about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5";
const GET_STORE: &str = "cloudtrail:GetEventDataStore";

fn entry() -> Value {
    json!({"EventDataStoreArn": ARN, "Name": "audit"})
}

fn store(status: &str, key: Option<&str>, selectors: &Value) -> Value {
    json!({"EventDataStoreArn": ARN, "Name": "audit", "Status": status, "KmsKeyId": key,
        "AdvancedEventSelectors": selectors, "CreatedTimestamp": 1_795_600_000.0})
}

fn selectors(category: &str, excludes: bool) -> Value {
    let mut fields = vec![json!({"Field": "eventCategory", "Equals": [category]})];
    if excludes {
        fields.push(json!({"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}));
    }
    json!([{ "FieldSelectors": fields }])
}

#[test]
fn an_existing_event_data_store_is_what_its_description_says() {
    let scan = |store: Value| scanned(&STORES, &entry(), &[(GET_STORE, store), (DESCRIBE_KEY, keys()[0].clone())], "");
    let all = selectors("Management", false);
    insta::assert_snapshot!(scan(store("ENABLED", Some(CUSTOMER_KEY), &all)), @"
    compliant cloudtrail-event-data-store-stopped: Compliant.
    compliant cloudtrail-event-data-store-unusable-key: Compliant.
    compliant cloudtrail-event-data-store-without-customer-key: Compliant.
    compliant cloudtrail-event-data-store-without-kms-events: Compliant.
    ");
    insta::assert_snapshot!(scan(store("STOPPED_INGESTION", None, &selectors("Management", true))), @"
    violation cloudtrail-event-data-store-stopped: The event data store `audit` ingests no events: what happens from now on, it does not show. If it was created for copies of earlier events only, add an exception for it.
    violation cloudtrail-event-data-store-without-customer-key: The events in the event data store `audit` are encrypted with an AWS owned key; a customer managed key is required.
    violation cloudtrail-event-data-store-without-kms-events: The event data store `audit` leaves out all KMS events: it does not show who uses or changes a key.
    ");
    insta::assert_snapshot!(scan(store("PENDING_DELETION", None, &all)), @"violation cloudtrail-event-data-store-deleted: The event data store `audit` is pending deletion: it records nothing, and its events are lost unless it is restored within 7 days of its deletion.");
    assert_eq!(scan(store("PENDING_DELETION", None, &selectors("Data", false))), "");
    insta::assert_snapshot!(scan(store("STOPPED_INGESTION", Some(CUSTOMER_KEY), &selectors("Data", false))), @"
    compliant cloudtrail-event-data-store-unusable-key: Compliant.
    compliant cloudtrail-event-data-store-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(store("CREATED", Some(CUSTOMER_KEY), &all)), @"
    unverified cloudtrail-event-data-store-stopped: Could not be verified: the status of the event data store does not show whether it ingests events.
    compliant cloudtrail-event-data-store-unusable-key: Compliant.
    compliant cloudtrail-event-data-store-without-customer-key: Compliant.
    compliant cloudtrail-event-data-store-without-kms-events: Compliant.
    ");
    insta::assert_snapshot!(scan(json!({"EventDataStoreArn": ARN})), @"
    unverified cloudtrail-event-data-store-stopped: Could not be verified: the status of the event data store does not show whether it ingests events.
    violation cloudtrail-event-data-store-without-customer-key: The events in the event data store `audit` are encrypted with an AWS owned key; a customer managed key is required.
    compliant cloudtrail-event-data-store-without-kms-events: Compliant.
    ");
    insta::assert_snapshot!(scanned(&STORES, &entry(), &[], ""), @"
    unverified cloudtrail-event-data-store-deleted: Could not be verified: no answer to `cloudtrail:GetEventDataStore` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    unverified cloudtrail-event-data-store-stopped: Could not be verified: no answer to `cloudtrail:GetEventDataStore` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    unverified cloudtrail-event-data-store-unusable-key: Could not be verified: no answer to `cloudtrail:GetEventDataStore` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    unverified cloudtrail-event-data-store-without-customer-key: Could not be verified: no answer to `cloudtrail:GetEventDataStore` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    unverified cloudtrail-event-data-store-without-kms-events: Could not be verified: no answer to `cloudtrail:GetEventDataStore` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    ");
    let elsewhere = json!({"EventDataStoreArn": ARN.replace("111122223333", "999988887777")});
    assert_eq!(scanned(&STORES, &elsewhere, &[], ""), "not evaluated");
}

#[test]
fn the_policy_of_an_existing_event_data_store_is_looked_up() {
    let scan = |answers: &[(&'static str, Value)]| scanned(&STORE_POLICIES, &entry(), answers, "");
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "cloudtrail:StartQuery", "Resource": ARN});
    let policy = json!({"ResourceArn": ARN, "ResourcePolicy": json!({"Statement": statement}).to_string()});
    insta::assert_snapshot!(scan(&[("cloudtrail:GetResourcePolicy", policy)]), @"
    compliant cloudtrail-event-data-store-policy-foreign-account: Compliant.
    violation cloudtrail-event-data-store-policy-public: The policy of the event data store `audit` lets every principal of every account call cloudtrail:StartQuery. A caller needs only an IAM policy of its own account.
    ");
    insta::assert_snapshot!(scan(&[]), @"
    unverified cloudtrail-event-data-store-policy-foreign-account: Could not be verified: no answer to `cloudtrail:GetResourcePolicy` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    unverified cloudtrail-event-data-store-policy-public: Could not be verified: no answer to `cloudtrail:GetResourcePolicy` of `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5`.
    ");
    // CloudTrail writes this one for delegated administrators, and nobody can change it
    assert_eq!(scan(&[("cloudtrail:GetResourcePolicy", json!({"DelegatedAdminResourcePolicy": "{}"}))]), "");
}

fn shared(verdicts: Vec<Verdict>, event: &[Verdict]) -> Vec<Verdict> {
    let is_said = |rule: &str| event.iter().any(|verdict| verdict.rule == rule && verdict.outcome != "not-applicable");
    let only_in_events = |verdict: &Verdict| verdict.rule.ends_with("-deleted") && verdict.outcome != "violation";
    verdicts.into_iter().filter(|verdict| is_said(verdict.rule) && !only_in_events(verdict)).collect()
}

proptest! {
    #[test]
    fn an_event_data_store_and_a_scan_of_it_have_the_same_outcomes(
        key in proptest::option::of(proptest::sample::select(&[CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY][..])),
        category in proptest::sample::select(&["Management", "Data", "ConfigurationItem"][..]),
        excludes: bool,
        (call, status) in proptest::sample::select(&[
            ("CreateEventDataStore", "ENABLED"),
            ("UpdateEventDataStore", "ENABLED"),
            ("StopEventDataStoreIngestion", "STOPPED_INGESTION"),
            ("StopEventDataStoreIngestion", "ENABLED"),
            ("DeleteEventDataStore", "PENDING_DELETION"),
        ][..]),
        is_answered: bool,
    ) {
        let store = store(status, key, &selectors(category, excludes));
        let answers = |lookup: &Lookup| if lookup.call == GET_STORE { Some(store.clone()) } else { about_key(lookup) };
        let shows_store = call == "CreateEventDataStore" || (call == "UpdateEventDataStore" && is_answered);
        let response = if shows_store { store.clone() } else { Value::Null };
        let event = of_call(&DETECTOR, call, &json!({"eventDataStore": ARN}), &response, &answers);
        let scan = shared(of_scan(&STORES, &entry(), &answers), &event);
        prop_assert_eq!(shared(event.clone(), &event), scan);
    }
}
