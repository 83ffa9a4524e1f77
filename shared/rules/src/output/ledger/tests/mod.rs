//! What people and machines get from stored entries.

mod limits;
mod live;
mod many;
mod one_event;

use serde_json::{Value, json};

use crate::language::Language;
use crate::ledger::{By, Entry, Reason};
use crate::output::sns::{Notification, Report};
use crate::output::testing::{
    ORDINARY, Origin, entries as entries_of, entries_in, published, resolved as close, told, violation, with_findings,
    within_limits, within_limits_of,
};
use crate::rules::RULE_IDS;
use crate::settings::Settings;
use crate::util::severity::Severity;

fn settings(text: &str) -> Settings {
    Settings::parse(text, &RULE_IDS).unwrap()
}

const BOTH: &str = "[notify]\nchat = true\nformat = 'ocsf'";

/// So many entries of which people were told, with these texts.
fn open(origin: &Origin<'_>, count: usize, detail: &str) -> Vec<Entry> {
    open_in(origin, count, detail, Language::English)
}

/// The same, for people who read this language.
fn open_in(origin: &Origin<'_>, count: usize, detail: &str, language: Language) -> Vec<Entry> {
    with_findings(origin, vec![violation(detail, "aws x"); count], |findings| {
        entries_in(findings, language).into_iter().map(told).collect()
    })
}

fn fixed(entries: &[Entry], reason: Reason, by: &By) -> Vec<Entry> {
    entries.iter().map(|entry| close(entry, reason, by)).collect()
}

fn one(reports: &[Report]) -> &Notification {
    assert_eq!(reports.len(), 1);
    let notification = published(&reports[0]);
    within_limits(notification);
    notification
}

/// One violation of one rule for each of so many trails, by one caller.
fn storm(count: usize) -> Vec<Entry> {
    let template = open(&ORDINARY, 1, "The trail is not encrypted.").remove(0);
    let one = |number: usize| {
        let mut entry = template.clone();
        let arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-{number:04}");
        let mut finding: Value = serde_json::from_str(&entry.finding).unwrap();
        finding["resource"] = json!({"type": "AWS::CloudTrail::Trail", "arn": arn, "name": format!("s-{number:04}")});
        entry.finding = finding.to_string();
        entry.subject.fingerprint = format!("{number:032x}");
        entry.subject.resource = arn;
        entry.told = None;
        entry.severity = if number % 40 == 39 { Severity::Critical } else { Severity::High };
        entry
    };
    (0..count).map(one).collect()
}
