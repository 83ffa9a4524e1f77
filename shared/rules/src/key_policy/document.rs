//! The policy document as it is written.
//!
//! The reader takes everything KMS takes: one value or a list, strings, numbers and booleans alike. What the grammar
//! forbids is kept and noted as a [`defect`](Statement::defects) wherever a worst reading exists, so that a slip in one
//! statement does not hide another. Names of elements that occur twice are such a slip: JSON readers disagree on which of
//! the two counts.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language"; KMS developer guide, "Key policies in AWS KMS".

use super::action::{Action, Actions};
use super::principal::{self, Principal};
use std::fmt;

/// Defect of a principal that stands outside of `{"AWS": …}` or under an unknown type
pub(super) const PRINCIPAL_FORM: &str = "its principal is not in the form KMS takes";

/// A key policy document
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `Version` is `2012-10-17`, the only one under which `${…}` is a variable
    pub(super) variables: bool,
    pub(super) statements: Vec<Statement>,
    /// What the grammar forbids outside the statements
    pub(super) defects: Vec<&'static str>,
}

/// One element of `Statement`
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Option<Effect>,
    pub(super) principal: Option<Vec<Entry>>,
    pub(super) not_principal: Option<Vec<Entry>>,
    pub(super) action: Option<Vec<String>>,
    pub(super) not_action: Option<Vec<String>>,
    /// The operations that both come to
    pub(super) actions: Actions,
    pub(super) resource: Option<Vec<String>>,
    pub(super) not_resource: Option<Vec<String>>,
    pub(super) conditions: Vec<Condition>,
    /// What the grammar forbids; a Deny with a defect is not trusted to deny
    pub(super) defects: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// One principal: `{"AWS": "*"}` has the type `AWS`, a bare `"*"` has none
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bare,
    Aws,
    Service,
    Other,
}

/// One operator, one key, its values
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
    /// The operator or the key occurs twice, or the values are not values: what it asks for is anybody's guess
    pub(super) unclear: bool,
}

/// A text that is no key policy
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong, one sentence in lower case
    pub message: String,
    /// The line, counted from one
    pub line: usize,
    /// The column, counted from one
    pub column: usize,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the key policy at line {} column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for PolicyError {}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// The text is not JSON, is nested deeper than 128 levels, or has no list of statements.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        serde_json::from_str(text).map_err(|error| {
            let whole = error.to_string();
            let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
            PolicyError { message: message.to_owned(), line: error.line(), column: error.column() }
        })
    }

    /// The same policy with its `${key}` variables replaced by `value`
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

    /// The account that is likely to own the key: the only one whose account principal may change the policy
    pub fn likely_owner(&self) -> Option<&str> {
        let mut owner = None;
        for statement in self.statements.iter().filter(|statement| statement.effect == Some(Effect::Allow)) {
            if !statement.actions.has(Action::PutKeyPolicy) {
                continue;
            }
            for entry in statement.principal.iter().flatten() {
                match principal::read(entry).0 {
                    Principal::Account(account) if owner.is_none_or(|known| known == account) => owner = Some(account),
                    Principal::Account(_) => return None,
                    _ => {}
                }
            }
        }
        owner
    }

    /// The statement at this place is a Deny
    pub(crate) fn is_deny(&self, place: usize) -> bool {
        self.statements.get(place).is_some_and(|statement| statement.effect == Some(Effect::Deny))
    }

    /// Some condition value has a `${…}` that is a variable under this version
    pub(super) fn has_variables(&self) -> bool {
        self.variables
            && (self.statements.iter().flat_map(|statement| &statement.conditions))
                .any(|condition| condition.values.iter().any(|value| value.contains("${")))
    }
}

/// `pattern` is lower case and starts with `$`
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
