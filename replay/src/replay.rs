//! `sealwatch replay`: read everything, learn the facts, judge the records, report.

use std::collections::HashSet;
use std::io;
use std::num::NonZeroUsize;
use std::thread;

use sealwatch_rules::detector::DETECTORS;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::finding::Finding;
use sealwatch_rules::history::{History, Told};
use sealwatch_rules::judge::judge;
use sealwatch_rules::notification::{Notification, notification};
use sealwatch_rules::record::Record;
use sealwatch_rules::rule::Outcome;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;

use crate::archive::{self, How, Note};
use crate::cli::{self, Problem};
use crate::files::{self, Search};
use crate::filter::Filter;
use crate::live;
use crate::mailbox::Mailbox;
use crate::progress::Progress;
use crate::report::{Printed, Report, Tally};
use crate::spool::{Kept, Spool};
use crate::workers;

/// All that is read before the first record is judged.
struct Archive {
    kept: Spool,
    told: Vec<Told>,
    facts: Facts,
    tally: Tally,
}

/// The ids of the events that were judged.
#[derive(Default)]
struct Seen {
    /// Ids are random 128-bit numbers, written in hexadecimal with dashes.
    usual: HashSet<u128>,
    others: HashSet<String>,
}

impl Seen {
    /// True for an id that was not seen before.
    fn is_new(&mut self, id: &str) -> bool {
        let parts: Vec<&str> = id.split('-').collect();
        let usual = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]);
        let lower = !id.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'+');
        match u128::from_str_radix(&parts.concat(), 16) {
            Ok(number) if usual && lower => self.usual.insert(number),
            _ => self.others.insert(id.to_owned()),
        }
    }
}

/// Runs the command; gives the exit status.
pub(crate) fn run(options: &cli::Replay) -> Result<u8, Problem> {
    let mut settings = cli::settings(options.settings.as_deref())?;
    settings.keys.settle = options.settle.unwrap_or(settings.keys.settle);
    let learn = settings.keys.settle > 0;
    let topic = options.publish.as_deref();
    let mailbox = topic.map(|topic| Mailbox::open(options.profile.as_deref(), topic)).transpose()?;
    let filter = Filter {
        since: options.since,
        until: options.until,
        accounts: options.account.clone(),
        regions: options.region.clone(),
    };
    let facts = files::find(&options.facts, &Filter::default());
    let search = files::find(&options.paths, &filter);
    if search.inputs.is_empty() && search.problems.is_empty() && search.passed_over == 0 {
        let paths: Vec<_> = options.paths.iter().map(|path| path.display().to_string()).collect();
        let problem = format!("no .json, .jsonl, .ndjson or .gz file in {}", paths.join(", "));
        return Err(Problem::Said(plain(&problem)));
    }
    let jobs = options.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let how = How { jobs, most: options.max_file_size, filter, only_facts: false, learn };
    let mut archive =
        Archive { kept: Spool::new(), told: Vec::new(), facts: Facts::default(), tally: Tally::default() };
    let mut progress = Progress::new(&search.inputs, !options.no_progress);
    let all = How { filter: Filter::default(), only_facts: true, jobs, most: options.max_file_size, learn: false };
    archive.read(&facts, &all, &mut Progress::new(&facts.inputs, false))?;
    archive.read(&search, &how, &mut progress)?;
    archive.tally.ignored = search.others;
    archive.tally.other_days += search.passed_over;
    let status = archive.judge(options, &settings, jobs, mailbox)?;
    progress.figures();
    Ok(status)
}

impl Archive {
    /// Reads files: records are kept, facts are learnt, all else is counted.
    fn read(&mut self, search: &Search, how: &How, progress: &mut Progress) -> Result<(), Problem> {
        for problem in &search.problems {
            progress.warn(problem);
            self.tally.unreadable += 1;
        }
        let read = archive::each(search, how, |input, contents| {
            progress.step(input, contents.bytes, contents.tally.records);
            self.tally.add(&contents.tally);
            self.told.extend(contents.told);
            for note in contents.notes {
                self.note(note, progress);
            }
            contents.kept.iter().try_for_each(|record| self.kept.push(record))
        });
        progress.done();
        read.map_err(|error| temporary(&error))
    }

    fn note(&mut self, note: Note, progress: &Progress) {
        match note {
            Note::Problem(problem) => progress.warn(&problem),
            Note::Fact(place, fact) => match self.facts.learn(&fact) {
                Ok(()) => self.tally.facts += 1,
                Err(problem) => {
                    progress.warn(&format!("{place}: {problem}"));
                    self.tally.unreadable += 1;
                }
            },
        }
    }

    /// Asks AWS what the records leave open.
    fn look_up(&mut self, options: &cli::Replay, settings: &Settings, spool: &mut Spool) -> Result<(), Problem> {
        let records = |take: &mut dyn FnMut(&str)| {
            for kept in spool.records().map_err(|error| temporary(&error))? {
                take(&kept.map_err(|error| temporary(&error))?.text);
            }
            Ok(())
        };
        let profile = options.profile.as_deref();
        let elsewhere = live::look_up(profile, !options.no_progress, &mut self.facts, settings, records)?;
        if let Some(warning) = elsewhere.warning() {
            anstream::eprintln!("sealwatch: {warning}");
        }
        Ok(())
    }

    /// Judges what was kept; what comes of it is counted and printed in the order of the input.
    fn judge(
        mut self,
        options: &cli::Replay,
        settings: &Settings,
        jobs: NonZeroUsize,
        mailbox: Option<Mailbox>,
    ) -> Result<u8, Problem> {
        self.facts.history = History::of(std::mem::take(&mut self.told));
        let mut spool = std::mem::replace(&mut self.kept, Spool::new());
        if options.live {
            self.look_up(options, settings, &mut spool)?;
        }
        let mut outcomes = Outcomes::new(options, self.tally, mailbox);
        let facts = &self.facts;
        let worker = || {
            |records: Vec<io::Result<Kept>>| -> Vec<io::Result<Judged>> {
                records.into_iter().map(|kept| Ok(judged(&kept?, facts, options, settings))).collect()
            }
        };
        workers::in_order(jobs, chunks(spool.records().map_err(|error| temporary(&error))?), worker, |judged| {
            judged.into_iter().try_for_each(|judged| outcomes.take(judged.map_err(|error| temporary(&error))?))
        })?;
        outcomes.finish(options.exit_zero)
    }
}

/// All that came of the records so far.
struct Outcomes {
    tally: Tally,
    seen: Seen,
    report: Report,
    mailbox: Option<Mailbox>,
}

impl Outcomes {
    fn new(options: &cli::Replay, tally: Tally, mailbox: Option<Mailbox>) -> Outcomes {
        Outcomes { tally, seen: Seen::default(), report: Report::new(options), mailbox }
    }

    /// Counts, prints and publishes what came of a record, unless the same event was judged before.
    fn take(&mut self, judged: Judged) -> Result<(), Problem> {
        if let Some(problem) = judged.problem {
            anstream::eprintln!("sealwatch: {problem}");
            self.tally.unreadable_records += 1;
            self.tally.unreadable += 1;
        } else if !judged.id.is_empty() && !self.seen.is_new(&judged.id) {
            self.tally.duplicates += 1;
        } else {
            self.tally.judged += 1;
            self.tally.add(&judged.tally);
            judged.printed.into_iter().try_for_each(|printed| self.report.print(printed))?;
            if let Some(mailbox) = &mut self.mailbox {
                judged.notifications.into_iter().for_each(|notification| mailbox.publish(notification));
            }
        }
        Ok(())
    }

    /// Prints what is left, and gives the exit status.
    fn finish(self, exit_zero: bool) -> Result<u8, Problem> {
        self.report.finish(&self.tally)?;
        self.mailbox.map_or(Ok(()), Mailbox::finish)?;
        Ok(match self.tally {
            Tally { unreadable: 1.., .. } => crate::UNREADABLE,
            Tally { reported: 1.., .. } if !exit_zero => 1,
            _ => 0,
        })
    }
}

/// What came of a record.
struct Judged {
    /// The id of the event; empty where it has none, or cannot be read.
    id: String,
    /// What is wrong with the record.
    problem: Option<String>,
    tally: Tally,
    printed: Vec<Printed>,
    /// What is to be published.
    notifications: Vec<Notification>,
}

/// So many records are handed to a worker at once.
const CHUNK: usize = 64;

/// The items in lists of [`CHUNK`].
fn chunks<T>(mut items: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    std::iter::from_fn(move || {
        let chunk: Vec<T> = items.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Judges a record.
fn judged(kept: &Kept, facts: &Facts, options: &cli::Replay, settings: &Settings) -> Judged {
    let mut judged = Judged {
        id: String::new(),
        problem: None,
        tally: Tally::default(),
        printed: Vec::new(),
        notifications: Vec::new(),
    };
    let Kept { place, text } = kept;
    let read = Record::parse(text).and_then(|record| Ok((record, record.bodies()?)));
    let (record, bodies) = match read {
        Ok(read) => read,
        Err(error) => {
            judged.problem = Some(format!("{place}: {error}"));
            return judged;
        }
    };
    judged.id = record.event_id().into_owned();
    for detector in DETECTORS {
        let Ok(watched) = detector.watched(&record) else { continue };
        let change = detector.change(watched, &record, &bodies);
        let mut findings = judge(detector, &change, facts, settings);
        findings.retain(|finding| wanted(finding, options));
        findings.iter().for_each(|finding| judged.tally.count(finding));
        if options.publish.is_some() {
            judged.notifications.extend(notification(detector.name, &findings, settings));
        }
        judged.printed.push(Printed::of(options, settings, detector.name, place, &findings));
    }
    judged
}

/// Records that wait to be judged are kept in a temporary file where they are many.
fn temporary(error: &io::Error) -> Problem {
    Problem::Said(format!(
        "the temporary file for records cannot be used: {error}; make room there, or set TMPDIR to another folder"
    ))
}

fn wanted(finding: &Finding<'_>, options: &cli::Replay) -> bool {
    let rule = options.rule.is_empty() || options.rule.contains(&finding.rule.id);
    let raised = matches!(finding.outcome, Outcome::Violation(_) | Outcome::Unverified(_));
    let severe = options.min_severity.is_none_or(|least| finding.severity >= least.into());
    rule && (severe || !raised)
}
