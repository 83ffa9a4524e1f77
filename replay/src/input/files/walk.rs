//! Walking through a directory in a fixed order, in memory that does not grow with it.
//!
//! The entries of a directory are read in parts, the smallest names first, so that a directory of any size is never in memory
//! as a whole. Other threads read the next directories meanwhile.

use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use crate::input::input_file::has_input_extension;
use crate::input::limits::with_way_out;
use crate::pending_file::TEMPORARY;

/// So many names of a directory are read at a time. A directory that holds more is read again for each part.
const PART: usize = 2048;

/// A directory is divided into about so many parts at most: each one reads all of it.
const PARTS: usize = 48;

/// So many names of a directory are read before the walk gets there.
const PART_AHEAD: usize = 512;

/// So many directories are read ahead, of each that the walk is in.
const AHEAD: usize = 3;

/// What a walk finds.
#[derive(Debug)]
pub(super) enum Found {
    /// A file that may hold records.
    File {
        path: PathBuf,
        /// Where it is, without links.
        real: PathBuf,
    },
    /// A file with another extension.
    Other,
    /// What cannot be read, and why.
    Problem(PathBuf, String),
}

/// A walk through a directory and all below it, in the order of names.
#[derive(Debug)]
pub(super) struct Walk {
    links: Links,
    /// How many names of a directory are read at a time.
    part: usize,
    /// The directories from the first one down to where the walk is.
    directories: Vec<Directory>,
    problems: VecDeque<Found>,
}

impl Walk {
    pub(super) fn new(directory: &Path) -> Walk {
        Walk::in_parts(directory, PART)
    }

    fn in_parts(directory: &Path, part: usize) -> Walk {
        let mut walk = Walk {
            links: Links { root: fs::canonicalize(directory).ok(), followed: HashSet::new() },
            part,
            directories: Vec::new(),
            problems: VecDeque::new(),
        };
        let real = walk.links.root.clone().unwrap_or_else(|| directory.to_owned());
        walk.enter(directory.to_owned(), real, None);
        walk
    }

    /// How much of the walk is done, from 0 to 1, if all entries of a directory take as long.
    pub(super) fn position(&self) -> f64 {
        self.directories.iter().rev().fold(0.0, |below, directory| directory.position(below))
    }

    fn enter(&mut self, path: PathBuf, real: PathBuf, ahead: Option<JoinHandle<Names>>) {
        let names = ahead.and_then(|ahead| ahead.join().ok()).unwrap_or_else(|| Names::read(&path, None, self.part));
        let mut directory = Directory { path, real, part: self.part, ..Directory::default() };
        self.problems.extend(directory.start(names));
        self.directories.push(directory);
    }

    /// What an entry is; `None` for a directory, which the walk enters, and for what is not read.
    fn visit(&mut self, path: PathBuf, real: PathBuf, kind: Kind, ahead: Option<JoinHandle<Names>>) -> Option<Found> {
        match kind {
            Kind::Directory => {
                self.enter(path, real, ahead);
                None
            }
            Kind::File if has_input_extension(&path) => Some(Found::File { path, real }),
            Kind::File if is_temporary(&path) => None,
            Kind::File => Some(Found::Other),
            Kind::Link => self.follow(path),
            Kind::Unknown => match fs::symlink_metadata(&path) {
                Ok(entry) if Kind::of(entry.file_type()) == Kind::Unknown => None, // a socket, a device
                Ok(entry) => self.visit(path, real, Kind::of(entry.file_type()), None),
                Err(error) => Some(Found::Problem(path, with_way_out(error).to_string())),
            },
        }
    }

    fn follow(&mut self, path: PathBuf) -> Option<Found> {
        let is_input = has_input_extension(&path);
        let target = match fs::metadata(&path) {
            Ok(target) => target,
            Err(_) if !is_input => return None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Some(Found::Problem(path, "the symbolic link leads to no file".to_owned()));
            }
            Err(error) => return Some(Found::Problem(path, with_way_out(error).to_string())),
        };
        let real = fs::canonicalize(&path).ok()?;
        let is_inside = |directory: &Directory| target.is_dir() && directory.real == real;
        if self.directories.iter().any(is_inside) || !self.links.follow(&real, target.is_dir()) {
            return None;
        }
        self.visit(path, real, Kind::of(target.file_type()), None)
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(problem) = self.problems.pop_front() {
                return Some(problem);
            }
            let directory = self.directories.last_mut()?;
            match directory.next() {
                Some(Entry { name, kind, ahead }) => {
                    let (path, real) = (directory.path.join(&name), directory.real.join(name));
                    if let Some(found) = self.visit(path, real, kind, ahead) {
                        return Some(found);
                    }
                }
                None => match directory.next_part() {
                    Some(names) => self.problems.extend(directory.start(names)),
                    None => drop(self.directories.pop()),
                },
            }
        }
    }
}

/// An entry of a directory, and the names in it if they were read ahead.
struct Entry {
    name: OsString,
    kind: Kind,
    ahead: Option<JoinHandle<Names>>,
}

/// A directory that the walk is in.
#[derive(Debug, Default)]
struct Directory {
    path: PathBuf,
    real: PathBuf,
    /// How many names are read at a time.
    part: usize,
    entries: VecDeque<(OsString, Kind)>,
    /// How many of the entries were looked at for directories to read ahead.
    scanned: usize,
    /// The next directories among the entries; `None` if no thread could be started.
    ahead: VecDeque<Option<JoinHandle<Names>>>,
    /// The last name of this part, and the part after it. `None` if this is the last part.
    rest: Option<(OsString, Option<JoinHandle<Names>>)>,
    /// What of the directory was done before this part, from 0 to 1, and how many entries the part has.
    before: f64,
    total: usize,
}

impl Directory {
    /// Begins with a part. Returns what could not be read.
    fn start(&mut self, names: Names) -> Option<Found> {
        if self.total > 0 {
            self.before += (1.0 - self.before) / 2.0;
        }
        (self.total, self.scanned, self.entries) = (names.names.len(), 0, names.names.into());
        self.rest = self.entries.back().filter(|_| names.has_more).map(|(last, _)| {
            let last = last.clone();
            self.part = self.part.max(names.seen / PARTS);
            let ahead = read_ahead(self.path.clone(), Some(last.clone()), self.part);
            (last, ahead)
        });
        names.problem.map(|error| Found::Problem(self.path.clone(), with_way_out(error).to_string()))
    }

    fn next_part(&mut self) -> Option<Names> {
        let (last, ahead) = self.rest.take()?;
        Some(
            ahead
                .and_then(|ahead| ahead.join().ok())
                .unwrap_or_else(|| Names::read(&self.path, Some(&last), self.part)),
        )
    }

    fn next(&mut self) -> Option<Entry> {
        self.read_ahead();
        let (name, kind) = self.entries.pop_front()?;
        self.scanned = self.scanned.saturating_sub(1);
        let ahead = if kind == Kind::Directory { self.ahead.pop_front().flatten() } else { None };
        Some(Entry { name, kind, ahead })
    }

    /// Starts to read the directories that come next.
    fn read_ahead(&mut self) {
        while self.ahead.len() < AHEAD
            && let Some((name, kind)) = self.entries.get(self.scanned)
        {
            self.scanned += 1;
            if *kind == Kind::Directory {
                self.ahead.push_back(read_ahead(self.path.join(name), None, self.part.min(PART_AHEAD)));
            }
        }
    }

    /// How much of this directory is done, if so much of its current entry is.
    fn position(&self, of_entry: f64) -> f64 {
        let left = self.entries.len() as f64;
        let part = match self.total {
            0 => 1.0,
            total => ((total as f64 - left - 1.0).max(0.0) + of_entry) / total as f64,
        };
        let size = if self.rest.is_some() { (1.0 - self.before) / 2.0 } else { 1.0 - self.before };
        self.before + part * size
    }
}

/// True for an extract that is being written, or was when its process was killed.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// Reads names in another thread. `None` if the system allows no more threads: they are then read when they are needed.
fn read_ahead(path: PathBuf, after: Option<OsString>, most: usize) -> Option<JoinHandle<Names>> {
    thread::Builder::new().spawn(move || Names::read(&path, after.as_deref(), most)).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Directory,
    File,
    Link,
    /// Neither, or the file system did not say.
    Unknown,
}

impl Kind {
    fn of(file: FileType) -> Kind {
        match file {
            _ if file.is_dir() => Kind::Directory,
            _ if file.is_file() => Kind::File,
            _ if file.is_symlink() => Kind::Link,
            _ => Kind::Unknown,
        }
    }
}

/// A part of the names in a directory.
#[derive(Debug, Default)]
struct Names {
    /// In order.
    names: Vec<(OsString, Kind)>,
    /// True if there are names after these.
    has_more: bool,
    /// How many names there are in all.
    seen: usize,
    problem: Option<io::Error>,
}

impl Names {
    /// Reads the smallest names after another one, at most so many.
    fn read(path: &Path, after: Option<&OsStr>, most: usize) -> Names {
        let (mut smallest, mut names) = (BinaryHeap::new(), Names::default());
        match fs::read_dir(path) {
            Ok(entries) => {
                for entry in entries {
                    names.seen += 1;
                    match entry {
                        Ok(entry) if after.is_some_and(|after| *entry.file_name() <= *after) => {}
                        Ok(entry) => {
                            smallest.push((entry.file_name(), entry.file_type().map_or(Kind::Unknown, Kind::of)));
                            if smallest.len() > most {
                                smallest.pop();
                                names.has_more = true;
                            }
                        }
                        Err(error) => names.problem = Some(error),
                    }
                }
            }
            Err(error) => names.problem = Some(error),
        }
        if after.is_some() && names.problem.is_some() {
            names.has_more = false; // what cannot be read is told once
        }
        names.names = smallest.into_sorted_vec();
        names
    }
}

/// Which symbolic links in a directory are followed: those to files and directories that are not found anyway. Mounted
/// volumes of Kubernetes hold nothing but links.
///
/// Each target is followed once, so that links that lead to each other end.
#[derive(Debug)]
struct Links {
    root: Option<PathBuf>,
    followed: HashSet<PathBuf>,
}

impl Links {
    /// False for a link to this target that is not followed.
    fn follow(&mut self, target: &Path, is_directory: bool) -> bool {
        let Some(root) = &self.root else { return false };
        let is_found_anyway = target.starts_with(root) && (is_directory || has_input_extension(target));
        let holds_root = is_directory && root.starts_with(target);
        !is_found_anyway && !holds_root && self.followed.insert(target.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The names of the files, relative to the directory.
    fn files(directory: &Path) -> Vec<String> {
        let name = |path: PathBuf| path.strip_prefix(directory).unwrap().to_str().unwrap().replace('\\', "/");
        Walk::new(directory)
            .filter_map(|found| match found {
                Found::File { path, .. } => Some(name(path)),
                Found::Other => None,
                Found::Problem(path, problem) => panic!("{}: {problem}", path.display()),
            })
            .collect()
    }

    #[test]
    fn a_part_has_the_smallest_names_after_another_one_and_counts_all() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..9 {
            fs::write(folder.path().join(format!("{number}.json")), "{}").unwrap();
        }
        for (after, most, want, has_more) in [
            (None, 4, "0 1 2 3", true),
            (Some("3.json"), 4, "4 5 6 7", true),
            (Some("7.json"), 4, "8", false),
            (None, 9, "0 1 2 3 4 5 6 7 8", false),
        ] {
            let part = Names::read(folder.path(), after.map(OsStr::new), most);
            let names: Vec<_> =
                part.names.iter().map(|(name, _)| name.to_str().unwrap().replace(".json", "")).collect();
            assert_eq!((names.join(" ").as_str(), part.has_more, part.seen), (want, has_more, 9), "after {after:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn files_come_in_the_order_of_their_paths(paths in prop::collection::btree_set("([a-c.-]{1,2}/){0,3}[a-c-]{1,2}\\.(json|gz|txt)", 0..40)) {
            let folder = tempfile::tempdir().unwrap();
            let is_input = |path: &&String| !path.ends_with(".txt") && !path.split('/').any(|part| part == "." || part == "..");
            let mut wanted: Vec<&String> = paths.iter().filter(is_input).collect();
            wanted.sort_by_key(|path| Path::new(path.as_str()));
            for path in &wanted {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "{}").unwrap();
            }
            prop_assert_eq!(files(folder.path()), wanted.into_iter().cloned().collect::<Vec<_>>());
        }

        #[test]
        fn parts_of_a_directory_are_the_whole(names in prop::collection::btree_set("[a-z]{1,3}", 0..40), most in 1_usize..9) {
            let folder = tempfile::tempdir().unwrap();
            names.iter().for_each(|name| fs::write(folder.path().join(name), "").unwrap());
            let (mut read, mut last): (Vec<OsString>, Option<OsString>) = Default::default();
            loop {
                let part = Names::read(folder.path(), last.as_deref(), most);
                prop_assert!(part.names.len() <= most, "memory is bounded");
                read.extend(part.names.into_iter().map(|(name, _)| name));
                last = read.last().cloned();
                if !part.has_more {
                    break;
                }
            }
            prop_assert!(read.iter().eq(names.iter().map(OsStr::new)));
        }
    }

    #[test]
    fn a_walk_holds_few_names_of_large_directories() {
        const FILES: usize = 300;
        let folder = tempfile::tempdir().unwrap();
        for directory in ["a", "b", "c", "c/d", "e", "f", "g"] {
            let directory = folder.path().join(directory);
            fs::create_dir(&directory).unwrap();
            (0..FILES).for_each(|file| drop(fs::File::create(directory.join(format!("{file}.json"))).unwrap()));
        }
        let mut walk = Walk::in_parts(folder.path(), 32);
        let (mut files, mut position) = (0, 0.0);
        while walk.next().is_some() {
            files += 1;
            for directory in &walk.directories {
                assert!(directory.entries.len() <= 32 && directory.ahead.len() <= AHEAD);
            }
            assert!(walk.position() >= position && walk.position() <= 1.0, "{position} {}", walk.position());
            position = walk.position();
        }
        assert_eq!(files, 7 * FILES);
        assert!(position > 0.99, "{position}");
    }

    #[test]
    fn a_directory_that_cannot_be_read_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let found: Vec<_> = Walk::new(&folder.path().join("gone")).collect();
        assert!(matches!(found.as_slice(), [Found::Problem(path, _)] if path.ends_with("gone")), "{found:?}");
    }
}
