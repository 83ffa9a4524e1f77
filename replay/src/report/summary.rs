//! The summary below a text report.

use std::cmp::Reverse;

use sealwatch_rules::util::severity::Severity;
#[cfg(feature = "aws")]
use sealwatch_runtime::scan::Counts;

use crate::exit_status::ExitStatus;
#[cfg(feature = "aws")]
use crate::summary::Scanned;
use crate::summary::{OutcomeCounts, Summary};

/// All lines of the summary of a replay.
pub(crate) fn replay(summary: &Summary) -> String {
    let outcomes = &summary.outcomes;
    records(summary)
        + &other_input(summary)
        + &disabled_rules(&summary.disabled_rules)
        + &outcome_lines(outcomes)
        + &rule_lines(outcomes)
}

/// All lines of the summary of a scan.
#[cfg(feature = "aws")]
pub(crate) fn scan(scanned: &Scanned, disabled: &[String], outcomes: &OutcomeCounts) -> String {
    let Counts { listed, evaluated, deleted, denied } = scanned.counts;
    let mut text = format!(
        "{}, {}, {}: {evaluated} evaluated, {deleted} deleted meanwhile, {denied} not seen completely; {}\n",
        count(scanned.accounts, "account"),
        count(scanned.regions, "Region"),
        count(listed, "resource"),
        count(usize::try_from(scanned.calls).unwrap_or(usize::MAX), "call"),
    );
    if scanned.gaps > 0 {
        text += &format!("{} had no answer: see the messages above\n", count(scanned.gaps, "call"));
    }
    scanned.notes.iter().for_each(|note| text += &format!("{note}\n"));
    text + &disabled_rules(disabled) + &outcome_lines(outcomes) + &rule_lines(outcomes)
}

/// All lines of the summary of evaluated policies.
pub(crate) fn policies(evaluated: usize, unreadable: usize, disabled: &[String], outcomes: &OutcomeCounts) -> String {
    let policies = if evaluated == 1 { "1 policy".to_owned() } else { format!("{evaluated} policies") };
    format!("{policies}, {unreadable} unreadable\n") + &disabled_rules(disabled) + &outcome_lines(outcomes)
}

fn records(summary: &Summary) -> String {
    let input = &summary.input;
    let skipped = input.failed_calls + input.not_monitored + summary.duplicates + input.filtered_out;
    let context_only = match input.context_only {
        0 => String::new(),
        records => format!("{records} used only as context, "),
    };
    let filtered_out = match input.filtered_out {
        0 => String::new(),
        records => format!(", {records} filtered out"),
    };
    format!(
        "{}, {}: {} evaluated, {context_only}{skipped} skipped ({}, {} not monitored, {}{filtered_out}), {} unreadable\n",
        count(input.files, "file"),
        count(input.records, "record"),
        summary.evaluated,
        count(input.failed_calls, "failed call"),
        input.not_monitored,
        count(summary.duplicates, "duplicate"),
        input.unreadable_records,
    )
}

fn other_input(summary: &Summary) -> String {
    let input = &summary.input;
    let without_records = input.files_without_records + input.other_documents;
    let mut text = String::new();
    if summary.facts + without_records > 0 {
        let facts = count(summary.facts, "fact");
        text += &format!("also read: {facts}, {} without records\n", count(without_records, "other document"));
    }
    if summary.other_extensions > 0 {
        text += &format!("{} with other extensions, not read\n", count(summary.other_extensions, "file"));
    }
    if input.skipped_by_path > 0 {
        let files = count(input.skipped_by_path, "file");
        text += &format!("{files} skipped by path: another day, account or Region\n");
    }
    let problems = input.unreadable - input.unreadable_records;
    if problems > 0 {
        text += &format!("{} could not be read: see the messages above\n", count(problems, "input"));
    }
    text
}

/// Names the rules that the settings switch off, so that nobody takes their silence for a result.
fn disabled_rules(rules: &[String]) -> String {
    match rules.len() {
        0 => String::new(),
        number => format!("{} switched off by the settings: {}\n", count(number, "rule"), rules.join(", ")),
    }
}

fn outcome_lines(counts: &OutcomeCounts) -> String {
    let violations = counts.reported + counts.excepted;
    let outcomes = violations + counts.compliant + counts.unverified + counts.not_applicable;
    let severities = Severity::ALL.iter().zip(counts.by_severity).rev();
    let severities: Vec<String> = severities.map(|(severity, count)| format!("{count} {}", severity.name())).collect();
    format!(
        "{}: {} compliant, {}, {} unverified, {} not applicable\n{}: {} reported ({}), {} excepted\n",
        count(outcomes, "outcome"),
        counts.compliant,
        count(violations, "violation"),
        counts.unverified,
        counts.not_applicable,
        count(violations, "violation"),
        counts.reported,
        severities.join(", "),
        counts.excepted
    )
}

/// A line for each rule with reported violations or unverified outcomes.
fn rule_lines(counts: &OutcomeCounts) -> String {
    let width = counts.by_rule.values().max().map_or(0, |count| count.to_string().len());
    let line = |((Reverse(severity), rule), count): (&(Reverse<Option<Severity>>, &str), &usize)| {
        let label = severity.map_or("unverified", Severity::name);
        format!("  {count:>width$}  {label:<10}  {rule}\n")
    };
    counts.by_rule.iter().map(line).collect()
}

/// The last line: what to remember, and what a script sees.
pub(crate) fn result(counts: &OutcomeCounts, unreadable: usize, status: ExitStatus) -> String {
    let severities = Severity::ALL.iter().zip(counts.by_severity).rev().filter(|(_, count)| *count > 0);
    let severities: Vec<String> = severities.map(|(severity, count)| format!("{count} {}", severity.name())).collect();
    let mut text = count(counts.reported, "violation");
    if !severities.is_empty() {
        text += &format!(" ({})", severities.join(", "));
    }
    text += &format!(", {} unverified", counts.unverified);
    if unreadable > 0 {
        text += &format!(", {unreadable} not read");
    }
    text + &format!("; exit status {}\n", status.number())
}

/// A number of things, in words.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
