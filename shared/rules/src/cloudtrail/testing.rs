//! Records for tests, written in many ways, and what is found in them.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cloudtrail::extract::{self, At, Found};
use crate::engine::detector::Skipped;
use crate::rules::{DETECTORS, monitors};

pub(super) fn line(source: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser"}},"eventTime":"2026-11-20T03:04:05Z","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1"{more}}}"#
    )
}

pub(super) fn log(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// What is found in a text: how many records, whatever else, and each record that concerns a detector, with its place, its text
/// and why each detector skips it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    records: usize,
    kept: Vec<(At, String, Vec<Option<Skipped>>)>,
    others: Vec<(At, String)>,
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In full.
    Full,
    /// As if a checksum proved that it is as it was written.
    WithChecksum,
    /// Without that.
    WithoutChecksum,
}

pub(super) fn seen(text: &[u8], way: Way) -> Seen {
    let mut seen = Seen { records: 0, kept: Vec::new(), others: Vec::new() };
    let mut found = |at: At, found: Found<'_>| match found {
        Found::Record(record, raw) => {
            seen.records += 1;
            let skipped: Vec<_> = DETECTORS.iter().map(|detector| detector.api_call(&record).err()).collect();
            if skipped.iter().any(|skipped| *skipped != Some(Skipped::NotMonitored)) {
                seen.kept.push((at, raw.to_owned(), skipped));
            }
        }
        other => seen.others.push((at, format!("{other:?}"))),
    };
    seen.records += match way {
        Way::Full => {
            extract::each_in(text, &mut |_| None, &mut found);
            0
        }
        Way::WithChecksum | Way::WithoutChecksum => {
            extract::monitored(text, way == Way::WithChecksum, monitors, &mut |_| None, &mut found)
        }
    };
    seen
}

/// A source of choices: the bytes of a seed, then zeros.
pub(super) struct Choices<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Choices<'_> {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % limit)
    }
}

/// Writes JSON with escapes, white space and order of members by these choices.
pub(super) fn write(value: &Value, how: &mut Choices<'_>, out: &mut String) {
    let space = |how: &mut Choices<'_>| ["", "", "", "", " ", "\n\t"][how.below(6)];
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            let first = how.below(members.len().max(1));
            members.rotate_left(first);
            *out += "{";
            for (index, (name, value)) in members.into_iter().enumerate() {
                *out += if index > 0 { "," } else { "" };
                *out += space(how);
                text(name, how, out);
                *out += space(how);
                *out += ":";
                *out += space(how);
                write(value, how, out);
            }
            *out += "}";
        }
        Value::Array(entries) => {
            *out += "[";
            for (index, entry) in entries.iter().enumerate() {
                *out += if index > 0 { "," } else { "" };
                write(entry, how, out);
                *out += space(how);
            }
            *out += "]";
        }
        Value::String(string) => text(string, how, out),
        other => *out += &other.to_string(),
    }
}

fn text(string: &str, how: &mut Choices<'_>, out: &mut String) {
    *out += "\"";
    for c in string.chars() {
        match how.below(12) {
            11 if c.is_ascii() => *out += &format!("\\u{:04x}", u32::from(c)),
            10 if c.is_ascii() => *out += &format!("\\u{:04X}", u32::from(c)),
            _ => {
                let quoted = json!(c).to_string();
                *out += quoted.get(1..quoted.len() - 1).unwrap();
            }
        }
    }
    *out += "\"";
}

/// One record, in the order of members that CloudTrail uses.
pub(super) fn canonical() -> impl Strategy<Value = String> {
    let source = prop::sample::select(vec!["kms", "kinesis", "kafka", "ecs", "s3", r"kms\u002ex"]);
    let name = prop::sample::select(vec!["CreateKey", "CreateStream", "CreateCluster", "Decrypt", "GetObject"]);
    let more = prop::sample::select(vec![
        "",
        r#","errorCode":"AccessDenied""#,
        r#","eventCategory":"Management""#,
        r#","requestParameters":{"eventName":"CreateStream"}"#,
        r#","requestParameters":{"policy":"{\"a\":\"\u003cb\"}"}"#,
        r#","requestParameters":{"list":[{"a":1},{"b":"},{"}]}"#,
        r#","requestParameters":{"eventSource":"kms.amazonaws.com","eventName":7}"#,
    ]);
    (source, name, more).prop_map(|(source, name, more)| line(source, name, more))
}
