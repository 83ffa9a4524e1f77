//! Tests the function that imports the ledger into Security Hub. FAKE services stand in for AWS: the local AWS has no Security
//! Hub that refuses.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN};
use crate::fake_aws::FakeAws;
use crate::runtime_api::{Function, Invocation, Outcome};

const PACKAGE: &str = "sealwatch-security-hub";

/// A record of the stream: an entry that is new, of this account.
fn record(number: usize, account: &str) -> Value {
    let finding = json!({"title": "Key disabled", "detail": "The key is disabled.",
        "resource": {"type": "AWS::KMS::Key", "name": "k"}});
    let moment =
        json!({"M": {"time": {"N": "1795341600"}, "rank": {"N": "1"}, "wrong": {"BOOL": true}, "event": {"S": "e"}}});
    let item = json!({"fingerprint": {"S": format!("{number:032}")}, "rule": {"S": "kms-key-disabled"},
        "detector": {"S": "kms-key-lifecycle"}, "resource": {"S": format!("arn:aws:kms:eu-west-1:{account}:key/{number}")},
        "account": {"S": account}, "region": {"S": "eu-west-1"}, "version": {"N": "1"}, "state": {"S": "open"},
        "severity": {"S": "high"}, "finding": {"S": finding.to_string()},
        "verdict": {"M": {"moment": moment, "origin": {"S": "event"}}}});
    json!({"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {"NewImage": item,
        "ApproximateCreationDateTime": 1_795_341_700, "SequenceNumber": format!("{number:021}")}})
}

fn succeeding() -> FakeAws {
    FakeAws::answering(200, "", json!({"FailedCount": 0, "SuccessCount": 1, "FailedFindings": []}))
}

/// Invokes the function with these records.
fn import(records: &[Value], hub: &FakeAws, more: &[(&str, &str)]) -> Invocation {
    let environment = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_ENDPOINT_URL_SECURITYHUB", hub.url.as_str())];
    Function::start(PACKAGE, &[&environment, more].concat()).invoke(json!({"Records": records}).to_string())
}

/// The records that Lambda tries again.
fn failures(invocation: &Invocation) -> Vec<usize> {
    let Outcome::Response(response) = &invocation.outcome else { panic!("{invocation:?}") };
    let failures = response["batchItemFailures"].as_array().unwrap().iter();
    failures.map(|failure| failure["itemIdentifier"].as_str().unwrap().parse().unwrap()).collect()
}

/// `Imported` and `ImportFailures`.
fn counts(invocation: &Invocation) -> [u64; 2] {
    let lines = invocation.json();
    let line = lines.iter().find(|line| line.get("_aws").is_some()).unwrap();
    assert_eq!(line["detector"], "security-hub");
    ["Imported", "ImportFailures"].map(|name| line.get(name).map_or(0, |count| count.as_u64().unwrap()))
}

#[test]
fn findings_are_imported_a_hundred_at_a_time() {
    let hub = succeeding();
    let records: Vec<Value> = (0..130).map(|number| record(number, ACCOUNT)).collect();
    let invocation = import(&records, &hub, &[]);
    assert_eq!((failures(&invocation), counts(&invocation)), (vec![], [130, 0]));
    let requests = hub.requests();
    let sizes: Vec<usize> = requests
        .iter()
        .map(|request| {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/findings/import"));
            serde_json::from_slice::<Value>(&request.body).unwrap()["Findings"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(sizes, [100, 30]);
}

#[test]
fn a_finding_that_is_refused_is_tried_again_and_the_others_are_not() {
    let refused =
        json!({"Id": format!("{:032}", 2), "ErrorCode": "InvalidInput", "ErrorMessage": "Finding does not adhere"});
    let hub = FakeAws::answering(200, "", json!({"FailedCount": 1, "SuccessCount": 2, "FailedFindings": [refused]}));
    let invocation = import(&[1, 2, 3].map(|number| record(number, ACCOUNT)), &hub, &[]);
    assert_eq!((failures(&invocation), counts(&invocation)), (vec![2], [2, 1]));
    assert!(invocation.lines.iter().any(|line| line.contains("InvalidInput: Finding does not adhere")));
}

#[test]
fn an_answer_that_counts_more_failures_than_it_names_is_tried_again() {
    let other = json!({"Id": "of somebody else", "ErrorCode": "InvalidInput", "ErrorMessage": "no"});
    for named in [json!([]), json!([other, other])] {
        let hub = FakeAws::answering(200, "", json!({"FailedCount": 1, "SuccessCount": 1, "FailedFindings": named}));
        let invocation = import(&[1, 2].map(|number| record(number, ACCOUNT)), &hub, &[]);
        assert_eq!((failures(&invocation), counts(&invocation)), (vec![1, 2], [0, 2]));
    }
}

#[test]
fn errors_say_what_to_do() {
    for (status, code, wanted) in [
        (401, "InvalidAccessException", "aws securityhub enable-security-hub"),
        (403, "AccessDeniedException", "allow `securityhub:BatchImportFindings`"),
    ] {
        let hub = FakeAws::answering(status, code, json!({"Message": "no"}));
        let invocation = import(&[record(1, ACCOUNT)], &hub, &[]);
        assert_eq!((failures(&invocation), counts(&invocation)), (vec![1], [0, 1]), "{code}");
        let told = |line: &String| line.contains(wanted) && line.contains(ACCOUNT);
        assert!(invocation.lines.iter().any(told), "{:#?}", invocation.lines);
    }
}

#[test]
fn without_a_role_another_account_fails_and_says_what_to_do() {
    let hub = succeeding();
    let invocation = import(&[record(1, FOREIGN), record(2, ACCOUNT)], &hub, &[]);
    assert_eq!((failures(&invocation), counts(&invocation)), (vec![1], [1, 1]));
    assert!(invocation.lines.iter().any(|line| line.contains("set SEALWATCH_LOOKUP_ROLE")), "{:#?}", invocation.lines);
}

#[test]
fn a_hub_imports_with_the_role_of_each_member() {
    let (hub, sts) = (succeeding(), FakeAws::sts_issuing("2099-01-01T00:00:00Z"));
    let role = [("SEALWATCH_LOOKUP_ROLE", "sealwatch-lookup"), ("AWS_ENDPOINT_URL_STS", &sts.url)];
    let invocation = import(&[record(1, ACCOUNT), record(2, FOREIGN)], &hub, &role);
    assert_eq!((failures(&invocation), counts(&invocation)), (vec![], [2, 0]));
    for request in hub.requests() {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let account = body["Findings"][0]["AwsAccountId"].as_str().unwrap();
        let is_member = request.header("authorization").unwrap().contains("ASIAOFTHEOTHERACCOUNT");
        assert_eq!(is_member, account == FOREIGN, "Security Hub takes a finding only from its own account");
        let arn = format!("arn:aws:securityhub:eu-west-1:{account}:product/{account}/default");
        assert_eq!(body["Findings"][0]["ProductArn"], arn);
    }
}

#[test]
fn a_member_whose_role_cannot_be_assumed_does_not_stop_the_hub() {
    let (hub, sts) = (succeeding(), FakeAws::sts_refusing(403, "AccessDenied"));
    let role = [("SEALWATCH_LOOKUP_ROLE", "sealwatch-lookup"), ("AWS_ENDPOINT_URL_STS", &sts.url)];
    let invocation = import(&[record(1, FOREIGN), record(2, ACCOUNT)], &hub, &role);
    assert_eq!((failures(&invocation), counts(&invocation)), (vec![1], [1, 1]));
    let told = |line: &String| line.contains(&format!("arn:aws:iam::{FOREIGN}:role/sealwatch-lookup"));
    assert!(invocation.lines.iter().any(told), "{:#?}", invocation.lines);
}

#[test]
fn an_event_without_changes_calls_nobody_and_counts_nothing() {
    let hub = succeeding();
    let invocation = import(&[json!({"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "1"}})], &hub, &[]);
    assert_eq!((failures(&invocation), hub.requests().len()), (vec![], 0));
    assert!(invocation.json().iter().all(|line| line.get("_aws").is_none()));
}
