//! `sealwatch replay`: reads all input, completes facts and timelines, evaluates the records, prints the report.

mod collector;
mod evaluate;
mod seen_events;

use std::io;
use std::num::NonZeroUsize;

use sealwatch_rules::engine::facts::Facts;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::timeline::{Timeline, TimelineEntry};

use crate::cli::ReplayArgs;
use crate::commands::input::filter;
use crate::commands::replay::collector::Collector;
use crate::commands::replay::evaluate::Evaluator;
use crate::commands::select::selects_rule;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::input::addenda::Addenda;
use crate::input::archive::{self, LocatedFact, ReadOptions};
use crate::input::files::{self, Search, Totals};
use crate::input::filter::Filter;
use crate::input::limits;
use crate::input::spool::{Spool, SpooledRecord};
use crate::live;
use crate::messages::{self, count};
use crate::progress::Progress;
use crate::publisher::Publisher;
use crate::report::layout::Layout;
use crate::settings_file;
use crate::summary::Summary;
use crate::workers;

/// Evaluates all input and prints the report.
pub(crate) fn run(args: &ReplayArgs) -> Result<ExitStatus, CliError> {
    check_profile(args)?;
    let mut settings = settings_file::load_in(args.settings.as_deref(), args.language)?;
    settings_file::require_rules(&settings, RULE_IDS.into_iter().filter(|rule| selects_rule(&args.rule, rule)))?;
    settings.keys.settle = args.settle.unwrap_or(settings.keys.settle);
    let profile = args.profile.as_deref();
    let publisher = args.publish.as_deref().map(|topic| Publisher::connect(profile, topic)).transpose()?;
    let filter = filter(&args.selection)?;
    let mut facts = files::find(&args.facts, &Filter::default(), profile);
    let search = files::find(&args.paths, &filter, profile);
    facts.remove_inputs_of(&search); // facts are also found there
    let jobs = limits::jobs(args.reading.jobs);
    let max_size = args.reading.max_file_size;
    let fact_options =
        ReadOptions { jobs, max_size, filter: Filter::default(), only_facts: true, observe: false, keep: false };
    let options = ReadOptions {
        jobs,
        max_size,
        filter: filter.clone(),
        only_facts: false,
        observe: settings.keys.settle > 0,
        keep: false,
    };
    let mut input = Input::new();
    if args.paths.iter().chain(&args.facts).any(|path| files::is_s3(path)) {
        input.records.take_file(); // connections to S3 may be as many as the process may open files
    }
    let mut progress = Progress::new(!args.reading.no_progress);
    input.read(&facts, &fact_options, &mut Progress::new(false))?;
    input.read(&search, &options, &mut progress)?;
    let searched = search.totals();
    if searched.found == 0 && searched.skipped_by_path == 0 {
        return Err(CliError::NoInputFiles(args.paths.clone()));
    }
    input.check_facts(args, &facts.totals(), &progress);
    input.summary.input.skipped_by_path += searched.skipped_by_path;
    input.check_filter(&filter, &progress);
    for path in searched.empty {
        progress.warn(&CliError::NoInputFiles(vec![path]).to_string());
    }
    input.summary.other_extensions += searched.other_extensions;
    let disabled = settings.disabled().filter(|rule| selects_rule(&args.rule, rule));
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

/// Everything that is read before the first record is evaluated.
struct Input {
    records: Spool,
    timeline: Vec<TimelineEntry>,
    facts: Facts,
    addenda: Addenda,
    summary: Summary,
    records_among_facts: usize,
}

impl Input {
    fn new() -> Input {
        Input {
            records: Spool::new(),
            timeline: Vec::new(),
            facts: Facts::default(),
            addenda: Addenda::default(),
            summary: Summary::default(),
            records_among_facts: 0,
        }
    }

    /// Reads files: stores the records of monitored calls, adds facts and timeline entries, counts everything else.
    fn read(&mut self, search: &Search, options: &ReadOptions, progress: &mut Progress) -> Result<(), CliError> {
        let read = archive::read_files(search, options, |file, contents| {
            progress.add_file(search.position(), file.bytes, contents.bytes, contents.counts.records);
            self.summary.input.add(&contents.counts);
            self.records_among_facts += contents.records_among_facts;
            self.timeline.extend(contents.timeline);
            contents.addenda.into_iter().for_each(|addendum| self.addenda.add(addendum));
            self.summary.other_extensions =
                self.summary.other_extensions.saturating_add(contents.recorded.other_extensions);
            let mut facts = contents.facts.iter();
            let mut added = 0;
            for diagnostic in &contents.diagnostics {
                let before = diagnostic.facts_before.saturating_sub(added);
                facts.by_ref().take(before).for_each(|fact| self.add_fact(fact, progress));
                added += before;
                let problem = diagnostic.to_string();
                progress.warn(&problem);
                self.summary.problems.add(problem);
            }
            facts.for_each(|fact| self.add_fact(fact, progress));
            contents.records.iter().try_for_each(|record| self.records.push(record))
        });
        progress.finish();
        read.map_err(CliError::TemporaryFile)
    }

    /// Says if `--facts` has no effect, and counts it as unreadable: nobody should believe that the facts were used.
    fn check_facts(&mut self, args: &ReplayArgs, facts: &Totals, progress: &Progress) {
        if self.records_among_facts > 0 {
            let records = count(self.records_among_facts, "record");
            progress.warn(&format!("--facts: {records} ignored: facts are the output of AWS CLI commands"));
        }
        for path in &facts.empty {
            self.warn(&format!("--facts: {}", CliError::NoInputFiles(vec![path.clone()])), progress);
        }
        if !args.facts.is_empty() && self.summary.facts == 0 && self.summary.input.unreadable == 0 {
            self.warn("--facts: no output of an AWS CLI command that describes a key or resource", progress);
        }
    }

    /// Says if the filter selects nothing of what could be selected.
    fn check_filter(&self, filter: &Filter, progress: &Progress) {
        let input = &self.summary.input;
        let skipped = input.skipped_by_path;
        if filter.is_empty() || !self.records.is_empty() || input.failed_calls > 0 || input.filtered_out + skipped == 0
        {
            return;
        }
        let records = count(input.filtered_out, "record");
        let skipped = match skipped {
            0 => String::new(),
            files => format!("; {} skipped by path", count(files, "file")),
        };
        progress.warn(&format!("0 of {records} of monitored calls match {filter}{skipped}"));
    }

    fn add_fact(&mut self, LocatedFact { location, fact }: &LocatedFact, progress: &Progress) {
        match self.facts.insert_cli_output(fact) {
            Ok(()) => self.summary.facts += 1,
            Err(problem) => self.warn(&format!("{location}: {problem}"), progress),
        }
    }

    fn warn(&mut self, problem: &str, progress: &Progress) {
        progress.warn(problem);
        self.summary.problems.add(problem.to_owned());
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
        let layout = Layout::of_stdout(settings.language);
        let mut collector = Collector::new(args, layout, self.summary, publisher);
        let evaluator = Evaluator { args, settings, facts: &self.facts, addenda: &self.addenda, layout };
        let worker = || |record: io::Result<SpooledRecord>| record.map(|record| evaluator.evaluate(&record));
        let records = self.records.records().map_err(CliError::TemporaryFile)?;
        workers::in_order(
            jobs,
            records,
            |_| false,
            worker,
            |result| {
                collector.add(result.map_err(CliError::TemporaryFile)?);
                Ok(())
            },
        )?;
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
    let other_accounts = live::look_up(args.profile.as_deref(), !args.reading.no_progress, facts, settings, records)?;
    if let Some(warning) = other_accounts.warning() {
        messages::print(warning);
    }
    Ok(())
}
