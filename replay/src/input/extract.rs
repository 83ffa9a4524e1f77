//! The format of an extract: what a replay uses of an archive, as gzipped JSON lines.
//!
//! An extract begins with a header and ends with the counts of what was left out. Several may follow each other, in one file
//! too. Text from an extract is as untrusted as that of any other input.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use memchr::memrchr;
use percent_encoding::percent_decode_str;
use sealwatch_rules::cloudtrail::json_error;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::file_uri;
use crate::source_location::SourceLocation;
use crate::summary::InputCounts;

/// The version of the format.
const VERSION: u32 = 1;

/// The start of each extract: its name is in the header.
const START: &[u8] = b"{\"sealwatch_extract\":";

/// A larger count is no count of anything: it would overflow when it is added to others.
const MAX_COUNT: usize = 1 << 48;

/// A longer name is no name: a path in a ZIP archive has up to 64 KB, and each byte may be escaped.
const LONGEST_NAME: usize = 1 << 18;

/// True if a text begins like an extract.
pub(crate) fn is_extract(text: &[u8]) -> bool {
    text.starts_with(START)
}

/// True if an extract ends at the end of a text.
pub(crate) fn is_ended(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    text.get(memrchr(b'\n', text).map_or(0, |end| end + 1)..).is_some_and(|last| last.starts_with(b"{\"counts\":"))
}

/// What a record is only in an extract for, because the filter of the extract did not select it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Only {
    /// It adds to the timelines of resources, and may replace an earlier record.
    Context,
    /// It only replaces an earlier record.
    Correction,
}

/// What was read, and is not in the extract.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LeftOut {
    #[serde(flatten)]
    pub(crate) input: InputCounts,
    /// Files in directories that were not read because of their extensions.
    pub(crate) other_extensions: usize,
    /// The size of the texts that were read.
    pub(crate) bytes: usize,
}

/// A line of an extract, as it is written and read. Each line has the members of one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RawLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sealwatch_extract: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    file: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<usize>,
    /// Not written if it is false.
    #[serde(skip_serializing_if = "is_false")]
    fact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<Only>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    json: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    problem: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<LeftOut>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A line of an extract.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    /// The first line.
    Header,
    /// A record.
    Record { location: SourceLocation, only: Option<Only>, json: &'a RawValue },
    /// The answer of a `Describe` call.
    Fact { location: SourceLocation, json: &'a RawValue },
    /// What could not be read. It is in the counts, too.
    Problem { location: String, problem: String },
    /// The last line.
    Counts(Box<LeftOut>),
}

impl<'a> Line<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Line<'a>, String> {
        let raw: RawLine<'a> = serde_json::from_slice(line).map_err(|error| json_error::words(&error))?;
        match raw {
            RawLine { sealwatch_extract: Some(VERSION), .. } => Ok(Line::Header),
            RawLine { sealwatch_extract: Some(version), .. } => Err(format!(
                "its format has version {version}, and this program reads version {VERSION}: use the version of Sealwatch \
                 that wrote it, or extract again"
            )),
            RawLine { counts: Some(counts), .. } => match counts.is_plausible() {
                true => Ok(Line::Counts(Box::new(counts))),
                false => Err("its counts are larger than any archive".to_owned()),
            },
            RawLine { problem: Some(problem), file, .. } => {
                Ok(Line::Problem { location: file.unwrap_or_default().into_owned(), problem: problem.into_owned() })
            }
            RawLine { line: Some(line), entry, .. } if line.max(entry.unwrap_or_default()) > MAX_COUNT => {
                Err("`line` or `entry` is larger than any file".to_owned())
            }
            RawLine { file: Some(uri), .. } if uri.len() > LONGEST_NAME => {
                Err("`file` is longer than any name of a file".to_owned())
            }
            RawLine { json: Some(json), file: Some(uri), line: Some(line), entry, fact, only, .. } => {
                let uri = file_uri::of(&path(&uri).ok_or("`file` is no name of a file")?);
                let location = SourceLocation { uri, line, entry };
                Ok(match fact {
                    true => Line::Fact { location, json },
                    false => Line::Record { location, only, json },
                })
            }
            _ => Err("neither a record, a fact, a problem nor counts".to_owned()),
        }
    }
}

impl LeftOut {
    /// Adds the counts of another extract.
    pub(crate) fn add(&mut self, other: &LeftOut) {
        self.input.add(&other.input);
        self.other_extensions = self.other_extensions.saturating_add(other.other_extensions);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn is_plausible(&self) -> bool {
        let LeftOut { input, other_extensions, bytes } = self;
        input.all().into_iter().chain([*other_extensions, *bytes]).all(|count| count <= MAX_COUNT)
    }
}

/// The path of a file, from its URI reference. It names where something was found, and is never opened.
pub(crate) fn path(uri: &str) -> Option<PathBuf> {
    let decode = |text: &str| path_of_bytes(percent_decode_str(text).collect());
    match uri.strip_prefix("s3://") {
        Some(object) => Some(PathBuf::from(format!("s3://{}", decode(object)?.to_str()?))),
        None => decode(uri.strip_prefix("file://").unwrap_or(uri)),
    }
}

#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// Writes an extract.
pub(crate) struct Writer<W: Write> {
    out: W,
    text: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// Fails if the output does.
    pub(crate) fn new(out: W) -> io::Result<Writer<W>> {
        let mut writer = Writer { out, text: Vec::new() };
        let version = Some(env!("CARGO_PKG_VERSION").into());
        writer.write(&RawLine { sealwatch_extract: Some(VERSION), version, ..RawLine::default() })?;
        Ok(writer)
    }

    /// Writes a record, or what an AWS CLI command printed if it is a fact.
    pub(crate) fn record(
        &mut self,
        location: &SourceLocation,
        json: &RawValue,
        fact: bool,
        only: Option<Only>,
    ) -> io::Result<()> {
        self.write(&RawLine {
            file: Some(location.uri.as_str().into()),
            line: Some(location.line),
            entry: location.entry,
            fact,
            only,
            json: Some(json),
            ..RawLine::default()
        })
    }

    /// Writes what could not be read.
    pub(crate) fn problem(&mut self, location: &str, problem: &str) -> io::Result<()> {
        let (file, problem) = (Some(location.into()), Some(problem.into()));
        self.write(&RawLine { file, problem, ..RawLine::default() })
    }

    /// Ends the extract with the counts of what is not in it.
    pub(crate) fn finish(mut self, counts: LeftOut) -> io::Result<W> {
        self.write(&RawLine { counts: Some(counts), ..RawLine::default() })?;
        Ok(self.out)
    }

    fn write(&mut self, line: &RawLine<'_>) -> io::Result<()> {
        self.text.clear();
        serde_json::to_writer(&mut self.text, line)?;
        // In JSON, an end of a line is white space between values: within a text it is escaped.
        self.text.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        self.text.push(b'\n');
        self.out.write_all(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_path_of_a_file_can_be_derived(path in "(/|s3://)?[a-z%:/ #.\u{e9}\u{1b}]{1,20}") {
            let path = Path::new(&path);
            let uri = file_uri::of(path);
            prop_assert_eq!(super::path(&uri).map(|path| file_uri::of(&path)), Some(uri));
        }

        #[test]
        fn what_is_written_is_read(
            uri in "(s3://b/|file:///)?[a-z.][a-z/.]{0,8}(%20[a-z]{1,3})?", line in 1_usize..9, entry: Option<u8>, text in "\\PC{0,9}",
            fact: bool, only in prop::sample::select(vec![None, Some(Only::Context), Some(Only::Correction)]), indented: bool,
        ) {
            let value = serde_json::json!({"eventName": text, "list": [1, {"b": null}]});
            let json = if indented { format!("{value:#}") } else { value.to_string() };
            let location = SourceLocation { uri: uri.clone(), line, entry: entry.map(usize::from) };
            let mut writer = Writer::new(Vec::new()).unwrap();
            writer.record(&location, serde_json::from_str(&json).unwrap(), fact, only).unwrap();
            writer.problem(&text, &json).unwrap();
            let counts = LeftOut { other_extensions: line, ..LeftOut::default() };
            let written = writer.finish(counts.clone()).unwrap();
            prop_assert!(is_extract(&written));
            let lines: Vec<&[u8]> = written.split(|byte| *byte == b'\n').collect();
            prop_assert_eq!(lines.len(), 5);
            prop_assert!(matches!(Line::parse(lines[0]).unwrap(), Line::Header));
            let read = match Line::parse(lines[1]).unwrap() {
                Line::Record { location, only, json } => Some((location, json.get(), only, false)),
                Line::Fact { location, json } => Some((location, json.get(), only, true)),
                _ => None,
            };
            let (read_location, read_json, read_only, read_fact) = read.unwrap();
            prop_assert_eq!((read_location, read_only, read_fact), (location, only, fact));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(read_json).unwrap(), value);
            match Line::parse(lines[2]).unwrap() {
                // the writer puts each problem into one line
                Line::Problem { location, problem } => prop_assert_eq!((location, problem), (text, json)),
                line => prop_assert!(false, "{:?}", line),
            }
            match Line::parse(lines[3]).unwrap() {
                Line::Counts(read) => prop_assert_eq!(read.other_extensions, counts.other_extensions),
                line => prop_assert!(false, "{:?}", line),
            }
        }

        #[test]
        fn what_is_wrong_is_short_and_safe_to_print(value in "\\PC{0,9}[\u{7f}\u{1b}\u{202e}]\\PC{0,400}") {
            let line = serde_json::json!({"file": "a.json", "line": 1, "only": value, "json": {}}).to_string();
            let problem = Line::parse(line.as_bytes()).unwrap_err();
            prop_assert!(sealwatch_rules::util::text::plain(&problem) == problem && problem.chars().count() <= 200, "{:?}", problem);
        }

        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,60}", counts: usize, version: u32) {
            let _ = Line::parse(line.as_bytes());
            let _ = Line::parse(format!("{{\"counts\":{{\"records\":{counts}}}}}").as_bytes());
            let _ = Line::parse(format!("{{\"sealwatch_extract\":{version}}}").as_bytes());
            let _ = Line::parse(format!("{{\"file\":\"{line}\",\"line\":{counts},\"json\":{line}}}").as_bytes());
        }
    }
}
