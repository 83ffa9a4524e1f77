//! Lists of files and objects: inputs that are not searched for.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Reads a list of paths and URLs, one on each line, from a file or from standard input for `-`.
///
/// # Errors
/// Fails if the list cannot be read, or if it names nothing.
pub(crate) fn read(list: &Path) -> io::Result<Vec<PathBuf>> {
    let lines: Vec<String> = match list.as_os_str() == "-" {
        true => io::stdin().lock().lines().collect::<io::Result<_>>()?,
        false => BufReader::new(File::open(list)?).lines().collect::<io::Result<_>>()?,
    };
    if let Some(at) = lines.iter().position(|line| line == "-") {
        return Err(io::Error::other(format!("line {}: `-` is standard input, which a list cannot name", at + 1)));
    }
    let paths: Vec<PathBuf> = lines.into_iter().filter(|line| !line.is_empty()).map(PathBuf::from).collect();
    match paths.is_empty() {
        true => Err(io::Error::other("names no file: write one path or s3:// URL on each line")),
        false => Ok(paths),
    }
}
