//! Proves that `sealwatch replay --publish` sends a topic what the functions would have sent.

use crate::binaries::Scratch;
use crate::command_line::{Run, sealwatch_in};
use crate::events::{ACCOUNT, NO_KEY, REGION, start_encryption, stop_encryption};
use crate::local_aws::{self, LocalAws};

/// Replays two violations, one of them twice, and a call that is as it should be.
fn replay(arguments: &[&str]) -> Run {
    let [orders, clicks] = ["orders", "clicks"].map(|stream| stop_encryption(stream).to_string());
    let events = [orders.clone(), clicks, orders];
    let compliant = start_encryption("sealed", NO_KEY).to_string();
    let url = local_aws::url();
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", url.as_str()), // and no Region: the topic's is taken
    ];
    let folder = Scratch::new("replay-publish");
    let arguments = [&["replay", "--rule", "kinesis-stream-unencrypted"], arguments, &["-"]].concat();
    sealwatch_in(&folder.0, &arguments, &format!("{}\n{compliant}\n", events.join("\n")), &environment)
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
fn a_topic_that_refuses_is_told_and_nothing_else_is_lost() {
    let missing = format!("arn:aws:sns:{REGION}:{ACCOUNT}:no-such-topic");
    let run = replay(&["--publish", &missing]);
    assert_eq!(run.status, 2);
    assert!(run.stdout.contains("orders") && run.stdout.contains("clicks"), "{}", run.stdout);
    for told in [missing.as_str(), "NotFound", "sent 0 messages, and then not the other 2 messages"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}

#[test]
fn what_is_no_topic_is_refused_before_anything_is_judged() {
    for (topic, told) in
        [("orders", "not the ARN of an SNS topic"), ("arn:aws:sns:eu-west-1:111122223333:a.fifo", "FIFO")]
    {
        let run = replay(&["--publish", topic]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("--publish is `") && run.stderr.contains(told), "{}", run.stderr);
    }
    let run = replay(&["--profile", "audit"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--live") && run.stderr.contains("--publish"), "{}", run.stderr);
}
