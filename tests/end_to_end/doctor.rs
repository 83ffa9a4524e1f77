//! Tests `sealwatch doctor` over HTTP: a stack that is well, one fault, what is denied, the calls and the policy. The unit
//! tests of the command have a test for each fault.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::binaries::Scratch;
use crate::command_line::{Run, sealwatch_in};
use crate::fake_aws::FakeAws;

#[path = "../../replay/src/doctor/healthy.rs"]
mod healthy;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// What a stack that is well answers.
fn well(action: &str, parameters: &Value) -> (u16, &'static str, Value) {
    match healthy::answer(action, parameters, now()) {
        Some(answer) => (200, "", answer),
        None => (404, "ResourceNotFoundException", json!({"Message": "no"})),
    }
}

fn doctor(url: &str, arguments: &[&str]) -> Run {
    let folder = Scratch::new("doctor");
    let environment = [
        ("AWS_ACCESS_KEY_ID", "111122223333"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    sealwatch_in(&folder.0, &[&["doctor", "--region", "eu-west-1"], arguments].concat(), "", &environment)
}

#[test]
fn a_stack_that_is_well_is_asked_only_what_the_policy_allows() {
    let asked: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let record = Arc::clone(&asked);
    let aws = FakeAws::of_doctor(move |action, parameters| {
        record.lock().unwrap().insert(action.to_owned());
        well(action, parameters)
    });
    let run = doctor(&aws.url, &[]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("14 checks: 14 ok, 0 wrong, 0 could not be done"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'), "styles are for terminals");
    let policy: Value = serde_json::from_str(&doctor(&aws.url, &["--print-policy"]).stdout).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let allowed = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    let mut allowed: BTreeSet<String> = allowed.map(|action| action.as_str().unwrap().to_owned()).collect();
    // in a hub, and for settings in S3
    assert!(allowed.remove("events:DescribeEventBus") && allowed.remove("s3:GetObject"));
    allowed.insert("sts:GetCallerIdentity".to_owned()); // needs no permission
    assert_eq!(*asked.lock().unwrap(), allowed);
    // in the Region of the option, as somebody who can be recognized
    let requests = aws.requests();
    assert!(requests.iter().all(|request| request.header("authorization").unwrap().contains("/eu-west-1/")));
}

#[test]
fn a_fault_ends_with_status_1_and_says_how_to_fix_it() {
    let aws = FakeAws::of_doctor(|action, parameters| {
        let (status, code, mut answer) = well(action, parameters);
        if action == "cloudtrail:GetTrailStatus" {
            answer["IsLogging"] = json!(false);
        }
        (status, code, answer)
    });
    let run = doctor(&aws.url, &[]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    let fix = "fix: aws cloudtrail start-logging --name arn:aws:cloudtrail:us-east-1:999900001111:trail/audit --region eu-west-1";
    assert!(run.stdout.contains(fix), "{}", run.stdout);
    let run = doctor(&aws.url, &["--format", "json"]);
    let [report] = run.json().try_into().unwrap();
    assert_eq!((run.status, &report["status"]), (1, &json!("wrong")));
    assert_eq!(report["checks"][1]["problems"][0]["fault"], "trail-not-logging");
}

#[test]
fn what_is_denied_ends_with_status_2_and_names_the_permission() {
    for (denied, status, code) in [
        ("kms:DescribeKey", 400, "AccessDeniedException"),
        ("lambda:GetPolicy", 403, "AccessDeniedException"),
        ("sns:GetTopicAttributes", 403, "AuthorizationError"),
        ("cloudwatch:DescribeAlarms", 403, "AccessDenied"),
    ] {
        let aws = FakeAws::of_doctor(move |action, parameters| match action == denied {
            true => (status, code, json!({"message": "not authorized"})),
            false => well(action, parameters),
        });
        let run = doctor(&aws.url, &[]);
        assert_eq!(run.status, 2, "{denied}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(&format!("`{denied}`")) && run.stdout.contains("was denied"), "{}", run.stdout);
        assert!(run.stdout.contains(" ok, 0 wrong, "), "{}", run.stdout);
    }
}

#[test]
fn without_a_stack_status_1_says_so_and_the_trail_is_checked() {
    let aws = FakeAws::of_doctor(well);
    let run = doctor(&aws.url, &["--stack", "other"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("there is no stack named `other` in eu-west-1 of account 111122223333"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("ok         trail"), "{}", run.stdout);
}

#[test]
fn aws_that_never_answers_is_given_up_in_time() {
    let aws = FakeAws::unresponsive();
    let start = Instant::now();
    let run = doctor(&aws.url, &[]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("no response in time") && run.stderr.contains("aws sso login"), "{}", run.stderr);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn names_that_a_stack_cannot_have_are_rejected() {
    for arguments in [["--stack", "Sealwatch"], ["--stack", "a b"], ["--region", "evil.example#"]] {
        let run = doctor("http://127.0.0.1:9", &arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}
