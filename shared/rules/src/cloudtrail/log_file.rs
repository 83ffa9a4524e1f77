//! Log files as CloudTrail delivers them: only the records of monitored calls are parsed.
//!
//! Such a file is one line, `{"Records":[{"eventVersion":…},…]}`, and each record has
//! `"eventSource":"…","eventName":"…","awsRegion":"…"` in this order and without spaces. A search for `eventName` therefore
//! finds every call, and the two values next to it show whether the call is monitored.
//!
//! No monitored call is missed, and no record is counted wrongly: [`crate::cloudtrail::skim`] or
//! [`crate::cloudtrail::extract::each_in`] reads the file if a record has no `eventName` or several, if something is between
//! records, if an escape is invalid or could spell a letter of these words (`\u0043`), if the text has several lines, or if it
//! is not UTF-8. The price: within a record that is not monitored, other damage is not found, such as a colon that became a
//! semicolon, or a name of a member that is none: an entry without an `eventName` of its own counts as a record of another
//! call, if one of its values has the three members, or else as a part of the record before it. The checksum of a compressed
//! file rules most of it out. A text without a checksum is not read here.

use std::str;

use memchr::{memchr, memchr2_iter, memmem, memrchr};
use serde_json::value::RawValue;

use crate::cloudtrail::object::{Member, Object};

/// The records of a log file.
#[derive(Debug, Default)]
pub(crate) struct Log<'a> {
    /// How many records are of calls that are not monitored.
    pub(crate) others: usize,
    /// The records of monitored calls, with their positions in the list.
    pub(crate) monitored: Vec<(usize, &'a RawValue)>,
}

const LETTERS: &[u8] = b"eventName";
const RECORD: &[u8] = br#"{"eventVersion":""#;

/// Finds the monitored calls of a log file; `None` if the text must be read in full.
///
/// This function is generic, and those it calls for each record are `inline`, so that the crate that reads archives compiles
/// them: it is optimized for speed, and this crate for size.
pub(crate) fn read<'t>(text: &'t [u8], monitors: impl Fn(&[u8], &[u8]) -> bool) -> Option<Log<'t>> {
    let records = text.trim_ascii_end().strip_prefix(br#"{"Records":["#)?.strip_suffix(b"]}")?;
    let (mut log, mut checks) = (Log::default(), Checks::default());
    let mut starts = memmem::find_iter(records, RECORD);
    let mut names = memmem::find_iter(records, LETTERS);
    let mut start = starts.next().filter(|start| *start == 0)?;
    for index in 0.. {
        let next = starts.next();
        let end = next.unwrap_or(records.len());
        let name = names.next().filter(|name| (start..end).contains(name))?;
        if !checks.pass(records, end) {
            return None;
        }
        let record = records.get(start..end)?;
        let (source, call) = call(record, name - start)?;
        match monitors(source, call) {
            true => log.monitored.push((index, parse(record, name - start)?)),
            false => log.others += 1,
        }
        let Some(next) = next else { break };
        let separated = record.ends_with(b"},") && !record.ends_with(b",},");
        start = separated.then_some(next)?;
    }
    let complete = records.ends_with(b"}") && names.next().is_none();
    complete.then_some(log)
}

/// Bytes that are checked just before they are searched, so that they are still in the cache.
const BLOCK: usize = 16 << 10;

/// What is checked of a text, block by block.
#[derive(Default)]
struct Checks {
    /// Everything before this offset was checked.
    checked: usize,
    /// The offset of the last backslash that another one escapes.
    escaped: usize,
}

impl Checks {
    /// Checks the text to the end of the block that holds `until`. False if the text must be read in full.
    #[inline]
    fn pass(&mut self, text: &[u8], until: usize) -> bool {
        while self.checked < until.min(text.len()) {
            let end = self.checked.saturating_add(BLOCK).min(text.len());
            let Some(block) = text.get(self.checked..end).and_then(whole_characters) else { return false };
            if memchr2_iter(b'\\', b'\n', block).any(|at| self.may_hide_words(text, self.checked + at)) {
                return false;
            }
            self.checked += block.len();
        }
        true
    }

    /// True for a line end, and for an escape that is invalid or spells a letter, digit, dot or backslash.
    #[inline]
    fn may_hide_words(&mut self, text: &[u8], at: usize) -> bool {
        let is_escaped = std::mem::replace(&mut self.escaped, usize::MAX) == at;
        match text.get(at..) {
            Some([b'\\', b'u', b'0', b'0', high, low, ..]) => {
                let hex = |digit: &u8| char::from(*digit).to_digit(16);
                let (Some(high), Some(low)) = (hex(high), hex(low)) else { return true };
                matches!(char::from_u32(high * 16 + low), Some('0'..='9' | 'A'..='Z' | 'a'..='z' | '.' | '\\'))
            }
            Some([b'\\', ..]) if is_escaped => false,
            Some([b'\\', b'u', digits @ ..]) => {
                !digits.get(..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            }
            Some([b'\\', b'\\', ..]) => {
                self.escaped = at + 1;
                false
            }
            Some([b'\\', b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..]) => false,
            _ => true,
        }
    }
}

/// The text without the part of a character at its end; `None` if it is not UTF-8.
#[inline]
fn whole_characters(text: &[u8]) -> Option<&[u8]> {
    if text.is_ascii() {
        return Some(text); // nearly always, and several times as fast
    }
    match str::from_utf8(text) {
        Ok(_) => Some(text),
        Err(error) if error.error_len().is_none() => text.get(..error.valid_up_to()).filter(|text| !text.is_empty()),
        Err(_) => None,
    }
}

/// The length that no name of a service or call exceeds.
const LONGEST: usize = 256;

/// The source and name of the call whose `eventName` is at this offset.
#[inline]
fn call(text: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let before = text.get(at.saturating_sub(LONGEST)..at)?.strip_suffix(br#"",""#)?;
    let (before, source) = before.split_at_checked(memrchr(b'"', before)? + 1)?;
    let after = text.get(at..)?.strip_prefix(br#"eventName":""#)?;
    let (name, after) = after.split_at_checked(memchr(b'"', after.get(..LONGEST).unwrap_or(after))?)?;
    let usual = before.ends_with(br#","eventSource":""#) && after.starts_with(br#"","awsRegion":""#);
    usual.then_some((source, name))
}

/// Parses a record, and what separates it from the next, with `eventName` at this offset.
fn parse(text: &[u8], at: usize) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_slice(text.strip_suffix(b",").unwrap_or(text)).ok()?;
    let object: Object<'_> = serde_json::from_str(raw.get()).ok()?;
    let name = object.get(Member::EventName)?.get();
    let here = text.get(at..)?.strip_prefix(br#"eventName":"#)?;
    std::ptr::eq(name.as_ptr(), here.as_ptr()).then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::extract::{self, Found};
    use crate::cloudtrail::testing::{Choices, Way, canonical, line, log, seen, write};
    use crate::rules::monitors;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The number of records of other calls, and the positions of monitored ones; `None` if all must be read.
    fn counts(text: &str) -> Option<(usize, Vec<usize>)> {
        read(text.as_bytes(), monitors).map(|log| (log.others, log.monitored.iter().map(|(index, _)| *index).collect()))
    }

    #[test]
    fn an_escape_is_found_at_every_offset() {
        let other = line("kms", "Decrypt", "");
        for records in [1, 2, 2 * BLOCK / other.len(), 9 * BLOCK / other.len()] {
            let plain = log(&vec![other.clone(); records]);
            assert_eq!(counts(&plain), Some((records, vec![])));
            for at in [plain.len() - 4, plain.len() / 2, BLOCK - 3, BLOCK, 2 * BLOCK - 1] {
                let Some((before, behind)) = plain.split_at_checked(at) else { continue };
                for hiding in [r"\u0041", "\n"] {
                    assert_eq!(
                        counts(&format!("{before}{hiding}{behind}")),
                        None,
                        "{hiding} at {at} of {}",
                        plain.len()
                    );
                }
            }
        }
    }

    #[test]
    fn escapes_and_characters_may_span_blocks() {
        let (other, more) =
            (line("kms", "Decrypt", ""), line("kms", "Decrypt", r#","errorMessage":"\\\"\\\\\"é\u2028€\/""#));
        for records in [1, BLOCK / other.len() - 1, BLOCK / other.len()] {
            let before = vec![other.clone(); records];
            for padding in 0..other.len() {
                let padded = line("kms", "Decrypt", &format!(r#","x":"{}""#, "x".repeat(padding)));
                let text = log(&[&before[..], &[padded, more.clone()]].concat());
                assert_eq!(counts(&text), Some((records + 2, vec![])), "{text}");
            }
            let wrong = log(&[&before[..], std::slice::from_ref(&more)].concat()).into_bytes();
            let at = memmem::find(&wrong, "é".as_bytes()).unwrap();
            let wrong = [&wrong[..at], b"\xff", &wrong[at + 2..]].concat();
            assert!(read(&wrong, monitors).is_none());
        }
    }

    #[test]
    fn only_monitored_calls_are_parsed() {
        let records = [
            line("kms", "Decrypt", r#","requestParameters":{"a":"\"x\"\u003c C:\\dir"}"#),
            line("kinesis", "CreateStream", r#","requestParameters":{"streamName":"s"}"#),
            line("ecs", "CreateCluster", ""),
        ];
        assert_eq!(counts(&log(&records)), Some((2, vec![1])));
        assert_eq!(counts(&(log(&records[..1]) + "\n")), Some((1, vec![])));
        assert_eq!(read(log(&records).as_bytes(), monitors).unwrap().monitored[0].1.get(), records[1]);
    }

    #[test]
    fn each_escape_that_spells_a_letter_of_a_word_may_hide_words() {
        for byte in 0..=u8::MAX {
            let spells = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'\\');
            for escape in [format!(r"\u00{byte:02x}"), format!(r"\u00{byte:02X}")] {
                let mut checks = Checks { checked: 0, escaped: usize::MAX };
                assert_eq!(checks.may_hide_words(escape.as_bytes(), 0), spells, "{escape}");
            }
        }
    }

    #[test]
    fn whatever_is_unusual_is_read_in_full() {
        let plain = line("kms", "Decrypt", "");
        for text in [
            String::new(),
            plain.clone(),
            log(&[]),
            log(std::slice::from_ref(&plain)).replace(':', ": "),
            log(std::slice::from_ref(&plain)).replace("eventName", r"event\u004eame"),
            log(&[line("kms", r"D\u0065crypt", "")]),
            log(&[line(r"kms\u002eamazonaws", "Decrypt", "")]),
            log(&[line("kms", "Decrypt", r#","requestParameters":{"field":"eventName"}"#)]),
            log(&[line("kms", "Decrypt", r#","requestParameters":{"pattern":"{\"eventName\":[\"x\"]}"}"#)]),
            log(&[line("kms", "Decrypt", r#","body":"{\u0022event\u005cu004eame"}"#)]),
            format!("{}\n{{\"KeyMetadata\":{{}}}}\n{0}", log(std::slice::from_ref(&plain))),
            log(&[line("kinesis", "CreateStream", r#","eventName":"CreateStream","awsRegion":"x""#)]),
            log(&[line("kinesis", "CreateStream", ",oops")]),
            log(std::slice::from_ref(&plain)).replace("]}", ""),
            log(&[plain.clone(), line("kms", "Decrypt", "").replace("eventName", "eventNbme")]),
            log(&[plain.clone(), plain.clone()]).replace("},{", "}{"),
            log(&[plain.clone(), plain.clone()]).replace("},{", "},oops,{"),
            log(&[plain.clone(), plain.clone()]).replace("},{", "},},{"),
            log(&[plain.split_at(plain.len() - 9).0.to_owned(), plain.clone()]),
            log(&[line("kms", "Decrypt", r#","errorMessage":"\x""#)]),
            // a member of another name
            log(&[line("kms", "Decrypt", "")]).replace(r#"","eventSource"#, r#"\"eventSource"#),
            log(&[line("kms", "Decrypt", r#","nested":{"eventVersion":"1","eventName":"x"}"#)]),
        ] {
            assert_eq!(counts(&text), None, "{text}");
        }
    }

    /// CloudTrail writes no such record: one without a name, in whose values are the three members.
    #[test]
    fn a_name_within_a_value_is_one_of_another_call_or_none() {
        let named = |source: &str, name: &str| {
            let call = format!(
                r#"{{"a":"b","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1"}}"#
            );
            log(&[format!(r#"{{"eventVersion":"1.11","requestParameters":{call}}}"#)])
        };
        assert_eq!(counts(&named("ecs", "CreateCluster")), Some((1, vec![])));
        let without = log(&[line("ecs", "CreateCluster", ""), r#"{"eventVersei+":"1.11"}"#.to_owned()]);
        assert_eq!(counts(&without), Some((1, vec![])));
        let monitored = named("kinesis", "CreateStream");
        assert_eq!(seen(monitored.as_bytes(), Way::WithChecksum), seen(monitored.as_bytes(), Way::Full));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn the_pre_filter_changes_no_result(
            records in prop::collection::vec(canonical(), 1..6),
            seed in prop::collection::vec(any::<u8>(), 0..600),
            wrapping in 0..8_usize,
        ) {
            let values: Vec<Value> = records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
            let how = &mut Choices(seed.iter());
            let mut written = String::new();
            match wrapping {
                0 => written = log(&records),
                1 => written = log(&records) + "\n" + &log(&records),
                2 => {
                    let mut one = String::new();
                    write(values.first().unwrap(), how, &mut one);
                    written = log(&[&records[..], &[one], &records[..]].concat());
                }
                3 => write(&json!(values), how, &mut written),
                4 => values.iter().for_each(|value| {
                    write(value, how, &mut written);
                    written += "\n";
                }),
                5 => {
                    let payload: Vec<_> = values.iter().map(|value| json!({"body": value.to_string()})).collect();
                    let payload = json!({"Records": payload});
                    write(&payload, how, &mut written);
                }
                6 => {
                    let body = json!({"body": values.first().unwrap().to_string()}).to_string();
                    written = log(&[&records[..], &[body], &records[..]].concat());
                }
                _ => write(&json!({"Records": values}), how, &mut written),
            }
            prop_assert_eq!(seen(written.as_bytes(), Way::WithChecksum), seen(written.as_bytes(), Way::Full), "{}", written);
        }

        /// With the checksum of a compressed file, damage comes from the program that wrote the text: something is cut, or
        /// inserted, or spelled otherwise.
        #[test]
        fn damage_is_found_or_changes_nothing(
            records in prop::collection::vec(canonical(), 1..6),
            at in any::<prop::sample::Index>(),
            length in 0..40_usize,
            by in prop::sample::select(vec!["", ",", "}", "{", "\"", "]", "\n", "\\", "x", "\u{7f}", "é", "},{", "\"eventName\":\"a\","]),
        ) {
            let mut damaged = log(&records).into_bytes();
            let at = at.index(damaged.len());
            damaged.splice(at..(at + length).min(damaged.len()), by.bytes());
            let text = String::from_utf8_lossy(&damaged);
            let is_json = serde_json::from_str::<Value>(&text).is_ok();
            if let Some((others, monitored)) = counts(&text) {
                let (mut count, mut errors) = (0, 0);
                extract::each(&text, &mut |_, found| match found {
                    Found::Record(..) | Found::Foreign => count += 1,
                    Found::Unreadable(_) | Found::NotJson { .. } => errors += 1,
                    _ => {}
                });
                prop_assert!(!is_json || (count, errors) == (others + monitored.len(), 0), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", middle in r#"[\[\]{}",:eventNam\\]{0,200}"#) {
            read(text.as_bytes(), monitors);
            read(format!(r#"{{"Records":[{{"eventVersion":"{middle}]}}"#).as_bytes(), monitors);
        }
    }
}
