//! Finds records in any input, by content: EventBridge events, bare records, log files, JSON lines, `LookupEvents`
//! answers, on-failure records, queue messages.

use serde_json::value::RawValue;

use crate::cloudtrail::documents::{self, Position};
use crate::cloudtrail::log_file;
use crate::cloudtrail::record::{Envelope, Member, Object, Record, RecordError};

/// What was found in a text.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once, handed to one callback, never kept")]
pub enum Found<'a> {
    /// A CloudTrail record, and its JSON text including the EventBridge event around it.
    Record(Record<'a>, &'a str),
    /// Another JSON object: what an AWS CLI command printed, or anything else.
    Document(&'a RawValue),
    /// A record that cannot be read.
    Unreadable(RecordError),
    /// Text that is not JSON. Reading continues after it, if possible.
    NotJson {
        /// The line in the text, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// An event of another kind: well-formed, but not about an API call.
    Foreign,
    /// JSON that is none of these.
    Unknown,
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The line on which its JSON document begins, from 1.
    pub line: usize,
    /// Its position in the list that holds it, from 0.
    pub index: Option<usize>,
}

/// Messages may hold events that hold messages; nothing real is nested deeper.
const DEPTH: usize = 8;

/// Reads everything in a text: one JSON document or many, one per line or not.
pub fn each(text: &str, found: &mut dyn FnMut(At, Found<'_>)) {
    each_in(text.as_bytes(), found);
}

/// Reads everything in a text as [`each`] does. What is not UTF-8 is a problem of its line, like everything else that is
/// not JSON.
pub fn each_in(text: &[u8], found: &mut dyn FnMut(At, Found<'_>)) {
    documents::each(text, &mut |Position { line, index }, piece| {
        let at = At { line, index };
        match piece {
            Ok(document) => value(document, at, DEPTH, found),
            Err(problem) => found(at, Found::NotJson { line, problem }),
        }
    });
}

/// Reads a text as [`each_in`] does. In a log file as CloudTrail delivers it, skips the records of calls whose event source
/// and name `monitors` rejects, and returns how many it skipped.
pub fn monitored(text: &[u8], monitors: fn(&[u8], &[u8]) -> bool, found: &mut dyn FnMut(At, Found<'_>)) -> usize {
    let Some(log) = log_file::read(text, monitors) else {
        each_in(text, found);
        return 0;
    };
    for (index, record) in log.monitored {
        value(record, At { line: 1, index: Some(index) }, DEPTH, found);
    }
    log.others
}

fn value(raw: &RawValue, at: At, depth: usize, found: &mut dyn FnMut(At, Found<'_>)) {
    let text = raw.get();
    if text.starts_with('[') {
        return list(raw, at, depth, found);
    }
    match serde_json::from_str::<Object<'_>>(text) {
        Ok(object) => of_object(object, raw, at, depth, found),
        Err(_) => found(at, Found::Unknown),
    }
}

fn list(raw: &RawValue, at: At, depth: usize, found: &mut dyn FnMut(At, Found<'_>)) {
    let Some(depth) = depth.checked_sub(1) else {
        return found(at, Found::Unknown);
    };
    match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        Ok(entries) => {
            for (index, entry) in entries.into_iter().enumerate() {
                value(entry, At { index: Some(index), ..at }, depth, found);
            }
        }
        Err(_) => found(at, Found::Unknown),
    }
}

fn of_object<'a>(object: Object<'a>, raw: &'a RawValue, at: At, depth: usize, found: &mut dyn FnMut(At, Found<'_>)) {
    let nested = [Member::Records, Member::Events, Member::Messages, Member::RequestPayload];
    if let Some(inner) = nested.into_iter().find_map(|field| object.get(field)) {
        return match depth.checked_sub(1) {
            Some(depth) => value(inner, at, depth, found),
            None => found(at, Found::Unknown),
        };
    }
    if let Some(detail) = object.get(Member::Detail) {
        return match serde_json::from_str::<Object<'_>>(detail.get()) {
            Ok(inner) if is_record(&inner) => record(inner, Envelope::of(&object), raw, at, found),
            _ => found(at, Found::Foreign),
        };
    }
    let texts = [Member::CloudTrailEvent, Member::Body, Member::Message];
    if let Some(text) = texts.into_iter().find_map(|field| object.text(field)) {
        return match (serde_json::from_str::<&RawValue>(&text), depth.checked_sub(1)) {
            (Ok(inner), Some(depth)) => value(inner, at, depth, found),
            _ => found(at, Found::Unknown),
        };
    }
    if is_record(&object) {
        record(object, Envelope::default(), raw, at, found);
    } else {
        found(at, Found::Document(raw));
    }
}

/// Any two of the members that only records have together.
fn is_record(object: &Object<'_>) -> bool {
    let members = [Member::EventName, Member::EventSource, Member::EventTime, Member::EventId, Member::UserIdentity];
    members.into_iter().filter(|field| object.get(*field).is_some()).count() >= 2
}

fn record<'a>(
    object: Object<'a>,
    envelope: Envelope<'a>,
    raw: &'a RawValue,
    at: At,
    found: &mut dyn FnMut(At, Found<'_>),
) {
    // Insights events and others that are not about one call have no `eventName`, or have it elsewhere
    let category = object.text(Member::EventCategory);
    if object.get(Member::EventName).is_none() && category.is_some_and(|category| category != "Management") {
        return found(at, Found::Foreign);
    }
    match Record::of(object, envelope) {
        Ok(record) => found(at, Found::Record(record, raw.get())),
        Err(error) => found(at, Found::Unreadable(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// What was found, one word each: a record's event name, or the kind.
    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each(text, &mut |at, found| {
            words.push(match found {
                Found::Record(record, _) => record.event_name().into_owned(),
                Found::Document(_) => "document".to_owned(),
                Found::Unreadable(error) => error.path.to_owned(),
                Found::NotJson { line, .. } => format!("broken@{line}"),
                Found::Foreign => "foreign".to_owned(),
                Found::Unknown => format!("unknown@{}", at.line),
            });
        });
        words
    }

    fn record(name: &str) -> Value {
        json!({"eventName": name, "eventSource": "kinesis.amazonaws.com"})
    }

    #[test]
    fn every_wrapping_is_recognized_by_content() {
        let event =
            json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.kinesis", "detail": record("A")});
        for (text, want) in [
            (record("A").to_string(), vec!["A"]),
            (event.to_string(), vec!["A"]),
            (json!({"Records": [record("A"), record("B")]}).to_string(), vec!["A", "B"]),
            (json!([record("A"), event]).to_string(), vec!["A", "A"]),
            (format!("{}\n{}\n", record("A"), record("B")), vec!["A", "B"]),
            (format!("\u{feff}{:#}\n{:#}", record("A"), record("B")), vec!["A", "B"]),
            (json!({"Events": [{"EventId": "1", "CloudTrailEvent": record("A").to_string()}]}).to_string(), vec!["A"]),
            (json!({"requestContext": {}, "requestPayload": event, "responsePayload": {}}).to_string(), vec!["A"]),
            (json!({"Messages": [{"Body": event.to_string()}]}).to_string(), vec!["A"]),
            (json!({"Records": [{"eventSource": "aws:sqs", "body": event.to_string()}]}).to_string(), vec!["A"]),
            (json!({"Messages": [{"Body": json!({"requestPayload": event}).to_string()}]}).to_string(), vec!["A"]),
            (json!({"Type": "Notification", "Message": event.to_string()}).to_string(), vec!["A"]),
            (json!({"KeyMetadata": {"Arn": "a"}}).to_string(), vec!["document"]),
            (
                json!({"detail-type": "EC2 Instance State-change Notification", "detail": {"state": "running"}})
                    .to_string(),
                vec!["foreign"],
            ),
            (json!({"eventTime": "t", "eventID": "i", "eventCategory": "Insight"}).to_string(), vec!["foreign"]),
            (json!({"name": "left-pad"}).to_string(), vec!["document"]),
            (String::new(), vec![]),
            ("7 \"x\"".to_owned(), vec!["unknown@1", "unknown@1"]),
            (json!({"eventName": 7, "eventTime": "t", "eventSource": "s"}).to_string(), vec!["eventName"]),
        ] {
            assert_eq!(words(&text), want, "{text}");
        }
    }

    #[test]
    fn a_broken_line_is_named_and_the_rest_is_read() {
        let text = format!("{}\n{{\"eventName\": oops}}\n{}\n{{\"cut\": \n{}", record("A"), record("B"), record("C"));
        assert_eq!(words(&text), ["A", "broken@2", "B", "broken@4", "C"]);
        assert_eq!(words("{\n  \"a\": 1,\n  \"b\": oops\n}\n"), ["broken@3"]);
        assert_eq!(words("no json at all"), ["broken@1"]);
    }

    #[test]
    fn deep_wrapping_is_not_followed() {
        let mut text = record("A").to_string();
        for _ in 0..20 {
            text = format!("[{text}]");
        }
        assert_eq!(words(&text), ["unknown@1"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", json in r#"[\[\]{}",:a-z0-9\\ \n]{0,200}"#) {
            words(&text);
            words(&json);
        }
    }
}
