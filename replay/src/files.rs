//! Finding and reading input files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::Utf8Error;

use walkdir::WalkDir;

use crate::filter::Filter;
use crate::gunzip::Gunzip;
use crate::s3::{self, S3};

/// Endings of the files that are read in a directory.
const ENDINGS: [&str; 4] = ["json", "jsonl", "ndjson", "gz"];

/// A larger text is refused: a log file of CloudTrail never is, a gzip bomb may be.
pub(crate) const MAX_BYTES: usize = 512 << 20;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Its path; `-` is standard input.
    pub(crate) path: PathBuf,
    /// True where the user named it, false where it was found in a directory.
    pub(crate) named: bool,
    /// Its size, for the progress bar.
    pub(crate) bytes: u64,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Files to read, in a fixed order.
    pub(crate) inputs: Vec<Input>,
    /// How many files in directories have other endings.
    pub(crate) others: usize,
    /// How many objects and folders in S3 were passed over: no record in them is wanted, as their keys tell.
    pub(crate) passed_over: usize,
    /// What cannot be searched.
    pub(crate) problems: Vec<String>,
    /// What reads the inputs that are objects in S3, where there are any.
    pub(crate) s3: Option<S3>,
}

/// The files behind the paths that a user gave. Directories and prefixes in S3 are searched to the bottom in the
/// order of names; symbolic links in directories are not followed.
pub(crate) fn find(paths: &[PathBuf], filter: &Filter) -> Search {
    let mut search = Search::default();
    for path in paths {
        if s3::is_url(path) {
            s3::find(path, filter, &mut search);
            continue;
        }
        if !path.is_dir() {
            let bytes = fs::metadata(path).map_or(0, |file| file.len());
            search.inputs.push(Input { path: path.clone(), named: true, bytes });
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if !entry.file_type().is_file() => {}
                Ok(entry) if is_input(entry.path()) => {
                    let bytes = entry.metadata().map_or(0, |file| file.len());
                    search.inputs.push(Input { path: entry.into_path(), named: false, bytes });
                }
                Ok(_) => search.others += 1,
                Err(error) => search.problems.push(format!("{error}")),
            }
        }
    }
    search
}

pub(crate) fn is_input(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Reads files one after the other into the same memory.
pub(crate) struct Reader {
    most: usize,
    bytes: Vec<u8>,
    gunzip: Gunzip,
}

impl Reader {
    /// A reader that refuses texts of more bytes than `most`.
    pub(crate) fn new(most: usize) -> Reader {
        Reader { most, bytes: Vec::new(), gunzip: Gunzip::new() }
    }

    /// The bytes of a file, decompressed where the first ones say gzip.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<&[u8]> {
        self.bytes.clear();
        let limit = u64::try_from(self.most).unwrap_or(u64::MAX).saturating_add(1);
        match path.as_os_str() == "-" {
            true => io::stdin().lock().take(limit).read_to_end(&mut self.bytes)?,
            false => File::open(path)?.take(limit).read_to_end(&mut self.bytes)?,
        };
        self.decompressed()
    }

    /// The same of an object that was fetched.
    pub(crate) fn read_fetched(&mut self, bytes: Vec<u8>) -> io::Result<&[u8]> {
        self.bytes = bytes;
        self.decompressed()
    }

    fn decompressed(&mut self) -> io::Result<&[u8]> {
        let mut bytes = self.bytes.as_slice();
        if Gunzip::is_gzip(bytes) && bytes.len() <= self.most {
            let text = self.gunzip.read(bytes, self.most);
            bytes = text.map_err(|error| io::Error::new(error.kind(), format!("cannot be decompressed: {error}")))?;
        }
        if bytes.len() > self.most { Err(too_large(self.most)) } else { Ok(bytes) }
    }
}

/// What to say of a text of more bytes than `most`.
pub(crate) fn too_large(most: usize) -> io::Error {
    let problem = format!("holds more than {}: split it, or raise `--max-file-size`", size(most));
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// Reads a single file as text.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut reader = Reader::new(MAX_BYTES);
    let text = std::str::from_utf8(reader.read(path)?);
    text.map(str::to_owned).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, not_utf_8(error)))
}

/// What to say of a file that is no text.
pub(crate) fn not_utf_8(error: Utf8Error) -> String {
    format!("is not UTF-8 at byte {}", error.valid_up_to())
}

const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

fn size(bytes: usize) -> String {
    let exact = UNITS.into_iter().find(|(_, bits)| bytes > 0 && bytes.trailing_zeros() >= *bits);
    exact.map_or(format!("{bytes} bytes"), |(unit, bits)| format!("{} {unit}", bytes >> bits))
}

/// A number of bytes as people type it: `1000000`, `64KiB`, `512MiB`, `2GiB`.
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let unit = UNITS.into_iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, bits)));
    let (number, bits) = unit.unwrap_or((text, 0));
    let bytes = number.trim_end().parse::<usize>().ok().and_then(|number| number.checked_mul(1 << bits));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "is no size: write `64KiB`, `512MiB` or `2GiB`".to_owned())
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

    #[test]
    fn sizes_are_read_and_written() {
        assert_eq!(bytes("512MiB"), Ok(MAX_BYTES));
        assert_eq!((bytes("1000"), bytes("1 KiB")), (Ok(1000), Ok(1024)));
        for text in ["", "0", "-1", "1.5GiB", "1MB", "99999999999GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        assert_eq!((size(MAX_BYTES), size(1000)), ("512 MiB".to_owned(), "1000 bytes".to_owned()));
    }
}
