//! The readers of foreign bytes, one function each: the checks in `fuzz/checks` give them any bytes. Nothing else calls this
//! module.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::input::archive::{Contents, ReadOptions};
use crate::input::extract::{LeftOut, Line, Writer};
use crate::input::filter::Filter;
use crate::input::gunzip::Gunzip;
use crate::input::input_file::InputFile;
use crate::input::pieces::Pieces;
use crate::input::policy_document::Deployment;
use crate::input::reader::Reader;
use crate::input::{content, encoding, extract, policy_documents, zip, zstd};
use crate::{byte_size, file_uri, time_args};

/// The pieces of a text: each with the number of lines before it.
///
/// # Errors
/// Says why the text cannot be read.
pub fn pieces(text: &[u8], size: usize, max_size: usize) -> Result<Vec<(Vec<u8>, usize)>, String> {
    let pieces =
        Pieces::with_size(io::Cursor::new(text.to_vec()), max_size, size).map_err(|error| error.to_string())?;
    pieces.map(|piece| piece.map(|piece| (piece.text, piece.lines_before)).map_err(|error| error.to_string())).collect()
}

/// Decompresses gzip. What has more than `max_size` bytes is cut off one byte after them.
///
/// # Errors
/// Says what is damaged.
pub fn gunzip(bytes: &[u8], max_size: usize) -> Result<Vec<u8>, String> {
    Gunzip::new().read(bytes, max_size).map(<[u8]>::to_vec).map_err(|error| error.to_string())
}

/// Decompresses Zstandard. What has more than `max_size` bytes is cut off one byte after them.
///
/// # Errors
/// Says what is damaged.
pub fn unzstd(bytes: &[u8], max_size: usize) -> Result<Vec<u8>, String> {
    zstd::read(bytes, max_size).map_err(|error| error.to_string())
}

/// The name of a file in an archive, and its content, or what is wrong with it.
pub type Member = (String, Result<Vec<u8>, String>);

/// The files of a ZIP archive that may hold records.
///
/// # Errors
/// Says what is damaged.
pub fn unzip(bytes: &[u8], max_size: usize) -> Result<Vec<Member>, String> {
    let mut files = Vec::new();
    let take = |name: &str, content: io::Result<&[u8]>| {
        files.push((name.to_owned(), content.map(<[u8]>::to_vec).map_err(|error| error.to_string())));
    };
    zip::each(bytes, max_size, take).map_err(|error| error.to_string())?;
    Ok(files)
}

/// Decompresses content in all forms that are known, and converts it to UTF-8. `None` if there is nothing to do.
///
/// # Errors
/// Says what is damaged.
pub fn decode(bytes: &[u8], max_size: usize) -> Result<Option<Vec<u8>>, String> {
    encoding::decode(bytes, max_size).map_err(|error| error.to_string())
}

/// What content is that could not be JSON, in words.
pub fn problem(content: &[u8]) -> Option<&'static str> {
    content::problem(content).or_else(|| content::unread_records(content))
}

/// A policy that was found in a file: its name, its text, and why it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPolicy {
    /// The file, and the resource in it.
    pub name: String,
    /// The policy.
    pub text: Option<String>,
    /// Why it is not known.
    pub unknown: Option<String>,
    /// Everything else, in words.
    pub rest: String,
}

/// The key policies in the text of a file.
///
/// # Errors
/// Says why there are none.
pub fn policies(text: &str) -> Result<Vec<FoundPolicy>, String> {
    let deployment = Deployment { account: Some("111122223333"), region: Some("eu-west-1") };
    let documents = policy_documents::find(Path::new("file.json"), text.to_owned(), deployment)?;
    let found = documents.into_iter().map(|document| FoundPolicy {
        name: document.name(),
        unknown: document.unknown.as_ref().map(ToString::to_string),
        rest: format!("{:?}", (&document.key, &document.account, &document.region, &document.usage, document.bypass)),
        text: document.text,
    });
    Ok(found.collect())
}

/// A line of an extract, in words, and the line that is written of it.
///
/// # Errors
/// Says what is wrong with it.
pub fn extract_line(line: &[u8]) -> Result<(String, Vec<u8>), String> {
    let line = Line::parse(line)?;
    let mut writer = Writer::new(Vec::new()).map_err(|error| error.to_string())?;
    let written = match &line {
        Line::Header => writer.finish(LeftOut::default()).map(|text| split(&text, 0)),
        Line::Counts(counts) => writer.finish(counts.as_ref().clone()).map(|text| split(&text, 1)),
        Line::Record { location, only, json } => {
            let written = writer.record(location, json, false, *only);
            written.and_then(|()| writer.finish(LeftOut::default())).map(|text| split(&text, 1))
        }
        Line::Fact { location, json } => {
            let written = writer.record(location, json, true, None);
            written.and_then(|()| writer.finish(LeftOut::default())).map(|text| split(&text, 1))
        }
        Line::Problem { location, problem } => {
            let written = writer.problem(location, problem);
            written.and_then(|()| writer.finish(LeftOut::default())).map(|text| split(&text, 1))
        }
    };
    Ok((format!("{line:?}"), written.map_err(|error| error.to_string())?))
}

fn split(text: &[u8], line: usize) -> Vec<u8> {
    text.split(|byte| *byte == b'\n').nth(line).unwrap_or_default().to_vec()
}

/// What a replay reads of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// The records that it evaluates: where each stands, and its text.
    pub records: Vec<(String, String)>,
    /// What AWS CLI commands printed: where each stands, and what.
    pub facts: Vec<(String, String)>,
    /// What the records say about others, in words.
    pub timeline: String,
    /// What is wrong.
    pub problems: Vec<String>,
    /// How many records there are, evaluated or not.
    pub count: usize,
}

fn contents(bytes: &[u8], max_size: usize, keep: bool) -> Result<Contents, String> {
    let options = ReadOptions {
        jobs: NonZeroUsize::MIN,
        max_size,
        filter: Filter::default(),
        only_facts: false,
        observe: true,
        keep,
    };
    let file = InputFile { path: PathBuf::from("file.json"), named: false, bytes: 0 };
    let mut reader = Reader::new(max_size);
    let content = reader.read_fetched(bytes.to_vec()).map_err(|error| error.to_string())?;
    let mut contents = Contents::default();
    contents.add_content("file.json", &file, content, &options);
    contents.end_extracts();
    Ok(contents)
}

/// Reads a file as a replay does.
///
/// # Errors
/// Says what is wrong with it.
pub fn file(bytes: &[u8], max_size: usize) -> Result<Read, String> {
    let contents = contents(bytes, max_size, false)?;
    Ok(Read {
        records: contents.records.into_iter().map(|record| (record.location.to_string(), record.text)).collect(),
        facts: contents.facts.iter().map(|fact| (fact.location.to_string(), fact.fact.to_string())).collect(),
        timeline: format!("{:?}", contents.timeline),
        problems: contents.diagnostics.iter().map(ToString::to_string).collect(),
        count: contents.counts.records,
    })
}

/// The extract of a file, as `sealwatch extract` writes it.
///
/// # Errors
/// Says what is wrong with the file.
pub fn extract(bytes: &[u8], max_size: usize) -> Result<Vec<u8>, String> {
    let contents = contents(bytes, max_size, true)?;
    let write = || -> io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new())?;
        for kept in &contents.kept {
            writer.record(&kept.record.location, serde_json::from_str(&kept.record.text)?, false, kept.only)?;
        }
        for fact in &contents.facts {
            writer.record(&fact.location, &serde_json::value::to_raw_value(&fact.fact)?, true, None)?;
        }
        let mut left_out = LeftOut { input: contents.counts, ..LeftOut::default() };
        left_out.input.subtract(&contents.kept_counts);
        writer.finish(left_out)
    };
    write().map_err(|error| error.to_string())
}

/// The reference of a path, and the path that it stands for.
pub fn uri(path: &str) -> (String, Option<String>) {
    let uri = file_uri::of(Path::new(path));
    let path = extract::path(&uri).and_then(|path| path.to_str().map(str::to_owned));
    (uri, path)
}

/// The name of a reference for people, whatever it is.
pub fn name_of_uri(uri: &str) -> String {
    file_uri::name(uri)
}

/// A size, and the words for it.
pub fn size(text: &str) -> Result<(usize, String), String> {
    byte_size::parse(text).map(|size| (size, byte_size::format(size)))
}

/// A time of `--since` and `--until`.
///
/// # Errors
/// Says what is wrong with it.
pub fn times(text: &str) -> Result<(i64, i64), String> {
    Ok((time_args::since(text)?, time_args::until(text)?))
}
