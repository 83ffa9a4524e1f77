//! Writes a synthetic archive of CloudTrail log files. The same arguments give the same records.
//!
//! `cargo run --release -p sealwatch --example archive -- FOLDER [FILES [RECORDS [MONITORED_PER_MILLION [SEED [LAYOUT]]]]]`
//!
//! Files have one to twice as many records as `RECORDS` says if that is less than 100, else as many. `LAYOUT` is `compact`, as
//! CloudTrail writes, `spaced`, `indented`, `lines` or `spaced-lines`. A folder holds the files of one account, Region and day.
#![expect(clippy::unwrap_used, reason = "a tool for benchmarks: its user reads the panic")]

mod layout;
mod records;

use std::io::Write;
use std::{env, fs, path::PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use layout::Layout;

/// Files of one account in one Region: 28 days with as many as a busy trail writes on one.
const FILES_OF_ACCOUNT: u64 = 28 * 138;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let usage = "usage: archive FOLDER [FILES [RECORDS [MONITORED_PER_MILLION [SEED [LAYOUT]]]]]";
    let folder = arguments.first().expect(usage);
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |text| text.parse().expect(usage));
    let (files, records, monitored, seed) = (number(1, 64), number(2, 2500), number(3, 10_000), number(4, 1));
    let layout = layout(arguments.get(5).map_or("compact", String::as_str)).expect(usage);
    let mut numbers = records::Numbers::of(seed);
    let (mut count, mut plain, mut compressed) = (0, 0, 0);
    for file in 0..files {
        let records = if records < 100 { 1 + numbers.below(2 * records) } else { records };
        let text = layout.write(&records::records(&mut numbers, usize::try_from(records).unwrap(), monitored));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let account = 111_122_223_333 + file / FILES_OF_ACCOUNT;
        let day =
            PathBuf::from(folder).join(format!("AWSLogs/{account}/CloudTrail/eu-west-1/2026/11/{:02}", 1 + file % 28));
        if file % FILES_OF_ACCOUNT < 28 {
            fs::create_dir_all(&day).unwrap();
        }
        fs::write(day.join(format!("{account}_CloudTrail_eu-west-1_{file:06}.json.gz")), &gzip).unwrap();
        count += records;
        plain += text.len();
        compressed += gzip.len();
    }
    println!("{files} files, {count} records, {plain} bytes of JSON, {compressed} compressed");
}

fn layout(name: &str) -> Option<Layout> {
    Some(match name {
        "compact" => Layout::Compact,
        "spaced" => Layout::Spaced,
        "indented" => Layout::Indented,
        "lines" => Layout::Lines,
        "spaced-lines" => Layout::SpacedLines,
        _ => return None,
    })
}
