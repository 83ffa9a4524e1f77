//! The exposures in the permissions of a policy, and their severity.

use super::action::{Action, Actions};
use super::analysis::{Exposure, Grantee};
use super::callers::{Callers, Identities, Name, RequestConstraints, Source};
use super::document::{Policy, Statement};
use super::keys::{Key, KeyMeaning};
use super::listings::{Kind, Listings, Seen};
use super::operations::Family;
use super::organization::OrgMembership;
use super::owner::{Owner, Trust};
use super::permission::Permission;
use super::principal::Principal;
use super::service::Service;
use crate::aws::account::is_account;
use crate::util::severity::Severity;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

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
    let public = permissions.iter().filter(|it| is_public(it));
    public.map(|it| Exposure::of(it, public_severity(&it.callers), Grantee::Everyone)).collect()
}

fn is_public(permission: &Permission<'_>) -> bool {
    let RequestConstraints { network, unknown_key, .. } = permission.callers.constraints;
    permission.admits_any_identity() && !network && !unknown_key
}

/// Exposures to everyone who calls from a certain network or meets a condition on an unknown key.
pub(super) fn network_bound(permissions: &[Permission<'_>], policy: &Policy) -> Vec<Exposure> {
    let mut exposures = Vec::new();
    // By statement. A Deny can leave an unknown condition in many statements, so its keys are looked up once.
    let mut unknown_keys: BTreeMap<usize, Option<&str>> = BTreeMap::new();
    let in_denies = OnceCell::new();
    for permission in permissions.iter().filter(|permission| permission.admits_any_identity()) {
        let who = match permission.callers.constraints {
            RequestConstraints { trusted_network: true, .. } => continue,
            RequestConstraints { network: true, .. } => Grantee::Network,
            RequestConstraints { unknown_key: true, .. } => {
                let own = unknown_keys.entry(permission.statement).or_insert_with(|| {
                    policy.statements.get(permission.statement).and_then(|it| unknown_key(it, policy.service))
                });
                let of_denies = || {
                    let mut denies = policy.statements.iter().filter(|statement| statement.is_deny());
                    denies.find_map(|statement| unknown_key(statement, policy.service))
                };
                let key = own.or_else(|| *in_denies.get_or_init(of_denies));
                Grantee::UnknownCondition(key.unwrap_or_default().to_owned())
            }
            _ => continue,
        };
        exposures.push(Exposure { unverified: true, ..Exposure::of(permission, Severity::Medium, who) });
    }
    exposures
}

/// The first unknown condition key of a statement.
fn unknown_key(statement: &Statement, service: Service) -> Option<&str> {
    let mut keys = statement.conditions.iter().map(|condition| condition.key.as_str());
    keys.find(|key| Key::of(key, service).meaning == KeyMeaning::Unknown)
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

/// Exposures to accounts and organizations that are not trusted.
pub(super) fn foreign(permissions: &[Permission<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let mut listings = Listings::default();
    for permission in permissions {
        if let Some(identities) = &permission.callers.identities {
            foreign_identities(permission, identities, (owner, trust), &mut listings);
        }
        if let Some(services) = &permission.callers.services {
            let kind = Kind::Sources { in_trusted_unit: permission.callers.constraints.trusted_unit };
            listings.add((&services.sources, kind), permission.callers.actions, |source| {
                foreign_source(permission, source, owner, trust)
            });
        }
    }
    listings.exposures
}

fn foreign_identities(
    permission: &Permission<'_>,
    identities: &Identities<'_>,
    (owner, trust): (&Owner, &Trust),
    listings: &mut Listings,
) {
    let Identities { accounts, organizations, names, .. } = identities;
    let actions = permission.callers.actions;
    let trusted_unit = permission.callers.constraints.trusted_unit;
    if accounts.is_all() && trusted_unit {
        return;
    }
    if accounts.is_all() {
        listings.add((organizations, Kind::Organizations), actions, |id| {
            foreign_organization(permission, id, trust, Grantee::Organization(id.to_owned()))
        });
        foreign_ids(permission, identities, (owner, trust), listings);
        return;
    }
    let trusted = |id| OrgMembership::of(id, trust) == OrgMembership::Trusted;
    let in_trusted_organization = trusted_unit || !organizations.is_all() && organizations.named().all(trusted);
    let severity = |whole| if in_trusted_organization { Severity::Low } else { across_accounts(actions, whole) };
    if names.is_all() {
        listings.add((accounts, Kind::Accounts { in_trusted_organization }), actions, |account| {
            let exposure = || Exposure::of(permission, severity(true), Grantee::Account(account.to_owned()));
            is_untrusted(account, owner, trust).then(exposure)
        });
        return;
    }
    let is_admitted = |name: &Name<'_>| accounts.has(&name.account);
    listings.add_admitted((names, Kind::Names { in_trusted_organization }), actions, is_admitted, |name| {
        let exposure = || Exposure::of(permission, severity(false), Grantee::Identity(name.arn.to_owned()));
        is_untrusted(name.account, owner, trust).then(exposure)
    });
}

/// Exposures to identities that are known only by their unique id.
fn foreign_ids(
    permission: &Permission<'_>,
    identities: &Identities<'_>,
    (owner, trust): (&Owner, &Trust),
    listings: &mut Listings,
) {
    let in_any_organization = identities.organizations.is_all();
    let exposure = |id: &str| match is_account(id) {
        true => is_untrusted(id, owner, trust).then(|| {
            let severity = across_accounts(permission.callers.actions, false);
            Exposure::of(permission, severity, Grantee::Account(id.to_owned()))
        }),
        false => in_any_organization.then(|| Exposure {
            unverified: true,
            ..Exposure::of(permission, Severity::Low, Grantee::UniqueId(id.to_owned()))
        }),
    };
    listings.add((&identities.ids, Kind::Ids { in_any_organization }), permission.callers.actions, exposure);
}

fn foreign_source(permission: &Permission<'_>, source: Source<'_>, owner: &Owner, trust: &Trust) -> Option<Exposure> {
    match source {
        Source::Account(account) => is_untrusted(account, owner, trust).then(|| {
            let severity = across_accounts(permission.callers.actions, true);
            Exposure::of(permission, severity, Grantee::SourceAccount(account.to_owned()))
        }),
        Source::Organization(_) if permission.callers.constraints.trusted_unit => None,
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
    account != owner.account && !trust.has_account(account)
}

/// The severity if another account, or one identity of it, may call these operations.
fn across_accounts(actions: Actions, whole_account: bool) -> Severity {
    let effective = actions.across_accounts();
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
        let who = Grantee::Account(owner.account.clone());
        exposures.push(Exposure { unverified: constraints.unknown_key, ..Exposure::of(permission, severity, who) });
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
        if is_public(permission) {
            let actions = open_to_everyone.entry(permission.statement).or_insert(Actions::NONE);
            *actions = actions.or(permission.callers.actions);
        }
    }
    let mut listings = Listings::default();
    for permission in permissions {
        let Some(services) = permission.callers.services.as_ref().filter(|services| services.sources.is_all()) else {
            continue;
        };
        let mut actions = permission.callers.actions.and(MATTERS);
        if permission.names_everyone() {
            let RequestConstraints { network, unknown_key, .. } = permission.callers.constraints;
            if network || unknown_key && permission.admits_any_identity() {
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
        let unverified = permission.callers.constraints.unknown_key;
        let exposure = |severity, name: &str| {
            let who = Grantee::Service(name.to_owned());
            Exposure { actions, unverified, ..Exposure::of(permission, severity, who) }
        };
        // The name that a policy names as principal is the one to report.
        let names = if services.names.is_all() { &services.also_named } else { &services.names };
        if names.is_all() {
            listings.push(exposure(Severity::High, "*"));
        }
        listings.add((names, Kind::Services { unverified }), actions, |name| Some(exposure(some_service, name)));
    }
    listings.exposures
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

/// True if the names of the permission have not been looked through for these operations.
fn are_new_names(permission: &Permission<'_>, actions: Actions, seen: &mut Seen) -> bool {
    permission.callers.identities.as_ref().is_some_and(|identities| seen.is_new(&identities.names, actions))
}

/// Principals that can create grants for anyone.
pub(super) fn unbounded_grants(permissions: &[Permission<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let can_take_over = |permission: &&Permission<'_>| permission.callers.actions.has(Action::PutKeyPolicy);
    let mut seen = Seen::default();
    let can_change_policy: BTreeSet<Name<'_>> = (permissions.iter().filter(can_take_over))
        .filter(|permission| are_new_names(permission, Actions::of(&[Action::PutKeyPolicy]), &mut seen))
        .flat_map(|permission| own_names(permission, owner))
        .collect();
    let create_grant = Actions::of(&[Action::CreateGrant]);
    let mut listings = Listings::default();
    for permission in permissions {
        let Callers { identities: Some(identities), actions, constraints, .. } = &permission.callers else { continue };
        if !actions.has(Action::CreateGrant) || constraints.bounded_grants || constraints.via_service {
            continue;
        }
        let unverified = constraints.unknown_key;
        let exposure =
            |severity, who| Exposure { actions: create_grant, unverified, ..Exposure::of(permission, severity, who) };
        let severity = |account| if trust.has_account(account) { Severity::Medium } else { Severity::High };
        if identities.names.is_all() {
            let kind = Kind::Grants { unverified };
            listings.add((&identities.accounts, kind), create_grant, |account| {
                let exposure = || exposure(severity(account), Grantee::Account(account.to_owned()));
                (account != owner.account).then(exposure)
            });
        }
        let kind = Kind::Grants { unverified };
        listings.add((&identities.names, kind), create_grant, |name| {
            let who = || Grantee::Identity(name.arn.to_owned());
            if name.account != owner.account {
                return Some(exposure(severity(name.account), who()));
            }
            (name.kind != "root" && !can_change_policy.contains(&name)).then(|| exposure(Severity::Medium, who()))
        });
    }
    listings.exposures
}

/// Own identities that both administer and use the key.
pub(super) fn mixed_duties(permissions: &[Permission<'_>], owner: &Owner) -> Vec<Exposure> {
    let mut duties: BTreeMap<Name<'_>, (Actions, usize)> = BTreeMap::new();
    let mut seen = Seen::default();
    for permission in permissions {
        if !are_new_names(permission, permission.callers.actions, &mut seen) {
            continue;
        }
        for name in own_names(permission, owner) {
            // The correction removes administration, so a statement that allows it comes first.
            let (held, statement) = duties.entry(name).or_insert((Actions::NONE, permission.statement));
            if !held.intersects(TAKE_OVER_OR_DESTROY) && permission.callers.actions.intersects(TAKE_OVER_OR_DESTROY) {
                *statement = permission.statement;
            }
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
