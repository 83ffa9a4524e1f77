//! Reading many files in parallel. Their contents are returned in the order of the files, for any number of workers.

mod extracts;
mod parts;

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use memchr::memmem;
use sealwatch_rules::cloudtrail::extract::{At, Found, begins_with_json, monitored};
use sealwatch_rules::cloudtrail::json_error;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::engine::detector::Skipped;
use sealwatch_rules::rules::{self, DETECTORS};
use sealwatch_rules::timeline::{self, TimelineEntry};
use sealwatch_rules::util::json;
use serde_json::Value;

use crate::file_uri;
use crate::input::addenda::Addendum;
use crate::input::content;
use crate::input::extract::{self, LeftOut, Only};
use crate::input::files::{self, Found as FoundFile, Search};
use crate::input::filter::Filter;
use crate::input::input_file::InputFile;
use crate::input::mention;
use crate::input::reader::{self, Content, Reader};
use crate::input::s3::objects::Fetch;
use crate::input::spool::SpooledRecord;
use crate::input::zip;
use crate::messages::count;
use crate::source_location::SourceLocation;
use crate::summary::InputCounts;
use crate::workers;

/// So many problems of a file are printed. The others are counted.
const MAX_DIAGNOSTICS: usize = 20;

/// A problem with a file, or with a part of it.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    /// The file, and the position in it if the problem is there.
    pub(crate) location: String,
    pub(crate) problem: String,
    /// So many facts precede it: each may be a problem, too.
    pub(crate) facts_before: usize,
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

/// A record that a replay uses.
#[derive(Debug)]
pub(crate) struct KeptRecord {
    pub(crate) record: SpooledRecord,
    pub(crate) only: Option<Only>,
}

/// The content of one file, or of an extract of many.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Records of monitored calls.
    pub(crate) records: Vec<SpooledRecord>,
    /// All records that a replay uses, if they are kept.
    pub(crate) kept: Vec<KeptRecord>,
    /// What the kept records add to the counts.
    pub(crate) kept_counts: InputCounts,
    /// What the records add to the timelines of resources.
    pub(crate) timeline: Vec<TimelineEntry>,
    /// Records that replace earlier ones.
    pub(crate) addenda: Vec<Addendum>,
    pub(crate) facts: Vec<LocatedFact>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) counts: InputCounts,
    /// What the extracts in it count.
    pub(crate) recorded: LeftOut,
    /// The problems that the extracts in it name. They are in `recorded`.
    recorded_diagnostics: Vec<Diagnostic>,
    /// The size of its text.
    pub(crate) bytes: usize,
    /// True if it is the answer of a command that found no records.
    is_empty_answer: bool,
    /// True if it is a policy document.
    is_policy: bool,
    /// Records in a file that should hold only facts. They are not evaluated.
    pub(crate) records_among_facts: usize,
    /// JSON that is neither records nor facts.
    documents: usize,
    /// True if S3 has the object, and did not hand it over.
    pub(crate) not_fetched: bool,
    /// True if this is one of several parts of a text: what holds for the whole is not said of it.
    is_part: bool,
    /// How many lines of the text come before this part.
    lines_before: usize,
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
    /// True if records are kept for an extract, and not evaluated.
    pub(crate) keep: bool,
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
    let worker = || {
        let mut reader = Reader::new(options.max_size);
        move |found| match found {
            FoundFile::File(mut file, fetch) => {
                let contents = read_file(&mut reader, &mut file, fetch, options);
                (file, contents, Part::Whole)
            }
            FoundFile::Piece(path, piece) => Contents::of_piece(&mut reader, path, piece, options),
            FoundFile::Problem(path, problem) => {
                let file = InputFile { path, named: false, bytes: 0 };
                let not_fetched = files::is_s3(&file.path) && is_refused(&problem);
                let mut contents = Contents { not_fetched, ..Contents::default() };
                contents.add_problem(file.display_name(), problem.to_string());
                (file, contents, Part::Whole)
            }
        }
    };
    // what was fetched ahead leaves no room for more, and a piece may be all there is for now
    let must_start = |found: &FoundFile| matches!(found, FoundFile::File(_, Some(_)) | FoundFile::Piece(..));
    let mut parts = parts::Parts::default();
    workers::in_order(options.jobs, search.found(options.max_size), must_start, worker, |(file, mut contents, part)| {
        if part != Part::Whole {
            parts.add(&mut contents, part == Part::Last, &file, options);
        }
        take(&file, contents)
    })
}

/// What some contents are of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Some,
    Last,
}

/// Reads a local file, or an object that is fetched, and notes its size.
fn read_file(reader: &mut Reader, file: &mut InputFile, fetch: Option<Fetch>, options: &ReadOptions) -> Contents {
    let mut contents = Contents::default();
    if skips(&options.filter, &file.path) {
        contents.counts.skipped_by_path += 1;
        return contents;
    }
    let name = file.display_name();
    let fetched = fetch.map(Fetch::wait);
    contents.not_fetched = matches!(&fetched, Some(Err(error)) if is_refused(error));
    let content = match fetched {
        Some(fetched) => fetched.and_then(|bytes| reader.read_fetched(bytes)),
        None => reader.read(&file.path),
    };
    match content {
        Ok(content) => {
            contents.bytes = content.bytes.len();
            contents.add_content(&name, file, content, options);
        }
        Err(error) => contents.add_problem(&name, error.to_string()),
    }
    file.bytes = reader.stored_bytes();
    contents.end_diagnostics(name);
    contents.end_extracts();
    contents
}

/// True if S3 may answer another attempt. Other kinds of errors mean that there is no such object or bucket, or that an object
/// is too large.
fn is_refused(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Other
}

/// True if the path of an input, or of a file in a ZIP archive, shows that no record in it is selected.
pub(crate) fn skips(filter: &Filter, path: &Path) -> bool {
    if files::is_s3(path) { filter.skips_object(path) } else { filter.skips(path) }
}

/// True if records must be looked for in a text that is broken. VPC flow logs, access logs and logs of applications are
/// often stored in the same bucket.
fn may_hold_records(text: &[u8]) -> bool {
    ["eventName", "eventSource"].iter().any(|member| memmem::find(text, member.as_bytes()).is_some())
}

impl Contents {
    /// Adds the files in a ZIP archive, which has a checksum of each.
    fn add_zip(&mut self, name: &str, archive: &InputFile, bytes: &[u8], options: &ReadOptions) {
        let read = zip::each(bytes, options.max_size, |member, content| {
            let file = InputFile { path: archive.path.join(member), named: false, bytes: 0 };
            if skips(&options.filter, &file.path) {
                self.counts.skipped_by_path += 1;
                return;
            }
            let name = file.display_name();
            match content {
                Ok(content) if zip::is_zip(content) => {
                    self.add_problem(name, "a ZIP archive in a ZIP archive: extract it");
                }
                Ok(bytes) => {
                    let mut contents = Contents::default();
                    contents.add_content(&name, &file, Content { bytes, has_checksum: true }, options);
                    self.append(contents);
                }
                Err(error) => self.add_problem(name, error.to_string()),
            }
        });
        if let Err(error) = read {
            self.add_problem(name, error.to_string());
        }
        let is_empty = self.counts.records == 0 && self.recorded.input.files == 0 && self.facts.is_empty();
        if archive.named && is_empty && self.diagnostics.is_empty() {
            self.add_problem(name, "no file with CloudTrail records or facts in this ZIP archive");
        }
    }

    /// Adds the contents of another file.
    fn append(&mut self, other: Contents) {
        self.records.extend(other.records);
        self.kept.extend(other.kept);
        self.kept_counts.add(&other.kept_counts);
        self.timeline.extend(other.timeline);
        self.addenda.extend(other.addenda);
        let facts = self.facts.len();
        let later = |one: Diagnostic| Diagnostic { facts_before: one.facts_before + facts, ..one };
        self.diagnostics.extend(other.diagnostics.into_iter().map(later));
        self.diagnostics.truncate(MAX_DIAGNOSTICS);
        self.facts.extend(other.facts);
        self.counts.add(&other.counts);
        self.recorded.add(&other.recorded);
        self.recorded_diagnostics.extend(other.recorded_diagnostics.into_iter().map(later));
        self.is_empty_answer |= other.is_empty_answer;
        self.is_policy |= other.is_policy;
        self.records_among_facts += other.records_among_facts;
        self.documents += other.documents;
    }

    fn add_problem(&mut self, location: impl Into<String>, problem: impl Into<String>) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic { location: location.into(), problem: problem.into(), facts_before: 0 });
        }
        self.counts.unreadable += 1;
    }

    /// Says how many problems are not printed.
    fn end_diagnostics(&mut self, name: String) {
        if let Some(more) = self.counts.unreadable.checked_sub(self.diagnostics.len()).filter(|more| *more > 0) {
            let problem = format!("and {}", count(more, "more problem"));
            let facts_before = self.diagnostics.last().map_or(0, |last| last.facts_before);
            self.diagnostics.push(Diagnostic { location: name, problem, facts_before });
        }
    }

    /// Adds the content of a file, or says why there are no records in it.
    pub(crate) fn add_content(&mut self, name: &str, file: &InputFile, content: Content<'_>, options: &ReadOptions) {
        let must_be_json = file.named || file.is_named_json();
        let is_empty = content.bytes.trim_ascii().is_empty();
        if zip::is_zip(content.bytes) {
            self.add_zip(name, file, content.bytes, options);
        } else if extract::is_extract(content.bytes) {
            self.add_extract(name, content.bytes, extracts::Part::WHOLE, options);
        } else if let Some(problem) = content::unread_records(content.bytes) {
            self.add_problem(name, problem);
        } else if !must_be_json && !begins_with_json(content.bytes) {
            self.counts.files += 1;
            self.counts.files_without_records += 1;
        } else if let Some(problem) = content::problem(content.bytes) {
            self.add_problem(name, problem);
        } else if is_empty && (file.named || file.is_of_trail() || !file.is_json_lines()) {
            self.add_problem(name, "is empty");
        } else {
            self.add_text(name, file, content, options);
            let is_empty = self.counts.records == 0 && self.facts.is_empty();
            if is_empty && !self.diagnostics.is_empty() && !must_be_json && !may_hold_records(content.bytes) {
                self.diagnostics.clear();
                self.counts = InputCounts { files: 1, files_without_records: 1, ..InputCounts::default() };
            } else if is_empty && self.documents > 0 && file.is_log_of_trail() && !options.only_facts {
                self.add_problem(name, "no CloudTrail record, although a trail names its log files like this");
            }
        }
    }

    /// Adds the records and facts of a text, and counts everything else.
    fn add_text(&mut self, name: &str, file: &InputFile, text: Content<'_>, options: &ReadOptions) {
        let inflate = &mut reader::inflate(options.max_size);
        let found = &mut |at: At, found: Found<'_>| self.add(name, file, at, found, options);
        let unparsed = monitored(text.bytes, text.has_checksum, rules::monitors, inflate, found);
        self.counts.files += 1;
        match options.only_facts {
            true => self.records_among_facts += unparsed,
            false => {
                self.counts.records += unparsed;
                self.counts.not_monitored += unparsed;
            }
        }
        if !self.is_part {
            let is_empty = self.counts.records == 0 && self.facts.is_empty() && self.diagnostics.is_empty();
            self.end_text(is_empty, name, file, options);
        }
    }

    /// Says of a text that it holds nothing, or counts it.
    fn end_text(&mut self, is_empty: bool, name: &str, file: &InputFile, options: &ReadOptions) {
        if is_empty && file.named && !self.is_empty_answer {
            let problem = match options.only_facts {
                true => "no output of an AWS CLI command that describes a key or resource",
                false if self.is_policy => "this is a policy, not a record: evaluate it with `sealwatch policy`",
                false => "no CloudTrail record and no facts",
            };
            self.add_problem(name, problem);
        } else if is_empty {
            self.counts.files_without_records += 1;
        }
    }

    fn add(&mut self, name: &str, file: &InputFile, at: At, found: Found<'_>, options: &ReadOptions) {
        let at = At { line: at.line + self.lines_before, ..at };
        let location = || SourceLocation { uri: file_uri::of(&file.path), line: at.line, entry: at.index };
        match found {
            Found::Record(..) | Found::Foreign | Found::Unreadable(_) if options.only_facts => {
                self.records_among_facts += 1;
            }
            Found::Record(record, text) => self.add_record(&record, text, None, options, location),
            Found::Foreign => {
                self.counts.records += 1;
                self.counts.not_monitored += 1;
            }
            Found::Document(fact) if rules::is_cli_output(fact) => match json::parse(fact.get()) {
                Ok(fact) => self.facts.push(LocatedFact { location: location(), fact }),
                Err(error) => self.add_problem(location().to_string(), json_error::words(&error)),
            },
            Found::Unreadable(error) => {
                self.add_problem(location().to_string(), error.to_string());
                self.counts.records += 1;
                self.counts.unreadable_records += 1;
            }
            Found::NotJson { line, problem } => {
                self.add_problem(format!("{name}: line {}", line + self.lines_before), problem);
            }
            Found::Document(document) | Found::Empty(document) => {
                self.is_empty_answer |= matches!(found, Found::Empty(_));
                self.documents += usize::from(matches!(found, Found::Document(_)));
                self.is_policy |= memmem::find(document.get().as_bytes(), b"\"Statement\"").is_some();
                match mention::problem(document).filter(|_| !options.only_facts) {
                    Some(problem) => self.add_problem(location().to_string(), problem),
                    // other JSON in a directory of logs is expected, but not in a file that the user named
                    None => self.counts.other_documents += usize::from(file.named && !self.is_empty_answer),
                }
            }
        }
    }

    /// Adds a record. `only` is what it is in an extract for, if the filter of that did not select it.
    fn add_record(
        &mut self,
        record: &Record<'_>,
        text: &str,
        only: Option<Only>,
        options: &ReadOptions,
        location: impl FnOnce() -> SourceLocation,
    ) {
        let addendum = Addendum::of(record);
        let replaces = addendum.is_some();
        self.addenda.extend(addendum);
        let selects = || only.is_none() && options.filter.selects(record);
        let skipped: Vec<Skipped> = DETECTORS.iter().filter_map(|detector| detector.api_call(record).err()).collect();
        let may_be_context = only != Some(Only::Correction) && options.filter.is_context(record);
        let is_context = options.observe && may_be_context && timeline::has_effect(record);
        if is_context {
            self.observe(record, selects());
        }
        let is_monitored = skipped.len() < DETECTORS.len() || skipped.contains(&Skipped::Failed);
        // why a record is not evaluated
        let counter: Option<fn(&mut InputCounts) -> &mut usize> = match is_monitored {
            false if is_context => Some(|counts| &mut counts.context_only),
            false => Some(|counts| &mut counts.not_monitored),
            true if !selects() => Some(|counts| &mut counts.filtered_out),
            true if skipped.len() == DETECTORS.len() => Some(|counts| &mut counts.failed_calls),
            true => None,
        };
        let is_kept = options.keep && (is_context || replaces || counter.is_none());
        let add_to = |counts: &mut InputCounts| {
            counts.records += 1;
            counter.into_iter().for_each(|counter| *counter(counts) += 1);
        };
        add_to(&mut self.counts);
        if is_kept {
            add_to(&mut self.kept_counts);
            let only = match is_context {
                _ if selects() => None,
                true => Some(Only::Context),
                false => Some(Only::Correction),
            };
            self.kept.push(KeptRecord { record: SpooledRecord { location: location(), text: text.to_owned() }, only });
        } else if counter.is_none() {
            self.records.push(SpooledRecord { location: location(), text: text.to_owned() });
        }
    }

    /// Adds a record to the timelines of resources. An unreadable record adds nothing: evaluating it reports the error.
    ///
    /// A policy excuses what later policies repeat, because it was reported itself. A record that is not selected is not
    /// reported, so its policy excuses nothing.
    fn observe(&mut self, record: &Record<'_>, selected: bool) {
        if let Ok(payload) = record.payload() {
            let entries = timeline::observe(record, &payload);
            self.timeline.extend(entries.into_iter().filter(|entry| selected || !entry.is_policy()));
        }
    }
}
