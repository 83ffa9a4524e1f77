//! Tests that a fault ends as documented: a named error that Lambda retries, or a failed start with one clear line. No
//! event is lost, nothing panics, and the next event is handled.

use sealwatch_rules::output::VERSION;
use serde_json::{Value, json};

use crate::events::{ACCOUNT, NO_KEY, REGION, TOPIC, event, record, start_encryption, stop_encryption, unreadable};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::publishing::{self, assert_subject};
use crate::runtime_api::{Function, Outcome};

#[test]
fn a_refused_publish_fails_the_invocation() {
    let sns = FakeAws::sns_refusing(403, "AuthorizationError");
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let event = stop_encryption("orders");
    let invocation = function.invoke(event.to_string());
    let message = invocation.outcome.error("PublishFailed");
    for wanted in [event["detail"]["eventID"].as_str().unwrap(), TOPIC, "AuthorizationError"] {
        assert!(message.contains(wanted), "{wanted} is missing: {message}");
    }
    let count = |name| invocation.count(name);
    assert_eq!((count("Events"), count("Judged"), count("PublishFailures"), count("Published")), (1, 1, 1, 0));
}

#[test]
fn a_publish_that_times_out_fails_the_invocation() {
    let sns = FakeAws::unresponsive();
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let invocation = function.invoke(stop_encryption("orders").to_string());
    let message = invocation.outcome.error("PublishFailed");
    assert!(message.contains(TOPIC) && message.contains("timeout"), "{message}");
}

#[test]
fn a_violation_that_was_not_published_is_not_counted_for_its_rule() {
    let sns = FakeAws::sns_refusing(403, "AuthorizationError");
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let invocation = function.invoke(stop_encryption("orders").to_string());
    let by_rule: Vec<Value> =
        invocation.json().into_iter().filter(|line| line.get("RuleViolations").is_some()).collect();
    assert_eq!(by_rule, Vec::<Value>::new(), "Lambda retries: the violation would be counted twice");
}

#[test]
fn an_error_message_is_one_readable_line() {
    let (kms, sns) = (FakeAws::kms_refusing("KMSInternalException"), FakeAws::sns_refusing(403, "AuthorizationError"));
    let environment =
        [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_KMS", &kms.url), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    for (event, error) in
        [(start_encryption("orders", NO_KEY), "LookupFailed"), (stop_encryption("orders"), "PublishFailed")]
    {
        let invocation = function.invoke(event.to_string());
        let message = invocation.outcome.error(error);
        assert!(!message.contains("SdkBody") && !message.contains("Some("), "debug output of the SDK: {message}");
        assert!(message.chars().count() < 400 && !message.contains(char::is_control), "{message}");
    }
}

#[test]
fn a_topic_that_does_not_exist_fails_the_invocation() {
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", TOPIC)]);
    let invocation = function.invoke(stop_encryption("orders").to_string());
    let message = invocation.outcome.error("PublishFailed");
    assert!(message.contains(TOPIC) && message.contains("NotFound"), "{message}");
}

#[test]
fn an_unreadable_event_is_an_error_and_the_next_event_is_handled() {
    let aws = LocalAws::connect();
    let topic = aws.topic("faults-not-json");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    for event in ["not json", "{\"detail\": ", ""] {
        let invocation = function.invoke(event);
        assert!(matches!(invocation.outcome, Outcome::Error { .. }), "{event}: {:?}", invocation.outcome);
    }
    for event in ["7", "{}", "null", "{\"Records\": 7}", "{\"name\": \"left-pad\"}"] {
        let invocation = function.invoke(event);
        invocation.outcome.error("UnreadableEvent");
        let count = |name| invocation.count(name);
        assert_eq!((count("Events"), count("Unreadable")), (1, 1), "{event}");
    }
    for stream in ["first", "second"] {
        function.invoke(stop_encryption(stream).to_string()).succeeded();
        assert_eq!(topic.findings()[0]["resource"]["name"], *stream);
    }
}

#[test]
fn an_unreadable_record_is_an_error_with_the_event_id_and_the_path() {
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", TOPIC)]);
    let mut record = record("kinesis", "StopStreamEncryption", json!({"streamName": "MARK"}), Value::Null);
    let id = record["eventID"].as_str().unwrap().to_owned();
    let invocation = function.invoke(unreadable(&event(record.clone())));
    let message = invocation.outcome.error("UnreadableEvent");
    assert!(message.contains(&id) && message.contains("requestParameters"), "{message}");
    let count = |name| invocation.count(name);
    assert_eq!((count("Events"), count("Judged"), count("Unreadable")), (1, 0, 1));

    record["eventName"] = json!(7);
    let invocation = function.invoke(event(record).to_string());
    let message = invocation.outcome.error("UnreadableEvent");
    assert!(message.contains(&id) && message.contains("eventName"), "{message}");
}

#[test]
fn missing_members_and_members_of_another_type_do_not_break_a_function() {
    let (kms, sns) = (FakeAws::kms_refusing("NotFoundException"), FakeAws::sns_accepting());
    let connect = FakeAws::msk_connect(Vec::new()); // every connector has been deleted
    let not_found = FakeAws::answering(404, "NotFoundException", json!({})); // every cluster, channel and trail, too
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("AWS_ENDPOINT_URL_KMS", &kms.url),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
        ("AWS_ENDPOINT_URL_KAFKACONNECT", &connect.url),
        ("AWS_ENDPOINT_URL_KAFKA", &not_found.url),
        ("AWS_ENDPOINT_URL_KINESIS", &not_found.url),
        ("AWS_ENDPOINT_URL_CLOUDTRAIL", &not_found.url),
    ];
    for publishing::Case { detector, violating, .. } in publishing::cases(NO_KEY, NO_KEY) {
        let mut function = Function::start(&format!("sealwatch-{detector}"), &environment);
        let mut pointers = Vec::new();
        members(&violating, "", &mut pointers);
        for pointer in pointers {
            for other in [Value::Null, json!(7), json!(""), json!([{}])] {
                let mut changed = violating.clone();
                *changed.pointer_mut(&pointer).unwrap() = other;
                let invocation = function.invoke(changed.to_string());
                if invocation.outcome != Outcome::Response(Value::Null) {
                    invocation.outcome.error("UnreadableEvent");
                }
            }
        }
    }
}

/// Collects the JSON pointers to a value and to everything in it.
fn members(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(entries) => entries.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        members(value, &format!("{pointer}/{name}"), found);
    }
}

#[test]
fn an_event_of_one_megabyte_is_handled_and_its_message_stays_below_the_limit() {
    let aws = LocalAws::connect();
    let topic = aws.topic("faults-large");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let mut event = stop_encryption("orders");
    event["detail"]["requestParameters"]["padding"] = json!("x".repeat(1 << 20));
    function.invoke(event.to_string()).succeeded();
    assert_eq!(topic.findings()[0]["rule"], "kinesis-stream-unencrypted");

    // Here the names are large, and they are part of the message.
    let mut event = stop_encryption(&"\u{fc}\"".repeat(1 << 18));
    event["detail"]["userIdentity"]["arn"] = json!("\n".repeat(1 << 18));
    function.invoke(event.to_string()).succeeded();
    let envelope = topic.message();
    assert_subject(envelope["Subject"].as_str().unwrap());
    let message = envelope["Message"].as_str().unwrap();
    assert!(message.len() < 262_144, "{}", message.len());
    let message: Value = serde_json::from_str(message).unwrap();
    assert_eq!(message["truncated"], true);
}

#[test]
fn hostile_names_are_escaped_in_the_subject_and_the_log() {
    let aws = LocalAws::connect();
    let topic = aws.topic("faults-hostile");
    let mut function = Function::start("sealwatch-kinesis-stream", &[("SEALWATCH_TOPIC_ARN", &topic.arn)]);
    let hostile = "a\r\nb\u{1b}[2J\u{7}\u{9b}31m\u{202e}c\u{7f}\u{fc}";
    let mut event = stop_encryption(hostile);
    for name in ["eventID", "eventTime", "awsRegion", "recipientAccountId", "sourceIPAddress"] {
        event["detail"][name] = json!(hostile);
    }
    event["detail"]["userIdentity"]["arn"] = json!(hostile);
    let evaluated = function.invoke(event.to_string()).succeeded();
    let envelope = topic.message();
    assert_subject(envelope["Subject"].as_str().unwrap());
    for (_, attribute) in envelope["MessageAttributes"].as_object().unwrap() {
        assert!(!attribute["Value"].as_str().unwrap().contains(char::is_control), "{envelope:#}");
    }

    event["detail"]["eventName"] = json!(hostile);
    let skipped = function.invoke(event.to_string()).succeeded();
    event["detail"]["eventName"] = json!(7);
    let unreadable = function.invoke(event.to_string());
    let message = unreadable.outcome.error("UnreadableEvent");
    assert!(!message.contains(char::is_control), "{message:?}");
    for line in [evaluated.lines, skipped.lines, unreadable.lines].concat() {
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.contains('\u{202e}'), "{line:?}");
    }
}

/// The only line of output of a function that fails to start.
#[track_caller]
fn start_error(environment: &[(&str, &str)]) -> String {
    let (status, stdout, stderr) = Function::start("sealwatch-kinesis-stream", environment).wait_for_exit();
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    let output = stdout + &stderr;
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 1, "expected one line: {lines:#?}");
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((&line["level"], &line["version"]), (&json!("ERROR"), &json!(VERSION)));
    line["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_missing_or_invalid_topic_fails_the_start_with_one_line() {
    assert!(start_error(&[]).contains("SEALWATCH_TOPIC_ARN is not set"));
    assert!(start_error(&[("SEALWATCH_TOPIC_ARN", " ")]).contains("SEALWATCH_TOPIC_ARN is not set"));
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:findings");
    for wrong in ["findings", &queue] {
        let message = start_error(&[("SEALWATCH_TOPIC_ARN", wrong)]);
        assert!(message.contains("SEALWATCH_TOPIC_ARN") && message.contains(wrong), "{message}");
    }
}

#[test]
fn a_topic_of_another_region_fails_the_start_with_one_line() {
    let topic = format!("arn:aws:sns:us-east-1:{ACCOUNT}:findings");
    let message = start_error(&[("SEALWATCH_TOPIC_ARN", &topic)]);
    for wanted in ["SEALWATCH_TOPIC_ARN", &topic, "in us-east-1", &format!("runs in {REGION}"), "set it to a topic in"]
    {
        assert!(message.contains(wanted), "{wanted} is missing: {message}");
    }
}

#[test]
fn a_missing_region_fails_the_start_with_one_line() {
    let message = start_error(&[("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_REGION", "")]);
    assert!(message.contains("AWS_REGION is not set"), "{message}");
}

#[test]
fn invalid_settings_fail_the_start_with_one_line() {
    for (settings, wanted) in [
        ("[keys]\nrequierd = \"aws-managed\"", "`required`"),
        ("[keys]\nrequired = \"best\"", "line 2"),
        ("not toml", "line 1"),
        ("[rules.kinesis-stream-unencypted]\nenabled = false", "kinesis-stream-unencrypted"),
        ("ssm:/faults/nobody/wrote/this", "/faults/nobody/wrote/this"),
        (
            "s3://faults-nobody-made-this/settings.toml",
            "aws s3 cp sealwatch.toml s3://faults-nobody-made-this/settings.toml",
        ),
        ("s3://faults", "s3://BUCKET/KEY"),
    ] {
        let message = start_error(&[("SEALWATCH_TOPIC_ARN", TOPIC), ("SEALWATCH_SETTINGS", settings)]);
        assert!(message.contains("SEALWATCH_SETTINGS") && message.contains(wanted), "{message}");
    }
}

#[test]
fn an_invalid_ca_bundle_fails_the_start_with_one_line() {
    for (file, wanted) in [("/nobody/wrote/this.pem", "cannot be read"), ("/dev/null", "holds no certificate")] {
        let message = start_error(&[("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_CA_BUNDLE", file)]);
        assert!([wanted, "AWS_CA_BUNDLE", file].iter().all(|wanted| message.contains(wanted)), "{message}");
    }
}

#[test]
fn a_function_started_by_hand_suggests_the_command_line() {
    let message = start_error(&[("AWS_LAMBDA_RUNTIME_API", ""), ("SEALWATCH_TOPIC_ARN", TOPIC)]);
    assert!(message.contains("AWS_LAMBDA_RUNTIME_API") && message.contains("sealwatch replay"), "{message}");
}
