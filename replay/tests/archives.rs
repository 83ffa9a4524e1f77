//! `sealwatch replay` of whole archives: other files, broken files, filters, workers.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/folder.rs"]
mod folder;
mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use folder::{Folder, Run};
use proptest::prelude::*;
use support::gzip;

impl Folder {
    fn replay(&self, arguments: &[&str]) -> Run {
        self.run(&[&["replay"], arguments].concat())
    }
}

impl Folder {
    /// Replays standard input.
    fn run_on(&self, input: Vec<u8>, arguments: &[&str]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
            .args(["replay", "-"])
            .args(arguments)
            .env_clear()
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        drop(writer.join().unwrap()); // what is too large is not read to its end
        Run::of(output)
    }
}

impl Run {
    #[track_caller]
    fn prints(&self, expected: &str) {
        assert!(self.stdout.contains(expected), "{expected} is missing in {self:#?}");
    }

    /// The streams with findings, in the order of the output.
    fn streams(&self) -> Vec<String> {
        let findings = self.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        findings.map(|finding| finding["resource"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// A CloudTrail record, with its members in CloudTrail's order.
fn record(name: &str, source: &str, id: &str, time: &str, request: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"kim"}},"eventTime":"{time}","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","requestParameters":{request},"responseElements":null,"eventID":"{id}","recipientAccountId":"111122223333","eventCategory":"Management"}}"#
    )
}

const NOON: &str = "2026-11-20T12:00:00Z";

/// A record of a call that stops the encryption of a stream.
fn stop_at(stream: &str, time: &str) -> String {
    record("StopStreamEncryption", "kinesis", stream, time, &format!(r#"{{"streamName":"{stream}"}}"#))
}

fn stop(stream: &str) -> String {
    stop_at(stream, NOON)
}

fn decrypt() -> String {
    record("Decrypt", "kms", "d-1", NOON, "null")
}

fn log(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

#[test]
fn other_files_among_the_logs_are_skipped_and_counted() {
    let folder = Folder::new();
    folder
        .write("logs/a.json.gz", gzip(log(&[decrypt(), stop("orders"), decrypt()])))
        .write("logs/b.json.gz", gzip(log(&[decrypt()])))
        .write("logs/CloudTrail-Digest/d.json.gz", gzip(r#"{"awsAccountId":"111122223333","logFiles":[]}"#))
        .write("logs/Config/c.json.gz", gzip(r#"{"fileVersion":"1.0","configurationItems":[{"resourceType":"x"}]}"#))
        .write("logs/flow.log.gz", gzip("version account-id interface-id\n2 111122223333 eni-1\n"))
        .write(
            "logs/CloudTrail-Insight/i.json.gz",
            gzip(r#"{"Records":[{"eventVersion":"1.08","eventTime":"2026-11-20T12:00:00Z","eventID":"i-1","eventCategory":"Insight","insightDetails":{"eventName":"Decrypt"}}]}"#),
        )
        .write("logs/.DS_Store", [0, 1, 2]);
    let run = folder.replay(&["logs"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""), "{run:#?}");
    run.prints(
        "6 files, 5 records: 1 evaluated, 4 skipped (0 failed calls, 4 not monitored, 0 duplicates), 0 unreadable",
    );
    run.prints("3 other documents without records");
    run.prints("1 file with other extensions, not read");
    run.prints("1 violation: 1 reported");
}

#[test]
fn broken_files_are_reported_in_order_and_the_rest_is_evaluated() {
    let folder = Folder::new();
    let whole = gzip(log(&[stop("orders")]));
    let wrong_size = [&whole[..whole.len() - 4], &[9, 9, 9, 9]].concat();
    folder
        .write("logs/a.json.gz", &whole[..whole.len() / 2])
        .write("logs/b.json.gz", &whole)
        .write("logs/c.json.gz", [gzip(log(&[stop("clicks")])), gzip(log(&[stop("views")]))].concat())
        .write("logs/d.json.gz", wrong_size)
        .write("logs/e.json.gz", gzip(" ".repeat(3 << 20)))
        .write("logs/f.json", log(&[decrypt()]).trim_end_matches("]}"));
    for jobs in ["1", "2", "7"] {
        let run = folder.replay(&["--jobs", jobs, "--format", "json", "--max-file-size", "1MiB", "logs"]);
        assert_eq!(run.status, Some(2), "{run:#?}");
        assert_eq!(run.streams(), ["orders", "clicks", "views"]);
        let named: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(named.len(), 4, "{named:#?}");
        for (line, expected) in named.iter().zip([
            ["a.json.gz", "cannot be decompressed"],
            ["d.json.gz", "cannot be decompressed"],
            ["e.json.gz", "larger than 1 MiB"],
            ["f.json", "not JSON"],
        ]) {
            assert!(expected.iter().all(|expected| line.contains(expected)), "{expected:?} is missing in {line}");
        }
    }
}

#[test]
fn the_output_is_the_same_for_any_number_of_workers() {
    let folder = Folder::new();
    for file in 0..40 {
        let records: Vec<String> = (0..file % 5).map(|entry| stop(&format!("s-{file:02}-{entry}"))).collect();
        let others = vec![decrypt(); 10 * (40 - file)]; // the first files take longest
        folder.write(format!("logs/{file:02}.json.gz"), gzip(log(&[others, records].concat())));
    }
    let one = folder.replay(&["--jobs", "1", "--format", "json", "logs"]);
    let streams = one.streams();
    assert!(streams.len() == 80 && streams.is_sorted(), "{streams:?}");
    for jobs in ["2", "3", "16", "100"] {
        assert_eq!(folder.replay(&["--jobs", jobs, "--format", "json", "logs"]), one);
    }
    assert_eq!(folder.replay(&["--format", "json", "logs"]), one);
    assert_eq!(folder.replay(&["--jobs", "0", "logs"]).status, Some(2));
}

#[test]
fn a_fact_in_the_last_file_applies_to_the_first() {
    let folder = Folder::new();
    let key = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let request = format!(r#"{{"streamName":"orders","encryptionType":"KMS","keyId":"{key}"}}"#);
    let start = record("StartStreamEncryption", "kinesis", "s-1", NOON, &request);
    let fact = format!(
        r#"{{"KeyMetadata":{{"KeyId":"{key}","Arn":"arn:aws:kms:eu-west-1:111122223333:key/{key}","KeyManager":"CUSTOMER","KeyState":"Enabled","Enabled":true}}}}"#
    );
    folder.write("logs/a.json.gz", gzip(log(&[start])));
    let unknown = folder.replay(&["logs"]);
    unknown.prints("2 unverified");
    folder.write("logs/z.json", fact);
    let known = folder.replay(&["logs"]);
    known.prints("0 unverified");
    known.prints("1 fact");
}

#[test]
fn calls_are_selected_by_time_account_and_region() {
    let folder = Folder::new();
    let day = |day: &str| format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{day}/log.json.gz");
    folder
        .write(day("18"), gzip(log(&[stop_at("early", "2026-11-18T01:00:00Z")])))
        // delivered after midnight, with an event of the day before
        .write(day("20"), gzip(log(&[stop_at("late", "2026-11-19T23:59:00Z"), stop_at("noon", NOON)])))
        .write(day("23"), gzip(log(&[stop_at("last", "2026-11-23T01:00:00Z")])));
    let streams = |filter: &[&str]| folder.replay(&[filter, &["--format", "json", "AWSLogs"]].concat()).streams();
    assert_eq!(streams(&[]), ["early", "late", "noon", "last"]);
    assert_eq!(streams(&["--since", "2026-11-19", "--until", "2026-11-19"]), ["late"]);
    assert_eq!(streams(&["--since", NOON]), ["noon", "last"]);
    assert_eq!(streams(&["--until", "2026-11-20T12:59:59+01:00"]), ["early", "late"]);
    assert_eq!(streams(&["--account", "111122223333", "--region", "eu-west-1"]).len(), 4);
    assert_eq!(streams(&["--account", "444455556666"]).len(), 0);
    assert_eq!(streams(&["--region", "eu-central-1", "--region", "us-east-1"]).len(), 0);

    let run = folder.replay(&["--since", "2026-11-20", "AWSLogs"]);
    run.prints(
        "2 files, 3 records: 2 evaluated, 1 skipped (0 failed calls, 0 not monitored, 0 duplicates, 1 filtered out)",
    );
    run.prints("1 file skipped by path: another day, account or Region");
    for wrong in [["--since", "yesterday"], ["--until", "2026-02-30"], ["--account", "12"], ["--max-file-size", "big"]]
    {
        let run = folder.replay(&[&wrong[..], &["AWSLogs"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(run.stderr.contains(wrong[1]), "{}", run.stderr);
    }
}

/// The name of a log file in a trail's bucket.
fn trail_file(name: &str) -> String {
    format!("logs/111122223333_CloudTrail_eu-west-1_20261120T1205Z_{name}.json.gz")
}

#[test]
fn a_file_of_a_trail_is_never_another_document() {
    for (name, content, problem) in [
        ("empty", vec![], "is empty"),
        ("spaces", gzip("  \n"), "is empty"),
        ("byte", b"x".to_vec(), "is not JSON at column 1: expected a value, found `x`"),
        ("zlib", b"\x78\x9c\x03\x00".to_vec(), "a zlib stream"),
        ("nul", b"\0\0\0\0".to_vec(), "not text"),
        ("html", b"<!DOCTYPE html><title>Access denied</title>".to_vec(), "an HTML page"),
        ("xml", gzip("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), "an XML document"),
        ("zip", b"PK\x03\x04rest".to_vec(), "ZIP archive"),
        ("other JSON", gzip("{\"message\": \"not found\"}"), "no CloudTrail record"),
        ("flow logs", gzip("version account-id\n2 111122223333\n"), "is not JSON"),
    ] {
        let folder = Folder::new();
        folder.write(trail_file(name), content).write("logs/good.json.gz", gzip(log(&[stop("clicks")])));
        let run = folder.replay(&["--format", "json", "logs"]);
        assert_eq!((run.status, run.streams()), (Some(2), vec!["clicks".to_owned()]), "{name}: {run:#?}");
        assert_eq!(run.stderr.lines().count(), 1, "{name}: {run:#?}");
        assert!(run.stderr.contains(&trail_file(name)) && run.stderr.contains(problem), "{name}: {run:#?}");
    }
}

#[test]
fn other_logs_among_the_files_of_a_trail_are_no_error() {
    let folder = Folder::new();
    let lines = |line: &str| gzip(line.repeat(100_000));
    folder
        .write(trail_file("a"), gzip(log(&[stop("orders")])))
        .write("logs/app.log.gz", lines("[2026-11-20 12:00:00,000] INFO Started\n"))
        .write("logs/json.log.gz", lines("{\"level\":\"info\"}\n  at line 7\n"))
        .write("logs/list.log.gz", lines("[\"a\" b]\n"))
        .write("logs/empty.gz", [])
        .write("logs/empty.jsonl.gz", gzip(""));
    let run = folder.replay(&["logs"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""), "{run:#?}");
    run.prints("6 files, 1 record: 1 evaluated");
    run.prints("5 other documents without records");
}

#[test]
fn problems_of_a_file_are_printed_up_to_a_number() {
    let folder = Folder::new();
    folder.write("a.jsonl", "{oops}\n".repeat(50_000) + &stop("orders"));
    let run = folder.replay(&["--format", "json", "a.jsonl"]);
    assert_eq!((run.status, run.streams()), (Some(2), vec!["orders".to_owned()]), "{}", run.stderr);
    assert!(run.stderr.lines().count() == 20, "{}", run.stderr);
    assert!(run.stderr.contains("49981 more places"), "{}", run.stderr);
}

#[test]
fn a_damaged_record_costs_that_record() {
    let damaged =
        log(&[stop("orders"), stop("damaged"), stop("clicks"), decrypt()]).replacen(r#""damaged""#, r#""damaged"#, 1);
    let folder = Folder::new();
    folder
        .write("a.json", &damaged)
        .write("b.json.gz", gzip(&damaged))
        .write("c.json", damaged.replace("damaged", "\u{1}"));
    for file in ["a.json", "b.json.gz", "c.json"] {
        let run = folder.replay(&["--format", "json", file]);
        assert_eq!((run.status, run.streams()), (Some(2), vec!["orders".to_owned(), "clicks".to_owned()]), "{run:#?}");
        assert!(run.stderr.starts_with(&format!("sealwatch: {file}: line 1: entry 1 is not JSON")), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn records_among_facts_are_not_evaluated() {
    let folder = Folder::new();
    let key =
        r#"{"KeyMetadata":{"KeyId":"k","Arn":"arn:aws:kms:eu-west-1:111122223333:key/k","KeyManager":"CUSTOMER"}}"#;
    folder.write("facts/log.json", log(&[stop("orders")])).write("facts/key.json", key);
    folder.write("logs/log.json", log(&[stop("clicks")]));
    let run = folder.replay(&["--format", "json", "--facts", "facts", "logs"]);
    assert_eq!((run.status, run.streams()), (Some(1), vec!["clicks".to_owned()]), "{run:#?}");
    assert_eq!(run.stderr, "sealwatch: --facts: 1 record ignored: facts are the output of AWS CLI commands\n");
    // what is among facts and files is read once, and filtered
    let run = folder.replay(&["--format", "json", "--facts", "facts", "--account", "444455556666", "facts"]);
    assert_eq!((run.status, run.streams().len()), (Some(0), 0), "{run:#?}");
    assert_eq!(run.stderr, "sealwatch: 0 of 1 record of monitored calls match --account 444455556666\n");
}

#[test]
fn facts_and_filters_without_an_effect_are_said() {
    let folder = Folder::new();
    folder.write("logs/log.json", log(&[stop("clicks")]));
    fs::create_dir(folder.0.join("empty")).unwrap();
    for (arguments, status, message) in [
        (&["--facts", "empty"][..], 2, "--facts: no .json, .jsonl, .ndjson, .gz, .zst or .zip file in empty"),
        (&["--facts", "logs"], 2, "--facts: no output of an AWS CLI command"),
        (&["empty"], 1, "no .json, .jsonl, .ndjson, .gz, .zst or .zip file in empty"),
        (&["--since", "2026-11-21"], 0, "0 of 1 record of monitored calls match --since 2026-11-21T00:00:00Z"),
        (&["--region", "eu-west-2"], 0, "0 of 1 record of monitored calls match --region eu-west-2"),
        (&["--since", "2026-11-21", "--until", "2026-11-20"], 2, "--since is after --until"),
        (&["--region", ""], 2, "write one Region, such as `eu-west-1`"),
        (&["--region", "eu-west-1,eu-west-2"], 2, "write one Region"),
        (&["--settle", "-1m"], 2, "-1m"),
        (&["s3:/bucket/logs"], 2, "write an S3 prefix as s3://bucket/prefix"),
    ] {
        let run = folder.replay(&[&["logs"], arguments].concat());
        assert_eq!(run.status, Some(status), "{run:#?}");
        assert!(run.stderr.contains(message), "{message}: {run:#?}");
    }
}

#[test]
fn a_record_that_is_left_out_excuses_nothing() {
    let policy =
        r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}]}"#;
    let put = |id: &str, time: &str| {
        let request = format!(
            r#"{{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/k","policyName":"default","policy":"{policy}"}}"#
        );
        record("PutKeyPolicy", "kms", id, time, &request)
    };
    let (old, new) = (log(&[put("p-1", "2026-11-18T12:00:00Z")]), log(&[put("p-2", NOON)]));
    let folder = Folder::new();
    let day = |day: u8| format!("trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{day}/log.json");
    folder.write("flat/a.json", &old).write("flat/b.json", &new);
    folder.write("2026/11/18/a.json", &old).write("2026/11/20/b.json", &new);
    folder.write(day(18), &old).write(day(20), &new);
    let public = |arguments: &[&str]| {
        let run = folder.replay(&[&["--format", "json", "--rule", "kms-key-policy-public"], arguments].concat());
        run.stdout.lines().filter(|line| line.contains(r#""outcome":"violation""#)).count()
    };
    for path in ["flat", "2026", "trail"] {
        assert_eq!(public(&[path]), 1, "{path}: reported when it was put");
        assert_eq!(public(&["--since", "2026-11-20", path]), 1, "{path}");
        assert_eq!(public(&["--since", "2026-11-19", path]), 1, "{path}");
        assert_eq!(public(&["--until", "2026-11-19", path]), 1, "{path}");
    }
}

#[test]
fn standard_input_is_read_in_pieces_like_a_file() {
    let folder = Folder::new();
    let mut lines = String::new();
    for index in 0..20 {
        lines += &format!("{}{}\n", decrypt(), " ".repeat(8000)).repeat(120); // 20 MB in all, and a piece has 8 MiB
        lines += &stop(&format!("s-{index:02}"));
        lines += if index % 5 == 0 { "\n{oops}\n" } else { "\n" };
    }
    folder.write("lines.jsonl", &lines);
    let arguments = ["--format", "json", "--jobs", "3", "--max-file-size", "64MiB"];
    let file = folder.replay(&[&arguments[..], &["lines.jsonl"]].concat());
    assert_eq!((file.status, file.streams().len(), file.stderr.lines().count()), (Some(2), 20, 4), "{}", file.stderr);
    for input in [lines.clone().into_bytes(), gzip(&lines)] {
        let mut run = folder.run_on(input, &["--format", "json", "--jobs", "3", "--max-file-size", "16MiB"]);
        run.stderr = run.stderr.replace("standard input", "lines.jsonl");
        assert_eq!(run, file);
    }
    let summary = folder.run_on(lines.into_bytes(), &[]);
    summary.prints("1 file, 2420 records: 20 evaluated");
    let other = format!("{{\"level\":\"info\"}}{}\n", " ".repeat(1000));
    let others = folder.run_on(other.repeat(12_000).into_bytes(), &[]);
    assert_eq!((others.status, others.stderr.lines().count()), (Some(2), 1), "{}", others.stderr);
    assert!(others.stderr.contains("no CloudTrail record and no facts"), "{}", others.stderr);
    let broken = folder.run_on(format!("{other}{{oops}}\n").repeat(12_000).into_bytes(), &[]);
    assert_eq!(broken.stderr.lines().count(), 21, "{}", broken.stderr);
    let log = log(&vec![decrypt() + &" ".repeat(8000); 1500]);
    assert_eq!(folder.run_on(log.clone().into_bytes(), &[]).status, Some(0), "a document of 12 MB is read as a whole");
    let large = folder.run_on(log.into_bytes(), &["--max-file-size", "9MiB"]);
    assert!(large.status == Some(2) && large.stderr.contains("larger than 9 MiB"), "{}", large.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_names_of_folders_do_not_change_what_a_filter_answers(
        calls in prop::collection::vec((0..3_usize, 0..2_usize, 0..8_u32, 0..24_u32, 0..2_u32), 1..24),
        since in 0..10_u32, hour in 0..24_u32, days in 0..5_u32,
    ) {
        let folder = Folder::new();
        for (index, (call, stream, day, hour, late)) in calls.into_iter().enumerate() {
            let (name, request) = [
                ("CreateStream", ""),
                ("StartStreamEncryption", r#","encryptionType":"KMS","keyId":"alias/aws/kinesis""#),
                ("DeleteStream", ""),
            ][call];
            let request = format!(r#"{{"streamName":"s-{stream}"{request}}}"#);
            let time = format!("2026-11-{:02}T{hour:02}:10:00Z", 10 + day);
            let text = log(&[record(name, "kinesis", &format!("e-{index}"), &time, &request)]);
            let delivered = 10 + day + late; // on the day of the event, or the next
            folder.write(format!("trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{delivered}/{index:02}.json"), &text);
            folder.write(format!("flat/{delivered}-{index:02}.json"), &text);
        }
        let since = 9 + since;
        let until = (since + days).min(29);
        let (since, until) = (format!("2026-11-{since:02}T{hour:02}:00:00Z"), format!("2026-11-{until:02}T23:00:00Z"));
        for filter in [&["--since", &since][..], &["--until", &until], &["--since", &since, "--until", &until]] {
            let findings = |path: &str| {
                let run = folder.replay(&[&["--format", "json", "--all", "--settle", "2h", path], filter].concat());
                (run.status, run.stdout)
            };
            prop_assert_eq!(findings("trail"), findings("flat"), "{:?}", filter);
        }
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_and_circular_links_are_handled() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    folder
        .write(Path::new("logs").join(OsStr::from_bytes(b"a-\xff.json.gz")), gzip(log(&[stop("orders")])))
        .write(Path::new("logs").join(OsStr::from_bytes(b"b-\xfe.json")), "{ oops");
    symlink(".", folder.0.join("logs/loop")).unwrap();
    symlink("circle.json", folder.0.join("circle.json")).unwrap();
    let run = folder.replay(&["--format", "json", "logs", "circle.json"]);
    assert_eq!((run.status, run.streams()), (Some(2), vec!["orders".to_owned()]), "{run:#?}");
    let named: Vec<&str> = run.stderr.lines().collect();
    assert!(named.len() == 2 && named[0].contains("b-\u{fffd}.json") && named[1].contains("circle.json"), "{named:#?}");
}
