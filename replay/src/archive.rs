//! Reading many files at once: what each holds comes out in the order of the files, whatever the
//! number of workers.

use std::io;
use std::num::NonZeroUsize;

use sealwatch_rules::detector::{DETECTORS, Skipped};
use sealwatch_rules::history::{self, Told};
use sealwatch_rules::input::{self, At, Found};
use sealwatch_rules::record::{Record, RecordError};
use sealwatch_rules::text::plain;
use serde_json::Value;

use crate::files::{self, Input, Reader, Search};
use crate::filter::Filter;
use crate::report::Tally;
use crate::spool::{Kept, Place};
use crate::workers;

/// Something in a file that is not a record.
#[derive(Debug, PartialEq)]
pub(crate) enum Note {
    /// It cannot be read.
    Problem(String),
    /// A fact, and where it came from.
    Fact(String, Value),
}

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) kept: Vec<Kept>,
    /// What records tell about each other.
    pub(crate) told: Vec<Told>,
    pub(crate) notes: Vec<Note>,
    pub(crate) tally: Tally,
    /// The size of its text.
    pub(crate) bytes: usize,
}

/// How files are read.
#[derive(Debug)]
pub(crate) struct How {
    /// How many files are read at the same time.
    pub(crate) jobs: NonZeroUsize,
    /// A larger text is refused.
    pub(crate) most: usize,
    /// Which records are wanted.
    pub(crate) filter: Filter,
    /// True for files that should hold facts.
    pub(crate) only_facts: bool,
    /// True where records tell about each other.
    pub(crate) learn: bool,
}

/// Reads all files, each worker into memory of its own, and hands out what they hold in their order.
///
/// # Errors
/// Those of `take`.
pub(crate) fn each<E>(
    search: &Search,
    how: &How,
    mut take: impl FnMut(&Input, Contents) -> Result<(), E>,
) -> Result<(), E> {
    let ahead = search.s3.as_ref().map(|s3| s3.ahead(&search.inputs, how.most));
    let worker = || {
        let mut reader = Reader::new(how.most);
        let ahead = ahead.as_ref();
        move |(index, input)| (input, read(&mut reader, input, ahead.and_then(|ahead| ahead.take(index)), how))
    };
    workers::in_order(how.jobs, search.inputs.iter().enumerate(), worker, |(input, contents)| take(input, contents))
}

/// Reads a file, or an object that was fetched.
fn read(reader: &mut Reader, file: &Input, fetched: Option<io::Result<Vec<u8>>>, how: &How) -> Contents {
    let mut contents = Contents::default();
    if how.filter.passes_over(&file.path) {
        contents.tally.other_days += 1;
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
            contents.problem(format!("{name}: {error}"));
            return contents;
        }
    };
    contents.bytes = bytes.len();
    if !file.named && is_other_log(file, bytes) {
        contents.tally.files += 1;
        contents.tally.other_files += 1;
        return contents;
    }
    contents.search(&name, bytes, file.named, how);
    contents
}

/// True for compressed files that are no JSON: flow logs and access logs lie in the same buckets.
fn is_other_log(file: &Input, bytes: &[u8]) -> bool {
    let compressed = file.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    compressed && !matches!(bytes, [b'{' | b'[', ..])
}

impl Contents {
    fn problem(&mut self, problem: String) {
        self.notes.push(Note::Problem(problem));
        self.tally.unreadable += 1;
    }

    /// Keeps records and facts of a text; all else is counted.
    fn search(&mut self, name: &str, text: &[u8], named: bool, how: &How) {
        let others = match input::watched(text, &mut |at, found| self.found(name, at, found, named, how)) {
            Ok(others) => others,
            Err(error) => return self.problem(format!("{name}: {}", files::not_utf_8(error))),
        };
        self.tally.files += 1;
        self.tally.records += others;
        self.tally.not_ours += others;
        let nothing = self.tally.records == 0 && self.notes.is_empty();
        if nothing && named {
            let wanted = if how.only_facts {
                "nothing that an AWS CLI command printed about keys or resources"
            } else {
                "no CloudTrail record and no facts"
            };
            self.problem(format!("{name}: holds {wanted}"));
        } else if nothing {
            self.tally.other_files += 1;
        }
    }

    fn found(&mut self, name: &str, at: At, found: Found<'_>, named: bool, how: &How) {
        let place = || Place { file: name.to_owned(), line: at.line, entry: at.index };
        match found {
            Found::Record(record, text) => {
                self.tally.records += 1;
                let skipped = DETECTORS.iter().filter_map(|detector| detector.watched(&record).err());
                let skipped: Vec<Skipped> = skipped.collect();
                let tells = how.learn && history::tells(&record);
                if tells {
                    self.learn(&record);
                }
                if skipped.iter().all(|skipped| *skipped == Skipped::NotOurs) && skipped.len() == DETECTORS.len() {
                    if tells {
                        self.tally.learnt += 1;
                    } else {
                        self.tally.not_ours += 1;
                    }
                } else if !how.filter.wants(&record) {
                    self.tally.unwanted += 1;
                } else if skipped.len() < DETECTORS.len() {
                    self.kept.push(Kept { place: place(), text: text.to_owned() });
                } else {
                    self.tally.failed_calls += 1;
                }
            }
            Found::Foreign => {
                self.tally.records += 1;
                self.tally.not_ours += 1;
            }
            Found::Fact(fact) => match serde_json::from_str(fact.get()) {
                Ok(fact) => self.notes.push(Note::Fact(place().to_string(), fact)),
                Err(error) => self.problem(format!("{}: {error}", place())),
            },
            Found::Unreadable(error) => self.unreadable(&place().to_string(), &error),
            Found::NotJson { line, problem } => self.problem(format!("{name}: line {line}: {problem}")),
            // other JSON beside the records is none of our business, unless it was named
            Found::Unknown if named => self.tally.unknown += 1,
            Found::Unknown => {}
        }
    }

    /// One that cannot be read tells nothing; it is named where it is judged.
    fn learn(&mut self, record: &Record<'_>) {
        if let Ok(bodies) = record.bodies() {
            self.told.extend(history::told(record, &bodies));
        }
    }

    fn unreadable(&mut self, place: &str, error: &RecordError) {
        self.problem(format!("{place}: {error}"));
        self.tally.records += 1;
        self.tally.unreadable_records += 1;
    }
}
