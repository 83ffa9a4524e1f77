//! `infra/detectors.json` is the list of detectors for the templates, `infra/scan.json` what the scan may call: CDK reads
//! both, and the tests in `infra` compare both templates with them. To update them: `UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and stop at surprises")]

mod generated;

use std::collections::BTreeSet;
use std::path::Path;

use generated::assert_current;
use sealwatch_rules::Detector;
use sealwatch_rules::engine::detector::{ApiCall, Permission, detail_types};
use sealwatch_rules::rules::{DETECTORS, EXISTING};

/// A member of a JSON object that holds a list, with a line for each item. `indent` is that of the member.
fn list(indent: &str, name: &str, items: &[String]) -> String {
    match items {
        [] => format!("{indent}\"{name}\": []"),
        _ => format!("{indent}\"{name}\": [\n{indent}  {}\n{indent}]", items.join(&format!(",\n{indent}  "))),
    }
}

/// The members that an event pattern for these calls consists of.
fn pattern(indent: &str, calls: &[ApiCall]) -> String {
    let (told, recorded): (Vec<&ApiCall>, Vec<_>) = calls.iter().partition(|call| call.is_of_eventbridge());
    let events: Vec<String> =
        recorded.iter().map(|call| format!(r#"{{"name": "{}", "settles": {}}}"#, call.name, call.settles)).collect();
    let quoted = |names: &mut dyn Iterator<Item = &'static str>| {
        names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{indent}\"detail_types\": [{}],\n{indent}\"eventbridge_events\": [{}],\n{}",
        quoted(&mut detail_types(calls).into_iter()),
        quoted(&mut told.iter().map(|call| call.name)),
        list(indent, "events", &events),
    )
}

/// One detector as JSON, with a line for each call and each permission.
fn exported(detector: &Detector) -> String {
    let permissions: Vec<String> = detector
        .permissions
        .iter()
        .map(|allowed| format!(r#"{{"action": "{}", "resource": "{}"}}"#, allowed.action, allowed.resource))
        .collect();
    // EventBridge names the service by the first part of its host name
    let source = detector.event_source.split('.').next().unwrap();
    [
        "  {".to_owned(),
        format!("    \"name\": \"{}\",", detector.name),
        format!("    \"source\": \"aws.{source}\","),
        format!("    \"event_source\": \"{}\",", detector.event_source),
        format!("{},", pattern("    ", detector.calls)),
        format!("    \"closingCalls\": {{\n{}\n    }},", pattern("      ", detector.closing)),
        list("    ", "permissions", &permissions),
        "  }".to_owned(),
    ]
    .join("\n")
}

#[test]
fn the_list_for_the_templates_is_up_to_date() {
    let text =
        format!("[\n{}\n]\n", DETECTORS.iter().map(|detector| exported(detector)).collect::<Vec<_>>().join(",\n"));
    assert_both_current("detectors.json", &text);
}

/// A list, and its copy in the Terraform module.
#[track_caller]
fn assert_both_current(name: &str, text: &str) {
    serde_json::from_str::<serde_json::Value>(text).unwrap();
    for folder in ["../../infra", "../../infra/terraform/data"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
        assert_current(&path, text, "UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure");
    }
}

/// What a scan calls: the lists of all rows, and their look-ups.
fn permissions_of_the_scan() -> impl Iterator<Item = &'static Permission> {
    EXISTING.iter().flat_map(|row| std::iter::once(&row.listing.permission).chain(row.permissions))
}

#[test]
fn the_permissions_of_the_scan_are_up_to_date() {
    let lines: BTreeSet<String> = permissions_of_the_scan()
        .map(|allowed| format!(r#"  {{"action": "{}", "resource": "{}"}}"#, allowed.action, allowed.resource))
        .collect();
    let text = format!("[\n{}\n]\n", lines.into_iter().collect::<Vec<_>>().join(",\n"));
    assert_both_current("scan.json", &text);
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
