//! Records, in every form that holds them: found, evaluated by all rules, and printed in all formats.

use std::sync::LazyLock;

use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::ledger::{Entry, Origin, observations};
use sealwatch_rules::output::{asff, ocsf, scan, sns};
use sealwatch_rules::timeline::Timeline;
use sealwatch_rules::util::text::{json_line, plain, plain_lines};
use sealwatch_rules::{Event, Facts, Finding, Language, Settings, evaluate, pending_lookups};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "records", run: check, max_len: 4096, words, seeds };

/// Reads a text, evaluates each record in it, and prints what the rules say.
pub fn check(bytes: &[u8]) {
    let records = records(bytes);
    let choice = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    for record in &records {
        check_record(record, choice);
    }
    if let Ok(document) = serde_json::from_slice::<&RawValue>(bytes)
        && document.get().starts_with('{')
    {
        check_forms(document.get(), &records);
    }
}

/// The records in a text, as JSON.
fn records(text: &[u8]) -> Vec<String> {
    let mut records = Vec::new();
    extract::each_in(text, &mut |_| None, &mut |at, found| {
        assert!(at.line > 0);
        match found {
            Found::Record(_, json) => records.push(json.to_owned()),
            Found::Unreadable(error) => assert_printable(&error.to_string()),
            Found::NotJson { line, problem } => {
                assert!(line > 0);
                assert_printable(&problem);
            }
            Found::Document(_) | Found::Empty(_) | Found::Foreign => {}
        }
    });
    records
}

/// One document holds the same records in a list, on several lines, and as a message of another service.
fn check_forms(document: &str, records: &[String]) {
    let twice = [records, records].concat();
    assert_eq!(self::records(format!("{document}\n{document}\n").as_bytes()), twice, "twice: {document}");
    // lists and messages may only be so deep in each other
    if !records.is_empty() && document.matches(['{', '[']).count() < 8 {
        assert_eq!(self::records(format!("[{document},{document}]").as_bytes()), twice, "list: {document}");
        let message = json!({"Records": [{"body": document}]}).to_string();
        assert_eq!(self::records(message.as_bytes()), records, "message: {document}");
    }
}

/// A record that was found is one by itself, too. What it says is safe to print, and does not depend on how often it is asked.
fn check_record(record: &str, choice: u8) {
    let event = match Event::parse(record) {
        Ok(event) => event,
        Err(error) => return assert_printable(&error.to_string()),
    };
    let (facts, settings) = (Facts::default(), &*SETTINGS);
    assert_eq!(event.identity(), Event::parse(record).ok().and_then(|event| event.identity()), "{record}");
    let mut timeline = Facts::default();
    timeline.timeline = Timeline::of(event.observe());
    for change in event.changes() {
        let facts = if choice < 128 { &facts } else { &timeline };
        for phase in [Phase::Immediate, Phase::All] {
            assert!(pending_lookups(&change, facts, settings, phase).is_sorted(), "{record}");
        }
        let findings = evaluate(&change, facts, settings);
        assert_eq!(findings.len(), change.detector.rules.len(), "one outcome for each rule: {record}");
        check_findings(&findings, settings, choice);
    }
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let text = "[notify]\nchat = true\nunverified = true\n[keys]\ntrusted_accounts = [\"organization\"]\n";
    Settings::parse(text, &[]).unwrap_or_default()
});

/// The formats of the findings about one change: whole, and safe to print. `choice` chooses one, because each takes longer
/// than the evaluation.
pub(crate) fn check_findings(findings: &[Finding<'_>], settings: &Settings, choice: u8) {
    let language = Language::ALL[usize::from(choice / 8) % Language::ALL.len()];
    for finding in findings {
        assert_printable(&finding.detail().in_language(language));
        match choice % 8 {
            0 | 1 => assert_document(&finding.to_json_for(language)),
            2 => assert_document(&ocsf::compliance_finding(finding)),
            3 => assert_document(&scan::document(finding, settings)),
            4 => {
                if let Some(remediation) = finding.remediation() {
                    for text in [&*remediation.console, &remediation.cli, &remediation.terraform] {
                        assert_eq!(plain_lines(text), text);
                    }
                }
            }
            _ => {}
        }
    }
    match choice % 8 {
        5 => check_notification(findings, settings),
        6 => check_ledger(findings),
        _ => {}
    }
}

fn check_notification(findings: &[Finding<'_>], settings: &Settings) {
    let detector = findings.first().map_or("", |finding| finding.change.detector.name);
    if let Some(notification) = sns::notification(detector, findings, settings) {
        assert_notification(&notification);
    }
}

/// A notification is one that SNS takes, and what people read is safe to print.
pub(crate) fn assert_notification(notification: &sns::Notification) {
    let sns::Notification { subject, message, attributes } = notification;
    assert!(
        (1..=100).contains(&subject.len()) && subject.bytes().all(|byte| matches!(byte, b' '..=b'~')),
        "{subject:?}"
    );
    assert!(message.len() <= 256 * 1024);
    assert!(attributes.iter().all(|(_, value)| !value.is_empty()), "{attributes:?}");
    let protocols: Value = serde_json::from_str(message).unwrap_or_default();
    let text = |name: &str| protocols.get(name).and_then(Value::as_str).unwrap_or_default();
    assert!(serde_json::from_str::<Value>(text("default")).is_ok(), "{message}");
    assert_eq!(plain_lines(text("email")), text("email"));
}

/// What the ledger stores of the findings is read as it was stored, and is a finding of Security Hub.
fn check_ledger(findings: &[Finding<'_>]) {
    for observation in observations(findings, Language::English, Origin::Event, 1_800_000_000) {
        let Some(entry) = Entry::merge(None, &observation, 86_400) else { continue };
        let again = Entry::merge(Some(&entry), &observation, 86_400);
        assert!(again.is_none_or(|again| again.state == entry.state && again.finding == entry.finding));
        let stored = serde_json::to_string(&entry).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Entry>(&stored).ok().as_ref(), Some(&entry), "{stored}");
        let hub = asff::Hub { partition: "aws", region: "eu-west-1" };
        if let Some(document) = asff::finding(&entry, hub, &asff::updated_at(&entry, 1_800_000_000)) {
            assert_document(&document);
            assert!(document.to_string().len() <= asff::MAX_BYTES);
        }
    }
}

/// A document survives its text, and a line of it is safe to print.
pub(crate) fn assert_document(document: &Value) {
    let line = json_line(document);
    assert_printable(&line);
    assert_eq!(serde_json::from_str::<Value>(&line).ok().as_ref(), Some(document), "{line}");
}

fn assert_printable(text: &str) {
    assert_eq!(plain(text), text);
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/cloudtrail/wrapper.rs"),
        include_str!("../../../shared/rules/src/cloudtrail/object.rs"),
        include_str!("../../../shared/rules/src/cloudtrail/record.rs"),
        include_str!("../../../shared/rules/src/configuration/kms_key.rs"),
        include_str!("../../../shared/rules/src/configuration/firehose_stream.rs"),
        include_str!("../../../shared/rules/src/configuration/msk_cluster.rs"),
        include_str!("../../../shared/rules/src/configuration/cloudtrail_trail.rs"),
    ];
    let mut words =
        words::all(&code, &["\u{1b}", "\\u001b", "\\u202e", "\\ud800", "null", "{\"", "\":", "\\\"", "H4sI"]);
    for detector in sealwatch_rules::rules::DETECTORS {
        words.push(detector.event_source.to_owned());
        words.extend(detector.calls.iter().map(|call| call.name.to_owned()));
    }
    words.sort();
    words.dedup();
    words
}

fn seeds() -> Vec<Vec<u8>> {
    samples::events()
}
