//! `sealwatch replay`: read everything, learn the facts, judge the records, report.

use std::collections::HashSet;

use sealwatch_rules::detector::{DETECTORS, Skipped};
use sealwatch_rules::facts::Facts;
use sealwatch_rules::finding::Finding;
use sealwatch_rules::input::{self, At, Found};
use sealwatch_rules::judge::judge;
use sealwatch_rules::key_policy::put_in_force;
use sealwatch_rules::record::{Record, RecordError};
use sealwatch_rules::rule::Outcome;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;

use crate::cli::{self, Problem};
use crate::files::{self, Input};
use crate::report::{Report, Tally};

/// A record of a watched call, kept until all facts are known.
struct Kept {
    /// Where it came from, for messages.
    place: String,
    /// Its JSON text.
    text: String,
}

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
    let mut archive = Archive::default();
    let (facts, problems) = files::find(&options.facts);
    archive.refuse(problems);
    for file in &facts {
        archive.read(file, true);
    }
    let (inputs, problems) = files::find(&options.paths);
    archive.refuse(problems);
    if inputs.is_empty() && archive.tally.unreadable == 0 {
        let paths: Vec<_> = options.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Problem::Said(format!("no .json, .jsonl, .ndjson or .gz file in {}", paths.join(", "))));
    }
    for file in &inputs {
        archive.read(file, false);
    }
    archive.judge(options, &settings)
}

impl Archive {
    fn refuse(&mut self, problems: Vec<String>) {
        for problem in problems {
            anstream::eprintln!("sealwatch: {}", plain(&problem));
            self.tally.unreadable += 1;
        }
    }

    /// Reads a file: records are kept, facts are learnt, all else is counted.
    fn read(&mut self, file: &Input, only_facts: bool) {
        let name = plain(&file.path.display().to_string());
        let text = match files::read(&file.path) {
            Ok(text) => text,
            Err(error) => return self.refuse(vec![format!("{name}: {error}")]),
        };
        self.tally.files += 1;
        let before = self.tally.records + self.tally.facts + self.tally.unreadable;
        input::each(&text, &mut |at, found| self.found(&name, at, found, file.named));
        let nothing = before == self.tally.records + self.tally.facts + self.tally.unreadable;
        if nothing && file.named {
            let wanted = if only_facts {
                "nothing that an AWS CLI command printed about keys or resources"
            } else {
                "no CloudTrail record and no facts"
            };
            self.refuse(vec![format!("{name}: holds {wanted}")]);
        } else if nothing {
            self.tally.other_files += 1;
        }
    }

    fn found(&mut self, name: &str, at: At, found: Found<'_>, named: bool) {
        let place = || match at.index {
            Some(index) => format!("{name}: line {}, entry {index}", at.line),
            None => format!("{name}: line {}", at.line),
        };
        match found {
            Found::Record(record, text) => {
                self.tally.records += 1;
                let skipped = DETECTORS.iter().filter_map(|detector| detector.watched(&record).err());
                let skipped: Vec<Skipped> = skipped.collect();
                if skipped.len() < DETECTORS.len() {
                    self.kept.push(Kept { place: place(), text: text.to_owned() });
                } else if skipped.contains(&Skipped::Failed) {
                    self.tally.failed_calls += 1;
                } else {
                    self.tally.not_ours += 1;
                }
            }
            Found::Foreign => {
                self.tally.records += 1;
                self.tally.not_ours += 1;
            }
            Found::Fact(fact) => match serde_json::from_str(fact.get())
                .map_err(|error| error.to_string())
                .and_then(|fact| self.facts.learn(&fact))
            {
                Ok(()) => self.tally.facts += 1,
                Err(problem) => self.refuse(vec![format!("{}: {problem}", place())]),
            },
            Found::Unreadable(error) => self.unreadable(&place(), &error),
            Found::NotJson { line, problem } => self.refuse(vec![format!("{name}: line {line}: {problem}")]),
            // other JSON beside the records is none of our business, unless it was named
            Found::Unknown if named => self.tally.unknown += 1,
            Found::Unknown => {}
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
