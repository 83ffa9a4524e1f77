//! Entries of the ledger: any item of the table is refused, or read, told and stored again.

use sealwatch_rules::ledger::{Entry, Notice};
use sealwatch_rules::output::{asff, ledger, scan, sns};
use sealwatch_rules::{Event, Facts, Language, Settings, evaluate};
use serde_json::{Value, json};

use crate::records::{assert_document, assert_notification};
use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "ledger_entries", run: check, max_len: 4096, words, seeds };

const NOW: i64 = 1_800_000_000;
const KEEP: i64 = 86_400;

/// Reads a text as an entry of the ledger.
pub fn check(bytes: &[u8]) {
    let Ok(entry) = serde_json::from_slice::<Entry>(bytes) else { return };
    let stored = json!(entry).to_string();
    assert_eq!(serde_json::from_str::<Entry>(&stored).ok().as_ref(), Some(&entry), "{stored}");
    let settings = Settings::parse("[notify]\nchat = true\nunverified = true\n", &[]).unwrap_or_default();
    assert_document(&ledger::document(&entry, &settings));
    assert_document(&scan::stored_document(&entry, &settings));
    let hub = asff::Hub { partition: "aws", region: "eu-west-1" };
    if let Some(document) = asff::finding(&entry, hub, &asff::updated_at(&entry, NOW)) {
        assert_document(&document);
        assert!(document.to_string().len() <= asff::MAX_BYTES, "{stored}");
    }
    let notice = entry.notice();
    for notice in notice.into_iter().chain([Notice::Opened, Notice::Reopened]) {
        ledger::gathered(&[(notice, &entry)], &settings).iter().for_each(assert_report);
    }
    ledger::resolved(std::slice::from_ref(&entry), &settings).iter().for_each(assert_report);
    ledger::reminder("111122223333", "eu-west-1", std::slice::from_ref(&entry), NOW, &settings)
        .iter()
        .for_each(assert_report);
    // what was claimed and confirmed is told: nothing is left to tell
    let mut told = entry.clone();
    told.claim("an invocation");
    if told.confirm("an invocation", KEEP) {
        assert_eq!(told.notice(), None, "{stored}");
        assert!(told.history.len() <= entry.history.len().max(Entry::HISTORY) + 1, "{stored}");
    }
}

fn assert_report(report: &sns::Report) {
    if let sns::Report::Publish(notification) = report {
        assert_notification(notification);
    }
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/ledger/entry.rs"),
        include_str!("../../../shared/rules/src/output/asff.rs"),
    ];
    let names = seeds().into_iter().filter_map(|seed| serde_json::from_slice::<Value>(&seed).ok()).flat_map(|value| {
        value.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    });
    let mut words =
        words::all(&code, &["open", "unverified", "resolved", "fixed", "deleted", "excepted", "\\u001b", "null"]);
    words.extend(names);
    words.sort();
    words.dedup();
    words
}

fn seeds() -> Vec<Vec<u8>> {
    use sealwatch_rules::ledger::{Origin, observations};
    let (facts, settings) = (Facts::default(), Settings::default());
    let mut seeds = Vec::new();
    for event in samples::events().iter().filter_map(|event| std::str::from_utf8(event).ok()).step_by(7) {
        let Ok(event) = Event::parse(event) else { continue };
        for change in event.changes() {
            let findings = evaluate(&change, &facts, &settings);
            let entries = observations(&findings, Language::Japanese, Origin::Event, NOW);
            let entries = entries.iter().filter_map(|observation| Entry::merge(None, observation, KEEP));
            seeds.extend(entries.map(|mut entry| {
                entry.claim("an invocation");
                entry.confirm("an invocation", KEEP);
                json!(entry).to_string().into_bytes()
            }));
        }
    }
    seeds
}
