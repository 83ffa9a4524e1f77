//! Decompresses every file of a folder and does nothing else: the baseline for measuring a replay.
//!
//! `cargo run --release -p sealwatch --example decompress -- FOLDER [JOBS]`
#![expect(clippy::unwrap_used, reason = "a tool for benchmarks: its user reads the panic")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use libdeflater::Decompressor;
use walkdir::WalkDir;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let folder = arguments.first().expect("usage: decompress FOLDER [JOBS]");
    let jobs =
        arguments.get(1).map_or_else(|| thread::available_parallelism().unwrap().get(), |jobs| jobs.parse().unwrap());
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files: Vec<_> = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect();
    let (next, total) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let (mut decompressor, mut text) = (Decompressor::new(), Vec::new());
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let gzip = fs::read(file).unwrap();
                    let size = u32::from_le_bytes(*gzip.last_chunk().unwrap()) as usize;
                    text.resize(size.max(text.len()), 0);
                    total.fetch_add(decompressor.gzip_decompress(&gzip, &mut text[..size]).unwrap(), Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} files, {} bytes of JSON", files.len(), total.into_inner());
}
