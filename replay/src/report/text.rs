//! Findings as text for people.

use std::collections::HashSet;

use anstyle::{AnsiColor, Color, Style};
use sealwatch_rules::configuration::resource::Resource;
use sealwatch_rules::engine::change::Change;
use sealwatch_rules::engine::context::Seen;
use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
use sealwatch_rules::language::Text;
use sealwatch_rules::language::words::severity;
use sealwatch_rules::text;
use sealwatch_rules::util::severity::Severity;

use crate::input::policy_document::Source;
use crate::report::layout::Layout;
use crate::report::page::Page;
use crate::report::words::pad;

/// A part of the text about a resource.
pub(crate) enum Part {
    /// Complete lines.
    Lines(Page),
    /// How to fix something: printed once for each resource.
    Fix { whole: Page, again: Page },
}

/// True if a finding is printed without `--all`.
pub(crate) fn is_reported(finding: &Finding<'_>) -> bool {
    finding.is_violation() || finding.is_unverified()
}

/// The heading of a resource.
pub(crate) fn resource_heading(change: &Change<'_>, layout: Layout) -> Page {
    let Resource { arn, name, .. } = &change.resource;
    let mut page = Page::default();
    layout.heading(&mut page, name, &layout.say(&place(change)));
    if let Some(arn) = arn {
        layout.paragraph(&mut page, 0, arn);
    }
    page
}

/// The type, account and Region of a resource.
pub(crate) fn place(change: &Change<'_>) -> Text {
    match change.seen {
        Seen::Document if change.scope.account.is_empty() => Text::literal("account unknown"),
        Seen::Document => text!("account {account}", account = change.scope.account),
        Seen::Call | Seen::Scan => {
            format!("{}  {} {}", change.resource.kind, change.account(), change.scope.region).into()
        }
    }
}

/// Who did what and when, or that a scan saw it.
pub(crate) fn seen(change: &Change<'_>) -> Text {
    let time = match change.event.time.as_str() {
        "" => Text::literal("an unknown time"),
        time => time.into(),
    };
    match change.seen {
        Seen::Scan => text!("seen by a scan at {time}", time),
        Seen::Call | Seen::Document => {
            text!("{call} by {who} at {time}", call = change.event.name.as_str(), who = change.actor().in_words(), time)
        }
    }
}

/// The findings about one policy, below its heading; empty if there are none.
pub(crate) fn policy(findings: &[&Finding<'_>], source: Source, layout: Layout) -> Page {
    let mut page = Page::default();
    let Some(first) = findings.first() else { return page };
    layout.heading(&mut page, &first.change.resource.name, &layout.say(&place(first.change)));
    let mut fixes = Fixes::default();
    entries(findings, source, layout).into_iter().for_each(|part| fixes.append(&mut page, part));
    page
}

/// The findings of one event: who did what and when, or that a scan saw it, and the outcome of each rule.
pub(crate) fn event(change: &Change<'_>, findings: &[&Finding<'_>], layout: Layout) -> Vec<Part> {
    let mut page = Page::default();
    layout.paragraph(&mut page, 2, &layout.say(&seen(change)));
    let mut parts = vec![Part::Lines(page)];
    parts.extend(entries(findings, Source::Document, layout));
    parts
}

/// The commands that were printed about one resource.
#[derive(Default)]
pub(crate) struct Fixes(HashSet<Page>);

impl Fixes {
    /// Adds a part to a page. A fix that is there already is only mentioned.
    pub(crate) fn append(&mut self, page: &mut Page, part: Part) {
        match part {
            Part::Lines(lines) => page.append(&lines),
            Part::Fix { again, whole } if self.0.contains(&whole) => page.append(&again),
            Part::Fix { whole, .. } => {
                page.append(&whole);
                self.0.insert(whole);
                page
            }
        };
    }
}

/// Several findings about one resource.
fn entries(findings: &[&Finding<'_>], source: Source, layout: Layout) -> Vec<Part> {
    findings.iter().flat_map(|finding| entry(finding, source, layout)).collect()
}

/// One finding.
fn entry(finding: &Finding<'_>, source: Source, layout: Layout) -> Vec<Part> {
    let (label, style) = label(finding);
    let indent = layout.indent();
    let mut page = Page::default();
    let label = pad(&layout.say(&label), layout.label());
    page.text("    ").styled(style, &label).line(&format!("  {}", finding.rule.id));
    layout.paragraph(&mut page, indent, &layout.say(&finding.detail()));
    if let Some(exception) = finding.exception {
        layout.paragraph(&mut page, indent, &layout.say(&text!("excepted: {reason}", reason = &exception.reason)));
    }
    let Outcome::Violation(violation) = &finding.outcome else { return vec![Part::Lines(page)] };
    for (path, value) in finding.evidence_in(layout.language) {
        layout.paragraph(&mut page, indent, &format!("{path} = {value}"));
    }
    // a resource of Terraform or CloudFormation is fixed there: the next deployment would undo other changes
    let fix = match source {
        Source::Document => &violation.remediation.cli,
        Source::Terraform => &violation.remediation.terraform,
        Source::CloudFormation => layout.language.text("change `KeyPolicy` in the template as the correction says"),
    };
    let (mut whole, mut again) = (Page::default(), Page::default());
    match source {
        Source::Terraform => layout.lines(&mut whole, fix),
        Source::Document | Source::CloudFormation => layout.fix(&mut whole, fix),
    }
    layout.paragraph(&mut again, indent, layout.language.text("fix: as above"));
    vec![Part::Lines(page), Part::Fix { whole, again }]
}

/// The label of a finding, and its colour.
pub(crate) fn label(finding: &Finding<'_>) -> (Text, Style) {
    match &finding.outcome {
        Outcome::Compliant => (Text::literal("compliant"), GOOD),
        Outcome::NotApplicable(_) => (Text::literal("not-applicable"), Style::new().dimmed()),
        _ if finding.exception.is_some() => (Text::literal("excepted"), Style::new().dimmed()),
        Outcome::Unverified(_) => (Text::literal("unverified"), UNKNOWN),
        Outcome::Violation(_) => (severity(finding.severity), severity_style(finding.severity)),
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
