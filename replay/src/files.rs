//! Finding and reading input files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use walkdir::WalkDir;

/// Endings of the files that are read in a directory.
const ENDINGS: [&str; 4] = ["json", "jsonl", "ndjson", "gz"];

/// A larger text is refused: a log file of CloudTrail never is, a gzip bomb may be.
const MAX_BYTES: u64 = 512 << 20;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Its path; `-` is standard input.
    pub(crate) path: PathBuf,
    /// True where the user named it, false where it was found in a directory.
    pub(crate) named: bool,
}

/// The files behind the paths that a user gave, and what cannot be searched. Directories are
/// searched to the bottom in the order of names; symbolic links in them are not followed.
pub(crate) fn find(paths: &[PathBuf]) -> (Vec<Input>, Vec<String>) {
    let (mut inputs, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            inputs.push(Input { path: path.clone(), named: true });
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_input(entry.path()) => {
                    inputs.push(Input { path: entry.into_path(), named: false });
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("{error}")),
            }
        }
    }
    (inputs, problems)
}

fn is_input(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Reads a file into memory, decompressed where its first bytes say gzip, as UTF-8.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match path.as_os_str() == "-" {
        true => io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?,
        false => File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?,
    };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        let read = MultiGzDecoder::new(bytes.as_slice()).take(MAX_BYTES + 1).read_to_end(&mut text);
        read.map_err(|error| io::Error::new(error.kind(), format!("cannot be decompressed: {error}")))?;
        bytes = text;
    }
    if bytes.len() as u64 > MAX_BYTES {
        let problem = format!("holds more than {} MiB: split it", MAX_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    String::from_utf8(bytes).map_err(|error| {
        let problem = format!("is not UTF-8 at byte {}", error.utf8_error().valid_up_to());
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_may_hold_records_are_searched_for() {
        for (name, want) in
            [("a.json", true), ("a.json.gz", true), ("A.JSONL", true), (".DS_Store", false), ("a.md", false)]
        {
            assert_eq!(is_input(Path::new(name)), want, "{name}");
        }
    }
}
