//! Sets of callers.
//!
//! A [`Callers`] contains everyone who meets all its bounds: IAM identities have four, AWS services two, and both the
//! operations they may call and the constraints on how they call. Every step of the analysis intersects two such sets,
//! and no step makes a set larger.

use super::action::Actions;
use super::organization::OWN_ORGANIZATION;
use super::owner::Owner;
use super::set::Set;
use std::cmp::Ordering;

/// A role or user of one account.
///
/// Comparisons ignore the path: names are unique in an account whatever their path, and the ARN of a session has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) account: &'a str,
    /// `role`, `user`, `federated-user` or `root`.
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// The ARN as the policy writes it.
    pub(super) arn: &'a str,
}

impl Name<'_> {
    fn comparable(&self) -> (&str, &str, &str) {
        (self.account, self.kind, self.name)
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.comparable() == other.comparable()
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
        self.comparable().cmp(&other.comparable())
    }
}

/// For whom a service acts: an account, an organization, or the unknown owner of one resource whose ARN has no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source<'a> {
    Account(&'a str),
    Organization(&'a str),
    Resource(&'a str),
}

/// IAM identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identities<'a> {
    pub(super) accounts: Set<&'a str>,
    pub(super) organizations: Set<&'a str>,
    pub(super) names: Set<Name<'a>>,
    /// `AROA…` for a role, `AIDA…` for a user, twelve digits for the root user of that account.
    pub(super) ids: Set<&'a str>,
}

impl<'a> Identities<'a> {
    pub(super) const ALL: Self = Self { accounts: Set::All, organizations: Set::All, names: Set::All, ids: Set::All };

    fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            accounts: self.accounts.and_unknown(&other.accounts, Owner::UNKNOWN)?,
            organizations: self.organizations.and_unknown(&other.organizations, OWN_ORGANIZATION)?,
            names: self.names.and(&other.names)?,
            ids: self.ids.and_unknown(&other.ids, Owner::UNKNOWN)?,
        })
    }

    /// True if some identity of the account may have one of the names.
    pub(super) fn may_name(&self, account: &'a str) -> bool {
        let first = self.names.first_from(Name { account, kind: "", name: "", arn: "" });
        self.names.is_all() || first.is_some_and(|name| name.account == account)
    }

    /// True if nothing restricts the identities.
    pub(super) fn are_unbounded(&self) -> bool {
        self.accounts.is_all() && self.organizations.is_all() && self.names.is_all() && self.ids.is_all()
    }
}

/// Service principals that call on their own behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Services<'a> {
    pub(super) names: Set<&'a str>,
    /// One of the names that the service has besides the one that a policy names as principal.
    pub(super) also_named: Set<&'a str>,
    pub(super) sources: Set<Source<'a>>,
}

impl<'a> Services<'a> {
    pub(super) const ALL: Self = Self { names: Set::All, also_named: Set::All, sources: Set::All };

    fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            names: self.names.and(&other.names)?,
            // One service has several names, so it may meet both bounds.
            also_named: (self.also_named.and(&other.also_named))
                .unwrap_or_else(|| self.also_named.clone().or(&other.also_named)),
            sources: both_sources(self.sources.clone(), &other.sources)?,
        })
    }
}

/// The sources that meet two bounds, `None` if no request can meet both.
///
/// A request can carry an account, an organization and an ARN at once, so two bounds of different kinds exclude nothing:
/// the more precise one is kept. Two organizations exclude each other. Two accounts are both kept: the condition keys they
/// come from need not agree, so the wider reading is reported.
///
/// `a` is taken by value so that the bounds of a thousand conditions are collected in one set.
pub(super) fn both_sources<'a>(a: Set<Source<'a>>, b: &Set<Source<'a>>) -> Option<Set<Source<'a>>> {
    // Accounts are the first in order, then organizations.
    let accounts = |set: &Set<Source>| matches!(set.last(), Some(Source::Account(_)));
    let organizations = |set: &Set<Source>| {
        matches!(set.last(), Some(Source::Organization(_)))
            && matches!(set.first_from(Source::Account("")), Some(Source::Organization(_)))
    };
    if a.is_all() || b.is_all() || organizations(&a) && organizations(b) {
        return a.and_unknown(b, Source::Organization(OWN_ORGANIZATION));
    }
    match (accounts(&a), accounts(b)) {
        (true, true) => a.and(b).or_else(|| Some(a.or(b))),
        (true, false) => Some(a),
        (false, true) => Some(b.clone()),
        (false, false) => Some(if organizations(b) { b.clone() } else { a }),
    }
}

/// How a call must be made. None of these constrains the account of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestConstraints {
    /// Through an AWS service (`kms:ViaService`).
    pub(super) via_service: bool,
    /// With a certain encryption context.
    pub(super) encryption_context: bool,
    /// From a certain network.
    pub(super) network: bool,
    /// From a network that the owner trusts.
    pub(super) trusted_network: bool,
    /// By members of an organizational unit that the owner trusts, or by services that act for them.
    pub(super) trusted_unit: bool,
    /// With a certain value of a condition key that the analyzer does not know.
    pub(super) unknown_key: bool,
    /// With a tag, a name pattern or another attribute that each account assigns to its own identities.
    pub(super) self_assigned: bool,
    /// Only for grants, and only those that an AWS service requests.
    pub(super) for_aws_resource: bool,
    /// Only for grants that cannot pass the plaintext on to an arbitrary principal.
    pub(super) bounded_grants: bool,
}

impl RequestConstraints {
    pub(super) const NONE: Self = Self {
        via_service: false,
        encryption_context: false,
        network: false,
        trusted_network: false,
        trusted_unit: false,
        unknown_key: false,
        self_assigned: false,
        for_aws_resource: false,
        bounded_grants: false,
    };

    fn and(self, other: Self) -> Self {
        Self {
            via_service: self.via_service || other.via_service,
            encryption_context: self.encryption_context || other.encryption_context,
            network: self.network || other.network,
            trusted_network: self.trusted_network || other.trusted_network,
            trusted_unit: self.trusted_unit || other.trusted_unit,
            unknown_key: self.unknown_key || other.unknown_key,
            self_assigned: self.self_assigned || other.self_assigned,
            for_aws_resource: self.for_aws_resource || other.for_aws_resource,
            bounded_grants: self.bounded_grants || other.bounded_grants,
        }
    }
}

/// Who may call what, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callers<'a> {
    pub(super) identities: Option<Identities<'a>>,
    pub(super) services: Option<Services<'a>>,
    pub(super) actions: Actions,
    pub(super) constraints: RequestConstraints,
}

impl<'a> Callers<'a> {
    /// Every identity of every account, and every service.
    pub(super) fn everyone() -> Self {
        Self {
            identities: Some(Identities::ALL),
            services: Some(Services::ALL),
            actions: Actions::ALL,
            constraints: RequestConstraints::NONE,
        }
    }

    pub(super) fn identities(identities: Identities<'a>) -> Self {
        Self { identities: Some(identities), services: None, ..Self::everyone() }
    }

    pub(super) fn services(services: Services<'a>) -> Self {
        Self { identities: None, services: Some(services), ..Self::everyone() }
    }

    pub(super) fn with_constraints(constraints: RequestConstraints) -> Self {
        Self { constraints, ..Self::everyone() }
    }

    /// The callers in both sets, `None` if there is nobody or nothing they may call.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let both = Self {
            identities: self.identities.as_ref().zip(other.identities.as_ref()).and_then(|(a, b)| a.and(b)),
            services: self.services.as_ref().zip(other.services.as_ref()).and_then(|(a, b)| a.and(b)),
            actions: self.actions.and(other.actions),
            constraints: self.constraints.and(other.constraints),
        };
        let somebody = both.identities.is_some() || both.services.is_some();
        (somebody && !both.actions.is_empty()).then_some(both)
    }

    /// True if `other` has the same callers, no other operations, and at least the same constraints.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.constraints.and(other.constraints) == other.constraints
            && other.actions.without(self.actions).is_empty()
            && self.identities == other.identities
            && self.services == other.services
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
    fn a_source_account_is_more_precise_than_a_resource_without_one() {
        use Source::{Account, Organization, Resource};
        let both = |a: &Set<Source<'static>>, b: &Set<Source<'static>>| both_sources(a.clone(), b).unwrap();
        let bucket = sources(&[Account("1"), Resource("arn:aws:s3:::logs")]);
        // The bucket may be in account 2.
        assert_eq!(both(&bucket, &sources(&[Account("1"), Account("2")])), sources(&[Account("1"), Account("2")]));
        assert_eq!(both(&sources(&[Organization("o-a")]), &bucket), sources(&[Organization("o-a")]));
        assert_eq!(both(&sources(&[Account("1")]), &sources(&[Account("2")])), sources(&[Account("1"), Account("2")]));
        let own = sources(&[Organization(OWN_ORGANIZATION)]);
        assert_eq!(both(&own, &sources(&[Organization("o-a")])), own);
        assert_eq!(both_sources(sources(&[Organization("o-a")]), &sources(&[Organization("o-b")])), None);
    }
}
