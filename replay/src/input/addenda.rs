//! Records that CloudTrail corrected: a second record of the same call says which earlier one it replaces.

use std::collections::HashMap;

use sealwatch_rules::cloudtrail::record::{Record, Replaced};

/// A record that replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addendum {
    replaced: Replaced,
    /// Its own `eventID`.
    event_id: String,
}

impl Addendum {
    /// The addendum of a record, if it has one that replaces another record.
    pub(crate) fn of(record: &Record<'_>) -> Option<Addendum> {
        let replaced = record.replaces()?;
        Some(Addendum { replaced, event_id: record.event_id().into_owned() })
    }
}

/// All addenda of the input, by the id of the record that they replace.
#[derive(Debug, Default)]
pub(crate) struct Addenda(HashMap<String, Addendum>);

impl Addenda {
    /// Adds an addendum. Of several for the same record, the last one counts.
    pub(crate) fn add(&mut self, addendum: Addendum) {
        self.0.insert(addendum.replaced.event_id.clone(), addendum);
    }

    /// True if an addendum replaces this record.
    pub(crate) fn replace(&self, record: &Record<'_>) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let is_original = |addendum: &Addendum| {
            let request_id = addendum.replaced.request_id.as_deref();
            request_id.is_none_or(|request_id| request_id == record.request_id())
        };
        let earlier = record.replaces().and_then(|replaced| self.0.get(&replaced.event_id));
        self.0.get(&*record.event_id()).is_some_and(is_original)
            || earlier.is_some_and(|last| last.event_id != record.event_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, request: &str, addendum: &str) -> String {
        format!(r#"{{"eventName":"a","eventSource":"s","eventID":"{id}","requestID":"{request}"{addendum}}}"#)
    }

    fn updates(id: &str, original: &str, request: &str) -> String {
        let addendum = format!(
            r#","addendum":{{"reason":"UPDATED_DATA","originalEventID":"{original}","originalRequestID":"{request}"}}"#
        );
        record(id, "r-9", &addendum)
    }

    #[test]
    fn an_update_replaces_the_record_that_it_names() {
        let late = r#","addendum":{"reason":"DELIVERY_DELAY","originalEventID":"e-1"}"#;
        let (first, second) = (updates("e-2", "e-1", "r-1"), updates("e-3", "e-1", "r-1"));
        let mut addenda = Addenda::default();
        for text in [&first, &second, &record("e-4", "r-4", late), &updates("e-5", "REDACTED", "REDACTED")] {
            Addendum::of(&Record::parse(text).unwrap()).into_iter().for_each(|addendum| addenda.add(addendum));
        }
        for (text, want) in [
            (record("e-1", "r-1", ""), true),
            (first, true),
            (second, false),
            (record("e-1", "r-2", ""), false),
            (record("e-4", "r-4", late), false),
            (record("REDACTED", "REDACTED", ""), false),
        ] {
            assert_eq!(addenda.replace(&Record::parse(&text).unwrap()), want, "{text}");
        }
    }
}
