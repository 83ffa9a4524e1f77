//! Reading many files in parallel. Their contents are returned in the order of the files, for any number of workers.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;

use sealwatch_rules::cloudtrail::extract::{self, At, Found};
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::engine::detector::Skipped;
use sealwatch_rules::rules::{self, DETECTORS};
use sealwatch_rules::timeline::{self, TimelineEntry};
use sealwatch_rules::util::text::plain;
use serde_json::Value;

use crate::input::addenda::Addendum;
use crate::input::encoding;
use crate::input::files::Search;
use crate::input::filter::Filter;
use crate::input::input_file::InputFile;
use crate::input::mention;
use crate::input::reader::{self, Reader};
use crate::input::s3::prefetch::Prefetch;
use crate::input::spool::SpooledRecord;
use crate::input::zip;
use crate::source_location::SourceLocation;
use crate::summary::InputCounts;
use crate::workers;

/// A problem with a file, or with a part of it.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    /// The file, and the position in it if the problem is there.
    location: String,
    problem: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.problem)
    }
}

/// A fact, and where it was found.
#[derive(Debug)]
pub(crate) struct LocatedFact {
    pub(crate) location: SourceLocation,
    /// The answer of a `Describe` call.
    pub(crate) fact: Value,
}

/// The content of one file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Records of monitored calls.
    pub(crate) records: Vec<SpooledRecord>,
    /// What the records add to the timelines of resources.
    pub(crate) timeline: Vec<TimelineEntry>,
    /// Records that replace earlier ones.
    pub(crate) addenda: Vec<Addendum>,
    pub(crate) facts: Vec<LocatedFact>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) counts: InputCounts,
    /// The size of its text.
    pub(crate) bytes: usize,
    /// True if it is the answer of a command that found no records.
    is_empty_answer: bool,
}

/// How files are read.
#[derive(Debug)]
pub(crate) struct ReadOptions {
    /// How many files are read in parallel.
    pub(crate) jobs: NonZeroUsize,
    /// Larger texts are rejected.
    pub(crate) max_size: usize,
    /// Which records are selected.
    pub(crate) filter: Filter,
    /// True if the files should hold only facts.
    pub(crate) only_facts: bool,
    /// True if records add to the timelines of resources.
    pub(crate) observe: bool,
}

/// Reads all files and passes their contents to `take`, in the order of the files. Each worker has a reader of its own.
///
/// # Errors
/// Returns the first error of `take`.
pub(crate) fn read_files<E>(
    search: &Search,
    options: &ReadOptions,
    mut take: impl FnMut(&InputFile, Contents) -> Result<(), E>,
) -> Result<(), E> {
    let prefetch = search.s3.as_ref().map(|s3| Prefetch::new(s3, &search.inputs, options.max_size));
    let worker = || {
        let mut reader = Reader::new(options.max_size);
        let prefetch = prefetch.as_ref();
        move |(index, file)| {
            let fetched = prefetch.and_then(|prefetch| prefetch.take(index));
            (file, read_file(&mut reader, file, fetched, options))
        }
    };
    workers::in_order(options.jobs, search.inputs.iter().enumerate(), worker, |(file, contents)| take(file, contents))
}

/// Reads a local file, or an object that was fetched.
fn read_file(
    reader: &mut Reader,
    file: &InputFile,
    fetched: Option<io::Result<Vec<u8>>>,
    options: &ReadOptions,
) -> Contents {
    let mut contents = Contents::default();
    if options.filter.skips(&file.path) {
        contents.counts.skipped_by_path += 1;
        return contents;
    }
    let name = plain(&file.path.display().to_string());
    let bytes = match fetched {
        Some(fetched) => fetched.and_then(|bytes| reader.read_fetched(bytes)),
        None => reader.read(&file.path),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            contents.add_problem(name, error.to_string());
            return contents;
        }
    };
    contents.bytes = bytes.len();
    if zip::is_zip(bytes) {
        contents.add_zip(&name, file, bytes, options);
        return contents;
    }
    if let Some(problem) = encoding::unsupported(bytes) {
        contents.add_problem(name, problem);
        return contents;
    }
    if !file.named && is_other_log(file, bytes) {
        contents.counts.files += 1;
        contents.counts.files_without_records += 1;
        return contents;
    }
    contents.add_text(&name, bytes, file.named, options);
    contents
}

/// True for compressed files and tables that are not JSON: VPC flow logs and access logs are often stored in the same bucket.
fn is_other_log(file: &InputFile, bytes: &[u8]) -> bool {
    let has = |other: &str| file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(other));
    (has("gz") || has("csv")) && !extract::begins_with_json(bytes)
}

impl Contents {
    /// Adds the files in a ZIP archive.
    fn add_zip(&mut self, name: &str, archive: &InputFile, bytes: &[u8], options: &ReadOptions) {
        let read = zip::each(bytes, options.max_size, |member, content| {
            let name = plain(&archive.path.join(member).display().to_string());
            match content.map(|content| (content, encoding::unsupported(content))) {
                Ok((content, None)) if zip::is_zip(content) => {
                    self.add_problem(name, "a ZIP archive in a ZIP archive: extract it");
                }
                Ok((content, None)) => self.add_text(&name, content, false, options),
                Ok((_, Some(problem))) => self.add_problem(name, problem),
                Err(error) => self.add_problem(name, error.to_string()),
            }
        });
        if let Err(error) = read {
            self.add_problem(name, error.to_string());
        }
        if archive.named && self.counts.records == 0 && self.facts.is_empty() && self.diagnostics.is_empty() {
            self.add_problem(name, "no file with CloudTrail records or facts in this ZIP archive");
        }
    }

    fn add_problem(&mut self, location: impl Into<String>, problem: impl Into<String>) {
        self.diagnostics.push(Diagnostic { location: location.into(), problem: problem.into() });
        self.counts.unreadable += 1;
    }

    /// Adds the records and facts of a text, and counts everything else.
    fn add_text(&mut self, name: &str, text: &[u8], named: bool, options: &ReadOptions) {
        let inflate = &mut reader::inflate(options.max_size);
        let unparsed = extract::monitored(text, rules::monitors, inflate, &mut |at, found| {
            self.add(name, at, found, named, options)
        });
        self.counts.files += 1;
        self.counts.records += unparsed;
        self.counts.not_monitored += unparsed;
        let empty = self.counts.records == 0 && self.facts.is_empty() && self.diagnostics.is_empty();
        if empty && named && !self.is_empty_answer {
            let problem = match options.only_facts {
                true => "no output of an AWS CLI command that describes a key or resource",
                false => "no CloudTrail record and no facts",
            };
            self.add_problem(name, problem);
        } else if empty {
            self.counts.files_without_records += 1;
        }
    }

    fn add(&mut self, name: &str, at: At, found: Found<'_>, named: bool, options: &ReadOptions) {
        let location = || SourceLocation { file: name.to_owned(), line: at.line, entry: at.index };
        match found {
            Found::Record(record, text) => self.add_record(&record, text, options, location),
            Found::Foreign => {
                self.counts.records += 1;
                self.counts.not_monitored += 1;
            }
            Found::Document(fact) if rules::is_cli_output(fact) => match serde_json::from_str(fact.get()) {
                Ok(fact) => self.facts.push(LocatedFact { location: location(), fact }),
                Err(error) => self.add_problem(location().to_string(), error.to_string()),
            },
            Found::Unreadable(error) => {
                self.add_problem(location().to_string(), error.to_string());
                self.counts.records += 1;
                self.counts.unreadable_records += 1;
            }
            Found::NotJson { line, problem } => self.add_problem(format!("{name}: line {line}"), problem),
            Found::Document(document) | Found::Empty(document) => {
                self.is_empty_answer |= matches!(found, Found::Empty(_));
                match mention::problem(document).filter(|_| !options.only_facts) {
                    Some(problem) => self.add_problem(location().to_string(), problem),
                    // other JSON in a directory of logs is expected, but not in a file that the user named
                    None => self.counts.other_documents += usize::from(named && !self.is_empty_answer),
                }
            }
        }
    }

    fn add_record(
        &mut self,
        record: &Record<'_>,
        text: &str,
        options: &ReadOptions,
        location: impl FnOnce() -> SourceLocation,
    ) {
        self.counts.records += 1;
        self.addenda.extend(Addendum::of(record));
        let skipped: Vec<Skipped> = DETECTORS.iter().filter_map(|detector| detector.api_call(record).err()).collect();
        let is_context = options.observe && timeline::has_effect(record);
        if is_context {
            self.observe(record);
        }
        if skipped.len() == DETECTORS.len() && skipped.iter().all(|skipped| *skipped == Skipped::NotMonitored) {
            match is_context {
                true => self.counts.context_only += 1,
                false => self.counts.not_monitored += 1,
            }
        } else if !options.filter.selects(record) {
            self.counts.filtered_out += 1;
        } else if skipped.len() == DETECTORS.len() {
            self.counts.failed_calls += 1;
        } else {
            self.records.push(SpooledRecord { location: location(), text: text.to_owned() });
        }
    }

    /// Adds a record to the timelines of resources. An unreadable record adds nothing: evaluating it reports the error.
    fn observe(&mut self, record: &Record<'_>) {
        if let Ok(payload) = record.payload() {
            self.timeline.extend(timeline::observe(record, &payload));
        }
    }
}
