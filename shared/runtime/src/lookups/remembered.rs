//! The accounts of the organization, remembered for a day: every function would list them again for every event.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sealwatch_rules::engine::lookup::OrganizationAccounts;

/// An account in the list counts as a member this long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An account that is not in the list counts as foreign this long: it may have joined since. New accounts get access to keys
/// soon after they are created.
const COMPLETE: Duration = Duration::from_secs(10 * 60);

/// The last list, and when it was looked up.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<Option<(SystemTime, Arc<BTreeSet<String>>)>>);

impl Remembered {
    /// The list, if it is not too old. The clock, because monotonic time stands still while Lambda freezes a function.
    pub(super) fn get(&self, now: SystemTime) -> Option<OrganizationAccounts> {
        let (since, ids) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let age = now.duration_since(since).ok().filter(|age| *age < DAY)?;
        Some(OrganizationAccounts { ids, stale: age >= COMPLETE })
    }

    pub(super) fn set(&self, accounts: &OrganizationAccounts, now: SystemTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&accounts.ids)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_complete_for_minutes_and_forgotten_after_a_day() {
        let remembered = Remembered::default();
        let now = SystemTime::now();
        assert_eq!(remembered.get(now), None);
        remembered.set(&OrganizationAccounts { ids: Arc::default(), stale: false }, now);
        let after = |time: Duration| remembered.get(now + time).map(|accounts| accounts.stale);
        assert_eq!(after(Duration::from_secs(599)), Some(false));
        assert_eq!(after(Duration::from_secs(600)), Some(true));
        assert_eq!(after(DAY), None);
        assert_eq!(remembered.get(now - Duration::from_secs(1)), None, "the clock was set back");
    }
}
