//! Tests that `sealwatch replay --live` looks up in AWS what the records do not say. FAKE services stand in for what
//! the local AWS cannot do.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::binaries::Scratch;
use crate::command_line::{Run, sealwatch_in};
use crate::events::{ACCOUNT, FOREIGN, REGION, create_stream};
use crate::fake_aws::FakeAws;
use crate::local_aws::{self, LocalAws};

/// Replays these events with `--live --format json` and only these environment variables.
fn replay(folder: &Path, events: &[Value], more: &[&str], environment: &[(&str, &str)]) -> Run {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let arguments = [&["replay", "--live", "--all", "--format", "json"], more, &["-"]].concat();
    sealwatch_in(folder, &arguments, &lines.join("\n"), environment)
}

/// Credentials for the account of the events, and the endpoint of STS.
fn credentials(sts: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", ACCOUNT.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()), // not the Region of the events
        ("AWS_ENDPOINT_URL", sts.to_owned()),
    ]
}

fn as_str_pairs<'a>(environment: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// The name of each stream and its outcome of the rule `kinesis-stream-unencrypted`.
fn outcomes(run: &Run) -> Vec<(String, String)> {
    let mut findings = run.json();
    findings.retain(|finding| finding["rule"] == "kinesis-stream-unencrypted");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|finding| (text(&finding["resource"]["name"]), text(&finding["outcome"]))).collect()
}

#[test]
fn a_stream_is_looked_up_in_its_region_and_only_in_the_account_of_the_credentials() {
    let aws = LocalAws::connect();
    let own = |name: &str| format!("live-{name}-{}", std::process::id());
    let names = ["encrypted", "unencrypted", "deleted", "foreign"].map(own);
    let [encrypted, unencrypted, _, foreign] = &names;
    aws.stream(encrypted);
    aws.stream(unencrypted);
    aws.stream(foreign); // a stream of the same name in this account
    for stream in [encrypted, foreign] {
        aws.encrypt_stream(stream, &aws.key());
    }
    let mut events: Vec<Value> = names.iter().map(|name| create_stream(name)).collect();
    events[3]["detail"]["recipientAccountId"] = json!(FOREIGN);
    let folder = Scratch::new("live");
    let environment = credentials(&local_aws::url());
    let run = replay(&folder.0, &events, &[], &as_str_pairs(&environment));
    let want = ["compliant", "violation", "not-applicable", "violation"].map(str::to_owned);
    assert_eq!(outcomes(&run), names.into_iter().zip(want).collect::<Vec<_>>(), "{}", run.stderr);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains(FOREIGN) && run.stderr.contains("account of the credentials"), "{}", run.stderr);
}

#[test]
fn a_profile_supplies_the_credentials() {
    let folder = Scratch::new("live-profile");
    let config = folder.0.join("config");
    let keys = "region = eu-west-1\naws_access_key_id = 111122223333\naws_secret_access_key = secret\n";
    fs::write(&config, format!("[profile audit]\n{keys}")).unwrap();
    let kinesis = FakeAws::kinesis("ACTIVE", None);
    let environment = [
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", &local_aws::url()),
        ("AWS_ENDPOINT_URL_KINESIS", &kinesis.url),
    ];
    let run = replay(&folder.0, &[create_stream("orders")], &["--profile", "audit"], &environment);
    assert_eq!(outcomes(&run), [("orders".to_owned(), "violation".to_owned())], "{}", run.stderr);
    let requests = kinesis.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("authorization").unwrap().contains(&format!("Credential={ACCOUNT}/")));
}

#[test]
fn without_credentials_the_error_says_how_to_supply_them() {
    let folder = Scratch::new("live-no-credentials");
    let environment = [("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", folder.0.to_str().unwrap())];
    let run = replay(&folder.0, &[create_stream("orders")], &[], &environment);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    for wanted in ["no credentials were found; ", "AWS_ACCESS_KEY_ID", "--profile", "aws sso login"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {}", run.stderr);
    }
    let run = sealwatch_in(&folder.0, &["doctor", "--region", "eu-west-1"], "", &environment);
    let wanted = "sealwatch: cannot call AWS in eu-west-1: no credentials were found; credentials come from ";
    assert!(run.status == 2 && run.stderr.starts_with(wanted), "{}", run.stderr);
    let run = sealwatch_in(&folder.0, &["replay", "--live", "--profile", "nowhere", "-"], "{}", &environment);
    assert!(
        run.stderr.contains("--live: there is no AWS profile `nowhere`; `aws configure list-profiles`"),
        "{}",
        run.stderr
    );
    let run = sealwatch_in(&folder.0, &["replay", "--profile", "audit", "-"], "", &environment);
    assert!(run.status == 2 && run.stderr.contains("--live"), "{}", run.stderr);
}

#[test]
fn a_denied_call_is_unverified_and_a_throttled_call_is_retried() {
    let folder = Scratch::new("live-refused");
    let denying = FakeAws::answering(400, "AccessDeniedException", json!({"message": "no"}));
    let mut environment = credentials(&local_aws::url());
    environment.push(("AWS_ENDPOINT_URL_KINESIS", denying.url.clone()));
    let twice = [create_stream("orders"), create_stream("orders")];
    let run = replay(&folder.0, &twice, &[], &as_str_pairs(&environment));
    assert_eq!(outcomes(&run), vec![("orders".to_owned(), "unverified".to_owned()); 2], "{}", run.stderr);
    assert!(run.stdout.contains("`kinesis:DescribeStreamSummary` on") && run.status == 0, "{}", run.stdout);
    assert_eq!(denying.requests().len(), 1, "each resource is looked up once");

    let throttling = FakeAws::kinesis_throttling(2);
    environment.push(("AWS_ENDPOINT_URL_KINESIS", throttling.url.clone()));
    let run = replay(&folder.0, &[create_stream("orders")], &[], &as_str_pairs(&environment));
    assert_eq!(outcomes(&run), [("orders".to_owned(), "violation".to_owned())], "{}", run.stderr);
    assert_eq!(throttling.requests().len(), 3);
}

#[test]
fn at_most_eight_calls_run_concurrently() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    static MAXIMUM: AtomicUsize = AtomicUsize::new(0);
    let kinesis = FakeAws::kinesis_during(|| {
        MAXIMUM.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(50));
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    });
    let mut environment = credentials(&local_aws::url());
    environment.push(("AWS_ENDPOINT_URL_KINESIS", kinesis.url.clone()));
    let events: Vec<Value> = (0..40).map(|number| create_stream(&format!("orders-{number}"))).collect();
    let run = replay(&Scratch::new("live-many").0, &events, &[], &as_str_pairs(&environment));
    assert_eq!(outcomes(&run).len(), 40, "{}", run.stderr);
    assert_eq!((kinesis.requests().len(), MAXIMUM.load(Ordering::SeqCst)), (40, 8));
    assert!(kinesis.requests()[0].header("authorization").unwrap().contains(&format!("/{REGION}/kinesis/")));
}
