//! Finding the input files.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

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
    /// What could not be searched, and why.
    pub(crate) problems: Vec<String>,
    /// The connection to S3; `None` if no input is in S3.
    pub(crate) s3: Option<S3>,
}

/// Finds the files below the given paths. Directories and S3 prefixes are searched recursively, in the order of names.
/// Symbolic links in directories are not followed. S3 is accessed with `profile`.
pub(crate) fn find(paths: &[PathBuf], filter: &Filter, profile: Option<&str>) -> Search {
    let mut search = Search::default();
    for path in paths {
        if url::is_url(path) {
            if let Err(problem) = search.add_objects(path, filter, profile) {
                search.problems.push(format!("{}: {problem}", path.display()));
            }
        } else if path.is_dir() {
            search.add_directory(path);
        } else {
            let bytes = fs::metadata(path).map_or(0, |file| file.len());
            search.inputs.push(InputFile { path: path.clone(), named: true, bytes });
        }
    }
    search
}

/// True if a path is a prefix in S3.
pub(crate) fn is_s3(path: &Path) -> bool {
    url::is_url(path)
}

impl Search {
    fn add_directory(&mut self, directory: &Path) {
        for entry in WalkDir::new(directory).sort_by_file_name() {
            match entry {
                Ok(entry) if !entry.file_type().is_file() => {}
                Ok(entry) if has_input_extension(entry.path()) => {
                    let bytes = entry.metadata().map_or(0, |file| file.len());
                    self.inputs.push(InputFile { path: entry.into_path(), named: false, bytes });
                }
                Ok(_) => self.other_extensions += 1,
                Err(error) => self.problems.push(error.to_string()),
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
        for object in listing.objects {
            match object.named || has_input_extension(&object.path) {
                true => self.inputs.push(object),
                false => self.other_extensions += 1,
            }
        }
        Ok(())
    }
}
