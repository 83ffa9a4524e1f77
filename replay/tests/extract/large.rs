//! A large extract that is named is read in pieces. It answers as if it was read as a whole, which a text that is not compressed is.

use std::fmt::Write;

use crate::Folder;
use crate::forged::{COUNTS, HEADER, line};
use crate::support::gzip;

/// Lines of records that no rule evaluates, more than fit into a piece. They hardly compress.
fn filling() -> String {
    let (mut text, mut random) = (String::new(), 1_u64);
    for number in 0..3200 {
        write!(text, r#"{{"file":"b.json","line":{number},"json":{{"eventName":"Decrypt","eventSource":"kms.amazonaws.com","x":""#)
            .unwrap();
        for _ in 0..180 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            write!(text, "{random:016x}").unwrap();
        }
        text.push_str("\"}}\n");
    }
    text
}

#[test]
fn a_large_extract_answers_the_same_in_pieces() {
    let folder = Folder::new();
    let (first, last, filling) = (line("\"a.json\""), line("\"c.json\"").replace("e-1", "e-2"), filling());
    let problem = r#"{"file":"d.json","problem":"is broken"}"#;
    let counts = r#"{"counts":{"records":7,"not_monitored":7,"files":3,"unreadable":1}}"#;
    for (text, problems) in [
        (format!("{HEADER}\n{first}\n{problem}\n{filling}{last}\n{counts}\n"), 1),
        (format!("{HEADER}\n{first}\n{filling}{HEADER}\n{last}\n{COUNTS}"), 1),
        (format!("{HEADER}\n{first}\noops\n{COUNTS}\n{filling}{last}\n"), 3),
    ] {
        let compressed = gzip(&text);
        assert!(text.len() > 9 << 20 && compressed.len() > 2 << 20, "{} {}", text.len(), compressed.len());
        folder.write("whole.jsonl", &text).write("pieces.gz", compressed);
        let whole = folder.run(&["replay", "whole.jsonl"]);
        assert_eq!(whole.stderr.lines().count(), problems, "{}", whole.stderr);
        let mut pieces = folder.run(&["replay", "--max-file-size", "9MiB", "pieces.gz"]);
        pieces.stderr = pieces.stderr.replace("pieces.gz", "whole.jsonl");
        assert_eq!(pieces, whole);
    }
}
