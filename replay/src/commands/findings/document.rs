//! An entry as a JSON document.

use sealwatch_rules::ledger::{Entry, State};
use sealwatch_rules::settings::Settings;
use serde_json::{Value, json};

/// The stored finding, with its state.
pub(super) fn document(entry: &Entry, _settings: &Settings) -> Value {
    let mut document: Value = serde_json::from_str(&entry.finding).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        let state = if entry.state == State::Resolved { "resolved" } else { "open" };
        members.insert("state".to_owned(), json!(state));
        members.insert("first_seen".to_owned(), json!(entry.first_seen));
        if entry.state == State::Resolved {
            members.insert("resolved_at".to_owned(), json!(entry.resolved_at));
            members.insert("resolved_by".to_owned(), json!(entry.resolved_by));
        }
    }
    document
}
