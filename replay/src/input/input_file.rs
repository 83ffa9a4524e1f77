//! One input file, and which files are read in a directory.

use std::path::{Path, PathBuf};

/// Extensions of the files that are read in a directory. CSV is rejected if it holds CloudTrail events.
const EXTENSIONS: [&str; 7] = ["json", "jsonl", "ndjson", "gz", "zip", "zst", "csv"];

/// Extensions of compressed files that are rejected by name if they hold JSON according to the rest of their names.
const UNSUPPORTED: [&str; 8] = ["xz", "bz2", "lz4", "7z", "br", "lzma", "snappy", "z"];

/// A file, or an object in S3, to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputFile {
    /// Its path; `-` is standard input.
    pub(crate) path: PathBuf,
    /// True if the user named it, false if it was found in a directory.
    pub(crate) named: bool,
    /// Its size, for the progress bar.
    pub(crate) bytes: u64,
}

/// True if a file in a directory may hold records.
pub(crate) fn has_input_extension(path: &Path) -> bool {
    let has = |path: &Path, known: &[&str]| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
    };
    let stem = path.file_stem().map(Path::new).unwrap_or(path);
    has(path, &EXTENSIONS) || (has(path, &UNSUPPORTED) && has(stem, &EXTENSIONS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_may_hold_records_are_read() {
        for (name, want) in [
            ("a.json", true),
            ("a.json.gz", true),
            ("A.JSONL", true),
            ("a.zip", true),
            ("a.json.zst", true),
            ("a.json.XZ", true),
            ("a.xz", false),
            (".DS_Store", false),
            ("a.md", false),
        ] {
            assert_eq!(has_input_extension(Path::new(name)), want, "{name}");
        }
    }
}
