//! Tests that `sealwatch replay --publish` publishes the same messages as the functions.

use crate::binaries::Scratch;
use crate::command_line::{Run, run_in};
use crate::events::{ACCOUNT, NO_KEY, REGION, start_encryption, stop_encryption};
use crate::local_aws::{self, LocalAws};

/// Replays two violations, one of them twice, and a compliant call.
fn replay(arguments: &[&str]) -> Run {
    replay_to(true, arguments)
}

/// The same, with or without a reader of standard output.
fn replay_to(reader: bool, arguments: &[&str]) -> Run {
    let [orders, clicks] = ["orders", "clicks"].map(|stream| stop_encryption(stream).to_string());
    let events = [orders.clone(), clicks, orders];
    let compliant = start_encryption("encrypted", NO_KEY).to_string();
    let url = local_aws::url();
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", url.as_str()), // no Region: the Region of the topic is used
    ];
    let folder = Scratch::new("replay-publish");
    let arguments = [&["replay", "--rule", "kinesis-stream-unencrypted"], arguments, &["-"]].concat();
    run_in(&folder.0, &arguments, &format!("{}\n{compliant}\n", events.join("\n")), &environment, reader)
}

#[test]
fn violations_are_published_once_each() {
    let aws = LocalAws::connect();
    let topic = aws.topic("replay-publish");
    let run = replay(&["--publish", &topic.arn]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.stderr, format!("sealwatch: 2 messages published to {}\n", topic.arn));
    let subjects: Vec<String> =
        topic.messages().iter().map(|message| message["Subject"].as_str().unwrap().to_owned()).collect();
    let subject = |stream: &str| format!("[HIGH] kinesis-stream-unencrypted {stream} ({ACCOUNT} {REGION})");
    assert_eq!(subjects, ["orders", "clicks"].map(subject));
}

#[test]
fn findings_below_the_minimum_severity_are_printed_and_not_published() {
    let aws = LocalAws::connect();
    let topic = aws.topic("replay-publish-min-severity");
    let settings = Scratch::new("replay-publish-settings");
    let file = settings.0.join("sealwatch.toml");
    std::fs::write(&file, "notify.min_severity = 'critical'").unwrap();
    let run = replay(&["--publish", &topic.arn, "--settings", file.to_str().unwrap()]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.ends_with(&format!("sealwatch: 0 messages published to {}\n", topic.arn)), "{}", run.stderr);
    assert!(run.stdout.contains("orders") && run.stdout.contains("clicks"), "{}", run.stdout);
    assert_eq!(topic.messages().len(), 0);
}

#[test]
fn everything_is_published_even_if_nobody_reads_the_output() {
    let aws = LocalAws::connect();
    let topic = aws.topic("replay-publish-no-reader");
    let run = replay_to(false, &["--publish", &topic.arn, "--format", "json"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    assert_eq!(topic.messages().len(), 2);
}

#[test]
fn a_failed_publish_is_reported_and_the_findings_are_printed() {
    let missing = format!("arn:aws:sns:{REGION}:{ACCOUNT}:no-such-topic");
    let run = replay(&["--publish", &missing]);
    assert_eq!(run.status, 2);
    assert!(run.stdout.contains("orders") && run.stdout.contains("clicks"), "{}", run.stdout);
    for wanted in [missing.as_str(), "NotFound", "0 messages sent, 2 not sent"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {}", run.stderr);
    }
}

#[test]
fn an_invalid_topic_is_rejected_before_any_event_is_evaluated() {
    for (topic, wanted) in [("orders", "ARN of an SNS topic"), ("arn:aws:sns:eu-west-1:111122223333:a.fifo", "FIFO")] {
        let run = replay(&["--publish", topic]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("--publish: `") && run.stderr.contains(wanted), "{}", run.stderr);
    }
    let run = replay(&["--profile", "audit"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--live") && run.stderr.contains("--publish"), "{}", run.stderr);
}
