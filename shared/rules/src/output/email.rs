//! The e-mail about the findings of one event: plain text in 72 columns.
//!
//! Text from records is written with [`prose`] or [`plain`], so that it brings no line ends of its own.

use serde_json::Value;

use crate::engine::finding::Finding;
use crate::output::label;
use crate::util::text::{cut, plain};

/// How many characters of a text the e-mail shows.
#[derive(Clone, Copy)]
struct Limits {
    /// Of a detail, a name or the caller.
    text: usize,
    /// Of the remediation. Longer commands are left out, because nobody should run a part of one.
    remediation: usize,
}

/// The remediation is cut before anything else.
const LIMITS: [Limits; 6] = [
    Limits { text: usize::MAX, remediation: usize::MAX },
    Limits { text: usize::MAX, remediation: 2_048 },
    Limits { text: 4_096, remediation: 512 },
    Limits { text: 1_024, remediation: 256 },
    Limits { text: 256, remediation: 128 },
    Limits { text: 64, remediation: 64 },
];

/// The e-mail, most urgent finding first, shortened until it takes at most `room` bytes as a JSON string.
pub(super) fn text(reported: &[&Finding<'_>], room: usize) -> String {
    let mut text = String::new();
    for limits in LIMITS {
        text = write(reported, limits);
        if Value::from(text.as_str()).to_string().len() <= room {
            break;
        }
    }
    text
}

fn write(reported: &[&Finding<'_>], limits: Limits) -> String {
    let mut text = String::new();
    if let Some(first) = reported.first() {
        text += &summary(first, reported.len(), limits);
    }
    for finding in reported {
        text += &format!("\n{}\n", "-".repeat(72));
        text += &wrap(&format!("{} {} - {}", label(finding), finding.rule.id, finding.rule.title), "");
        text += &wrap(&prose(&finding.detail(), limits.text), "");
        text += &remediation(finding, limits);
        for page in finding.rule.references() {
            text += &format!("  {page}\n");
        }
        text += &format!("  finding {}\n", finding.id());
    }
    text
}

/// The most urgent finding, and who did what to which resource.
fn summary(first: &Finding<'_>, count: usize, limits: Limits) -> String {
    let change = first.change;
    let detail = prose(&first.detail(), limits.text);
    let more = if count > 1 { format!(" (and {} more below)", count - 1) } else { String::new() };
    let mut text = wrap(&format!("{}: {detail}{more}", label(first)), "");
    let resource = change.resource.arn.as_deref().unwrap_or(&change.resource.name);
    text += "\n";
    for (name, value) in [
        ("Resource", resource),
        ("Account", &format!("{} {}", cut(change.scope.account, limits.text), change.scope.region)),
        ("Who", &change.actor().in_words()),
        ("Call", &format!("{} at {}", change.event.name, change.event.time)),
        ("Event", &change.event.id),
    ] {
        text += &field(name, value, limits.text);
    }
    text
}

fn remediation(finding: &Finding<'_>, limits: Limits) -> String {
    let Some(remediation) = finding.remediation() else { return String::new() };
    let mut text = "\nFix (AWS CLI):\n".to_owned();
    if remediation.cli.chars().nth(limits.remediation).is_some() {
        text += "  [cut: the command is too long for this message]\n";
    } else {
        for line in remediation.cli.lines() {
            text += &format!("  {}\n", plain(line)); // never wrapped, so that it can be copied
        }
    }
    text + &field("Console", &remediation.console, limits.remediation)
}

fn field(name: &str, value: &str, limit: usize) -> String {
    wrap(&format!("{name:<9}{}", prose(value, limit)), "         ")
}

/// Text from outside as one line, with single spaces: more of them would indent what follows a wrapped line.
fn prose(text: &str, limit: usize) -> String {
    let text = plain(text);
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), limit)
}

/// Wraps at 72 columns. A longer word stays whole. No line begins with a rule: only findings are separated by one.
fn wrap(text: &str, indent: &str) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for (index, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > 72 && column > indent.len() && !word.starts_with("---") {
            lines += "\n";
            lines += indent;
            column = indent.len();
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += width;
    }
    lines + "\n"
}
