//! Log files: the fast readers, which skip what is not monitored, find what the full reader finds.

use sealwatch_rules::cloudtrail::extract::{self, At, Found};
use sealwatch_rules::rules::{DETECTORS, monitors};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "log_files", run: check, max_len: 1024, words, seeds };

/// What is found in a text: how many records of other calls, and everything else with its place.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    others: usize,
    records: Vec<(At, String, Vec<bool>)>,
    rest: Vec<(At, String)>,
}

/// Reads a text in full, and with the readers that skip.
pub fn check(bytes: &[u8]) {
    let full = seen(bytes, None);
    assert_eq!(seen(bytes, Some(false)), full, "without a checksum: {}", String::from_utf8_lossy(bytes));
    // a checksum says that the text is as a program wrote it: it is JSON
    if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        let (fast, shown) = (seen(bytes, Some(true)), String::from_utf8_lossy(bytes));
        assert_eq!(fast.records, full.records, "with a checksum: {shown}");
        // what is no record of a call, and CloudTrail does not write, may count as one of another call, or as a part of one
        let lost = full.rest.iter().filter(|entry| !fast.rest.contains(entry)).count();
        assert!((full.others..=full.others + lost).contains(&fast.others), "{fast:?}, in full {full:?}: {shown}");
        assert!(fast.rest.iter().all(|entry| full.rest.contains(entry)), "{fast:?}, in full {full:?}: {shown}");
    }
}

fn seen(text: &[u8], skipping: Option<bool>) -> Seen {
    let mut seen = Seen::default();
    let mut found = |at: At, found: Found<'_>| match found {
        Found::Record(record, json) => {
            let monitored: Vec<bool> = DETECTORS.iter().map(|detector| detector.api_call(&record).is_ok()).collect();
            match monitors(record.event_source().as_bytes(), record.event_name().as_bytes()) {
                true => seen.records.push((at, json.to_owned(), monitored)),
                false => seen.others += 1,
            }
        }
        other => seen.rest.push((at, format!("{other:?}"))),
    };
    let skipped = match skipping {
        None => {
            extract::each_in(text, &mut |_| None, &mut found);
            0
        }
        Some(has_checksum) => extract::monitored(text, has_checksum, monitors, &mut |_| None, &mut found),
    };
    seen.others += skipped;
    seen
}

fn words() -> Vec<String> {
    let others = [
        "{\"Records\":[{\"eventVersion\":\"1.11\",",
        "\"eventSource\":\"kinesis.amazonaws.com\",\"eventName\":\"CreateStream\",\"awsRegion\":\"eu-west-1\"",
        "\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"Decrypt\",\"awsRegion\":\"eu-west-1\"",
        "{\"eventVersion\":\"",
        "eventName",
        "\"eventName\":\"",
        "\\\"eventName\\\":",
        "event\\u004eame",
        "},{",
        "]}",
        "\\u0022",
        "\\ud800",
        "\"errorCode\":\"x\"",
        "\"requestParameters\":{",
    ];
    words::all(&[include_str!("../../../shared/rules/src/cloudtrail/wrapper.rs")], &others)
}

fn seeds() -> Vec<Vec<u8>> {
    let events: Vec<Value> = samples::events().iter().filter_map(|event| serde_json::from_slice(event).ok()).collect();
    let records = events
        .iter()
        .map(|event| event.get("detail").unwrap_or(event))
        .filter(|record| record.get("eventName").is_some());
    let small: Vec<String> = records.map(|record| delivered(&shortened(record))).step_by(9).collect();
    let logs = small.chunks(2).map(|records| format!("{{\"Records\":[{}]}}", records.join(",")));
    let lines = small.chunks(2).map(|records| records.join("\n")).take(4);
    logs.chain(lines).map(String::into_bytes).collect()
}

/// A record with few members.
fn shortened(record: &Value) -> Value {
    let names = ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "requestParameters"];
    let members = names.into_iter().filter_map(|name| Some((name.to_owned(), record.get(name)?.clone())));
    let members: serde_json::Map<String, Value> = members.filter(|(_, value)| value.to_string().len() < 200).collect();
    json!(members)
}

/// A record as CloudTrail writes it: the members that the fast reader knows come first, in this order.
fn delivered(record: &Value) -> String {
    let first = ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion"];
    let member = |name: &str| Some(format!("\"{name}\":{}", record.get(name)?));
    let others =
        record.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).filter(|name| !first.contains(name));
    let members: Vec<String> = first.into_iter().chain(others).filter_map(member).collect();
    format!("{{{}}}", members.join(","))
}
