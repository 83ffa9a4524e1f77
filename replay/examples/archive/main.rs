//! Writes a synthetic archive of CloudTrail log files. The same arguments give the same records.
//!
//! `cargo run --release -p sealwatch --example archive -- FOLDER [FILES [RECORDS [MONITORED_PER_MILLION [SEED]]]]`
#![expect(clippy::unwrap_used, reason = "a tool for benchmarks: its user reads the panic")]

mod records;

use std::io::Write;
use std::{env, fs, path::PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let folder = arguments.first().expect("usage: archive FOLDER [FILES [RECORDS [MONITORED_PER_MILLION [SEED]]]]");
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let (files, records, monitored, seed) = (number(1, 64), number(2, 2500), number(3, 10_000), number(4, 1));
    let mut numbers = records::Numbers::of(seed);
    let (mut plain, mut compressed) = (0, 0);
    for file in 0..files {
        let text = records::log_file(&mut numbers, usize::try_from(records).unwrap(), monitored);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let day = PathBuf::from(folder)
            .join(format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{:02}", 1 + file % 28));
        fs::create_dir_all(&day).unwrap();
        fs::write(day.join(format!("111122223333_CloudTrail_eu-west-1_{file:06}.json.gz")), &gzip).unwrap();
        plain += text.len();
        compressed += gzip.len();
    }
    println!("{files} files, {} records, {plain} bytes of JSON, {compressed} compressed", files * records);
}
