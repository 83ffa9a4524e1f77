//! Exposures of sets that many callers share.
//!
//! One Deny can leave the same thousand accounts in a thousand statements. An exposure for each account of each statement
//! would grow with the square of the policy, so a shared set is listed only again if it gets more operations, and only a
//! few times. After that, its last exposures get the additional operations.

use super::action::Actions;
use super::analysis::Exposure;
use super::set::Set;
use std::collections::BTreeMap;
use std::ops::Range;

/// How often a shared set is listed.
const MAX_LISTINGS: usize = 8;

/// What a set contains. Exposures of different kinds differ, even if the set is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Accounts { in_trusted_organization: bool },
    Organizations,
    Names { in_trusted_organization: bool },
    Ids { in_any_organization: bool },
    Sources { in_trusted_unit: bool },
    Services { unverified: bool },
    Grants { unverified: bool },
}

/// Exposures, and which shared sets they list.
#[derive(Debug, Default)]
pub(super) struct Listings {
    pub(super) exposures: Vec<Exposure>,
    /// By the address of the set.
    known: BTreeMap<(Kind, *const ()), Listing>,
}

#[derive(Debug, Default)]
struct Listing {
    /// The operations with which all values are listed.
    actions: Actions,
    times: usize,
    /// The last exposures of all values.
    last: Range<usize>,
}

impl Listings {
    pub(super) fn push(&mut self, exposure: Exposure) {
        self.exposures.push(exposure);
    }

    /// Adds the exposures of all values of the set.
    pub(super) fn add<T: Ord + Copy>(
        &mut self,
        (set, kind): (&Set<T>, Kind),
        actions: Actions,
        exposure: impl Fn(T) -> Option<Exposure>,
    ) {
        let Some(address) = set.address() else { return self.exposures.extend(set.named().filter_map(exposure)) };
        let listing = self.known.entry((kind, address)).or_default();
        if actions.without(listing.actions).is_empty() {
            return;
        }
        if listing.times < MAX_LISTINGS {
            listing.times += 1;
            let start = self.exposures.len();
            self.exposures.extend(set.named().filter_map(exposure));
            listing.last = start..self.exposures.len();
        } else if let Some(last) = self.exposures.get_mut(listing.last.clone()) {
            // The same values have exposures each time: their kind is the same.
            for (known, more) in last.iter_mut().zip(set.named().filter_map(exposure)) {
                known.actions = known.actions.or(more.actions);
                known.severity = known.severity.max(more.severity);
                known.unverified &= more.unverified;
            }
        }
        listing.actions = listing.actions.or(actions);
    }

    /// Adds the exposures of the admitted values; of all values after [`MAX_LISTINGS`].
    pub(super) fn add_admitted<T: Ord + Copy>(
        &mut self,
        (set, kind): (&Set<T>, Kind),
        actions: Actions,
        is_admitted: impl Fn(&T) -> bool,
        exposure: impl Fn(T) -> Option<Exposure>,
    ) {
        let Some(address) = set.address() else {
            return self.exposures.extend(set.named().filter(is_admitted).filter_map(exposure));
        };
        let listing = self.known.entry((kind, address)).or_default();
        if actions.without(listing.actions).is_empty() {
            return;
        }
        if listing.times < MAX_LISTINGS {
            listing.times += 1;
            self.exposures.extend(set.named().filter(is_admitted).filter_map(exposure));
            return;
        }
        if listing.actions.is_empty() {
            // This set is listed for the first time with all its values.
            let start = self.exposures.len();
            self.exposures.extend(set.named().filter_map(exposure));
            listing.last = start..self.exposures.len();
            listing.actions = actions;
            return;
        }
        self.add((set, kind), actions, exposure);
    }
}

/// Which shared sets have been looked through, and for which operations.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<*const (), Actions>);

impl Seen {
    /// True if the set has not been looked through for all these operations.
    pub(super) fn is_new<T: Ord + Copy>(&mut self, set: &Set<T>, actions: Actions) -> bool {
        let Some(address) = set.address() else { return true };
        let seen = self.0.entry(address).or_insert(Actions::NONE);
        let is_new = !actions.without(*seen).is_empty();
        *seen = seen.or(actions);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::Action;
    use super::super::analysis::Grantee;
    use super::*;
    use crate::util::severity::Severity;
    use std::collections::BTreeSet;

    const ACTIONS: [Action; 12] = [
        Action::Decrypt,
        Action::Encrypt,
        Action::Sign,
        Action::Verify,
        Action::CreateGrant,
        Action::ListGrants,
        Action::DescribeKey,
        Action::GetPublicKey,
        Action::EnableKey,
        Action::DisableKey,
        Action::TagResource,
        Action::UntagResource,
    ];

    fn accounts() -> Set<u32> {
        Set::of(BTreeSet::from([1, 2, 3])).unwrap()
    }

    fn exposure(account: u32, actions: Actions) -> Exposure {
        let who = Grantee::Account(account.to_string());
        Exposure { severity: Severity::Low, unverified: false, statement: 0, who, actions }
    }

    #[test]
    fn a_shared_set_is_listed_a_few_times_and_keeps_all_operations() {
        let (set, mut listings) = (accounts(), Listings::default());
        for action in ACTIONS.into_iter().cycle().take(1_000) {
            let actions = Actions::of(&[action]);
            listings.add((&set, Kind::Organizations), actions, |account| Some(exposure(account, actions)));
        }
        assert_eq!(listings.exposures.len(), 3 * MAX_LISTINGS);
        let held = listings.exposures.iter().filter(|exposure| exposure.who == Grantee::Account("2".to_owned()));
        assert_eq!(held.fold(Actions::NONE, |all, exposure| all.or(exposure.actions)), Actions::of(&ACTIONS));
    }

    #[test]
    fn sets_of_their_own_are_listed_each_time() {
        let mut listings = Listings::default();
        let sets: Vec<_> = (0..20).map(|_| accounts()).collect();
        for set in &sets {
            listings.add((set, Kind::Organizations), Actions::ALL, |account| Some(exposure(account, Actions::ALL)));
        }
        assert_eq!(listings.exposures.len(), 60);
    }

    #[test]
    fn after_many_parts_the_whole_set_is_listed() {
        let (set, mut listings) = (accounts(), Listings::default());
        let kind = Kind::Names { in_trusted_organization: false };
        for action in ACTIONS.into_iter().cycle().take(1_000) {
            let actions = Actions::of(&[action]);
            let one = |account: &u32| *account == 1;
            listings.add_admitted((&set, kind), actions, one, |account| Some(exposure(account, actions)));
        }
        assert_eq!(listings.exposures.len(), MAX_LISTINGS + 3);
        let last = listings.exposures.last().unwrap();
        assert_eq!(last.actions, Actions::of(&ACTIONS));
    }
}
