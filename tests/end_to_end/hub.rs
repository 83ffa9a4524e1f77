//! Proves that a function looks into the account whose resource was changed and into no other, with two accounts of the
//! local AWS. Only the STS that refuses or does not answer is a FAKE.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, create_stream};
use crate::fake_aws::FakeAws;
use crate::local_aws::LocalAws;
use crate::runtime_api::Function;

/// The event of a stream of the other account, as its bus forwards it.
fn forwarded(stream: &str) -> Value {
    let mut event = create_stream(stream);
    event["account"] = json!(FOREIGN);
    event["detail"]["recipientAccountId"] = json!(FOREIGN);
    event
}

/// A stream in each of the two accounts, with the same name; the first is encrypted there with a key of its own.
fn streams(name: &str, sealed: &LocalAws, open: &LocalAws) {
    for aws in [sealed, open] {
        aws.stream(name);
    }
    sealed.encrypt_stream(name, &sealed.key());
}

#[test]
fn the_stream_of_the_events_own_account_decides() {
    let (own, other) = (LocalAws::connect(), LocalAws::in_account(FOREIGN));
    let topic = own.topic("hub-decides");
    let environment = [("SEALWATCH_TOPIC_ARN", topic.arn.as_str()), ("SEALWATCH_LOOKUP_ROLE", "sealwatch-look-up")];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let name = |name: &str| format!("hub-{name}-{}", std::process::id());
    let (theirs, ours) = (name("theirs"), name("ours"));
    streams(&theirs, &other, &own);
    streams(&ours, &own, &other);

    for (event, violations) in
        [(forwarded(&theirs), 0), (create_stream(&theirs), 1), (forwarded(&ours), 1), (create_stream(&ours), 0)]
    {
        let account = &event["account"];
        let invocation = function.invoke(event.to_string()).succeeded();
        let counts = (invocation.count("Violations"), invocation.count("Unverified"));
        assert_eq!(counts, (violations, 0), "{account} {:#?}", invocation.lines);
        let messages = topic.messages();
        assert_eq!(messages.len() as u64, violations, "{messages:#?}");
        for message in messages {
            let told: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
            assert_eq!(told["findings"][0]["account"], *account);
        }
    }
}

/// What is told about a stream of the other account, and whether anything was asked of it.
fn unverified(more: &[(&str, &str)]) -> String {
    let kinesis = FakeAws::kinesis("ACTIVE", None);
    let sns = FakeAws::sns_accepting();
    let environment = [
        ("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings"),
        ("AWS_ENDPOINT_URL_KINESIS", kinesis.url.as_str()),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
    ];
    let mut function = Function::start("sealwatch-kinesis-stream", &[&environment, more].concat());
    let invocation = function.invoke(forwarded("orders").to_string()).succeeded();
    assert_eq!((invocation.count("Unverified"), invocation.count("Violations")), (3, 0));
    assert_eq!(kinesis.requests().len(), 0, "another account's stream of this name was looked at");
    let message: Value = serde_json::from_str(sns.published()["default"].as_str().unwrap()).unwrap();
    message["findings"][0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_way_into_the_account_nothing_is_looked_up_and_the_finding_says_what_to_do() {
    let reason = unverified(&[]);
    for wanted in [FOREIGN, ACCOUNT, "SEALWATCH_LOOKUP_ROLE"] {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
    let sts = FakeAws::sts_refusing(403, "AccessDenied");
    let reason = unverified(&[("SEALWATCH_LOOKUP_ROLE", "security/look-up"), ("AWS_ENDPOINT_URL_STS", &sts.url)]);
    let role = format!("arn:aws:iam::{FOREIGN}:role/security/look-up");
    assert!(reason.contains(&role) && reason.contains("trust policy"), "{reason}");
    assert!(sts.requests()[0].text().contains("RoleSessionName=sealwatch"));
}

#[test]
fn credentials_are_kept_until_they_are_about_to_expire() {
    for (expires, asked) in [("2099-01-01T00:00:00Z", 1), ("2020-01-01T00:00:00Z", 2)] {
        let (sts, kinesis) = (FakeAws::sts_issuing(expires), FakeAws::kinesis("ACTIVE", Some("alias/aws/kinesis")));
        let environment = [
            ("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings"),
            ("SEALWATCH_SETTINGS", "keys.required = 'aws-managed'"),
            ("SEALWATCH_LOOKUP_ROLE", "look-up"),
            ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
            ("AWS_ENDPOINT_URL_KINESIS", &kinesis.url),
        ];
        let mut function = Function::start("sealwatch-kinesis-stream", &environment);
        for _ in 0..2 {
            let invocation = function.invoke(forwarded("orders").to_string());
            if asked == 1 {
                assert_eq!(invocation.succeeded().count("Compliant"), 3);
            }
        }
        assert_eq!(sts.requests().len(), asked, "{expires}");
        if asked == 1 {
            let signed = kinesis.requests()[0].header("authorization").unwrap_or_default().to_owned();
            assert!(signed.contains("Credential=ASIAOFTHEOTHERACCOUNT/"), "{signed}");
        }
    }
}

#[test]
fn an_sts_that_does_not_answer_fails_the_invocation() {
    let sts = FakeAws::sts_refusing(500, "InternalFailure");
    let environment = [
        ("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings"),
        ("SEALWATCH_LOOKUP_ROLE", "look-up"),
        ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
    ];
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    let invocation = function.invoke(forwarded("orders").to_string());
    assert!(invocation.outcome.error("LookupFailed").contains("sts:AssumeRole"));
}
