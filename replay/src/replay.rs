//! `sealwatch replay`: read everything, learn the facts, judge the records, report.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::thread;

use sealwatch_rules::detector::DETECTORS;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::finding::Finding;
use sealwatch_rules::judge::judge;
use sealwatch_rules::key_policy::put_in_force;
use sealwatch_rules::record::{Record, RecordError};
use sealwatch_rules::rule::Outcome;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;

use crate::archive::{self, How, Kept, Note};
use crate::cli::{self, Problem};
use crate::files::{self, Search};
use crate::filter::Filter;
use crate::progress::Progress;
use crate::report::{Report, Tally};

/// All that is read before the first record is judged.
#[derive(Default)]
struct Archive {
    kept: Vec<Kept>,
    facts: Facts,
    tally: Tally,
}

/// Runs the command; gives the exit status.
pub(crate) fn run(options: &cli::Replay) -> Result<u8, Problem> {
    let settings = cli::settings(options.settings.as_deref())?;
    let (facts, search) = (files::find(&options.facts), files::find(&options.paths));
    if search.inputs.is_empty() && search.problems.is_empty() {
        let paths: Vec<_> = options.paths.iter().map(|path| path.display().to_string()).collect();
        let problem = format!("no .json, .jsonl, .ndjson or .gz file in {}", paths.join(", "));
        return Err(Problem::Said(plain(&problem)));
    }
    let filter = Filter {
        since: options.since,
        until: options.until,
        accounts: options.account.clone(),
        regions: options.region.clone(),
    };
    let jobs = options.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let how = How { jobs, most: options.max_file_size, filter, only_facts: false };
    let mut archive = Archive::default();
    let mut progress = Progress::new(&search.inputs, !options.no_progress);
    let all = How { filter: Filter::default(), only_facts: true, jobs, most: options.max_file_size };
    archive.read(&facts, &all, &mut Progress::new(&facts.inputs, false));
    archive.read(&search, &how, &mut progress);
    archive.tally.ignored = search.others;
    let status = archive.judge(options, &settings)?;
    progress.figures();
    Ok(status)
}

impl Archive {
    /// Reads files: records are kept, facts are learnt, all else is counted.
    fn read(&mut self, search: &Search, how: &How, progress: &mut Progress) {
        for problem in &search.problems {
            progress.warn(problem);
            self.tally.unreadable += 1;
        }
        archive::each(&search.inputs, how, |input, contents| {
            progress.step(input, contents.bytes, contents.tally.records);
            self.tally.add(&contents.tally);
            self.kept.extend(contents.kept);
            for note in contents.notes {
                self.note(note, progress);
            }
        });
        progress.done();
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

    fn unreadable(&mut self, place: &str, error: &RecordError) {
        anstream::eprintln!("sealwatch: {place}: {error}");
        self.tally.records += 1;
        self.tally.unreadable_records += 1;
        self.tally.unreadable += 1;
    }

    /// Judges what was kept, in the order of the input.
    fn judge(mut self, options: &cli::Replay, settings: &Settings) -> Result<u8, Problem> {
        let mut report = Report::new(options, settings);
        let mut seen = HashSet::new();
        for Kept { place, text } in std::mem::take(&mut self.kept) {
            self.tally.records -= 1; // counted again by what becomes of it
            let read = Record::parse(&text).and_then(|record| Ok((record, record.bodies()?)));
            let (record, bodies) = match read {
                Ok(read) => read,
                Err(error) => {
                    self.unreadable(&place, &error);
                    continue;
                }
            };
            self.tally.records += 1;
            let id = record.event_id();
            if !id.is_empty() && !seen.insert(id.into_owned()) {
                self.tally.duplicates += 1;
                continue;
            }
            self.tally.judged += 1;
            for detector in DETECTORS {
                let Ok(watched) = detector.watched(&record) else { continue };
                let change = detector.change(watched, &record, &bodies);
                let findings = judge(detector, &change, &self.facts, settings);
                let findings: Vec<_> = findings.into_iter().filter(|finding| wanted(finding, options)).collect();
                for finding in &findings {
                    self.tally.count(finding);
                }
                report.event(detector.name, &findings)?;
                drop(findings);
                if let (Some(arn), Some(policy)) = (&change.resource.arn, put_in_force(&change)) {
                    self.facts.put_policy(arn.clone(), change.event.time.clone(), policy);
                }
            }
        }
        report.finish(&self.tally)?;
        Ok(match self.tally {
            Tally { unreadable: 1.., .. } => crate::UNREADABLE,
            Tally { reported: 1.., .. } if !options.exit_zero => 1,
            _ => 0,
        })
    }
}

fn wanted(finding: &Finding<'_>, options: &cli::Replay) -> bool {
    let rule = options.rule.is_empty() || options.rule.contains(&finding.rule.id);
    let raised = matches!(finding.outcome, Outcome::Violation(_) | Outcome::Unverified(_));
    let severe = options.min_severity.is_none_or(|least| finding.severity >= least.into());
    rule && (severe || !raised)
}
