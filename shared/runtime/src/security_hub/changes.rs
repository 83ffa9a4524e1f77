//! What the records of a table's stream change that Security Hub shows.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html>

use std::collections::HashMap;

use sealwatch_rules::output::asff::{self, Hub};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::util::time::Seconds;
use serde_json::Value;

use crate::ledger::from_item;

/// A finding to import.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Import {
    pub(super) account: String,
    pub(super) fingerprint: String,
    /// Of the record that it is from.
    pub(super) sequence_number: String,
    pub(super) finding: Value,
}

/// What is to be imported, and what cannot be.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// At most one for each fingerprint, in the order of the records.
    pub(super) imports: Vec<Import>,
    /// The sequence numbers of records that cannot be read.
    pub(super) unreadable: Vec<String>,
    /// The records that have no sequence number either: nothing can be tried again.
    pub(super) lost: usize,
    /// Why they cannot be read.
    pub(super) problems: Vec<String>,
}

/// What the records of an event change. `now` is the time of a record that has none.
///
/// Of several records of one entry only the last one that changes something counts: the records of an item come in the order of
/// its writes.
pub(super) fn changes(event: &Value, hub: Hub<'_>, now: Seconds) -> Changes {
    let mut changes = Changes::default();
    let mut last: HashMap<String, usize> = HashMap::new();
    let records = event.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for record in records {
        match change(record, hub, now) {
            Ok(None) => {}
            Ok(Some(import)) => match last.get(&import.fingerprint).and_then(|place| changes.imports.get_mut(*place)) {
                Some(earlier) => *earlier = import,
                None => {
                    last.insert(import.fingerprint.clone(), changes.imports.len());
                    changes.imports.push(import);
                }
            },
            Err(problem) => {
                changes.problems.push(problem);
                match sequence_number(record) {
                    "" => changes.lost += 1,
                    number => changes.unreadable.push(number.to_owned()),
                }
            }
        }
    }
    changes
}

/// What one record changes; `None` if nothing that Security Hub shows. An item that is removed has expired: it was resolved
/// long before.
fn change(record: &Value, hub: Hub<'_>, now: Seconds) -> Result<Option<Import>, String> {
    let data = record.get("dynamodb").unwrap_or(&Value::Null);
    let Some(item) = data.get("NewImage").filter(|item| item.get("rule").is_some()) else {
        return Ok(None); // removed, or a counter
    };
    let entry = from_item(item).map_err(|problem| {
        let fingerprint = item.pointer("/fingerprint/S").and_then(Value::as_str).unwrap_or("without a fingerprint");
        let fingerprint = plain(fingerprint);
        format!("the entry `{fingerprint}` in the ledger's stream cannot be read: {problem}; deploy the same version of all functions")
    })?;
    let time = data.get("ApproximateCreationDateTime").and_then(Value::as_f64);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole seconds; what is out of range becomes the nearest value"
    )]
    let updated_at = asff::updated_at(&entry, time.map_or(now, |time| time as Seconds));
    let Some(finding) = asff::finding(&entry, hub, &updated_at) else { return Ok(None) };
    let old = data.get("OldImage").and_then(|item| from_item(item).ok());
    if old.and_then(|old| asff::finding(&old, hub, &updated_at)).as_ref() == Some(&finding) {
        return Ok(None);
    }
    Ok(Some(Import {
        account: entry.subject.account,
        fingerprint: entry.subject.fingerprint,
        sequence_number: sequence_number(record).to_owned(),
        finding,
    }))
}

fn sequence_number(record: &Value) -> &str {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default()
}
