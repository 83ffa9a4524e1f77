//! The policy document as written.
//!
//! What the grammar forbids is kept and recorded as a [`Defect`] if it has a worst reading, so that a mistake in one
//! statement does not hide another statement.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language"; KMS developer guide, "Key policies in AWS KMS".

use super::action::Actions;
use super::defect::Defect;
use super::owner::{Owner, Trust};
use super::service::Service;
use crate::language::{Text, text};
use std::fmt;

/// A policy document.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The service of the resource that it belongs to.
    pub(super) service: Service,
    /// True if `Version` is `2012-10-17`, the only version in which `${…}` is a variable.
    pub(super) variables: bool,
    pub(super) statements: Vec<Statement>,
    /// Defects outside the statements.
    pub(super) defects: Vec<Defect>,
}

/// One element of `Statement`.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Option<Effect>,
    pub(super) principal: Option<Vec<Entry>>,
    pub(super) not_principal: Option<Vec<Entry>>,
    pub(super) action: Option<Vec<String>>,
    pub(super) not_action: Option<Vec<String>>,
    /// The operations that `Action` and `NotAction` select.
    pub(super) actions: Actions,
    pub(super) resource: Option<Vec<String>>,
    pub(super) not_resource: Option<Vec<String>>,
    pub(super) conditions: Vec<Condition>,
    /// A Deny with a defect is not relied on.
    pub(super) defects: Vec<Defect>,
}

impl Statement {
    /// The operations that `Action` and `NotAction` select; none if the statement has neither.
    pub(super) fn selected_actions(&self, service: Service) -> Actions {
        let matching = |patterns: &[String]| Actions::matching(patterns, service);
        let listed = self.action.as_deref().map_or(Actions::NONE, matching);
        let others =
            self.not_action.as_deref().map(|patterns| Actions::of_service(service).without(matching(patterns)));
        listed.or(others.unwrap_or(Actions::NONE))
    }

    pub(super) fn is_allow(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub(super) fn is_deny(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// One principal: `{"AWS": "*"}` has the type `AWS`, a bare `"*"` has none.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Bare,
    Aws,
    Service,
    Other,
}

/// One operator, one key and its values.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
    /// True if the operator or the key occurs twice, or a value has the wrong type: the meaning is then undefined.
    pub(super) ambiguous: bool,
}

/// What the texts of a policy are interpreted with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) service: Service,
    pub(super) owner: &'a Owner,
    pub(super) trust: &'a Trust,
    /// True if `${…}` is a variable.
    pub(super) variables: bool,
}

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong: one sentence in lower case.
    pub message: Text,
    /// The line, counted from one.
    pub line: usize,
    /// The column, counted from one.
    pub column: usize,
}

impl PolicyError {
    /// What is wrong, and where: a clause.
    pub fn text(&self) -> Text {
        let Self { message, line, column } = self;
        text!(
            "cannot read the policy at line {line} column {column}: {message}",
            line = *line,
            column = *column,
            message
        )
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl std::error::Error for PolicyError {}

impl Policy {
    /// This policy with its `${key}` variables replaced by `value`.
    pub(super) fn with_variable(&self, key: &str, value: &str) -> Self {
        let mut policy = self.clone();
        let variable = format!("${{{key}}}");
        for statement in &mut policy.statements {
            for text in statement.conditions.iter_mut().flat_map(|condition| &mut condition.values) {
                if text.to_ascii_lowercase().contains(&variable) {
                    *text = replace_ignoring_case(text, &variable, value);
                }
            }
        }
        policy
    }

    /// How many statements it has.
    pub(crate) fn len(&self) -> usize {
        self.statements.len()
    }

    /// True if the statement at this index is a Deny.
    pub(crate) fn is_deny(&self, statement: usize) -> bool {
        self.statements.get(statement).is_some_and(Statement::is_deny)
    }

    /// The `Sid` of the statement at this index.
    pub(crate) fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref()
    }

    /// A condition of a statement, by their indexes.
    pub(crate) fn condition(&self, statement: usize, condition: usize) -> Option<&Condition> {
        self.statements.get(statement)?.conditions.get(condition)
    }

    /// What the texts of this policy are interpreted with.
    pub(super) fn context<'a>(&self, owner: &'a Owner, trust: &'a Trust) -> Context<'a> {
        Context { service: self.service, owner, trust, variables: self.variables }
    }

    /// True if some condition value has a variable.
    pub(super) fn has_variables(&self) -> bool {
        self.variables
            && (self.statements.iter().flat_map(|statement| &statement.conditions))
                .any(|condition| condition.values.iter().any(|value| value.contains("${")))
    }
}

/// `pattern` is lower case and starts with `$`.
fn replace_ignoring_case(text: &str, pattern: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let tail = pattern.len() - 1;
        match after.split_at_checked(tail) {
            Some((name, left)) if pattern.ends_with(&name.to_ascii_lowercase()) => {
                out.push_str(value);
                rest = left;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
