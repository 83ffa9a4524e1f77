//! Tests the command line with the real `sealwatch`: inputs, options, exit status, output that is safe for a terminal,
//! and counts that add up.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::binaries::{Scratch, binary, wait_with_timeout};
use crate::events::{NO_KEY, TOPIC, event, failed, gzip, key_arn, record, start_encryption, stop_encryption};
use crate::fake_aws::FakeAws;
use crate::runtime_api::Function;

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The rule and the outcome of each finding of `--format json`.
    fn outcomes(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.json().iter().map(|finding| (text(&finding["rule"]), text(&finding["outcome"]))).collect()
    }

    /// The findings of `--format json`.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The number before this word in the summary.
    #[track_caller]
    pub(crate) fn count(&self, word: &str) -> usize {
        let words: Vec<&str> =
            self.stdout.split([' ', '\n', ',', ':', '(', ')']).filter(|word| !word.is_empty()).collect();
        let mut found = words.windows(2).filter(|pair| pair[1].trim_end_matches('s') == word);
        let found = found.find_map(|pair| pair[0].parse().ok());
        found.unwrap_or_else(|| panic!("no count of {word}:\n{}", self.stdout))
    }
}

/// A folder with input files, in which `sealwatch` runs.
struct Folder(Scratch);

impl Folder {
    fn new(files: &[(&str, String)]) -> Folder {
        let folder = Scratch::new("command-line");
        for (name, content) in files {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Folder(folder)
    }

    fn path(&self) -> &Path {
        &self.0.0
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], stdin: &str) -> Run {
        sealwatch(self.path(), arguments, stdin)
    }
}

/// Runs `sealwatch` in this folder with an empty environment.
pub(crate) fn sealwatch(folder: &Path, arguments: &[&str], stdin: &str) -> Run {
    sealwatch_in(folder, arguments, stdin, &[])
}

/// The same with only these environment variables.
pub(crate) fn sealwatch_in(folder: &Path, arguments: &[&str], stdin: &str, environment: &[(&str, &str)]) -> Run {
    run_in(folder, arguments, stdin, environment, true)
}

/// The same, with or without a reader of standard output.
pub(crate) fn run_in(
    folder: &Path,
    arguments: &[&str],
    stdin: &str,
    environment: &[(&str, &str)],
    reader: bool,
) -> Run {
    let mut child = Command::new(binary("sealwatch"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if !reader {
        drop(child.stdout.take());
    }
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes()); // fails if `sealwatch` exits without reading it
    let output = wait_with_timeout(child);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().expect("sealwatch was killed by a signal");
    Run { status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn violating() -> String {
    stop_encryption("orders").to_string()
}

/// A compliant call that needs no look-up.
fn compliant() -> String {
    let request = json!({"keyId": NO_KEY, "rotationPeriodInDays": 180});
    event(record("kms", "EnableKeyRotation", request, json!({"keyId": key_arn(NO_KEY)}))).to_string()
}

/// The output of `aws kms describe-key` for [`NO_KEY`].
fn key_description(state: &str) -> String {
    let metadata = json!({
        "KeyId": NO_KEY, "Arn": key_arn(NO_KEY), "KeyState": state, "Enabled": state == "Enabled",
        "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
    });
    format!("{:#}", json!({"KeyMetadata": metadata}))
}

#[test]
fn the_exit_status_distinguishes_violations_from_unreadable_inputs() {
    let folder = Folder::new(&[
        ("good.json", compliant()),
        ("bad.json", violating()),
        ("broken.json", "{\"eventName\": oops}".to_owned()),
    ]);
    for (arguments, status) in [
        (&["replay", "good.json"][..], 0),
        (&["replay", "good.json", "bad.json"], 1),
        (&["replay", "--exit-zero", "bad.json"], 0),
        (&["replay", "broken.json"], 2),
        (&["replay", "bad.json", "broken.json"], 2),
        (&["replay", "--exit-zero", "bad.json", "broken.json"], 2),
        (&["replay", "nowhere.json"], 2),
        (&["replay"], 2),
        (&["replay", "--no-such-option", "good.json"], 2),
        (&["no-such-command"], 2),
        (&[], 2),
        (&["rules"], 0),
        (&["--help"], 0),
        (&["--version"], 0),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.status, status, "{arguments:?}: {run:#?}");
        assert_eq!(run.stderr.is_empty(), status != 2, "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn unverified_findings_do_not_fail_the_run() {
    let folder = Folder::new(&[("event.json", start_encryption("orders", NO_KEY).to_string())]);
    let run = folder.run(&["replay", "event.json"]);
    assert_eq!((run.status, run.count("unverified")), (0, 2), "{run:#?}");
}

#[test]
fn unreadable_input_is_reported_with_its_line_and_the_rest_is_evaluated() {
    let mut unreadable = stop_encryption("orders");
    unreadable["detail"]["eventName"] = json!(7);
    let id = unreadable["detail"]["eventID"].as_str().unwrap().to_owned();
    let lines = format!("{}\n{{\"eventName\": oops}}\n{unreadable}\n{}\n", violating(), violating());
    let folder = Folder::new(&[("events.jsonl", lines)]);
    fs::write(folder.path().join("binary.json"), [0xff, 0xfe, 0x00]).unwrap();
    let run = folder.run(&["replay", "events.jsonl", "binary.json", "nowhere.json"]);
    assert_eq!(run.status, 2);
    let errors: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(errors.len(), 4, "{errors:#?}");
    for (line, wanted) in errors.iter().zip([
        &["events.jsonl", "line 2", "not JSON"][..],
        &["events.jsonl", "line 3", &id, "eventName"],
        &["binary.json", "UTF-8"],
        &["nowhere.json"],
    ]) {
        assert!(wanted.iter().all(|wanted| line.contains(wanted)), "{wanted:?} is missing in {line}");
    }
    assert_eq!((run.count("evaluated"), run.count("unreadable"), run.count("reported")), (2, 1, 2), "{}", run.stdout);
}

#[test]
fn a_duplicate_event_is_reported_once() {
    let event = violating();
    let folder = Folder::new(&[("a.json", event.clone()), ("b.jsonl", format!("{event}\n{event}\n"))]);
    let run = folder.run(&["replay", "--format", "json", "a.json", "b.jsonl"]);
    assert_eq!(run.outcomes(), [("kinesis-stream-unencrypted".to_owned(), "violation".to_owned())]);
    let run = folder.run(&["replay", "."]);
    assert_eq!((run.count("record"), run.count("evaluated"), run.count("duplicate")), (3, 1, 2), "{}", run.stdout);
}

#[test]
fn gzip_and_standard_input_are_read() {
    let folder = Folder::new(&[]);
    let log =
        json!({"Records": [stop_encryption("orders")["detail"], stop_encryption("clicks")["detail"]]}).to_string();
    let gzip = gzip(&log);
    fs::write(folder.path().join("log.json.gz"), &gzip).unwrap();
    fs::write(folder.path().join("cut.json.gz"), &gzip[..gzip.len() / 2]).unwrap();
    for run in [folder.run(&["replay", "log.json.gz"]), folder.run_with(&["replay", "-"], &log)] {
        assert_eq!((run.status, run.count("record"), run.count("reported")), (1, 2, 2), "{run:#?}");
    }
    let run = folder.run(&["replay", "cut.json.gz"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("cut.json.gz") && run.stderr.contains("decompressed"), "{}", run.stderr);
}

#[test]
fn a_directory_is_searched_and_its_other_files_are_ignored() {
    let folder = Folder::new(&[
        ("logs/2026/event.json", violating()),
        ("logs/package.json", json!({"name": "left-pad"}).to_string()),
        ("logs/README.md", "{ no json".to_owned()),
        ("empty/README.md", String::new()),
    ]);
    let run = folder.run(&["replay", "logs"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{run:#?}");
    assert_eq!((run.count("file"), run.count("record"), run.count("reported")), (2, 1, 1), "{}", run.stdout);

    let run = folder.run(&["replay", "logs/package.json"]);
    assert_eq!(run.status, 2, "a file on the command line must contain records");
    assert!(run.stderr.contains("logs/package.json"), "{}", run.stderr);
    let run = folder.run(&["replay", "empty"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("empty"), "{}", run.stderr);
}

#[test]
fn facts_are_read_from_files_directories_and_the_replayed_paths() {
    let folder = Folder::new(&[
        ("event.json", start_encryption("orders", NO_KEY).to_string()),
        ("enabled/key.json", key_description("Enabled")),
        ("disabled/key.json", key_description("Disabled")),
    ]);
    let unverified = folder.run(&["replay", "--format", "json", "event.json"]);
    assert_eq!(unverified.json().len(), 2);
    for finding in unverified.json() {
        assert_eq!(finding["outcome"], "unverified");
        assert!(finding["reason"].as_str().unwrap().contains("aws kms describe-key"), "{finding:#}");
    }
    for arguments in [
        &["replay", "event.json", "--facts", "enabled/key.json"][..],
        &["replay", "event.json", "--facts", "enabled"],
        &["replay", "event.json", "enabled/key.json"],
        &["replay", "enabled", "event.json"],
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.status, run.count("fact")), (0, 1), "{arguments:?} {run:#?}");
        assert_eq!((run.count("compliant"), run.count("unverified")), (3, 0), "{arguments:?} {}", run.stdout);
    }
    let run = folder.run(&["replay", "--format", "json", "event.json", "--facts", "disabled"]);
    assert_eq!(run.status, 1);
    assert_eq!(run.outcomes(), [("kinesis-stream-unusable-key".to_owned(), "violation".to_owned())]);
    let run = folder.run(&["replay", "event.json", "--facts", "nowhere"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
}

#[test]
fn findings_are_selected_by_rule_and_severity() {
    let folder = Folder::new(&[
        ("stopped.json", violating()),
        ("weak.json", start_encryption("orders", "alias/aws/kinesis").to_string()),
    ]);
    let rules = |arguments: &[&str]| {
        let run = folder.run(&[&["replay", "--format", "json", "."], arguments].concat());
        let rules: Vec<String> = run.outcomes().into_iter().map(|(rule, _)| rule).collect();
        (run.status, rules)
    };
    let (unencrypted, weak) =
        ("kinesis-stream-unencrypted".to_owned(), "kinesis-stream-without-customer-key".to_owned());
    assert_eq!(rules(&[]), (1, vec![unencrypted.clone(), weak.clone()]));
    assert_eq!(rules(&["--rule", &weak]), (1, vec![weak.clone()]));
    assert_eq!(rules(&["--rule", &weak, "--rule", &unencrypted]), (1, vec![unencrypted.clone(), weak]));
    assert_eq!(rules(&["--min-severity", "high"]), (1, vec![unencrypted]));
    assert_eq!(rules(&["--min-severity", "critical"]), (0, vec![]));
    assert_eq!(rules(&["--rule", "kms-key-disabled"]), (0, vec![]));

    let run = folder.run(&["replay", ".", "--rule", "kinesis-stream-unencripted"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("did you mean `kinesis-stream-unencrypted`?"), "{}", run.stderr);
}

#[test]
fn option_all_shows_every_outcome() {
    let folder = Folder::new(&[("event.json", violating())]);
    let run = folder.run(&["replay", "--format", "json", "--all", "event.json"]);
    let outcomes: Vec<String> = run.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    let violations = outcomes.iter().filter(|outcome| *outcome == "violation").count();
    let others = outcomes.iter().filter(|outcome| *outcome == "not-applicable").count();
    assert_eq!((violations, others), (1, sealwatch_rules::rules::kinesis_stream::DETECTOR.rules.len() - 1));
    for finding in run.json() {
        assert_eq!(finding["outcome"] == "not-applicable", finding["reason"].is_string(), "{finding:#}");
    }
}

#[test]
fn settings_are_read_and_their_errors_name_the_nearest_key() {
    let weak = start_encryption("orders", "alias/aws/kinesis").to_string();
    let folder = Folder::new(&[
        ("event.json", weak),
        ("lax.toml", "[keys]\nrequired = \"aws-managed\"\n".to_owned()),
        ("typo.toml", "[keys]\n\nrequierd = \"aws-managed\"\n".to_owned()),
        ("home/sealwatch.toml", "[keys]\nrequired = \"aws-managed\"\n".to_owned()),
    ]);
    assert_eq!(folder.run(&["replay", "event.json"]).status, 1);
    assert_eq!(folder.run(&["replay", "event.json", "--settings", "lax.toml"]).status, 0);
    assert_eq!(
        sealwatch(&folder.path().join("home"), &["replay", "../event.json"], "").status,
        0,
        "sealwatch.toml in the current folder is used"
    );
    let run = folder.run(&["replay", "event.json", "--settings", "typo.toml"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    for wanted in ["typo.toml", "line 3", "`requierd`", "did you mean `required`?"] {
        assert!(run.stderr.contains(wanted), "{wanted} is missing in {}", run.stderr);
    }
    let run = folder.run(&["replay", "event.json", "--settings", "nowhere.toml"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("nowhere.toml"), "{}", run.stderr);
}

#[test]
fn excepted_violations_are_counted_and_not_reported() {
    let settings =
        "[[exceptions]]\nrule = \"kinesis-stream-unencrypted\"\nresource = \"*:stream/orders\"\nreason = \"sandbox\"\n";
    let folder = Folder::new(&[("event.json", violating()), ("sealwatch.toml", settings.to_owned())]);
    let run = folder.run(&["replay", "event.json"]);
    assert_eq!(run.status, 0, "{run:#?}");
    assert_eq!((run.count("violation"), run.count("reported"), run.count("excepted")), (1, 0, 1), "{}", run.stdout);
    assert!(!run.stdout.contains("kinesis-stream-unencrypted"), "{}", run.stdout);
    let run = folder.run(&["replay", "event.json", "--all"]);
    assert!(run.stdout.contains("sandbox"), "{}", run.stdout);

    let run = folder.run(&["rules", "--exceptions"]);
    assert_eq!(run.status, 0);
    for wanted in ["kinesis-stream-unencrypted", "*:stream/orders", "no end date", "sandbox"] {
        assert!(run.stdout.contains(wanted), "{wanted} is missing in {}", run.stdout);
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = Folder::new(&[]);
    let listed = folder.run(&["rules"]);
    let ids: Vec<&str> = listed.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    let rules: Vec<&str> = sealwatch_rules::rules::rules().iter().map(|rule| rule.id).collect();
    assert_eq!(ids, rules);
    let listed = folder.run(&["rules", "--format", "json"]).json();
    let ids: Vec<&str> = listed.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, rules);
    for rule in rules {
        let run = folder.run(&["explain", rule]);
        assert_eq!(run.status, 0);
        for section in ["What it detects", "Why it matters", "When it stays silent", "How to fix", "References"] {
            assert!(run.stdout.contains(section), "{rule}: {section} is missing");
        }
    }
    let run = folder.run(&["explain", "kms-key-disable"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("did you mean `kms-key-disabled`?"), "{}", run.stderr);
}

/// Characters that could move the cursor, hide or reorder text, or start a new line.
const HOSTILE: &str = "a\r\nb\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}c\u{200b}\u{7f}d";

fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn hostile_names_cannot_move_the_cursor() {
    let mut event = stop_encryption(HOSTILE);
    for name in ["eventTime", "awsRegion", "recipientAccountId", "sourceIPAddress"] {
        event["detail"][name] = json!(HOSTILE);
    }
    for name in ["arn", "type", "invokedBy"] {
        event["detail"]["userIdentity"][name] = json!(HOSTILE);
    }
    let weak_key = start_encryption(HOSTILE, HOSTILE);
    let mut unreadable = stop_encryption("orders");
    unreadable["detail"]["eventID"] = json!(HOSTILE);
    unreadable["detail"]["eventName"] = json!(7);
    let folder = Folder::new(&[("events.jsonl", format!("{event}\n{weak_key}\n{unreadable}\n"))]);
    fs::write(folder.path().join("\u{1b}[2J\u{9b}.json"), "broken").unwrap();
    let run = folder.run(&["replay", "--all", "."]);
    assert_eq!((run.status, run.count("evaluated"), run.count("unreadable")), (2, 2, 1), "{run:#?}");
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        assert_eq!(line.chars().find(|c| is_unsafe(*c)), None, "{line:?}");
    }
    let run = folder.run(&["replay", HOSTILE]);
    assert_eq!(run.stderr.trim_end().chars().find(|c| is_unsafe(*c)), None, "{:?}", run.stderr);
}

#[test]
fn hostile_names_are_escaped_in_machine_readable_formats() {
    let folder = Folder::new(&[("event.json", stop_encryption(HOSTILE).to_string())]);
    for format in ["json", "ocsf", "sns"] {
        let run = folder.run(&["replay", "--format", format, "event.json"]);
        assert_eq!((run.status, run.stdout.lines().count()), (1, 1), "{format}");
        for line in run.stdout.lines() {
            assert_eq!(line.chars().find(|c| is_unsafe(*c)), None, "{format}: {line:?}");
        }
        // escaped, not changed: a program reads the original name
        let unchanged =
            |value: &Value| value["resource"]["name"] == HOSTILE || value["resources"][0]["name"] == HOSTILE;
        assert!(format == "sns" || run.json().iter().all(unchanged), "{}", run.stdout);
    }
}

#[test]
fn output_to_a_pipe_has_no_colour() {
    let folder = Folder::new(&[("event.json", violating())]);
    for arguments in [&["replay", "--all", "event.json"][..], &["rules"], &["explain", "kms-key-disabled"], &["--help"]]
    {
        let run = folder.run(arguments);
        assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{run:#?}");
    }
}

#[test]
fn format_sns_shows_the_message_that_a_function_publishes() {
    let event = violating();
    let folder = Folder::new(&[("event.json", event.clone())]);
    let message = folder.run(&["replay", "--format", "sns", "event.json"]).json().remove(0);
    let message: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
    let sns = FakeAws::sns_accepting();
    let topic = TOPIC;
    let environment = [("SEALWATCH_TOPIC_ARN", topic), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    Function::start("sealwatch-kinesis-stream", &environment).invoke(event).succeeded();
    assert_eq!(sns.published(), message);
}

#[test]
fn the_report_names_resource_rule_caller_time_and_remediation() {
    let folder = Folder::new(&[("event.json", violating())]);
    let run = folder.run(&["replay", "event.json"]);
    for wanted in [
        "orders",
        "arn:aws:kinesis:eu-west-1:111122223333:stream/orders",
        "high",
        "kinesis-stream-unencrypted",
        "StopStreamEncryption",
        "assumed-role/operator/kim",
        "2026-11-20T03:04:05Z",
        "aws kinesis start-stream-encryption --stream-name orders",
    ] {
        assert!(run.stdout.contains(wanted), "{wanted} is missing in\n{}", run.stdout);
    }
}

#[test]
fn the_counts_in_the_summary_add_up() {
    let settings =
        "[[exceptions]]\nrule = \"kinesis-stream-unencrypted\"\nresource = \"*:stream/dev-*\"\nreason = \"sandbox\"\n";
    let duplicate = violating();
    let mut unreadable = stop_encryption("orders");
    unreadable["detail"]["eventSource"] = Value::Null;
    let records = [
        duplicate.clone(),
        duplicate,
        stop_encryption("dev-1").to_string(),
        start_encryption("orders", "alias/aws/kinesis").to_string(),
        start_encryption("orders", NO_KEY).to_string(),
        compliant(),
        failed(stop_encryption("orders")).to_string(),
        event(record("ecs", "CreateCluster", json!({}), Value::Null)).to_string(),
        json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}).to_string(),
        unreadable.to_string(),
    ];
    let folder = Folder::new(&[("all.jsonl", records.join("\n")), ("sealwatch.toml", settings.to_owned())]);
    let run = folder.run(&["replay", "all.jsonl"]);
    let count = |word| run.count(word);
    assert_eq!(count("record"), records.len(), "{}", run.stdout);
    assert_eq!(count("record"), count("evaluated") + count("skipped") + count("unreadable"), "{}", run.stdout);
    let skipped = (count("failed"), count("duplicate"), count("not"), count("skipped"));
    assert_eq!(skipped, (1, 1, 2, 4), "{}", run.stdout);
    let (not_applicable, _) = run.stdout.rsplit_once(" not applicable").unwrap();
    let not_applicable: usize = not_applicable.rsplit(' ').next().unwrap().parse().unwrap();
    let outcomes = count("compliant") + count("violation") + count("unverified") + not_applicable;
    assert_eq!(count("outcome"), outcomes, "{}", run.stdout);
    assert_eq!(count("violation"), count("reported") + count("excepted"), "{}", run.stdout);
    let by_severity = ["critical", "high", "medium", "low"].map(&count);
    assert_eq!((count("reported"), by_severity.iter().sum::<usize>()), (2, 2), "{}", run.stdout);
}
