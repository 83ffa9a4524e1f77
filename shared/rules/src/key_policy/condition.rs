//! How conditions restrict the callers of a statement.
//!
//! Conditions are AND-ed, so each filters on its own and one that restricts is enough. A condition that says nothing about
//! the caller keeps everyone, and the reason is recorded for the reader of the finding.

use super::action::{Action, Actions};
use super::callers::{Callers, RequestConstraints, both_sources};
use super::document::{Condition, Context};
use super::ineffective::IneffectiveReason;
use super::keys::{Key, KeyMeaning, Presence};
use super::limit::{self, Limit};
use super::operations::Family;
use super::operator::{Compare, Operator, Quantifier};
use crate::util::wildcard;
use std::collections::BTreeSet;

/// Whom the conditions admit, `None` if nobody; and which conditions, by index, do not restrict the caller.
pub(super) fn narrow<'a>(
    conditions: &'a [Condition],
    context: Context<'a>,
) -> (Option<Limit<'a>>, Vec<(usize, IneffectiveReason)>) {
    let required = required_keys(conditions);
    let mut left = Some(Limit::none());
    let mut ineffective = Vec::new();
    for (index, condition) in conditions.iter().enumerate() {
        let present = || required.contains(&condition.key.to_ascii_lowercase());
        let limit = match narrow_by(condition, context, present) {
            Ok(Some(limit)) => {
                ineffective.extend(ineffective_constraints(&limit.callers).map(|reason| (index, reason)));
                Some(limit)
            }
            Ok(None) => {
                ineffective.push((index, IneffectiveReason::NeverMatches));
                None
            }
            Err((reason, actions)) => {
                ineffective.push((index, reason));
                Callers::everyone().for_actions(actions).map(Limit::from)
            }
        };
        left = left.zip(limit).and_then(|(a, b)| {
            Some(Limit {
                callers: a.callers.and(&b.callers)?,
                context_sources: both_sources(a.context_sources, &b.context_sources)?,
            })
        });
    }
    (left, ineffective)
}

/// Why callers that only request constraints restrict are still everyone; `None` if something else restricts them.
fn ineffective_constraints(callers: &Callers<'_>) -> Option<IneffectiveReason> {
    let everyone = Callers::everyone();
    if callers.identities != everyone.identities || callers.services != everyone.services {
        return None;
    }
    match callers.constraints {
        RequestConstraints { via_service: true, .. } => Some(IneffectiveReason::ViaServiceOnly),
        RequestConstraints { encryption_context: true, .. } => Some(IneffectiveReason::CallerChosenContext),
        RequestConstraints { self_assigned: true, .. } => Some(IneffectiveReason::SelfAssigned),
        _ => None,
    }
}

/// The keys that every admitted request carries, because some condition is false without them.
fn required_keys(conditions: &[Condition]) -> BTreeSet<String> {
    let tolerates_absence = |operator: &Operator| operator.if_exists || operator.quantifier == Quantifier::AllValues;
    let read = || conditions.iter().filter_map(|condition| Some((condition, Operator::read(&condition.operator)?)));
    if conditions.len() < 2 || !read().any(|(_, operator)| tolerates_absence(&operator)) {
        return BTreeSet::new();
    }
    read()
        .filter(|(condition, operator)| {
            !condition.ambiguous
                && match operator.compare {
                    Compare::Null => condition.values.iter().all(|value| value.eq_ignore_ascii_case("false")),
                    _ => !operator.negated && !operator.holds_without_key(),
                }
        })
        .map(|(condition, _)| condition.key.to_ascii_lowercase())
        .collect()
}

/// Whom one condition admits: `Ok(None)` if nobody; or why it does not restrict the caller, and for which operations.
fn narrow_by<'a>(
    condition: &'a Condition,
    context: Context<'a>,
    present: impl Fn() -> bool,
) -> Result<Option<Limit<'a>>, (IneffectiveReason, Actions)> {
    let for_all = |reason| (reason, Actions::ALL);
    let operator = Operator::read(&condition.operator).ok_or(for_all(IneffectiveReason::UnknownOperator))?;
    let key = Key::of(&condition.key, context.service);
    if condition.ambiguous {
        return Err(for_all(IneffectiveReason::Ambiguous));
    }
    match operator.compare {
        Compare::Null => return present_only(condition, key.meaning),
        _ if operator.negated => return Err(for_all(IneffectiveReason::Negated)),
        // Every CreateGrant request names its operations, so this key is never missing.
        _ if key.meaning == KeyMeaning::GrantOperations => return grant_operations(condition, operator),
        _ => {}
    }
    let always_applies = !operator.holds_without_key() || key.presence == Presence::Always || present();
    if !always_applies && key.presence == Presence::Sometimes {
        let reason = match key.meaning {
            KeyMeaning::CallerControlled => IneffectiveReason::CallerControlled,
            KeyMeaning::KeyProperty | KeyMeaning::ResourceAccount | KeyMeaning::ResourceOrganization => {
                IneffectiveReason::KeyProperty
            }
            _ if operator.if_exists => IneffectiveReason::IfExists,
            _ => IneffectiveReason::ForAllValues,
        };
        return Err(for_all(reason));
    }
    let limit = limit::read(condition, key.meaning, operator.compare, context);
    if always_applies {
        let limit = limit.map_err(|reason| (reason, key.actions))?;
        return Ok(limit.and_then(|limit| {
            let callers = limit.callers.for_actions(key.actions)?;
            Some(Limit { callers, ..limit })
        }));
    }
    // Identities carry the key and are restricted; services do not carry it and are admitted.
    let identities = limit.map_err(for_all)?.and_then(|limit| limit.callers.identities);
    Ok(Some(Callers { identities, ..Callers::everyone() }.into()))
}

/// Whom a condition on the presence of a key admits.
fn present_only<'a>(
    condition: &Condition,
    meaning: KeyMeaning,
) -> Result<Option<Limit<'a>>, (IneffectiveReason, Actions)> {
    let must_be_present = condition.values.iter().all(|value| value.eq_ignore_ascii_case("false"));
    match meaning {
        KeyMeaning::OtherService if must_be_present => Ok(None),
        KeyMeaning::Unknown if must_be_present => {
            let constraints = RequestConstraints { unknown_key: true, ..RequestConstraints::NONE };
            Ok(Some(Callers::with_constraints(constraints).into()))
        }
        // Only requests that a service makes on its own behalf carry them.
        KeyMeaning::ServiceName
        | KeyMeaning::ServiceNames
        | KeyMeaning::SourceAccount
        | KeyMeaning::SourceArn
        | KeyMeaning::SourceOrganization
        | KeyMeaning::SourceOrganizationPath
            if must_be_present =>
        {
            Ok(Some(limit::services_only(true).into()))
        }
        _ => Err((IneffectiveReason::PresenceOnly, Actions::ALL)),
    }
}

/// Grants are bounded if none of their operations can return a secret.
fn grant_operations<'a>(
    condition: &Condition,
    operator: Operator,
) -> Result<Option<Limit<'a>>, (IneffectiveReason, Actions)> {
    if operator.quantifier != Quantifier::AllValues {
        // Only one of the operations has to be in the list.
        let only = if operator.if_exists { Actions::ALL } else { Actions::of(&[Action::CreateGrant]) };
        return Err((IneffectiveReason::CallerControlled, only));
    }
    let patterned = !matches!(operator.compare, Compare::Equals | Compare::EqualsIgnoringCase);
    let secrets = Actions::in_families(&[Family::SecretUse]);
    let returns_secret = condition.values.iter().any(|value| {
        value.contains("${")
            || secrets.names().filter_map(|name| name.strip_prefix("kms:")).any(|name| {
                if patterned { wildcard::matches_ignoring_case(value, name) } else { value.eq_ignore_ascii_case(name) }
            })
    });
    if returns_secret {
        return Err((IneffectiveReason::CallerControlled, Actions::ALL));
    }
    Ok(Some(Callers::with_constraints(RequestConstraints { bounded_grants: true, ..RequestConstraints::NONE }).into()))
}

/// The callers that can escape a Deny with this condition, `Some(None)` if nobody can; `None` if they have no bound.
///
/// They have a bound if the condition is false only for requests that carry the key. `StringNotEquals` is true without the
/// key, so the callers that escape it carry the key with a listed value. `StringEquals`, in contrast, is false for everyone
/// without the key. The two Boolean keys are an exception because they have only one other value.
pub(super) fn escaping<'a>(condition: &'a Condition, context: Context<'a>) -> Option<Option<Callers<'a>>> {
    let operator = Operator::read(&condition.operator)?;
    let key = Key::of(&condition.key, context.service);
    if condition.ambiguous || operator.quantifier == Quantifier::AnyValue {
        return None;
    }
    if operator.negated {
        if key.multivalued && operator.quantifier == Quantifier::Plain {
            return None;
        }
        if matches!(
            key.meaning,
            KeyMeaning::ResourceAccount | KeyMeaning::ResourceOrganization | KeyMeaning::GrantOperations
        ) {
            return None;
        }
        let limit = limit::read(condition, key.meaning, operator.compare, context).ok()?;
        return Some(limit.and_then(|limit| limit.callers.for_actions(key.actions)));
    }
    if !matches!(operator.compare, Compare::Bool | Compare::Equals) {
        return None;
    }
    let truth = limit::one_truth(&condition.values).ok()?;
    match key.meaning {
        KeyMeaning::IsService if operator.quantifier == Quantifier::Plain => Some(Some(limit::services_only(!truth))),
        KeyMeaning::GrantIsForAwsResource if operator.if_exists && operator.compare == Compare::Bool && !truth => {
            let constraints =
                RequestConstraints { for_aws_resource: true, bounded_grants: true, ..RequestConstraints::NONE };
            Some(Callers::with_constraints(constraints).for_actions(key.actions))
        }
        _ => None,
    }
}
