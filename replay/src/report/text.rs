//! Findings as text for people.

use anstyle::{AnsiColor, Style};
use sealwatch_rules::configuration::resource::Resource;
use sealwatch_rules::engine::change::Change;
use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::text::plain;

use crate::input::policy_document::Source;

/// The columns before the details of a finding.
const INDENT: &str = "                    ";

/// True if a finding is printed without `--all`.
pub(crate) fn is_reported(finding: &Finding<'_>) -> bool {
    finding.is_violation() || finding.is_unverified()
}

/// The heading of a resource.
pub(crate) fn resource_heading(change: &Change<'_>) -> String {
    let bold = Style::new().bold();
    let Resource { kind, arn, name } = &change.resource;
    let arn = arn.as_deref().map_or(String::new(), |arn| format!("{}\n", plain(arn)));
    format!(
        "{bold}{}{bold:#}  {kind}  {} {}\n{arn}",
        plain(name),
        plain(change.scope.account),
        plain(change.scope.region)
    )
}

/// The findings about one policy, below its heading; empty if there are none.
pub(crate) fn policy(findings: &[&Finding<'_>], source: Source) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let bold = Style::new().bold();
    let account = Some(first.change.scope.account).filter(|account| !account.is_empty()).unwrap_or("unknown");
    let name = plain(&first.change.resource.name);
    // a reason that several rules share is printed once, so these rules have to follow each other
    let mut reasons: Vec<String> = Vec::new();
    let mut ordered: Vec<(usize, &Finding<'_>)> = Vec::new();
    for finding in findings {
        let reason = finding.detail();
        let known = reasons.iter().position(|known| *known == reason);
        let position = known.unwrap_or(reasons.len());
        if known.is_none() {
            reasons.push(reason);
        }
        ordered.push((position, *finding));
    }
    ordered.sort_by_key(|(position, _)| *position);
    let ordered: Vec<&Finding<'_>> = ordered.into_iter().map(|(_, finding)| finding).collect();
    format!("{bold}{name}{bold:#}  account {}\n", plain(account)) + &entries(&ordered, source)
}

/// The findings of one event: who did what and when, and the outcome of each rule.
pub(crate) fn event(change: &Change<'_>, findings: &[&Finding<'_>]) -> String {
    let time = if change.event.time.is_empty() { "an unknown time" } else { &change.event.time };
    let actor = change.actor().in_words();
    let mut text = format!("  {} by {} at {}\n", change.event.name, plain(&actor), plain(time));
    text += &entries(findings, Source::Document);
    text
}

/// Several findings about one resource.
fn entries(findings: &[&Finding<'_>], source: Source) -> String {
    let details: Vec<String> = findings.iter().map(|finding| finding.detail()).collect();
    let mut text = String::new();
    for (index, (finding, detail)) in findings.iter().zip(&details).enumerate() {
        // several rules are often unverified for the same reason: print it once, below the last of them
        let repeated = details.get(index + 1) == Some(detail);
        text += &entry(finding, Some(detail.as_str()).filter(|_| !repeated), source);
    }
    text
}

/// One finding, with its detail unless that is printed elsewhere.
fn entry(finding: &Finding<'_>, detail: Option<&str>, source: Source) -> String {
    let (label, style) = label(finding);
    let mut text = format!("    {style}{label:<14}{style:#}  {}\n", finding.rule.id);
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
        // a resource of Terraform or CloudFormation is fixed there: the next deployment would undo other changes
        let fix = match source {
            Source::Document => &violation.remediation.cli,
            Source::Terraform => &violation.remediation.terraform,
            Source::CloudFormation => "change `KeyPolicy` in the template as the correction says",
        };
        let lines: Vec<String> = fix.lines().map(plain).collect();
        text += &format!("{INDENT}fix: {}\n", lines.join(&format!("\n{INDENT}     ")));
    }
    text
}

/// The label of a finding, and its colour.
fn label(finding: &Finding<'_>) -> (&'static str, Style) {
    let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
    match (&finding.outcome, finding.severity) {
        (Outcome::Compliant, _) => ("compliant", colour(AnsiColor::Green)),
        (Outcome::NotApplicable(_), _) => ("not-applicable", Style::new().dimmed()),
        _ if finding.exception.is_some() => ("excepted", Style::new().dimmed()),
        (Outcome::Unverified(_), _) => ("unverified", colour(AnsiColor::Cyan)),
        (_, Severity::Critical) => ("critical", colour(AnsiColor::Magenta)),
        (_, Severity::High) => ("high", colour(AnsiColor::Red)),
        (_, Severity::Medium) => ("medium", colour(AnsiColor::Yellow)),
        (_, Severity::Low) => ("low", colour(AnsiColor::Blue)),
    }
}
