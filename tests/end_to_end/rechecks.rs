//! Tests how re-checks are scheduled and handled, with a FAKE EventBridge Scheduler that records its calls and a FAKE
//! Kinesis with a stream that stays in `CREATING`.

use std::time::SystemTime;

use sealwatch_rules::util::time::time;
use serde_json::{Value, json};

use crate::events::{
    ACCOUNT, REGION, TOPIC, create_firehose, create_key, create_stream, just_now, key_arn, stop_encryption,
};
use crate::fake_aws::FakeAws;
use crate::http::Request;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

const ROLE: &str = "arn:aws:iam::111122223333:role/schedules";
const DEAD_LETTERS: &str = "arn:aws:sqs:eu-west-1:111122223333:dead-letters";

fn function<'a>(name: &str, scheduler: &'a FakeAws, more: &[(&'a str, &'a str)]) -> Function {
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("SEALWATCH_SETTLE", "5m"),
        ("SEALWATCH_SCHEDULE_GROUP", "sealwatch"),
        ("SEALWATCH_SCHEDULE_ROLE_ARN", ROLE),
        ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", DEAD_LETTERS),
        ("AWS_ENDPOINT_URL_SCHEDULER", scheduler.url.as_str()),
    ];
    Function::start(name, &[&environment, more].concat())
}

fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

/// The name, the body, the event and the time of a schedule.
fn schedule(request: &Request) -> (String, Value, Value, i64) {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let input = serde_json::from_str(body["Target"]["Input"].as_str().unwrap()).unwrap();
    let at = body["ScheduleExpression"].as_str().unwrap();
    let at = at.strip_prefix("at(").and_then(|at| at.strip_suffix(")")).unwrap();
    let at = time(&format!("{at}Z")).unwrap();
    let name = request.path.strip_prefix("/schedules/").unwrap();
    (name.to_owned(), body, input, at)
}

#[test]
fn a_schedule_invokes_the_same_function_once_with_the_same_event() {
    let scheduler = FakeAws::scheduler(200, "");
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &[]);
    let event = just_now(create_stream("orders"));
    let invocation = function.invoke(event.to_string()).succeeded();
    let count = |name| invocation.count(name);
    assert_eq!((count("Events"), count("Judged"), count("Deferred"), count("Rechecked")), (1, 0, 1, 0));
    let requests = scheduler.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert_eq!(requests[0].method, "POST");
    let (name, body, input, at) = schedule(&requests[0]);
    assert_eq!(name, format!("kinesis-stream-1-{}", event["detail"]["eventID"].as_str().unwrap()));
    assert_eq!(body["GroupName"], "sealwatch");
    assert_eq!(body["ScheduleExpressionTimezone"], "UTC");
    assert_eq!(body["FlexibleTimeWindow"], json!({"Mode": "OFF"}));
    assert_eq!(body["ActionAfterCompletion"], "DELETE");
    assert!(body["ClientToken"].is_string(), "{body:#}");
    let target = &body["Target"];
    assert_eq!(target["Arn"], format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:under-test"));
    assert_eq!((&target["RoleArn"], &target["DeadLetterConfig"]["Arn"]), (&json!(ROLE), &json!(DEAD_LETTERS)));
    assert!(target["RetryPolicy"]["MaximumRetryAttempts"].as_u64() > Some(0), "{target:#}");
    let mut marked = event;
    marked["sealwatch"] = json!({"recheck": 1});
    assert_eq!(input, marked);
    assert!((at - now() - 300).abs() <= 10, "five minutes after the call: {at}");
}

#[test]
fn a_duplicate_event_uses_the_existing_schedule() {
    let scheduler = FakeAws::scheduler(409, "ConflictException");
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &[]);
    let invocation = function.invoke(just_now(create_stream("orders")).to_string()).succeeded();
    assert_eq!((invocation.count("Deferred"), invocation.count("ScheduleFailures")), (1, 0));
}

#[test]
fn an_event_that_cannot_be_scheduled_fails_and_publishes_nothing() {
    for (status, code, allow) in [
        (403, "AccessDeniedException", "scheduler:CreateSchedule"),
        (404, "ResourceNotFoundException", "create the group"),
        (402, "ServiceQuotaExceededException", "sealwatch"),
        (500, "InternalServerException", "sealwatch"),
    ] {
        let (scheduler, sns) = (FakeAws::scheduler(status, code), FakeAws::sns_accepting());
        let more = [("AWS_ENDPOINT_URL_SNS", sns.url.as_str())];
        let mut function = function("sealwatch-firehose-stream", &scheduler, &more);
        let mut event = just_now(create_firehose("clicks"));
        event["detail"]["requestParameters"]["extendedS3DestinationConfiguration"] =
            json!({"bucketARN": "arn:aws:s3:::b"});
        let invocation = function.invoke(event.to_string());
        let message = invocation.outcome.error("ScheduleFailed");
        let event_id = event["detail"]["eventID"].as_str().unwrap();
        assert!([event_id, code, allow].iter().all(|wanted| message.contains(wanted)), "{message}");
        let count = |name| invocation.count(name);
        assert_eq!((count("ScheduleFailures"), count("Judged"), count("Deferred"), count("Published")), (1, 0, 0, 0));
        assert!(sns.requests().is_empty(), "a retry would publish it again");
    }
}

#[test]
fn findings_without_a_settle_time_are_published_immediately_and_only_once() {
    let (scheduler, firehose) = (FakeAws::scheduler(200, ""), FakeAws::firehose("ACTIVE"));
    let aws = LocalAws::connect();
    let topic = aws.topic("rechecks-at-once");
    let more = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_FIREHOSE", &firehose.url)];
    let mut function = function("sealwatch-firehose-stream", &scheduler, &more);
    let mut event = just_now(create_firehose("clicks"));
    event["detail"]["requestParameters"]["extendedS3DestinationConfiguration"] = json!({"bucketARN": "arn:aws:s3:::b"});
    let rules = |topic: &crate::local_aws::Topic<'_>| -> Vec<Value> {
        topic.findings().into_iter().map(|finding| finding["rule"].clone()).collect()
    };
    let invocation = function.invoke(event.to_string()).succeeded();
    assert_eq!(rules(&topic), ["firehose-destination-without-customer-key"]);
    assert_eq!((invocation.count("Deferred"), invocation.count("Published")), (1, 1));
    assert_eq!(firehose.requests().len(), 0, "no look-up before the settle time is over");
    let (_, _, input, _) = schedule(&scheduler.requests()[0]);
    let invocation = function.invoke(input.to_string()).succeeded();
    assert_eq!(rules(&topic), ["firehose-stream-unencrypted"]);
    assert_eq!((invocation.count("Rechecked"), invocation.count("Judged"), invocation.count("Deferred")), (1, 1, 0));
    assert!(invocation.counts().get("DetectionLag").is_none(), "a re-check is late on purpose");
}

#[test]
fn a_resource_that_stays_in_progress_is_unverified_after_three_re_checks() {
    let (scheduler, kinesis) = (FakeAws::scheduler(200, ""), FakeAws::kinesis("CREATING", None));
    let aws = LocalAws::connect();
    let topic = aws.topic("rechecks-never-done");
    let more = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_ENDPOINT_URL_KINESIS", &kinesis.url)];
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &more);
    let mut event = just_now(create_stream("orders"));
    for attempt in 1..=3 {
        let invocation = function.invoke(event.to_string()).succeeded();
        assert_eq!((invocation.count("Deferred"), invocation.count("Judged")), (1, 0), "{attempt}");
        let requests = scheduler.requests();
        assert_eq!(requests.len(), attempt);
        let (name, _, input, at) = schedule(&requests[attempt - 1]);
        assert!(name.starts_with(&format!("kinesis-stream-{attempt}-")), "{name}");
        assert!((at - now() - 300).abs() <= 10, "{at}");
        assert_eq!(kinesis.requests().len(), attempt - 1, "one look-up per re-check");
        assert_eq!(topic.messages(), Vec::<Value>::new());
        event = input;
    }
    let invocation = function.invoke(event.to_string()).succeeded();
    assert_eq!((invocation.count("Judged"), invocation.count("Unverified"), scheduler.requests().len()), (1, 3, 3));
    for finding in topic.findings() {
        assert_eq!(finding["outcome"], "unverified");
        assert!(finding["reason"].as_str().unwrap().contains("CREATING"), "{finding:#}");
    }
}

#[test]
fn an_event_older_than_the_settle_time_is_evaluated_immediately() {
    let (scheduler, kinesis) = (FakeAws::scheduler(200, ""), FakeAws::kinesis("ACTIVE", Some("alias/aws/kinesis")));
    let more =
        [("AWS_ENDPOINT_URL_KINESIS", kinesis.url.as_str()), ("SEALWATCH_SETTINGS", "keys.required = 'aws-managed'")];
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &more);
    let mut event = just_now(create_stream("orders"));
    event["detail"]["eventTime"] = json!("2026-01-01T00:00:00Z");
    let invocation = function.invoke(event.to_string()).succeeded();
    assert_eq!((invocation.count("Judged"), invocation.count("Compliant"), scheduler.requests().len()), (1, 1, 0));
}

#[test]
fn stopped_encryption_is_evaluated_immediately_and_a_re_check_mark_is_ignored() {
    let (scheduler, sns) = (FakeAws::scheduler(200, ""), FakeAws::sns_accepting());
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &[("AWS_ENDPOINT_URL_SNS", &sns.url)]);
    let mut event = just_now(stop_encryption("orders"));
    event["sealwatch"] = json!({"recheck": 3});
    let invocation = function.invoke(event.to_string()).succeeded();
    assert_eq!((invocation.count("Violations"), invocation.count("Rechecked")), (1, 0));
    assert_eq!((sns.requests().len(), scheduler.requests().len()), (1, 0));
}

#[test]
fn the_rotation_of_a_new_key_is_evaluated_after_the_settle_time() {
    let scheduler = FakeAws::scheduler(200, "");
    let mut function = function("sealwatch-kms-key-lifecycle", &scheduler, &[]);
    let invocation = function.invoke(just_now(create_key(&key_arn("k"))).to_string()).succeeded();
    assert_eq!((invocation.count("Deferred"), invocation.count("Violations"), scheduler.requests().len()), (1, 0, 1));
}

#[test]
fn an_event_that_is_too_large_for_a_schedule_fails_with_the_limit() {
    let scheduler = FakeAws::scheduler(200, "");
    let mut function = function("sealwatch-kinesis-stream", &scheduler, &[]);
    let mut event = just_now(create_stream("orders"));
    event["detail"]["additional"] = json!("x".repeat(262_144));
    let invocation = function.invoke(event.to_string());
    assert!(invocation.outcome.error("ScheduleFailed").contains("limit of a schedule is 262144"));
    assert_eq!(scheduler.requests().len(), 0);
}

#[test]
fn a_function_with_missing_or_invalid_environment_variables_does_not_start() {
    let start = |name: &str, more: &[(&str, &str)]| {
        let environment = [&[("SEALWATCH_TOPIC_ARN", TOPIC), ("SEALWATCH_SETTLE", "")][..], more].concat();
        Function::start(name, &environment)
    };
    let assert_start_error = |more: &[(&str, &str)], wanted: &[&str]| {
        let (status, output, _) = start("sealwatch-kinesis-stream", more).wait_for_exit();
        assert!(!status.success());
        assert!(wanted.iter().all(|wanted| output.contains(wanted)), "{wanted:?} in {output}");
    };
    let (group, role) = (("SEALWATCH_SCHEDULE_GROUP", "g"), ("SEALWATCH_SCHEDULE_ROLE_ARN", ROLE));
    let names = ["SEALWATCH_SCHEDULE_GROUP, SEALWATCH_SCHEDULE_ROLE_ARN, SEALWATCH_SCHEDULE_DEAD_LETTER_ARN"];
    assert_start_error(&[], &[names[0], "300 seconds", "SEALWATCH_SETTLE to 0"]);
    assert_start_error(&[group, role], &["not set: SEALWATCH_SCHEDULE_DEAD_LETTER_ARN"]);
    assert_start_error(&[("SEALWATCH_SCHEDULE_GROUP", "a b")], &["SEALWATCH_SCHEDULE_GROUP is `a b`"]);
    assert_start_error(&[("SEALWATCH_SCHEDULE_ROLE_ARN", "schedules")], &["arn:aws:iam::111122223333:role/name"]);
    assert_start_error(
        &[("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", "arn:aws:sqs:r:a:q.fifo")],
        &["do not accept a FIFO queue"],
    );
    assert_start_error(&[("SEALWATCH_SETTLE", "soon")], &["SEALWATCH_SETTLE: `soon` is not a duration", "5m"]);
    assert_start_error(
        &[("SEALWATCH_TRUSTED_ACCOUNTS", "111122223333, 12")],
        &["SEALWATCH_TRUSTED_ACCOUNTS: `12` is not an account id"],
    );
    assert_start_error(&[("SEALWATCH_TRUSTED_ORGANIZATIONS", "acme")], &["`acme` is not an organization id", "o-"]);
    assert_start_error(
        &[("SEALWATCH_LOOKUP_ROLE", "arn:aws:iam::1:role/a b")],
        &["SEALWATCH_LOOKUP_ROLE", "not its ARN"],
    );
    // these functions need no schedule
    start("sealwatch-kinesis-stream", &[("SEALWATCH_SETTLE", "0")]).invoke("{}").outcome.error("UnreadableEvent");
    start("sealwatch-msk-cluster", &[]).invoke("{}").outcome.error("UnreadableEvent");
}
