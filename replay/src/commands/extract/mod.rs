//! `sealwatch extract`: copies out of an archive what a replay needs of it. Nothing is evaluated.

mod cost;
mod plan;
mod search;
mod target;

use std::io::Write;
use std::path::Path;

use serde_json::value::{RawValue, to_raw_value};

use crate::cli::{CatalogFormat, ExtractArgs};
use crate::commands::extract::plan::Plan;
use crate::commands::extract::search::write_search;
use crate::commands::extract::target::Target;
use crate::commands::input::{default_jobs, filter, new_progress};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::input::archive::{self, Contents, LocatedFact, ReadOptions};
use crate::input::extract::Writer;
use crate::input::files::{self, Search};
use crate::input::filter::Filter;
use crate::input::keys;
use crate::messages;
use crate::output::Output;
use crate::progress::Progress;

/// Runs the command.
pub(crate) fn run(args: &ExtractArgs) -> Result<ExitStatus, CliError> {
    let filter = filter(args.since, args.until, &args.account, &args.region)?;
    let mut search = find(args, &filter)?;
    if args.output.is_none() {
        // otherwise they are skipped when their turn comes to be read
        let found = search.inputs.len();
        search.inputs.retain(|input| !archive::skips(&filter, &input.path));
        search.skipped_by_path += found - search.inputs.len();
    }
    match (&args.output, &args.plan) {
        (Some(output), _) => extract(args, filter, &search, output),
        (None, Some(folder)) => write_plan(args, search, folder),
        (None, None) => dry_run(args, &search),
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
    let mut progress = new_progress(search, !args.no_progress);
    let target = Target::create(output).map_err(unwritten)?;
    let writer = Writer::new(target).map_err(unwritten)?;
    // a listed object whose bucket cannot be connected to is one, too
    let mut not_fetched = args.keys.is_some() && !search.problems.is_empty();
    let (target, unreadable) = copy(writer, search, &options, &mut progress, &mut not_fetched).map_err(unwritten)?;
    target.finish().map_err(unwritten)?;
    progress.print_timing();
    Ok(if not_fetched { ExitStatus::NotFetched } else { ExitStatus::new(unreadable, 0, false) })
}

/// Writes lists for `--keys`.
fn write_plan(args: &ExtractArgs, mut search: Search, folder: &Path) -> Result<ExitStatus, CliError> {
    let progress = new_progress(&search, false);
    let plan = plan::write(folder, &mut search, args.chunk_size, &progress);
    let plan = plan.map_err(|(path, error)| CliError::ExtractFile { path, error })?;
    print(&plan.text())?;
    Ok(ExitStatus::new(search.problems.len(), 0, false))
}

/// Prints what extracting would cost.
fn dry_run(args: &ExtractArgs, search: &Search) -> Result<ExitStatus, CliError> {
    search.problems.iter().for_each(messages::print);
    let plan = Plan::of(search, args.chunk_size);
    print(&match args.format {
        CatalogFormat::Text => plan.text(),
        CatalogFormat::Json => plan.json().map_err(CliError::Output)?,
    })?;
    Ok(ExitStatus::new(search.problems.len(), 0, false))
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
    let search = files::find(&args.paths, filter, args.profile.as_deref());
    if search.inputs.is_empty() && search.problems.is_empty() && search.skipped_by_path == 0 {
        return Err(CliError::NoInputFiles(args.paths.clone()));
    }
    if args.profile.is_some() && !args.paths.iter().any(|path| files::is_s3(path)) {
        return Err(CliError::Extract("--profile has no effect here: no path is in S3".to_owned()));
    }
    for path in &search.empty {
        messages::print(CliError::NoInputFiles(vec![path.clone()]));
    }
    Ok(search)
}

/// Copies what a replay needs of all inputs. Returns how much could not be read. Notes if S3 did not hand over an object.
fn copy<W: Write>(
    mut writer: Writer<W>,
    search: &Search,
    options: &ReadOptions,
    progress: &mut Progress,
    not_fetched: &mut bool,
) -> std::io::Result<(W, usize)> {
    let mut left_out = write_search(&mut writer, search, progress)?;
    let read = archive::read_files(search, options, |file, contents| {
        progress.add_file(file.bytes, contents.bytes, contents.counts.records);
        left_out.input.add(&contents.counts);
        left_out.input.subtract(&contents.kept_counts);
        left_out.other_extensions = left_out.other_extensions.saturating_add(contents.recorded.other_extensions);
        left_out.bytes = left_out.bytes.saturating_add(contents.bytes);
        *not_fetched |= contents.not_fetched;
        write_contents(&mut writer, contents, progress)
    });
    progress.finish();
    read?;
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
