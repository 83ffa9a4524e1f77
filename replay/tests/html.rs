//! `--format html`: its size, and what it says besides findings.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealwatch"));
    command.args(arguments).args(["--format", "html"]).args(paths).output().unwrap()
}

fn page(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// Samples of the kinds of findings that a fleet has many of.
const COMMON: [&str; 12] = [
    "kinesis-stream/create-without-encryption",
    "kinesis-stream/start-with-aws-managed-key",
    "kinesis-stream/stop-encryption",
    "firehose-stream/stop-encryption",
    "firehose-stream/update-s3-without-encryption",
    "kms-key-policy/put-open-to-anyone",
    "kms-key-policy/put-open-to-whole-account",
    "kms-key-policy/grant-of-every-operation",
    "kms-key-policy/grant-to-foreign-account",
    "kms-key-policy/put-shared-with-other-account",
    "msk-cluster/create-open",
    "msk-connector/create-in-plaintext",
];

/// The members that name a resource.
const NAMES: [&str; 4] = ["streamName", "deliveryStreamName", "clusterName", "connectorName"];

fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str() {
            Some(text) if NAMES.contains(&name.as_str()) => found.push(text.to_owned()),
            _ => names(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// The sample with another resource, another event and, for most, another account and Region.
fn copy(sample: &str, number: usize) -> String {
    let mut found = Vec::new();
    names(&serde_json::from_str(sample).unwrap(), &mut found);
    let mut text = sample.to_owned();
    for name in found {
        for (before, after) in [("\"", "\""), ("/", "\""), ("/", "/")] {
            text = text.replace(&format!("{before}{name}{after}"), &format!("{before}{name}-{number}{after}"));
        }
    }
    let text = text.replace("111122223333", &format!("1111222233{:02}", number % 9));
    let text = text.replace("eu-west-1", ["eu-west-1", "us-east-1", "ap-northeast-1"][number % 3]);
    let text = text.replace("2026-11-2", &format!("2026-{:02}-{}", 9 + number % 3, number % 2));
    // the last twelve digits of UUIDs: of events and of keys
    let mut changed = String::new();
    let mut rest = text.as_str();
    while let Some(index) = rest.find('-') {
        let (head, tail) = rest.split_at(index + 1);
        changed += head;
        let digits = tail.get(..12).unwrap_or_default();
        let is_uuid = head.len() == 5; // the group before has four digits
        let is_end = is_uuid && digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        rest = if is_end { &tail[4..] } else { tail };
        if is_end {
            changed += &format!("{number:04x}");
        }
    }
    changed + rest
}

#[test]
fn a_page_of_800_findings_is_small() {
    let events = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"));
    let samples = COMMON.map(|name| fs::read_to_string(events.join(name).with_extension("json")).expect(name));
    let records = (0..37).flat_map(|number| samples.iter().map(move |sample| copy(sample, number)));
    let records: Vec<String> = records.map(|text| serde_json::from_str::<Value>(&text).unwrap().to_string()).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    fs::write(&file, records.join("\n")).unwrap();
    let output = run(&["replay", "--settle", "0"], &[&file]);
    assert_eq!(output.status.code(), Some(1));
    let findings = page(&output).matches("<time>").count() - 1;
    let bytes = output.stdout.len();
    assert!(findings >= 800, "{findings}");
    assert!(bytes < 300_000, "{bytes} bytes for {findings} findings");
}

#[test]
fn what_cannot_be_read_is_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let (file, settings) = (folder.path().join("a<b>.json"), folder.path().join("sealwatch.toml"));
    fs::write(&file, "{\"Records\": [").unwrap();
    fs::write(&settings, "[rules.kinesis-stream-unencrypted]\nenabled = false\n").unwrap();
    let output = run(&["replay", "--settings", settings.to_str().unwrap()], &[&file]);
    assert_eq!(output.status.code(), Some(2));
    for part in
        ["<h2>Incomplete", "a&lt;b&gt;.json: line 1", "switched off by the settings: kinesis-stream-unencrypted"]
    {
        assert!(page(&output).contains(part), "{part}");
    }
    let output = run(&["policy"], &[&file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(page(&output).contains("a&lt;b&gt;.json: ") && page(&output).contains("1 unreadable"));
}
