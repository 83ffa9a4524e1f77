//! Messages made from what the ledger stores: what is resolved, what a storm gathered, and what is still open.
//!
//! Everything that an entry and its finding say is text from outside, as in the messages about events.

mod fitting;
mod gathered;
mod reminder;
mod resolved;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::ledger::Entry;
use crate::output::state;
use crate::settings::Settings;

pub use crate::output::state::{how, lasted};
pub use gathered::gathered;
pub use reminder::reminder;
pub use resolved::resolved;

/// The stored finding of an entry with the members of its state, in the format of the settings.
pub fn document(entry: &Entry, settings: &Settings) -> Value {
    state::in_format(state::stored(entry), entry, entry.notice(), settings)
}
