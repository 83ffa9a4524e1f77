//! Lists of files and objects: inputs that are not searched for.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::input::files::{Search, is_s3};
use crate::input::input_file::InputFile;
use crate::input::s3::connection::S3;
use crate::input::s3::url;

/// Reads a list of paths and URLs, one on each line, from a file or from standard input for `-`. They are read in this
/// order, as if they had been found in a directory.
///
/// # Errors
/// Fails if the list cannot be read, or if it names nothing.
pub(crate) fn read(list: &Path, profile: Option<&str>) -> io::Result<Search> {
    let lines: Vec<String> = match list.as_os_str() == "-" {
        true => io::stdin().lock().lines().collect::<io::Result<_>>()?,
        false => BufReader::new(File::open(list)?).lines().collect::<io::Result<_>>()?,
    };
    let mut search = Search::default();
    for path in lines.into_iter().filter(|line| !line.is_empty()).map(PathBuf::from) {
        if is_s3(&path)
            && let Err(problem) = connect(&mut search.s3, &path, profile)
        {
            search.problems.push(format!("{}: {problem}", path.display()));
        } else {
            search.inputs.push(InputFile { path, named: false, bytes: 0 });
        }
    }
    match search.inputs.is_empty() && search.problems.is_empty() {
        true => Err(io::Error::other("names no file: write one path or s3:// URL on each line")),
        false => Ok(search),
    }
}

/// Connects to the bucket of an object.
fn connect(connection: &mut Option<S3>, path: &Path, profile: Option<&str>) -> Result<(), String> {
    let (bucket, _) = url::parse(path).filter(|(_, key)| !key.is_empty()).ok_or("write `s3://bucket/key`")?;
    let s3 = match connection.take() {
        Some(s3) => s3,
        None => S3::connect(profile)?,
    };
    connection.insert(s3).connect_to_bucket(bucket).map(drop)
}
