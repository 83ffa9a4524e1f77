//! Words that several reports use, and how they are counted, listed and aligned.

use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;
use sealwatch_rules::util::columns::columns;
use serde_json::Value;

/// The text for one thing, or that for any other number of them.
pub(crate) fn count(number: usize, one: Text, many: Text) -> Text {
    if number == 1 { one } else { many }
}

/// So many violations.
pub(crate) fn violations(count: usize) -> Text {
    self::count(count, Text::literal("1 violation"), text!("{count} violations", count))
}

/// So many findings.
pub(crate) fn findings(count: usize) -> Text {
    self::count(count, Text::literal("1 finding"), text!("{count} findings", count))
}

/// A text of a finding as JSON, in a language if the finding or the program knows it.
pub(crate) fn translated<'f>(finding: &'f Value, name: &str, language: Language) -> &'f str {
    let text = |name: &str| finding.get(name).and_then(Value::as_str);
    let stored = language.member(name).and_then(|member| text(&member));
    let english = text(name).unwrap_or_default();
    stored.or_else(|| language.translation(english)).unwrap_or(english)
}

/// The text with spaces behind it, this many columns wide.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(columns(text)))
}
