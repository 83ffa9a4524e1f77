//! Splits a text into JSON documents, and reads as much as possible of a damaged one.
//!
//! The work is linear in the size of the text, and what is reported is bounded, whatever the text is.

use memchr::{memchr, memchr_iter, memmem, memrchr};
use serde_json::value::RawValue;

use crate::cloudtrail::json_error;
use crate::util::text::plain;

/// Where a document begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Its line, from 1.
    pub(super) line: usize,
    /// For a record that is handed over without its document: its position among the records, from 0.
    pub(super) index: Option<usize>,
}

/// A document, or what is wrong at the position.
pub(super) type Piece<'a> = Result<&'a RawValue, String>;

/// So many problems of a text are described. One more line counts the others.
const MAX_DESCRIBED: usize = 19;

/// How often a text may be read again from lines inside documents that turned out to be broken. Without a bound, a text in
/// which each line opens a bracket would be read as often as it has lines.
const MAX_PASSES: usize = 8;

/// The members that a record may begin with: CloudTrail writes `eventVersion` first, and tools that sort members write one
/// of the others.
const FIRST_MEMBERS: [&[u8]; 3] = [br#""eventVersion""#, br#""awsRegion""#, br#""additionalEventData""#];

/// Reads all documents of a text: one or many, one per line or not. Lines may begin with a time, as those that CloudWatch
/// Logs exports.
///
/// A broken document that holds records costs only the records that are broken. Reading then continues at the next line
/// that begins with a brace, a bracket or a time, because lines inside an indented document do not.
pub(super) fn each(text: &[u8], found: &mut dyn FnMut(Position, Piece<'_>)) {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let budget = text.len().saturating_mul(MAX_PASSES);
    Reader { text, counted: (0, 1), next_line: None, next_records: [None; 3], budget, problems: 0, found }.read();
}

struct Reader<'a, 'f> {
    text: &'a [u8],
    /// An offset, and the number of its line.
    counted: (usize, usize),
    /// The result of the last [`Reader::next_line`].
    next_line: Option<usize>,
    /// For each of [`FIRST_MEMBERS`], the result of the last search.
    next_records: [Option<usize>; FIRST_MEMBERS.len()],
    /// How many bytes may still be read again.
    budget: usize,
    problems: usize,
    found: &'f mut dyn FnMut(Position, Piece<'_>),
}

/// Why a document cannot be parsed.
struct Failure {
    /// `None` if no value begins at the offset.
    error: Option<serde_json::Error>,
    /// Where the error is.
    offset: usize,
    /// How far the parser read.
    read_to: usize,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self) {
        let (mut at, mut last) = (0, 0);
        while let Some(start) = self.next_start(at) {
            last = start;
            at = match self.parse(start, self.text.len()) {
                Ok((document, end)) => {
                    let line = self.line_of(start);
                    (self.found)(Position { line, index: None }, Ok(document));
                    end
                }
                Err(failure) => {
                    let next = self.recover(start, &failure);
                    if self.problems > MAX_DESCRIBED { self.skip_broken_lines(next) } else { next }
                }
            };
        }
        last = last.max(at.saturating_sub(1));
        if let Some(more) = self.problems.checked_sub(MAX_DESCRIBED).filter(|more| *more > 0) {
            let at = Position { line: self.line_of(last), index: None };
            (self.found)(at, Err(format!("{more} more places up to this line are not JSON")));
        }
    }

    /// Where the next document begins, after white space and the times of lines.
    fn next_start(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let white = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let times = before_json(rest.get(white..)?);
        Some(at + white + times).filter(|start| *start < self.text.len())
    }

    /// Parses the document at `start`. Returns it, and the offset of its end.
    fn parse(&self, start: usize, limit: usize) -> Result<(&'a RawValue, usize), Failure> {
        let rest = self.text.get(start..limit).unwrap_or_default();
        if is_hopeless(rest) {
            return Err(Failure { error: None, offset: start, read_to: start });
        }
        let mut documents = serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>();
        match documents.next() {
            Some(Ok(document)) => Ok((document, start + documents.byte_offset())),
            Some(Err(error)) => {
                // of a document that is cut off, the end says nothing
                let offset = if error.is_eof() { start } else { start + json_error::offset(rest, &error) };
                let read_to = if error.is_eof() { limit } else { offset };
                Err(Failure { error: Some(error), offset, read_to })
            }
            None => Err(Failure { error: None, offset: start, read_to: start }),
        }
    }

    /// Reads what can be read of a broken document, reports what cannot, and returns where to continue.
    fn recover(&mut self, start: usize, failure: &Failure) -> usize {
        let (record, line) = (self.next_record(start), self.next_line(start + 1));
        if start < record && record < self.text.len() && record <= line {
            return self.read_records(start, record, failure);
        }
        let next = self.next_record(start + 1).min(line);
        // what follows a record is not part of it
        let own = if record == start { self.parse(start, next).err() } else { None };
        self.report(None, own.as_ref().unwrap_or(failure));
        match self.budget.checked_sub(failure.read_to.saturating_sub(next)) {
            Some(budget) => {
                self.budget = budget;
                next
            }
            None => self.next_line(failure.read_to),
        }
    }

    /// Counts lines that begin like JSON but are not, up to the next record: a log may have millions of them.
    fn skip_broken_lines(&mut self, mut at: usize) -> usize {
        let record = self.next_record(at);
        while at < record && self.text.get(at..).is_some_and(is_hopeless) {
            let next = find_line(self.text, at + 1);
            if record < next {
                break;
            }
            self.problems += 1;
            at = next;
        }
        at
    }

    /// Reads the records of the broken document at `start` one by one. The first one begins at `next`.
    fn read_records(&mut self, start: usize, mut next: usize, failure: &Failure) -> usize {
        let (line, problems) = (self.line_of(start), self.problems);
        for index in 0.. {
            let following = self.next_record(next + 1);
            let end = following.min(self.next_line(next + 1));
            match self.parse(next, end) {
                Ok((record, _)) => (self.found)(Position { line, index: Some(index) }, Ok(record)),
                Err(failure) => self.report(Some(index), &failure),
            }
            // on a line of its own, without a comma before it, a record is the next document
            let until = self.text.get(next..end).unwrap_or_default();
            let in_document = !until.ends_with(b"\n") || until.trim_ascii_end().ends_with(b",");
            next = end;
            if following > end || end == self.text.len() || !in_document {
                break;
            }
        }
        if self.problems == problems {
            self.report(None, failure); // what is broken is between the records
        }
        next
    }

    /// Reports why a document, or a record of one, is broken.
    fn report(&mut self, index: Option<usize>, failure: &Failure) {
        self.problems += 1;
        if self.problems > MAX_DESCRIBED {
            return;
        }
        let before = self.text.get(..failure.offset).unwrap_or_default();
        let line = 1 + memchr_iter(b'\n', before).count();
        let column = before.len() - memrchr(b'\n', before).map_or(0, |end| end + 1) + 1;
        let words = match &failure.error {
            Some(error) if !json_error::is_unexpected(error) => json_error::words(error),
            _ => self.unexpected(failure.offset),
        };
        let problem = match index {
            Some(index) => {
                format!("entry {index} is not JSON at column {column} (byte {} of the text): {words}", before.len())
            }
            None => format!("is not JSON at column {column}: {words}"),
        };
        (self.found)(Position { line, index: None }, Err(problem));
    }

    /// Says what there is instead of a value: its first character, because the rest may be the value of a secret member, or a
    /// file of secrets in the place of records.
    fn unexpected(&self, offset: usize) -> String {
        let found = self.text.get(offset..).unwrap_or_default();
        let found = String::from_utf8_lossy(found.get(..4).unwrap_or(found));
        let first = found.chars().next().map(String::from).unwrap_or_default();
        match first.as_str() {
            "{" => "the object that begins here is damaged".to_owned(),
            "[" => "the list that begins here is damaged".to_owned(),
            _ => format!("expected a value, found `{}`", plain(&first)),
        }
    }

    /// The line of an offset. It must not be less than the last one.
    fn line_of(&mut self, offset: usize) -> usize {
        let (from, line) = self.counted;
        let line = line + memchr_iter(b'\n', self.text.get(from..offset).unwrap_or_default()).count();
        self.counted = (offset.max(from), line);
        line
    }

    /// The first line from `at` that begins with a brace or bracket; the length of the text if there is none. `at` must not
    /// be less than the last one, here and below.
    fn next_line(&mut self, at: usize) -> usize {
        let next = self.next_line.filter(|next| *next >= at).unwrap_or_else(|| find_line(self.text, at));
        self.next_line = Some(next);
        next
    }

    /// Where the first record from `at` begins; the length of the text if there is none.
    fn next_record(&mut self, at: usize) -> usize {
        for (next, member) in self.next_records.iter_mut().zip(FIRST_MEMBERS) {
            *next = next.filter(|next| *next >= at).or_else(|| Some(find_record(self.text, at, member)));
        }
        self.next_records.into_iter().flatten().min().unwrap_or(self.text.len())
    }
}

/// True for a text that begins as JSON does, or with a log line that has some. `[2026-11-20 12:00] started` does not.
pub fn begins_with_json(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start();
    let is_json = match text.split_first() {
        Some((b'{', rest)) => matches!(rest.trim_ascii_start(), [b'"' | b'}', ..]),
        Some((b'[', rest)) => matches!(rest.trim_ascii_start(), [b'{' | b'[' | b'"' | b']', ..]),
        Some((b'"', _)) => true,
        _ => false,
    };
    is_json || matches!(before_json(text), start if start > 0 && start < text.len())
}

/// How much of a text precedes its first document: the time at the beginning of a line, and lines with a time and no JSON.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html>
fn before_json(text: &[u8]) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n').take_while(|line| is_timed(line)) {
        if let Some(start) = memmem::find(line, b"{\"") {
            return offset + start;
        }
        offset += line.len();
    }
    offset
}

/// True for a line that begins with a date, and goes on.
fn is_timed(line: &[u8]) -> bool {
    matches!(line, [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' ', ..]
        if [y1, y2, y3, y4, m1, m2, d1, d2].into_iter().all(u8::is_ascii_digit))
}

/// True if the text begins like an object, a list or a word of JSON, but cannot be one: known without the cost of a parser,
/// and worded better than by one.
fn is_hopeless(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return true };
    let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
    match (first, next) {
        (b'{', Some(next)) => !matches!(next, b'"' | b'}'),
        (b'[', Some(next)) => !matches!(next, b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
        (b'n', _) => !text.starts_with(b"null"),
        (b't', _) => !text.starts_with(b"true"),
        (b'f', _) => !text.starts_with(b"false"),
        _ => false,
    }
}

fn find_line(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(end) = memchr(b'\n', text.get(start.saturating_sub(1)..).unwrap_or_default()) {
        start = start.saturating_sub(1) + end + 1;
        if matches!(text.get(start), Some(b'{' | b'[')) || is_timed(text.get(start..).unwrap_or_default()) {
            return start;
        }
        start += 1;
    }
    text.len()
}

fn find_record(text: &[u8], at: usize, member: &[u8]) -> usize {
    let brace = |found: usize| {
        let before = text.get(at..at + found)?.trim_ascii_end();
        before.strip_suffix(b"{").map(<[u8]>::len)
    };
    let rest = text.get(at..).unwrap_or_default();
    memmem::find_iter(rest, member).find_map(brace).map_or(text.len(), |brace| at + brace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    /// What was found, one line each: documents as they are, and problems with their lines.
    fn found(text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        each(text, &mut |position, piece| {
            found.push(match piece {
                Ok(document) => format!("{}{:?} {}", position.line, position.index, document.get()),
                Err(problem) => format!("{}: {problem}", position.line),
            });
        });
        found
    }

    fn record(number: usize) -> String {
        format!(
            r#"{{"eventVersion":"1.11","eventName":"E{number}","requestParameters":{{"a":["b"]}},"eventID":"{number}"}}"#
        )
    }

    fn log(numbers: std::ops::Range<usize>) -> String {
        format!(r#"{{"Records":[{}]}}"#, numbers.map(record).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn a_damaged_record_costs_that_record() {
        let log = log(0..4);
        let second = log.find(&record(1)).unwrap();
        let third = log.find(&record(2)).unwrap();
        for (name, range, by) in [
            ("quote lost", second + 16..second + 17, &b"x"[..]),
            ("not UTF-8", second + 18..second + 19, b"\xff"),
            ("brace lost", third - 2..third - 1, b""),
            ("bracket lost", second + 69..second + 71, b""),
            ("cut", second + 50..third - 1, b""),
            ("control character", second + 18..second + 19, b"\0"),
        ] {
            let mut damaged = log.as_bytes().to_vec();
            damaged.splice(range, by.iter().copied());
            let found = found(&damaged);
            let read: Vec<&String> =
                found.iter().filter(|line| line.contains("eventName") && !line.contains("JSON")).collect();
            assert_eq!(
                read,
                [
                    &format!("1Some(0) {}", record(0)),
                    &format!("1Some(2) {}", record(2)),
                    &format!("1Some(3) {}", record(3))
                ],
                "{name}: {found:#?}"
            );
            assert_eq!(found.len(), 4, "{name}: {found:#?}");
            assert!(found[1].starts_with("1: entry 1 is not JSON at column "), "{name}: {found:#?}");
        }
    }

    #[test]
    fn what_is_broken_between_records_costs_none() {
        let log = log(0..3);
        for damaged in [
            log.replacen("},{\"eventV", "}{\"eventV", 1),
            log.replacen("},{\"eventV", "},oops,{\"eventV", 1),
            log.replacen("},{\"eventV", "},},{\"eventV", 1),
            log.replacen("{\"Records\"", "{Records", 1),
            log.trim_end_matches("]}").to_owned() + "}",
            log.trim_end_matches("]}").to_owned() + "}}}",
        ] {
            let found = found(damaged.as_bytes());
            let read: Vec<&String> = found.iter().filter(|line| line.starts_with("1Some")).collect();
            assert_eq!((read.len(), found.len()), (3, 4), "{damaged}: {found:#?}");
        }
    }

    #[test]
    fn text_that_begins_like_a_word_of_json_is_not_json_from_its_start() {
        for text in ["not found", "try again", "failed", "nul", "密", "AWS_SECRET_ACCESS_KEY=hunter2"] {
            let first = text.chars().next().unwrap();
            let want = format!("1: is not JSON at column 1: expected a value, found `{first}`");
            assert_eq!(found(text.as_bytes()), [want]);
        }
        assert_eq!(found(b"null\ntrue"), ["1None null", "2None true"]);
        assert_eq!(found(b"{bad"), ["1: is not JSON at column 1: the object that begins here is damaged"]);
    }

    #[test]
    fn lines_after_a_damaged_log_are_documents_again() {
        let damaged = log(0..2).replacen("E1", "E\u{1}", 1);
        let text = format!("{damaged}\n{}\n{}\n[1]", log(5..6), record(7));
        insta::assert_snapshot!(found(text.as_bytes()).join("\n"), @r#"
        1Some(0) {"eventVersion":"1.11","eventName":"E0","requestParameters":{"a":["b"]},"eventID":"0"}
        1: entry 1 is not JSON at column 136 (byte 135 of the text): control character (\u0000-\u001F) found while parsing a string
        2None {"Records":[{"eventVersion":"1.11","eventName":"E5","requestParameters":{"a":["b"]},"eventID":"5"}]}
        3None {"eventVersion":"1.11","eventName":"E7","requestParameters":{"a":["b"]},"eventID":"7"}
        4None [1]
        "#);
        let lines = format!(
            "{{\"Records\":[\n{},\n{},\n{}\n]}}\n{{\"a\":1}}\n",
            record(0),
            record(1).replace(':', ";"),
            record(2)
        );
        insta::assert_snapshot!(found(lines.as_bytes()).join("\n"), @r#"
        1Some(0) {"eventVersion":"1.11","eventName":"E0","requestParameters":{"a":["b"]},"eventID":"0"}
        3: entry 1 is not JSON at column 16 (byte 116 of the text): expected `:`
        1Some(2) {"eventVersion":"1.11","eventName":"E2","requestParameters":{"a":["b"]},"eventID":"2"}
        6None {"a":1}
        "#);
        let json_lines = format!("{}\n{}\n{}\n", record(0), record(1).split_at(60).0, record(2));
        insta::assert_snapshot!(found(json_lines.as_bytes()).join("\n"), @r#"
        1None {"eventVersion":"1.11","eventName":"E0","requestParameters":{"a":["b"]},"eventID":"0"}
        2: is not JSON at column 1: it is cut off (EOF while parsing a value)
        3None {"eventVersion":"1.11","eventName":"E2","requestParameters":{"a":["b"]},"eventID":"2"}
        "#);
        let indented = "{\n  \"Records\": [\n    {\n      \"eventVersion\": \"1\"\n    },\n    {\n      \"eventVersion\": oops\n    }\n  ]\n}\n";
        insta::assert_snapshot!(found(indented.as_bytes()).join("\n"), @r#"
        1Some(0) {
              "eventVersion": "1"
            }
        7: entry 1 is not JSON at column 23 (byte 84 of the text): expected a value, found `o`
        "#);
    }

    #[test]
    fn problems_say_where_and_what() {
        let text = "{\"a\":1} {\"b\": oops}\n[2026-11-20 12:00:00] INFO started\n{\"c\":\"\u{1}\"}\n{\"cut\": [";
        insta::assert_snapshot!(found(text.as_bytes()).join("\n"), @r#"
        1None {"a":1}
        1: is not JSON at column 15: expected a value, found `o`
        2: is not JSON at column 6: expected `,` or `]`
        3: is not JSON at column 6: control character (\u0000-\u001F) found while parsing a string
        4: is not JSON at column 1: it is cut off (EOF while parsing a list)
        "#);
        insta::assert_snapshot!(found(b"{\"a\":\"\xff\"}\n\x1b[2J hello").join("\n"), @"1: is not JSON at column 7: not UTF-8");
    }

    #[test]
    fn problems_are_described_up_to_a_number() {
        let found = found("{x\n".repeat(1000).as_bytes());
        assert_eq!(found.len(), MAX_DESCRIBED + 1);
        assert_eq!(found.last().unwrap(), "1000: 981 more places up to this line are not JSON");
    }

    #[test]
    fn time_is_linear() {
        let bad_record = "{\"eventVersion\":[{\"a\":";
        for line in [
            "[\n",
            "{\"a\":\n",
            "{x\n",
            "[[\n{",
            "{\"\n",
            "[{\"a\":[\n",
            bad_record,
            "{\"eventVersion\":\"1\",\"x\":[1,\n",
        ] {
            let text = line.repeat(30_000);
            let start = Instant::now();
            each(text.as_bytes(), &mut |_, _| ());
            assert!(start.elapsed() < Duration::from_secs(60), "{line:?}"); // a second; hours if lines are read again
        }
    }

    proptest! {
        #[test]
        fn every_document_of_a_sound_text_is_found(numbers in prop::collection::vec(0..1000_usize, 0..8), separator in "[ \n\t]{1,3}") {
            let documents: Vec<String> = numbers.iter().map(|number| record(*number)).collect();
            let mut found = Vec::new();
            each(documents.join(&separator).as_bytes(), &mut |_, piece| found.push(piece.unwrap().get().to_owned()));
            prop_assert_eq!(found, documents);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), json in r#"[\[\]{}",:eventVrsio0\\ \n]{0,300}"#) {
            found(&bytes);
            found(json.as_bytes());
        }

        #[test]
        fn a_changed_byte_costs_at_most_two_records(at in 0..360_usize, by in any::<u8>()) {
            let mut damaged = log(0..4).into_bytes();
            damaged[at] = by;
            let whole = (0..4).filter(|number| {
                let record = record(*number);
                memmem::find(&damaged, record.as_bytes()).is_some()
            });
            let found = found(&damaged).join("\n");
            let is_json = serde_json::from_slice::<&RawValue>(&damaged).is_ok();
            for number in whole {
                prop_assert!(found.contains(&record(number)), "{}", found);
            }
            prop_assert_eq!(found.contains("is not JSON"), !is_json, "{}", found);
        }
    }
}
