//! Tests that every line of a function's output is a JSON object, that log lines name the request and the event, that
//! an event is outlined only at debug level, and that the counts add up.

use sealwatch_rules::output::VERSION;
use serde_json::{Value, json};

use crate::events::{NO_KEY, TOPIC, event, failed, record, start_encryption, stop_encryption, unreadable};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::{Function, Invocation, STARTS};

/// A text that is only in the payload of an event.
const MARKER: &str = "only-in-the-payload";

fn with_marker(mut event: Value) -> Value {
    event["detail"]["requestParameters"]["comment"] = json!(MARKER);
    event
}

#[test]
fn log_lines_name_time_level_request_and_event() {
    let aws = LocalAws::connect();
    let topic = aws.topic("logs-lines");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    for event in [stop_encryption("orders"), failed(stop_encryption("orders"))] {
        let invocation = function.invoke(event.to_string()).succeeded();
        let logged = log_lines(&invocation);
        assert_eq!(logged.len(), 1, "{logged:#?}");
        assert_traceable(&logged[0], &invocation, &event);
        assert_eq!(logged[0]["level"], "INFO");
    }
}

#[test]
fn the_first_line_and_the_message_name_the_version() {
    let aws = LocalAws::connect();
    let topic = aws.raw_topic("logs-version");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    function.invoke(stop_encryption("orders").to_string()).succeeded();
    let output = function.output();
    let first: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!((&first["message"], &first["version"]), (&json!(STARTS), &json!(VERSION)));
    assert_eq!(topic.message()["version"], VERSION);
}

/// Invokes a function while SNS refuses to publish. Returns the event and the failed invocation.
fn refused_publish() -> (Value, Invocation) {
    let sns = FakeAws::sns_refusing(403, "AuthorizationError");
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let event = stop_encryption("orders");
    let invocation = function.invoke(event.to_string());
    invocation.outcome.error("PublishFailed");
    (event, invocation)
}

#[test]
fn error_lines_name_time_level_request_and_event() {
    let (event, invocation) = refused_publish();
    let logged = log_lines(&invocation);
    let error = logged.iter().find(|line| line["level"] == "ERROR" && line.get("requestId").is_some());
    assert_traceable(error.expect("no error line names the request"), &invocation, &event);
}

#[test]
fn a_fault_is_logged_once() {
    let (_, invocation) = refused_publish();
    let errors = log_lines(&invocation).into_iter().filter(|line| line["level"] == "ERROR");
    assert_eq!(errors.count(), 1, "{:#?}", invocation.lines);
}

fn log_lines(invocation: &Invocation) -> Vec<Value> {
    invocation.json().into_iter().filter(|line| line.get("_aws").is_none()).collect()
}

#[track_caller]
fn assert_traceable(line: &Value, invocation: &Invocation, event: &Value) {
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.starts_with("20") && timestamp.ends_with('Z') && timestamp.contains('T'), "{timestamp}");
    assert_eq!(line["requestId"], *invocation.id, "{line:#}");
    assert_eq!(line["eventId"], event["detail"]["eventID"], "{line:#}");
}

#[test]
fn events_are_outlined_only_at_debug_level() {
    let aws = LocalAws::connect();
    let topic = aws.topic("logs-payload");
    for (level, logged) in [("INFO", false), ("DEBUG", true)] {
        let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("AWS_LAMBDA_LOG_LEVEL", level)];
        let mut function = Function::start("sealwatch-kinesis-stream", &environment);
        let broken = unreadable(&with_marker(stop_encryption("MARK")));
        let not_json = format!("{{\"detail\": {MARKER}");
        let events = [with_marker(stop_encryption("orders")).to_string(), broken, not_json];
        let lines: Vec<Value> = events.map(|event| function.invoke(event).json()).concat();
        let outlines: Vec<&str> = lines.iter().filter_map(|line| line["outline"].as_str()).collect();
        assert_eq!(outlines.len(), if logged { 2 } else { 0 }, "{level}: {lines:#?}");
        assert!(outlines.first().is_none_or(|outline| outline.contains(r#""comment":"…""#)), "{outlines:#?}");
        assert!(lines.iter().all(|line| !line.to_string().contains(MARKER)), "{lines:#?}");
    }
}

#[test]
fn metrics_are_in_the_embedded_metric_format() {
    let aws = LocalAws::connect();
    let topic = aws.topic("metrics-format");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let invocation = function.invoke(stop_encryption("orders").to_string()).succeeded();
    let metrics: Vec<Value> = invocation.json().into_iter().filter(|line| line.get("_aws").is_some()).collect();
    assert_eq!(metrics.len(), 2, "the counts and one violated rule: {metrics:#?}");
    for line in &metrics {
        assert_emf(line);
    }
    assert_eq!(metrics[0]["detector"], "kinesis-stream");
    assert!(metrics[0]["DetectionLag"].as_u64().unwrap() > 0);
    assert!(metrics[0].get("Skipped").is_none(), "a count of zero is not written: {:#}", metrics[0]);
    assert_eq!(metrics[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["severity"]]));
    assert_eq!(metrics[1]["rule"], "kinesis-stream-unencrypted");
    assert_eq!((&metrics[1]["severity"], &metrics[1]["RuleViolations"]), (&json!("high"), &json!(1)));
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[track_caller]
fn assert_emf(line: &Value) {
    let millis = line["_aws"]["Timestamp"].as_u64().unwrap();
    assert!((1_700_000_000_000..4_000_000_000_000).contains(&millis), "milliseconds since 1970: {millis}");
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1);
    assert_eq!(directives[0]["Namespace"], "Sealwatch");
    for dimension in directives[0]["Dimensions"][0].as_array().unwrap() {
        assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension} has no value: {line:#}");
    }
    let metrics = directives[0]["Metrics"].as_array().unwrap();
    assert!((1..=100).contains(&metrics.len()));
    for metric in metrics {
        assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric} has no value: {line:#}");
        assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()), "{metric}");
    }
}

#[test]
fn the_counts_add_up() {
    let aws = LocalAws::connect();
    let topic = aws.topic("metrics-counts");
    let settings =
        "[[exceptions]]\nrule = \"kinesis-stream-unencrypted\"\nresource = \"*:stream/dev-*\"\nreason = \"sandbox\"";
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("SEALWATCH_SETTINGS", settings)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    for event in [
        stop_encryption("orders").to_string(),
        stop_encryption("dev-1").to_string(),
        start_encryption("orders", &aws.key()).to_string(),
        start_encryption("orders", NO_KEY).to_string(),
        start_encryption("orders", "alias/aws/kinesis").to_string(),
        failed(stop_encryption("orders")).to_string(),
        event(record("ecs", "CreateCluster", json!({}), Value::Null)).to_string(),
        unreadable(&stop_encryption("MARK")),
        json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}).to_string(),
    ] {
        assert_adds_up(&function.invoke(event));
    }
}

#[test]
fn the_counts_add_up_after_errors_of_aws() {
    let (kms, sns) = (FakeAws::kms_refusing("KMSInternalException"), FakeAws::sns_refusing(403, "AuthorizationError"));
    let environment =
        [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", &kms.url), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    for event in [start_encryption("orders", NO_KEY), stop_encryption("orders")] {
        assert_adds_up(&function.invoke(event.to_string()));
    }
}

#[test]
fn the_counts_add_up_for_a_batch_of_redriven_messages() {
    let aws = LocalAws::connect();
    let topic = aws.topic("metrics-batch");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let unreadable = || {
        let mut event = stop_encryption("orders");
        event["detail"]["eventName"] = json!(7);
        event
    };
    let payload = [stop_encryption("orders"), unreadable(), unreadable(), failed(stop_encryption("orders"))];
    let messages = payload.map(|event| json!({"messageId": "m", "eventSource": "aws:sqs", "body": event.to_string()}));
    let invocation = function.invoke(json!({"Records": messages}).to_string());
    invocation.outcome.error("UnreadableEvent");
    assert_eq!(invocation.count("Events"), 4);
    assert_adds_up(&invocation);
    assert_eq!(topic.messages().len(), 1, "the readable events are evaluated");
}

#[test]
fn the_counts_add_up_for_a_batch_with_a_failed_look_up() {
    let (kms, sns) = (FakeAws::kms_refusing("KMSInternalException"), FakeAws::sns_accepting());
    let environment =
        [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", &kms.url), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let events = json!([start_encryption("orders", NO_KEY), stop_encryption("clicks")]);
    let invocation = function.invoke(events.to_string());
    invocation.outcome.error("LookupFailed");
    assert_eq!(invocation.count("Events"), 2);
    assert_adds_up(&invocation);
}

/// A count that is not written is zero. Events = evaluated + skipped + unreadable + failed look-ups. Outcomes of all kinds = one per rule and evaluated
/// event. Violations = published + kept + excepted, unless a publish failed.
#[track_caller]
fn assert_adds_up(invocation: &Invocation) {
    let counts = invocation.counts();
    let sum = |names: &[&str]| names.iter().map(|name| counts[name].as_u64().unwrap_or_default()).sum::<u64>();
    assert_eq!(sum(&["Events"]), sum(&["Judged", "Skipped", "Unreadable", "LookupFailures"]), "{counts:#}");
    let outcomes = sum(&["Compliant", "Violations", "Unverified", "NotApplicable"]);
    let rules = sealwatch_rules::rules::kinesis_stream::DETECTOR.rules.len() as u64;
    assert_eq!(outcomes, rules * sum(&["Judged"]), "{rules} rules evaluate a Kinesis stream: {counts:#}");
    if sum(&["PublishFailures"]) == 0 {
        assert_eq!(sum(&["Violations"]), sum(&["Published", "Kept", "Excepted"]), "{counts:#}");
    }
}
