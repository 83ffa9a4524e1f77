//! Callers as the analyser sees them.
//!
//! A [`Callers`] is everyone who satisfies all its parts: IAM identities bounded in four directions, AWS services bounded
//! in two, the operations they may call, and how they must call. Every step of the analysis is an intersection of two such
//! sets, and no step makes a set larger.

use super::action::Actions;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::rc::Rc;

/// All values, one, or some; never none
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set<T: Ord> {
    All,
    One(T),
    // Shared, for one Deny may bound the callers of a thousand statements.
    Some(Rc<BTreeSet<T>>),
}

impl<T: Ord + Copy> Set<T> {
    /// The values, `None` when there is none
    pub(super) fn of(values: BTreeSet<T>) -> Option<Self> {
        match (values.len(), values.first()) {
            (_, None) => None,
            (1, Some(&one)) => Some(Self::One(one)),
            _ => Some(Self::Some(Rc::new(values))),
        }
    }

    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// The values that are named; nothing for all
    pub(super) fn named(&self) -> impl Iterator<Item = T> + '_ {
        let (one, some) = match self {
            Self::All => (None, None),
            Self::One(one) => (Some(*one), None),
            Self::Some(some) => (None, Some(some.iter().copied())),
        };
        one.into_iter().chain(some.into_iter().flatten())
    }

    pub(super) fn has(&self, value: &T) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == value,
            Self::Some(some) => some.contains(value),
        }
    }

    /// The values in both, `None` when there is none
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::All, set) | (set, Self::All) => Some(set.clone()),
            (Self::One(one), set) | (set, Self::One(one)) => set.has(one).then_some(Self::One(*one)),
            (Self::Some(a), Self::Some(b)) if Rc::ptr_eq(a, b) => Some(self.clone()),
            (Self::Some(a), Self::Some(b)) => {
                let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
                Self::of(few.iter().filter(|value| many.contains(value)).copied().collect())
            }
        }
    }

    /// The values for which `keep` holds, `None` when there is none; all stay all
    pub(super) fn retain(&self, keep: impl Fn(&T) -> bool) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            _ if self.named().all(|value| keep(&value)) => Some(self.clone()),
            _ => Self::of(self.named().filter(keep).collect()),
        }
    }
}

/// A role or user of one account.
///
/// The path is not compared: names are unique in an account whatever their path, and the ARN of a session leaves it out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) account: &'a str,
    /// `role`, `user`, `federated-user` or `root`
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// The ARN as the policy has it
    pub(super) arn: &'a str,
}

impl Name<'_> {
    fn identity(&self) -> (&str, &str, &str) {
        (self.account, self.kind, self.name)
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

/// For whom a service acts: an account, an organization, or the owner of one resource that cannot be told from its ARN
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source<'a> {
    Account(&'a str),
    Organization(&'a str),
    Resource(&'a str),
}

/// IAM identities
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identities<'a> {
    pub(super) accounts: Set<&'a str>,
    pub(super) organizations: Set<&'a str>,
    pub(super) names: Set<Name<'a>>,
    /// `AROA…` of a role, `AIDA…` of a user; twelve digits for the root user of that account
    pub(super) ids: Set<&'a str>,
}

impl Identities<'_> {
    pub(super) const ALL: Self = Self { accounts: Set::All, organizations: Set::All, names: Set::All, ids: Set::All };

    fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            accounts: self.accounts.and(&other.accounts)?,
            organizations: self.organizations.and(&other.organizations)?,
            names: self.names.and(&other.names)?,
            ids: self.ids.and(&other.ids)?,
        })
    }

    /// Nothing tells one identity of one account from any other
    pub(super) fn are_anybody(&self) -> bool {
        self.accounts.is_all() && self.organizations.is_all() && self.names.is_all() && self.ids.is_all()
    }
}

/// Service principals calling for themselves
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Services<'a> {
    pub(super) names: Set<&'a str>,
    pub(super) sources: Set<Source<'a>>,
}

impl<'a> Services<'a> {
    pub(super) const ALL: Self = Self { names: Set::All, sources: Set::All };

    fn and(&self, other: &Self) -> Option<Self> {
        Some(Self { names: self.names.and(&other.names)?, sources: both_sources(&self.sources, &other.sources)? })
    }
}

/// The sources that two bounds leave, `None` where no request can meet both.
///
/// A request can carry an account, an organization and an ARN at once, so two bounds of different kinds exclude nothing:
/// the one that tells more is kept. Two organizations exclude each other. Two accounts are both kept, since the keys they
/// come from need not agree; so the wider reading is the one reported.
pub(super) fn both_sources<'a>(a: &Set<Source<'a>>, b: &Set<Source<'a>>) -> Option<Set<Source<'a>>> {
    let accounts = |set: &Set<Source>| set.named().all(|source| matches!(source, Source::Account(_)));
    let organizations = |set: &Set<Source>| set.named().all(|source| matches!(source, Source::Organization(_)));
    if a.is_all() || b.is_all() || organizations(a) && organizations(b) {
        return a.and(b);
    }
    match (accounts(a), accounts(b)) {
        (true, true) => a.and(b).or_else(|| Set::of(a.named().chain(b.named()).collect())),
        (true, false) => Some(a.clone()),
        (false, true) => Some(b.clone()),
        (false, false) => Some(if organizations(b) { b.clone() } else { a.clone() }),
    }
}

/// How a call must be made; each of these bounds the call, none of them the caller's account
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// Through an AWS service (`kms:ViaService`)
    pub(super) via_service: bool,
    /// With a certain encryption context
    pub(super) context: bool,
    /// From a certain network
    pub(super) network: bool,
    /// With a tag, a name pattern or another trait that each account gives out itself
    pub(super) some_trait: bool,
    /// Grants only, and only those an AWS service asks for
    pub(super) for_aws_resource: bool,
    /// Only grants that do not hand the secret on to just anybody
    pub(super) bounded_grants: bool,
}

impl Manner {
    fn and(self, other: Self) -> Self {
        Self {
            via_service: self.via_service || other.via_service,
            context: self.context || other.context,
            network: self.network || other.network,
            some_trait: self.some_trait || other.some_trait,
            for_aws_resource: self.for_aws_resource || other.for_aws_resource,
            bounded_grants: self.bounded_grants || other.bounded_grants,
        }
    }
}

/// Who may call what, and how
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callers<'a> {
    pub(super) identities: Option<Identities<'a>>,
    pub(super) services: Option<Services<'a>>,
    pub(super) actions: Actions,
    pub(super) manner: Manner,
}

impl<'a> Callers<'a> {
    /// Every identity of every account and every service
    pub(super) fn everyone() -> Self {
        Self {
            identities: Some(Identities::ALL),
            services: Some(Services::ALL),
            actions: Actions::ALL,
            manner: Manner::default(),
        }
    }

    pub(super) fn identities(identities: Identities<'a>) -> Self {
        Self { identities: Some(identities), services: None, ..Self::everyone() }
    }

    pub(super) fn services(services: Services<'a>) -> Self {
        Self { identities: None, services: Some(services), ..Self::everyone() }
    }

    pub(super) fn with_manner(manner: Manner) -> Self {
        Self { manner, ..Self::everyone() }
    }

    /// Those in both, `None` when there is nobody or nothing they may call
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let both = Self {
            identities: self.identities.as_ref().zip(other.identities.as_ref()).and_then(|(a, b)| a.and(b)),
            services: self.services.as_ref().zip(other.services.as_ref()).and_then(|(a, b)| a.and(b)),
            actions: self.actions.and(other.actions),
            manner: self.manner.and(other.manner),
        };
        let somebody = both.identities.is_some() || both.services.is_some();
        (somebody && !both.actions.is_empty()).then_some(both)
    }

    pub(super) fn for_actions(&self, actions: Actions) -> Option<Self> {
        let left = self.actions.and(actions);
        (!left.is_empty()).then(|| Self { actions: left, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources<'a>(list: &[Source<'a>]) -> Set<Source<'a>> {
        Set::of(list.iter().copied().collect()).unwrap()
    }

    #[test]
    fn sets_intersect() {
        let some = Set::of(BTreeSet::from([1, 2, 3])).unwrap();
        assert_eq!(some.and(&Set::One(2)), Some(Set::One(2)));
        assert_eq!(some.and(&Set::One(4)), None);
        assert_eq!(Set::All.and(&some), Some(some.clone()));
        assert_eq!(some.retain(|n| *n > 2), Some(Set::One(3)));
        assert_eq!(Set::<u8>::of(BTreeSet::new()), None);
    }

    #[test]
    fn a_source_account_tells_more_than_a_resource_without_one() {
        use Source::{Account, Organization, Resource};
        let both = |a: &Set<Source<'static>>, b: &Set<Source<'static>>| both_sources(a, b).unwrap();
        let bucket = sources(&[Account("1"), Resource("arn:aws:s3:::logs")]);
        // The bucket may well be in account 2.
        assert_eq!(both(&bucket, &sources(&[Account("1"), Account("2")])), sources(&[Account("1"), Account("2")]));
        assert_eq!(both(&sources(&[Organization("o-a")]), &bucket), sources(&[Organization("o-a")]));
        assert_eq!(both(&sources(&[Account("1")]), &sources(&[Account("2")])), sources(&[Account("1"), Account("2")]));
        assert_eq!(both_sources(&sources(&[Organization("o-a")]), &sources(&[Organization("o-b")])), None);
    }
}
