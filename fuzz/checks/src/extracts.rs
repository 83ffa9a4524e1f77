//! Files of an archive, and extracts of them: an extract says what the file says, and a forged one cannot say more than a file.

use sealwatch::readers::{self, Read};
use sealwatch_rules::util::text::plain;

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "extracts", run: check, max_len: 1024, words, seeds };

/// The most bytes of a text.
const LIMIT: usize = 1 << 16;

/// Reads any bytes as a file, and as a line of an extract.
pub fn check(bytes: &[u8]) {
    check_line(bytes);
    let read = match readers::file(bytes, LIMIT) {
        Ok(read) => read,
        Err(_) => return assert!(readers::extract(bytes, LIMIT).is_err()),
    };
    let extract = readers::extract(bytes, LIMIT).unwrap_or_else(|problem| panic!("{problem}"));
    let again = readers::file(&extract, usize::MAX >> 1).unwrap_or_else(|problem| panic!("{problem}"));
    // places in names of places are of the file that was read, or of those that an extract names
    assert_same(&again, &read, bytes);
    let twice = readers::extract(&extract, usize::MAX >> 1).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(twice, extract, "an extract of an extract: {}", String::from_utf8_lossy(bytes));
}

fn assert_same(again: &Read, read: &Read, bytes: &[u8]) {
    let without_ends = |records: &[(String, String)]| {
        records.iter().map(|(place, text)| (place.clone(), text.replace(['\n', '\r'], " "))).collect::<Vec<_>>()
    };
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(without_ends(&again.records), without_ends(&read.records), "{shown}");
    assert_eq!(again.facts, read.facts, "{shown}");
    assert_eq!(again.timeline, read.timeline, "{shown}");
    assert_eq!(again.count, read.count, "{shown}");
}

/// A line that is read is written as one line, which is read as the same.
fn check_line(line: &[u8]) {
    match readers::extract_line(line) {
        Ok((words, written)) => {
            let again = readers::extract_line(&written);
            let spaced = |words: &str| words.replace(['\n', '\r'], " ");
            match again {
                Ok((again, rewritten)) => {
                    assert_eq!(spaced(&again), spaced(&words), "{}", String::from_utf8_lossy(line));
                    assert_eq!(rewritten, written);
                }
                Err(problem) => panic!("{problem}: {}", String::from_utf8_lossy(&written)),
            }
        }
        Err(problem) => assert_eq!(plain(&problem), problem),
    }
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../replay/src/summary.rs"),
        include_str!("../../../shared/rules/src/cloudtrail/wrapper.rs"),
    ];
    let others = [
        "{\"sealwatch_extract\":1,\"version\":\"0.1.0\"}\n",
        "{\"counts\":{",
        "\"records\":1",
        "{\"file\":\"a.json\",\"line\":1,\"json\":",
        "\"entry\":0,",
        "\"fact\":true,",
        "\"only\":\"context\",",
        "\"only\":\"correction\",",
        "\"problem\":\"x\"",
        "s3://b/k",
        "%1b",
        "file:///",
    ];
    words::all(&code, &others)
}

fn seeds() -> Vec<Vec<u8>> {
    let events: Vec<Vec<u8>> = samples::events().into_iter().filter(|event| event.len() < 900).step_by(6).collect();
    let extracts: Vec<Vec<u8>> = events
        .iter()
        .filter_map(|event| readers::extract(event, LIMIT).ok())
        .filter(|text| text.len() < 1024)
        .collect();
    let line = |extract: &Vec<u8>| extract.split(|byte| *byte == b'\n').nth(1).map(<[u8]>::to_vec);
    let lines: Vec<Vec<u8>> = extracts.iter().filter_map(line).take(8).collect();
    [events, extracts, lines].concat()
}
