//! The outcome of a rule.

use serde::Serialize;
use serde_json::Value;

use crate::cloudtrail::field::Field;
use crate::configuration::unresolved::Unresolved;
use crate::language::Text;
use crate::text;
use crate::util::severity::Severity;

/// The outcome of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The configuration is as the rule requires.
    Compliant,
    /// It is not.
    Violation(Box<Violation>),
    /// The rule has nothing to evaluate, and why.
    NotApplicable(Text),
    /// The rule cannot decide, and why.
    Unverified(Text),
}

impl Outcome {
    /// The outcome for a configuration that could not be resolved.
    pub(crate) fn unresolved(unresolved: &Unresolved) -> Outcome {
        match unresolved {
            Unresolved::Deleted => Outcome::not_applicable("the resource was deleted meanwhile"),
            Unresolved::InProgress(status) => Outcome::unverified(text!(
                "the resource is still {status}: its final encryption is not known yet",
                status
            )),
            Unresolved::NotShown(call) => Outcome::unverified(text!("the answer of `{call}` does not show it", call)),
            Unresolved::Unknown(why) => Outcome::Unverified(why.clone()),
        }
    }

    /// The outcome for a member that the record does not show. `unresolved` says why a look-up did not show it either.
    pub(crate) fn missing<T>(unresolved: Option<&Unresolved>, member: &Field<T>, path: &str) -> Outcome {
        match (unresolved, member) {
            (Some(Unresolved::NotShown(call)), Field::Absent | Field::Redacted | Field::Omitted) => {
                Outcome::unverified(text!("the answer of `{call}` does not show `{path}`", call, path))
            }
            (Some(unresolved), Field::Absent | Field::Redacted | Field::Omitted) => Outcome::unresolved(unresolved),
            _ => Outcome::unverified(member.missing(path)),
        }
    }

    /// Applies `change` to every text in it that a rule composed.
    pub(crate) fn each_text(&mut self, mut change: impl FnMut(&mut String)) {
        match self {
            Outcome::Compliant => {}
            Outcome::NotApplicable(why) | Outcome::Unverified(why) => why.change(&mut change),
            Outcome::Violation(violation) => {
                violation.detail.change(&mut change);
                for (path, value) in &mut violation.evidence {
                    change(path);
                    each_string(value, &mut change);
                }
                let Remediation { cli, terraform, console } = &mut violation.remediation;
                [cli, terraform, console].into_iter().for_each(change);
            }
        }
    }

    /// There is nothing to evaluate, and why.
    pub fn not_applicable(why: &'static str) -> Outcome {
        Outcome::NotApplicable(Text::literal(why))
    }

    /// The rule cannot decide, and why.
    pub fn unverified(why: impl Into<Text>) -> Outcome {
        Outcome::Unverified(why.into())
    }
}

/// Applies `change` to every text in a value.
pub(crate) fn each_string(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_string(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| each_string(member, change)),
        _ => {}
    }
}

/// What is wrong, what proves it, and how to fix it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Violation {
    /// One or two sentences.
    pub detail: Text,
    /// The fields that decided, by their path in the record. Never contains secrets.
    pub evidence: Vec<(String, Value)>,
    /// How to fix it.
    pub remediation: Remediation,
    /// Replaces the rule's severity for this finding.
    pub severity: Option<Severity>,
    /// When a later call remediated it, according to the timeline.
    pub remediated_at: Option<String>,
}

impl Violation {
    /// A violation described by `detail`.
    pub fn new(detail: impl Into<Text>) -> Violation {
        Violation { detail: detail.into(), ..Violation::default() }
    }

    /// Adds a field that decided.
    #[must_use]
    pub fn evidence(mut self, path: impl Into<String>, value: impl Into<Value>) -> Violation {
        self.evidence.push((path.into(), value.into()));
        self
    }

    /// Adds when a later call remediated it.
    #[must_use]
    pub fn remediated_at(mut self, time: Option<String>) -> Violation {
        self.remediated_at = time;
        self
    }

    /// Adds how to fix it.
    #[must_use]
    pub fn remediation(mut self, remediation: Remediation) -> Outcome {
        self.remediation = remediation;
        Outcome::Violation(Box::new(self))
    }
}

/// How to fix a violation, with the names of the resource filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Remediation {
    /// An AWS CLI command.
    pub cli: String,
    /// A Terraform snippet.
    pub terraform: String,
    /// The way through the console.
    pub console: String,
}
