//! `--plan` and `--dry-run`: lists the input, and reads none of it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use indicatif::{HumanBytes, HumanCount};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::util::time::digits;
use serde::Serialize;

use crate::commands::extract::cost::{Cost, Work};
use crate::commands::extract::target::Target;
use crate::input::archive;
use crate::input::extract::{LeftOut, Writer};
use crate::input::files::{Found, Search, is_s3};
use crate::input::filter::Filter;
use crate::messages::count;

/// A chunk should take no longer than this, in seconds: an Express workflow ends after 300.
const MAX_SECONDS: f64 = 200.0;

/// What was found, and how it is divided.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    /// Files and objects to read.
    objects: usize,
    /// Their size.
    bytes: u64,
    /// How many lists of them there are.
    chunks: usize,
    /// The most that a list holds.
    chunk_size: NonZeroUsize,
    /// The days under which a trail stored them.
    days: usize,
    first_day: Option<String>,
    last_day: Option<String>,
    /// Requests to list the objects.
    list_calls: usize,
    /// Files and objects that are not read because of their extensions.
    other_extensions: usize,
    /// Files, objects and folders that are not read because no record in them is selected.
    skipped_by_path: usize,
    /// What could not be listed.
    problems: usize,
    /// The same in words.
    #[serde(skip)]
    unlisted: Vec<String>,
    /// In dollars.
    cost: Cost,
}

impl Plan {
    /// Lists the input, and passes the paths of each chunk to `take`, with its number. Inputs that a list cannot name become
    /// problems.
    ///
    /// # Errors
    /// Returns the first error of `take`.
    fn list<E>(
        search: &Search,
        filter: &Filter,
        chunk_size: NonZeroUsize,
        mut take: impl FnMut(usize, &[PathBuf]) -> Result<(), E>,
    ) -> Result<Plan, E> {
        let (mut objects, mut bytes, mut chunks, mut skipped_by_path) = (0, 0_u64, 0, 0);
        let (mut chunk, mut days, mut unlisted) = (Vec::new(), BTreeSet::new(), Vec::new());
        for found in search.found(None) {
            let file = match found {
                Found::File(file, _) if archive::skips(filter, &file.path) => {
                    skipped_by_path += 1;
                    continue;
                }
                Found::File(file, _) if is_line(&file.path) => file,
                Found::File(file, _) => {
                    unlisted.push(problem(&file.path, "a list cannot hold this name: extract the file by itself"));
                    continue;
                }
                Found::Problem(path, why) => {
                    unlisted.push(problem(&path, &why));
                    continue;
                }
            };
            objects += 1;
            let size =
                if is_s3(&file.path) { file.bytes } else { fs::metadata(&file.path).map_or(0, |file| file.len()) };
            bytes = bytes.saturating_add(size);
            days.extend(day(&file.path));
            chunk.push(file.path);
            if chunk.len() == chunk_size.get() {
                chunks += 1;
                take(chunks, &chunk)?;
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            chunks += 1;
            take(chunks, &chunk)?;
        }
        let (totals, list_calls) = (search.totals(), search.list_calls());
        Ok(Plan {
            objects,
            bytes,
            chunks,
            chunk_size,
            days: days.len(),
            first_day: days.first().cloned(),
            last_day: days.last().cloned(),
            list_calls,
            other_extensions: totals.other_extensions,
            skipped_by_path: totals.skipped_by_path + skipped_by_path,
            problems: unlisted.len(),
            unlisted,
            cost: Cost::of(Work { objects, bytes, chunks, list_calls }),
        })
    }

    /// Lists the input, and writes nothing.
    pub(crate) fn of(search: &Search, filter: &Filter, chunk_size: NonZeroUsize) -> Plan {
        let plan: Result<Plan, Infallible> = Plan::list(search, filter, chunk_size, |_, _| Ok(()));
        plan.unwrap_or_else(|never| match never {})
    }

    /// What could not be listed, and why.
    pub(crate) fn unlisted(&self) -> &[String] {
        &self.unlisted
    }

    /// True if nothing was found, and nothing skipped.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects + self.problems + self.skipped_by_path == 0
    }

    /// The plan for people.
    pub(crate) fn text(&self) -> String {
        let days = match (&self.first_day, &self.last_day) {
            (Some(first), Some(last)) => format!(", {} from {first} to {last}", count(self.days, "day")),
            _ => String::new(),
        };
        let skipped = match (self.skipped_by_path, self.other_extensions) {
            (0, 0) => String::new(),
            (skipped, other) => format!("Not read: {skipped} skipped by path, {other} with other extensions\n"),
        };
        let Cost { s3_list, s3_get, lambda, step_functions, total, seconds_per_chunk } = self.cost;
        let too_long = match seconds_per_chunk > MAX_SECONDS {
            true => "An Express workflow stops after 300 s: use a smaller --chunk-size\n",
            false => "",
        };
        format!(
            "{} files or objects, {}{days}\n{skipped}{} of at most {}, about {seconds_per_chunk:.0} s each\n\
             Extracting them in AWS costs {}: S3 LIST {}, S3 GET {}, Lambda {}, Step Functions {}\n{too_long}",
            HumanCount(self.objects as u64),
            HumanBytes(self.bytes),
            count(self.chunks, "chunk"),
            self.chunk_size,
            dollars(total),
            dollars(s3_list),
            dollars(s3_get),
            dollars(lambda),
            dollars(step_functions),
        )
    }

    /// The plan for programs, in one line.
    pub(crate) fn json(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

/// An amount for people.
fn dollars(amount: f64) -> String {
    match amount {
        0.0 => "nothing".to_owned(),
        ..0.01 => "less than $0.01".to_owned(),
        _ => format!("about ${amount:.2}"),
    }
}

/// The day under which a trail stored a file: `…/2026/11/20/…`.
fn day(path: &Path) -> Option<String> {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap_or_default()).collect();
    parts.windows(3).rev().find_map(|parts| match parts {
        [year, month, day] => {
            digits(year, 4).and(digits(month, 2)).and(digits(day, 2)).map(|_| format!("{year}-{month}-{day}"))
        }
        _ => None,
    })
}

/// A file of a plan that cannot be written.
pub(crate) type Unwritten = (PathBuf, io::Error);

/// Lists the input, and writes the lists, `plan.json`, and an extract of what the search says.
///
/// # Errors
/// Names the file or folder that cannot be written.
pub(crate) fn write(
    folder: &Path,
    search: &Search,
    filter: &Filter,
    chunk_size: NonZeroUsize,
) -> Result<Plan, Unwritten> {
    create(folder).map_err(|error| (folder.to_owned(), error))?;
    let plan = Plan::list(search, filter, chunk_size, |number, paths| {
        let file = folder.join(format!("{number:06}.keys"));
        write_list(&file, paths).map_err(|error| (file, error))
    })?;
    let file = folder.join("search.gz");
    write_search_extract(&file, &plan).map_err(|error| (file, error))?;
    // last, so that a folder with it is complete
    let file = folder.join("plan.json");
    plan.json().and_then(|json| fs::write(&file, json)).map_err(|error| (file, error))?;
    Ok(plan)
}

/// Creates the folder. A list of an earlier plan in it would be taken for one of this plan.
fn create(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    match fs::read_dir(folder)?.next() {
        None => Ok(()),
        Some(_) => Err(io::Error::other("is not empty: name a new folder for the plan")),
    }
}

/// True if a line can name this input.
fn is_line(path: &Path) -> bool {
    path.to_str().is_some_and(|path| !path.is_empty() && path != "-" && !path.contains(['\n', '\r']))
}

fn problem(path: &Path, why: &str) -> String {
    format!("{}: {why}", plain(&path.display().to_string()))
}

fn write_list(file: &Path, paths: &[PathBuf]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for path in paths {
        writeln!(out, "{}", path.to_str().unwrap_or_default())?;
    }
    out.flush()
}

fn write_search_extract(file: &Path, plan: &Plan) -> io::Result<()> {
    let mut writer = Writer::new(Target::create(file)?)?;
    let mut left_out = LeftOut { other_extensions: plan.other_extensions, ..LeftOut::default() };
    left_out.input.skipped_by_path = plan.skipped_by_path;
    left_out.input.unreadable = plan.problems;
    plan.unlisted.iter().try_for_each(|problem| writer.problem("", problem))?;
    writer.finish(left_out)?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_taken_from_the_folders_of_a_trail() {
        for (path, want) in [
            ("s3://b/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/x.json.gz", Some("2026-11-20")),
            ("2026/1/20/x.json.gz", None),
            ("2026/11/x.json.gz", None),
            ("x.json.gz", None),
        ] {
            assert_eq!(day(Path::new(path)).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn names_that_are_no_line_are_not_listed() {
        for (name, want) in [("a b.json", true), ("s3://b/é", true), ("a\nb", false), ("a\r", false), ("-", false)] {
            assert_eq!(is_line(Path::new(name)), want, "{name:?}");
        }
    }
}
