//! What each principal of an Allow can do after all conditions and Denies.

use super::callers::{Callers, Identities, Source, both_sources};
use super::condition;
use super::deny::Denials;
use super::document::{Context, Statement};
use super::ineffective::{IneffectiveCondition, IneffectiveReason};
use super::principal::{self, Principal};
use super::set::Set;
use super::value::{self, Match};
use std::collections::BTreeSet;

/// What one principal of one Allow can do.
#[derive(Debug)]
pub(super) struct Permission<'a> {
    /// Index of the statement.
    pub(super) statement: usize,
    /// `None` for everyone outside a `NotPrincipal`.
    pub(super) principal: Option<Principal<'a>>,
    pub(super) callers: Callers<'a>,
}

impl Permission<'_> {
    /// True if the statement names everyone.
    pub(super) fn names_everyone(&self) -> bool {
        matches!(self.principal, None | Some(Principal::Everyone))
    }

    /// True if identities of any account can use it.
    pub(super) fn admits_any_identity(&self) -> bool {
        self.callers.identities.as_ref().is_some_and(Identities::are_unbounded)
    }
}

/// Adds the permissions of one Allow; returns the conditions that do not restrict it.
pub(super) fn read<'a>(
    statement: &'a Statement,
    index: usize,
    context: Context<'a>,
    denials: &Denials<'a>,
    permissions: &mut Vec<Permission<'a>>,
) -> Vec<IneffectiveCondition> {
    let (limit, ineffective) = condition::narrow(&statement.conditions, context);
    let ineffective = (ineffective.into_iter())
        .filter_map(|(condition, reason)| {
            let reason = for_principals(statement, condition, reason)?;
            Some(IneffectiveCondition { statement: index, condition, reason })
        })
        .collect();
    let Some(limit) = limit else { return ineffective };
    let mut everyone_done = false;
    let mut seen = BTreeSet::new();
    let entries = (statement.principal.iter().flatten())
        .filter(|entry| seen.insert((entry.kind, entry.value.as_str())))
        .map(|entry| Some(principal::read(entry).0));
    let not_principal = statement.not_principal.is_some().then_some(None);
    for principal in entries.chain(not_principal) {
        let everyone = matches!(principal, None | Some(Principal::Everyone));
        let admitted = principal.unwrap_or(Principal::Everyone);
        let callers =
            admitted.callers().and_then(|callers| callers.for_actions(statement.actions)?.and(&limit.callers));
        let Some(callers) = callers else { continue };
        let remaining = if everyone {
            if std::mem::replace(&mut everyone_done, true) {
                continue;
            }
            let Some(callers) = denials.without_named(callers) else { continue };
            denials.subtract(admitted, callers)
        } else {
            denials.subtract(admitted, bounded_by_context(admitted, callers, &limit.context_sources))
        };
        permissions.extend(remaining.into_iter().map(|callers| Permission { statement: index, principal, callers }));
    }
    ineffective
}

/// The reason, given the principals of the statement; `None` if the condition restricts them after all. Services set the
/// encryption context themselves.
fn for_principals(statement: &Statement, condition: usize, reason: IneffectiveReason) -> Option<IneffectiveReason> {
    let only_services = statement
        .principal
        .as_ref()
        .is_some_and(|entries| entries.iter().all(|entry| matches!(principal::read(entry).0, Principal::Service(_))));
    if reason != IneffectiveReason::CallerChosenContext || !only_services {
        return Some(reason);
    }
    let values = statement.conditions.get(condition).map_or(&[][..], |condition| &condition.values);
    let is_open = values.iter().any(|value| value::context_source(value) == Match::Unbounded);
    is_open.then_some(IneffectiveReason::OpenContext)
}

/// A service that is named as principal sets the encryption context itself, so an account in it is the one it acts for.
fn bounded_by_context<'a>(
    principal: Principal<'a>,
    mut callers: Callers<'a>,
    context_sources: &Set<Source<'a>>,
) -> Callers<'a> {
    if let (Principal::Service(_), Some(services)) = (principal, &mut callers.services)
        && let Some(sources) = both_sources(services.sources.clone(), context_sources)
    {
        services.sources = sources;
    }
    callers
}
