//! How bad a finding is, or why it is not.

use sealwatch_rules::language::words::of_severity;
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;
use sealwatch_rules::util::severity::Severity;
use serde_json::Value;

use crate::report::html::markup::text;

/// The label of a finding, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Label {
    Critical,
    High,
    Medium,
    Low,
    Unverified,
    Excepted,
    Resolved,
    Compliant,
    NotApplicable,
}

impl Label {
    /// The label of a finding in the JSON of `docs/finding.schema.json`.
    pub(super) fn of(finding: &Value) -> Label {
        match (text(finding, "/state"), text(finding, "/outcome"), text(finding, "/severity")) {
            ("resolved", ..) => Label::Resolved,
            (_, "unverified", _) => Label::Unverified,
            (_, "compliant", _) => Label::Compliant,
            (_, "not-applicable", _) => Label::NotApplicable,
            _ if finding.get("exception").is_some_and(Value::is_string) => Label::Excepted,
            (.., "critical") => Label::Critical,
            (.., "high") => Label::High,
            (.., "medium") => Label::Medium,
            _ => Label::Low,
        }
    }

    /// True if the label does not say how severe it is.
    pub(super) fn hides_severity(self) -> bool {
        matches!(self, Label::Unverified | Label::Excepted | Label::Resolved)
    }

    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Label::Critical => language.text("critical"),
            Label::High => language.text("high"),
            Label::Medium => language.text("medium"),
            Label::Low => language.text("low"),
            Label::Unverified => language.text("unverified"),
            Label::Excepted => language.text("excepted"),
            Label::Resolved => language.text("resolved"),
            Label::Compliant => language.text("compliant"),
            Label::NotApplicable => language.text("not applicable"),
        }
    }

    /// So many findings with this label.
    pub(super) fn count(self, count: usize) -> Text {
        match self {
            Label::Critical => of_severity(count, Severity::Critical),
            Label::High => of_severity(count, Severity::High),
            Label::Medium => of_severity(count, Severity::Medium),
            Label::Low => of_severity(count, Severity::Low),
            Label::Unverified => text!("{count} unverified", count),
            Label::Excepted => text!("{count} excepted", count),
            Label::Resolved => text!("{count} resolved", count),
            Label::Compliant => text!("{count} compliant", count),
            Label::NotApplicable => text!("{count} not applicable", count),
        }
    }

    /// The name of its class in the style, and in the ids of sections.
    pub(super) fn class(self) -> &'static str {
        match self {
            Label::Critical => "critical",
            Label::High => "high",
            Label::Medium => "medium",
            Label::Low => "low",
            Label::Unverified => "unverified",
            Label::Excepted => "excepted",
            Label::Resolved => "resolved",
            Label::Compliant => "compliant",
            Label::NotApplicable => "not-applicable",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_says_what_counts_most() {
        for (finding, label, class, counted) in [
            (json!({"outcome": "violation", "severity": "critical"}), Label::Critical, "critical", "2 critical"),
            (json!({"outcome": "violation", "severity": "high"}), Label::High, "high", "2 high"),
            (json!({"outcome": "violation", "severity": "medium"}), Label::Medium, "medium", "2 medium"),
            (json!({"outcome": "violation", "severity": "low"}), Label::Low, "low", "2 low"),
            (json!({"outcome": "unverified", "severity": "high"}), Label::Unverified, "unverified", "2 unverified"),
            (
                json!({"outcome": "violation", "severity": "high", "exception": "test data"}),
                Label::Excepted,
                "excepted",
                "2 excepted",
            ),
            (json!({"outcome": "violation", "severity": "high", "exception": null}), Label::High, "high", "2 high"),
            (json!({"outcome": "violation", "severity": "high", "state": "open"}), Label::High, "high", "2 high"),
            (
                json!({"outcome": "violation", "severity": "high", "state": "resolved"}),
                Label::Resolved,
                "resolved",
                "2 resolved",
            ),
            (json!({"outcome": "compliant", "severity": "high"}), Label::Compliant, "compliant", "2 compliant"),
            (
                json!({"outcome": "not-applicable", "severity": "high"}),
                Label::NotApplicable,
                "not-applicable",
                "2 not applicable",
            ),
        ] {
            let found = Label::of(&finding);
            assert_eq!((found, found.class()), (label, class), "{finding}");
            assert_eq!(found.count(2).to_string(), counted);
            assert_eq!(counted, format!("2 {}", found.name(Language::English)));
            let hides = matches!(class, "unverified" | "excepted" | "resolved");
            assert_eq!(found.hides_severity(), hides, "{finding}");
        }
    }
}
