//! `infra/detectors.json` is the list of detectors for the templates, `infra/scan.json` what the scan may call: CDK reads
//! both, and the tests in `infra` compare both templates with them. To update them: `UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and stop at surprises")]

mod generated;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use generated::assert_current;
use sealwatch_rules::Detector;
use sealwatch_rules::engine::detector::Permission;
use sealwatch_rules::rules::{DETECTORS, EXISTING};

/// One detector as JSON, with a line for each call and each permission.
fn exported(detector: &Detector) -> String {
    let of_eventbridge = detector.calls.iter().filter(|call| call.is_of_eventbridge());
    let events: Vec<String> = of_eventbridge.map(|call| format!("\"{}\"", call.name)).collect();
    let calls: Vec<String> = detector
        .calls
        .iter()
        .filter(|call| !call.is_of_eventbridge())
        .map(|call| format!(r#"{{"name": "{}", "settles": {}}}"#, call.name, call.settles))
        .collect();
    let permissions: Vec<String> = detector
        .permissions
        .iter()
        .map(|allowed| format!(r#"{{"action": "{}", "resource": "{}"}}"#, allowed.action, allowed.resource))
        .collect();
    let types: Vec<String> = detector.detail_types().iter().map(|name| format!("\"{name}\"")).collect();
    let list = |name: &str, items: &[String]| match items {
        [] => format!("    \"{name}\": []"),
        _ => format!("    \"{name}\": [\n      {}\n    ]", items.join(",\n      ")),
    };
    let mut text = String::new();
    write!(
        text,
        "  {{\n    \"name\": \"{}\",\n    \"source\": \"aws.{}\",\n    \"detail_types\": [{}],\n    \"event_source\": \"{}\",\n    \"eventbridge_events\": [{}],\n{},\n{}\n  }}",
        detector.name,
        // EventBridge names the service by the first part of its host name
        detector.event_source.split('.').next().unwrap(),
        types.join(", "),
        detector.event_source,
        events.join(", "),
        list("events", &calls),
        list("permissions", &permissions),
    )
    .unwrap();
    text
}

#[test]
fn the_list_for_the_templates_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/detectors.json");
    let text =
        format!("[\n{}\n]\n", DETECTORS.iter().map(|detector| exported(detector)).collect::<Vec<_>>().join(",\n"));
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    assert_current(&path, &text, "UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure");
}

/// What a scan calls: the lists of all rows, and their look-ups.
fn permissions_of_the_scan() -> impl Iterator<Item = &'static Permission> {
    EXISTING.iter().flat_map(|row| std::iter::once(&row.listing.permission).chain(row.permissions))
}

#[test]
fn the_permissions_of_the_scan_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/scan.json");
    let lines: BTreeSet<String> = permissions_of_the_scan()
        .map(|allowed| format!(r#"  {{"action": "{}", "resource": "{}"}}"#, allowed.action, allowed.resource))
        .collect();
    let text = format!("[\n{}\n]\n", lines.into_iter().collect::<Vec<_>>().join(",\n"));
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    assert_current(&path, &text, "UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure");
}

#[test]
fn each_permission_is_one_read_action_on_resources_of_its_service() {
    let of_detectors = DETECTORS.iter().flat_map(|detector| detector.permissions);
    for permission in of_detectors.chain(permissions_of_the_scan()) {
        let (service, operation) = permission.action.split_once(':').unwrap();
        assert!(!operation.contains('*'), "{}", permission.action);
        assert!(["Describe", "Get", "List"].iter().any(|read| operation.starts_with(read)), "{}", permission.action);
        // The key of an event may be in any account. IAM knows no resource for key stores, for the list of accounts, and for
        // lists of a whole Region. All other resources are in the account of the event.
        let narrow = permission.resource.starts_with(&format!("arn:{{partition}}:{service}:"));
        let anywhere = [
            "cloudtrail:DescribeTrails",
            "cloudtrail:ListEventDataStores",
            "firehose:ListDeliveryStreams",
            "kafka:ListClustersV2",
            "kafka:ListReplicators",
            "kafkaconnect:ListConnectors",
            "kafkaconnect:ListWorkerConfigurations",
            "kinesis:ListChannels",
            "kinesis:ListQueues",
            "kinesis:ListStreams",
            "kms:DescribeCustomKeyStores",
            "kms:DescribeKey",
            "kms:ListAliases",
            "kms:ListKeys",
            "organizations:ListAccounts",
        ]
        .contains(&permission.action);
        assert!(narrow || anywhere, "{}: {}", permission.action, permission.resource);
    }
}
