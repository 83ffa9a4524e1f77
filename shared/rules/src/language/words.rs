//! Words that notifications and reports share.

use crate::language::text::{Text, text};
use crate::util::severity::Severity;

/// The name of a severity.
pub fn severity(severity: Severity) -> Text {
    match severity {
        Severity::Low => Text::literal("low"),
        Severity::Medium => Text::literal("medium"),
        Severity::High => Text::literal("high"),
        Severity::Critical => Text::literal("critical"),
    }
}

/// So many findings of a severity.
pub fn of_severity(count: usize, severity: Severity) -> Text {
    match severity {
        Severity::Low => text!("{count} low", count),
        Severity::Medium => text!("{count} medium", count),
        Severity::High => text!("{count} high", count),
        Severity::Critical => text!("{count} critical", count),
    }
}

/// The texts that are not empty, with commas between.
pub fn list(texts: impl IntoIterator<Item = Text>) -> Text {
    Text::literal(", ").join(texts.into_iter().filter(|text| !text.is_empty()))
}
