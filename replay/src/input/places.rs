//! The paths that the user gave, and which of them leads to a file first.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{self, Path, PathBuf};

use crate::input::input_file::has_input_extension;
use crate::input::s3::url;

/// A path that the user gave.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A file, or standard input.
    File,
    Directory {
        /// The path from the root, with links and without.
        absolute: PathBuf,
        real: PathBuf,
    },
    /// Objects in S3 with this prefix.
    Objects,
}

/// All given paths, in their order.
///
/// Which of them leads to a file first follows from the paths, so the files need not be remembered.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) places: Vec<Place>,
    /// The files and objects that are named, and where for the first time.
    named: HashMap<OsString, usize>,
    /// The places of directories.
    directories: Vec<usize>,
    /// The places of prefixes in S3.
    prefixes: Vec<usize>,
}

impl Places {
    pub(crate) fn new(paths: &[PathBuf]) -> Places {
        let mut places = Places::default();
        for (index, path) in paths.iter().enumerate() {
            let kind = match path {
                path if url::is_url(path) => {
                    places.named.entry(path.clone().into_os_string()).or_insert(index);
                    places.prefixes.push(index);
                    Kind::Objects
                }
                path if path.is_dir() => {
                    places.directories.push(index);
                    Kind::Directory { absolute: absolute(path), real: real(path) }
                }
                path => {
                    places.named.entry(real(path).into_os_string()).or_insert(index);
                    Kind::File
                }
            };
            places.places.push(Place { path: path.clone(), kind });
        }
        places
    }

    /// True if some path leads to files that are not named.
    pub(crate) fn has_folders(&self) -> bool {
        !self.directories.is_empty() || !self.prefixes.is_empty()
    }

    pub(crate) fn is_directory(&self, index: usize) -> bool {
        self.directories.binary_search(&index).is_ok()
    }

    pub(crate) fn is_prefix(&self, index: usize) -> bool {
        self.prefixes.binary_search(&index).is_ok()
    }

    /// True if only one path was given: no file is found twice.
    pub(crate) fn is_single(&self) -> bool {
        self.places.len() == 1
    }

    /// True if the user named the file or the object itself.
    pub(crate) fn names(&self, real: &Path) -> bool {
        self.named.contains_key(real.as_os_str())
    }

    /// True if one of the first `count` paths leads to a file, too: to the file at `path`, which is at `real` without links.
    pub(crate) fn lead_to(&self, count: usize, path: &Path, real: &Path) -> bool {
        if self.named.get(real.as_os_str()).is_some_and(|named| *named < count) {
            return true;
        }
        let has_extension = has_input_extension(path);
        let absolute = absolute(path);
        self.directories.iter().take_while(|index| **index < count).filter_map(|index| self.places.get(*index)).any(
            |place| match &place.kind {
                Kind::Directory { absolute: folder, real: real_folder } => {
                    (real.starts_with(real_folder) && has_input_extension(real))
                        // by a link in that directory
                        || (has_extension && absolute.starts_with(folder) && !real_folder.starts_with(parent(real)))
                }
                Kind::File | Kind::Objects => false,
            },
        )
    }

    /// True if one of the first `count` paths leads to an object, too. Keys are compared as they are.
    pub(crate) fn lead_to_object(&self, count: usize, object: &Path) -> bool {
        let prefixes = self.prefixes.iter().take_while(|index| **index < count);
        prefixes.filter_map(|index| self.places.get(*index)).any(|place| {
            let is_named = place.path.as_os_str() == object.as_os_str();
            is_named || (has_input_extension(object) && is_below(object, &place.path))
        })
    }
}

/// True if the URL of an object starts with a bucket and a prefix.
fn is_below(object: &Path, prefix: &Path) -> bool {
    let (object, prefix) = (url::parse(object), url::parse(prefix));
    object.zip(prefix).is_some_and(|(object, prefix)| object.0 == prefix.0 && object.1.starts_with(prefix.1))
}

/// A path from the root, with its links.
fn absolute(path: &Path) -> PathBuf {
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a file or directory is, without links. The path itself for standard input, and for what does not exist.
pub(crate) fn real(path: &Path) -> PathBuf {
    match path.as_os_str() == "-" {
        true => path.to_owned(),
        false => fs::canonicalize(path).unwrap_or_else(|_| absolute(path)),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
