//! `sealwatch extract`: copies out of an archive what a replay needs of it. Nothing is evaluated.

mod cost;
mod plan;
mod target;

use std::io::Write;
use std::path::Path;

use serde_json::value::{RawValue, to_raw_value};

use crate::cli::{CatalogFormat, ExtractArgs};
use crate::commands::extract::plan::Plan;
use crate::commands::extract::target::Target;
use crate::commands::input::{default_jobs, filter};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::input::archive::{self, Contents, LocatedFact, ReadOptions};
use crate::input::extract::{LeftOut, Writer};
use crate::input::files::{self, Search};
use crate::input::filter::Filter;
use crate::input::keys;
use crate::messages;
use crate::output::Output;
use crate::progress::Progress;

/// Runs the command.
pub(crate) fn run(args: &ExtractArgs) -> Result<ExitStatus, CliError> {
    let filter = filter(args.since, args.until, &args.account, &args.region)?;
    let search = find(args, &filter)?;
    match (&args.output, &args.plan) {
        (Some(output), _) => extract(args, filter, &search, output),
        (None, Some(folder)) => write_plan(args, &filter, &search, folder),
        (None, None) => dry_run(args, &filter, &search),
    }
}

/// Writes the extract.
fn extract(args: &ExtractArgs, filter: Filter, search: &Search, output: &Path) -> Result<ExitStatus, CliError> {
    let unwritten = |error| CliError::ExtractFile { path: output.to_owned(), error };
    let options = ReadOptions {
        jobs: args.jobs.unwrap_or_else(default_jobs),
        max_size: args.max_file_size,
        filter,
        only_facts: false,
        observe: true,
        keep: true,
    };
    let mut progress = Progress::new(!args.no_progress);
    let target = Target::create(output).map_err(unwritten)?;
    let writer = Writer::new(target).map_err(unwritten)?;
    let mut not_fetched = false;
    let (target, unreadable) = copy(writer, search, &options, &mut progress, &mut not_fetched).map_err(unwritten)?;
    let totals = search.totals();
    if totals.found == 0 && totals.skipped_by_path == 0 {
        return Err(CliError::NoInputFiles(args.paths.clone()));
    }
    target.finish().map_err(unwritten)?;
    warn_of_empty(search);
    progress.print_timing();
    Ok(if not_fetched { ExitStatus::NotFetched } else { ExitStatus::new(unreadable, 0, false) })
}

/// Writes lists for `--keys`.
fn write_plan(args: &ExtractArgs, filter: &Filter, search: &Search, folder: &Path) -> Result<ExitStatus, CliError> {
    let plan = plan::write(folder, search, filter, args.chunk_size);
    let plan = plan.map_err(|(path, error)| CliError::ExtractFile { path, error })?;
    report(args, search, &plan, &plan.text())
}

/// Prints what extracting would cost.
fn dry_run(args: &ExtractArgs, filter: &Filter, search: &Search) -> Result<ExitStatus, CliError> {
    let plan = Plan::of(search, filter, args.chunk_size);
    let text = match args.format {
        CatalogFormat::Text => plan.text(),
        CatalogFormat::Json => plan.json().map_err(CliError::Output)?,
    };
    report(args, search, &plan, &text)
}

/// Prints what was listed, and what could not be.
fn report(args: &ExtractArgs, search: &Search, plan: &Plan, text: &str) -> Result<ExitStatus, CliError> {
    if plan.is_empty() {
        return Err(CliError::NoInputFiles(args.paths.clone()));
    }
    plan.unlisted().iter().for_each(messages::print);
    warn_of_empty(search);
    print(text)?;
    Ok(ExitStatus::new(plan.unlisted().len(), 0, false))
}

/// Says which paths lead to nothing.
fn warn_of_empty(search: &Search) {
    search.totals().empty.into_iter().for_each(|path| messages::print(CliError::NoInputFiles(vec![path])));
}

fn print(text: &str) -> Result<(), CliError> {
    let mut out = Output::new();
    out.write(text);
    out.finish()
}

/// Finds the input.
fn find(args: &ExtractArgs, filter: &Filter) -> Result<Search, CliError> {
    if let Some(list) = &args.keys {
        return keys::read(list, args.profile.as_deref())
            .map_err(|error| CliError::ExtractFile { path: list.clone(), error });
    }
    if args.profile.is_some() && !args.paths.iter().any(|path| files::is_s3(path)) {
        return Err(CliError::Extract("--profile has no effect here: no path is in S3".to_owned()));
    }
    Ok(files::find(&args.paths, filter, args.profile.as_deref()))
}

/// Copies what a replay needs of all inputs. Returns how much could not be read. Notes if S3 did not hand over an object.
fn copy<W: Write>(
    mut writer: Writer<W>,
    search: &Search,
    options: &ReadOptions,
    progress: &mut Progress,
    not_fetched: &mut bool,
) -> std::io::Result<(W, usize)> {
    let mut left_out = LeftOut::default();
    let read = archive::read_files(search, options, |file, contents| {
        progress.add_file(search.position(), file.bytes, contents.bytes, contents.counts.records);
        left_out.input.add(&contents.counts);
        left_out.input.subtract(&contents.kept_counts);
        left_out.other_extensions = left_out.other_extensions.saturating_add(contents.recorded.other_extensions);
        left_out.bytes = left_out.bytes.saturating_add(contents.bytes);
        *not_fetched |= contents.not_fetched;
        write_contents(&mut writer, contents, progress)
    });
    progress.finish();
    read?;
    let totals = search.totals();
    left_out.other_extensions = left_out.other_extensions.saturating_add(totals.other_extensions);
    left_out.input.skipped_by_path = left_out.input.skipped_by_path.saturating_add(totals.skipped_by_path);
    let unreadable = left_out.input.unreadable;
    Ok((writer.finish(left_out)?, unreadable))
}

fn write_contents<W: Write>(writer: &mut Writer<W>, contents: Contents, progress: &Progress) -> std::io::Result<()> {
    for kept in &contents.kept {
        let json: &RawValue = serde_json::from_str(&kept.record.text)?;
        writer.record(&kept.record.location, json, false, kept.selected)?;
    }
    let mut facts = contents.facts.iter();
    let mut written = 0;
    for diagnostic in &contents.diagnostics {
        let before = diagnostic.facts_before.saturating_sub(written);
        facts.by_ref().take(before).try_for_each(|fact| write_fact(writer, fact))?;
        written += before;
        progress.warn(&diagnostic.to_string());
        writer.problem(&diagnostic.location, &diagnostic.problem)?;
    }
    facts.try_for_each(|fact| write_fact(writer, fact))
}

fn write_fact<W: Write>(writer: &mut Writer<W>, LocatedFact { location, fact }: &LocatedFact) -> std::io::Result<()> {
    writer.record(location, &to_raw_value(fact)?, true, true)
}
