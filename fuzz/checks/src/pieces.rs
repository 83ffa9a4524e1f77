//! Standard input in pieces: they hold what the whole text holds, in its places.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use sealwatch::readers;
use sealwatch_rules::cloudtrail::extract::{self, Found};

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "pieces", run: check, max_len: 512, words, seeds };

const MAX_SIZE: usize = 1 << 20;

/// The first byte is the size of the pieces, the others are a text.
pub fn check(bytes: &[u8]) {
    let Some((size, text)) = bytes.split_first() else { return };
    if text.starts_with(&[0x1f, 0x8b]) {
        // the decompressed text is not known here
        let _ = readers::pieces(text, usize::from(*size).max(1), MAX_SIZE);
        return;
    }
    let mut whole = Vec::new();
    find(text, 0, &mut whole);
    let stored = if size % 8 == 7 { gzip(text) } else { text.to_vec() };
    let pieces = readers::pieces(&stored, usize::from(*size).max(1), MAX_SIZE);
    let pieces = pieces.unwrap_or_else(|problem| panic!("{problem}: {}", String::from_utf8_lossy(text)));
    let joined: Vec<u8> = pieces.iter().flat_map(|(text, _)| text.iter().copied()).collect();
    assert_eq!(joined, text);
    let mut found = Vec::new();
    pieces.iter().for_each(|(text, lines_before)| find(text, *lines_before, &mut found));
    let broken = |found: &[(usize, String)]| found.iter().any(|(_, what)| what.starts_with("broken"));
    match broken(&whole) {
        // what is broken may be divided, and does not pass for whole
        true => assert!(broken(&found), "{:?}", String::from_utf8_lossy(text)),
        false => assert_eq!(found, whole, "{:?}", String::from_utf8_lossy(text)),
    }
}

/// What a text holds, and the line.
fn find(text: &[u8], lines_before: usize, all: &mut Vec<(usize, String)>) {
    extract::each_in(text, &mut |_| None, &mut |at, found| {
        all.push(match found {
            Found::Document(json) | Found::Empty(json) => (at.line + lines_before, json.get().to_owned()),
            Found::Record(_, json) => (at.line + lines_before, json.to_owned()),
            Found::NotJson { line, problem } => (line + lines_before, format!("broken: {problem}")),
            Found::Unreadable(error) => (at.line + lines_before, error.to_string()),
            Found::Foreign => (at.line + lines_before, "foreign".to_owned()),
        });
    });
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn words() -> Vec<String> {
    let others = [
        "{}\n",
        "{\"a\":1}\n",
        "[\n{},\n{}\n]",
        "2026-11-20T12:00:00Z {",
        "\r\n",
        "\u{feff}",
        "\n\n",
        "{\"eventName\":\"a\",\"eventSource\":\"b\"}\n",
    ];
    words::all(&[], &others)
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = [
        "!{\"a\":1}\n{\"a\":\n{\"b\":1}\n}\n[1, 2]\r\n  {\"a\":[]}\n\n2026-11-20T12:00:00Z {\"a\":\"é\"}\n",
        "\u{7}{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n",
        " {\"a\":1}\n{oops}\n{\"a\":2}\n{\"b\":\n{\"a\":3}\nmore\n{\"a\":4}\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    let small: Vec<Vec<u8>> = samples::events().into_iter().filter(|event| event.len() < 400).collect();
    seeds.extend(small.chunks(2).take(6).map(|events| [b"@", events.join(&b'\n').as_slice()].concat()));
    seeds
}
