//! Findings that differ only in their resource.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::report::html::item::{Fix, Item};
use crate::report::html::label::Label;
use crate::report::html::link::Templates;
use crate::report::html::markup::placeholder;

/// A placeholder, and the value in its place.
type Field = (char, fn(&Item) -> &str);

/// What differs between the findings of a group. ARNs come first because they contain the others.
const FIELDS: [Field; 5] = [
    (placeholder::ARN, |item| &item.arn),
    (placeholder::KEY, |item| &item.key),
    (placeholder::NAME, |item| &item.name),
    (placeholder::ACCOUNT, |item| &item.account),
    (placeholder::REGION, |item| &item.region),
];

/// Findings of one rule with one label that are fixed in the same way.
pub(super) struct Group<'a> {
    pub(super) items: Vec<&'a Item>,
    /// How all of them are fixed, as a template.
    pub(super) fix: Option<Fix>,
    /// Where all of them are in the console.
    pub(super) links: Templates,
}

/// Findings of a group that say the same of their resources.
pub(super) struct Alike<'a> {
    pub(super) items: Vec<&'a Item>,
    /// The detail and the evidence of all, as templates.
    pub(super) detail: String,
    pub(super) evidence: String,
}

impl<'a> Group<'a> {
    /// All groups, those of one label and rule behind each other: the worst label first, then the rule with the most findings.
    pub(super) fn all(items: &'a [Item]) -> Vec<Group<'a>> {
        let mut counts: BTreeMap<(Label, &str), usize> = BTreeMap::new();
        items.iter().for_each(|item| *counts.entry((item.label, &item.rule)).or_default() += 1);
        let mut groups: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
        for item in items {
            let count = counts.get(&(item.label, &item.rule)).copied().unwrap_or_default();
            let key = (item.label, Reverse(count), item.rule.as_str(), fix_template(item), Templates::of(item));
            groups.entry(key).or_default().push(item);
        }
        let group = |((.., fix, links), items): ((_, _, _, Option<Fix>, Templates), Vec<&'a Item>)| {
            let fix = fix.map(|fix| Fix {
                cli: common(&fix.cli, &items),
                terraform: common(&fix.terraform, &items),
                console: common(&fix.console, &items),
            });
            Group { items, fix, links }
        };
        groups.into_iter().map(group).collect()
    }

    /// The findings by what they say; what several say comes first.
    pub(super) fn alike(&self) -> Vec<Alike<'a>> {
        let mut alike: BTreeMap<(String, String), Vec<&Item>> = BTreeMap::new();
        for item in &self.items {
            let key = (template(&item.detail, item), template(&item.evidence, item));
            alike.entry(key).or_default().push(item);
        }
        let one = |((detail, evidence), items): ((String, String), Vec<&'a Item>)| Alike {
            detail: common(&detail, &items),
            evidence: common(&evidence, &items),
            items,
        };
        let mut alike: Vec<Alike<'a>> = alike.into_iter().map(one).collect();
        alike.sort_by_key(|alike| alike.items.len() == 1);
        alike
    }

    /// True if readers need the key of a finding to complete the fix.
    pub(super) fn has_key(&self) -> bool {
        self.fix
            .iter()
            .flat_map(|fix| [&fix.cli, &fix.terraform, &fix.console])
            .any(|text| text.contains(placeholder::KEY))
    }

    pub(super) fn label(&self) -> Label {
        self.items.first().map_or(Label::NotApplicable, |item| item.label)
    }

    pub(super) fn rule(&self) -> &'a str {
        self.items.first().map_or("", |item| &item.rule)
    }

    pub(super) fn title(&self) -> &'a str {
        self.items.first().map_or("", |item| &item.title)
    }
}

impl Alike<'_> {
    /// True if readers need the key of a finding to complete the text.
    pub(super) fn has_key(&self) -> bool {
        self.detail.contains(placeholder::KEY) || self.evidence.contains(placeholder::KEY)
    }
}

fn fix_template(item: &Item) -> Option<Fix> {
    let fix = item.fix.as_ref()?;
    let [cli, terraform, console] = [&fix.cli, &fix.terraform, &fix.console].map(|text| template(text, item));
    Some(Fix { cli, terraform, console })
}

/// The text with placeholders for what identifies its resource. The values in their places give the same text again.
pub(super) fn template(text: &str, item: &Item) -> String {
    FIELDS.iter().fold(text.to_owned(), |text, (placeholder, read)| replace_word(&text, read(item), *placeholder))
}

/// Replaces a value where it is not a part of a longer name.
fn replace_word(text: &str, value: &str, placeholder: char) -> String {
    if value.is_empty() {
        return text.to_owned();
    }
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(value) {
        replaced += before;
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if joins(replaced.chars().next_back()) || joins(after.chars().next()) {
            replaced += value;
        } else {
            replaced.push(placeholder);
        }
        rest = after;
    }
    replaced + rest
}

/// Puts the values that all findings have in common into a template.
fn common(template: &str, items: &[&Item]) -> String {
    FIELDS.iter().fold(template.to_owned(), |text, (placeholder, read)| match items {
        [first, rest @ ..] if rest.iter().all(|item| read(item) == read(first)) => {
            text.replace(*placeholder, read(first))
        }
        _ => text,
    })
}
