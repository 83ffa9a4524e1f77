//! Whether a key policy already admits what a grant gives.

use super::action::{Action, Actions};
use super::document::{Policy, Statement};
use super::owner::{Owner, Trust};
use super::principal::{self, Principal};
use super::service::Service;
use super::statement;

/// True if the policy lets the identity call all these operations without any condition, by itself or because it admits the
/// account of the identity. A Deny of one of the operations counts as if it applied.
///
/// Ignores `RetireGrant`: it only ends the grant.
pub(crate) fn admits(policy: &Policy, owner: &Owner, account: &str, identity: &str, operations: &[String]) -> bool {
    let wanted: Vec<Actions> = (operations.iter().filter(|operation| *operation != "RetireGrant"))
        .map(|operation| Actions::matching(&[format!("kms:{operation}")], Service::Kms))
        .collect();
    if wanted.is_empty() || wanted.iter().any(|actions| actions.is_empty()) {
        return false; // an operation that is not known
    }
    let wanted = wanted.into_iter().fold(Actions::NONE, Actions::or);
    let is_named = |principal: Principal<'_>| match principal {
        Principal::Account(named) => named == account,
        Principal::Identity(name, _) => name.arn == identity,
        _ => false,
    };
    let admitted = allows(policy, owner)
        .filter(|statement| statement.conditions.is_empty() && names(statement, is_named))
        .fold(Actions::NONE, |actions, statement| actions.or(statement.actions));
    let denied = policy.statements.iter().any(|statement| statement.is_deny() && statement.actions.intersects(wanted));
    !denied && wanted.without(admitted).is_empty()
}

/// True if the policy may let a principal of the account create grants, under whatever conditions: AWS services create grants
/// with the permissions of their callers.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource>
pub(crate) fn admits_grants(policy: &Policy, owner: &Owner, account: &str) -> bool {
    let is_named = |principal: Principal<'_>| match principal {
        Principal::Everyone => true,
        Principal::Account(named) | Principal::SomeOf(named) => named == account,
        Principal::Identity(name, _) => name.account == account,
        _ => false,
    };
    allows(policy, owner).any(|it| it.actions.has(Action::CreateGrant) && names(it, is_named))
}

fn allows<'a>(policy: &'a Policy, owner: &Owner) -> impl Iterator<Item = &'a Statement> {
    let trust = Trust::default();
    let context = policy.context(owner, &trust);
    let effective: Vec<&Statement> = (policy.statements.iter())
        .filter(|it| it.is_allow() && statement::no_effect_reason(it, context).is_none())
        .collect();
    effective.into_iter()
}

fn names(statement: &Statement, is_named: impl Fn(Principal<'_>) -> bool) -> bool {
    statement.principal.iter().flatten().any(|entry| is_named(principal::read(entry).0))
}
