//! How bad a finding is, or why it is not.

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

    pub(super) fn name(self) -> &'static str {
        match self {
            Label::NotApplicable => "not applicable",
            other => other.class(),
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
