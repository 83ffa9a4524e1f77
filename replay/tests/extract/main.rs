//! `sealwatch extract`: a replay of extracts answers as a replay of what was extracted.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../support/folder.rs"]
mod folder;
mod forged;
#[cfg(unix)]
mod killed;
mod large;
mod property;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/zip.rs"]
mod zip;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::bufread::MultiGzDecoder;
use folder::{Folder, Run};
use support::gzip;

/// The names and contents of the sample files of some detectors.
fn samples_in(selects: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let folders = list(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")).into_iter();
    let folders = folders.filter(|path| path.is_dir() && selects(&name(path)));
    let files = folders.flat_map(|folder| list(&folder).into_iter().map(move |file| (folder.clone(), file)));
    files.map(|(folder, file)| (format!("{}/{}", name(&folder), name(&file)), fs::read(&file).unwrap())).collect()
}

/// A folder with all samples.
fn samples() -> Folder {
    let folder = Folder::new();
    for (name, text) in samples_in(|_| true) {
        folder.write(Path::new("in").join(name), text);
    }
    folder
}

#[test]
fn a_replay_of_an_extract_answers_as_a_replay_of_the_archive() {
    let folder = samples();
    folder
        .write("in/broken.json", "{\"eventName\": oops}\n")
        .write("in/cut.json.gz", &gzip("{\"Records\":[]}")[..20])
        .write("in/other.txt", "text")
        .write("in/other.json", "{\"name\": 1}");
    let extracted = folder.run(&["extract", "-o", "all.gz", "in"]);
    assert_eq!((extracted.status, &*extracted.stdout), (Some(2), ""));
    for format in ["text", "json", "ocsf", "sns", "sarif"] {
        let whole = folder.run(&["replay", "--format", format, "in"]);
        assert_eq!(folder.run(&["replay", "--format", format, "all.gz"]), whole, "{format}");
        assert!(whole.stdout.len() > 1000);
        assert_eq!(whole.stderr.lines().take(2).collect::<Vec<_>>(), extracted.stderr.lines().collect::<Vec<_>>());
    }
}

#[test]
fn the_chunks_of_a_plan_answer_as_the_whole() {
    let folder = samples();
    folder.write("in/broken.json", "{\"eventName\": oops}\n").write("in/other.txt", "text");
    let planned = folder.run(&["extract", "--plan", "parts", "--chunk-size", "100", "in"]);
    assert_eq!((planned.status, &*planned.stderr), (Some(0), ""), "{planned:?}");
    let plan: serde_json::Value = serde_json::from_slice(&fs::read(folder.0.join("parts/plan.json")).unwrap()).unwrap();
    assert_eq!((&plan["chunks"], &plan["list_calls"]), (&3.into(), &0.into()), "{plan}");
    assert!(plan["cost"]["total"].as_f64().is_some_and(|total| total > 0.0), "{plan}");
    let mut all = fs::read(folder.0.join("parts/search.gz")).unwrap();
    let mut arguments = vec!["replay".to_owned(), "parts/search.gz".to_owned()];
    for number in 1..=3 {
        let (keys, file) = (format!("parts/{number:06}.keys"), format!("{number}.gz"));
        let extracted = folder.run(&["extract", "-o", &file, "--keys", &keys]);
        assert!(matches!(extracted.status, Some(0 | 2)), "{extracted:?}");
        all.extend(fs::read(folder.0.join(&file)).unwrap());
        arguments.push(file);
    }
    let whole = folder.run(&["replay", "in"]);
    assert_eq!(whole.status, Some(2));
    folder.write("all.gz", all);
    assert_eq!(folder.run(&["replay", "all.gz"]), whole);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_eq!(folder.run(&arguments), whole);
}

const STOP: &str = r#"{"eventName":"StopStreamEncryption","eventSource":"kinesis.amazonaws.com","eventID":"e-1","eventTime":"2026-11-21T10:00:00Z","awsRegion":"eu-west-1","recipientAccountId":"111122223333","requestParameters":{"streamName":"orders"}}"#;

#[test]
fn exactly_what_a_list_names_is_read_in_its_order() {
    let folder = Folder::new();
    folder.write("b.json", STOP).write("a.txt", STOP.replace("e-1", "e-2")).write("unlisted.json", STOP);
    folder.write("list.keys", "b.json\n\na.txt\nmissing.json\n");
    let extracted = folder.run(&["extract", "-o", "x.gz", "--keys", "list.keys"]);
    assert_eq!(extracted.status, Some(2));
    assert!(extracted.stderr.starts_with("sealwatch: missing.json: No such file"), "{extracted:?}");
    let replayed = folder.run(&["replay", "--format", "sns", "x.gz"]);
    assert_eq!((replayed.status, &replayed.stderr), (Some(2), &extracted.stderr));
    let at = |id: &str| replayed.stdout.find(id).unwrap();
    assert!(at("e-1") < at("e-2"), "{replayed:?}");
    assert_eq!(folder.run(&["replay", "--format", "sns", "b.json", "a.txt"]).stdout, replayed.stdout);

    folder.write("empty.keys", "\n").write("stdin.keys", "a.txt\n-\n");
    for (list, want) in [
        ("empty.keys", "empty.keys: names no file: write one path or s3:// URL on each line"),
        ("none.keys", "none.keys: No such file"),
        ("-", "--keys: standard input: names no file"),
        ("stdin.keys", "stdin.keys: line 2: `-` is standard input, which a list cannot name"),
    ] {
        let run = folder.run(&["extract", "-o", "y.gz", "--keys", list]);
        assert!(run.status == Some(2) && run.stderr.contains(want), "{run:?}");
    }
}

#[test]
fn a_path_that_looks_like_a_url_is_told_what_to_write_instead() {
    let folder = Folder::new();
    for (path, want) in [
        ("S3://logs/a.json", "S3://logs/a.json: no such file; write an S3 prefix as s3://bucket/prefix"),
        ("https://h/a.json", "https://h/a.json: no such file; only s3:// URLs are read: download the file first"),
    ] {
        folder.write("list.keys", path);
        for arguments in
            [&["replay", path][..], &["extract", "-o", "x.gz", path], &["extract", "-o", "x.gz", "--keys", "list.keys"]]
        {
            let run = folder.run(arguments);
            assert!(run.status == Some(2) && run.stderr.contains(want), "{arguments:?}: {run:?}");
        }
    }
    folder.write("in/https:/h/a.json", STOP);
    assert_eq!(folder.run(&["replay", "in/https://h/a.json"]).status, Some(1), "a file may have such a name");
}

#[test]
fn the_records_of_an_extract_among_facts_are_counted_and_not_evaluated() {
    let folder = Folder::new();
    let other = STOP.replace("StopStreamEncryption", "ListStreams").replace("e-1", "e-3");
    folder.write("in/a.jsonl", [STOP, &STOP.replace("e-1", "e-2"), &other].join("\n"));
    assert_eq!(folder.run(&["extract", "-o", "x.gz", "in"]).status, Some(0));
    let run = folder.run(&["replay", "--format", "json", "--facts", "x.gz", "in"]);
    assert!(run.stderr.contains("--facts: 3 records ignored: facts are the output of AWS CLI commands\n"), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
}

#[test]
fn an_extract_is_whole_or_not_there() {
    let folder = Folder::new();
    folder.write("in/a.json", STOP).write("x.gz", "old");
    assert!(Command::new("mkfifo").arg(folder.0.join("in/fifo.gz")).status().unwrap().success());
    let files = || {
        let names = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.join(" ")
    };
    for (arguments, want) in [
        (&["-o", "none/x.gz", "in"][..], "none/x.gz: No such file or directory"),
        (&["-o", "x.json", "in"], "write a name that ends in .gz, or - for standard output"),
        (&["-o", "in/fifo.gz", "in/a.json"], "in/fifo.gz: not a regular file, so it is not replaced: write to `-`"),
        (&["in"], "required"),
        (&["-o", "x.gz"], "required"),
        (&["-o", "x.gz", "--profile", "p", "in"], "--profile has no effect here: no path is in S3"),
        (&["-o", "x.gz", "--since", "2026-11-22", "--until", "2026-11-21", "in"], "--since is after --until"),
    ] {
        let run = folder.run(&[&["extract"], arguments].concat());
        assert!(run.status == Some(2) && run.stderr.contains(want), "{arguments:?} {run:?}");
        assert_eq!(fs::read(folder.0.join("x.gz")).unwrap(), b"old", "{arguments:?}");
        assert_eq!(files(), "in x.gz", "{arguments:?}");
    }
    assert_eq!(folder.run(&["extract", "-o", "x.gz", "in"]).status, Some(0));
    let extract = fs::read(folder.0.join("x.gz")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["extract", "-o", "-", "in"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(0), extract));
    assert_eq!(files(), "in x.gz");
}

#[test]
fn a_plan_says_what_there_is_and_what_it_costs() {
    let folder = Folder::new();
    for day in ["2026/11/20", "2026/11/21", "2026/11/22"] {
        let trail = Path::new("in/AWSLogs/111122223333/CloudTrail/eu-west-1").join(day);
        folder.write(trail.join("a.json"), STOP).write(trail.join("b.json"), STOP).write(trail.join("c.txt"), STOP);
    }
    let dry = folder.run(&["extract", "--dry-run", "--chunk-size", "3", "--since", "2026-11-23", "in"]);
    assert_eq!((dry.status, &*dry.stderr), (Some(0), ""));
    insta::assert_snapshot!(dry.stdout, @r"
    2 files or objects, 458 B, 1 day from 2026-11-22 to 2026-11-22
    Not read: 4 skipped by path, 3 with other extensions
    1 chunk of at most 3, about 1 s each
    Extracting them in AWS costs less than $0.01: S3 LIST nothing, S3 GET less than $0.01, Lambda less than $0.01, Step Functions less than $0.01
    ");
    let json = folder.run(&["extract", "--dry-run", "--format", "json", "in"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["objects"], &json["days"], &json["chunks"]), (&6.into(), &3.into(), &1.into()), "{json}");

    let planned = folder.run(&["extract", "--plan", "in", "in"]);
    assert_eq!(
        (planned.status, &*planned.stderr),
        (Some(2), "sealwatch: in: is not empty: name a new folder for the plan\n")
    );
    folder.write("in/two\nlines.json", STOP);
    let planned = folder.run(&["extract", "--plan", "parts", "in"]);
    let problem = "sealwatch: in/two\u{fffd}lines.json: a list cannot hold this name: extract the file by itself\n";
    assert_eq!((planned.status, &*planned.stderr), (Some(2), problem));
    assert_eq!(fs::read_to_string(folder.0.join("parts/000001.keys")).unwrap().lines().count(), 6);
}

/// Runs a replay of a text on standard input.
fn replay_of(folder: &Folder, text: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["replay", "-"])
        .env_clear()
        .current_dir(&folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    Run::of(child.wait_with_output().unwrap())
}

#[test]
fn extracts_on_standard_input_are_read_in_pieces() {
    let folder = Folder::new();
    let long = |stream: &str| {
        let agent =
            format!("\"userAgent\":\"{}\",\"requestParameters\":{{\"streamName\":\"{stream}\"", "x".repeat(150_000));
        STOP.replace("\"requestParameters\":{\"streamName\":\"orders\"", &agent)
    };
    assert!(long("s1").len() > 150_000);
    for (name, streams) in [("one", 0..70), ("two", 70..140)] {
        let lines: Vec<String> = streams.map(|number| long(&format!("s{number}"))).collect();
        folder.write(format!("in/{name}.jsonl"), lines.join("\n") + "\nbroken\n");
        let extracted = folder.run(&["extract", "-o", &format!("{name}.gz"), &format!("in/{name}.jsonl")]);
        assert_eq!(extracted.status, Some(2), "{extracted:?}");
    }
    let both = [fs::read(folder.0.join("one.gz")).unwrap(), fs::read(folder.0.join("two.gz")).unwrap()].concat();
    let whole = folder.run(&["replay", "in/one.jsonl", "in/two.jsonl"]);
    assert!(whole.stdout.contains("140 records: 140 evaluated") && whole.status == Some(2), "{whole:?}");
    let streamed = replay_of(&folder, &both);
    assert_eq!((streamed.status, streamed.stdout, streamed.stderr), (whole.status, whole.stdout, whole.stderr));
    let mut text = Vec::new();
    MultiGzDecoder::new(&both[..]).read_to_end(&mut text).unwrap();
    assert!(text.len() > 2 * (8 << 20), "{} bytes are more than two pieces", text.len());
    text.truncate(text.len() - 300);
    let cut = replay_of(&folder, &text);
    assert!(cut.status == Some(2) && cut.stderr.contains("this extract is cut off"), "{}", cut.stderr);
}
