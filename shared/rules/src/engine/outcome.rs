//! The outcome of a rule.

use serde::Serialize;
use serde_json::Value;

use crate::cloudtrail::field::Field;
use crate::configuration::unresolved::Unresolved;
use crate::language::{Language, Text, text};
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
                violation.texts.iter_mut().for_each(|text| text.change(&mut change));
                let Remediation { cli, terraform, console } = &mut violation.remediation;
                console.change(&mut change);
                [cli, terraform].into_iter().for_each(change);
            }
        }
    }

    /// There is nothing to evaluate, and why.
    pub fn not_applicable(why: &'static str) -> Outcome {
        Outcome::NotApplicable(Text::literal(why))
    }

    /// The rule cannot decide, and why.
    pub fn unverified(why: Text) -> Outcome {
        Outcome::Unverified(why)
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
    /// The texts of the program in the evidence, which [`in_language`](Violation::in_language) says in another language.
    texts: Vec<Text>,
    /// How to fix it.
    pub remediation: Remediation,
    /// Replaces the rule's severity for this finding.
    pub severity: Option<Severity>,
    /// When a later call remediated it, according to the timeline.
    pub remediated_at: Option<String>,
}

impl Violation {
    /// A violation described by `detail`.
    pub fn new(detail: Text) -> Violation {
        Violation { detail, ..Violation::default() }
    }

    /// Adds a field that decided.
    #[must_use]
    pub fn evidence(mut self, path: impl Into<String>, value: impl Into<Value>) -> Violation {
        self.evidence.push((path.into(), value.into()));
        self
    }

    /// Adds a field that decided, whose value is a text of the program.
    #[must_use]
    pub(crate) fn evidence_text(mut self, path: &str, text: Text) -> Violation {
        self = self.evidence(path, &*text);
        self.texts.extend(Some(text).filter(|text| !text.is_verbatim()));
        self
    }

    /// Adds a field that decided, whose values are texts of the program.
    #[must_use]
    pub(crate) fn evidence_texts(mut self, path: &str, texts: Vec<Text>) -> Violation {
        self = self.evidence(path, texts.iter().map(|text| &**text).collect::<Vec<_>>());
        self.texts.extend(texts);
        self
    }

    /// The values of its evidence in a language. Names and values of settings are the same in all of them.
    pub(crate) fn in_language(&self, language: Language) -> impl Iterator<Item = (&String, Value)> {
        let mut say = move |said: &mut String| {
            if let Some(text) = self.texts.iter().find(|text| ***text == **said) {
                *said = text.in_language(language).into_owned();
            }
        };
        self.evidence.iter().map(move |(path, value)| {
            let mut value = value.clone();
            if language != Language::English {
                each_string(&mut value, &mut say);
            }
            (path, value)
        })
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
    pub console: Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_the_evidence_are_translated_and_what_is_hidden_stays_hidden() {
        let condition = |key: &str| text!("has no effect: {reason}", reason = format!("s3cr3t {key}"));
        let violation = Violation::new("d".into())
            .evidence("name", "has no effect")
            .evidence_text("correction", condition("a"))
            .evidence_texts("related", vec![condition("b"), Text::literal("`Effect` occurs twice")]);
        let mut outcome = violation.remediation(Remediation::default());
        outcome.each_text(|text| *text = text.replace("s3cr3t", "[hidden]"));
        let Outcome::Violation(violation) = outcome else { panic!("a violation") };
        let said = |language| {
            let lines = violation.in_language(language).map(|(path, value)| format!("{path} = {value}"));
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(said(Language::English), @r#"
        name = "has no effect"
        correction = "has no effect: [hidden] a"
        related = ["has no effect: [hidden] b","`Effect` occurs twice"]
        "#);
        insta::assert_snapshot!(said(Language::Japanese), @r#"
        name = "has no effect"
        correction = "効力がありません: [hidden] a"
        related = ["効力がありません: [hidden] b","`Effect` が 2 回あります"]
        "#);
    }
}
