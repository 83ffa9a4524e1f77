//! Records in JSON of any layout: indented, with spaces, with members in another order, in lists and in lines. Only the records
//! of monitored calls are parsed.
//!
//! The result is the same as that of reading in full, for any text: everything is checked to be JSON ([`Cursor`]), and a
//! document in which anything could be read in another way is read in full: one that is no list of records, no log file and
//! no record, and one with records that have a second event name, escapes in names of members or
//! of the call, or members that other forms hold records in.

use std::str;

use serde_json::value::RawValue;

use crate::cloudtrail::cursor::{Cursor, Text};
use crate::cloudtrail::documents::Position;
use crate::cloudtrail::object::Member;

/// What is in a text.
#[derive(Debug, Default)]
pub(crate) struct Skimmed<'t> {
    /// How many records are of calls that are not monitored.
    pub(crate) others: usize,
    /// Records of monitored calls, and documents that must be read in full.
    pub(crate) found: Vec<(Position, &'t RawValue)>,
}

/// Finds the monitored calls in a text. `None` if it is not a sequence of JSON objects and lists.
pub(crate) fn read<'t>(text: &'t [u8], monitors: impl Fn(&[u8], &[u8]) -> bool) -> Option<Skimmed<'t>> {
    str::from_utf8(text).ok()?;
    let mut cursor = Cursor::new(text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text));
    let mut skimmed = Skimmed::default();
    while let Some(first) = cursor.peek() {
        let (start, line) = (cursor.offset(), cursor.line());
        let (others, found) = (skimmed.others, skimmed.found.len());
        let is_usual = match first {
            b'[' => skimmed.list(&mut cursor, line, &monitors)?,
            b'{' => skimmed.object(&mut cursor, line, &monitors)?,
            _ => return None,
        };
        if !is_usual {
            skimmed.others = others;
            skimmed.found.truncate(found);
            skimmed.keep(&cursor, start, Position { line, index: None })?;
        }
    }
    Some(skimmed)
}

impl<'t> Skimmed<'t> {
    /// Adds a log file or a record. False if the object must be read in full.
    #[inline]
    fn object(
        &mut self,
        cursor: &mut Cursor<'t>,
        line: usize,
        monitors: &impl Fn(&[u8], &[u8]) -> bool,
    ) -> Option<bool> {
        let start = cursor.offset();
        let (mut members, mut lists, mut are_usual) = (Members::default(), 0, true);
        cursor.object(|cursor, name| match name.without_escapes() {
            Some(b"Records" | b"records") if cursor.peek() == Some(b'[') => {
                lists += 1;
                are_usual &= self.list(cursor, line, monitors)?;
                Some(())
            }
            _ => members.add(cursor, name),
        })?;
        match lists {
            0 => self.record(cursor, start, Position { line, index: None }, &members, monitors),
            _ => Some(lists == 1 && are_usual && !members.is_unusual),
        }
    }

    /// Adds a list of records. False if it must be read in full.
    #[inline]
    fn list(&mut self, cursor: &mut Cursor<'t>, line: usize, monitors: &impl Fn(&[u8], &[u8]) -> bool) -> Option<bool> {
        let (mut are_usual, mut next) = (true, 0);
        cursor.list(|cursor| {
            let is_object = cursor.peek()? == b'{';
            let start = cursor.offset();
            if !are_usual || !is_object {
                are_usual = false;
                return cursor.value();
            }
            let mut members = Members::default();
            cursor.object(|cursor, name| members.add(cursor, name))?;
            are_usual = self.record(cursor, start, Position { line, index: Some(next) }, &members, monitors)?;
            next += 1;
            Some(())
        })?;
        Some(are_usual && next > 0)
    }

    /// Adds the record that was passed. False if it must be read in full.
    #[inline]
    fn record(
        &mut self,
        cursor: &Cursor<'t>,
        start: usize,
        position: Position,
        members: &Members<'t>,
        monitors: &impl Fn(&[u8], &[u8]) -> bool,
    ) -> Option<bool> {
        let Some((source, name)) = members.call() else { return Some(false) };
        match monitors(source, name) {
            true => self.keep(cursor, start, position)?,
            false => self.others += 1,
        }
        Some(true)
    }

    #[inline]
    fn keep(&mut self, cursor: &Cursor<'t>, start: usize, position: Position) -> Option<()> {
        self.found.push((position, serde_json::from_slice(cursor.since(start)?).ok()?));
        Some(())
    }
}

/// What the members of an object say about the call that it may be the record of.
#[derive(Default)]
struct Members<'t> {
    source: Option<&'t [u8]>,
    name: Option<&'t [u8]>,
    /// True if a name is spelled as CloudTrail does, of those that only records have together.
    exact: bool,
    /// True if one of them is spelled in lower case, as Athena does, or in another way.
    inexact: bool,
    /// True if the object must be read in full.
    is_unusual: bool,
}

impl<'t> Members<'t> {
    /// Adds a member with this name, and passes its value.
    #[inline]
    fn add(&mut self, cursor: &mut Cursor<'t>, name: Text<'t>) -> Option<()> {
        let Some(name) = name.without_escapes() else {
            self.is_unusual = true;
            return cursor.value();
        };
        let value = match name.len() {
            9 if name.eq_ignore_ascii_case(b"eventName") => &mut self.name,
            11 if name.eq_ignore_ascii_case(b"eventSource") => &mut self.source,
            _ => {
                self.exact |= matches!(name, b"eventTime" | b"eventID" | b"userIdentity");
                self.is_unusual |= may_hold_records(name);
                return cursor.value();
            }
        };
        let is_exact = matches!(name, b"eventName" | b"eventSource");
        self.exact |= is_exact;
        self.inexact |= !is_exact;
        self.is_unusual |= value.is_some() || cursor.peek()? != b'"';
        if self.is_unusual {
            return cursor.value();
        }
        *value = cursor.text()?.without_escapes();
        self.is_unusual = value.is_none();
        Some(())
    }

    /// The event source and name of the record; `None` if it must be read in full.
    #[inline]
    fn call(&self) -> Option<(&'t [u8], &'t [u8])> {
        let is_unusual = self.is_unusual || (self.exact && self.inexact);
        self.source.zip(self.name).filter(|_| !is_unusual)
    }
}

/// True for a member that is not of a record, but of an event around it, or of another form that holds records.
#[inline]
fn may_hold_records(name: &[u8]) -> bool {
    let member = str::from_utf8(name).map_or(Member::Other, Member::named);
    member != Member::Other && member as usize >= Member::Detail as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::extract;
    use crate::cloudtrail::testing::{Choices, Way, canonical, line, log, seen, write};
    use crate::rules::monitors;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The line, the position in a list, and the text.
    type Placed<'a> = (usize, Option<usize>, &'a str);

    /// The number of records of other calls, and the position and text of all else.
    fn skimmed(text: &str) -> Option<(usize, Vec<Placed<'_>>)> {
        let skimmed = read(text.as_bytes(), monitors)?;
        let found = skimmed.found.iter().map(|(Position { line, index }, raw)| (*line, *index, raw.get()));
        Some((skimmed.others, found.collect()))
    }

    fn records() -> [String; 3] {
        [
            line("kms", "Decrypt", r#","requestParameters":{"eventName":"\"x\"\u003c"}"#),
            line("kinesis", "CreateStream", r#","requestParameters":{"streamName":"s"}"#),
            line("ecs", "CreateCluster", r#","readOnly":false,"resources":[]"#),
        ]
    }

    /// As Python's `json.dumps` writes it.
    fn spaced(compact: &str) -> String {
        compact.replace("\":", "\": ").replace(",\"", ", \"").replace("},{", "}, {")
    }

    fn indented(compact: &str) -> String {
        format!("{:#}", serde_json::from_str::<Value>(compact).unwrap())
    }

    #[test]
    fn of_every_layout_only_monitored_calls_are_parsed() {
        let compact = records();
        let [all_spaced, all_indented] =
            [spaced, indented].map(|layout| compact.each_ref().map(|record| layout(record)));
        let lower = compact.each_ref().map(|record| record.replace("\"event", "\"EVENT").to_ascii_lowercase());
        let created = lower[1].replace("createstream", "CreateStream");
        let athena = [lower[0].clone(), created.clone(), lower[2].clone()];
        let list = |records: &[String]| format!("[{}]", records.join(","));
        let lines = |records: &[String]| records.join("\n");
        for (text, line, index, record) in [
            (spaced(&log(&compact)), 1, Some(1), &all_spaced[1]),
            (format!("{{\n  \"Records\": [\n{}\n]\n}}\n", all_indented.join(",\n")), 1, Some(1), &all_indented[1]),
            (
                format!("\u{feff}\r\n{}\r\n", log(&compact).replace(',', ",\r\n")),
                2,
                Some(1),
                &compact[1].replace(',', ",\r\n"),
            ),
            (format!("{{\"NextToken\":null,\"records\":{},\"x\":[1]}}", list(&compact)), 1, Some(1), &compact[1]),
            (list(&compact), 1, Some(1), &compact[1]),
            (list(&all_spaced), 1, Some(1), &all_spaced[1]),
            (list(&all_indented), 1, Some(1), &all_indented[1]),
            (lines(&compact), 2, None, &compact[1]),
            (lines(&all_spaced), 2, None, &all_spaced[1]),
            (lines(&all_indented), 1 + all_indented[0].lines().count(), None, &all_indented[1]),
            (lines(&athena), 2, None, &created),
            (list(&athena), 1, Some(1), &created),
            (compact.concat(), 1, None, &compact[1]),
        ] {
            assert_eq!(skimmed(&text), Some((2, vec![(line, index, record.as_str())])), "{text}");
            for has_checksum in [true, false] {
                let unparsed =
                    extract::monitored(text.as_bytes(), has_checksum, monitors, &mut |_| None, &mut |_, _| ());
                assert_eq!(unparsed, 2, "{text}");
            }
        }
        assert_eq!(skimmed(&indented(&log(&compact[..1]))), Some((1, vec![])));
        assert_eq!(skimmed(""), Some((0, vec![])));
    }

    #[test]
    fn a_document_with_anything_unusual_is_read_in_full() {
        let [other, _, last] = records();
        let with = |more: &str| line("kms", "Decrypt", more);
        for document in [
            log(&[]),
            "[]".to_owned(),
            "{}".to_owned(),
            r#"{"KeyMetadata":{}}"#.to_owned(),
            format!(r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{other}}}"#),
            with(r#","eventName":"Decrypt""#),
            with(r#","eventSource":"kms""#),
            with(r#","EventName":"Decrypt""#),
            with(r#","event\u004eame":"x""#),
            with(r#","x\n":1"#),
            with(r#","detail":null"#),
            with(r#","message":"x""#),
            with(r#","Records":[]"#),
            line("kms", r"D\u0065crypt", ""),
            line(r"kms\u002e", "Decrypt", ""),
            other.replace("\"eventName\":\"Decrypt\",", ""),
            other.replace("\"eventName\":\"Decrypt\"", "\"eventName\":null"),
            other.replace("\"eventName\":\"Decrypt\"", "\"eventName\":[\"Decrypt\"]"),
            other.replace("eventName", "eventname"),
            other.replace("eventName", "eventname").replace("eventSource", "eventsource"),
        ] {
            for whole in [
                document.clone(),
                log(std::slice::from_ref(&document)),
                log(&[other.clone(), document.clone(), last.clone()]),
                format!("[{other},{document}]"),
                format!("[{document},[{other}]]"),
            ] {
                let text = format!("{other}\n{whole}\n{last}\n");
                assert_eq!(skimmed(&text), Some((2, vec![(2, None, whole.as_str())])), "{text}");
                assert_eq!(seen(text.as_bytes(), Way::WithoutChecksum), seen(text.as_bytes(), Way::Full), "{text}");
            }
        }
        for twice in [
            format!("{{\"Records\":[{other}],\"Records\":[{last}]}}"),
            format!("{{\"records\":[{other}],\"detail\":{last}}}"),
            format!("{{\"records\":[{other}],\"event\\u004eame\":1}}"),
            format!("{{\"Records\":{{\"topic-0\":[{other}]}}}}"),
        ] {
            assert_eq!(skimmed(&twice), Some((0, vec![(1, None, twice.as_str())])));
        }
    }

    #[test]
    fn a_text_that_is_no_json_is_read_in_full() {
        let record = &records()[0];
        for text in [
            "x".to_owned(),
            "1".to_owned(),
            "\"{}\"".to_owned(),
            format!("{record}\n2026-11-20T12:00:00.000Z {record}"),
            format!("{record}\nx"),
            format!("{record}]"),
            format!("{record},{record}"),
            log(&[format!("{record},")]),
            log(std::slice::from_ref(record)).replace("]}", "]"),
            record.replace(':', ";"),
            record.replace("IAMUser", "IAM\nUser"),
        ] {
            assert_eq!(skimmed(&text), None, "{text}");
        }
        assert!(read(b"{\"a\":\"\xff\"}", monitors).is_none());
    }

    /// A text with records, in one of many forms.
    fn written(records: &[String], seed: &[u8], form: usize) -> String {
        let values: Vec<Value> = records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
        let how = &mut Choices(seed.iter());
        let mut written = String::new();
        match form {
            0 => written = log(records),
            1 => written = records.join("\n"),
            2 => written = format!("[{}]", records.join(", ")),
            3 => write(&json!(values), how, &mut written),
            4 => write(&json!({"Records": values}), how, &mut written),
            5 => written = spaced(&log(records)),
            6 => values.iter().for_each(|value| written += &format!("{value:#}\n")),
            7 => written = format!("{:#}", json!({"Records": values})),
            8 => written = records.join("\n").to_ascii_lowercase().replace("createstream", "CreateStream"),
            _ => values.iter().for_each(|value| {
                write(value, how, &mut written);
                written += if how.below(2) == 0 { "\n" } else { "" };
            }),
        }
        written
    }

    /// A record, or something like one.
    fn any_record() -> impl Strategy<Value = String> {
        let more = prop::sample::select(vec![
            "",
            "",
            "",
            r#","eventname":"CreateStream""#,
            r#","detail":{"eventName":"CreateStream","eventSource":"kinesis.amazonaws.com"}"#,
            r#","message":"{\"eventName\":\"CreateStream\",\"eventSource\":\"kinesis.amazonaws.com\"}""#,
            r#","Records":[{"eventName":"CreateStream","eventSource":"kinesis.amazonaws.com"}]"#,
            r#","eventName":"CreateStream""#,
            r#","n":[-1.5e3,0,true,null,{},[]]"#,
        ]);
        (canonical(), more).prop_map(|(record, more)| format!("{}{more}}}", record.strip_suffix('}').unwrap()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn skimming_changes_no_result(
            records in prop::collection::vec(any_record(), 1..6),
            seed in prop::collection::vec(any::<u8>(), 0..600),
            form in 0..10_usize,
        ) {
            let text = written(&records, &seed, form);
            prop_assert_eq!(seen(text.as_bytes(), Way::WithoutChecksum), seen(text.as_bytes(), Way::Full), "{}", text);
        }

        /// Whatever happened to it: there is no checksum.
        #[test]
        fn damage_changes_no_result(
            records in prop::collection::vec(any_record(), 1..4),
            seed in prop::collection::vec(any::<u8>(), 0..200),
            form in 0..10_usize,
            damage in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, prop_oneof![
                prop::collection::vec(any::<u8>(), 0..3),
                prop::sample::select(vec![&b","[..], b"}", b"{", b"\"", b"]", b"\n", b"\\", b"},{", b"\"eventName\":\"a\",", b"\x0c", b" 1"]).prop_map(<[u8]>::to_vec),
            ]), 1..3),
        ) {
            let mut text = written(&records, &seed, form).into_bytes();
            for (at, length, by) in damage {
                let at = at.index(text.len());
                text.splice(at..(at + length).min(text.len()), by);
            }
            let shown = String::from_utf8_lossy(&text);
            prop_assert_eq!(seen(&text, Way::WithoutChecksum), seen(&text, Way::Full), "{}", shown);
        }
    }
}
