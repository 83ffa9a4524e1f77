//! Messages made from what the ledger stores.

use serde_json::Value;

use crate::ledger::{Entry, Notice};
use crate::output::sns::Report;
use crate::output::state;
use crate::settings::Settings;
use crate::util::time::Seconds;

pub use crate::output::state::{how, lasted};

/// The stored finding of an entry with the members of its state, in the format of the settings.
pub fn document(entry: &Entry, settings: &Settings) -> Value {
    state::in_format(state::stored(entry), entry, entry.notice(), settings)
}

/// What is told about entries that are resolved: one message for each event that resolved some.
pub fn resolved(_entries: &[Entry], _settings: &Settings) -> Vec<Report> {
    Vec::new()
}

/// What is told about many entries at once.
pub fn gathered(_entries: &[(Notice, &Entry)], _settings: &Settings) -> Vec<Report> {
    Vec::new()
}

/// What is open in an account and Region.
pub fn reminder(
    _account: &str,
    _region: &str,
    _entries: &[Entry],
    _now: Seconds,
    _settings: &Settings,
) -> Option<Report> {
    None
}
