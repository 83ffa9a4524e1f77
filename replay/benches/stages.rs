//! The stages of a replay, each by itself, on a synthetic log file of 2,500 records.
//!
//! Run with `cargo bench -p sealwatch`.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

#[path = "../examples/archive/layout.rs"]
mod layout;
#[path = "../examples/archive/records.rs"]
mod records;

use std::io::{Read, Write};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use layout::Layout;
use libdeflater::Decompressor;
use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::rules::monitors;
use sealwatch_rules::{Event, Facts, Settings, evaluate};

fn main() {
    divan::main();
}

const RECORDS: usize = 2500;

fn text(monitored: u64) -> String {
    written(monitored, Layout::Compact)
}

fn written(monitored: u64, layout: Layout) -> String {
    layout.write(&records::records(&mut records::Numbers::of(1), RECORDS, monitored))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[divan::bench]
fn decompress_in_one_pass(bencher: Bencher<'_, '_>) {
    let text = text(0);
    let (gzip, mut decompressor, mut out) = (gzip(&text), Decompressor::new(), vec![0; text.len()]);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| decompressor.gzip_decompress(black_box(&gzip), &mut out).unwrap());
}

#[divan::bench]
fn decompress_as_a_stream(bencher: Bencher<'_, '_>) {
    let text = text(0);
    let (gzip, mut out) = (gzip(&text), Vec::with_capacity(text.len()));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        out.clear();
        MultiGzDecoder::new(black_box(gzip.as_slice())).read_to_end(&mut out).unwrap()
    });
}

/// The argument is the number of monitored calls in a million records.
#[divan::bench(args = [0, 10_000])]
fn pre_filter(bencher: Bencher<'_, '_>, monitored: u64) {
    let text = text(monitored);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        extract::monitored(black_box(text.as_bytes()), true, monitors, &mut |_| None, &mut |_, found| {
            drop(black_box(found))
        })
    });
}

/// What has no checksum is checked in full, in any layout.
#[divan::bench(args = [Layout::Compact, Layout::Spaced, Layout::Indented, Layout::Lines, Layout::SpacedLines])]
fn skim(bencher: Bencher<'_, '_>, layout: Layout) {
    let text = written(0, layout);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut found = |_, found: Found<'_>| drop(black_box(found));
        extract::monitored(black_box(text.as_bytes()), false, monitors, &mut |_| None, &mut found)
    });
}

#[divan::bench]
fn parse_in_full(bencher: Bencher<'_, '_>) {
    let text = text(10_000);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| extract::each(black_box(&text), &mut |_, found| drop(black_box(found))));
}

#[divan::bench]
fn evaluate_monitored(bencher: Bencher<'_, '_>) {
    let mut records = Vec::new();
    extract::monitored(text(10_000).as_bytes(), true, monitors, &mut |_| None, &mut |_, found| {
        if let Found::Record(_, text) = found {
            records.push(text.to_owned());
        }
    });
    let (facts, settings) = (Facts::default(), Settings::default());
    bencher.counter(ItemsCount::new(records.len())).bench(|| {
        for text in &records {
            let event = Event::parse(black_box(text)).unwrap();
            for change in event.changes() {
                black_box(evaluate(&change, &facts, &settings));
            }
        }
    });
}
