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
use crate::output::{shorten, state};
use crate::settings::Settings;

pub use crate::output::state::{how, lasted};
pub use gathered::gathered;
pub use reminder::reminder;
pub use resolved::resolved;

/// The text of a finding, shortened if it takes more than this many bytes in a JSON text: an item of DynamoDB has room for 400 KB.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub fn shortened(finding: &str, room: usize) -> String {
    let Ok(document) = serde_json::from_str::<Value>(finding) else { return String::new() };
    let write = |documents: &[Value], _| documents.first().map(Value::to_string).unwrap_or_default();
    shorten::fit(&mut [document], &fitting::steps(), room, write).0
}

/// The stored finding of an entry with the members of its state, in the format of the settings.
pub fn document(entry: &Entry, settings: &Settings) -> Value {
    state::document(entry, settings)
}
