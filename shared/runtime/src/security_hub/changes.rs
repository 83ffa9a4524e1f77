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
                changes.unreadable.push(sequence_number(record).to_owned());
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

/// The number that Lambda knows a record by. Without one the whole event is tried again: that is what Lambda does for an empty
/// identifier.
fn sequence_number(record: &Value) -> &str {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const HUB: Hub<'static> = Hub { partition: "aws", region: "eu-west-1" };

    /// An item of the table: this version of an entry, with this detail and in this state.
    fn item(fingerprint: &str, version: u64, state: &str, detail: &str) -> Value {
        let moment = json!({"M": {"time": {"N": "1795341600"}, "rank": {"N": "1"}, "wrong": {"BOOL": true}, "event": {"S": "e"}}});
        json!({"fingerprint": {"S": fingerprint}, "rule": {"S": "kms-key-disabled"}, "detector": {"S": "kms-key-lifecycle"},
            "resource": {"S": "arn:aws:kms:eu-west-1:111122223333:key/k"}, "account": {"S": "111122223333"},
            "region": {"S": "eu-west-1"}, "version": {"N": version.to_string()}, "state": {"S": state},
            "severity": {"S": "high"}, "finding": {"S": json!({"title": "Key disabled", "detail": detail}).to_string()},
            "verdict": {"M": {"moment": moment, "origin": {"S": "event"}}}})
    }

    fn record(number: &str, old: Option<Value>, new: Option<Value>) -> Value {
        let mut data = json!({"SequenceNumber": number, "ApproximateCreationDateTime": 1_795_341_700.0});
        let images = [("OldImage", old), ("NewImage", new)];
        data.as_object_mut()
            .unwrap()
            .extend(images.into_iter().filter_map(|(name, image)| Some((name.to_owned(), image?))));
        json!({"eventID": "x", "eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": data})
    }

    /// The sequence numbers of the imports, and those that cannot be read.
    fn read(records: Vec<Value>) -> (Vec<String>, Vec<String>) {
        let changes = changes(&json!({"Records": records}), HUB, 0);
        (changes.imports.into_iter().map(|import| import.sequence_number).collect(), changes.unreadable)
    }

    #[test]
    fn what_security_hub_shows_is_imported_and_nothing_else() {
        let open = |version| Some(item("f", version, "open", "disabled"));
        let counter = json!({"fingerprint": {"S": "storm#1"}, "count": {"N": "3"}});
        for (what, old, new, is_imported) in [
            ("a new entry", None, open(1), true),
            ("a claim", open(1), open(2), false),
            ("another detail", open(2), Some(item("f", 3, "open", "disabled again")), true),
            ("a resolution", open(3), Some(item("f", 4, "resolved", "disabled")), true),
            ("an old image of another version", Some(json!({"rule": {"S": "r"}})), open(4), true),
            ("a removal", open(4), None, false),
            ("a counter", None, Some(counter), false),
        ] {
            let wanted = if is_imported { vec!["1"] } else { Vec::new() };
            assert_eq!(
                read(vec![record("1", old, new)]),
                (wanted.into_iter().map(str::to_owned).collect(), vec![]),
                "{what}"
            );
        }
    }

    #[test]
    fn of_one_entry_the_last_change_counts() {
        let open = item("f", 1, "open", "disabled");
        let claimed = item("f", 2, "open", "disabled");
        let resolved = item("f", 3, "resolved", "disabled");
        let records = vec![
            record("1", None, Some(open.clone())),
            record("2", None, Some(item("other", 1, "open", "disabled"))),
            record("3", Some(open.clone()), Some(claimed.clone())),
        ];
        // if the import fails, everything from the change on is tried again: from the claim on, nothing would be imported
        assert_eq!(read(records.clone()).0, ["1", "2"]);
        let records = [records, vec![record("4", Some(claimed), Some(resolved))]].concat();
        let changes = changes(&json!({"Records": records}), HUB, 0);
        let first = &changes.imports[0];
        assert_eq!((first.sequence_number.as_str(), &first.finding["RecordState"]), ("4", &json!("ARCHIVED")));
        assert_eq!(first.finding["UpdatedAt"], "2026-11-22T10:01:40.003Z");
        assert_eq!(changes.imports.len(), 2);
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_tried_again_and_named() {
        let mut newer = item("f\u{202e}", 1, "half-open", "disabled");
        let changes = changes(&json!({"Records": [record("7", None, Some(newer.take()))]}), HUB, 0);
        assert_eq!((changes.imports.len(), changes.unreadable), (0, vec!["7".to_owned()]));
        let problem = &changes.problems[0];
        assert!(
            problem.contains("`f\u{fffd}`") && problem.contains("unknown variant, expected one of `open`"),
            "{problem}"
        );
    }

    #[test]
    fn what_is_no_event_of_a_stream_changes_nothing() {
        for event in [json!({}), json!(null), json!({"Records": {}}), json!({"Records": [null, {"dynamodb": 1}]})] {
            let changes = changes(&event, HUB, 0);
            assert_eq!((changes.imports.len(), changes.unreadable.len()), (0, 0), "{event}");
        }
    }

    /// A Security Hub, as far as it is documented: it ignores what is not newer.
    ///
    /// <https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html>
    fn take(kept: &mut HashMap<String, Value>, import: Import) {
        let is_newer = |old: &Value| import.finding["UpdatedAt"].as_str() > old["UpdatedAt"].as_str();
        if kept.get(&import.fingerprint).is_none_or(is_newer) {
            kept.insert(import.fingerprint, import.finding);
        }
    }

    proptest! {
        /// Lambda tries everything from the first failed record on again, in events of another size.
        #[test]
        fn whatever_fails_security_hub_ends_with_what_holds(
            writes in proptest::collection::vec((0..3_usize, 0..4_usize, 0..2_i64), 1..30),
            mut failures in proptest::collection::vec((any::<bool>(), 1..9_usize), 0..40),
        ) {
            const STATES: [(&str, &str); 4] =
                [("open", "disabled"), ("open", "deleted"), ("unverified", "denied"), ("resolved", "disabled")];
            let (mut items, mut records, mut time) = ([const { None }; 3], Vec::new(), 1_795_341_600);
            for (version, (entry, state, pause)) in writes.into_iter().enumerate() {
                let (state, detail) = STATES[state];
                let new = item(&format!("f{entry}"), version as u64 + 1, state, detail);
                time += pause;
                let mut record = record(&version.to_string(), items[entry].replace(new.clone()), Some(new));
                record["dynamodb"]["ApproximateCreationDateTime"] = json!(time);
                records.push(record);
            }
            let (mut kept, mut next) = (HashMap::new(), 0);
            while next < records.len() {
                let (mut fails, size) = failures.pop().unwrap_or((false, 7));
                let end = records.len().min(next + size);
                let changes = changes(&json!({"Records": records[next..end]}), HUB, 0);
                let mut failed = Vec::new();
                for import in changes.imports {
                    match fails {
                        true => failed.push(import.sequence_number.parse::<usize>().unwrap()),
                        false => take(&mut kept, import),
                    }
                    fails = !fails && !failures.is_empty();
                }
                next = failed.into_iter().min().unwrap_or(end);
            }
            for item in items.into_iter().flatten() {
                let entry = from_item(&item).unwrap();
                let found = &kept[&entry.subject.fingerprint];
                let wanted = asff::finding(&entry, HUB, found["UpdatedAt"].as_str().unwrap()).unwrap();
                assert_eq!(*found, wanted);
            }
        }
    }
}
