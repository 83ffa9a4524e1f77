//! Recognizing duplicates: archives and queues often hold the same record more than once.

use std::collections::HashSet;

/// The records that were evaluated.
///
/// A duplicate is the same record, not the same `eventID`: people mask ids before they share records.
#[derive(Default)]
pub(crate) struct SeenEvents(HashSet<u128>);

impl SeenEvents {
    /// Adds the identity of a record. True if it is new.
    pub(crate) fn insert(&mut self, identity: u128) -> bool {
        self.0.insert(identity)
    }
}
