//! Who is left, and how bad that is.

use super::action::{Action, Actions, Family};
use super::callers::{Callers, Identities, Name, Set, Source, both_sources};
use super::condition::{self, Context, Why};
use super::deny::Denied;
use super::document::{Effect, Policy, Statement};
use super::exposure::{Analysis, Exposure, Remark, RemarkKind, Who};
use super::lockout;
use super::principal::{self, Principal};
use super::value::OWN_ORGANIZATION;
use super::{Owner, Trust, statement};
use crate::arn::is_account;
use crate::severity::Severity;
use std::collections::{BTreeMap, BTreeSet};

const USE: &[Family] = &[Family::SecretUse, Family::WriteUse];
const ADMINISTRATION: &[Family] = &[Family::TakeOver, Family::Destroy];

/// What one principal of one Allow can do after all conditions and Denies
#[derive(Debug)]
pub(super) struct Grant<'a> {
    pub(super) statement: usize,
    /// `None` for everyone whom a `NotPrincipal` leaves
    pub(super) principal: Option<Principal<'a>>,
    pub(super) callers: Callers<'a>,
}

pub(super) fn analyse(policy: &Policy, owner: &Owner, trust: &Trust) -> Analysis {
    let context = Context { owner, variables: policy.variables };
    let denied = Denied::read(&policy.statements, context);
    let (mut grants, mut useless, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    for defect in &policy.defects {
        remarks.push(Remark { kind: RemarkKind::Malformed, statement: None, text: (*defect).to_owned() });
    }
    for (place, statement) in policy.statements.iter().enumerate() {
        remark(statement, place, context, &mut remarks);
        if statement.effect != Some(Effect::Allow) || statement::inert(statement, context).is_some() {
            continue;
        }
        let whys = grant(statement, place, context, &denied, &mut grants);
        for (condition, why) in whys {
            if why.is_weak()
                && let Some(condition) = statement.conditions.get(condition)
            {
                let text = format!("`{} {}` {}", condition.operator, condition.key, why.text());
                remarks.push(Remark { kind: RemarkKind::WeakCondition, statement: Some(place), text });
            }
            useless.push((place, condition, why));
        }
    }
    let (public, network_bound) = anybody(&grants);
    let mut analysis = Analysis {
        foreign: foreign(&grants, owner, trust),
        account_wide: account_wide(&grants, owner),
        unbound_services: unbound_services(&grants),
        broad_services: broad_services(&grants),
        unbounded_grants: unbounded_grants(&grants, owner, trust),
        mixed_duties: mixed_duties(&grants, owner),
        lockout: lockout::judge(policy, &grants, owner, trust),
        public,
        network_bound,
        remarks,
        useless,
    };
    if !owner.is_known() {
        let Analysis { foreign, account_wide, unbounded_grants, mixed_duties, .. } = &mut analysis;
        for exposure in [foreign, account_wide, unbounded_grants, mixed_duties].into_iter().flatten() {
            exposure.unverified = true;
        }
    }
    analysis
}

/// The grants of one Allow, and which of its conditions do not narrow
fn grant<'a>(
    statement: &'a Statement,
    place: usize,
    context: Context<'a>,
    denied: &Denied<'a>,
    grants: &mut Vec<Grant<'a>>,
) -> Vec<(usize, Why)> {
    let (limit, whys) = condition::narrow(&statement.conditions, context);
    let Some(limit) = limit else { return whys };
    let actions = statement.actions;
    let mut everyone_done = false;
    let entries = statement.principal.iter().flatten().map(|entry| Some(principal::read(entry).0));
    let excluded = statement.not_principal.is_some().then_some(None);
    for principal in entries.chain(excluded) {
        let everyone = matches!(principal, None | Some(Principal::Everyone));
        let admitted = principal.unwrap_or(Principal::Everyone);
        let Some(callers) = admitted.callers().and_then(|callers| callers.for_actions(actions)?.and(&limit.callers))
        else {
            continue;
        };
        let left = if everyone {
            if std::mem::replace(&mut everyone_done, true) {
                continue;
            }
            let Some(callers) = denied.without_named(callers) else { continue };
            denied.leave(admitted, callers)
        } else {
            denied.leave(admitted, bound_by_context(admitted, callers, &limit.context))
        };
        grants.extend(left.into_iter().map(|callers| Grant { statement: place, principal, callers }));
    }
    whys
}

/// A service named as a principal sets the encryption context itself, so an account in it is for whom it acts.
fn bound_by_context<'a>(principal: Principal<'a>, mut callers: Callers<'a>, context: &Set<Source<'a>>) -> Callers<'a> {
    if let (Principal::Service(_), Some(services)) = (principal, &mut callers.services)
        && let Some(sources) = both_sources(&services.sources, context)
    {
        services.sources = sources;
    }
    callers
}

fn remark(statement: &Statement, place: usize, context: Context<'_>, remarks: &mut Vec<Remark>) {
    let mut add = |kind, text: String| remarks.push(Remark { kind, statement: Some(place), text });
    for defect in &statement.defects {
        add(RemarkKind::Malformed, (*defect).to_owned());
    }
    for condition in &statement.conditions {
        if super::operator::Operator::read(&condition.operator).is_none() {
            add(RemarkKind::Malformed, format!("`{}` {}", condition.operator, Why::UnknownOperator.text()));
        }
    }
    if let Some(why) = statement::inert(statement, context) {
        add(RemarkKind::Inert, format!("has no effect: {why}"));
    }
    for entry in statement.principal.iter().chain(&statement.not_principal).flatten() {
        let (principal, defect) = principal::read(entry);
        if let Some(defect) = defect {
            add(RemarkKind::Malformed, format!("`{}`: {defect}", entry.value));
        }
        if let Principal::Deleted(id) = principal {
            add(RemarkKind::Orphan, format!("`{id}` is the id of a role or user that no longer exists"));
        }
    }
    if statement.effect == Some(Effect::Allow) {
        if statement.not_principal.is_some() {
            add(RemarkKind::NotPrincipal, "`NotPrincipal` with Allow admits everybody who is not listed".to_owned());
        }
        if statement.not_action.is_some() {
            add(RemarkKind::NotAction, "`NotAction` with Allow allows every action that is not listed".to_owned());
        }
    }
}

fn is_everyone(grant: &Grant<'_>) -> bool {
    matches!(grant.principal, None | Some(Principal::Everyone))
}

/// Exposures to everyone: from anywhere, and from a certain network
fn anybody(grants: &[Grant<'_>]) -> (Vec<Exposure>, Vec<Exposure>) {
    let (mut public, mut network_bound) = (Vec::new(), Vec::new());
    for grant in grants {
        if !grant.callers.identities.as_ref().is_some_and(Identities::are_anybody) {
            continue;
        }
        let Callers { actions, manner, .. } = grant.callers;
        let exposure =
            |severity, who| Exposure { severity, unverified: false, statement: grant.statement, who, actions };
        if manner.network {
            network_bound.push(Exposure { unverified: true, ..exposure(Severity::Medium, Who::Network) });
        } else {
            let worst = if actions.meets_family(&[Family::SecretUse]) || actions.has(Action::CreateGrant) {
                Severity::Critical
            } else if actions.meets_family(&[Family::Read, Family::Check]) && !actions.meets_family(POWER) {
                Severity::Medium
            } else {
                Severity::High
            };
            let most = if manner.via_service || manner.for_aws_resource { Severity::High } else { worst };
            public.push(exposure(worst.min(most), Who::Everyone));
        }
    }
    (public, network_bound)
}

const POWER: &[Family] = &[Family::WriteUse, Family::Delegate, Family::TakeOver, Family::Destroy, Family::Administer];

/// Whether an organization is ours
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    Yes,
    No,
    /// Nobody has said which is
    NotSaid,
}

pub(super) fn ours(organization: &str, trust: &Trust) -> Ours {
    match organization {
        _ if trust.organizations.is_empty() => Ours::NotSaid,
        OWN_ORGANIZATION => Ours::Yes,
        id if trust.organizations.contains(id) => Ours::Yes,
        _ => Ours::No,
    }
}

fn foreign(grants: &[Grant<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let mut exposures = Vec::new();
    // One Deny may bound many statements to the same long list of accounts: name them once.
    let mut listed: BTreeSet<(*const BTreeSet<&str>, Actions)> = BTreeSet::new();
    let untrusted = |account: &str| account != owner.account && !trust.accounts.contains(account);
    for grant in grants {
        let Callers { identities, services, actions, .. } = &grant.callers;
        let mut add = |severity, unverified, who| {
            exposures.push(Exposure { severity, unverified, statement: grant.statement, who, actions: *actions });
        };
        let mut organization = |id: &str, who: fn(String) -> Who| match ours(id, trust) {
            Ours::Yes => {}
            Ours::No => add(Severity::High, false, who(id.to_owned())),
            Ours::NotSaid => add(Severity::Medium, true, who(id.to_owned())),
        };
        if let Some(Identities { accounts, organizations, names, ids }) = identities {
            if accounts.is_all() {
                organizations.named().for_each(|id| organization(id, Who::Organization));
                for id in ids.named() {
                    match is_account(id) {
                        true if untrusted(id) => {
                            add(across_accounts(*actions, false), false, Who::Account(id.to_owned()))
                        }
                        false if organizations.is_all() => add(Severity::Low, true, Who::UniqueId(id.to_owned())),
                        _ => {}
                    }
                }
            } else if let Set::Some(shared) = accounts
                && names.is_all()
                && !listed.insert((std::rc::Rc::as_ptr(shared), *actions))
            {
                // They stand with an earlier statement.
            } else {
                let required = |id| ours(id, trust) == Ours::Yes;
                let in_ours = !organizations.is_all() && organizations.named().all(required);
                let severity = |whole| if in_ours { Severity::Low } else { across_accounts(*actions, whole) };
                if names.is_all() {
                    for account in accounts.named().filter(|account| untrusted(account)) {
                        add(severity(true), false, Who::Account(account.to_owned()));
                    }
                } else {
                    for name in names.named().filter(|name| untrusted(name.account) && accounts.has(&name.account)) {
                        add(severity(false), false, Who::Identity(name.arn.to_owned()));
                    }
                }
            }
        }
        for source in services.iter().flat_map(|services| services.sources.named()) {
            match source {
                Source::Account(account) if untrusted(account) => {
                    exposures.push(Exposure {
                        severity: across_accounts(*actions, true),
                        unverified: false,
                        statement: grant.statement,
                        who: Who::SourceAccount(account.to_owned()),
                        actions: *actions,
                    });
                }
                Source::Organization(id) => {
                    let (severity, unverified) = match ours(id, trust) {
                        Ours::Yes => continue,
                        Ours::No => (Severity::High, false),
                        Ours::NotSaid => (Severity::Medium, true),
                    };
                    let who = Who::SourceOrganization(id.to_owned());
                    exposures.push(Exposure {
                        severity,
                        unverified,
                        statement: grant.statement,
                        who,
                        actions: *actions,
                    });
                }
                Source::Account(_) | Source::Resource(_) => {}
            }
        }
    }
    exposures
}

/// How bad it is that another account, or one of its identities, may call these
fn across_accounts(actions: Actions, whole_account: bool) -> Severity {
    let effective = actions.and(Actions::across_accounts());
    if effective.has(Action::CreateGrant) || whole_account && effective.meets_family(&[Family::SecretUse]) {
        Severity::High
    } else if effective.meets_family(&[Family::SecretUse, Family::WriteUse, Family::Check, Family::Delegate]) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn account_wide(grants: &[Grant<'_>], owner: &Owner) -> Vec<Exposure> {
    let mut exposures = Vec::new();
    for grant in grants {
        let Callers { identities: Some(identities), actions, manner, .. } = &grant.callers else { continue };
        let direct = is_everyone(grant) || matches!(grant.principal, Some(Principal::SomeOf(_)));
        let bounded = manner.via_service || manner.context || manner.network || manner.some_trait;
        let own =
            !identities.accounts.is_all() && (!owner.is_known() || identities.accounts.has(&owner.account.as_str()));
        if !direct || bounded || !own || !identities.names.is_all() || !identities.ids.is_all() {
            continue;
        }
        let severity = if actions.meets_family(ADMINISTRATION) {
            Severity::High
        } else if actions.has(Action::CreateGrant) || actions.meets_family(&[Family::SecretUse]) {
            Severity::Medium
        } else {
            Severity::Low
        };
        let who = Who::Account(owner.account.clone());
        exposures.push(Exposure { severity, unverified: false, statement: grant.statement, who, actions: *actions });
    }
    exposures
}

fn unbound_services(grants: &[Grant<'_>]) -> Vec<Exposure> {
    const MATTERS: Actions = Actions::in_families(&[
        Family::SecretUse,
        Family::WriteUse,
        Family::Check,
        Family::Delegate,
        Family::TakeOver,
        Family::Destroy,
    ]);
    // Where anybody may call, that is the finding.
    let mut open_to_anybody: BTreeMap<usize, Actions> = BTreeMap::new();
    for grant in grants.iter().filter(|grant| is_everyone(grant)) {
        if grant.callers.identities.as_ref().is_some_and(Identities::are_anybody) && !grant.callers.manner.network {
            let actions = open_to_anybody.entry(grant.statement).or_insert(Actions::NONE);
            *actions = actions.or(grant.callers.actions);
        }
    }
    let mut exposures = Vec::new();
    for grant in grants {
        let Some(services) = grant.callers.services.as_ref().filter(|services| services.sources.is_all()) else {
            continue;
        };
        let mut actions = grant.callers.actions.and(MATTERS);
        if is_everyone(grant) {
            if grant.callers.manner.network {
                continue;
            }
            actions = actions.without(open_to_anybody.get(&grant.statement).copied().unwrap_or(Actions::NONE));
        }
        if actions.is_empty() {
            continue;
        }
        let some_service = if actions.has(Action::CreateGrant) || actions.meets_family(ADMINISTRATION) {
            Severity::Medium
        } else {
            Severity::Low
        };
        let mut add = |severity, name: &str| {
            let who = Who::Service(name.to_owned());
            exposures.push(Exposure { severity, unverified: false, statement: grant.statement, who, actions });
        };
        if services.names.is_all() {
            add(Severity::High, "*");
        }
        services.names.named().for_each(|name| add(some_service, name));
    }
    exposures
}

fn broad_services(grants: &[Grant<'_>]) -> Vec<Exposure> {
    const TOO_MUCH: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy, Family::Administer]);
    let mut exposures = Vec::new();
    for grant in grants {
        let Some(Principal::Service(name)) = grant.principal else { continue };
        let actions = grant.callers.actions.and(TOO_MUCH);
        if !actions.is_empty() {
            let who = Who::Service(name.to_owned());
            exposures.push(Exposure {
                severity: Severity::Low,
                unverified: false,
                statement: grant.statement,
                who,
                actions,
            });
        }
    }
    exposures
}

/// Those whom a grant names one by one and who are the owner's own
fn own_names<'g, 'a>(grant: &'g Grant<'a>, owner: &'g Owner) -> impl Iterator<Item = Name<'a>> + 'g {
    let identities = grant.callers.identities.as_ref();
    let names = identities.into_iter().flat_map(|identities| identities.names.named());
    names.filter(|name| owner.owns(name.account) && name.kind != "root")
}

fn unbounded_grants(grants: &[Grant<'_>], owner: &Owner, trust: &Trust) -> Vec<Exposure> {
    let take_over = |grant: &&Grant<'_>| grant.callers.actions.has(Action::PutKeyPolicy);
    let can_rewrite: BTreeSet<Name<'_>> =
        grants.iter().filter(take_over).flat_map(|grant| own_names(grant, owner)).collect();
    let mut exposures = Vec::new();
    let mut listed: BTreeSet<*const BTreeSet<&str>> = BTreeSet::new();
    for grant in grants {
        let Callers { identities: Some(identities), actions, manner, .. } = &grant.callers else { continue };
        if !actions.has(Action::CreateGrant) || manner.bounded_grants || manner.via_service {
            continue;
        }
        let mut add = |severity, who| {
            let actions = Actions::of(&[Action::CreateGrant]);
            exposures.push(Exposure { severity, unverified: false, statement: grant.statement, who, actions });
        };
        let severity = |account| if trust.accounts.contains(account) { Severity::Medium } else { Severity::High };
        if identities.names.is_all() {
            if let Set::Some(shared) = &identities.accounts
                && !listed.insert(std::rc::Rc::as_ptr(shared))
            {
                continue;
            }
            for account in identities.accounts.named().filter(|account| *account != owner.account) {
                add(severity(account), Who::Account(account.to_owned()));
            }
        }
        for name in identities.names.named() {
            if name.account != owner.account {
                add(severity(name.account), Who::Identity(name.arn.to_owned()));
            } else if name.kind != "root" && !can_rewrite.contains(&name) {
                add(Severity::Medium, Who::Identity(name.arn.to_owned()));
            }
        }
    }
    exposures
}

fn mixed_duties(grants: &[Grant<'_>], owner: &Owner) -> Vec<Exposure> {
    let mut duties: BTreeMap<Name<'_>, (Actions, usize)> = BTreeMap::new();
    for grant in grants {
        for name in own_names(grant, owner) {
            let (held, _) = duties.entry(name).or_insert((Actions::NONE, grant.statement));
            *held = held.or(grant.callers.actions);
        }
    }
    const USES: Actions = Actions::in_families(USE);
    const ADMINISTERS: Actions = Actions::in_families(ADMINISTRATION);
    let mixed = duties.into_iter().filter(|(_, (held, _))| held.meets(USES) && held.meets(ADMINISTERS));
    mixed
        .map(|(name, (held, statement))| Exposure {
            severity: Severity::Medium,
            unverified: false,
            statement,
            who: Who::Identity(name.arn.to_owned()),
            actions: held.and(USES.or(ADMINISTERS)),
        })
        .collect()
}
