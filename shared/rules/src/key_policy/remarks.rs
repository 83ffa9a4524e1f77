//! Notes about the text of a policy.

use super::analysis::{Remark, RemarkKind};
use super::document::{Context, Policy, Statement};
use super::ineffective::{IneffectiveCondition, IneffectiveReason};
use super::keys::{Key, KeyMeaning};
use super::operator::Operator;
use super::owner::Owner;
use super::principal::{self, Principal};
use super::service::Service;
use super::statement;
use crate::language::{Text, text};
use crate::util::text::cut;

pub(super) fn about_document(policy: &Policy) -> impl Iterator<Item = Remark> {
    let remark = |text| Remark { kind: RemarkKind::Malformed, statement: None, text };
    policy.defects.iter().map(move |defect| remark(defect.text()))
}

pub(super) fn about_statement(statement: &Statement, index: usize, context: Context<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut add = |kind, text: Text| remarks.push(Remark { kind, statement: Some(index), text });
    for defect in &statement.defects {
        add(RemarkKind::Malformed, defect.text());
    }
    for condition in &statement.conditions {
        if Operator::read(&condition.operator).is_none() {
            add(
                RemarkKind::Malformed,
                text!(
                    "`{condition}` {reason}",
                    condition = &condition.operator,
                    reason = IneffectiveReason::UnknownOperator.text()
                ),
            );
        }
    }
    if let Some(reason) = statement::no_effect_reason(statement, context) {
        add(RemarkKind::NoEffect, text!("has no effect: {reason}", reason = reason.text()));
    }
    for rejected in rejected_principals(statement, context.owner, context.service) {
        add(RemarkKind::Malformed, rejected);
    }
    for entry in statement.principal.iter().chain(&statement.not_principal).flatten() {
        if let Principal::Deleted(id) = principal::read(entry).0 {
            add(RemarkKind::DeletedPrincipal, text!("`{id}` is the id of a role or user that no longer exists", id));
        }
    }
    for condition in
        statement.conditions.iter().filter(|it| Key::of(&it.key, context.service).meaning == KeyMeaning::PrincipalArn)
    {
        if let Some(session) = condition.values.iter().find(|value| value.contains(":assumed-role/")) {
            let text = text!(
                "`aws:PrincipalArn` is never `{session}`: for a session it holds the ARN of the role, `arn:aws:iam::ACCOUNT:role/NAME`",
                session
            );
            add(RemarkKind::SessionArn, text);
        }
    }
    if statement.is_allow() && statement.not_principal.is_some() {
        add(RemarkKind::NotPrincipal, Text::literal("`NotPrincipal` with Allow admits everyone who is not listed"));
    }
    if statement.is_allow() && statement.not_action.is_some() {
        add(RemarkKind::NotAction, Text::literal("`NotAction` with Allow allows every action that is not listed"));
    }
    remarks
}

/// The principals of a statement that AWS rejects: a clause for each, with the reason.
///
/// `PutKeyPolicy` fails for the whole policy with `MalformedPolicyDocumentException`. Source: KMS API reference.
fn rejected_principals<'a>(
    statement: &'a Statement,
    owner: &'a Owner,
    service: Service,
) -> impl Iterator<Item = Text> + 'a {
    let who = if service == Service::Kms { "KMS" } else { "AWS" };
    statement.principal.iter().chain(&statement.not_principal).flatten().filter_map(move |entry| {
        let why = principal::read(entry).1.or_else(|| principal::in_another_partition(entry, owner, service))?;
        Some(text!("{who} rejects the principal `{principal}`: {why}", who, principal = &entry.value, why = why.text()))
    })
}

impl Policy {
    /// The principals that AWS rejects, with the statement and the reason: one sentence for each.
    pub fn rejected_principals<'a>(&'a self, owner: &'a Owner) -> impl Iterator<Item = Text> + 'a {
        self.statements.iter().enumerate().flat_map(move |(index, statement)| {
            let sid = statement.sid.as_deref().map(|sid| format!(" {}", cut(sid, 60))).unwrap_or_default();
            let label = format!("Statement[{index}]{sid}");
            let rejected = rejected_principals(statement, owner, self.service);
            rejected.map(move |rejected| text!("{label}: {rejected}", label = &label, rejected))
        })
    }
}

/// A remark if the condition looks like a restriction but is none.
pub(super) fn about_condition(statement: &Statement, ineffective: IneffectiveCondition) -> Option<Remark> {
    let IneffectiveCondition { statement: index, condition, reason } = ineffective;
    let condition = statement.conditions.get(condition).filter(|_| reason.is_weak())?;
    let name = format!("{} {}", condition.operator, condition.key);
    let text = text!("`{condition}` {reason}", condition = name, reason = reason.text());
    Some(Remark { kind: RemarkKind::WeakCondition, statement: Some(index), text })
}
