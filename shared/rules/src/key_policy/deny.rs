//! Which callers the Deny statements remove.
//!
//! All Denies are combined once into [`Denials`]: who remains for which operations, for everyone and for each principal
//! that a Deny names. Each Allow then looks up its principals, so the cost grows with the sum of Denies and Allows and not
//! with their product.
//!
//! Both steps are bounded. A Deny that would split the result into too many sets of callers is ignored. If a principal of
//! an Allow would get too many sets, its callers keep some operations that a Deny takes from them. Both can only add
//! callers.

use super::action::Actions;
use super::callers::{Callers, Identities, Name, RequestConstraints, Services};
use super::condition;
use super::document::{Context, Statement};
use super::principal::{self, Principal};
use super::set::Set;
use super::statement;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of operations with different denials.
const MAX_GROUPS: usize = 16;
/// Sets of callers that remain for one group.
const MAX_SETS: usize = 8;
/// Sets of callers in one policy. The more principals share them, the fewer each one gets, but never fewer than two.
const MAX_SETS_OF_POLICY: usize = 1 << 12;
/// Intersections to find one set of callers; most of them may be empty.
const MAX_INTERSECTIONS: usize = 8;

/// Who remains after all Denies.
#[derive(Debug, Default)]
pub(super) struct Denials<'a> {
    everyone: Remainder<'a>,
    accounts: BTreeMap<&'a str, Remainder<'a>>,
    /// By name and session; the session is empty if the Deny names the whole role.
    names: BTreeMap<(Name<'a>, &'a str), Remainder<'a>>,
    services: BTreeMap<&'a str, Remainder<'a>>,
    /// Sets of callers for each principal that a Deny names.
    sets_of_denied: usize,
    /// Sets of callers for each principal that an Allow names.
    sets_of_allowed: usize,
}

/// How many sets each of the principals gets.
fn share(principals: usize) -> usize {
    (MAX_SETS_OF_POLICY / principals.max(1)).clamp(2, MAX_GROUPS * MAX_SETS)
}

/// How many principals the statements name.
fn principals<'a>(statements: impl Iterator<Item = &'a Statement>) -> usize {
    statements.map(|statement| statement.principal.as_ref().map_or(1, Vec::len)).sum()
}

/// Who remains for which operations. Operations in no group are not denied.
#[derive(Debug, Default)]
struct Remainder<'a> {
    groups: Vec<(Actions, Vec<Callers<'a>>)>,
}

impl<'a> Denials<'a> {
    pub(super) fn read(statements: &'a [Statement], context: Context<'a>) -> Self {
        let mut denials = Self {
            sets_of_denied: share(principals(statements.iter().filter(|statement| statement.is_deny()))),
            sets_of_allowed: share(principals(statements.iter().filter(|statement| statement.is_allow()))),
            ..Self::default()
        };
        for statement in statements.iter().filter(|statement| statement.is_deny()) {
            denials.add(statement, context);
        }
        denials
    }

    fn add(&mut self, statement: &'a Statement, context: Context<'a>) {
        let actions = statement.actions;
        // It is undefined whether a Deny that violates the grammar denies anything.
        if !statement.defects.is_empty() || !statement::applies_to_resource(statement, context) || actions.is_empty() {
            return;
        }
        let mut exempt = Vec::new();
        for condition in &statement.conditions {
            match condition::escaping(condition, context) {
                Some(callers) => exempt.extend(callers),
                None => return,
            }
        }
        if let Some(entries) = &statement.not_principal {
            exempt.extend(entries.iter().filter_map(|entry| principal::read(entry).0.callers()));
            let exempt = joined(exempt);
            self.everyone.add_deny(actions, &without_covered(exempt), MAX_GROUPS * MAX_SETS);
            return;
        }
        let exempt = without_covered(exempt);
        for entry in statement.principal.iter().flatten() {
            let (principal, defect) = principal::read(entry);
            if defect.is_some() {
                continue;
            }
            let remainder = match principal {
                Principal::Everyone => {
                    self.everyone.add_deny(actions, &exempt, MAX_GROUPS * MAX_SETS);
                    continue;
                }
                Principal::Account(account) => self.accounts.entry(account).or_default(),
                Principal::Identity(name, session) => self.names.entry((name, session)).or_default(),
                Principal::Service(name) => self.services.entry(name).or_default(),
                Principal::SomeOf(_) | Principal::Deleted(_) | Principal::Nobody => continue,
            };
            remainder.add_deny(actions, &exempt, self.sets_of_denied);
        }
    }

    /// The remainder of the callers that one principal entry stands for.
    pub(super) fn subtract(&self, principal: Principal<'a>, callers: Callers<'a>) -> Vec<Callers<'a>> {
        let mut budget = Budget { sets: self.sets_of_allowed, intersections: self.sets_of_allowed * MAX_INTERSECTIONS };
        let budget = &mut budget;
        let mut left = self.everyone.subtract(vec![callers], budget);
        match principal {
            Principal::Account(account) | Principal::SomeOf(account) => {
                left = subtract_entry(&self.accounts, &account, left, budget);
            }
            Principal::Identity(name, session) => {
                left = subtract_entry(&self.accounts, &name.account, left, budget);
                left = subtract_entry(&self.names, &(name, ""), left, budget);
                if !session.is_empty() {
                    left = subtract_entry(&self.names, &(name, session), left, budget);
                }
            }
            Principal::Service(name) => left = subtract_entry(&self.services, &name, left, budget),
            Principal::Everyone | Principal::Deleted(_) | Principal::Nobody => {}
        }
        left
    }

    /// `callers` without the accounts, names and services that are denied all of `callers.actions`.
    pub(super) fn without_named(&self, mut callers: Callers<'a>) -> Option<Callers<'a>> {
        let actions = callers.actions;
        if let Some(identities) = callers.identities.take() {
            let denied = |by: Option<&Remainder<'_>>| by.is_some_and(|by| by.denies_all(actions));
            let accounts = identities.accounts.retain(|account| !denied(self.accounts.get(account)));
            let names = identities
                .names
                .retain(|name| !denied(self.accounts.get(name.account)) && !denied(self.names.get(&(*name, ""))));
            callers.identities =
                accounts.zip(names).map(|(accounts, names)| Identities { accounts, names, ..identities });
        }
        if let Some(services) = callers.services.take() {
            let denied = |name: &&str| self.services.get(name).is_some_and(|by| by.denies_all(actions));
            let names = services.names.retain(|name| !denied(name));
            callers.services = names.map(|names| Services { names, ..services });
        }
        (callers.identities.is_some() || callers.services.is_some()).then_some(callers)
    }
}

/// What the result for one principal may cost.
struct Budget {
    sets: usize,
    intersections: usize,
}

fn subtract_entry<'a, K: Ord>(
    by: &BTreeMap<K, Remainder<'a>>,
    key: &K,
    callers: Vec<Callers<'a>>,
    budget: &mut Budget,
) -> Vec<Callers<'a>> {
    match by.get(key) {
        Some(remainder) => remainder.subtract(callers, budget),
        None => callers,
    }
}

/// The exempt callers of a `NotPrincipal` in few sets: one of accounts, one of names, one of services.
fn joined(exempt: Vec<Callers<'_>>) -> Vec<Callers<'_>> {
    let (mut accounts, mut names, mut services) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut joined = Vec::new();
    for callers in exempt {
        let plain = callers.actions == Actions::ALL && callers.constraints == RequestConstraints::NONE;
        match (&callers.identities, &callers.services) {
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
            (None, Some(Services { names: Set::One(name), also_named: Set::All, sources: Set::All })) if plain => {
                services.insert(*name);
            }
            _ => joined.push(callers),
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

/// The sets of callers without those that another one covers.
fn without_covered<'a>(callers: impl IntoIterator<Item = Callers<'a>>) -> Vec<Callers<'a>> {
    let mut kept: Vec<Callers<'_>> = Vec::new();
    for callers in callers {
        if !kept.iter().any(|other| other.covers(&callers)) {
            kept.retain(|other| !callers.covers(other));
            kept.push(callers);
        }
    }
    kept
}

impl<'a> Remainder<'a> {
    /// Adds one Deny, unless more than `max_sets` sets of callers would remain.
    fn add_deny(&mut self, actions: Actions, exempt: &[Callers<'a>], max_sets: usize) {
        if exempt.len() > MAX_SETS.min(max_sets) {
            return;
        }
        let mut added = Self { groups: self.groups.clone() };
        added.deny(actions, exempt);
        if added.groups.iter().map(|(_, remaining)| remaining.len()).sum::<usize>() <= max_sets {
            *self = added;
        }
    }

    /// For `actions`, only the `exempt` callers remain.
    fn deny(&mut self, actions: Actions, exempt: &[Callers<'a>]) {
        let mut rest = actions;
        let mut split = Vec::new();
        for (denied, remaining) in &mut self.groups {
            let hit = denied.and(actions);
            rest = rest.without(hit);
            if hit.is_empty() {
                continue;
            }
            let both = without_covered(remaining.iter().flat_map(|a| exempt.iter().filter_map(|b| a.and(b))));
            if both.len() > MAX_SETS {
                continue;
            }
            if hit == *denied {
                *remaining = both;
            } else {
                *denied = denied.without(hit);
                split.push((hit, both));
            }
        }
        if !rest.is_empty() {
            split.push((rest, exempt.to_vec()));
        }
        for group in split {
            self.add_group(group);
        }
    }

    fn add_group(&mut self, (actions, remaining): (Actions, Vec<Callers<'a>>)) {
        if let Some((same, _)) = self.groups.iter_mut().find(|(_, known)| *known == remaining) {
            *same = same.or(actions);
        } else if self.groups.len() < MAX_GROUPS {
            self.groups.push((actions, remaining));
        }
    }

    fn subtract(&self, callers: Vec<Callers<'a>>, budget: &mut Budget) -> Vec<Callers<'a>> {
        if self.groups.is_empty() {
            return callers;
        }
        let denied = self.groups.iter().fold(Actions::NONE, |all, (actions, _)| all.or(*actions));
        let mut left = Vec::new();
        let mut to_come = callers.len();
        for callers in callers {
            to_come -= 1;
            let start = left.len();
            let mut kept = callers.actions.without(denied);
            for (actions, remaining) in &self.groups {
                let hit = callers.actions.and(*actions);
                if hit.is_empty() || remaining.is_empty() {
                    continue;
                }
                // One set is for the operations that are kept.
                let free = budget.sets.saturating_sub(left.len() + to_come + 1);
                match budget.intersect(&callers, hit, remaining).filter(|both| both.len() <= free) {
                    Some(both) => left.extend(both),
                    None => kept = kept.or(hit),
                }
            }
            if let Some(kept) = callers.for_actions(kept) {
                left.insert(start, kept);
            }
        }
        left
    }

    /// True if nobody remains for any of the operations.
    fn denies_all(&self, actions: Actions) -> bool {
        let denied = self.groups.iter().filter(|(_, remaining)| remaining.is_empty());
        actions.without(denied.fold(Actions::NONE, |all, (actions, _)| all.or(*actions))).is_empty()
    }
}

impl Budget {
    /// The callers that are in one of the `sets` too; `None` if that takes too many intersections.
    fn intersect<'a>(
        &mut self,
        callers: &Callers<'a>,
        actions: Actions,
        sets: &[Callers<'a>],
    ) -> Option<Vec<Callers<'a>>> {
        self.intersections = self.intersections.checked_sub(sets.len())?;
        let both = sets.iter().filter_map(|set| callers.and(set)?.for_actions(actions));
        Some(without_covered(both))
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Policy;
    use super::super::owner::{Members, Owner, Trust};
    use super::*;

    const KEYS: [&str; 6] = [
        r#""aws:PrincipalAccount":["111111111111","222222222222"]"#,
        r#""aws:PrincipalOrgID":["o-a","o-b"]"#,
        r#""aws:userid":["AROA1","AROA2"]"#,
        r#""aws:SourceVpce":"vpce-1""#,
        r#""kms:ViaService":"sqs.eu-west-1.amazonaws.com""#,
        r#""aws:PrincipalTag/team":"keys""#,
    ];

    fn deny(who: &str, action: &str, keys: &str) -> String {
        format!(
            r#"{{"Effect":"Deny","Principal":{who},"Action":"{action}","Resource":"*","Condition":{{"StringNotEquals":{{{keys}}}}}}}"#
        )
    }

    /// Denies of different operations for everyone and for one account.
    fn policy() -> Policy {
        let actions = ["kms:*", "kms:Decrypt", "kms:*Grant*", "kms:Get*"];
        let denies: Vec<String> = (actions.iter().zip([6, 1, 1, 1]))
            .flat_map(|(action, count)| {
                let keys = KEYS.get(..count).unwrap().join(",");
                ["\"*\"", r#"{"AWS":"111111111111"}"#].map(|who| deny(who, action, &keys))
            })
            .collect();
        Policy::parse(&format!(r#"{{"Statement":[{}]}}"#, denies.join(","))).unwrap()
    }

    fn owner() -> Owner {
        Owner {
            account: "333333333333".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            resource: None,
        }
    }

    static TRUST: Trust = Trust {
        accounts: BTreeSet::new(),
        members: Members::None,
        organizations: BTreeSet::new(),
        organizational_units: BTreeSet::new(),
        vpcs: BTreeSet::new(),
        vpc_endpoints: BTreeSet::new(),
        networks: Vec::new(),
    };

    fn remaining<'a>(denials: &Denials<'a>) -> Vec<Callers<'a>> {
        let account = Principal::Account("111111111111");
        denials.subtract(account, account.callers().unwrap())
    }

    #[test]
    fn a_small_budget_keeps_wider_sets() {
        let (policy, owner) = (policy(), owner());
        let mut denials = Denials::read(&policy.statements, policy.context(&owner, &TRUST));
        let exact = remaining(&denials);
        assert!(exact.len() > 10, "{}", exact.len());
        for sets in [1, 2, 3, 5, 8, 13] {
            denials.sets_of_allowed = sets;
            let wider = remaining(&denials);
            assert!(wider.len() <= sets, "{} of {sets}", wider.len());
            for callers in &exact {
                let is_kept = wider.iter().any(|wide| callers.and(wide).as_ref() == Some(callers));
                assert!(is_kept, "{sets} sets: {callers:?} is not in {wider:?}");
            }
        }
    }

    #[test]
    fn equal_ways_past_a_deny_count_once() {
        let tags: Vec<String> = (0..20).map(|n| format!(r#""aws:PrincipalTag/{n}":"x""#)).collect();
        let denies = ["\"*\"", r#"{"AWS":"111111111111"}"#].map(|who| deny(who, "kms:*", &tags.join(",")));
        let policy = Policy::parse(&format!(r#"{{"Statement":[{}]}}"#, denies.join(","))).unwrap();
        let owner = owner();
        let left = remaining(&Denials::read(&policy.statements, policy.context(&owner, &TRUST)));
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left.iter().all(|callers| callers.constraints.self_assigned));
    }

    #[test]
    fn exempt_callers_are_joined_to_one_set_of_each_kind_and_nobody_else_is() {
        let name = |account, name| Principal::Identity(Name { account, kind: "role", name, arn: name }, "");
        let exempt = [
            Principal::Account("111111111111"),
            Principal::Account("222222222222"),
            name("333333333333", "a"),
            name("444444444444", "b"),
            Principal::Service("sns.amazonaws.com"),
            Principal::Service("sqs.amazonaws.com"),
        ];
        let others = [
            Principal::Everyone,
            Principal::Account("333333333333"),
            name("333333333333", "b"),
            name("555555555555", "a"),
            Principal::Service("lambda.amazonaws.com"),
        ];
        let sets = joined(exempt.iter().map(|one| one.callers().unwrap()).collect());
        assert_eq!(sets.len(), 3, "{sets:?}");
        let is_exempt = |one: &Principal<'static>| {
            let callers = one.callers().unwrap();
            sets.iter().any(|set| callers.and(set).as_ref() == Some(&callers))
        };
        assert!(exempt.iter().all(is_exempt), "{sets:?}");
        assert!(!others.iter().any(is_exempt), "{sets:?}");
    }

    #[test]
    fn many_principals_share_the_sets() {
        assert_eq!([0, 1, 32, 64, 1_000, 1_000_000].map(share), [128, 128, 128, 64, 4, 2]);
    }
}
