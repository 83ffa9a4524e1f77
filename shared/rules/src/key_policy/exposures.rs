//! The exposures in the permissions of a policy, and their severity.

use super::action::{Action, Actions, Family};
use super::analysis::{Exposure, Grantee};
use super::callers::{Callers, Identities, Name, Source};
use super::organization::OrgMembership;
use super::owner::{Owner, Trust};
use super::permission::Permission;
use super::principal::Principal;
use super::set::Set;
use crate::aws::account::is_account;
use crate::util::severity::Severity;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const USE: Actions = Actions::in_families(&[Family::SecretUse, Family::WriteUse]);
const TAKE_OVER_OR_DESTROY: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy]);

impl Exposure {
    /// A verified exposure of all operations of the permission.
    fn of(permission: &Permission<'_>, severity: Severity, who: Grantee) -> Self {
        Self { severity, unverified: false, statement: permission.statement, who, actions: permission.callers.actions }
    }
}

/// Exposures to everyone.
pub(super) fn public(permissions: &[Permission<'_>]) -> Vec<Exposure> {
    let public = permissions.iter().filter(|it| it.admits_any_identity() && !it.callers.constraints.network);
    public.map(|it| Exposure::of(it, public_severity(&it.callers), Grantee::Everyone)).collect()
}

/// Exposures to everyone who calls from a certain network.
pub(super) fn network_bound(permissions: &[Permission<'_>]) -> Vec<Exposure> {
    let bound = permissions.iter().filter(|it| it.admits_any_identity() && it.callers.constraints.network);
    bound.map(|it| Exposure { unverified: true, ..Exposure::of(it, Severity::Medium, Grantee::Network) }).collect()
}

fn public_severity(callers: &Callers<'_>) -> Severity {
    const MORE_THAN_READ: &[Family] =
        &[Family::WriteUse, Family::Delegate, Family::TakeOver, Family::Destroy, Family::Administer];
    let Callers { actions, constraints, .. } = callers;
    let severity = if actions.has_any_of(&[Family::SecretUse]) || actions.has(Action::CreateGrant) {
        Severity::Critical
    } else if actions.has_any_of(&[Family::Read, Family::Verification]) && !actions.has_any_of(MORE_THAN_READ) {
        Severity::Medium
    } else {
        Severity::High
    };
    // An attacker needs a service of AWS that makes the call.
    let indirect = constraints.via_service || constraints.for_aws_resource;
    if indirect { severity.min(Severity::High) } else { severity }
}

/// Lists of accounts that an earlier exposure names already: one Deny may bound many statements to the same long list.
///
/// The lists are compared by address.
type Listed<'a, T> = BTreeSet<(*const BTreeSet<&'a str>, T)>;

/// Exposures to accounts and organizations that are not trusted.
pub(super) fn foreign(permissions: &[Permission<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let mut exposures = Vec::new();
    let mut listed = Listed::new();
    for permission in permissions {
        if let Some(identities) = &permission.callers.identities {
            foreign_identities(permission, identities, (owner, trust), &mut listed, &mut exposures);
        }
        let sources = permission.callers.services.iter().flat_map(|services| services.sources.named());
        exposures.extend(sources.filter_map(|source| foreign_source(permission, source, owner, trust)));
    }
    exposures
}

fn foreign_identities<'a>(
    permission: &Permission<'a>,
    identities: &Identities<'a>,
    (owner, trust): (&Owner, &Trust),
    listed: &mut Listed<'a, Actions>,
    exposures: &mut Vec<Exposure>,
) {
    let Identities { accounts, organizations, names, .. } = identities;
    let actions = permission.callers.actions;
    if accounts.is_all() {
        exposures.extend(
            (organizations.named())
                .filter_map(|id| foreign_organization(permission, id, trust, Grantee::Organization(id.to_owned()))),
        );
        exposures.extend(foreign_ids(permission, identities, owner, trust));
        return;
    }
    if let Set::Many(shared) = accounts
        && names.is_all()
        && !listed.insert((Rc::as_ptr(shared), actions))
    {
        return;
    }
    let trusted = |id| OrgMembership::of(id, trust) == OrgMembership::Trusted;
    let in_trusted_organization = !organizations.is_all() && organizations.named().all(trusted);
    let severity = |whole| if in_trusted_organization { Severity::Low } else { across_accounts(actions, whole) };
    if names.is_all() {
        for account in accounts.named().filter(|account| is_untrusted(account, owner, trust)) {
            exposures.push(Exposure::of(permission, severity(true), Grantee::Account(account.to_owned())));
        }
        return;
    }
    for name in names.named().filter(|name| is_untrusted(name.account, owner, trust) && accounts.has(&name.account)) {
        exposures.push(Exposure::of(permission, severity(false), Grantee::Identity(name.arn.to_owned())));
    }
}

/// Exposures to identities that are known only by their unique id.
fn foreign_ids(
    permission: &Permission<'_>,
    identities: &Identities<'_>,
    owner: &Owner,
    trust: &Trust,
) -> Vec<Exposure> {
    let exposure = |id: &str| match is_account(id) {
        true => is_untrusted(id, owner, trust).then(|| {
            let severity = across_accounts(permission.callers.actions, false);
            Exposure::of(permission, severity, Grantee::Account(id.to_owned()))
        }),
        false => identities.organizations.is_all().then(|| Exposure {
            unverified: true,
            ..Exposure::of(permission, Severity::Low, Grantee::UniqueId(id.to_owned()))
        }),
    };
    identities.ids.named().filter_map(exposure).collect()
}

fn foreign_source(permission: &Permission<'_>, source: Source<'_>, owner: &Owner, trust: &Trust) -> Option<Exposure> {
    match source {
        Source::Account(account) => is_untrusted(account, owner, trust).then(|| {
            let severity = across_accounts(permission.callers.actions, true);
            Exposure::of(permission, severity, Grantee::SourceAccount(account.to_owned()))
        }),
        Source::Organization(id) => {
            foreign_organization(permission, id, trust, Grantee::SourceOrganization(id.to_owned()))
        }
        Source::Resource(_) => None,
    }
}

fn foreign_organization(permission: &Permission<'_>, id: &str, trust: &Trust, who: Grantee) -> Option<Exposure> {
    match OrgMembership::of(id, trust) {
        OrgMembership::Trusted => None,
        OrgMembership::Foreign => Some(Exposure::of(permission, Severity::High, who)),
        OrgMembership::Unknown => {
            Some(Exposure { unverified: true, ..Exposure::of(permission, Severity::Medium, who) })
        }
    }
}

fn is_untrusted(account: &str, owner: &Owner, trust: &Trust) -> bool {
    account != owner.account && !trust.accounts.contains(account)
}

/// The severity if another account, or one identity of it, may call these operations.
fn across_accounts(actions: Actions, whole_account: bool) -> Severity {
    let effective = actions.and(Actions::across_accounts());
    if effective.has(Action::CreateGrant) || whole_account && effective.has_any_of(&[Family::SecretUse]) {
        Severity::High
    } else if effective.has_any_of(&[Family::SecretUse, Family::WriteUse, Family::Verification, Family::Delegate]) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// Exposures to every identity of the owner's account.
pub(super) fn account_wide(permissions: &[Permission<'_>], owner: &Owner) -> Vec<Exposure> {
    let mut exposures = Vec::new();
    for permission in permissions {
        let Callers { identities: Some(identities), actions, constraints, .. } = &permission.callers else { continue };
        let direct = permission.names_everyone() || matches!(permission.principal, Some(Principal::SomeOf(_)));
        let bounded = constraints.via_service
            || constraints.encryption_context
            || constraints.network
            || constraints.self_assigned;
        let own =
            !identities.accounts.is_all() && (!owner.is_known() || identities.accounts.has(&owner.account.as_str()));
        if !direct || bounded || !own || !identities.names.is_all() || !identities.ids.is_all() {
            continue;
        }
        let severity = if actions.intersects(TAKE_OVER_OR_DESTROY) {
            Severity::High
        } else if actions.has(Action::CreateGrant) || actions.has_any_of(&[Family::SecretUse]) {
            Severity::Medium
        } else {
            Severity::Low
        };
        exposures.push(Exposure::of(permission, severity, Grantee::Account(owner.account.clone())));
    }
    exposures
}

/// Exposures to services that act for any customer.
pub(super) fn unbound_services(permissions: &[Permission<'_>]) -> Vec<Exposure> {
    const MATTERS: Actions = Actions::in_families(&[
        Family::SecretUse,
        Family::WriteUse,
        Family::Verification,
        Family::Delegate,
        Family::TakeOver,
        Family::Destroy,
    ]);
    // Operations that everyone may call are reported as public.
    let mut open_to_everyone: BTreeMap<usize, Actions> = BTreeMap::new();
    for permission in permissions.iter().filter(|permission| permission.names_everyone()) {
        if permission.admits_any_identity() && !permission.callers.constraints.network {
            let actions = open_to_everyone.entry(permission.statement).or_insert(Actions::NONE);
            *actions = actions.or(permission.callers.actions);
        }
    }
    let mut exposures = Vec::new();
    for permission in permissions {
        let Some(services) = permission.callers.services.as_ref().filter(|services| services.sources.is_all()) else {
            continue;
        };
        let mut actions = permission.callers.actions.and(MATTERS);
        if permission.names_everyone() {
            if permission.callers.constraints.network {
                continue;
            }
            actions = actions.without(open_to_everyone.get(&permission.statement).copied().unwrap_or(Actions::NONE));
        }
        if actions.is_empty() {
            continue;
        }
        let some_service = if actions.has(Action::CreateGrant) || actions.intersects(TAKE_OVER_OR_DESTROY) {
            Severity::Medium
        } else {
            Severity::Low
        };
        let mut add = |severity, name: &str| {
            let who = Grantee::Service(name.to_owned());
            exposures.push(Exposure { actions, ..Exposure::of(permission, severity, who) });
        };
        if services.names.is_all() {
            add(Severity::High, "*");
        }
        services.names.named().for_each(|name| add(some_service, name));
    }
    exposures
}

/// Exposures to services that may administer the key.
pub(super) fn broad_services(permissions: &[Permission<'_>]) -> Vec<Exposure> {
    const ADMINISTRATION: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy, Family::Administer]);
    let mut exposures = Vec::new();
    for permission in permissions {
        let Some(Principal::Service(name)) = permission.principal else { continue };
        let actions = permission.callers.actions.and(ADMINISTRATION);
        if !actions.is_empty() {
            let who = Grantee::Service(name.to_owned());
            exposures.push(Exposure { actions, ..Exposure::of(permission, Severity::Low, who) });
        }
    }
    exposures
}

/// The owner's roles and users that a permission names.
fn own_names<'p, 'a>(permission: &'p Permission<'a>, owner: &'p Owner) -> impl Iterator<Item = Name<'a>> + 'p {
    let identities = permission.callers.identities.as_ref();
    let names = identities.into_iter().flat_map(|identities| identities.names.named());
    names.filter(|name| owner.may_be(name.account) && name.kind != "root")
}

/// Principals that can create grants for anyone.
pub(super) fn unbounded_grants(permissions: &[Permission<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let can_take_over = |permission: &&Permission<'_>| permission.callers.actions.has(Action::PutKeyPolicy);
    let can_change_policy: BTreeSet<Name<'_>> =
        permissions.iter().filter(can_take_over).flat_map(|permission| own_names(permission, owner)).collect();
    let mut exposures = Vec::new();
    let mut listed = Listed::new();
    for permission in permissions {
        let Callers { identities: Some(identities), actions, constraints, .. } = &permission.callers else { continue };
        if !actions.has(Action::CreateGrant) || constraints.bounded_grants || constraints.via_service {
            continue;
        }
        let mut add = |severity, who| {
            let actions = Actions::of(&[Action::CreateGrant]);
            exposures.push(Exposure { actions, ..Exposure::of(permission, severity, who) });
        };
        let severity = |account| if trust.accounts.contains(account) { Severity::Medium } else { Severity::High };
        if identities.names.is_all() {
            if let Set::Many(shared) = &identities.accounts
                && !listed.insert((Rc::as_ptr(shared), ()))
            {
                continue;
            }
            for account in identities.accounts.named().filter(|account| *account != owner.account) {
                add(severity(account), Grantee::Account(account.to_owned()));
            }
        }
        for name in identities.names.named() {
            if name.account != owner.account {
                add(severity(name.account), Grantee::Identity(name.arn.to_owned()));
            } else if name.kind != "root" && !can_change_policy.contains(&name) {
                add(Severity::Medium, Grantee::Identity(name.arn.to_owned()));
            }
        }
    }
    exposures
}

/// Own identities that both administer and use the key.
pub(super) fn mixed_duties(permissions: &[Permission<'_>], owner: &Owner) -> Vec<Exposure> {
    let mut duties: BTreeMap<Name<'_>, (Actions, usize)> = BTreeMap::new();
    for permission in permissions {
        for name in own_names(permission, owner) {
            let (held, _) = duties.entry(name).or_insert((Actions::NONE, permission.statement));
            *held = held.or(permission.callers.actions);
        }
    }
    let mixed =
        duties.into_iter().filter(|(_, (held, _))| held.intersects(USE) && held.intersects(TAKE_OVER_OR_DESTROY));
    mixed
        .map(|(name, (held, statement))| Exposure {
            severity: Severity::Medium,
            unverified: false,
            statement,
            who: Grantee::Identity(name.arn.to_owned()),
            actions: held.and(USE.or(TAKE_OVER_OR_DESTROY)),
        })
        .collect()
}
