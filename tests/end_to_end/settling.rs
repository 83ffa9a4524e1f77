//! Tests that a new resource is evaluated after the settle time, with real functions and schedules of the local AWS and
//! a settle time of a few seconds.

use std::time::{Duration, Instant};

use sealwatch_rules::util::time::time;
use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, create_firehose, create_key, create_stream, just_now};
use crate::local_aws::{LocalAws, Topic};
use crate::local_function::LocalFunction;

/// Seconds: long enough, even on a busy machine, to invoke one function a few times and to change what it will look up.
const SETTLE_TIME: i64 = 12;
/// How long the local AWS may take until all schedules have fired.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A function whose re-checks have a schedule group of their own.
struct Settling<'a> {
    aws: &'a LocalAws,
    topic: Topic<'a>,
    group: String,
    function: LocalFunction,
}

impl<'a> Settling<'a> {
    fn deploy(aws: &'a LocalAws, package: &str) -> Settling<'a> {
        let group = unique(&format!("settling-{package}"));
        aws.schedule_group(&group);
        let topic = aws.topic(&format!("settling-{package}"));
        let environment = [
            ("SEALWATCH_TOPIC_ARN", topic.arn.as_str()),
            ("SEALWATCH_SETTLE", &format!("{SETTLE_TIME}s")),
            ("SEALWATCH_SCHEDULE_GROUP", &group),
            ("SEALWATCH_SCHEDULE_ROLE_ARN", &format!("arn:aws:iam::{ACCOUNT}:role/schedules")),
            ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", &format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters")),
        ];
        let function = LocalFunction::deploy(package, &environment);
        Settling { aws, topic, group, function }
    }

    /// Waits until all schedules have fired. Checks that there was one re-check for each of so many events, and that the
    /// only finding, of this rule and resource, was published after the settle time.
    #[track_caller]
    fn assert_rechecked(&self, events: usize, rule: &str, name: &str) {
        self.function.wait_for_rechecks(events);
        let deadline = Instant::now() + TIMEOUT;
        while !self.aws.schedules(&self.group).is_empty() {
            assert!(Instant::now() < deadline, "a schedule is deleted after it has fired");
            std::thread::sleep(Duration::from_millis(100));
        }
        let envelope = self.topic.message();
        let message: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
        let findings = message["findings"].as_array().unwrap();
        let published: Vec<(&Value, &Value)> =
            findings.iter().map(|finding| (&finding["rule"], &finding["resource"]["name"])).collect();
        assert_eq!(published, [(&json!(rule), &json!(name))], "{findings:#?}");
        let [event, published] =
            [&findings[0]["event"]["time"], &envelope["Timestamp"]].map(|text| time(text.as_str().unwrap()).unwrap());
        assert!(published >= event + SETTLE_TIME, "published {} s after the event", published - event);
        assert_eq!(self.topic.messages(), Vec::<Value>::new(), "nothing else is published");

        let rechecks = self.function.wait_for_rechecks(events);
        let sum = |name: &str| rechecks.iter().filter_map(|counts| counts[name].as_u64()).sum::<u64>();
        let counts = ["Judged", "Deferred", "Violations", "Unverified"].map(sum);
        assert_eq!(counts, [events as u64, 0, 1, 0], "{rechecks:#?}");
    }
}

/// A name that no other run of these tests uses: the local AWS may outlive this one.
fn unique(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

#[test]
fn a_new_stream_is_evaluated_in_its_state_after_the_settle_time() {
    let aws = LocalAws::connect();
    let settling = Settling::deploy(&aws, "sealwatch-kinesis-stream");
    let [encrypted, unencrypted, deleted] = ["encrypted", "unencrypted", "deleted"].map(unique);
    let key = aws.key();
    for stream in [&encrypted, &deleted, &unencrypted] {
        aws.stream(stream);
        let event = just_now(create_stream(stream));
        settling.function.invoke(&event);
        if *stream == encrypted {
            aws.encrypt_stream(stream, &key);
        } else if *stream == deleted {
            aws.delete_stream(stream);
        } else {
            settling.function.invoke(&event); // EventBridge delivers at least once
        }
    }
    settling.assert_rechecked(3, "kinesis-stream-unencrypted", &unencrypted);
}

#[test]
fn a_new_firehose_stream_is_evaluated_in_its_state_after_the_settle_time() {
    let aws = LocalAws::connect();
    let settling = Settling::deploy(&aws, "sealwatch-firehose-stream");
    let [encrypted, unencrypted, missing] = ["encrypted", "unencrypted", "missing"].map(unique);
    let key = aws.key();
    for stream in [&encrypted, &unencrypted, &missing] {
        if *stream != missing {
            aws.firehose_stream(stream);
        }
        settling.function.invoke(&just_now(create_firehose(stream)));
        if *stream == encrypted {
            aws.encrypt_firehose(stream, &key);
        }
    }
    settling.assert_rechecked(3, "firehose-stream-unencrypted", &unencrypted);
}

#[test]
fn a_new_key_is_evaluated_in_its_state_after_the_settle_time() {
    let aws = LocalAws::connect();
    let settling = Settling::deploy(&aws, "sealwatch-kms-key-lifecycle");
    let (rotating, not_rotating) = (aws.key(), aws.key());
    settling.function.invoke(&just_now(create_key(&rotating)));
    aws.enable_rotation(&rotating, 365);
    settling.function.invoke(&just_now(create_key(&not_rotating)));
    settling.assert_rechecked(2, "kms-key-rotation-disabled", not_rotating.rsplit('/').next().unwrap());
}
