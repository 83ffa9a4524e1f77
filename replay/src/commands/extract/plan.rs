//! `--plan` and `--dry-run`: lists the input, and reads none of it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::{HumanBytes, HumanCount};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::util::time::digits;
use serde::{Serialize, Serializer};

use crate::commands::extract::cost::{Cost, Work};
use crate::input::archive;
use crate::input::extract::{LeftOut, TEMPORARY, Writer};
use crate::input::files::{Found, Totals};
use crate::input::filter::Filter;
use crate::messages::count;
use crate::unfinished::Unfinished;

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
    #[serde(serialize_with = "number")]
    days: BTreeSet<String>,
    first_day: Option<String>,
    last_day: Option<String>,
    /// Requests to list the objects.
    list_calls: usize,
    /// Files and objects that are not read because of their extensions.
    other_extensions: usize,
    /// Files, objects and folders that are not read because no record in them is selected.
    skipped_by_path: usize,
    /// What could not be listed: its name, safe to print, and why.
    #[serde(serialize_with = "number")]
    problems: Vec<(String, String)>,
    /// In dollars.
    cost: Cost,
}

/// Writes how many there are.
fn number<'i, I: 'i, S: Serializer>(items: &'i I, serializer: S) -> Result<S::Ok, S::Error>
where
    &'i I: IntoIterator,
{
    serializer.serialize_u64(items.into_iter().count() as u64)
}

impl Plan {
    pub(crate) fn new(chunk_size: NonZeroUsize) -> Plan {
        Plan {
            objects: 0,
            bytes: 0,
            chunks: 0,
            chunk_size,
            days: BTreeSet::new(),
            first_day: None,
            last_day: None,
            list_calls: 0,
            other_extensions: 0,
            skipped_by_path: 0,
            problems: Vec::new(),
            cost: Cost::default(),
        }
    }

    /// Adds what a search found. Returns the path if it is to be read. With `as_lines`, a name that no line of a list can
    /// hold is a problem.
    pub(crate) fn add(&mut self, found: Found, filter: &Filter, as_lines: bool) -> Option<PathBuf> {
        let input = match found {
            Found::File(input, _) => input,
            Found::Piece(..) => return None, // of a text that is read, and nothing is
            Found::Problem(path, problem) => {
                self.problems.push((plain(&path.display().to_string()), problem.to_string()));
                return None;
            }
        };
        if archive::skips(filter, &input.path) {
            self.skipped_by_path += 1;
            return None;
        }
        if as_lines && !is_line(&input.path) {
            let problem = "a list cannot hold this name: extract the file by itself";
            self.problems.push((plain(&input.path.display().to_string()), problem.to_owned()));
            return None;
        }
        self.objects += 1;
        self.chunks = self.objects.div_ceil(self.chunk_size.get());
        // the listing of a bucket has the size, the search of a directory has not
        self.bytes += match input.bytes {
            0 => fs::metadata(&input.path).map_or(0, |file| file.len()),
            bytes => bytes,
        };
        self.days.extend(day(&input.path));
        Some(input.path)
    }

    /// Completes the plan when the search has ended.
    pub(crate) fn finish(&mut self, searched: &Totals, list_calls: usize) {
        self.first_day = self.days.first().cloned();
        self.last_day = self.days.last().cloned();
        self.list_calls = list_calls;
        self.other_extensions = searched.other_extensions;
        self.skipped_by_path += searched.skipped_by_path;
        let Plan { objects, bytes, chunks, .. } = *self;
        self.cost = Cost::of(Work { objects, bytes, chunks, list_calls });
    }

    /// The number of lists until now.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks
    }

    /// What could not be listed.
    pub(crate) fn problems(&self) -> &[(String, String)] {
        &self.problems
    }

    /// The plan for people.
    pub(crate) fn text(&self) -> String {
        let days = match (&self.first_day, &self.last_day) {
            (Some(first), Some(last)) => format!(", {} from {first} to {last}", count(self.days.len(), "day")),
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

/// A file or folder of a plan that cannot be written.
pub(crate) type Unwritten = (PathBuf, io::Error);

/// The folder of a plan. Until it is complete, its files go if the command fails or is stopped.
pub(crate) struct Lists {
    folder: PathBuf,
    /// The list that is being written, and its number.
    current: Option<(usize, PathBuf, BufWriter<File>)>,
    unfinished: Unfinished,
}

impl Lists {
    /// Creates the folder. A list of an earlier plan in it would be taken for one of this plan.
    ///
    /// # Errors
    /// Names the folder if it is not empty, or cannot be created.
    pub(crate) fn create(folder: &Path) -> Result<Lists, Unwritten> {
        let created = create_folder(folder).and_then(|unfinished| match fs::read_dir(folder)?.next() {
            None => Ok(unfinished),
            Some(_) => Err(io::Error::other("is not empty: name a new folder for the plan")),
        });
        let folder = folder.to_owned();
        match created {
            Ok(unfinished) => Ok(Lists { folder, current: None, unfinished }),
            Err(error) => Err((folder, error)),
        }
    }

    /// Adds a path to the list with this number. Lists are written one after the other.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub(crate) fn add(&mut self, path: &Path, number: usize) -> Result<(), Unwritten> {
        if self.current.as_ref().is_none_or(|(current, ..)| *current != number) {
            self.end()?;
            let (file, out) = self.create_file(&format!("{number:06}.keys"))?;
            self.current = Some((number, file, BufWriter::new(out)));
        }
        let Some((_, file, out)) = &mut self.current else { return Ok(()) };
        writeln!(out, "{}", path.to_str().unwrap_or_default()).map_err(|error| (file.clone(), error))
    }

    fn create_file(&mut self, name: &str) -> Result<(PathBuf, File), Unwritten> {
        let path = self.folder.join(name);
        match self.unfinished.create(|| Ok((File::create_new(&path)?, path.clone()))) {
            Ok(file) => Ok((path, file)),
            Err(error) => Err((path, error)),
        }
    }

    fn end(&mut self) -> Result<(), Unwritten> {
        let Some((_, file, mut out)) = self.current.take() else { return Ok(()) };
        out.flush().map_err(|error| (file, error))
    }

    /// Writes an extract of what the search left out or could not list, and `plan.json`: last, so that a folder with it is
    /// complete.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub(crate) fn finish(mut self, plan: &Plan) -> Result<(), Unwritten> {
        self.end()?;
        let (path, file) = self.create_file("search.gz")?;
        write_search(file, plan).map_err(|error| (path, error))?;
        let path = self.folder.join("plan.json");
        let (temporary, mut file) = self.create_file(&format!("{}plan.json{}", TEMPORARY.0, TEMPORARY.1))?;
        let written = plan.json().and_then(|json| file.write_all(json.as_bytes()));
        drop(file); // Windows renames no open file
        written.and_then(|()| self.unfinished.complete(|| fs::rename(temporary, &path))).map_err(|error| (path, error))
    }
}

/// Creates a folder, and those above it that do not exist.
fn create_folder(folder: &Path) -> io::Result<Unfinished> {
    let mut unfinished = Unfinished::new()?;
    let exists = |folder: &&Path| folder.as_os_str().is_empty() || folder.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !exists(folder)).collect();
    for folder in missing.into_iter().rev() {
        unfinished.create(|| fs::create_dir(folder).map(|()| ((), folder.to_owned())))?;
    }
    Ok(unfinished)
}

fn write_search(file: File, plan: &Plan) -> io::Result<()> {
    let mut writer = Writer::new(GzEncoder::new(BufWriter::new(file), Compression::fast()))?;
    for (name, problem) in &plan.problems {
        writer.problem(name, problem)?;
    }
    let mut left_out = LeftOut { other_extensions: plan.other_extensions, ..LeftOut::default() };
    left_out.input.skipped_by_path = plan.skipped_by_path;
    left_out.input.unreadable = plan.problems.len();
    writer.finish(left_out)?.finish()?.flush()
}

/// True if a line can name this input.
fn is_line(path: &Path) -> bool {
    path.to_str().is_some_and(|path| !path.is_empty() && path != "-" && !path.contains(['\n', '\r']))
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
