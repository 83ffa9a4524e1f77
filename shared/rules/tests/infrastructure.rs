//! `infra/detectors.json` is the table of detectors for the templates: CDK reads it, and the tests of `infra` hold
//! both templates against it. After a change: `UPDATE_DETECTORS=1 cargo test -p sealwatch-rules --test infrastructure`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and stop at surprises")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use sealwatch_rules::Detector;
use sealwatch_rules::rules::DETECTORS;

/// One detector, its calls and its permissions each on a line of their own.
fn exported(detector: &Detector) -> String {
    let calls: Vec<String> = detector
        .calls
        .iter()
        .map(|call| format!(r#"{{"name": "{}", "settles": {}}}"#, call.name, call.settles))
        .collect();
    let permissions: Vec<String> = detector
        .permissions
        .iter()
        .map(|allowed| format!(r#"{{"action": "{}", "resource": "{}"}}"#, allowed.action, allowed.resource))
        .collect();
    let list = |name: &str, items: &[String]| match items {
        [] => format!("    \"{name}\": []"),
        _ => format!("    \"{name}\": [\n      {}\n    ]", items.join(",\n      ")),
    };
    let mut text = String::new();
    write!(
        text,
        "  {{\n    \"name\": \"{}\",\n    \"source\": \"aws.{}\",\n    \"event_source\": \"{}\",\n{},\n{}\n  }}",
        detector.name,
        // what EventBridge calls the service: the first part of its host name
        detector.event_source.split('.').next().unwrap(),
        detector.event_source,
        list("events", &calls),
        list("permissions", &permissions),
    )
    .unwrap();
    text
}

#[test]
fn the_table_for_the_templates_is_in_step() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/detectors.json");
    let text = format!("[\n{}\n]\n", DETECTORS.map(exported).join(",\n"));
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    if std::env::var_os("UPDATE_DETECTORS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        text,
        "infra/detectors.json is behind: see the head of this test"
    );
}

#[test]
fn permissions_name_one_action_and_no_more_than_they_need() {
    for permission in DETECTORS.iter().flat_map(|detector| detector.permissions) {
        let (service, operation) = permission.action.split_once(':').unwrap();
        assert!(!operation.contains('*'), "{}", permission.action);
        assert!(["Describe", "Get", "List"].iter().any(|read| operation.starts_with(read)), "{}", permission.action);
        // the key of an event may lie in any account; all else lies in the account that is watched
        let narrow = permission.resource.starts_with(&format!("arn:{{partition}}:{service}:"));
        assert!(narrow || permission.action == "kms:DescribeKey", "{}: {}", permission.action, permission.resource);
    }
}
