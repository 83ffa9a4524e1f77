//! Notes about the text of a policy.

use super::analysis::{Remark, RemarkKind};
use super::document::{Context, Policy, Statement};
use super::ineffective::{IneffectiveCondition, IneffectiveReason};
use super::operator::Operator;
use super::principal::{self, Principal};
use super::statement;

pub(super) fn about_document(policy: &Policy) -> impl Iterator<Item = Remark> {
    let remark = |text: &str| Remark { kind: RemarkKind::Malformed, statement: None, text: text.to_owned() };
    policy.defects.iter().map(move |defect| remark(defect.text()))
}

pub(super) fn about_statement(statement: &Statement, index: usize, context: Context<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut add = |kind, text: String| remarks.push(Remark { kind, statement: Some(index), text });
    for defect in &statement.defects {
        add(RemarkKind::Malformed, defect.text().to_owned());
    }
    for condition in &statement.conditions {
        if Operator::read(&condition.operator).is_none() {
            add(
                RemarkKind::Malformed,
                format!("`{}` {}", condition.operator, IneffectiveReason::UnknownOperator.text()),
            );
        }
    }
    if let Some(reason) = statement::no_effect_reason(statement, context) {
        add(RemarkKind::NoEffect, format!("has no effect: {reason}"));
    }
    for entry in statement.principal.iter().chain(&statement.not_principal).flatten() {
        let (principal, defect) = principal::read(entry);
        if let Some(defect) = defect {
            add(RemarkKind::Malformed, format!("`{}`: {defect}", entry.value));
        }
        if let Principal::Deleted(id) = principal {
            add(RemarkKind::DeletedPrincipal, format!("`{id}` is the id of a role or user that no longer exists"));
        }
    }
    if statement.is_allow() && statement.not_principal.is_some() {
        add(RemarkKind::NotPrincipal, "`NotPrincipal` with Allow admits everyone who is not listed".to_owned());
    }
    if statement.is_allow() && statement.not_action.is_some() {
        add(RemarkKind::NotAction, "`NotAction` with Allow allows every action that is not listed".to_owned());
    }
    remarks
}

/// A remark if the condition looks like a restriction but is none.
pub(super) fn about_condition(statement: &Statement, ineffective: IneffectiveCondition) -> Option<Remark> {
    let IneffectiveCondition { statement: index, condition, reason } = ineffective;
    let condition = statement.conditions.get(condition).filter(|_| reason.is_weak())?;
    let text = format!("`{} {}` {}", condition.operator, condition.key, reason.text());
    Some(Remark { kind: RemarkKind::WeakCondition, statement: Some(index), text })
}
