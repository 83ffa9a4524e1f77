//! Finding the input files.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::input::filter::Filter;
use crate::input::input_file::{InputFile, has_input_extension};
use crate::input::s3::connection::S3;
use crate::input::s3::{listing, url};

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Files to read, in a fixed order.
    pub(crate) inputs: Vec<InputFile>,
    /// Number of files in directories that have other extensions.
    pub(crate) other_extensions: usize,
    /// Number of objects and folders in S3 that are not read because their keys show that no record in them is selected.
    pub(crate) skipped_by_path: usize,
    /// Number of requests to list objects in S3.
    pub(crate) list_calls: usize,
    /// The given paths below which there is nothing to read.
    pub(crate) empty: Vec<PathBuf>,
    /// What could not be searched, and why.
    pub(crate) problems: Vec<String>,
    /// The connection to S3; `None` if no input is in S3.
    pub(crate) s3: Option<S3>,
}

/// Finds the files below the given paths. Directories and S3 prefixes are searched recursively, in the order of names. S3
/// is accessed with `profile`.
pub(crate) fn find(paths: &[PathBuf], filter: &Filter, profile: Option<&str>) -> Search {
    let mut search = Search::default();
    for path in paths {
        let before = search.inputs.len() + search.problems.len() + search.skipped_by_path;
        if url::is_url(path) {
            if let Err(problem) = search.add_objects(path, filter, profile) {
                search.problems.push(format!("{}: {problem}", path.display()));
            }
        } else if path.is_dir() {
            search.add_directory(path);
        } else if url::is_mistyped(path) && !path.exists() {
            search.problems.push(format!("{}: no such file; write an S3 prefix as s3://bucket/prefix", path.display()));
        } else {
            let bytes = fs::metadata(path).map_or(0, |file| file.len());
            search.inputs.push(InputFile { path: path.clone(), named: true, bytes });
        }
        if search.inputs.len() + search.problems.len() + search.skipped_by_path == before {
            search.empty.push(path.clone());
        }
    }
    if paths.len() > 1 {
        search.remove_duplicates();
    }
    search
}

/// True if a path is a prefix in S3.
pub(crate) fn is_s3(path: &Path) -> bool {
    url::is_url(path)
}

impl Search {
    /// Removes the inputs of another search: they are read there.
    pub(crate) fn remove_inputs_of(&mut self, other: &Search) {
        if !self.inputs.is_empty() {
            let others: HashSet<PathBuf> = other.inputs.iter().map(InputFile::identity).collect();
            self.inputs.retain(|input| !others.contains(&input.identity()));
        }
    }

    /// Keeps the first of several equal inputs, so that a file is not read and reported twice.
    fn remove_duplicates(&mut self) {
        let named: HashSet<PathBuf> = self.inputs.iter().filter(|input| input.named).map(InputFile::identity).collect();
        let mut seen = HashSet::new();
        self.inputs.retain_mut(|input| {
            let identity = input.identity();
            input.named |= named.contains(&identity);
            seen.insert(identity)
        });
    }

    fn add_directory(&mut self, directory: &Path) {
        let mut links = Links::new(directory);
        let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| links.follow(entry)) {
            match entry {
                Ok(entry) if !entry.file_type().is_file() => {}
                Ok(entry) if has_input_extension(entry.path()) => {
                    let bytes = entry.metadata().map_or(0, |file| file.len());
                    self.inputs.push(InputFile { path: entry.into_path(), named: false, bytes });
                }
                Ok(_) => self.other_extensions += 1,
                Err(error) => self.problems.extend(problem(directory, &error)),
            }
        }
    }

    fn add_objects(&mut self, url: &Path, filter: &Filter, profile: Option<&str>) -> Result<(), String> {
        let (bucket, prefix) = url::parse(url).ok_or("the bucket is missing: write `s3://bucket/prefix`")?;
        let s3 = match self.s3.take() {
            Some(s3) => s3,
            None => S3::connect(profile)?,
        };
        let listing = listing::list(self.s3.insert(s3), bucket, prefix, filter)?;
        self.skipped_by_path += listing.skipped_by_path;
        self.list_calls += listing.calls;
        for object in listing.objects {
            match object.named || has_input_extension(&object.path) {
                true => self.inputs.push(object),
                false => self.other_extensions += 1,
            }
        }
        Ok(())
    }
}

/// Which symbolic links in a directory are followed: those to files and directories that are not found anyway. Mounted
/// volumes of Kubernetes hold nothing but links.
///
/// Each target is followed once, so that links that lead to each other end.
struct Links {
    root: Option<PathBuf>,
    followed: HashSet<PathBuf>,
}

impl Links {
    fn new(root: &Path) -> Links {
        Links { root: fs::canonicalize(root).ok(), followed: HashSet::new() }
    }

    /// False for a link that is not followed.
    fn follow(&mut self, entry: &DirEntry) -> bool {
        if !entry.path_is_symlink() || entry.depth() == 0 {
            return true;
        }
        let (Some(root), Ok(target)) = (&self.root, fs::canonicalize(entry.path())) else { return false };
        let is_directory = entry.file_type().is_dir();
        let is_found_anyway = target.starts_with(root) && (is_directory || has_input_extension(&target));
        let holds_root = is_directory && root.starts_with(&target);
        !is_found_anyway && !holds_root && self.followed.insert(target)
    }
}

/// What is wrong with an entry of a directory; `None` if it could not be an input.
fn problem(directory: &Path, error: &walkdir::Error) -> Option<String> {
    let path = error.path().unwrap_or(directory);
    let is_link = path.is_symlink();
    match error.io_error() {
        None => None, // a link to a directory that holds it
        Some(_) if is_link && !has_input_extension(path) => None,
        Some(error) if is_link && error.kind() == io::ErrorKind::NotFound => {
            Some(format!("{}: the symbolic link leads to no file", path.display()))
        }
        Some(error) => Some(format!("{}: {error}", path.display())),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_once_and_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for directory in ["in/..2026_11_20", "in/sub", "out/deep"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        for file in ["in/..2026_11_20/key.json", "in/sub/data", "out/a.json", "out/deep/b.json", "single.json"] {
            fs::write(at(file), "{}").unwrap();
        }
        for (target, link) in [
            ("..2026_11_20", "in/..data"),      // as Kubernetes mounts a ConfigMap
            ("..data/key.json", "in/key.json"), // found anyway
            ("sub/data", "in/renamed.json"),    // not found by its own name
            ("../single.json", "in/one.json"),
            ("../single.json", "in/two.json"), // the same file
            ("../out", "in/out"),
            ("../out", "in/out2"),
            ("../in", "out/back"),
            (".", "in/loop"),
            ("../..", "in/above"),
            ("nowhere.json", "in/broken.json"),
            ("nowhere", "in/broken"),
            ("circle.json", "in/circle.json"),
        ] {
            symlink(target, at(link)).unwrap();
        }
        let search = find(&[at("in")], &Filter::default(), None);
        let names = search.inputs.iter().map(|input| input.path.strip_prefix(at("in")).unwrap().to_str().unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["..2026_11_20/key.json", "one.json", "out/a.json", "out/deep/b.json", "renamed.json"]
        );
        assert_eq!(search.problems.len(), 2, "{:?}", search.problems);
        assert!(search.problems[0].contains("in/broken.json: the symbolic link leads to no file"));
        assert!(search.problems[1].contains("in/circle.json"));
    }

    #[test]
    fn each_input_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        fs::write(&file, "{}").unwrap();
        let empty = folder.path().join("empty");
        fs::create_dir(&empty).unwrap();
        let standard_input = PathBuf::from("-");
        let paths = [
            folder.path().to_owned(),
            standard_input.clone(),
            folder.path().join("./a.json"),
            standard_input,
            empty.clone(),
        ];
        let search = find(&paths, &Filter::default(), None);
        let inputs: Vec<_> = search.inputs.iter().map(|input| (input.path.clone(), input.named)).collect();
        assert_eq!(inputs, [(file.clone(), true), (PathBuf::from("-"), true)]);
        assert_eq!(search.empty, [empty]);
        let mut facts = find(&[file], &Filter::default(), None);
        facts.remove_inputs_of(&search);
        assert_eq!(facts.inputs, []);
    }
}
