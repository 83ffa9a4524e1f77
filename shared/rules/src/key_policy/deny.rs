//! What the Deny statements take away.
//!
//! All Denies are folded once into what they leave ([`Denied`]), by the operations they deny: for everybody, and for each
//! principal that some Deny names. Allows then look their principals up, so that a policy of many Denies and many
//! Allows costs their sum and not their product. Where folding would branch too much a Deny is left out, which can only
//! show more callers than there are.

use super::action::Actions;
use super::callers::{Callers, Identities, Name, Services, Set};
use super::condition::{self, Context};
use super::document::{Effect, Statement};
use super::principal::{self, Principal};
use super::statement;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of operations that differ in what is denied
const MAX_PIECES: usize = 16;
/// Ways to escape the Denies of one group
const MAX_WAYS: usize = 8;

/// What the Denies leave of everyone
#[derive(Debug, Default)]
pub(super) struct Denied<'a> {
    everybody: Left<'a>,
    accounts: BTreeMap<&'a str, Left<'a>>,
    /// By name and session; the session is empty where the whole role is denied
    names: BTreeMap<(Name<'a>, &'a str), Left<'a>>,
    services: BTreeMap<&'a str, Left<'a>>,
}

/// Who is left, operation by operation; those that no piece has are left to everyone
#[derive(Debug, Default)]
struct Left<'a> {
    pieces: Vec<(Actions, Vec<Callers<'a>>)>,
}

impl<'a> Denied<'a> {
    pub(super) fn read(statements: &'a [Statement], context: Context<'a>) -> Self {
        let mut denied = Self::default();
        for statement in statements.iter().filter(|statement| statement.effect == Some(Effect::Deny)) {
            denied.add(statement, context);
        }
        denied
    }

    fn add(&mut self, statement: &'a Statement, context: Context<'a>) {
        let actions = statement.actions;
        // Of a Deny that the grammar forbids nobody knows whether it denies.
        if !statement.defects.is_empty() || !statement::reaches_key(statement, context) || actions.is_empty() {
            return;
        }
        let mut ways = Vec::new();
        for condition in &statement.conditions {
            match condition::escape(condition, context) {
                Some(way) => ways.extend(way),
                None => return,
            }
        }
        if let Some(spared) = &statement.not_principal {
            ways.extend(spared.iter().filter_map(|entry| principal::read(entry).0.callers()));
            let ways = joined(ways);
            self.everybody.fold(actions, &ways);
            return;
        }
        for entry in statement.principal.iter().flatten() {
            let (principal, defect) = principal::read(entry);
            if defect.is_some() {
                continue;
            }
            let left = match principal {
                Principal::Everyone => &mut self.everybody,
                Principal::Account(account) => self.accounts.entry(account).or_default(),
                Principal::Identity(name, session) => self.names.entry((name, session)).or_default(),
                Principal::Service(name) => self.services.entry(name).or_default(),
                Principal::SomeOf(_) | Principal::Deleted(_) | Principal::Nobody => continue,
            };
            left.fold(actions, &ways);
        }
    }

    /// What is left of callers that one principal entry stands for
    pub(super) fn leave(&self, principal: Principal<'a>, callers: Callers<'a>) -> Vec<Callers<'a>> {
        let mut left = self.everybody.leave(vec![callers]);
        match principal {
            Principal::Account(account) | Principal::SomeOf(account) => {
                left = leave_by(&self.accounts, &account, left);
            }
            Principal::Identity(name, session) => {
                left = leave_by(&self.accounts, &name.account, left);
                left = leave_by(&self.names, &(name, ""), left);
                if !session.is_empty() {
                    left = leave_by(&self.names, &(name, session), left);
                }
            }
            Principal::Service(name) => left = leave_by(&self.services, &name, left),
            Principal::Everyone | Principal::Deleted(_) | Principal::Nobody => {}
        }
        left
    }

    /// `callers` without the accounts and names that are denied all of `callers.actions`
    pub(super) fn without_named(&self, mut callers: Callers<'a>) -> Option<Callers<'a>> {
        let actions = callers.actions;
        if let Some(identities) = callers.identities.take() {
            let barred = |left: Option<&Left<'_>>| left.is_some_and(|left| left.bars(actions));
            let accounts = identities.accounts.retain(|account| !barred(self.accounts.get(account)));
            let names = identities
                .names
                .retain(|name| !barred(self.accounts.get(name.account)) && !barred(self.names.get(&(*name, ""))));
            callers.identities =
                accounts.zip(names).map(|(accounts, names)| Identities { accounts, names, ..identities });
        }
        if let Some(services) = callers.services.take() {
            let barred = |name: &&str| self.services.get(name).is_some_and(|left| left.bars(actions));
            let names = services.names.retain(|name| !barred(name));
            callers.services = names.map(|names| Services { names, ..services });
        }
        (callers.identities.is_some() || callers.services.is_some()).then_some(callers)
    }
}

fn leave_by<'a, K: Ord>(by: &BTreeMap<K, Left<'a>>, key: &K, callers: Vec<Callers<'a>>) -> Vec<Callers<'a>> {
    match by.get(key) {
        Some(left) => left.leave(callers),
        None => callers,
    }
}

/// The spared principals of a `NotPrincipal` as few sets: one of accounts, one of names, one of services
fn joined(ways: Vec<Callers<'_>>) -> Vec<Callers<'_>> {
    let (mut accounts, mut names, mut services) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut joined = Vec::new();
    for way in ways {
        let plain = way.actions == Actions::ALL && way.manner == Default::default();
        match (&way.identities, &way.services) {
            (
                Some(Identities {
                    accounts: Set::One(_),
                    names: Set::One(name),
                    organizations: Set::All,
                    ids: Set::All,
                }),
                None,
            ) if plain => {
                names.insert(*name);
            }
            (
                Some(Identities {
                    accounts: Set::One(account),
                    names: Set::All,
                    organizations: Set::All,
                    ids: Set::All,
                }),
                None,
            ) if plain => {
                accounts.insert(*account);
            }
            (None, Some(Services { names: Set::One(name), sources: Set::All })) if plain => {
                services.insert(*name);
            }
            _ => joined.push(way),
        }
    }
    let by_name: BTreeSet<_> = names.iter().map(|name| name.account).collect();
    joined.extend(Set::of(accounts).map(|accounts| Callers::identities(Identities { accounts, ..Identities::ALL })));
    joined.extend(
        Set::of(names)
            .zip(Set::of(by_name))
            .map(|(names, accounts)| Callers::identities(Identities { names, accounts, ..Identities::ALL })),
    );
    joined.extend(Set::of(services).map(|names| Callers::services(Services { names, ..Services::ALL })));
    joined
}

impl<'a> Left<'a> {
    /// Takes in one more Deny: of `actions` only those who go one of the `ways` are left.
    fn fold(&mut self, actions: Actions, ways: &[Callers<'a>]) {
        if ways.len() > MAX_WAYS {
            return;
        }
        let mut rest = actions;
        let mut split = Vec::new();
        for (denied, left) in &mut self.pieces {
            let hit = denied.and(actions);
            rest = rest.without(hit);
            if hit.is_empty() {
                continue;
            }
            let both: Vec<_> = left.iter().flat_map(|a| ways.iter().filter_map(|b| a.and(b))).collect();
            if both.len() > MAX_WAYS {
                continue;
            }
            if hit == *denied {
                *left = both;
            } else {
                *denied = denied.without(hit);
                split.push((hit, both));
            }
        }
        if !rest.is_empty() {
            split.push((rest, ways.to_vec()));
        }
        for piece in split {
            self.add(piece);
        }
    }

    fn add(&mut self, (actions, left): (Actions, Vec<Callers<'a>>)) {
        if let Some((same, _)) = self.pieces.iter_mut().find(|(_, known)| *known == left) {
            *same = same.or(actions);
        } else if self.pieces.len() < MAX_PIECES {
            self.pieces.push((actions, left));
        }
    }

    fn leave(&self, callers: Vec<Callers<'a>>) -> Vec<Callers<'a>> {
        if self.pieces.is_empty() {
            return callers;
        }
        let denied = self.pieces.iter().fold(Actions::NONE, |all, (actions, _)| all.or(*actions));
        let mut left = Vec::new();
        for callers in callers {
            left.extend(callers.for_actions(callers.actions.without(denied)));
            for (actions, ways) in &self.pieces {
                let Some(hit) = callers.for_actions(*actions) else { continue };
                left.extend(ways.iter().filter_map(|way| hit.and(way)));
            }
        }
        left
    }

    /// Nobody is left for any of the operations
    fn bars(&self, actions: Actions) -> bool {
        let barred = self.pieces.iter().filter(|(_, left)| left.is_empty());
        actions.without(barred.fold(Actions::NONE, |all, (actions, _)| all.or(*actions))).is_empty()
    }
}
