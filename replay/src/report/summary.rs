//! The summary below a text report.

use std::cmp::Reverse;

use sealwatch_rules::language::words::{list, of_severity, severity};
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;
use sealwatch_rules::util::severity::Severity;
#[cfg(feature = "aws")]
use sealwatch_runtime::scan::Counts;

use crate::exit_status::ExitStatus;
use crate::report::words::{count, pad, violations};
#[cfg(feature = "aws")]
use crate::summary::Scanned;
use crate::summary::{OutcomeCounts, Summary};

/// All lines of the summary of a replay.
pub(crate) fn replay(summary: &Summary, language: Language) -> String {
    let mut all = vec![records(summary)];
    all.extend(other_input(summary));
    all.extend(disabled_rules(&summary.disabled_rules));
    lines(&all, language) + &outcome_lines(&summary.outcomes, language)
}

/// All lines of the summary of a scan.
#[cfg(feature = "aws")]
pub(crate) fn scan(scanned: &Scanned, disabled: &[String], outcomes: &OutcomeCounts, language: Language) -> String {
    let Counts { listed, evaluated, deleted, denied } = scanned.counts;
    let (accounts, regions, gaps) = (scanned.accounts, scanned.regions, scanned.gaps);
    let calls = usize::try_from(scanned.calls).unwrap_or(usize::MAX);
    let mut all = vec![text!(
        "{accounts}, {regions}, {resources}: {evaluated} evaluated, {deleted} deleted meanwhile, {denied} not seen completely; {calls}",
        accounts = count(accounts, Text::literal("1 account"), text!("{accounts} accounts", accounts)),
        regions = count(regions, Text::literal("1 Region"), text!("{regions} Regions", regions)),
        resources = count(listed, Text::literal("1 resource"), text!("{listed} resources", listed)),
        evaluated,
        deleted,
        denied,
        calls = self::calls(calls),
    )];
    if gaps > 0 {
        all.push(text!("{calls} had no answer: see the messages above", calls = self::calls(gaps)));
    }
    all.extend(scanned.notes.iter().cloned());
    all.extend(disabled_rules(disabled));
    lines(&all, language) + &outcome_lines(outcomes, language)
}

#[cfg(feature = "aws")]
fn calls(calls: usize) -> Text {
    count(calls, Text::literal("1 call"), text!("{calls} calls", calls))
}

/// All lines of the summary of evaluated policies.
pub(crate) fn policies(
    evaluated: usize,
    unreadable: usize,
    disabled: &[String],
    outcomes: &OutcomeCounts,
    language: Language,
) -> String {
    let policies = count(evaluated, Text::literal("1 policy"), text!("{evaluated} policies", evaluated));
    let mut all = vec![text!("{policies}, {unreadable} unreadable", policies, unreadable)];
    all.extend(disabled_rules(disabled));
    lines(&all, language) + &outcome_lines_without_rules(outcomes, language)
}

/// Each text on a line of its own.
fn lines(texts: &[Text], language: Language) -> String {
    texts.iter().map(|text| format!("{}\n", text.in_language(language))).collect()
}

fn records(summary: &Summary) -> Text {
    let input = &summary.input;
    let (files, records, failed, duplicates) = (input.files, input.records, input.failed_calls, summary.duplicates);
    let context_only = match input.context_only {
        0 => Text::default(),
        records => text!("{records} used only as context, ", records),
    };
    let filtered_out = match input.filtered_out {
        0 => Text::default(),
        records => text!(", {records} filtered out", records),
    };
    text!(
        "{files}, {records}: {evaluated} evaluated, {context_only}{skipped} skipped ({failed}, {others} not monitored, {duplicates}{filtered_out}), {unreadable} unreadable",
        files = self::files(files),
        records = count(records, Text::literal("1 record"), text!("{records} records", records)),
        evaluated = summary.evaluated,
        context_only,
        skipped = failed + input.not_monitored + duplicates + input.filtered_out,
        failed = count(failed, Text::literal("1 failed call"), text!("{failed} failed calls", failed)),
        others = input.not_monitored,
        duplicates = count(duplicates, Text::literal("1 duplicate"), text!("{duplicates} duplicates", duplicates)),
        filtered_out,
        unreadable = input.unreadable_records,
    )
}

fn files(files: usize) -> Text {
    count(files, Text::literal("1 file"), text!("{files} files", files))
}

fn other_input(summary: &Summary) -> Vec<Text> {
    let (input, facts) = (&summary.input, summary.facts);
    let others = input.files_without_records + input.other_documents;
    let mut all = Vec::new();
    if facts + others > 0 {
        all.push(text!(
            "also read: {facts}, {others} without records",
            facts = count(facts, Text::literal("1 fact"), text!("{facts} facts", facts)),
            others = count(others, Text::literal("1 other document"), text!("{others} other documents", others)),
        ));
    }
    if summary.other_extensions > 0 {
        all.push(text!("{files} with other extensions, not read", files = files(summary.other_extensions)));
    }
    if input.skipped_by_path > 0 {
        let files = files(input.skipped_by_path);
        all.push(text!("{files} skipped by path: another day, account or Region", files));
    }
    let problems = input.unreadable - input.unreadable_records;
    if problems > 0 {
        let inputs = count(problems, Text::literal("1 input"), text!("{problems} inputs", problems));
        all.push(text!("{inputs} could not be read: see the messages above", inputs));
    }
    all
}

/// Names the rules that the settings switch off, so that nobody takes their silence for a result.
fn disabled_rules(rules: &[String]) -> Option<Text> {
    let number = rules.len();
    let count = count(number, Text::literal("1 rule"), text!("{number} rules", number));
    let text = text!("{count} switched off by the settings: {rules}", count, rules = rules.join(", "));
    (number > 0).then_some(text)
}

/// The outcomes, and the rules that have some.
fn outcome_lines(counts: &OutcomeCounts, language: Language) -> String {
    outcome_lines_without_rules(counts, language) + &rule_lines(counts, language)
}

fn outcome_lines_without_rules(counts: &OutcomeCounts, language: Language) -> String {
    let OutcomeCounts { compliant, unverified, not_applicable, reported, excepted, .. } = *counts;
    let violations = self::violations(reported + excepted);
    let outcomes = reported + excepted + compliant + unverified + not_applicable;
    let all = [
        text!(
            "{outcomes}: {compliant} compliant, {violations}, {unverified} unverified, {not_applicable} not applicable",
            outcomes = count(outcomes, Text::literal("1 outcome"), text!("{outcomes} outcomes", outcomes)),
            compliant,
            violations = &violations,
            unverified,
            not_applicable,
        ),
        text!(
            "{violations}: {reported} reported ({severities}), {excepted} excepted",
            violations,
            reported,
            severities = list(by_severity(counts).map(|(count, severity)| of_severity(count, severity))),
            excepted,
        ),
    ];
    lines(&all, language)
}

/// How many violations of each severity are reported, the worst first.
fn by_severity(counts: &OutcomeCounts) -> impl Iterator<Item = (usize, Severity)> {
    counts.by_severity.into_iter().zip(Severity::ALL).rev()
}

/// A line for each rule with reported violations or unverified outcomes.
fn rule_lines(counts: &OutcomeCounts, language: Language) -> String {
    let width = counts.by_rule.values().max().map_or(0, |count| count.to_string().len());
    let line = |((Reverse(found), rule), count): (&(Reverse<Option<Severity>>, &str), &usize)| {
        let label = found.map_or(Text::literal("unverified"), severity);
        format!("  {count:>width$}  {}  {rule}\n", pad(&label.in_language(language), 10))
    };
    counts.by_rule.iter().map(line).collect()
}

/// The last line: what to remember, and what a script sees.
pub(crate) fn result(counts: &OutcomeCounts, unreadable: usize, status: ExitStatus, language: Language) -> String {
    let mut violations = self::violations(counts.reported);
    if counts.reported > 0 {
        let severities = by_severity(counts).filter(|(count, _)| *count > 0);
        let severities = list(severities.map(|(count, severity)| of_severity(count, severity)));
        violations = text!("{violations} ({severities})", violations, severities);
    }
    let unread = if unreadable > 0 { text!(", {unreadable} not read", unreadable) } else { Text::default() };
    let text = text!(
        "{violations}, {unverified} unverified{unread}; exit status {status}",
        violations,
        unverified = counts.unverified,
        unread,
        status = status.number().to_string(),
    );
    lines(&[text], language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_severities_only_of_violations() {
        let line = |reported, by_severity, unreadable, status| {
            let counts = OutcomeCounts { reported, by_severity, unverified: 4, ..OutcomeCounts::default() };
            result(&counts, unreadable, status, Language::English)
        };
        insta::assert_snapshot!(line(0, [0; 4], 0, ExitStatus::Clean), @"0 violations, 4 unverified; exit status 0");
        insta::assert_snapshot!(line(1, [0, 0, 1, 0], 0, ExitStatus::Violations), @"1 violation (1 high), 4 unverified; exit status 1");
        insta::assert_snapshot!(line(6, [2, 0, 1, 3], 1, ExitStatus::Unreadable), @"6 violations (3 critical, 1 high, 2 low), 4 unverified, 1 not read; exit status 2");
    }

    #[cfg(feature = "aws")]
    #[test]
    fn the_summary_of_a_scan_names_gaps_only_if_there_are_any() {
        let counts = Counts { listed: 2, evaluated: 1, deleted: 1, denied: 0 };
        let mut scanned = Scanned { accounts: 1, regions: 2, counts, calls: 9, gaps: 0, notes: Vec::new() };
        let text = |scanned: &Scanned| scan(scanned, &[], &OutcomeCounts::default(), Language::English);
        insta::assert_snapshot!(text(&scanned), @r"
        1 account, 2 Regions, 2 resources: 1 evaluated, 1 deleted meanwhile, 0 not seen completely; 9 calls
        0 outcomes: 0 compliant, 0 violations, 0 unverified, 0 not applicable
        0 violations: 0 reported (0 critical, 0 high, 0 medium, 0 low), 0 excepted
        ");
        scanned.gaps = 1;
        assert!(text(&scanned).contains("\n1 call had no answer: see the messages above\n"), "{}", text(&scanned));
    }

    #[test]
    fn what_was_not_there_is_not_mentioned() {
        insta::assert_snapshot!(replay(&Summary::default(), Language::English), @r"
        0 files, 0 records: 0 evaluated, 0 skipped (0 failed calls, 0 not monitored, 0 duplicates), 0 unreadable
        0 outcomes: 0 compliant, 0 violations, 0 unverified, 0 not applicable
        0 violations: 0 reported (0 critical, 0 high, 0 medium, 0 low), 0 excepted
        ");
        let mut summary = Summary { facts: 1, other_extensions: 1, duplicates: 1, evaluated: 1, ..Summary::default() };
        summary.disabled_rules = vec!["kms-key-store-redirected".to_owned(), "kms-key-policy-public".to_owned()];
        summary.input.skipped_by_path = 1;
        summary.input.other_documents = 1;
        summary.input.context_only = 3;
        summary.input.filtered_out = 4;
        (summary.input.unreadable, summary.input.unreadable_records) = (6, 5);
        insta::assert_snapshot!(replay(&summary, Language::English), @r"
        0 files, 0 records: 1 evaluated, 3 used only as context, 5 skipped (0 failed calls, 0 not monitored, 1 duplicate, 4 filtered out), 5 unreadable
        also read: 1 fact, 1 other document without records
        1 file with other extensions, not read
        1 file skipped by path: another day, account or Region
        1 input could not be read: see the messages above
        2 rules switched off by the settings: kms-key-store-redirected, kms-key-policy-public
        0 outcomes: 0 compliant, 0 violations, 0 unverified, 0 not applicable
        0 violations: 0 reported (0 critical, 0 high, 0 medium, 0 low), 0 excepted
        ");
        summary.disabled_rules.pop();
        summary.input.unreadable = 7;
        let text = replay(&summary, Language::English);
        assert!(text.contains("2 inputs could not be read") && text.contains("1 rule switched off"), "{text}");
    }
}
