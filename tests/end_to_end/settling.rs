//! Proves that a new resource is judged when it has settled: real functions of the local AWS, schedules that really fire,
//! a settle time of seconds.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, create_firehose, create_key, create_stream, just_now};
use crate::local_aws::{LocalAws, Topic};
use crate::local_function::LocalFunction;

/// Long enough for all first looks to be over, on a busy machine, too.
const SETTLE: &str = "12s";

fn deploy(package: &str, topic: &Topic<'_>, group: &str) -> LocalFunction {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/schedules");
    let dead_letters = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters");
    let environment = [
        ("SEALWATCH_TOPIC_ARN", topic.arn.as_str()),
        ("SEALWATCH_SETTLE", SETTLE),
        ("SEALWATCH_SCHEDULE_GROUP", group),
        ("SEALWATCH_SCHEDULE_ROLE_ARN", &role),
        ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", &dead_letters),
    ];
    LocalFunction::deploy(package, &environment)
}

/// The one finding, of this rule, about the resource with this name.
#[track_caller]
fn assert_told(topic: &Topic<'_>, rule: &str, name: &str) {
    let findings = topic.findings();
    let told: Vec<(&Value, &Value)> =
        findings.iter().map(|finding| (&finding["rule"], &finding["resource"]["name"])).collect();
    assert_eq!(told, [(&json!(rule), &json!(name))], "{findings:#?}");
    assert_eq!(topic.messages(), Vec::<Value>::new(), "nothing else is told");
}

#[test]
fn a_new_resource_is_judged_by_what_became_of_it() {
    let aws = LocalAws::connect();
    let group = format!("settling-{}", std::process::id());
    aws.schedule_group(&group);
    let topics = ["settling-streams", "settling-firehose", "settling-keys"].map(|name| aws.topic(name));
    let [streams, firehose, keys] = &topics;
    let kinesis_function = deploy("sealwatch-kinesis-stream", streams, &group);
    let firehose_function = deploy("sealwatch-firehose-stream", firehose, &group);
    let key_function = deploy("sealwatch-kms-key-lifecycle", keys, &group);
    let own = |name: &str| format!("{name}-{}", std::process::id());
    let seal = aws.key();

    let (sealed, open, deleted) = (own("sealed"), own("open"), own("deleted"));
    for stream in [&sealed, &open, &deleted] {
        aws.stream(stream);
        let event = just_now(create_stream(stream));
        kinesis_function.invoke(&event);
        if *stream == open {
            kinesis_function.invoke(&event); // EventBridge delivers at least once
        }
    }
    for stream in [&sealed, &open] {
        aws.firehose_stream(stream);
        firehose_function.invoke(&just_now(create_firehose(stream)));
    }
    firehose_function.invoke(&just_now(create_firehose(&deleted))); // by now it is not there
    let (rotating, still) = (aws.key(), aws.key());
    for key in [&rotating, &still] {
        key_function.invoke(&just_now(create_key(key)));
    }
    for topic in &topics {
        assert_eq!(topic.messages(), Vec::<Value>::new(), "nothing is told before it has settled");
    }
    let schedules = aws.schedules(&group);
    assert_eq!(schedules.len(), 8, "one for each event, none for the duplicate: {schedules:?}");

    aws.encrypt_stream(&sealed, &seal);
    aws.encrypt_firehose(&sealed, &seal);
    aws.delete_stream(&deleted);
    aws.enable_rotation(&rotating, 365);

    let rechecks = kinesis_function.wait_for_rechecks(3);
    assert_eq!(rechecks.len(), 3, "{rechecks:#?}");
    assert_told(streams, "kinesis-stream-unencrypted", &open);
    let sum = |name: &str| rechecks.iter().filter_map(|counts| counts[name].as_u64()).sum::<u64>();
    assert_eq!((sum("Judged"), sum("Deferred"), sum("Violations"), sum("Unverified")), (3, 0, 1, 0), "{rechecks:#?}");

    assert_eq!(firehose_function.wait_for_rechecks(3).len(), 3);
    assert_told(firehose, "firehose-stream-unencrypted", &open);

    assert_eq!(key_function.wait_for_rechecks(2).len(), 2);
    assert_told(keys, "kms-key-rotation-disabled", still.rsplit('/').next().unwrap());

    assert_eq!(aws.schedules(&group), Vec::<String>::new(), "a schedule that has fired deletes itself");
}
