//! What people need to know about one statement of an analyzed policy: its label, conditions that do not protect, remarks,
//! and how it reads when corrected.

use serde_json::Value;

use super::Owner;
use super::document::Policy;
use super::exposure::{Analysis, RemarkKind};
use super::remedy::{self, Fix};

impl Policy {
    /// The statement's `Sid`, if it has one. Statements are counted from zero, as in JSON.
    pub(crate) fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref()
    }
}

impl Analysis {
    /// The conditions of the statement that were meant to protect, each with its values and the reason why it does not.
    pub(crate) fn ineffective<'a>(
        &'a self,
        policy: &'a Policy,
        statement: usize,
    ) -> impl Iterator<Item = (String, String, &'static str)> + 'a {
        let conditions = policy.statements.get(statement).map(|statement| &statement.conditions);
        let here = self.useless.iter().filter(move |(position, ..)| *position == statement);
        here.filter_map(move |(_, position, why)| {
            let condition = conditions?.get(*position)?;
            Some((format!("{} {}", condition.operator, condition.key), condition.values.join(", "), why.text()))
        })
    }

    /// What else there is to know about the statement and the document.
    pub(crate) fn related(&self, statement: usize) -> impl Iterator<Item = &str> {
        let near = self.remarks.iter().filter(move |remark| remark.statement.is_none_or(|at| at == statement));
        near.filter(|remark| remark.kind != RemarkKind::WeakCondition).map(|remark| remark.text.as_str())
    }

    /// The corrected statement; `None` if nothing of it is left.
    pub(crate) fn correction(&self, policy: &Policy, statement: usize, owner: &Owner, fix: Fix<'_>) -> Option<Value> {
        let here = self.useless.iter().filter(|(position, ..)| *position == statement);
        let ineffective: Vec<_> = here.map(|(_, position, why)| (*position, *why)).collect();
        let corrected = remedy::corrected(policy.statements.get(statement)?, &ineffective, owner, fix);
        Some(corrected).filter(|statement| !statement.is_null())
    }
}
