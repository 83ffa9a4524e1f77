//! The command line when files, memory, disk or standard streams are missing.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod disk;
mod limits;
mod streams;

#[path = "../support/folder.rs"]
mod folder;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use folder::{Folder, Run};
use support::gzip;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sealwatch");

impl Folder {
    /// A folder with an archive `in`: each file has records of monitored calls, all together too many for memory.
    fn with_archive(files: usize) -> Folder {
        let folder = Folder::new();
        for file in 0..files {
            let record = |number: usize| {
                format!(
                    r#"{{"eventVersion":"1.11","eventID":"{file}-{number}","eventTime":"2026-11-20T12:00:00Z","eventSource":"kinesis.amazonaws.com","eventName":"StopStreamEncryption","awsRegion":"eu-west-1","recipientAccountId":"111122223333","requestParameters":{{"streamName":"s{file}-{number}","encryptionType":"KMS","keyId":"alias/a"}},"additionalEventData":{{"x":"{}"}}}}"#,
                    "x".repeat(2000)
                )
            };
            let records: Vec<String> = (0..30).map(record).collect();
            let text = format!("{{\"Records\":[{}]}}", records.join(","));
            folder.write(format!("in/{file:03}.json.gz"), gzip(text));
        }
        folder
    }

    /// Runs a shell script, in which `$0` is the program.
    fn shell(&self, script: &str) -> Run {
        Run::of(Command::new("sh").args(["-c", script, PROGRAM]).current_dir(&self.0).output().unwrap())
    }

    /// What is there besides the archive.
    fn content(&self) -> BTreeMap<String, Vec<u8>> {
        content(&self.0).into_iter().filter(|(name, _)| !name.starts_with("in")).collect()
    }
}

/// Says what this machine does not allow to test. `println!` would say it only if the test failed.
fn skip(what: &str, why: &str) {
    io::stderr().write_all(format!("not tested: {what} {why}\n").as_bytes()).unwrap();
}

/// The files below a folder, and the folders, with a `/` at the end.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() {
            true => {
                all.extend(content(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
                all.insert(name + "/", Vec::new());
            }
            false => drop(all.insert(name, fs::read(path).unwrap())),
        }
    }
    all
}
