//! Tests the function that scans: a hub whose member cannot be scanned, a part that goes on where the last one ended, and what
//! it tells with a ledger. FAKE services stand in for AWS, because the local AWS lets everybody assume every role; the table is
//! one of the local AWS.

use std::time::SystemTime;

use sealwatch_rules::ledger::{Answer, By, Entry, Moment, Observation, Origin, Reason, State, Subject};
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::written;
use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN};
use crate::fake_account::{FakeAccount, Faults};
use crate::fake_aws::FakeAws;
use crate::ledger_table::LedgerTable;
use crate::local_aws;
use crate::runtime_api::Function;

const FINDINGS: &str = "arn:aws:sns:eu-west-1:111122223333:sealwatch-findings";
const OPERATIONS: &str = "arn:aws:sns:eu-west-1:111122223333:sealwatch-operations";

/// The services that the function calls.
struct Services {
    account: FakeAws,
    scheduler: FakeAws,
    sns: FakeAws,
    sts: FakeAws,
}

impl Services {
    /// A hub with one member, whose role cannot be assumed.
    fn new(faults: Faults) -> Services {
        let member = json!({"Schedules": [{"Name": format!("silent-{FOREIGN}")}]});
        Services {
            account: FakeAws::of_account(FakeAccount::new(12, faults)),
            scheduler: FakeAws::answering(200, "", member),
            sns: FakeAws::sns_accepting(),
            sts: FakeAws::sts_refusing(403, "AccessDenied"),
        }
    }

    /// Scans, with these variables besides, and returns what was published: findings, and messages to operations.
    fn scan(&self, event: &Value, more: &[(&str, &str)]) -> (Vec<Value>, Vec<String>) {
        let environment = [
            ("AWS_ENDPOINT_URL", self.account.url.as_str()),
            ("AWS_ENDPOINT_URL_SCHEDULER", &self.scheduler.url),
            ("AWS_ENDPOINT_URL_SNS", &self.sns.url),
            ("AWS_ENDPOINT_URL_STS", &self.sts.url),
            ("SEALWATCH_TOPIC_ARN", FINDINGS),
            ("SEALWATCH_OPERATIONS_TOPIC_ARN", OPERATIONS),
            ("SEALWATCH_SCHEDULE_GROUP", "sealwatch"),
            ("SEALWATCH_SCHEDULE_ROLE_ARN", "arn:aws:iam::111122223333:role/schedules"),
            ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", "arn:aws:sqs:eu-west-1:111122223333:schedule-dead-letters"),
        ];
        Function::start("sealwatch-scan", &[&environment, more].concat()).invoke(event.to_string()).succeeded();
        let (findings, operations): (Vec<_>, Vec<_>) =
            self.sns.messages().into_iter().partition(|(topic, _)| topic == FINDINGS);
        let text = |message: &Value| message["default"].as_str().unwrap().to_owned();
        let findings = findings.iter().map(|(_, message)| serde_json::from_str(&text(message)).unwrap());
        (findings.collect(), operations.iter().map(|(_, message)| text(message)).collect())
    }
}

/// The rules in a message, each once.
fn rules(message: &Value) -> Vec<&str> {
    let findings = message["findings"].as_array().unwrap();
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn a_member_that_cannot_be_scanned_is_an_operations_message_and_the_hub_is_scanned_nevertheless() {
    let services = Services::new(Faults::default());
    let hub = [("SEALWATCH_LOOKUP_ROLE", "sealwatch-lookup")];
    let (findings, operations) = services.scan(&json!({"scan": "2026-11-26T05:00:00Z"}), &hub);
    let [message] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((&message["account"], &message["day"]), (&json!(ACCOUNT), &json!("2026-11-26")));
    assert!(rules(message).contains(&"kms-key-policy-public"), "{:?}", rules(message));
    assert!(!rules(message).contains(&"kms-key-rotation-disabled"), "medium findings are not published");
    assert!(message["findings"].as_array().unwrap().iter().all(|finding| finding["seen"] == "scan"));
    let [text] = operations.as_slice() else { panic!("{operations:#?}") };
    let role = format!("arn:aws:iam::{FOREIGN}:role/sealwatch-lookup");
    assert!(text.contains(&format!("cannot scan account {FOREIGN}")) && text.contains(&role), "{text}");
}

#[test]
fn a_denied_call_is_an_operations_message() {
    let services = Services::new(Faults { denied: "kms:GetKeyPolicy".to_owned(), ..Faults::default() });
    let (findings, operations) = services.scan(&json!({"scan": "2026-11-26T05:00:00Z"}), &[]);
    assert_eq!(findings.len(), 1);
    let [text] = operations.as_slice() else { panic!("{operations:#?}") };
    assert!(text.contains("cannot see everything") && text.contains("`kms:GetKeyPolicy` was denied"), "{text}");
    assert!(text.contains("so 12 resources are not scanned completely"), "{text}");
}

#[test]
fn without_the_role_for_the_organization_everything_else_is_scanned() {
    let services = Services::new(Faults { denied: "organizations:ListAccounts".to_owned(), ..Faults::default() });
    let organization = [
        ("SEALWATCH_TRUSTED_ACCOUNTS", "organization"),
        ("SEALWATCH_ORGANIZATION_ROLE_ARN", "arn:aws:iam::999900001111:role/accounts"),
    ];
    let (findings, operations) = services.scan(&json!({"scan": "2026-11-26T05:00:00Z"}), &organization);
    assert!(rules(&findings[0]).contains(&"kms-key-policy-public"), "{findings:#?}");
    let told = |text: &str| operations.iter().any(|message| message.contains(text));
    assert!(
        told("cannot list the accounts of the organization") && told("999900001111:role/accounts"),
        "{operations:#?}"
    );
    assert!(told("`organizations:ListAccounts` was denied"), "{operations:#?}");
}

#[test]
fn a_part_goes_on_where_the_last_one_ended_and_publishes_what_that_one_found() {
    let services = Services::new(Faults { page: 4, ..Faults::default() });
    let before = json!({"id": "before", "rule": "kms-key-policy-public", "severity": "critical", "detail": "…",
        "resource": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/before"}, "region": "eu-west-1"});
    let part = json!({"scan": "2026-11-26T05:00:00Z", "part": 1, "account": ACCOUNT, "cursor": {"kms:ListKeys": "0"},
        "found": {"counts": {"listed": 8, "evaluated": 8, "deleted": 0, "denied": 0}, "findings": [before], "left_out": 3}});
    let (findings, operations) = services.scan(&part, &[]);
    assert_eq!(operations, Vec::<String>::new());
    let [message] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(message["left_out"], 3);
    let ids: Vec<&Value> = message["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert!(ids.contains(&&json!("before")) && ids.len() > 1, "{ids:?}");
    let calls = services.account.calls();
    let made = |action: &str| calls.iter().filter(|(call, _)| call == action).count();
    // from the token of the cursor on: three pages of keys, and nothing of the lists that are done
    assert_eq!((made("kms:ListKeys"), made("kinesis:ListStreams"), made("kms:GetKeyPolicy")), (3, 0, 12));
    let first = calls.iter().find(|(call, _)| call == "kms:ListKeys").unwrap();
    assert_eq!(first.1["Marker"], "0");
}

/// 2026-11-18T11:06:40Z: before the scans of these tests.
const EARLIER: i64 = 1_795_000_000;

/// An open finding that everybody was told about.
fn open(rule: &str, detector: &str, resource: &str, rank: u8, time: i64) -> Entry {
    let subject = Subject {
        fingerprint: format!("{:032x}", resource.len() + rule.len()),
        rule: rule.to_owned(),
        detector: detector.to_owned(),
        resource: format!("arn:aws:{resource}"),
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let finding = json!({"rule": rule, "severity": "high", "title": "t", "detail": "d", "account": ACCOUNT, "region": "eu-west-1",
        "resource": {"type": "AWS::Kinesis::Stream", "arn": subject.resource, "name": "gone"}, "evidence": {}});
    let answer = Answer::Wrong { severity: Severity::High, evidence: "e".to_owned(), finding: finding.to_string() };
    let moment = Moment { time, rank, wrong: true, event: "e-0".to_owned() };
    let wrong = Observation { subject, moment, origin: Origin::Event, answer, by: By::default() };
    let mut entry = Entry::merge(None, &wrong, 1_000_000).unwrap();
    entry.claim("before");
    assert!(entry.confirm("before", 1_000_000));
    Entry { version: 1, ..entry }
}

/// The states of entries by rule, and why they were resolved.
fn states(entries: &[Entry], rules: &[&str]) -> Vec<(State, Option<Reason>)> {
    let state = |rule: &&str| {
        let entry = entries.iter().find(|entry| entry.subject.rule == *rule && entry.subject.resource.contains("gone"));
        let entry = entry.unwrap();
        (entry.state, entry.resolved_by.as_ref().and_then(|by| by.reason))
    };
    rules.iter().map(state).collect()
}

#[test]
fn with_a_ledger_a_scan_tells_what_is_new_and_closes_what_no_event_closed() {
    let table = LedgerTable::create("scan-ledger");
    let url = local_aws::url();
    let ledger = [("SEALWATCH_LEDGER_TABLE", table.0.as_str()), ("AWS_ENDPOINT_URL_DYNAMODB", &url)];
    let services = Services::new(Faults::default());
    let (findings, operations) = services.scan(&json!({"scan": "2026-11-26T05:00:00Z"}), &ledger);
    assert_eq!((findings.len(), operations.len()), (1, 0), "{operations:?}");
    let told = findings[0]["findings"].as_array().unwrap();
    assert!(told.iter().all(|finding| finding["state"] == "open" && finding["seen"] == "scan"));
    let open_now = table.entries();
    assert!(open_now.iter().all(|entry| entry.state == State::Open && entry.claim.is_none()));
    let untold = open_now.iter().filter(|entry| entry.told.is_none());
    assert!(
        untold.clone().count() > 0 && untold.clone().all(|entry| entry.severity < Severity::High),
        "medium ones are known"
    );
    assert_eq!(told.len(), open_now.len() - untold.count());

    // the next day nothing is new
    let (findings, _) = Services::new(Faults::default()).scan(&json!({"scan": "2026-11-27T05:00:00Z"}), &ledger);
    assert_eq!(findings, Vec::<Value>::new());

    // calls that nobody heard: a stream was deleted, a grant was revoked; a deleted key stays deleted
    let rules = ["kinesis-stream-unencrypted", "kms-grant-to-foreign-account", "kms-key-deleted", "kms-key-disabled"];
    table.put(&[
        open(rules[0], "kinesis-stream", &format!("kinesis:eu-west-1:{ACCOUNT}:stream/gone"), 1, EARLIER),
        open(rules[1], "kms-key-policy", &format!("kms:eu-west-1:{ACCOUNT}:key/gone"), 0, EARLIER),
        open(rules[2], "kms-key-lifecycle", &format!("kms:eu-west-1:{ACCOUNT}:key/gone-for-ever"), 2, EARLIER),
        open(rules[3], "kms-key-lifecycle", &format!("kms:eu-west-1:{ACCOUNT}:key/gone-but-accepted"), 2, EARLIER),
    ]);
    let denied = Services::new(Faults { denied: "kinesis:ListStreams".to_owned(), ..Faults::default() });
    let exception =
        format!("[[exceptions]]\nrule = '{}'\nresource = '*gone-but-accepted'\nreason = 'a laboratory'\n", rules[3]);
    let accepting = [&ledger[..], &[("SEALWATCH_SETTINGS", exception.as_str())]].concat();
    denied.scan(&json!({"scan": "2026-11-28T05:00:00Z"}), &accepting);
    let (still_open, gone) = ((State::Open, None), (State::Resolved, Some(Reason::Deleted)));
    let excepted = (State::Resolved, Some(Reason::Excepted));
    assert_eq!(states(&table.entries(), &rules), [still_open, gone, still_open, excepted], "no list, no conclusion");
    let services = Services::new(Faults::default());
    let (findings, _) = services.scan(&json!({"scan": "2026-11-29T05:00:00Z"}), &accepting);
    assert_eq!(states(&table.entries(), &rules), [gone, gone, still_open, excepted]);
    let [message] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(
        (&message["findings"][0]["state"], &message["findings"][0]["rule"]),
        (&json!("resolved"), &json!(rules[0]))
    );
}

#[test]
fn a_scan_in_parts_closes_nothing_that_a_later_part_sees() {
    let table = LedgerTable::create("scan-parts-ledger");
    let url = local_aws::url();
    let ledger = [("SEALWATCH_LEDGER_TABLE", table.0.as_str()), ("AWS_ENDPOINT_URL_DYNAMODB", &url)];
    Services::new(Faults::default()).scan(&json!({"scan": "2026-11-26T05:00:00Z"}), &ledger);
    let before = table.entries();
    // the last part only lists keys; the others evaluated everything else, and left nothing but what is about keys
    let keys = before.iter().filter(|entry| entry.subject.resource.contains(":key/"));
    let unseen: Vec<&String> = keys.map(|entry| &entry.subject.fingerprint).collect();
    let part = json!({"scan": "2026-11-27T05:00:00Z", "part": 1, "account": ACCOUNT, "cursor": {"kms:ListKeys": null},
        "unseen": unseen});
    Services::new(Faults::default()).scan(&part, &ledger);
    let open = |entries: &[Entry]| entries.iter().filter(|entry| entry.state == State::Open).count();
    assert_eq!(open(&table.entries()), open(&before));
}

/// The current time, as the schedule sends it.
fn now() -> String {
    written(seconds())
}

fn seconds() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

#[test]
fn what_nobody_was_told_and_what_is_open_for_long_is_told_by_the_scan() {
    let table = LedgerTable::create("scan-left-over-ledger");
    let url = local_aws::url();
    let settings = "notify.remind = '7d'";
    let ledger = [
        ("SEALWATCH_LEDGER_TABLE", table.0.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", &url),
        ("SEALWATCH_SETTINGS", settings),
    ];
    // what is new is no reminder
    let (findings, _) = Services::new(Faults::default()).scan(&json!({"scan": now()}), &ledger);
    assert_eq!(findings.len(), 1);
    let old = open(
        "kms-key-deleted",
        "kms-key-lifecycle",
        &format!("kms:eu-west-1:{ACCOUNT}:key/old"),
        2,
        seconds() - 8 * 86_400,
    );
    table.put(&[old]);
    let (findings, _) = Services::new(Faults::default()).scan(&json!({"scan": now()}), &ledger);
    let [reminder] = findings.as_slice() else { panic!("{findings:#?}") };
    let resources: Vec<&Value> =
        reminder["findings"].as_array().unwrap().iter().map(|finding| &finding["resource"]["arn"]).collect();
    assert_eq!(resources, [&json!(format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/old"))]);
    let left =
        open("kms-key-deleted", "kms-key-lifecycle", &format!("kms:eu-west-1:{ACCOUNT}:key/gone-for-ever"), 2, EARLIER);
    let left = Entry { told: None, history: Vec::new(), pending: Some("storm-0a-1795000000".to_owned()), ..left };
    table.put(&[left]);
    let (findings, _) = Services::new(Faults::default()).scan(&json!({"scan": "2026-11-27T05:00:00Z"}), &ledger);
    let [message] = findings.as_slice() else {
        panic!("a storm whose message never came, and no second reminder: {findings:#?}")
    };
    assert_eq!(message["findings"][0]["rule"], "kms-key-deleted");
    let entries = table.entries();
    let told = entries.iter().find(|entry| entry.subject.resource.ends_with("gone-for-ever")).unwrap();
    assert!(told.told.is_some() && told.pending.is_none());
}
