//! Findings as text for people.

use anstyle::{AnsiColor, Style};
use sealwatch_rules::configuration::resource::Resource;
use sealwatch_rules::engine::change::Change;
use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::text::plain;

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
    format!("{bold}{}{bold:#}  {kind}  {} {}\n{arn}", plain(name), plain(change.account()), plain(change.scope.region))
}

/// The heading of a policy document.
pub(crate) fn policy_heading(name: &str, account: &str) -> String {
    let bold = Style::new().bold();
    let account = if account.is_empty() { "unknown" } else { account };
    format!("{bold}{}{bold:#}  account {}\n", plain(name), plain(account))
}

/// The findings of one event: who did what and when, and the outcome of each rule.
pub(crate) fn event(change: &Change<'_>, findings: &[&Finding<'_>]) -> String {
    let time = if change.event.time.is_empty() { "an unknown time" } else { &change.event.time };
    let actor = change.actor().in_words();
    let mut text = format!("  {} by {} at {}\n", change.event.name, plain(&actor), plain(time));
    let details: Vec<String> = findings.iter().map(|finding| finding.detail()).collect();
    for (index, (finding, detail)) in findings.iter().zip(&details).enumerate() {
        // several rules are often unverified for the same reason: print it once, below the last of them
        let repeated = details.get(index + 1) == Some(detail);
        text += &entry(finding, Some(detail.as_str()).filter(|_| !repeated));
    }
    text
}

/// One finding, with its detail unless that is printed elsewhere.
pub(crate) fn entry(finding: &Finding<'_>, detail: Option<&str>) -> String {
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
        let lines: Vec<String> = violation.remediation.cli.lines().map(plain).collect();
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
