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
    let known: &[&str] = match condition.key.to_ascii_lowercase().as_str() {
        "kms:bypasspolicylockoutsafetycheck" => return Holds::AsOwnerLikes,
        key if key.starts_with("aws:multifactorauth") => return Holds::WithoutMfa,
        "aws:principalaccount" | "kms:calleraccount" | "aws:resourceaccount" => &[context.owner.account.as_str()],
        "aws:principalisawsservice" | "aws:viaawsservice" => &["false"],
        "aws:securetransport" => &["true"],
        "aws:requestedregion" if !context.owner.region.is_empty() => &[context.owner.region.as_str()],
        // A direct call has none of these.
        "kms:viaservice"
        | "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:principalservicename" => &[],
        "aws:principalorgid" => return in_organization(condition, operator, trust),
        _ => return Holds::Maybe,
    };
    if operator.compare == Compare::Null {
        let missing = if known.is_empty() { "true" } else { "false" };
        return yes_or_no(condition.values.iter().any(|value| value.eq_ignore_ascii_case(missing)));
    }
    let Some(&value) = known.first() else { return yes_or_no(operator.holds_without_key()) };
    match matches_any(condition, operator, value, context.variables) {
        Some(found) => yes_or_no(found != operator.negated),
        None => Holds::Maybe,
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
