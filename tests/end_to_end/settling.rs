//! Tests that a new resource is evaluated after the settle time, with real functions and schedules of the local AWS and
//! a settle time of a few seconds.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, create_firehose, create_key, create_stream, just_now};
use crate::local_aws::{LocalAws, Topic};
use crate::local_function::LocalFunction;

/// Long enough for all first invocations to complete, even on a busy machine.
const SETTLE_TIME: &str = "12s";

fn deploy(package: &str, topic: &Topic<'_>, group: &str) -> LocalFunction {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/schedules");
    let dead_letters = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters");
    let environment = [
        ("SEALWATCH_TOPIC_ARN", topic.arn.as_str()),
        ("SEALWATCH_SETTLE", SETTLE_TIME),
        ("SEALWATCH_SCHEDULE_GROUP", group),
        ("SEALWATCH_SCHEDULE_ROLE_ARN", &role),
        ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", &dead_letters),
    ];
    LocalFunction::deploy(package, &environment)
}

/// Checks that the only published finding is of this rule and resource.
#[track_caller]
fn assert_published(topic: &Topic<'_>, rule: &str, name: &str) {
    let findings = topic.findings();
    let published: Vec<(&Value, &Value)> =
        findings.iter().map(|finding| (&finding["rule"], &finding["resource"]["name"])).collect();
    assert_eq!(published, [(&json!(rule), &json!(name))], "{findings:#?}");
    assert_eq!(topic.messages(), Vec::<Value>::new(), "nothing else is published");
}

#[test]
fn a_new_resource_is_evaluated_in_its_state_after_the_settle_time() {
    let aws = LocalAws::connect();
    let group = format!("settling-{}", std::process::id());
    aws.schedule_group(&group);
    let topics = ["settling-streams", "settling-firehose", "settling-keys"].map(|name| aws.topic(name));
    let [streams, firehose, keys] = &topics;
    let kinesis_function = deploy("sealwatch-kinesis-stream", streams, &group);
    let firehose_function = deploy("sealwatch-firehose-stream", firehose, &group);
    let key_function = deploy("sealwatch-kms-key-lifecycle", keys, &group);
    let unique = |name: &str| format!("{name}-{}", std::process::id());
    let encryption_key = aws.key();

    let (encrypted, unencrypted, deleted) = (unique("encrypted"), unique("unencrypted"), unique("deleted"));
    for stream in [&encrypted, &unencrypted, &deleted] {
        aws.stream(stream);
        let event = just_now(create_stream(stream));
        kinesis_function.invoke(&event);
        if *stream == unencrypted {
            kinesis_function.invoke(&event); // EventBridge delivers at least once
        }
    }
    for stream in [&encrypted, &unencrypted] {
        aws.firehose_stream(stream);
        firehose_function.invoke(&just_now(create_firehose(stream)));
    }
    firehose_function.invoke(&just_now(create_firehose(&deleted))); // does not exist at the re-check
    let (rotating, not_rotating) = (aws.key(), aws.key());
    for key in [&rotating, &not_rotating] {
        key_function.invoke(&just_now(create_key(key)));
    }
    for topic in &topics {
        assert_eq!(topic.messages(), Vec::<Value>::new(), "nothing is published before the settle time is over");
    }
    let schedules = aws.schedules(&group);
    assert_eq!(schedules.len(), 8, "one per event and none for the duplicate: {schedules:?}");

    aws.encrypt_stream(&encrypted, &encryption_key);
    aws.encrypt_firehose(&encrypted, &encryption_key);
    aws.delete_stream(&deleted);
    aws.enable_rotation(&rotating, 365);

    let rechecks = kinesis_function.wait_for_rechecks(3);
    assert_eq!(rechecks.len(), 3, "{rechecks:#?}");
    assert_published(streams, "kinesis-stream-unencrypted", &unencrypted);
    let sum = |name: &str| rechecks.iter().filter_map(|counts| counts[name].as_u64()).sum::<u64>();
    assert_eq!((sum("Judged"), sum("Deferred"), sum("Violations"), sum("Unverified")), (3, 0, 1, 0), "{rechecks:#?}");

    assert_eq!(firehose_function.wait_for_rechecks(3).len(), 3);
    assert_published(firehose, "firehose-stream-unencrypted", &unencrypted);

    assert_eq!(key_function.wait_for_rechecks(2).len(), 2);
    assert_published(keys, "kms-key-rotation-disabled", not_rotating.rsplit('/').next().unwrap());

    assert_eq!(aws.schedules(&group), Vec::<String>::new(), "a schedule is deleted after it has fired");
}
