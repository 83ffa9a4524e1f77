use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DESCRIBE_TRAILS, DETECTOR, GET_EVENT_SELECTORS, GET_TRAIL, GET_TRAIL_STATUS, TRAILS};
use crate::configuration::key::Scope;
use crate::engine::change::Event;
use crate::engine::evaluate::{evaluate, pending_lookups};
use crate::engine::existing::Entry;
use crate::engine::facts::Facts;
use crate::engine::lookup::{DESCRIBE_KEY, Lookup, LookupResult};
use crate::engine::rule::Phase;
use crate::rules::answered;
use crate::rules::parity::{Verdict, about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned};
use crate::settings::Settings;

/// A delegated administrator may change the trail of an organization, which the management account owns.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html>
#[test]
fn the_trail_of_an_organization_is_evaluated_in_the_account_that_has_the_record() {
    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:999988887777:trail/org";
    for (shared, is_copy) in [(Value::Null, false), (json!("s-1"), true)] {
        let text =
            json!({"eventName": "DeleteTrail", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "us-east-1",
            "recipientAccountId": "111122223333", "sharedEventID": shared, "requestParameters": {"name": TRAIL}})
            .to_string();
        let event = Event::parse(&text).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let lookups = pending_lookups(&change, &facts, &settings, Phase::All);
        let wanted = [Lookup::new(DESCRIBE_TRAILS.action, TRAIL)];
        assert_eq!(lookups, if is_copy { &[][..] } else { &wanted[..] });
        let findings = evaluate(&change, &facts, &settings);
        let finding = findings.iter().find(|finding| finding.rule.id == "cloudtrail-trail-deleted").unwrap();
        assert_eq!(finding.is_violation(), !is_copy, "the owner has a record of its own");
    }
}

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

/// An entry of the list, with all that is right.
fn right() -> Value {
    json!({"Name": "audit", "TrailARN": ARN, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": true, "LogFileValidationEnabled": true, "KmsKeyId": CUSTOMER_KEY,
        "HasCustomEventSelectors": false, "IsOrganizationTrail": false, "S3BucketName": "logs"})
}

fn with(mut entry: Value, members: &Value) -> Value {
    entry.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    entry
}

fn status(is_logging: bool) -> (&'static str, Value) {
    (GET_TRAIL_STATUS.action, json!({"IsLogging": is_logging, "StartLoggingTime": 1_795_600_000.0}))
}

#[test]
fn an_existing_trail_is_what_its_entry_and_its_status_say() {
    let scan = |members: &Value, answers: &[(&'static str, Value)]| {
        let key = (DESCRIBE_KEY, keys()[0].clone());
        scanned(&TRAILS, &with(right(), members), &[&[key], answers].concat(), "")
    };
    insta::assert_snapshot!(scan(&json!({}), &[status(true)]), @"
    compliant cloudtrail-trail-not-logging: Compliant.
    compliant cloudtrail-trail-single-region: Compliant.
    compliant cloudtrail-trail-unusable-key: Compliant.
    compliant cloudtrail-trail-without-customer-key: Compliant.
    compliant cloudtrail-trail-without-kms: Compliant.
    compliant cloudtrail-trail-without-kms-events: Compliant.
    compliant cloudtrail-trail-without-log-validation: Compliant.
    ");
    let wrong = json!({"IsMultiRegionTrail": false, "LogFileValidationEnabled": false, "KmsKeyId": null});
    insta::assert_snapshot!(scan(&wrong, &[status(false)]), @"
    violation cloudtrail-trail-not-logging: The trail `audit` is stopped: it records no events.
    violation cloudtrail-trail-single-region: The trail `audit` records one Region only, and misses the use of keys in all others.
    violation cloudtrail-trail-without-kms: The log files of the trail `audit` are not encrypted with a KMS key.
    compliant cloudtrail-trail-without-kms-events: Compliant.
    violation cloudtrail-trail-without-log-validation: The trail `audit` writes no digest files: nobody would notice changed or removed log files.
    ");
    insta::assert_snapshot!(scan(&json!({}), &[]), @"
    unverified cloudtrail-trail-not-logging: Could not be verified: no answer to `cloudtrail:GetTrailStatus` of `arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit`.
    compliant cloudtrail-trail-single-region: Compliant.
    compliant cloudtrail-trail-unusable-key: Compliant.
    compliant cloudtrail-trail-without-customer-key: Compliant.
    compliant cloudtrail-trail-without-kms: Compliant.
    compliant cloudtrail-trail-without-kms-events: Compliant.
    compliant cloudtrail-trail-without-log-validation: Compliant.
    ");
    let custom = json!({"HasCustomEventSelectors": true});
    insta::assert_snapshot!(scan(&custom, &[status(true)]), @"
    compliant cloudtrail-trail-not-logging: Compliant.
    compliant cloudtrail-trail-single-region: Compliant.
    compliant cloudtrail-trail-unusable-key: Compliant.
    compliant cloudtrail-trail-without-customer-key: Compliant.
    compliant cloudtrail-trail-without-kms: Compliant.
    unverified cloudtrail-trail-without-kms-events: Could not be verified: no answer to `cloudtrail:GetEventSelectors` of `arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit`.
    compliant cloudtrail-trail-without-log-validation: Compliant.
    ");
    let selectors = json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"]}], "AdvancedEventSelectors": null});
    let others = json!({"trailList": [right(), {"Name": "org", "TrailARN": "arn:aws:cloudtrail:us-east-1:999988887777:trail/org",
        "IsMultiRegionTrail": true, "HasCustomEventSelectors": false}]});
    insta::assert_snapshot!(
        scan(&custom, &[status(true), (GET_EVENT_SELECTORS.action, selectors), (DESCRIBE_TRAILS.action, others)]),
        @"
        compliant cloudtrail-trail-not-logging: Compliant.
        compliant cloudtrail-trail-single-region: Compliant.
        compliant cloudtrail-trail-unusable-key: Compliant.
        compliant cloudtrail-trail-without-customer-key: Compliant.
        compliant cloudtrail-trail-without-kms: Compliant.
        violation cloudtrail-trail-without-kms-events: The event selectors of the trail `audit` leave out all KMS events: nobody can tell who uses or changes a key. The trail `org` records all management events.
        compliant cloudtrail-trail-without-log-validation: Compliant.
        "
    );
    // a trail without selectors records all management events
    let none = json!({"TrailARN": ARN, "EventSelectors": [], "AdvancedEventSelectors": []});
    assert_eq!(scan(&custom, &[status(true), (GET_EVENT_SELECTORS.action, none)]), scan(&json!({}), &[status(true)]));
}

#[test]
fn a_trail_is_evaluated_in_its_home_region_and_the_account_that_owns_it() {
    for (arn, is_evaluated) in [
        (ARN, true),
        ("arn:aws:cloudtrail:us-east-1:111122223333:trail/audit", false),
        ("arn:aws:cloudtrail:eu-west-1:999988887777:trail/audit", false),
        ("audit", false),
    ] {
        let scan = scanned(&TRAILS, &with(right(), &json!({ "TrailARN": arn })), &[], "");
        assert_eq!(scan != "not evaluated", is_evaluated, "{arn}");
    }
}

#[test]
fn a_trail_that_was_deleted_since_it_was_listed_is_not_applicable() {
    for gone in [GET_TRAIL_STATUS.action, GET_EVENT_SELECTORS.action] {
        let entry = with(right(), &json!({"HasCustomEventSelectors": true, "KmsKeyId": null}));
        let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
        let listed = Facts::default();
        let change =
            TRAILS.change(&Entry { value: &entry, scope, facts: &listed }, scope, "2026-11-26T10:00:00Z").unwrap();
        let mut facts = Facts::default();
        facts.insert(Lookup::new(GET_TRAIL.action, ARN), answered(GET_TRAIL.action, entry.clone()));
        facts.insert(Lookup::new(GET_TRAIL_STATUS.action, ARN), answered(GET_TRAIL_STATUS.action, status(true).1));
        facts.insert(Lookup::new(gone, ARN), LookupResult::Deleted);
        let settings = Settings::default();
        for finding in evaluate(&change, &facts, &settings) {
            assert_eq!(finding.outcome_name(), "not-applicable", "{}: {}", finding.rule.id, finding.detail());
        }
    }
}

fn key() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(&[CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY][..]))
}

/// The verdicts that an event and a scan share: those on what the call says. That a trail was deleted shows only an event.
fn shared(verdicts: Vec<Verdict>, event: &[Verdict]) -> Vec<Verdict> {
    let is_said = |rule: &str| {
        event.iter().any(|verdict| verdict.rule == rule && verdict.outcome != "not-applicable")
            && rule != "cloudtrail-trail-deleted"
    };
    verdicts.into_iter().filter(|verdict| is_said(verdict.rule)).collect()
}

fn basic() -> impl Strategy<Value = Value> {
    let selector = (
        proptest::sample::select(&["All", "ReadOnly", "WriteOnly"][..]),
        any::<bool>(),
        proptest::sample::select(&["", "kms.amazonaws.com", "rdsdata.amazonaws.com"][..]),
    );
    let selector = selector.prop_map(|(kind, management, excluded)| {
        let excluded: Vec<_> = Some(excluded).into_iter().filter(|source| !source.is_empty()).collect();
        json!({"ReadWriteType": kind, "IncludeManagementEvents": management, "ExcludeManagementEventSources": excluded})
    });
    proptest::collection::vec(selector, 1..3).prop_map(|list| json!({ "EventSelectors": list }))
}

fn advanced() -> impl Strategy<Value = Value> {
    let field = proptest::sample::select(
        &[
            ("readOnly", "Equals", "true"),
            ("eventSource", "NotEquals", "kms.amazonaws.com"),
            ("eventName", "Equals", "Decrypt"),
        ][..],
    );
    let selector = (any::<bool>(), proptest::collection::vec(field, 0..3)).prop_map(|(management, fields)| {
        let category = if management { "Management" } else { "Data" };
        let mut list = vec![json!({"Field": "eventCategory", "Equals": [category]})];
        list.extend(fields.into_iter().map(|(field, operator, value)| json!({"Field": field, operator: [value]})));
        json!({ "FieldSelectors": list })
    });
    proptest::collection::vec(selector, 1..3).prop_map(|list| json!({ "AdvancedEventSelectors": list }))
}

proptest! {
    #[test]
    fn a_trail_and_a_scan_of_it_have_the_same_outcomes(
        key in key(), validates: bool, all_regions: bool, global: bool, is_logging: bool,
        (call, is_answered) in proptest::sample::select(&[("CreateTrail", true), ("UpdateTrail", true), ("UpdateTrail", false)][..]),
    ) {
        let members = json!({"IsMultiRegionTrail": all_regions, "LogFileValidationEnabled": validates,
            "IncludeGlobalServiceEvents": global, "KmsKeyId": key});
        let entry = with(right(), &members);
        let answers = |lookup: &Lookup| match lookup.call {
            "cloudtrail:GetTrail" => Some(json!({"Trail": entry})),
            "cloudtrail:GetTrailStatus" => Some(status(is_logging).1),
            _ => about_key(lookup),
        };
        let response = json!({"name": "audit", "trailARN": ARN, "isMultiRegionTrail": all_regions,
            "logFileValidationEnabled": validates, "includeGlobalServiceEvents": global, "kmsKeyId": key});
        let response = if is_answered { response } else { Value::Null };
        let event = of_call(&DETECTOR, call, &json!({"name": ARN}), &response, &answers);
        let scan = shared(of_scan(&TRAILS, &entry, &answers), &event);
        prop_assert_eq!(shared(event.clone(), &event), scan);
    }

    #[test]
    fn a_stopped_trail_and_a_scan_of_it_have_the_same_outcomes(is_logging: bool) {
        let answers = |lookup: &Lookup| match lookup.call {
            "cloudtrail:GetTrailStatus" => Some(status(is_logging).1),
            _ => about_key(lookup),
        };
        let event = of_call(&DETECTOR, "StopLogging", &json!({"name": "audit"}), &Value::Null, &answers);
        prop_assert_eq!(shared(event.clone(), &event), shared(of_scan(&TRAILS, &right(), &answers), &event));
    }

    #[test]
    fn selectors_and_a_scan_of_them_have_the_same_outcomes(
        selectors in prop_oneof![basic(), advanced()],
        others in proptest::sample::subsequence(&[("org", true, false), ("data", true, true), ("local", false, false)][..], 0..=3),
    ) {
        let answer = with(json!({"TrailARN": ARN}), &selectors);
        let entry = with(right(), &json!({"HasCustomEventSelectors": true}));
        let trails = others.iter().map(|(name, all_regions, own)| json!({"Name": name, "TrailARN": ARN.replace("audit", name),
            "IsMultiRegionTrail": all_regions, "HasCustomEventSelectors": own}));
        let trails: Vec<_> = std::iter::once(entry.clone()).chain(trails).collect();
        let answers = |lookup: &Lookup| match lookup.call {
            "cloudtrail:GetTrailStatus" => Some(status(true).1),
            "cloudtrail:GetEventSelectors" => Some(answer.clone()),
            "cloudtrail:DescribeTrails" => Some(json!({"trailList": trails})),
            _ => about_key(lookup),
        };
        let request = with(json!({"trailName": "audit"}), &selectors);
        let event = of_call(&DETECTOR, "PutEventSelectors", &request, &Value::Null, &answers);
        prop_assert!(event.iter().any(|verdict| verdict.rule == "cloudtrail-trail-without-kms-events"));
        prop_assert_eq!(shared(event.clone(), &event), shared(of_scan(&TRAILS, &entry, &answers), &event));
    }
}
