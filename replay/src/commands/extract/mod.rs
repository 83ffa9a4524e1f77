//! `sealwatch extract`: copies out of an archive what a replay needs of it. Nothing is evaluated.

mod cost;
mod plan;
mod target;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::value::{RawValue, to_raw_value};

use crate::cli::{CatalogFormat, ExtractArgs};
use crate::commands::extract::plan::{Lists, Plan};
use crate::commands::extract::target::Target;
use crate::commands::input::filter;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::file_uri;
use crate::input::archive::{self, Contents, LocatedFact, ReadOptions};
use crate::input::extract::{LeftOut, Writer};
use crate::input::files::{self, Search, Totals};
use crate::input::filter::Filter;
use crate::input::keys;
use crate::input::limits;
use crate::messages;
use crate::output::Output;
use crate::progress::Progress;

/// Runs the command.
pub(crate) fn run(args: &ExtractArgs) -> Result<ExitStatus, CliError> {
    let filter = filter(&args.selection)?;
    let paths = match &args.keys {
        Some(list) => keys::read(list)
            .map_err(|error| CliError::Extract(format!("--keys: {}: {error}", file_uri::name_of_path(list))))?,
        None => args.paths.clone(),
    };
    if args.profile.is_some() && !paths.iter().any(|path| files::is_s3(path)) {
        return Err(CliError::Extract("--profile has no effect here: no path is in S3".to_owned()));
    }
    let profile = args.profile.as_deref();
    let mut search = match &args.keys {
        Some(_) => files::listed(paths, profile),
        None => files::find(&paths, &filter, profile),
    };
    match &args.output {
        Some(output) => {
            search.leave_out(output);
            extract(args, filter, &search, output)
        }
        None => plan(args, &filter, &search),
    }
}

/// Writes the extract.
fn extract(args: &ExtractArgs, filter: Filter, search: &Search, output: &Path) -> Result<ExitStatus, CliError> {
    let unwritten = |error| CliError::ExtractFile { path: output.to_owned(), error };
    let options = ReadOptions {
        jobs: limits::jobs(args.reading.jobs),
        max_size: args.reading.max_file_size,
        filter,
        only_facts: false,
        observe: true,
        keep: true,
    };
    let mut progress = Progress::new(!args.reading.no_progress);
    let target = Target::create(output).map_err(unwritten)?;
    let mut writer = Writer::new(target).map_err(unwritten)?;
    let mut not_fetched = false;
    let mut left_out = copy(&mut writer, search, &options, &mut progress, &mut not_fetched).map_err(unwritten)?;
    let searched = check(search, &args.paths)?;
    left_out.input.skipped_by_path += searched.skipped_by_path;
    left_out.other_extensions += searched.other_extensions;
    let unreadable = left_out.input.unreadable;
    writer.finish(left_out).and_then(Target::finish).map_err(unwritten)?;
    progress.print_timing();
    Ok(if not_fetched { ExitStatus::NotFetched } else { ExitStatus::new(unreadable, 0, false) })
}

/// Copies what a replay needs of all inputs. Returns the counts of what it left out. Notes if S3 did not hand over an object.
fn copy<W: Write>(
    writer: &mut Writer<W>,
    search: &Search,
    options: &ReadOptions,
    progress: &mut Progress,
    not_fetched: &mut bool,
) -> io::Result<LeftOut> {
    let mut left_out = LeftOut::default();
    let read = archive::read_files(search, options, |file, contents| {
        progress.add_file(search.position(), file.bytes, contents.bytes, contents.counts.records);
        left_out.input.add(&contents.counts);
        left_out.input.subtract(&contents.kept_counts);
        left_out.other_extensions = left_out.other_extensions.saturating_add(contents.recorded.other_extensions);
        left_out.bytes = left_out.bytes.saturating_add(contents.bytes);
        *not_fetched |= contents.not_fetched;
        write_contents(writer, contents, progress)
    });
    progress.finish();
    read.map(|()| left_out)
}

fn write_contents<W: Write>(writer: &mut Writer<W>, contents: Contents, progress: &Progress) -> io::Result<()> {
    for kept in &contents.kept {
        let json: &RawValue = serde_json::from_str(&kept.record.text)?;
        writer.record(&kept.record.location, json, false, kept.only)?;
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

fn write_fact<W: Write>(writer: &mut Writer<W>, LocatedFact { location, fact }: &LocatedFact) -> io::Result<()> {
    writer.record(location, &to_raw_value(fact)?, true, None)
}

/// Lists the input. Writes the lists, if they are asked for, and what there is.
fn plan(args: &ExtractArgs, filter: &Filter, search: &Search) -> Result<ExitStatus, CliError> {
    let unwritten = |(path, error)| CliError::ExtractFile { path, error };
    let mut lists = args.plan.as_deref().map(Lists::create).transpose().map_err(unwritten)?;
    let mut plan = Plan::new(args.chunk_size);
    for found in search.only_found() {
        if let Some(path) = plan.add(found, filter, lists.is_some())
            && let Some(lists) = &mut lists
        {
            lists.add(&path, plan.chunks()).map_err(unwritten)?;
        }
    }
    plan.finish(&check(search, &args.paths)?, search.list_calls());
    for (name, problem) in plan.problems() {
        messages::print(format!("{name}: {problem}"));
    }
    if let Some(lists) = lists {
        lists.finish(&plan).map_err(unwritten)?;
    }
    let mut out = Output::new();
    out.write(&match args.format {
        CatalogFormat::Text => plan.text(),
        CatalogFormat::Json => plan.json().map_err(CliError::Output)?,
    });
    out.finish()?;
    Ok(ExitStatus::new(plan.problems().len(), 0, false))
}

/// Fails if a search found nothing, and says which paths led to nothing.
fn check(search: &Search, paths: &[PathBuf]) -> Result<Totals, CliError> {
    let searched = search.totals();
    if searched.found == 0 && searched.skipped_by_path == 0 {
        return Err(CliError::NoInputFiles(paths.to_vec()));
    }
    for path in &searched.empty {
        messages::print(CliError::NoInputFiles(vec![path.clone()]));
    }
    Ok(searched)
}
