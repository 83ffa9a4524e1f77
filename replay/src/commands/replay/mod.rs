//! `sealwatch replay`: reads all input, completes facts and timelines, evaluates the records, prints the report.

mod collector;
mod evaluate;
mod seen_events;

use std::io;
use std::num::NonZeroUsize;
use std::thread;

use sealwatch_rules::engine::facts::Facts;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::timeline::{Timeline, TimelineEntry};

use crate::cli::ReplayArgs;
use crate::commands::replay::collector::Collector;
use crate::commands::replay::evaluate::{EvaluatedRecord, Evaluator};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::input::addenda::Addenda;
use crate::input::archive::{self, LocatedFact, ReadOptions};
use crate::input::files::{self, Search};
use crate::input::filter::Filter;
use crate::input::spool::{Spool, SpooledRecord};
use crate::live;
use crate::messages;
use crate::progress::Progress;
use crate::publisher::Publisher;
use crate::settings_file;
use crate::summary::Summary;
use crate::workers;

/// How many records a worker takes at a time.
const CHUNK: usize = 64;

/// Evaluates all input and prints the report.
pub(crate) fn run(args: &ReplayArgs) -> Result<ExitStatus, CliError> {
    check_profile(args)?;
    let mut settings = settings_file::load(args.settings.as_deref())?;
    settings_file::require_rules(&settings, RULE_IDS.into_iter().filter(|rule| selects(args, rule)))?;
    settings.keys.settle = args.settle.unwrap_or(settings.keys.settle);
    let profile = args.profile.as_deref();
    let publisher = args.publish.as_deref().map(|topic| Publisher::connect(profile, topic)).transpose()?;
    let filter = filter(args);
    let facts = files::find(&args.facts, &Filter::default(), profile);
    let search = files::find(&args.paths, &filter, profile);
    if search.inputs.is_empty() && search.problems.is_empty() && search.skipped_by_path == 0 {
        return Err(CliError::NoInputFiles(args.paths.clone()));
    }
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let max_size = args.max_file_size;
    let fact_options = ReadOptions { jobs, max_size, filter: Filter::default(), only_facts: true, observe: false };
    let options = ReadOptions { jobs, max_size, filter, only_facts: false, observe: settings.keys.settle > 0 };
    let mut input = Input::new();
    let mut progress = new_progress(&search, !args.no_progress);
    input.read(&facts, &fact_options, &mut new_progress(&facts, false))?;
    input.read(&search, &options, &mut progress)?;
    input.summary.other_extensions = search.other_extensions;
    input.summary.input.skipped_by_path += search.skipped_by_path;
    let disabled = settings.disabled().filter(|rule| selects(args, rule));
    input.summary.disabled_rules = disabled.map(str::to_owned).collect();
    let status = input.evaluate(args, &settings, jobs, publisher)?;
    progress.print_timing();
    Ok(status)
}

/// Fails if `--profile` was given and nothing uses it, so that nobody believes that AWS was asked.
fn check_profile(args: &ReplayArgs) -> Result<(), CliError> {
    let calls_aws =
        args.live || args.publish.is_some() || args.paths.iter().chain(&args.facts).any(|path| files::is_s3(path));
    if args.profile.is_some() && !calls_aws { Err(CliError::UnusedProfile) } else { Ok(()) }
}

/// True if `--rule` selects a rule.
fn selects(args: &ReplayArgs, rule: &str) -> bool {
    args.rule.is_empty() || args.rule.contains(&rule)
}

fn filter(args: &ReplayArgs) -> Filter {
    Filter { since: args.since, until: args.until, accounts: args.account.clone(), regions: args.region.clone() }
}

fn new_progress(search: &Search, enabled: bool) -> Progress {
    Progress::new(search.inputs.len(), search.inputs.iter().map(|input| input.bytes).sum(), enabled)
}

/// Everything that is read before the first record is evaluated.
struct Input {
    records: Spool,
    timeline: Vec<TimelineEntry>,
    facts: Facts,
    addenda: Addenda,
    summary: Summary,
}

impl Input {
    fn new() -> Input {
        Input {
            records: Spool::new(),
            timeline: Vec::new(),
            facts: Facts::default(),
            addenda: Addenda::default(),
            summary: Summary::default(),
        }
    }

    /// Reads files: stores the records of monitored calls, adds facts and timeline entries, counts everything else.
    fn read(&mut self, search: &Search, options: &ReadOptions, progress: &mut Progress) -> Result<(), CliError> {
        for problem in &search.problems {
            self.warn(problem, progress);
        }
        let read = archive::read_files(search, options, |file, contents| {
            progress.add_file(file.bytes, contents.bytes, contents.counts.records);
            self.summary.input.add(&contents.counts);
            self.timeline.extend(contents.timeline);
            contents.addenda.into_iter().for_each(|addendum| self.addenda.add(addendum));
            contents.diagnostics.iter().for_each(|diagnostic| progress.warn(&diagnostic.to_string()));
            contents.facts.iter().for_each(|fact| self.add_fact(fact, progress));
            contents.records.iter().try_for_each(|record| self.records.push(record))
        });
        progress.finish();
        read.map_err(CliError::TemporaryFile)
    }

    fn add_fact(&mut self, LocatedFact { location, fact }: &LocatedFact, progress: &Progress) {
        match self.facts.insert_cli_output(fact) {
            Ok(()) => self.summary.facts += 1,
            Err(problem) => self.warn(&format!("{location}: {problem}"), progress),
        }
    }

    fn warn(&mut self, problem: &str, progress: &Progress) {
        progress.warn(problem);
        self.summary.input.unreadable += 1;
    }

    /// Evaluates the records. Results are printed in the order of the input.
    fn evaluate(
        mut self,
        args: &ReplayArgs,
        settings: &Settings,
        jobs: NonZeroUsize,
        publisher: Option<Publisher>,
    ) -> Result<ExitStatus, CliError> {
        self.facts.timeline = Timeline::of(self.timeline);
        if args.live {
            look_up(args, settings, &mut self.records, &mut self.facts)?;
        }
        let mut collector = Collector::new(args, self.summary, publisher);
        let evaluator = Evaluator { args, settings, facts: &self.facts, addenda: &self.addenda };
        let worker = || |records| evaluate_chunk(records, evaluator);
        let records = chunks(self.records.records().map_err(CliError::TemporaryFile)?);
        workers::in_order(jobs, records, worker, |results| {
            for result in results {
                collector.add(result.map_err(CliError::TemporaryFile)?);
            }
            Ok(())
        })?;
        collector.finish()
    }
}

/// Looks up in AWS what the records and facts do not contain.
fn look_up(args: &ReplayArgs, settings: &Settings, spool: &mut Spool, facts: &mut Facts) -> Result<(), CliError> {
    let records = |take: &mut dyn FnMut(&str)| {
        for record in spool.records().map_err(CliError::TemporaryFile)? {
            take(&record.map_err(CliError::TemporaryFile)?.text);
        }
        Ok(())
    };
    let other_accounts = live::look_up(args.profile.as_deref(), !args.no_progress, facts, settings, records)?;
    if let Some(warning) = other_accounts.warning() {
        messages::print(warning);
    }
    Ok(())
}

type Evaluated = Result<EvaluatedRecord, String>;

fn evaluate_chunk(records: Vec<io::Result<SpooledRecord>>, evaluator: Evaluator<'_>) -> Vec<io::Result<Evaluated>> {
    records.into_iter().map(|record| Ok(evaluator.evaluate(&record?))).collect()
}

/// Splits items into lists of [`CHUNK`].
fn chunks<T>(mut items: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    std::iter::from_fn(move || {
        let chunk: Vec<T> = items.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}
