//! Findings as text for people.

use anstyle::{AnsiColor, Color, Style};
use sealwatch_rules::configuration::resource::Resource;
use sealwatch_rules::engine::change::Change;
use sealwatch_rules::engine::context::Seen;
use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::text::Printable;

use crate::input::policy_document::Source;
use crate::report::page::Page;

/// The columns before the details of a finding.
const INDENT: &str = "                    ";

/// True if a finding is printed without `--all`.
pub(crate) fn is_reported(finding: &Finding<'_>) -> bool {
    finding.is_violation() || finding.is_unverified()
}

/// The heading of a resource.
pub(crate) fn resource_heading(change: &Change<'_>) -> Page {
    let Resource { kind, arn, name, .. } = &change.resource;
    let mut page = Page::default();
    page.styled(Style::new().bold(), name);
    page.line(&format!("  {kind}  {} {}", change.account(), change.scope.region));
    if let Some(arn) = arn {
        page.line(arn);
    }
    page
}

/// The findings about one policy, below its heading; empty if there are none.
pub(crate) fn policy(findings: &[&Finding<'_>], source: Source) -> Page {
    let mut page = Page::default();
    let Some(first) = findings.first() else { return page };
    let account = Some(first.change.scope.account).filter(|account| !account.is_empty()).unwrap_or("unknown");
    page.styled(Style::new().bold(), &first.change.resource.name).line(&format!("  account {account}"));
    // a reason that several rules share is printed once, so these rules have to follow each other
    let details: Vec<Printable> = findings.iter().map(|finding| finding.detail()).collect();
    let mut ordered = findings.to_vec();
    ordered.sort_by_cached_key(|finding| details.iter().position(|detail| *detail == finding.detail()));
    page.append(&entries(&ordered, source));
    page
}

/// The findings of one event: who did what and when, or that a scan saw it, and the outcome of each rule.
pub(crate) fn event(change: &Change<'_>, findings: &[&Finding<'_>]) -> Page {
    let time = if change.event.time.is_empty() { "an unknown time" } else { &change.event.time };
    let mut page = Page::default();
    match change.seen {
        Seen::Scan => page.line(&format!("  seen by a scan at {time}")),
        Seen::Call | Seen::Document => {
            page.line(&format!("  {} by {} at {time}", change.event.name, change.actor().in_words()))
        }
    };
    page.append(&entries(findings, Source::Document));
    page
}

/// Several findings about one resource.
fn entries(findings: &[&Finding<'_>], source: Source) -> Page {
    let mut page = Page::default();
    let details: Vec<Printable> = findings.iter().map(|finding| finding.detail()).collect();
    for (index, (finding, detail)) in findings.iter().zip(&details).enumerate() {
        // several rules are often unverified for the same reason: print it once, below the last of them
        let repeated = details.get(index + 1) == Some(detail);
        page.append(&entry(finding, Some(detail).filter(|_| !repeated), source));
    }
    page
}

/// One finding, with its detail unless that is printed elsewhere.
fn entry(finding: &Finding<'_>, detail: Option<&Printable>, source: Source) -> Page {
    let (label, style) = label(finding);
    let mut page = Page::default();
    page.text("    ").styled(style, &format!("{label:<14}")).line(&format!("  {}", finding.rule.id));
    if let Some(detail) = detail {
        page.line(&format!("{INDENT}{detail}"));
    }
    if let Some(exception) = finding.exception {
        page.line(&format!("{INDENT}excepted: {}", exception.reason));
    }
    if let Outcome::Violation(violation) = &finding.outcome {
        for (path, value) in finding.evidence() {
            page.line(&format!("{INDENT}{path} = {value}"));
        }
        // a resource of Terraform or CloudFormation is fixed there: the next deployment would undo other changes
        let fix = match source {
            Source::Document => &violation.remediation.cli,
            Source::Terraform => &violation.remediation.terraform,
            Source::CloudFormation => "change `KeyPolicy` in the template as the correction says",
        };
        page.line(&format!("{INDENT}fix: {}", fix.lines().next().unwrap_or_default()));
        for line in fix.lines().skip(1) {
            page.line(&format!("{INDENT}     {line}"));
        }
    }
    page
}

/// The label of a finding, and its colour.
fn label(finding: &Finding<'_>) -> (&'static str, Style) {
    match &finding.outcome {
        Outcome::Compliant => ("compliant", GOOD),
        Outcome::NotApplicable(_) => ("not-applicable", Style::new().dimmed()),
        _ if finding.exception.is_some() => ("excepted", Style::new().dimmed()),
        Outcome::Unverified(_) => ("unverified", UNKNOWN),
        Outcome::Violation(_) => (finding.severity.name(), severity_style(finding.severity)),
    }
}

/// The style of what is right.
pub(crate) const GOOD: Style = colour(AnsiColor::Green);

/// The style of what is not known.
pub(crate) const UNKNOWN: Style = colour(AnsiColor::Cyan);

/// The style of a violation.
pub(crate) fn severity_style(severity: Severity) -> Style {
    colour(match severity {
        Severity::Critical => AnsiColor::Magenta,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Blue,
    })
}

const fn colour(colour: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(Color::Ansi(colour)))
}
