//! Tests that a function makes look-ups only in the account of the changed resource, with two accounts of the local
//! AWS. FAKE services stand in only for what the local AWS cannot do.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, TOPIC, create_stream};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

/// The event of a new stream in the other account, as forwarded by its event bus.
fn forwarded(stream: &str) -> Value {
    let mut event = create_stream(stream);
    event["account"] = json!(FOREIGN);
    event["detail"]["recipientAccountId"] = json!(FOREIGN);
    event
}

/// Creates a stream of the same name in two accounts: encrypted in the first, not encrypted in the second.
fn create_streams(name: &str, encrypted: &LocalAws, unencrypted: &LocalAws) {
    for aws in [encrypted, unencrypted] {
        aws.stream(name);
    }
    encrypted.encrypt_stream(name, &encrypted.key());
}

#[test]
fn the_stream_in_the_account_of_the_event_is_evaluated() {
    let (own, other) = (LocalAws::connect(), LocalAws::in_account(FOREIGN));
    let topic = own.topic("hub-decides");
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("SEALWATCH_LOOKUP_ROLE", "sealwatch-look-up")];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let name = |name: &str| format!("hub-{name}-{}", std::process::id());
    let (encrypted_in_other, encrypted_in_own) = (name("other"), name("own"));
    create_streams(&encrypted_in_other, &other, &own);
    create_streams(&encrypted_in_own, &own, &other);

    for (event, violations) in [
        (forwarded(&encrypted_in_other), 0),
        (create_stream(&encrypted_in_other), 1),
        (forwarded(&encrypted_in_own), 1),
        (create_stream(&encrypted_in_own), 0),
    ] {
        let account = &event["account"];
        let invocation = function.invoke(event.to_string()).succeeded();
        let counts = (invocation.count("Violations"), invocation.count("Unverified"));
        assert_eq!(counts, (violations, 0), "{account} {:#?}", invocation.lines);
        let messages = topic.messages();
        assert_eq!(messages.len() as u64, violations, "{messages:#?}");
        for message in messages {
            let message: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
            assert_eq!(message["findings"][0]["account"], *account);
        }
    }
}

/// The reason for unverified findings about a stream in the other account. Fails if the function looks up the stream.
fn unverified_reason(more: &[(&str, &str)]) -> String {
    let kinesis = FakeAws::kinesis("ACTIVE", None);
    let sns = FakeAws::sns_accepting();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("AWS_ENDPOINT_URL_KINESIS", kinesis.url.as_str()),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let mut function = Function::start("sealwatch-kinesis-stream", &[&environment, more].concat());
    let invocation = function.invoke(forwarded("orders").to_string()).succeeded();
    assert_eq!((invocation.count("Unverified"), invocation.count("Violations")), (3, 0));
    assert_eq!(kinesis.requests().len(), 0, "the stream of this name in another account was looked up");
    let message: Value = serde_json::from_str(sns.published()["default"].as_str().unwrap()).unwrap();
    message["findings"][0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn without_access_to_the_account_nothing_is_looked_up_and_the_finding_says_what_to_do() {
    let reason = unverified_reason(&[]);
    for wanted in [FOREIGN, ACCOUNT, "SEALWATCH_LOOKUP_ROLE"] {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
    let sts = FakeAws::sts_refusing(403, "AccessDenied");
    let reason =
        unverified_reason(&[("SEALWATCH_LOOKUP_ROLE", "security/look-up"), ("AWS_ENDPOINT_URL_STS", &sts.url)]);
    let role = format!("arn:aws:iam::{FOREIGN}:role/security/look-up");
    assert!(reason.contains(&role) && reason.contains("trust policy"), "{reason}");
    assert!(sts.requests()[0].text().contains("RoleSessionName=sealwatch"));
}

#[test]
fn credentials_are_reused_until_they_are_about_to_expire() {
    for (expires, sts_calls) in [("2099-01-01T00:00:00Z", 1), ("2020-01-01T00:00:00Z", 2)] {
        let (sts, kinesis) = (FakeAws::sts_issuing(expires), FakeAws::kinesis("ACTIVE", Some("alias/aws/kinesis")));
        let environment = [
            ("SEALWATCH_TOPIC_ARN", TOPIC),
            ("SEALWATCH_SETTINGS", "keys.required = 'aws-managed'"),
            ("SEALWATCH_LOOKUP_ROLE", "look-up"),
            ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
            ("AWS_ENDPOINT_URL_KINESIS", &kinesis.url),
        ];
        let mut function = Function::start("sealwatch-kinesis-stream", &environment);
        for _ in 0..2 {
            let invocation = function.invoke(forwarded("orders").to_string());
            if sts_calls == 1 {
                assert_eq!(invocation.succeeded().count("Compliant"), 1);
            }
        }
        assert_eq!(sts.requests().len(), sts_calls, "{expires}");
        if sts_calls == 1 {
            let signed = kinesis.requests()[0].header("authorization").unwrap_or_default().to_owned();
            assert!(signed.contains("Credential=ASIAOFTHEOTHERACCOUNT/"), "{signed}");
        }
    }
}

#[test]
fn an_error_of_sts_fails_the_invocation() {
    let sts = FakeAws::sts_refusing(500, "InternalFailure");
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("SEALWATCH_LOOKUP_ROLE", "look-up"),
        ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
    ];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let invocation = function.invoke(forwarded("orders").to_string());
    assert!(invocation.outcome.error("LookupFailed").contains("sts:AssumeRole"));
}
