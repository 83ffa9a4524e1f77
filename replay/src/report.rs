//! Printing what a replay found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use sealwatch_rules::change::Change;
use sealwatch_rules::finding::Finding;
use sealwatch_rules::notification::{Notification, notification};
use sealwatch_rules::ocsf;
use sealwatch_rules::resource::Resource;
use sealwatch_rules::rule::{Outcome, Severity};
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::{json_line, plain};
use serde_json::{Value, json};

use crate::cli::{Format, Replay};
use crate::sarif::Log;
use crate::spool::Place;

/// Counts that add up: records = judged + learnt from + skipped + unreadable, outcomes = the four kinds,
/// violations = reported + excepted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) files: usize,
    pub(crate) other_files: usize,
    /// Files in directories that were not read, because of their endings.
    pub(crate) ignored: usize,
    /// Files that were not read, because their path tells that no event in them is in time.
    pub(crate) other_days: usize,
    pub(crate) facts: usize,
    pub(crate) unknown: usize,
    pub(crate) records: usize,
    pub(crate) judged: usize,
    pub(crate) failed_calls: usize,
    pub(crate) not_ours: usize,
    pub(crate) duplicates: usize,
    /// Records that are not judged, but tell about resources.
    pub(crate) learnt: usize,
    /// Records of watched calls at another time, or of another account or Region.
    pub(crate) unwanted: usize,
    pub(crate) unreadable_records: usize,
    /// Everything unreadable: records, files, lines.
    pub(crate) unreadable: usize,
    pub(crate) compliant: usize,
    pub(crate) not_applicable: usize,
    pub(crate) unverified: usize,
    pub(crate) reported: usize,
    pub(crate) excepted: usize,
    pub(crate) by_severity: [usize; Severity::ALL.len()],
    /// Reported violations by severity and rule, the most severe first, then by rule what could not be verified.
    pub(crate) by_rule: BTreeMap<(Reverse<Option<Severity>>, &'static str), usize>,
}

impl Tally {
    /// Adds what was counted while a file was read, or a record judged.
    pub(crate) fn add(&mut self, file: &Tally) {
        self.files += file.files;
        self.other_files += file.other_files;
        self.other_days += file.other_days;
        self.unknown += file.unknown;
        self.records += file.records;
        self.failed_calls += file.failed_calls;
        self.not_ours += file.not_ours;
        self.learnt += file.learnt;
        self.unwanted += file.unwanted;
        self.unreadable_records += file.unreadable_records;
        self.unreadable += file.unreadable;
        self.compliant += file.compliant;
        self.not_applicable += file.not_applicable;
        self.unverified += file.unverified;
        self.reported += file.reported;
        self.excepted += file.excepted;
        self.by_severity.iter_mut().zip(file.by_severity).for_each(|(sum, count)| *sum += count);
        for (rule, count) in &file.by_rule {
            *self.by_rule.entry(*rule).or_default() += count;
        }
    }

    /// Counts a finding.
    pub(crate) fn count(&mut self, finding: &Finding<'_>) {
        match finding.outcome {
            Outcome::Compliant => self.compliant += 1,
            Outcome::NotApplicable(_) => self.not_applicable += 1,
            Outcome::Unverified(_) => {
                self.unverified += 1;
                *self.by_rule.entry((Reverse(None), finding.rule.id)).or_default() += 1;
            }
            Outcome::Violation(_) if finding.exception.is_some() => self.excepted += 1,
            Outcome::Violation(_) => {
                self.reported += 1;
                *self.by_rule.entry((Reverse(Some(finding.severity)), finding.rule.id)).or_default() += 1;
                if let Some(count) = self.by_severity.get_mut(finding.severity as usize) {
                    *count += 1;
                }
            }
        }
    }
}

/// What is to be printed about the findings of one event by one detector.
pub(crate) enum Printed {
    Lines(String),
    /// A part of the text about a resource, behind its heading.
    Block {
        heading: String,
        text: String,
    },
    Sarif(Log),
}

impl Printed {
    /// The findings in the format that is wanted.
    pub(crate) fn of(
        options: &Replay,
        settings: &Settings,
        detector: &str,
        place: &Place,
        findings: &[Finding<'_>],
    ) -> Printed {
        let shown = |finding: &&Finding<'_>| options.all || finding.is_violation() || finding.is_unverified();
        let shown: Vec<&Finding<'_>> = findings.iter().filter(shown).collect();
        let line = |value: &Value| format!("{}\n", json_line(value));
        match options.format {
            Format::Json => Printed::Lines(shown.iter().map(|finding| line(&finding.to_json())).collect()),
            Format::Ocsf => {
                Printed::Lines(shown.iter().map(|finding| line(&ocsf::compliance_finding(finding))).collect())
            }
            Format::Sns => {
                let message = notification(detector, findings, settings);
                Printed::Lines(message.map_or(String::new(), |message| line(&published(&message))))
            }
            Format::Sarif => {
                let mut log = Log::default();
                for finding in shown {
                    log.add(finding, &place.file, place.line, finding.change.resource.arn.as_deref());
                }
                Printed::Sarif(log)
            }
            Format::Text => match shown.first() {
                Some(first) => Printed::Block { heading: heading(first.change), text: block(first.change, &shown) },
                None => Printed::Lines(String::new()),
            },
        }
    }
}

/// What SNS gets.
fn published(message: &Notification) -> Value {
    let attributes = message.attributes.iter();
    let attributes = attributes
        .map(|(name, value)| ((*name).to_owned(), json!({"DataType": "String", "StringValue": value})))
        .collect::<serde_json::Map<_, _>>();
    json!({
        "Subject": message.subject,
        "Message": message.message,
        "MessageStructure": "json",
        "MessageAttributes": attributes,
    })
}

/// The findings of one event.
fn block(change: &Change<'_>, findings: &[&Finding<'_>]) -> String {
    let time = if change.event.time.is_empty() { "an unknown time" } else { &change.event.time };
    let who = change.actor().in_words();
    let mut text = format!("  {} by {} at {}\n", change.event.name, plain(&who), plain(time));
    let details: Vec<String> = findings.iter().map(|finding| finding.detail()).collect();
    for (index, (finding, detail)) in findings.iter().zip(&details).enumerate() {
        // one reason may leave all rules on a policy unverified: it is told once, behind the last of them
        let again = details.get(index + 1) == Some(detail);
        text.push_str(&entry(finding, Some(detail).filter(|_| !again)));
    }
    text
}

/// A report in the making.
pub(crate) struct Report {
    format: Format,
    out: io::BufWriter<anstream::AutoStream<io::Stdout>>,
    /// Text blocks by resource, in the order of appearance.
    blocks: Vec<(String, String)>,
    places: HashMap<String, usize>,
    /// The size of all blocks.
    waiting: usize,
    sarif: Log,
}

/// Blocks that are larger together are printed before all is judged, so that memory does not grow with the archive: a
/// resource of which more is found gets a second block.
const MOST_WAITING: usize = 1 << 20;

impl Report {
    /// A report on standard output.
    pub(crate) fn new(options: &Replay) -> Report {
        let out = io::BufWriter::new(anstream::stdout());
        let (blocks, places, sarif) = (Vec::new(), HashMap::new(), Log::default());
        Report { format: options.format, out, blocks, places, waiting: 0, sarif }
    }

    /// Prints, or keeps what belongs to something later.
    pub(crate) fn print(&mut self, printed: Printed) -> io::Result<()> {
        match printed {
            Printed::Lines(lines) => self.out.write_all(lines.as_bytes()),
            Printed::Sarif(log) => {
                self.sarif.append(log);
                Ok(())
            }
            Printed::Block { heading, text } => {
                self.waiting += text.len();
                let index = *self.places.entry(heading).or_insert_with_key(|heading| {
                    self.blocks.push((heading.clone(), String::new()));
                    self.blocks.len() - 1
                });
                if let Some((_, block)) = self.blocks.get_mut(index) {
                    block.push_str(&text);
                }
                if self.waiting > MOST_WAITING { self.print_blocks() } else { Ok(()) }
            }
        }
    }

    fn print_blocks(&mut self) -> io::Result<()> {
        for (heading, text) in self.blocks.drain(..) {
            writeln!(self.out, "{heading}{text}")?;
        }
        self.places.clear();
        self.waiting = 0;
        Ok(())
    }

    /// Prints what is left to print, and the summary.
    pub(crate) fn finish(mut self, tally: &Tally) -> io::Result<()> {
        if self.format == Format::Sarif {
            writeln!(self.out, "{}", std::mem::take(&mut self.sarif).finish())?;
        }
        if self.format == Format::Text {
            self.print_blocks()?;
            write!(self.out, "{}", summary(tally))?;
        }
        self.out.flush()
    }
}

/// A report on key policies in the making.
pub(crate) struct Policies {
    out: io::BufWriter<anstream::AutoStream<io::Stdout>>,
    all: bool,
    tally: Tally,
    last: String,
}

impl Policies {
    /// A report on standard output; `all` shows compliant outcomes, too.
    pub(crate) fn new(all: bool) -> Policies {
        let out = io::BufWriter::new(anstream::stdout());
        Policies { out, all, tally: Tally::default(), last: String::new() }
    }

    fn shows(&self, finding: &Finding<'_>) -> bool {
        self.all || finding.is_violation() || finding.is_unverified()
    }

    /// Prints a finding for machines.
    pub(crate) fn json(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        if self.shows(finding) { self.line(&finding.to_json().to_string()) } else { Ok(()) }
    }

    /// Prints a finding for people, under the name of its document.
    pub(crate) fn text(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        self.tally.count(finding);
        if !self.shows(finding) {
            return Ok(());
        }
        let name = &finding.change.resource.name;
        if self.last != *name {
            self.last.clone_from(name);
            let bold = Style::new().bold();
            let account = Some(finding.change.account).filter(|account| !account.is_empty());
            writeln!(self.out, "{bold}{}{bold:#}  account {}", plain(name), plain(account.unwrap_or("not known")))?;
        }
        write!(self.out, "{}", entry(finding, Some(&finding.detail())))
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Prints the counts.
    pub(crate) fn summary(&mut self, judged: usize, unreadable: usize) -> io::Result<()> {
        let kinds = if judged == 1 { "1 policy".to_owned() } else { format!("{judged} policies") };
        write!(self.out, "{kinds}, {unreadable} unreadable\n{}", outcomes(&self.tally))
    }

    /// Writes out what is left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The label of a finding, and its colour.
fn label(finding: &Finding<'_>) -> (&'static str, Style) {
    let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
    match (&finding.outcome, finding.severity) {
        (Outcome::Compliant, _) => ("compliant", colour(AnsiColor::Green)),
        (Outcome::NotApplicable(_), _) => ("silent", Style::new().dimmed()),
        _ if finding.exception.is_some() => ("excepted", Style::new().dimmed()),
        (Outcome::Unverified(_), _) => ("unverified", colour(AnsiColor::Cyan)),
        (_, Severity::Critical) => ("critical", colour(AnsiColor::Magenta)),
        (_, Severity::High) => ("high", colour(AnsiColor::Red)),
        (_, Severity::Medium) => ("medium", colour(AnsiColor::Yellow)),
        (_, Severity::Low) => ("low", colour(AnsiColor::Blue)),
    }
}

fn heading(change: &Change<'_>) -> String {
    let bold = Style::new().bold();
    let Resource { kind, arn, name } = &change.resource;
    let arn = arn.as_deref().map_or(String::new(), |arn| format!("{}\n", plain(arn)));
    format!("{bold}{}{bold:#}  {kind}  {} {}\n{arn}", plain(name), plain(change.account), plain(change.region))
}

/// Columns before the text of a finding.
const INDENT: &str = "                ";

/// A finding, with what it says where that is wanted.
fn entry(finding: &Finding<'_>, detail: Option<&String>) -> String {
    let (label, style) = label(finding);
    let mut text = format!("    {style}{label:<10}{style:#}  {}\n", finding.rule.id);
    if let Some(detail) = detail {
        text += &format!("{INDENT}{}\n", plain(detail));
    }
    if let Some(exception) = finding.exception {
        text += &format!("{INDENT}excepted: {}\n", plain(&exception.reason));
    }
    if let Outcome::Violation(violation) = &finding.outcome {
        for (path, value) in &violation.evidence {
            text += &format!("{INDENT}{} = {}\n", plain(path), plain(&value.to_string()));
        }
        let lines = violation.remediation.cli.lines().map(plain);
        text += &format!("{INDENT}fix: {}\n", lines.collect::<Vec<_>>().join(&format!("\n{INDENT}     ")));
    }
    text
}

fn summary(tally: &Tally) -> String {
    let Tally {
        files,
        other_files,
        facts,
        records,
        judged,
        failed_calls,
        not_ours,
        duplicates,
        learnt,
        unwanted,
        unreadable_records,
        ignored,
        other_days,
        ..
    } = tally;
    let skipped = failed_calls + not_ours + duplicates + unwanted;
    let mut text = format!("{}, {}", count(*files, "file"), count(*records, "record"));
    text += &format!(
        ": {judged} judged, {}{skipped} skipped ({}, {not_ours} not ours, {}{}), {unreadable_records} unreadable\n",
        if *learnt > 0 { format!("{learnt} only learnt from, ") } else { String::new() },
        count(*failed_calls, "failed call"),
        count(*duplicates, "duplicate"),
        if *unwanted > 0 { format!(", {unwanted} filtered out") } else { String::new() }
    );
    if facts + other_files + tally.unknown > 0 {
        text += &format!(
            "besides: {}, {} without records\n",
            count(*facts, "fact"),
            count(other_files + tally.unknown, "other document")
        );
    }
    if *ignored > 0 {
        text += &format!("{} with other endings, not read\n", count(*ignored, "file"));
    }
    if *other_days > 0 {
        text += &format!("{} passed over: of another day, account or Region by name\n", count(*other_days, "file"));
    }
    let problems = tally.unreadable - unreadable_records;
    if problems > 0 {
        text += &format!("{} that could not be read, named above\n", count(problems, "input"));
    }
    text + &outcomes(tally) + &by_rule(tally)
}

/// A line for each rule that has something to say.
fn by_rule(tally: &Tally) -> String {
    let widest = tally.by_rule.values().max().map_or(0, |count| count.to_string().len());
    let line = |((Reverse(severity), rule), count): (&(Reverse<Option<Severity>>, &str), &usize)| {
        let label = severity.map_or("unverified", Severity::name);
        format!("  {count:>widest$}  {label:<10}  {rule}\n")
    };
    tally.by_rule.iter().map(line).collect()
}

fn outcomes(tally: &Tally) -> String {
    let violations = tally.reported + tally.excepted;
    let outcomes = violations + tally.compliant + tally.unverified + tally.not_applicable;
    let text = format!(
        "{}: {} compliant, {}, {} unverified, {} not applicable\n",
        count(outcomes, "outcome"),
        tally.compliant,
        count(violations, "violation"),
        tally.unverified,
        tally.not_applicable
    );
    let severities = Severity::ALL.iter().zip(tally.by_severity).rev();
    let severities: Vec<String> = severities.map(|(severity, count)| format!("{count} {}", severity.name())).collect();
    text + &format!(
        "{}: {} reported ({}), {} excepted\n",
        count(violations, "violation"),
        tally.reported,
        severities.join(", "),
        tally.excepted
    )
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
