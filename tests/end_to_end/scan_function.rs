//! Tests the function that scans: a hub whose member cannot be scanned, and a part that goes on where the last one ended. FAKE
//! services stand in for AWS, because the local AWS lets everybody assume every role.

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN};
use crate::fake_account::{FakeAccount, Faults};
use crate::fake_aws::FakeAws;
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
