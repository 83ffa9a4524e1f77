//! One input file, and which files are read in a directory.

use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::file_uri::name_of_path;

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
    /// Its size as it is stored; 0 if it is not known before it is read.
    pub(crate) bytes: u64,
}

impl InputFile {
    /// The path as people know it, safe to print.
    pub(crate) fn display_name(&self) -> String {
        name_of_path(&self.path)
    }

    /// True if the name says that the file holds JSON: its extension does, or a trail wrote it.
    pub(crate) fn is_named_json(&self) -> bool {
        let compressed = has_extension(&self.path, &["gz", "zst"]) || has_extension(&self.path, &UNSUPPORTED);
        let name = self.path.file_stem().map(Path::new).filter(|_| compressed).unwrap_or(&self.path);
        self.is_of_trail() || has_extension(name, &["json", "jsonl", "ndjson"])
    }

    /// True if the name says that each line is a document: no line is no error.
    pub(crate) fn is_json_lines(&self) -> bool {
        self.name_contains(".jsonl") || self.name_contains(".ndjson")
    }

    /// True if the name says that a trail wrote the file: logs, Insights events, network activity or digests.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html>
    pub(crate) fn is_of_trail(&self) -> bool {
        self.name_contains("_CloudTrail")
    }

    /// True if the name says that the file holds records of API calls.
    pub(crate) fn is_log_of_trail(&self) -> bool {
        self.name_contains("_CloudTrail_")
    }

    fn name_contains(&self, word: &str) -> bool {
        let name = self.path.file_name().unwrap_or_default();
        memmem::find(name.as_encoded_bytes(), word.as_bytes()).is_some()
    }
}

/// True if a file in a directory may hold records.
pub(crate) fn has_input_extension(path: &Path) -> bool {
    let stem = path.file_stem().map(Path::new).unwrap_or(path);
    has_extension(path, &EXTENSIONS) || (has_extension(path, &UNSUPPORTED) && has_extension(stem, &EXTENSIONS))
}

/// True if a path ends in one of these extensions, in any letter case.
fn has_extension(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_holds() {
        for (name, json, log) in [
            ("111122223333_CloudTrail_eu-west-1_20261120T1205Z_a1B2c3D4e5F6g7H8.json.gz", true, true),
            ("111122223333_CloudTrail_eu-west-1_20261120T1205Z_a1B2c3D4e5F6g7H8.gz", true, true),
            ("111122223333_CloudTrail-Insight_eu-west-1_20261120T1205Z_x.json.gz", true, false),
            ("111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261120T120000Z.json.gz", true, false),
            ("A.JSON.GZ", true, false),
            ("a.jsonl", true, false),
            ("a.json.zst", true, false),
            ("a.ndjson.XZ", true, false),
            ("app.log.gz", false, false),
            ("flow.gz", false, false),
        ] {
            let file = InputFile { path: Path::new("CloudTrail_").join(name), named: false, bytes: 0 };
            assert_eq!((file.is_named_json(), file.is_log_of_trail()), (json, log), "{name}");
        }
    }

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
