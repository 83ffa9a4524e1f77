//! What a new policy admits that the old one did not.

use super::exposure::{Analysis, Exposure, Who};
use super::{Actions, LockoutLevel};
use std::collections::BTreeMap;

impl Analysis {
    /// This analysis with only what the earlier policy of the same key did not admit already.
    ///
    /// An exposure is old if the same callers, or wider ones, had all its operations before.
    #[must_use]
    pub fn newly_admitted(&self, earlier: &Analysis) -> Analysis {
        let mut held: BTreeMap<&Who, Actions> = BTreeMap::new();
        for exposure in earlier.public.iter().chain(&earlier.network_bound).chain(&earlier.foreign) {
            let actions = held.entry(&exposure.who).or_insert(Actions::NONE);
            *actions = actions.or(exposure.actions);
        }
        let everyone = held.get(&Who::Everyone).copied().unwrap_or(Actions::NONE);
        let admitted = |list: &[Exposure]| {
            let is_new = |exposure: &&Exposure| {
                let before = held.get(&exposure.who).copied().unwrap_or(Actions::NONE);
                !exposure.actions.without(before.or(everyone)).is_empty()
            };
            list.iter().filter(is_new).cloned().collect::<Vec<_>>()
        };
        Analysis {
            public: admitted(&self.public),
            network_bound: admitted(&self.network_bound),
            foreign: admitted(&self.foreign),
            account_wide: beyond(&self.account_wide, &earlier.account_wide),
            unbound_services: beyond(&self.unbound_services, &earlier.unbound_services),
            broad_services: beyond(&self.broad_services, &earlier.broad_services),
            unbounded_grants: beyond(&self.unbounded_grants, &earlier.unbounded_grants),
            mixed_duties: beyond(&self.mixed_duties, &earlier.mixed_duties),
            ..self.clone()
        }
    }

    /// The owner's hold on the key is weaker than under the earlier policy
    pub fn loosens_hold(&self, earlier: &Analysis) -> bool {
        self.lockout.level > earlier.lockout.level.max(LockoutLevel::None)
    }
}

/// The exposures of `now` that have operations which `before` did not give to the same callers
fn beyond(now: &[Exposure], before: &[Exposure]) -> Vec<Exposure> {
    let mut held: BTreeMap<&Who, Actions> = BTreeMap::new();
    for exposure in before {
        let actions = held.entry(&exposure.who).or_insert(Actions::NONE);
        *actions = actions.or(exposure.actions);
    }
    let old = |exposure: &Exposure| held.get(&exposure.who).copied().unwrap_or(Actions::NONE);
    now.iter().filter(|exposure| !exposure.actions.without(old(exposure)).is_empty()).cloned().collect()
}
