//! Extracts that somebody changed: nothing in them is believed.

use crate::{Folder, STOP};

pub(crate) const HEADER: &str = r#"{"sealwatch_extract":1,"version":"0.1.0"}"#;
pub(crate) const COUNTS: &str = r#"{"counts":{}}"#;

pub(crate) fn line(file: &str) -> String {
    format!(r#"{{"file":{file},"line":1,"json":{STOP}}}"#)
}

#[test]
fn the_name_of_a_file_is_only_a_name() {
    let folder = Folder::new();
    for (file, want) in [
        (r#""javascript:alert(1)""#, "javascript%3Aalert%281%29"),
        (r#""\u001b[2J\u202e.json""#, "%1B%5B2J%E2%80%AE.json"),
        (r#""%1b%5b2J""#, "%1B%5B2J"),
        (r#""../../etc/passwd""#, "../../etc/passwd"),
        (r#""s3://none/a b""#, "s3://none/a%20b"),
        (r#""https://example.com/""#, "https%3A//example.com/"),
    ] {
        folder.write("x.gz", [HEADER, &line(file), COUNTS].join("\n"));
        let text = folder.run(&["replay", "x.gz"]);
        assert!(text.status == Some(1) && !text.stdout.contains(['\u{1b}', '\u{202e}']), "{file}: {text:?}");
        let sarif = folder.run(&["replay", "--format", "sarif", "x.gz"]);
        assert!(sarif.stdout.contains(&format!("\"uri\":\"{want}\"")), "{file}: {}", sarif.stdout);
        let html = folder.run(&["replay", "--format", "html", "x.gz"]);
        assert!(html.status == Some(1) && !html.stdout.contains("href=\"javascript"), "{file}");
        assert_eq!(text.stderr + &sarif.stderr + &html.stderr, "", "{file}");
    }
    let problem = r#"{"problem":"\u001b[2J\nsecond","file":"\u202ea"}"#;
    folder.write("x.gz", [HEADER, problem, r#"{"counts":{"unreadable":1}}"#].join("\n"));
    let run = folder.run(&["replay", "x.gz"]);
    assert_eq!((run.status, &*run.stderr), (Some(2), "sealwatch: \u{fffd}a: \u{fffd}[2J\u{fffd}second\n"));
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let folder = Folder::new();
    let line = line("\"a.json\"");
    let cut = "cut off: its counts are missing, and maybe records; extract again, or copy the whole file";
    for (text, want) in [
        ([HEADER, &line].join("\n"), format!("x.gz: this extract is {cut}")),
        (HEADER.to_owned(), format!("x.gz: this extract is {cut}")),
        ([HEADER, &line, HEADER, COUNTS].join("\n"), format!("x.gz: line 3: this extract is {cut}")),
        ([HEADER, COUNTS, &line].join("\n"), format!("x.gz: line 3: this extract is {cut}")),
        (
            [HEADER, &line, "{\"file\":\"a.json\"}", COUNTS].join("\n"),
            "x.gz: line 3: this extract is damaged: neither a record, a fact, a problem nor counts; extract again"
                .to_owned(),
        ),
        (
            [HEADER, &line, "{\"file\":", COUNTS].join("\n"),
            "x.gz: line 3: this extract is damaged: it is cut off".to_owned(),
        ),
        (
            [HEADER, &line, "{\"file\":\"a.json\",\"line\":1,\"json\":7}", COUNTS].join("\n"),
            "a.json: line 1".to_owned(),
        ),
        (
            [HEADER, &line, "{\"counts\":{\"records\":18446744073709551615}}"].join("\n"),
            "x.gz: line 3: this extract is damaged: its counts are larger than any archive".to_owned(),
        ),
        (
            [HEADER, &line.replace("\"line\":1", "\"line\":1,\"entry\":18446744073709551615"), &line, COUNTS]
                .join("\n"),
            "x.gz: line 2: this extract is damaged: `line` or `entry` is larger than any file".to_owned(),
        ),
        (
            [HEADER, &line.replace("a.json", &"a/".repeat(200_000)), &line, COUNTS].join("\n"),
            "x.gz: line 2: this extract is damaged: `file` is longer than any name of a file".to_owned(),
        ),
        (
            [HEADER.replace(":1", ":2"), line.clone(), COUNTS.to_owned()].join("\n"),
            "x.gz: line 1: this extract cannot be read: its format has version 2".to_owned(),
        ),
    ] {
        folder.write("x.gz", &text);
        let run = folder.run(&["replay", "--format", "json", "x.gz"]);
        assert_eq!(run.status, Some(2), "{text}");
        assert!(run.stderr.contains(&want), "{text}\n{}", run.stderr);
        // what is there is evaluated, if its format is known
        let is_known = text.contains("e-1") && !text.contains("\"sealwatch_extract\":2");
        assert_eq!(run.stdout.contains("\"e-1\""), is_known, "{text}");
        assert!(text.contains("e-1") == is_known || !run.stderr.contains("cut off: its counts"), "{}", run.stderr);
    }
}

#[test]
fn a_deep_path_takes_no_time() {
    let folder = Folder::new();
    let lines: Vec<String> = (0..20).map(|number| line(&format!("\"{}{number}.json\"", "a/".repeat(60_000)))).collect();
    folder.write("x.gz", [HEADER, &lines.join("\n"), COUNTS].join("\n"));
    for filter in [&[][..], &["--since", "2026-11-20"]] {
        let started = std::time::Instant::now();
        let run = folder.run(&[&["replay", "--exit-zero", "x.gz"], filter].concat());
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(started.elapsed().as_secs() < 20, "it takes the square of the depth");
    }
}
