//! `trusted_accounts = "organization"`: what is looked up, and what the outcome is with and without the list of accounts.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at surprises")]

use std::collections::BTreeSet;
use std::sync::Arc;

use sealwatch_rules::engine::lookup::{LIST_ACCOUNTS, OrganizationAccounts};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::rules::{DETECTORS, RULE_IDS};
use sealwatch_rules::{Event, Facts, LookupResult, Settings, evaluate, pending_lookups};
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/orders";
const MEMBER: &str = "444455556666";
const STRANGER: &str = "777788889999";

/// A `PutKeyPolicy` with this statement.
fn policy(statement: &Value) -> (&'static str, &'static str, Value) {
    let mut statement = statement.clone();
    statement["Effect"] = json!("Allow");
    statement["Resource"] = json!("*");
    let root = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [root, statement]}).to_string();
    ("PutKeyPolicy", "kms.amazonaws.com", json!({"keyId": KEY, "policy": policy}))
}

fn admitting(accounts: &[&str]) -> (&'static str, &'static str, Value) {
    policy(&json!({"Principal": {"AWS": accounts}, "Action": "kms:Decrypt"}))
}

/// What the rule says about the call. `accounts` are those of the organization, `None` if they are not known, or why.
fn outcome(
    rule: &str,
    call: &(&str, &str, Value),
    settings: &str,
    accounts: Option<Result<&[&str], &str>>,
) -> (String, bool) {
    let (name, source, request) = call;
    let record =
        json!({"eventName": name, "eventSource": source, "eventTime": "2026-11-22T10:00:00Z", "eventID": "e-1",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": request})
        .to_string();
    let event = Event::parse(&record).unwrap();
    let detector = DETECTORS.iter().find(|detector| detector.rules.iter().any(|it| it.id == rule)).unwrap();
    let change = event.change_for(detector).unwrap();
    let settings = Settings::parse(settings, &RULE_IDS).unwrap();
    let mut facts = Facts::default();
    let mut asked = false;
    for lookup in pending_lookups(&change, &facts, &settings, Phase::All) {
        if lookup.call != LIST_ACCOUNTS {
            continue;
        }
        asked = true;
        let result = match accounts {
            None => continue,
            Some(Ok(ids)) => LookupResult::Accounts(list(ids, false)),
            Some(Err(why)) => LookupResult::Unknown(why.into()),
        };
        facts.insert(lookup, result);
    }
    let findings = evaluate(&change, &facts, &settings);
    let finding = findings.iter().find(|finding| finding.rule.id == rule).unwrap();
    (finding.detail().to_string(), asked)
}

fn list(ids: &[&str], stale: bool) -> OrganizationAccounts {
    let ids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    OrganizationAccounts { ids: Arc::new(ids), stale }
}

const TRUSTING: &str = "keys.trusted_accounts = 'organization'";
const FOREIGN: &str = "kms-key-policy-foreign-account";

#[test]
fn the_list_of_accounts_decides() {
    let says = |accounts: &[&str], known: Option<Result<&[&str], &str>>| {
        outcome(FOREIGN, &admitting(accounts), TRUSTING, known)
    };
    let members: Option<Result<&[&str], &str>> = Some(Ok(&[MEMBER, "111122223333"]));
    assert_eq!(says(&[MEMBER], members), ("Compliant.".to_owned(), true));
    insta::assert_snapshot!(says(&[MEMBER, STRANGER], members).0, @"The policy of the key `orders` lets account 777788889999 call kms:Decrypt. Its administrators decide who uses the key.");
    insta::assert_snapshot!(says(&[MEMBER, STRANGER], None).0, @"Could not be verified: the policy admits account 444455556666 and account 777788889999, which may belong to the organization; the accounts of the organization are not known: run `aws organizations list-accounts` in its management account and pass its output with --facts.");
    insta::assert_snapshot!(says(&[MEMBER], Some(Err("`organizations:ListAccounts` was denied"))).0, @"Could not be verified: the policy admits account 444455556666, which may belong to the organization; the accounts of the organization are not known: `organizations:ListAccounts` was denied.");
}

#[test]
fn it_is_looked_up_only_if_it_decides() {
    let asked = |call: &(&'static str, &'static str, Value), settings: &str| outcome(FOREIGN, call, settings, None);
    assert!(!asked(&admitting(&[MEMBER]), "").1, "the settings do not trust the organization");
    assert_eq!(asked(&admitting(&["111122223333"]), TRUSTING), ("Compliant.".to_owned(), false));
    assert_eq!(
        asked(&admitting(&[MEMBER]), "keys.trusted_accounts = ['444455556666', 'organization']"),
        ("Compliant.".to_owned(), false)
    );
    assert!(asked(&admitting(&[STRANGER]), "keys.trusted_accounts = ['444455556666', 'organization']").1);
}

#[test]
fn a_violation_that_does_not_depend_on_it_stays_one() {
    let mut call = admitting(&[MEMBER]);
    let two = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "kms:Decrypt", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-q1w2e3r4t5"}}}]});
    call.2["policy"] = json!(two.to_string());
    let settings = format!("{TRUSTING}\nkeys.trusted_organizations = ['o-a1b2c3d4e5']");
    let (said, asked) = outcome(FOREIGN, &call, &settings, None);
    assert!(asked);
    insta::assert_snapshot!(said, @"The policy of the key `orders` lets every account of organization o-q1w2e3r4t5 call kms:Decrypt. Its administrators decide who uses the key.");
}

#[test]
fn all_that_trusted_accounts_counts_for_asks() {
    let known: Option<Result<&[&str], &str>> = Some(Ok(&[MEMBER]));
    let condition = |condition: Value, service: bool| {
        let principal = if service { json!({"Service": "sns.amazonaws.com"}) } else { json!("*") };
        policy(&json!({"Principal": principal, "Action": "kms:Decrypt", "Condition": condition}))
    };
    let stream = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "kinesis:GetRecords", "Resource": "*"}});
    let stream =
        json!({"resourceARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks", "policy": stream.to_string()});
    let cluster = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "kafka-cluster:ReadData", "Resource": "*"}});
    let cluster = json!({"clusterArn": "arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster%2Forders%2F0a1b-2", "policy": cluster.to_string()});
    let store = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "cloudtrail:*", "Resource": "*"}});
    let store = json!({"resourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0a1b-2", "resourcePolicy": store.to_string()});
    for (rule, call) in [
        (FOREIGN, condition(json!({"StringEquals": {"aws:SourceAccount": MEMBER}}), true)),
        (FOREIGN, condition(json!({"StringEquals": {"kms:CallerAccount": MEMBER}}), false)),
        ("kms-key-policy-public", condition(json!({"StringEquals": {"aws:VpceAccount": MEMBER}}), false)),
        (
            "kms-key-policy-public",
            condition(json!({"ArnLike": {"aws:SourceVpcArn": format!("arn:aws:ec2:*:{MEMBER}:vpc/*")}}), false),
        ),
        (
            "kms-grant-to-foreign-account",
            (
                "CreateGrant",
                "kms.amazonaws.com",
                json!({"keyId": KEY, "granteePrincipal": format!("arn:aws:iam::{MEMBER}:role/etl"), "operations": ["Decrypt"]}),
            ),
        ),
        ("kinesis-stream-policy-foreign-account", ("PutResourcePolicy", "kinesis.amazonaws.com", stream)),
        ("msk-cluster-policy-foreign-account", ("PutClusterPolicy", "kafka.amazonaws.com", cluster)),
        (
            "cloudtrail-event-data-store-policy-foreign-account",
            ("PutResourcePolicy", "cloudtrail.amazonaws.com", store),
        ),
    ] {
        let said = outcome(rule, &call, TRUSTING, known);
        assert_eq!(said, ("Compliant.".to_owned(), true), "{rule} {call:?}");
        let (said, asked) = outcome(rule, &call, TRUSTING, None);
        assert!(
            asked && said.starts_with("Could not be verified") && said.contains("organizations list-accounts"),
            "{rule} {call:?}: {said}"
        );
        let (said, _) = outcome(rule, &call, TRUSTING, Some(Ok(&[])));
        assert!(!said.contains("list-accounts") && said != "Compliant.", "{rule} {call:?}: {said}");
    }
}

#[test]
fn a_stale_list_is_looked_up_again_for_an_account_that_is_not_in_it() {
    let (name, source, request) = admitting(&[MEMBER]);
    let record =
        json!({"eventName": name, "eventSource": source, "eventTime": "2026-11-22T10:00:00Z", "eventID": "e-1",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": request})
        .to_string();
    let event = Event::parse(&record).unwrap();
    let change = event.change_for(&sealwatch_rules::rules::kms_key_policy::DETECTOR).unwrap();
    let settings = Settings::parse(TRUSTING, &RULE_IDS).unwrap();
    let mut facts = Facts::default();
    for (accounts, pending) in [(list(&[STRANGER], true), 1), (list(&[MEMBER], true), 0), (list(&[STRANGER], false), 0)]
    {
        let lookup = sealwatch_rules::Lookup::new(LIST_ACCOUNTS, "organization");
        facts.insert(lookup, LookupResult::Accounts(accounts.clone()));
        assert_eq!(pending_lookups(&change, &facts, &settings, Phase::All).len(), pending, "{accounts:?}");
    }
}

#[test]
fn the_output_of_the_aws_cli_is_the_list() {
    let mut facts = Facts::default();
    let account = |id: &str, state: &str| {
        json!({"Id": id, "Arn": format!("arn:aws:organizations::111122223333:account/o-a1b2c3d4e5/{id}"), "Email": "a@example.com",
            "Name": "a", "Status": state, "State": state, "JoinedMethod": "CREATED", "JoinedTimestamp": "2026-01-01T00:00:00Z"})
    };
    facts.insert_cli_output(&json!({"Accounts": [account("111122223333", "ACTIVE")]})).unwrap();
    facts.insert_cli_output(&json!({"Accounts": [account(MEMBER, "SUSPENDED")]})).unwrap();
    let why = |output: Value| Facts::default().insert_cli_output(&output).unwrap_err();
    assert!(why(json!({"Accounts": [], "NextToken": "more"})).contains("--max-items"));
    assert!(why(json!({"Accounts": [{"Name": "a"}]})).contains("has no `Id`"));
    let (name, source, request) = admitting(&[MEMBER]);
    let record =
        json!({"eventName": name, "eventSource": source, "eventTime": "2026-11-22T10:00:00Z", "eventID": "e-1",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": request})
        .to_string();
    let event = Event::parse(&record).unwrap();
    let change = event.change_for(&sealwatch_rules::rules::kms_key_policy::DETECTOR).unwrap();
    let settings = Settings::parse(TRUSTING, &RULE_IDS).unwrap();
    assert_eq!(pending_lookups(&change, &facts, &settings, Phase::All), []);
    let findings = evaluate(&change, &facts, &settings);
    assert!(findings.iter().all(|finding| !finding.is_violation()));
}
