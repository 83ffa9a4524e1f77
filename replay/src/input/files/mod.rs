//! Finding the input files: one after the other, in a fixed order, while they are read.

#[cfg(all(test, unix))]
mod tests;
mod walk;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::input::files::walk::Walk;
use crate::input::filter::Filter;
use crate::input::input_file::InputFile;
use crate::input::limits::with_way_out;
use crate::input::pieces::{self, Piece, Pieces};
use crate::input::places::{Places, real};
use crate::input::prefix::Prefix;
use crate::input::s3::connection::S3;
use crate::input::s3::objects::{Fetch, Listed, Objects};
use crate::input::s3::url;

/// What a search finds.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file to read, or an object that is fetched already.
    File(InputFile, Option<Fetch>),
    /// A piece of standard input, or of a large extract. The last one says that it is, or is an error.
    Piece(PathBuf, io::Result<Piece>),
    /// What could not be searched, and why. If S3 may have it, the kind of the error is `Other`.
    Problem(PathBuf, io::Error),
}

/// What a search met besides the files to read.
#[derive(Debug, Default, Clone)]
pub(crate) struct Totals {
    /// Number of files, and of problems.
    pub(crate) found: usize,
    /// Number of files in directories that have other extensions.
    pub(crate) other_extensions: usize,
    /// Number of objects and folders in S3 that are not read because their keys show that no record in them is selected.
    pub(crate) skipped_by_path: usize,
    /// The given paths below which there is nothing to read.
    pub(crate) empty: Vec<PathBuf>,
}

/// A search for the files below given paths. Directories and S3 prefixes are searched recursively, in the order of names.
#[derive(Debug)]
pub(crate) struct Search {
    places: Arc<Places>,
    filter: Filter,
    /// The paths of another search, and its filter: what they lead to is read there.
    elsewhere: Option<(Arc<Places>, Filter)>,
    /// Exactly these files and objects, instead of places.
    listed: Option<Vec<PathBuf>>,
    /// A file that is not read unless it is named: what the command writes.
    written: Option<PathBuf>,
    /// The connection to S3; `None` if no path is in S3.
    s3: Option<Result<S3, String>>,
    totals: Mutex<Totals>,
    /// How much of the search is done, in millionths.
    position: AtomicU32,
}

/// A search below the given paths. S3 is accessed with `profile`.
pub(crate) fn find(paths: &[PathBuf], filter: &Filter, profile: Option<&str>) -> Search {
    let places = Arc::new(Places::new(paths));
    let s3 = paths.iter().any(|path| url::parse(path).is_some()).then(|| S3::connect(profile));
    Search {
        places,
        filter: filter.clone(),
        elsewhere: None,
        listed: None,
        written: None,
        s3,
        totals: Mutex::default(),
        position: AtomicU32::new(0),
    }
}

/// Exactly these files and objects, in this order, as if they had been found in a directory. S3 is accessed with `profile`.
pub(crate) fn listed(files: Vec<PathBuf>, profile: Option<&str>) -> Search {
    let s3 = files.iter().any(|path| url::is_url(path)).then(|| S3::connect(profile));
    Search { listed: Some(files), s3, ..find(&[], &Filter::default(), None) }
}

/// True if a path is a prefix in S3.
pub(crate) fn is_s3(path: &Path) -> bool {
    url::is_url(path)
}

impl Search {
    /// Leaves out the file that the command writes, if it is there already.
    pub(crate) fn leave_out(&mut self, written: &Path) {
        self.written = Some(real(written));
    }

    /// Leaves out what another search finds: it is read there.
    pub(crate) fn remove_inputs_of(&mut self, other: &Search) {
        self.elsewhere = Some((Arc::clone(&other.places), other.filter.clone()));
    }

    /// Starts the search. Files are found while others are read: what is held does not grow with their number. Objects of
    /// more than `max_size` bytes are not fetched.
    pub(crate) fn found(&self, max_size: usize) -> Files<'_> {
        self.start(Some(max_size))
    }

    /// Starts the search, and fetches nothing.
    pub(crate) fn only_found(&self) -> Files<'_> {
        self.start(None)
    }

    fn start(&self, max_size: Option<usize>) -> Files<'_> {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) = Totals::default();
        let objects = match &self.s3 {
            Some(Ok(s3)) => Some(match (&self.listed, max_size) {
                (Some(listed), Some(max_size)) => {
                    let objects = listed.iter().filter(|path| is_object(path)).cloned().collect();
                    Objects::start_listed(s3, objects, max_size)
                }
                _ => Objects::start(s3, self.prefixes(), max_size),
            }),
            Some(Err(_)) | None => None,
        };
        Files {
            search: self,
            next: 0,
            walk: None,
            in_prefix: false,
            pieces: None,
            max_size,
            objects,
            found_here: false,
        }
    }

    /// How many requests to list objects in S3 were sent until now.
    pub(crate) fn list_calls(&self) -> usize {
        self.s3.as_ref().and_then(|s3| s3.as_ref().ok()).map_or(0, S3::list_calls)
    }

    /// What the search met until now.
    pub(crate) fn totals(&self) -> Totals {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// About how much of the search is done, from 0 to 1.
    pub(crate) fn position(&self) -> f64 {
        f64::from(self.position.load(Ordering::Relaxed)) / 1e6
    }

    /// The prefixes in S3, each with what decides about its objects.
    fn prefixes(&self) -> Vec<Prefix> {
        let indexes = (0..self.places.places.len()).filter(|index| self.places.is_prefix(*index));
        let prefix = |index: usize| {
            let path = self.places.places.get(index)?.path.clone();
            let (places, elsewhere) = (Arc::clone(&self.places), self.elsewhere.clone());
            url::parse(&path)?;
            Some(Prefix { path, index, places, elsewhere, filter: self.filter.clone() })
        };
        indexes.filter_map(prefix).collect()
    }

    fn count(&self, count: impl FnOnce(&mut Totals)) {
        count(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The files that a search finds.
pub(crate) struct Files<'a> {
    search: &'a Search,
    /// The path to search next.
    next: usize,
    /// The directory that is being searched.
    walk: Option<Walk>,
    /// True while the objects of a prefix arrive.
    in_prefix: bool,
    /// The rest of a text that is read in pieces.
    pieces: Option<(PathBuf, Pieces)>,
    /// The size up to which content is read; `None` if none is.
    max_size: Option<usize>,
    objects: Option<Objects>,
    /// True if the path led to something.
    found_here: bool,
}

/// True for what is read in pieces.
fn is_divided(path: &Path) -> bool {
    path.as_os_str() == "-" || pieces::is_large_extract(path)
}

fn open_pieces(path: &Path, max_size: usize) -> io::Result<Pieces> {
    match path.as_os_str() == "-" {
        true => Pieces::of(io::stdin(), max_size),
        false => Pieces::of(File::open(path)?, max_size),
    }
}

/// The problem of a path that leads to nothing.
fn wrong(path: PathBuf, problem: impl Into<String>) -> Found {
    Found::Problem(path, io::Error::new(io::ErrorKind::InvalidInput, problem.into()))
}

/// What is wrong with a path that leads to no file and looks like a URL that is not read; `None` for other paths.
fn mistaken_url(path: &Path) -> Option<Found> {
    let instead = url::instead(path).filter(|_| !path.exists())?;
    Some(wrong(path.to_owned(), format!("no such file; {instead}")))
}

/// True for the URL of an object.
fn is_object(path: &Path) -> bool {
    url::parse(path).is_some_and(|(_, key)| !key.is_empty())
}

impl Files<'_> {
    /// The next one of a list.
    fn of_list(&mut self, list: &[PathBuf]) -> Option<Found> {
        let path = list.get(self.next)?.clone();
        self.next += 1;
        let position = self.next as f64 / list.len() as f64;
        self.search.position.store((position * 1e6) as u32, Ordering::Relaxed);
        self.search.count(|totals| totals.found += 1);
        if !url::is_url(&path) {
            return mistaken_url(&path).or(Some(Found::File(InputFile { path, named: false, bytes: 0 }, None)));
        }
        if !is_object(&path) {
            return Some(wrong(path, "names no object: write `s3://bucket/key`"));
        }
        let problem = match (self.objects.as_mut().and_then(Objects::next), &self.search.s3) {
            (Some(Listed::Object(file, fetch)), _) => return Some(Found::File(file, fetch)),
            (_, Some(Err(problem))) => problem.clone(),
            _ => "the download was aborted".to_owned(),
        };
        Some(Found::Problem(path, io::Error::other(problem)))
    }

    /// Begins with the next path. Returns what is found if it is a file; `None` if it is a directory or a prefix.
    fn begin(&mut self, index: usize) -> Option<Found> {
        let path = &self.search.places.places.get(index)?.path;
        if self.search.places.is_prefix(index) {
            return match (&self.search.s3, url::parse(path)) {
                (_, None) => Some(wrong(path.clone(), "the bucket is missing: write `s3://bucket/prefix`")),
                (Some(Err(problem)), _) => Some(Found::Problem(path.clone(), io::Error::other(problem.clone()))),
                _ => {
                    self.in_prefix = true;
                    None
                }
            };
        }
        if self.search.places.is_directory(index) {
            self.walk = Some(Walk::new(path));
            return None;
        }
        if let Some(found) = mistaken_url(path) {
            return Some(found);
        }
        let file = self.file(index, path.clone(), real(path), true);
        match (file, self.max_size) {
            (Some(Found::File(file, _)), Some(max_size)) if is_divided(&file.path) => {
                match open_pieces(&file.path, max_size) {
                    Ok(pieces) => {
                        self.pieces = Some((file.path, pieces));
                        None
                    }
                    Err(error) => Some(Found::Piece(file.path, Err(with_way_out(error)))),
                }
            }
            (file, _) => file,
        }
    }

    /// A file to which the path with this index leads; `None` if it is read by another path.
    fn file(&mut self, index: usize, path: PathBuf, real: PathBuf, named: bool) -> Option<Found> {
        self.found_here = true;
        if !named && self.search.written.as_ref() == Some(&real) {
            return None;
        }
        let places = &self.search.places;
        let is_elsewhere =
            |(places, filter): &(Arc<Places>, Filter)| !filter.skips(&path) && places.lead_to(usize::MAX, &path, &real);
        if (!places.is_single() && places.lead_to(index, &path, &real))
            || self.search.elsewhere.as_ref().is_some_and(is_elsewhere)
        {
            return None;
        }
        let named = named || (!places.is_single() && places.names(&real));
        Some(Found::File(InputFile { path, named, bytes: 0 }, None))
    }

    /// The next file of the directory; `None` at its end, or if it is not read here.
    fn of_directory(&mut self, index: usize) -> Option<Found> {
        match self.walk.as_mut()?.next() {
            Some(walk::Found::File { path, real }) => self.file(index, path, real, false),
            Some(walk::Found::Other) => {
                self.search.count(|totals| totals.other_extensions += 1);
                None
            }
            Some(walk::Found::Problem(path, problem)) => Some(wrong(path, problem)),
            None => {
                self.walk = None;
                None
            }
        }
    }

    /// The next object of the prefix; `None` at its end, or if it is not read here.
    fn of_prefix(&mut self, index: usize) -> Option<Found> {
        let listed = self.objects.as_mut().and_then(Objects::next);
        match listed {
            Some(Listed::Object(file, fetch)) => return Some(Found::File(file, fetch)),
            Some(Listed::Problem(problem)) => {
                let path = self.search.places.places.get(index).map(|place| place.path.clone());
                return Some(Found::Problem(path.unwrap_or_default(), problem));
            }
            Some(Listed::Elsewhere) => self.found_here = true,
            Some(Listed::OtherExtension) => self.search.count(|totals| totals.other_extensions += 1),
            Some(Listed::SkippedByPath) => {
                self.found_here = true;
                self.search.count(|totals| totals.skipped_by_path += 1);
            }
            Some(Listed::End) | None => self.in_prefix = false,
        }
        None
    }

    /// Tells how much of the search is done.
    fn tell_position(&self, of_path: f64) {
        let paths = self.search.places.places.len().max(1) as f64;
        let position = (self.next.saturating_sub(1) as f64 + of_path) / paths;
        self.search.position.store((position * 1e6) as u32, Ordering::Relaxed);
    }
}

impl Iterator for Files<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let search = self.search;
        if let Some(list) = &search.listed {
            return self.of_list(list);
        }
        loop {
            let index = self.next.saturating_sub(1);
            let found = match () {
                () if self.walk.is_some() => self.of_directory(index),
                () if self.in_prefix => self.of_prefix(index),
                () if self.pieces.is_some() => {
                    let next =
                        |(path, pieces): &mut (PathBuf, Pieces)| Some(Found::Piece(path.clone(), pieces.next()?));
                    let piece = self.pieces.as_mut().and_then(next);
                    if piece.is_none() {
                        self.pieces = None;
                    }
                    piece
                }
                () => {
                    if self.next > 0 && !self.found_here {
                        let path = self.search.places.places.get(index).map(|place| place.path.clone());
                        self.search.count(|totals| totals.empty.extend(path));
                    }
                    self.found_here = self.next >= self.search.places.places.len();
                    self.search.places.places.get(self.next)?;
                    self.next += 1;
                    self.begin(self.next - 1)
                }
            };
            if found.is_some() {
                self.found_here = true;
                self.search.count(|totals| totals.found += 1);
                let of_prefix = self.objects.as_ref().filter(|_| self.in_prefix).map(Objects::position);
                self.tell_position(self.walk.as_ref().map(Walk::position).or(of_prefix).unwrap_or_default());
                return found;
            }
        }
    }

    /// The number of files is known if no directory or prefix is searched, and standard input is not read.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let places = &self.search.places;
        let has_pieces = || places.places.iter().any(|place| is_divided(&place.path));
        (0, (!places.has_folders() && !has_pieces()).then(|| places.places.len().saturating_sub(self.next)))
    }
}
