//! Finds records in any input, by content: EventBridge events, bare records, lists and lines of them, and the forms of
//! [`WRAPPERS`], in each other too.
//!
//! The cost of a document is linear in its size: each level is read a fixed number of times, and there are at most `DEPTH`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::value::RawValue;

pub use crate::cloudtrail::documents::begins_with_json;
use crate::cloudtrail::documents::{self, Position};
use crate::cloudtrail::kms_event;
use crate::cloudtrail::log_file;
use crate::cloudtrail::object::{self, Envelope, Member, Object};
use crate::cloudtrail::record::{Record, RecordError};
use crate::cloudtrail::skim;
use crate::cloudtrail::wrapper::{WRAPPERS, Wrapper};

/// What was found in a text.
#[expect(clippy::large_enum_variant, reason = "made once, handed to one callback, never kept")]
pub enum Found<'a> {
    /// A CloudTrail record, and its JSON text including the EventBridge event around it.
    Record(Record<'a>, &'a str),
    /// JSON that holds no record: what an AWS CLI command printed, or anything else.
    Document(&'a RawValue),
    /// JSON in a form that may hold records, and holds none: the answer of a command that found nothing.
    Empty(&'a RawValue),
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
}

impl fmt::Debug for Found<'_> {
    /// Texts and documents may hold secrets, so they are never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Record(record, _) => f.debug_tuple("Record").field(record).finish_non_exhaustive(),
            Found::Document(_) => f.write_str("Document(…)"),
            Found::Empty(_) => f.write_str("Empty(…)"),
            Found::Unreadable(error) => f.debug_tuple("Unreadable").field(error).finish(),
            Found::NotJson { line, problem } => {
                f.debug_struct("NotJson").field("line", line).field("problem", problem).finish()
            }
            Found::Foreign => f.write_str("Foreign"),
        }
    }
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The line on which its JSON document begins, from 1.
    pub line: usize,
    /// Its position in the list that holds it, from 0.
    pub index: Option<usize>,
}

/// Decompresses gzip. `None` if that fails.
pub type Inflate<'i> = dyn FnMut(&[u8]) -> Option<Vec<u8>> + 'i;

/// How deeply lists and forms may lie in each other. An Elasticsearch answer with CloudTrail log files takes eight levels.
const DEPTH: usize = 16;

/// Reads everything in a text: one JSON document or many, one per line or not. Lines may begin with a time, as those that
/// CloudWatch Logs exports. What is compressed within the JSON is not read.
pub fn each(text: &str, found: &mut dyn FnMut(At, Found<'_>)) {
    read(text.as_bytes(), &mut Search { inflate: &mut |_| None, found });
}

/// Reads a text as [`each`] does, and what is compressed within it. What is not UTF-8 is a problem of its line, like
/// everything else that is not JSON.
pub fn each_in(text: &[u8], inflate: &mut Inflate<'_>, found: &mut dyn FnMut(At, Found<'_>)) {
    read(text, &mut Search { inflate, found });
}

/// Reads a text as [`each_in`] does. In log files, and in lists and sequences of records, skips the records of calls whose
/// event source and name `monitors` rejects, and returns how many it skipped.
///
/// `has_checksum` says that a checksum proved that the text is as it was written. In a log file as CloudTrail delivers it, most
/// of the text is then not looked at.
pub fn monitored(
    text: &[u8],
    has_checksum: bool,
    monitors: impl Fn(&[u8], &[u8]) -> bool,
    inflate: &mut Inflate<'_>,
    found: &mut dyn FnMut(At, Found<'_>),
) -> usize {
    let mut search = Search { inflate, found };
    if let Some(log) = has_checksum.then(|| log_file::read(text, &monitors)).flatten() {
        for (index, record) in log.monitored {
            search.document(record, At { line: 1, index: Some(index) }, DEPTH);
        }
        return log.others;
    }
    let Some(skimmed) = skim::read(text, monitors) else {
        read(text, &mut search);
        return 0;
    };
    for (Position { line, index }, document) in skimmed.found {
        search.document(document, At { line, index }, DEPTH);
    }
    skimmed.others
}

fn read(text: &[u8], search: &mut Search<'_, '_>) {
    documents::each(text, &mut |Position { line, index }, piece| {
        let at = At { line, index };
        match piece {
            Ok(document) => search.document(document, at, DEPTH),
            Err(problem) => (search.found)(at, Found::NotJson { line, problem }),
        }
    });
}

/// What a piece of JSON holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Nothing that is known here.
    Unknown,
    /// A known form, without records.
    Empty,
    /// Records, or events of another kind. They have been handed over.
    Records,
}

/// The callbacks of one search.
struct Search<'s, 'f> {
    inflate: &'s mut Inflate<'f>,
    found: &'s mut dyn FnMut(At, Found<'_>),
}

impl Search<'_, '_> {
    /// Hands over everything in a document, or the document itself.
    fn document(&mut self, raw: &RawValue, at: At, depth: usize) {
        match self.value(raw, at, depth) {
            Content::Records => {}
            Content::Empty => (self.found)(at, Found::Empty(raw)),
            Content::Unknown => match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                Ok(entries) => (0..).zip(entries).for_each(|(index, entry)| {
                    (self.found)(At { index: Some(index), ..at }, Found::Document(entry));
                }),
                Err(_) => (self.found)(at, Found::Document(raw)),
            },
        }
    }

    fn value(&mut self, raw: &RawValue, at: At, depth: usize) -> Content {
        let Some(depth) = depth.checked_sub(1) else { return Content::Unknown };
        match raw.get().as_bytes() {
            [b'[', ..] => self.list(raw, at, depth),
            [b'{', ..] => match object::delivered(raw.get()) {
                Some((record, envelope)) => self.record(&record, envelope, raw, at),
                None => match serde_json::from_str::<Object<'_>>(raw.get()) {
                    Ok(object) => self.object(&object, raw, at, depth),
                    Err(_) => Content::Unknown,
                },
            },
            [b'"', ..] => object::text(Some(raw)).map_or(Content::Unknown, |text| self.text(&text, at, depth)),
            _ => Content::Unknown,
        }
    }

    fn list(&mut self, raw: &RawValue, at: At, depth: usize) -> Content {
        match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(entries) => {
                let entries = (0..).zip(entries).map(|(index, entry)| (At { index: Some(index), ..at }, entry));
                self.entries(entries, depth)
            }
            Err(_) => Content::Unknown,
        }
    }

    /// Hands over the records in several documents. If some hold records, those that do not are handed over too.
    fn entries<'a>(&mut self, entries: impl Iterator<Item = (At, &'a RawValue)>, depth: usize) -> Content {
        let (mut content, mut unknown) = (Content::Empty, Vec::new());
        for (at, entry) in entries {
            let found = match entry.get().starts_with('[') {
                true => self.row(entry, at, depth),
                false => self.value(entry, at, depth),
            };
            match found {
                Content::Unknown => unknown.push((at, entry)),
                Content::Empty => {}
                Content::Records => content = Content::Records,
            }
        }
        if content == Content::Records {
            unknown.into_iter().for_each(|(at, entry)| (self.found)(at, Found::Document(entry)));
        } else if !unknown.is_empty() {
            content = Content::Unknown;
        }
        content
    }

    /// A list in a list: a row of the answer to a query. One of its cells may hold the record; the others
    /// are then not reported.
    fn row(&mut self, raw: &RawValue, at: At, depth: usize) -> Content {
        let Some(depth) = depth.checked_sub(1) else { return Content::Unknown };
        let Ok(cells) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else { return Content::Unknown };
        let found: Vec<Content> = cells.into_iter().map(|cell| self.value(cell, at, depth)).collect();
        match found {
            found if found.contains(&Content::Records) => Content::Records,
            found if found.contains(&Content::Unknown) => Content::Unknown,
            _ => Content::Empty,
        }
    }

    /// JSON as text. A message that CloudWatch Logs sends to test a subscription holds no record.
    fn text(&mut self, text: &str, at: At, depth: usize) -> Content {
        if text.starts_with("CWL CONTROL MESSAGE") {
            return Content::Empty;
        }
        match documents(text) {
            Some(documents) => self.entries(documents.into_iter().map(|document| (at, document)), depth),
            None => Content::Unknown,
        }
    }

    fn object(&mut self, object: &Object<'_>, raw: &RawValue, at: At, depth: usize) -> Content {
        if let Some(detail) = object.get(Member::Detail) {
            if let Ok(Some(inner)) = Object::of_record(detail.get()) {
                return self.record(&inner, Envelope::of(object), raw, at);
            }
            if object.text(Member::DetailType).is_some_and(|kind| !kind.ends_with("via CloudTrail")) {
                match kms_event::read(raw.get()) {
                    Some(event) => (self.found)(at, Found::Record(Record::of_kms_event(event), raw.get())),
                    None => (self.found)(at, Found::Foreign),
                }
                return Content::Records;
            }
        }
        let mut content = Content::Unknown;
        for wrapper in &WRAPPERS {
            match held(object, wrapper).map(|held| self.held(held, wrapper, at, depth)) {
                Some(Content::Records) => return Content::Records,
                Some(Content::Empty) => content = Content::Empty,
                Some(Content::Unknown) | None => {}
            }
        }
        if object.is_record() {
            return self.record(object, Envelope::default(), raw, at);
        }
        match Object::of_record(raw.get()) {
            Ok(Some(object)) => self.record(&object, Envelope::default(), raw, at),
            _ => content,
        }
    }

    /// What a form holds.
    fn held(&mut self, raw: &RawValue, wrapper: &Wrapper, at: At, depth: usize) -> Content {
        if let Some(partitions) = Some(raw).filter(|_| wrapper.first == Member::Records).and_then(partitions) {
            return self.entries(partitions.into_values().map(|records| (at, records)), depth);
        }
        let content = self.value(raw, at, depth);
        match object::text(Some(raw)) {
            Some(text) if wrapper.encoded && content == Content::Unknown => self.encoded(&text, wrapper, at, depth),
            _ => content,
        }
    }

    /// Base64 of JSON, or of gzip. Users cannot read base64, so each document in it is reported.
    fn encoded(&mut self, text: &str, wrapper: &Wrapper, at: At, depth: usize) -> Content {
        let Ok(mut bytes) = base64_simd::STANDARD.decode_to_vec(text) else { return Content::Unknown };
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let Some(inflated) = (self.inflate)(&bytes) else {
                let problem = format!("`{}` cannot be decompressed", wrapper.path.join("."));
                (self.found)(at, Found::NotJson { line: at.line, problem });
                return Content::Records;
            };
            bytes = inflated;
        }
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let Some((documents, depth)) = documents(text).zip(depth.checked_sub(1)) else { return Content::Unknown };
        documents.into_iter().for_each(|document| self.document(document, at, depth));
        Content::Records
    }

    fn record(&mut self, object: &Object<'_>, envelope: Envelope<'_>, raw: &RawValue, at: At) -> Content {
        // Insights events and others that are not about one call have no `eventName`, or have it elsewhere
        let category = object.text(Member::EventCategory);
        if object.get(Member::EventName).is_none() && category.is_some_and(|category| category != "Management") {
            (self.found)(at, Found::Foreign);
            return Content::Records;
        }
        match Record::of(object, envelope) {
            Ok(record) => (self.found)(at, Found::Record(record, raw.get())),
            Err(error) => (self.found)(at, Found::Unreadable(error)),
        }
        Content::Records
    }
}

/// The documents in a text. `None` if it is not JSON from beginning to end.
fn documents(text: &str) -> Option<Vec<&RawValue>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()
}

/// The lists of records in a Lambda event of Kafka, by topic and partition: `orders-0`.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html>
fn partitions(raw: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    let partitions: BTreeMap<String, &RawValue> =
        raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok())??;
    let is_partition = |name: &String| name.ends_with(|last: char| last.is_ascii_digit()) && name.contains('-');
    partitions.keys().all(is_partition).then_some(partitions)
}

/// What an object holds if it is of this form.
fn held<'a>(object: &Object<'a>, wrapper: &Wrapper) -> Option<&'a RawValue> {
    let mut held = object.get(wrapper.first)?;
    if wrapper.first == Member::Value && object.text(Member::Field).is_some_and(|field| field != "@message") {
        return None; // a cell of a query's answer
    }
    for name in wrapper.path.get(1..)? {
        held = serde_json::from_str::<HashMap<Cow<'_, str>, &RawValue>>(held.get()).ok()?.remove(*name)?;
    }
    Some(held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn word(found: Found<'_>) -> String {
        match found {
            Found::Record(record, _) => record.event_name().into_owned(),
            Found::Document(_) => "document".to_owned(),
            Found::Empty(_) => "empty".to_owned(),
            Found::Unreadable(error) => error.path.to_owned(),
            Found::NotJson { line, .. } => format!("broken@{line}"),
            Found::Foreign => "foreign".to_owned(),
        }
    }

    /// What was found, one word each: a record's event name, or the kind.
    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each(text, &mut |_, found| words.push(word(found)));
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
            ("7 \"x\"".to_owned(), vec!["document", "document"]),
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
        assert_eq!(words("{\n  \"a\": \"no end,\n  \"b\": 1\n}\n"), ["broken@2"]);
        assert_eq!(words("no json at all"), ["broken@1"]);
    }

    #[test]
    fn deep_wrapping_is_not_followed() {
        let mut text = record("A").to_string();
        for _ in 0..20 {
            text = format!("[{text}]");
        }
        assert_eq!(words(&text), ["document"]);
    }

    #[test]
    fn every_form_is_read() {
        let (a, b) = (record("A"), record("B"));
        let [text_a, text_b] = [a.to_string(), b.to_string()];
        let lower = json!({"eventname": "A", "eventsource": "s", "requestparameters": "{}"});
        for (text, want) in [
            (
                json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": text_a}, {"message": text_b}]}),
                "A B",
            ),
            (
                json!({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE: Checking"}]}),
                "empty",
            ),
            (
                json!({"events": [{"message": text_a}, {"message": "START RequestId: 1"}], "searchedLogStreams": []}),
                "A document",
            ),
            (json!({"events": [], "nextForwardToken": "f"}), "empty"),
            (json!({"Events": []}), "empty"),
            (json!({"Records": []}), "empty"),
            (json!([]), "empty"),
            (
                json!({"results": [[{"field": "@timestamp", "value": "2026"}, {"field": "@message", "value": text_a}],
                [{"field": "@message", "value": text_b}, {"field": "@ptr", "value": "x"}]], "status": "Complete"}),
                "A B",
            ),
            (json!({"results": [[{"field": "eventName", "value": "A"}]]}), "document"),
            (json!({"results": [[{"field": "requestParameters", "value": text_a}]]}), "document"),
            (json!({"results": [[{"value": text_a}]]}), "A"),
            (json!({"logEvents": [{"field": "requestParameters", "message": text_a}]}), "A"),
            (
                json!({"hits": {"total": 2, "hits": [{"_source": {"event": {"original": text_a}, "message": "m"}},
                {"_index": "i", "_source": {"event.original": text_b}}]}}),
                "A B",
            ),
            (json!({"_source": {"event": {"provider": "p"}, "message": text_a}}), "A"),
            (json!({"event": {"original": text_a}, "message": "m"}), "A"),
            (json!({"results": [{"_raw": text_a, "eventName": "A", "eventSource": "s"}, {"_raw": text_b}]}), "A B"),
            (json!({"preview": false, "result": {"_raw": text_a}}), "A"),
            (
                json!({"Events": [{"EventName": "A", "EventSource": "s", "CloudTrailEvent": a}, {"CloudTrailEvent": text_b}]}),
                "A B",
            ),
            (
                json!({"QueryStatus": "FINISHED", "QueryResultRows": [[{"eventJson": text_a}], [{"eventID": "2"}, {"eventJson": text_b}]]}),
                "A B",
            ),
            (json!([{"eventID": "1", "eventName": "A", "eventJson": text_a}]), "A"),
            (json!([lower]), "A"),
            (json!({"detail": lower}), "A"),
            (json!({"EventName": "A", "EventSource": "s", "RequestParameters": "{}"}), "A"),
            (json!({"detail-type": "AWS API Call via CloudTrail", "detail": text_a}), "A"),
            (json!({"detail-type": "AWS API Call via CloudTrail", "detail": {"name": "A"}}), "document"),
            (json!([text_a, text_b]), "A B"),
            (json!(text_a), "A"),
            (json!({"data": [{"id": "1", "attributes": {"service": "cloudtrail", "attributes": a}}]}), "A"),
            (json!({"_id": "1", "source": "cloudtrail", "attributes": b, "message": "m"}), "B"),
            (json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text_a}}]}), "A"),
            (json!({"payload": {"inner": text_a}}), "document"),
            (json!({"payload": text_a, "message": "m"}), "document"),
            (json!({"events": [], "payload": a}), "empty"),
            (json!({"logEvents": [{"message": text_a.split_at(text_a.len() - 1).0}]}), "document"),
        ] {
            assert_eq!(words(&text.to_string()).join(" "), want, "{text}");
        }
    }

    #[test]
    fn base64_and_gzip_in_documents_are_read() {
        let encode = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let lines = format!("{}\n{}\n", record("A"), record("B"));
        let subscription = json!({"logEvents": [{"message": record("C").to_string()}]}).to_string();
        let gzip = encode(&[b"\x1f\x8b", subscription.as_bytes()].concat());
        let kinesis = json!({"kinesis": {"data": gzip}, "eventSource": "aws:kinesis", "eventID": "shard", "eventName": "aws:kinesis:record"});
        for (text, want) in [
            (json!({"awslogs": {"data": gzip}}), "C"),
            (json!({"Records": [kinesis]}), "C"),
            (json!({"Records": [{"Data": encode(lines.as_bytes()), "PartitionKey": "1"}]}), "A B"),
            (json!({"records": [{"recordId": "1", "data": encode(lines.as_bytes())}]}), "A B"),
            (
                json!({"eventSource": "aws:kafka", "records": {"t-0": [{"value": encode(lines.as_bytes())}], "t-1": [{"value": gzip}]}}),
                "A B C",
            ),
            (json!({"records": [{"data": encode(b"{\"inner\":1}")}]}), "document"),
            (json!({"records": [{"data": encode(b"text")}]}), "document"),
            (json!({"awslogs": {"data": encode(b"\x1f\x8bbroken")}}), "broken@1"),
        ] {
            let mut words = Vec::new();
            let mut inflate =
                |gzip: &[u8]| gzip.strip_prefix(b"\x1f\x8b").filter(|text| *text != b"broken").map(<[u8]>::to_vec);
            let mut found = |_, found: Found<'_>| words.push(word(found));
            monitored(text.to_string().as_bytes(), true, |_, _| true, &mut inflate, &mut found);
            assert_eq!(words.join(" "), want, "{text}");
        }
        assert_eq!(words(&json!({"awslogs": {"data": gzip}}).to_string()), ["broken@1"], "functions do not decompress");
    }

    #[test]
    fn lines_may_begin_with_a_time() {
        let (a, b) = (record("A"), record("B"));
        let export = format!(
            "2026-10-03T07:15:09.000Z {a}\n2026-10-03T07:15:10.000Z START x\n2026-10-03 07:15:11 stream/1 {b}\n"
        );
        assert_eq!(words(&export), ["A", "B"]);
        assert!(begins_with_json(export.as_bytes()));
        let cut = export.replace("}\n2026-10-03T07:15:10", "\n2026-10-03T07:15:10");
        assert_eq!(words(&cut), ["broken@2", "B"]);
        assert!(!begins_with_json(b"2026-10-03T07:15:09.000Z START x\n"));
        assert!(!begins_with_json(b"2 111122223333 eni-1 {\"\n"));
    }

    /// A form around some JSON: as JSON, as text, or encoded.
    fn wrap(wrapper: &Wrapper, inner: &Value, how: u8) -> Value {
        let held = match how % 3 {
            1 => json!(inner.to_string()),
            2 if wrapper.encoded => json!(base64_simd::STANDARD.encode_to_string(inner.to_string())),
            _ => inner.clone(),
        };
        wrapper.path.iter().rev().fold(held, |inner, name| json!({*name: inner}))
    }

    proptest::proptest! {
        #[test]
        fn any_forms_around_any_records_yield_the_records_in_order(
            names in proptest::collection::vec("[A-Z][a-z]{1,3}", 1..6),
            forms in proptest::collection::vec((0..WRAPPERS.len(), 0..3_u8, proptest::bool::ANY), 0..4),
        ) {
            let mut text = json!(names.iter().map(|name| record(name)).collect::<Vec<_>>());
            for (index, how, list) in forms {
                text = wrap(WRAPPERS.get(index).unwrap(), &text, how);
                text = if list { json!([text]) } else { text };
            }
            proptest::prop_assert_eq!(words(&text.to_string()), names, "{}", text);
        }

        #[test]
        fn any_nesting_ends(forms in proptest::collection::vec((0..WRAPPERS.len(), 0..3_u8), 0..24)) {
            let mut text = record("A");
            for (index, how) in forms {
                text = wrap(WRAPPERS.get(index).unwrap(), &text, if text.to_string().len() < 10_000 { how } else { 0 });
            }
            let words = words(&text.to_string());
            proptest::prop_assert!(words == ["A"] || words == ["document"], "{:?}", words);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", json in r#"[\[\]{}",:a-z0-9\\ \n]{0,200}"#) {
            words(&text);
            words(&json);
        }
    }

    #[test]
    fn log_lines_with_a_time_in_brackets_are_not_json() {
        for (content, want) in [
            (&b"[2026-11-20T12:00:00Z] INFO started"[..], false),
            (b"[main] started", false),
            (b"{x", false),
            (b"version account-id", false),
            (b"", false),
            (b"[ {\"a\":1}]", true),
            (b"\xef\xbb\xbf\n{ \"a\": 1}", true),
            (b"[]", true),
        ] {
            assert_eq!(begins_with_json(content), want, "{content:?}");
        }
    }
}
