//! Whether the owner can still change the policy.
//!
//! KMS checks only that the caller of `PutKeyPolicy` could call it again, and not even that when
//! `BypassPolicyLockoutSafetyCheck` is set.
//!
//! Source: KMS API reference, PutKeyPolicy; KMS developer guide, "Default key policy".

use super::action::Action;
use super::callers::{Callers, Identities};
use super::condition::{self, Context};
use super::document::{Condition, Effect, PRINCIPAL_FORM, Policy, Statement};
use super::operator::{Compare, Operator, Quantifier};
use super::principal::{self, Principal};
use super::value::OWN_ORGANIZATION;
use super::verdict::{Grant, Ours, ours};
use super::{Owner, Trust, glob, statement};

/// How sure it is that the owner can change the policy
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockoutLevel {
    /// The account can, come what may
    None,
    /// It hangs on a role, a user, a network or the like
    Fragile,
    /// Nobody in the account can
    Locked,
}

/// Whether the owner can still change the policy, and why not
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// How sure it is
    pub level: LockoutLevel,
    /// The statement that stands in the way or that all hangs on, counted from zero
    pub statement: Option<usize>,
    /// Why it is not safe, one clause
    pub why: &'static str,
}

pub(super) fn judge(policy: &Policy, grants: &[Grant<'_>], owner: &Owner, trust: &Trust) -> Lockout {
    let context = Context { owner, variables: policy.variables };
    let by_owner = grants.iter().find(|grant| can_be_owners(&grant.callers, owner, trust));
    let bar = policy.statements.iter().position(|statement| can_bar_owner(statement, context, trust));
    let sure = |statement: &Statement| surely_admits_owner(statement, context, trust);
    let (level, statement, why) = match (by_owner, bar) {
        (None, Some(bar)) if policy.statements.iter().any(sure) => {
            (LockoutLevel::Locked, Some(bar), "a Deny takes kms:PutKeyPolicy from everybody in the account")
        }
        (None, _) => (LockoutLevel::Locked, None, "no statement lets anybody in the account call kms:PutKeyPolicy"),
        (Some(_), Some(bar)) => {
            (LockoutLevel::Fragile, Some(bar), "a Deny can take kms:PutKeyPolicy from the account itself")
        }
        (Some(_), None) if policy.statements.iter().any(sure) => (LockoutLevel::None, None, ""),
        (Some(grant), None) => (
            LockoutLevel::Fragile,
            Some(grant.statement),
            "only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names",
        ),
    };
    Lockout { level, statement, why }
}

/// Some identity of the owner's account may be among those who can change the policy.
fn can_be_owners(callers: &Callers<'_>, owner: &Owner, trust: &Trust) -> bool {
    let Some(Identities { accounts, organizations, names, .. }) = &callers.identities else { return false };
    let own = |name: &super::callers::Name<'_>| name.account == owner.account;
    callers.actions.has(Action::PutKeyPolicy)
        && accounts.has(&owner.account.as_str())
        && (names.is_all() || names.named().any(|name| own(&name)))
        && (organizations.is_all() || organizations.named().any(|id| ours(id, trust) != Ours::No))
}

/// An Allow that the account can use whatever happens to its roles and users
fn surely_admits_owner(statement: &Statement, context: Context<'_>, trust: &Trust) -> bool {
    let names_account = |principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) => account == context.owner.account,
        _ => false,
    };
    statement.effect == Some(Effect::Allow)
        && statement.defects.iter().all(|defect| *defect == PRINCIPAL_FORM)
        && statement::inert(statement, context).is_none()
        && statement.actions.has(Action::PutKeyPolicy)
        && statement
            .principal
            .iter()
            .flatten()
            .map(principal::read)
            .any(|(principal, defect)| defect.is_none() && names_account(principal))
        && statement
            .conditions
            .iter()
            .all(|condition| matches!(for_owner(condition, context, trust), Holds::Yes | Holds::AsOwnerLikes))
}

/// A Deny that can hit the account as a whole, and not only some of its identities or some ways to call
fn can_bar_owner(statement: &Statement, context: Context<'_>, trust: &Trust) -> bool {
    if statement.effect != Some(Effect::Deny)
        || !statement.actions.has(Action::PutKeyPolicy)
        || statement::inert(statement, context).is_some()
    {
        return false;
    }
    let owner = context.owner.account.as_str();
    let named = || statement.principal.iter().flatten().map(|entry| principal::read(entry).0);
    let spared = || statement.not_principal.iter().flatten().map(|entry| principal::read(entry).0);
    let hits_account = named().any(|principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) | Principal::SomeOf(account) => account == owner,
        _ => false,
    });
    let spares_account = spared().any(|principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) => account == owner,
        _ => false,
    });
    if !hits_account && (statement.not_principal.is_none() || spares_account) {
        return false;
    }
    // Whom the conditions let the Deny hit
    let (Some(limit), _) = condition::narrow(&statement.conditions, context) else { return false };
    let Some(Identities { accounts, names, ids, .. }) = &limit.callers.identities else { return false };
    accounts.has(&owner)
        && names.is_all()
        && ids.is_all()
        && limit.callers.actions.has(Action::PutKeyPolicy)
        && (statement.conditions.iter())
            .all(|condition| matches!(for_owner(condition, context, trust), Holds::Yes | Holds::Maybe))
}

/// Whether a condition holds for an administrator of the owner's account who calls KMS directly
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Maybe,
    /// The caller decides
    AsOwnerLikes,
    /// It is about multi-factor authentication: a Deny can be avoided, an Allow may be out of reach
    WithoutMfa,
}

fn for_owner(condition: &Condition, context: Context<'_>, trust: &Trust) -> Holds {
    let Some(operator) = Operator::read(&condition.operator).filter(|_| !condition.unclear) else {
        return Holds::Maybe;
    };
    // What the key can be; an empty list for a key that a direct call never carries.
    let known = match condition.key.to_ascii_lowercase().as_str() {
        "kms:bypasspolicylockoutsafetycheck" => {
            return chosen(condition, operator, &[Some("true"), Some("false")], Holds::AsOwnerLikes);
        }
        "aws:multifactorauthpresent" => {
            return chosen(condition, operator, &[Some("true"), Some("false"), None], Holds::WithoutMfa);
        }
        "aws:multifactorauthage" => return Holds::WithoutMfa,
        "aws:principalaccount" | "kms:calleraccount" | "aws:resourceaccount" => Some(context.owner.account.as_str()),
        "aws:principalisawsservice" | "aws:viaawsservice" => Some("false"),
        "aws:securetransport" => Some("true"),
        "aws:requestedregion" if !context.owner.region.is_empty() => Some(context.owner.region.as_str()),
        "kms:viaservice"
        | "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:principalservicename" => None,
        "aws:principalorgid" => return in_organization(condition, operator, trust),
        _ => return Holds::Maybe,
    };
    match holds_with(condition, operator, known, context.variables) {
        Some(holds) => yes_or_no(holds),
        None => Holds::Maybe,
    }
}

/// Whether the condition holds, where the caller chooses among the values: `free` if that depends on the choice
fn chosen(condition: &Condition, operator: Operator, values: &[Option<&str>], free: Holds) -> Holds {
    let holds = |wanted: bool| values.iter().all(|value| holds_with(condition, operator, *value, true) == Some(wanted));
    match (holds(true), holds(false)) {
        (true, _) => Holds::Yes,
        (_, true) => Holds::No,
        _ => free,
    }
}

/// Whether the condition holds for a request with this value, or without the key; `None` where that cannot be told
fn holds_with(condition: &Condition, operator: Operator, value: Option<&str>, variables: bool) -> Option<bool> {
    if operator.compare == Compare::Null {
        let missing = if value.is_none() { "true" } else { "false" };
        return Some(condition.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(missing)));
    }
    match value {
        Some(value) => Some(matches_any(condition, operator, value, variables)? != operator.negated),
        None => Some(operator.holds_without_key()),
    }
}

fn in_organization(condition: &Condition, operator: Operator, trust: &Trust) -> Holds {
    let text =
        !matches!(operator.compare, Compare::Equals | Compare::Like) || operator.quantifier == Quantifier::AnyValue;
    if text || trust.organizations.is_empty() {
        return Holds::Maybe;
    }
    let is_ours = |value: &String| {
        value.eq_ignore_ascii_case(OWN_ORGANIZATION)
            || trust
                .organizations
                .iter()
                .any(|id| value == id || operator.compare == Compare::Like && glob::matches_exactly(value, id))
    };
    yes_or_no(condition.values.iter().any(is_ours) != operator.negated)
}

/// `None` where the comparison is not of this kind
fn matches_any(condition: &Condition, operator: Operator, value: &str, variables: bool) -> Option<bool> {
    let mut any = false;
    for wanted in &condition.values {
        if wanted.contains("${") {
            if variables {
                return None;
            }
            continue;
        }
        any |= match operator.compare {
            Compare::Equals => wanted == value,
            Compare::EqualsIgnoringCase | Compare::Bool => wanted.eq_ignore_ascii_case(value),
            Compare::Like => glob::matches_exactly(wanted, value),
            _ => return None,
        };
    }
    Some(any)
}

fn yes_or_no(yes: bool) -> Holds {
    if yes { Holds::Yes } else { Holds::No }
}
