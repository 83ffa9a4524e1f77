//! What a new policy admits that the earlier one did not.

use super::action::Actions;
use super::analysis::{Analysis, Exposure, Grantee};
use std::collections::BTreeMap;

impl Analysis {
    /// This analysis, reduced to the exposures that the earlier policy of the same key did not have.
    ///
    /// An exposure is old if the same grantee, or everyone, already had all its operations.
    #[must_use]
    pub fn newly_admitted(&self, earlier: &Analysis) -> Analysis {
        let held = actions_by_grantee(earlier.public.iter().chain(&earlier.network_bound).chain(&earlier.foreign));
        let everyone = held.get(&Grantee::Everyone).copied().unwrap_or(Actions::NONE);
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
            account_wide: added(&self.account_wide, &earlier.account_wide),
            unbound_services: added(&self.unbound_services, &earlier.unbound_services),
            broad_services: added(&self.broad_services, &earlier.broad_services),
            unbounded_grants: added(&self.unbounded_grants, &earlier.unbounded_grants),
            mixed_duties: added(&self.mixed_duties, &earlier.mixed_duties),
            ..self.clone()
        }
    }
}

/// The exposures of `now` with operations that `before` did not give to the same grantee.
fn added(now: &[Exposure], before: &[Exposure]) -> Vec<Exposure> {
    let held = actions_by_grantee(before);
    let old = |exposure: &Exposure| held.get(&exposure.who).copied().unwrap_or(Actions::NONE);
    now.iter().filter(|exposure| !exposure.actions.without(old(exposure)).is_empty()).cloned().collect()
}

fn actions_by_grantee<'a>(exposures: impl IntoIterator<Item = &'a Exposure>) -> BTreeMap<&'a Grantee, Actions> {
    let mut held = BTreeMap::new();
    for exposure in exposures {
        let actions = held.entry(&exposure.who).or_insert(Actions::NONE);
        *actions = actions.or(exposure.actions);
    }
    held
}
