//! Everything that the rules print about what they read: each format, error and `Debug`.

use std::fmt::Debug;

use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::configuration::key::Scope;
use sealwatch_rules::engine::existing::Entry as Listed;
use sealwatch_rules::key_policy::{Policy, Service};
use sealwatch_rules::ledger::{Answer, Entry, Notice, Origin, Reason, observations};
use sealwatch_rules::output::{asff, ledger, ocsf, scan, sns};
use sealwatch_rules::rules::{EXISTING, RULE_IDS};
use sealwatch_rules::util::time::DAY;
use sealwatch_rules::{Change, Event, Facts, Finding, Language, Settings, evaluate};
use serde_json::{Map, Value, json};

use super::planted::Planted;

/// The outputs, each with its name.
type Outputs = Vec<(String, String)>;

/// What notifications look like: for people in each language, and for programs in each format. All that can be switched on is.
const SETTINGS: [&str; 2] = [
    "language = 'ja'\n[notify]\nchat = true\nunverified = true",
    "[notify]\nformat = 'ocsf'\nchat = true\nunverified = true\nmin_severity = 'medium'",
];

fn add(outputs: &mut Outputs, name: &str, output: impl ToString) {
    outputs.push((name.to_owned(), output.to_string()));
}

fn debug(outputs: &mut Outputs, name: &str, value: &impl Debug) {
    outputs.push((format!("Debug of {name}"), format!("{value:?}")));
}

/// Reads each part of a case, and prints it in every way.
pub(crate) fn everything(planted: &Planted) -> Outputs {
    let mut outputs = Outputs::new();
    let facts = facts(&planted.facts, &mut outputs);
    let text = String::from_utf8_lossy(&planted.record);
    if let Err(error) = Event::parse(&text) {
        add(&mut outputs, "the error of a record", &error);
        debug(&mut outputs, "the error of a record", &error);
    }
    let mut records = Vec::new();
    extract::each_in(&planted.record, &mut |_| None, &mut |_, found| {
        debug(&mut outputs, "what was found", &found);
        match found {
            Found::Record(_, text) => records.push(text.to_owned()),
            Found::Unreadable(error) => add(&mut outputs, "an unreadable record", &error),
            Found::NotJson { problem, .. } => add(&mut outputs, "what is not JSON", &problem),
            Found::Document(_) | Found::Empty(_) | Found::Foreign => {}
        }
    });
    records.iter().for_each(|record| event(record, &facts, &mut outputs));
    existing(&planted.facts, &facts, &mut outputs);
    let settings = String::from_utf8_lossy(&planted.settings);
    match Settings::parse(&settings, &RULE_IDS) {
        Ok(_) => {} // a secret that is a valid value there is none
        Err(error) => {
            add(&mut outputs, "the error of settings", &error);
            debug(&mut outputs, "the error of settings", &error);
        }
    }
    policy(&String::from_utf8_lossy(&planted.policy), &mut outputs);
    outputs
}

/// Facts from the output of an AWS CLI command.
fn facts(output: &[u8], outputs: &mut Outputs) -> Facts {
    let mut facts = Facts::default();
    match serde_json::from_slice::<Value>(output) {
        Ok(output) => {
            if let Err(problem) = facts.insert_cli_output(&output) {
                add(outputs, "the error of facts", problem);
            }
        }
        Err(error) => add(outputs, "the error of JSON", error),
    }
    debug(outputs, "facts", &facts);
    facts
}

fn policy(text: &str, outputs: &mut Outputs) {
    for service in [Service::Kms, Service::Kinesis] {
        if let Err(error) = Policy::parse_for(service, text) {
            add(outputs, "the error of a policy", &error);
            Language::ALL
                .iter()
                .for_each(|language| add(outputs, "the error of a policy", error.text().in_language(*language)));
            debug(outputs, "the error of a policy", &error);
        }
    }
}

fn event(record: &str, facts: &Facts, outputs: &mut Outputs) {
    let event = match Event::parse(record) {
        Ok(event) => event,
        Err(error) => return add(outputs, "the error of a record", error),
    };
    debug(outputs, "an event", &event);
    debug(outputs, "a record", event.record());
    event.observe().iter().for_each(|entry| debug(outputs, "an entry of a timeline", entry));
    for change in event.changes() {
        debug(outputs, "a change", &change);
        report(&change, facts, SETTINGS[record.len() % SETTINGS.len()], outputs); // either, and the same when it is repeated
    }
}

fn report(change: &Change<'_>, facts: &Facts, settings: &str, outputs: &mut Outputs) {
    let settings = Settings::parse(settings, &RULE_IDS).unwrap();
    let findings = evaluate(change, facts, &settings);
    findings.iter().for_each(|one| finding(one, &settings, outputs));
    notifications(change, &findings, &settings, outputs);
    entries(&findings, &settings, outputs);
}

/// What a scan says of resources whose description the facts are.
fn existing(output: &[u8], facts: &Facts, outputs: &mut Outputs) {
    let Ok(output) = serde_json::from_slice::<Value>(output) else { return };
    // a text in a list is a name, so only objects can hold a secret
    let inner = output.as_object().into_iter().flat_map(Map::values).filter(|value| value.is_object()).cloned();
    let whole = output.is_object().then(|| output.clone());
    let entries: Vec<Value> = [json!("audit"), json!("orders")].into_iter().chain(whole).chain(inner).collect();
    let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
    for (kind, value) in EXISTING.iter().flat_map(|kind| entries.iter().map(move |value| (kind, value))) {
        if let Some(change) = kind.change(&Listed { value, scope, facts }, scope, "2026-11-22T10:00:00Z") {
            report(&change, facts, SETTINGS[0], outputs);
        }
    }
}

fn finding(finding: &Finding<'_>, settings: &Settings, outputs: &mut Outputs) {
    debug(outputs, "a finding", finding);
    add(outputs, "a finding as JSON", finding.to_json_for(settings.language));
    add(outputs, "a finding as OCSF", ocsf::compliance_finding(finding));
    add(outputs, "a finding of a scan", scan::document(finding, settings));
    for language in Language::ALL {
        add(outputs, "the detail of a finding", finding.detail().in_language(language));
        add(outputs, "the evidence of a finding", format!("{:?}", finding.evidence_in(language)));
        if let Some(remediation) = finding.remediation() {
            add(outputs, "a command", &remediation.cli);
            add(outputs, "Terraform", &remediation.terraform);
            add(outputs, "the way through the console", remediation.console.in_language(language));
        }
    }
}

fn notifications(change: &Change<'_>, findings: &[Finding<'_>], settings: &Settings, outputs: &mut Outputs) {
    if let Some(report) = sns::report(change.detector.name, findings, settings) {
        debug(outputs, "a notification", &report);
    }
    let documents: Vec<Value> = findings.iter().map(|finding| scan::document(finding, settings)).collect();
    if let Some(notification) =
        scan::notification(change.account(), "2026-11-22", &documents, 1, scan::Gaps::default(), settings)
    {
        debug(outputs, "the notification of a scan", &notification);
    }
}

/// What the ledger stores, and what is told from there: again, gathered, as a reminder, as resolved, in Security Hub.
fn entries(findings: &[Finding<'_>], settings: &Settings, outputs: &mut Outputs) {
    const KEEP: i64 = 400 * DAY;
    let observations = observations(findings, settings.language, Origin::Event, 0);
    let mut entries: Vec<Entry> = observations.iter().filter_map(|one| Entry::merge(None, one, KEEP)).collect();
    let told: Vec<(Notice, &Entry)> =
        entries.iter().filter_map(|entry| entry.notice().map(|notice| (notice, entry))).collect();
    ledger::gathered(&told, settings).iter().for_each(|report| debug(outputs, "a gathered message", report));
    if let Some(report) = ledger::reminder("111122223333", "eu-west-1", &entries, 2_000_000_000, settings) {
        debug(outputs, "a reminder", &report);
    }
    for entry in &entries {
        add(outputs, "an item of the ledger", serde_json::to_value(entry).unwrap());
        add(outputs, "a shortened finding", ledger::shortened(&entry.finding, 900));
        add(outputs, "a document of the ledger", ledger::document(entry, settings));
        add(outputs, "a document of a scan", scan::stored_document(entry, settings));
        let hub = asff::Hub { partition: "aws", region: "eu-west-1" };
        if let Some(finding) = asff::finding(entry, hub, "2026-11-22T10:00:00Z") {
            add(outputs, "a finding of Security Hub", finding);
        }
    }
    for (entry, observation) in entries.iter_mut().zip(observations) {
        entry.claim("i-1");
        entry.confirm("i-1", KEEP);
        let mut fixed = observation;
        fixed.moment.time += 60;
        fixed.answer = Answer::Right(Reason::Fixed);
        if let Some(mut resolved) = Entry::merge(Some(entry), &fixed, KEEP) {
            resolved.claim("i-2");
            *entry = resolved;
        }
    }
    ledger::resolved(&entries, settings).iter().for_each(|report| debug(outputs, "a message about the end", report));
}
