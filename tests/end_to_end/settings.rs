//! Tests that the settings of a function, inline or from Parameter Store, change what it evaluates, publishes and
//! counts.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, NO_KEY, TOPIC, start_encryption, stop_encryption};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

fn function(topic: &str, settings: &str) -> Function {
    let environment = [("SEALWATCH_TOPIC_ARN", topic), ("SEALWATCH_SETTINGS", settings)];
    Function::start("sealwatch-kinesis-stream", &environment)
}

#[test]
fn inline_settings_change_the_findings() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-inline");
    let event = start_encryption("orders", "alias/aws/kinesis").to_string();
    function(&topic.arn, "").invoke(event.as_str()).succeeded();
    assert_eq!(topic.findings()[0]["severity"], "medium");
    let rule = "rules.kinesis-stream-without-customer-key";
    function(&topic.arn, &format!("{rule}.severity = \"low\"")).invoke(event.as_str()).succeeded();
    let envelope = topic.message();
    assert!(envelope["Subject"].as_str().unwrap().starts_with("[LOW] "), "{envelope:#}");
    for settings in ["[keys]\nrequired = \"aws-managed\"", &format!("{rule}.enabled = false")] {
        function(&topic.arn, settings).invoke(event.as_str()).succeeded();
        assert_eq!(topic.messages(), Vec::<Value>::new(), "{settings}");
    }
}

#[test]
fn settings_are_read_from_parameter_store() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-parameter");
    aws.secret_parameter("/sealwatch-tests/settings", "[keys]\nrequired = \"aws-managed\"");
    let event = start_encryption("orders", "alias/aws/kinesis").to_string();
    let invocation = function(&topic.arn, "ssm:/sealwatch-tests/settings").invoke(event).succeeded();
    assert_eq!(invocation.count("Violations"), 0);
    assert_eq!(topic.messages(), Vec::<Value>::new());
}

#[test]
fn settings_are_read_from_s3() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-object");
    let key = "prod/sealwatch settings+1.toml";
    aws.bucket("settings-object", &[(key, b"[keys]\nrequired = \"aws-managed\"".to_vec())]);
    let event = start_encryption("orders", "alias/aws/kinesis").to_string();
    let invocation = function(&topic.arn, &format!("s3://settings-object/{key}")).invoke(event).succeeded();
    assert_eq!(invocation.count("Violations"), 0);
    assert_eq!(topic.messages(), Vec::<Value>::new());
}

#[test]
fn an_excepted_violation_is_counted_and_not_published() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-exception");
    let exception = |until: &str| {
        format!(
            "[[exceptions]]\nrule = \"kinesis-stream-unencrypted\"\nresource = \"arn:aws:kinesis:*:*:stream/dev-*\"\n\
             until = {until}\nreason = \"sandbox data only\""
        )
    };
    let mut valid = function(&topic.arn, &exception("2026-11-20"));
    let invocation = valid.invoke(stop_encryption("dev-1").to_string()).succeeded();
    let count = |name| invocation.count(name);
    assert_eq!((count("Violations"), count("Excepted"), count("Published")), (1, 1, 0));
    assert_eq!(topic.messages(), Vec::<Value>::new());
    valid.invoke(stop_encryption("orders").to_string()).succeeded();
    assert_eq!(topic.findings()[0]["resource"]["name"], "orders", "the exception does not match this stream");

    let expired =
        function(&topic.arn, &exception("2026-11-19")).invoke(stop_encryption("dev-1").to_string()).succeeded();
    assert_eq!((expired.count("Excepted"), expired.count("Published")), (0, 1));
    let detail = topic.findings()[0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("2026-11-19") && detail.contains("sandbox data only"), "{detail}");
}

#[test]
fn unverified_findings_are_not_published_if_disabled() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-unverified");
    let mut function = function(&topic.arn, "[notify]\nunverified = false");
    let invocation = function.invoke(start_encryption("orders", NO_KEY).to_string()).succeeded();
    assert_eq!(invocation.count("Unverified"), 2);
    assert_eq!(topic.messages(), Vec::<Value>::new());
    function.invoke(stop_encryption("orders").to_string()).succeeded();
    assert_eq!(topic.findings()[0]["outcome"], "violation");
}

#[test]
fn findings_are_published_in_ocsf_format() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-ocsf");
    function(&topic.arn, "[notify]\nformat = \"ocsf\"").invoke(stop_encryption("orders").to_string()).succeeded();
    let finding = topic.findings().remove(0);
    assert_eq!((&finding["class_uid"], &finding["type_uid"]), (&json!(2003), &json!(200_301)));
    assert_eq!(finding["compliance"]["control"], "kinesis-stream-unencrypted");
    assert_eq!(finding["compliance"]["status"], "Fail");
    assert_eq!(finding["cloud"]["account"]["uid"], ACCOUNT);
}

#[test]
fn chat_adds_a_custom_notification_for_https_subscribers() {
    let sns = FakeAws::sns_accepting();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("SEALWATCH_SETTINGS", "[notify]\nchat = true"),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    function.invoke(stop_encryption("orders").to_string()).succeeded();
    let texts = sns.published();
    let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
    assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
    assert_eq!(chat["content"]["textType"], "client-markdown");
    assert!(chat["content"]["description"].as_str().unwrap().contains("orders"), "{chat:#}");
    assert!(texts["default"].as_str().unwrap().starts_with('{'), "the other texts are unchanged");
}

#[test]
fn people_read_the_language_of_the_settings_and_programs_english() {
    let sns = FakeAws::sns_accepting();
    let environment =
        [("SEALWATCH_TOPIC_ARN", TOPIC), ("SEALWATCH_SETTINGS", "language = 'ja'"), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    function.invoke(stop_encryption("orders").to_string()).succeeded();
    let texts = sns.published();
    let text = |protocol: &str| texts[protocol].as_str().unwrap();
    assert!(text("email").starts_with("高: ストリーム `orders` の暗号化が無効にされました。"), "{texts:#}");
    assert!(text("sms").starts_with("高 保管時に暗号化されていない Kinesis ストリーム orders "), "{texts:#}");
    assert!(text("default").is_ascii(), "{texts:#}");
}

#[test]
fn findings_below_the_minimum_severity_are_in_the_log_and_nobody_is_notified() {
    let aws = LocalAws::connect();
    let topic = aws.topic("settings-min-severity");
    // the rule says high
    let environment = [
        ("SEALWATCH_TOPIC_ARN", topic.arn.as_str()),
        ("SEALWATCH_SETTINGS", "notify.min_severity = \"critical\""),
        ("AWS_LAMBDA_LOG_LEVEL", "ERROR"),
    ];
    let event = stop_encryption("orders\u{202e}");
    let quiet = Function::start("sealwatch-kinesis-stream", &environment).invoke(event.to_string()).succeeded();
    assert_eq!(topic.messages(), Vec::<Value>::new());
    let count = |name| quiet.count(name);
    assert_eq!((count("Violations"), count("Kept"), count("Published")), (1, 1, 0));
    let kept: Vec<Value> = quiet.json().into_iter().filter(|line| line.get("kept").is_some()).collect();
    assert_eq!(kept.len(), 1, "whatever the log level: {kept:#?}");
    assert_eq!(kept[0]["message"], "below notify.min_severity");
    assert_eq!(kept[0]["eventId"], event["detail"]["eventID"]);
    assert!(quiet.lines.iter().all(|line| !line.contains('\u{202e}')), "{:#?}", quiet.lines);

    function(&topic.arn, "notify.min_severity = \"high\"").invoke(event.to_string()).succeeded();
    let published: Value = serde_json::from_str(topic.message()["Message"].as_str().unwrap()).unwrap();
    assert_eq!(published, kept[0]["kept"], "what programs get is the same");
}
