//! Unverified outcomes, gathered by reason: one command often answers several rules.

use std::collections::HashMap;

use sealwatch_rules::engine::change::Change;
use sealwatch_rules::engine::context::Seen;
use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::language::{Language, Text};

use crate::report::layout::Layout;
use crate::report::page::Page;
use crate::report::text;

/// One unverified outcome, ready to print.
pub(crate) struct Item {
    /// Why, and the command that answers it.
    reason: Page,
    /// Of which resource, and since which call.
    origin: Page,
    rule: Page,
}

impl Item {
    pub(crate) fn new(finding: &Finding<'_>, layout: Layout) -> Item {
        let mut rule = Page::default();
        let (label, style) = text::label(finding);
        rule.text("      ").styled(style, &layout.say(&label)).line(&format!("  {}", finding.rule.id));
        Item { reason: reason(&finding.detail(), layout), origin: origin(finding.change, layout), rule }
    }
}

fn reason(detail: &Text, layout: Layout) -> Page {
    let mut page = Page::default();
    let said = layout.say(detail);
    let before = layout.language.text("Could not be verified: {why}.").split("{why}").next().unwrap_or_default();
    let said = said.strip_prefix(before).unwrap_or(&said);
    let found = match layout.language {
        Language::English => command(said),
        Language::Japanese => command(detail).and_then(|(_, command, rest)| japanese(said, command, rest)),
    };
    match found {
        None => layout.paragraph(&mut page, 2, said),
        Some((reason, command, rest)) => {
            layout.paragraph(&mut page, 2, reason);
            layout.command(&mut page, 4, &format!("aws {command}"));
            if !rest.is_empty() {
                layout.paragraph(&mut page, 4, rest);
            }
        }
    }
    page
}

/// The reason, the command of the AWS CLI that it names, and what else it says. Names in it are from outside: if one of them
/// looks like another command, nothing is taken for a command.
fn command(detail: &str) -> Option<(&str, &str, &str)> {
    const RUN: &str = "run `aws ";
    let (reason, rest) = detail.split_once(RUN).filter(|(_, rest)| !rest.contains(RUN))?;
    let (command, end) = rest.rsplit_once("` ")?;
    let rest = match end.strip_prefix("and pass its output with --facts.") {
        Some(rest) => rest.trim_start(),
        None => end.starts_with("in its management account ").then_some(end)?,
    };
    Some((reason.trim_end_matches([' ', ':']), command, rest))
}

/// The same of the text in Japanese, for the command that the English text names and what follows it there.
fn japanese<'t>(detail: &'t str, command: &'t str, english: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (reason, rest) = detail.split_once(&format!("`aws {command}`"))?;
    let rest = match english.starts_with("in its management account ") {
        true => rest.trim_start(),
        false => rest.split_once('。').map_or("", |(_, rest)| rest),
    };
    Some((reason.trim_end_matches([' ', ':', '、', '。']), command, rest))
}

fn origin(change: &Change<'_>, layout: Layout) -> Page {
    let mut page = Page::default();
    let resource = match &change.resource.arn {
        Some(arn) => arn.clone(),
        None => format!("{}  {}", change.resource.name, layout.say(&text::place(change))),
    };
    layout.paragraph(&mut page, 4, &resource);
    match change.seen {
        Seen::Document => {}
        Seen::Call | Seen::Scan => layout.paragraph(&mut page, 4, &layout.say(&text::seen(change))),
    }
    page
}

/// All that are not printed yet.
#[derive(Default)]
pub(crate) struct Unverified {
    /// Reasons in the order of their first outcomes; below each, the resources and their rules.
    groups: Vec<(Page, Vec<(Page, Page)>)>,
    /// The index of each reason in `groups`.
    indexes: HashMap<Page, usize>,
}

impl Unverified {
    /// Adds an outcome, and says how many bytes it takes.
    pub(crate) fn add(&mut self, item: Item) -> usize {
        let Item { reason, origin, rule } = item;
        let size = origin.as_str().len() + rule.as_str().len();
        let index = *self.indexes.entry(reason).or_insert_with_key(|reason| {
            self.groups.push((reason.clone(), Vec::new()));
            self.groups.len() - 1
        });
        let Some((_, resources)) = self.groups.get_mut(index) else { return 0 };
        match resources.last_mut().filter(|(last, _)| *last == origin) {
            Some((_, rules)) => {
                rules.append(&rule);
            }
            None => resources.push((origin, rule)),
        }
        size
    }

    /// Takes all of them as text below this heading; empty if there are none.
    pub(crate) fn take(&mut self, heading: &str) -> Page {
        let mut page = Page::default();
        if self.groups.is_empty() {
            return page;
        }
        page.styled(text::UNKNOWN, heading).end_line().end_line();
        for (reason, resources) in self.groups.drain(..) {
            page.append(&reason);
            for (origin, rules) in &resources {
                page.append(origin).append(rules);
            }
            page.end_line();
        }
        self.indexes.clear();
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_a_reason_is_found_in_japanese() {
        let said = "キー `k` の情報がありません: `aws kms describe-key --key-id k` を実行し、その出力を --facts で渡してください。";
        let found = |text, rest| japanese(text, "kms describe-key --key-id k", rest);
        let reason = "キー `k` の情報がありません";
        assert_eq!(found(said, ""), Some((reason, "kms describe-key --key-id k", "")));
        let more = format!("{said}この例外は 2026-01-01 に期限が切れました (moving)。");
        assert_eq!(found(&more, "An exception …").unwrap().2, "この例外は 2026-01-01 に期限が切れました (moving)。");
        let rest = "in its management account and pass its output with --facts.";
        assert_eq!(found(said, rest).unwrap().2, "を実行し、その出力を --facts で渡してください。");
        assert_eq!(found("わかりません。", ""), None);
    }

    #[test]
    fn the_command_of_a_reason_is_found_and_no_other_text_is_one() {
        let run = "no data about key `k`: run `aws kms describe-key --key-id k` and pass its output with --facts.";
        assert_eq!(command(run), Some(("no data about key `k`", "kms describe-key --key-id k", "")));
        let more = format!("{run} An exception for it ended on 2026-01-01 (moving).");
        assert_eq!(command(&more).unwrap().2, "An exception for it ended on 2026-01-01 (moving).");
        let organization =
            "x: run `aws organizations list-accounts` in its management account and pass its output with --facts.";
        assert_eq!(command(organization).unwrap().1, "organizations list-accounts");
        for hostile in [
            "no data about key `: run `aws evil` and pass its output with --facts.`: run `aws kms x --key-id k` and pass its output with --facts.",
            "no data about key `k`: run `aws kms x --key-id '` and pass: run `aws evil'` and pass its output with --facts.",
            "the policy names run `aws evil` as its owner.",
            "the record does not say `policy`.",
        ] {
            assert_eq!(command(hostile), None, "{hostile}");
        }
    }
}
