//! What people and machines get from stored entries.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::{Value, json};

use super::*;
use crate::engine::finding::Finding;
use crate::engine::outcome::{Outcome, Violation};
use crate::ledger::{Answer, By, Notice, Reason};
use crate::output::sns::{Notification, Report, report_with};
use crate::output::testing::{
    ORDINARY, Origin, answered, entries, fixer, machine, published, text, texts, told, violation, with_findings,
    within_limits,
};
use crate::rules::RULE_IDS;
use crate::util::severity::Severity;
use crate::util::time::{DAY, Seconds, time};

fn settings(text: &str) -> Settings {
    Settings::parse(text, &RULE_IDS).unwrap()
}

const BOTH: &str = "[notify]\nchat = true\nformat = 'ocsf'";

/// So many entries of which people were told, with these texts.
fn open(origin: &Origin<'_>, count: usize, detail: &str) -> Vec<Entry> {
    with_findings(origin, vec![violation(detail, "aws x"); count], |findings| {
        entries(findings).into_iter().map(told).collect()
    })
}

fn fixed(entries: &[Entry], reason: Reason, by: &By) -> Vec<Entry> {
    entries.iter().map(|entry| crate::output::testing::resolved(entry, reason, by)).collect()
}

fn one(reports: &[Report]) -> &Notification {
    assert_eq!(reports.len(), 1);
    let notification = published(&reports[0]);
    within_limits(notification);
    notification
}

#[test]
fn what_is_resolved_says_how_long_it_was_open_and_who_fixed_it() {
    let entries = fixed(&open(&ORDINARY, 2, "The key `k` is open to anyone."), Reason::Fixed, &fixer());
    let reports = resolved(&entries, &Settings::default());
    let notification = one(&reports);
    insta::assert_snapshot!(notification.subject, @"[RESOLVED] cloudtrail-event-data-store-deleted audit +1 (111122223333 eu-west-1)");
    insta::assert_debug_snapshot!(notification.attributes, @r#"
    [
        (
            "severity",
            "high",
        ),
        (
            "detector",
            "cloudtrail-trail",
        ),
        (
            "account",
            "111122223333",
        ),
        (
            "region",
            "eu-west-1",
        ),
        (
            "state",
            "resolved",
        ),
    ]
    "#);
    let texts = texts(notification);
    insta::assert_snapshot!(text(&texts, "sms"), @"RESOLVED cloudtrail-event-data-store-deleted audit +1 after 3 h 12 min 111122223333 eu-west-1");
    insta::assert_snapshot!(text(&texts, "email"), @"
    RESOLVED: cloudtrail-event-data-store-deleted audit (and 1 more below)

    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    Account  111122223333 eu-west-1
    Was      HIGH, open for 3 h 12 min, since 2026-11-22T10:00:00Z
    How      Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2
             with UpdateTrail.
    Resolved 2026-11-22T13:12:00Z
    Event    e-2

    ------------------------------------------------------------------------
    RESOLVED cloudtrail-event-data-store-deleted - Event data store deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    HIGH, open for 3 h 12 min, since 2026-11-22T10:00:00Z. Fixed by
        arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.
    It said: The key `k` is open to anyone.
      finding b19fb3f91b354fa4befee6fa43ace279
      fingerprint fd9c380cdc0f8418374145ed94bddf5c

    ------------------------------------------------------------------------
    RESOLVED cloudtrail-event-data-store-policy-foreign-account - CloudTrail
        event data store open to a foreign account
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    HIGH, open for 3 h 12 min, since 2026-11-22T10:00:00Z. Fixed by
        arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.
    It said: The key `k` is open to anyone.
      finding 4158744f797e00e0263a1f51cf1ad6e3
      fingerprint db8d7a3714e25dedb0d5070c1dfbfc21
    ");
    let machine = machine(notification);
    let finding = &machine["findings"][1];
    let state = ["id", "fingerprint", "state", "first_seen", "resolved_at", "resolved_by"].map(|name| &finding[name]);
    insta::assert_json_snapshot!(state, @r#"
    [
      "4158744f797e00e0263a1f51cf1ad6e3",
      "db8d7a3714e25dedb0d5070c1dfbfc21",
      "resolved",
      "2026-11-22T10:00:00Z",
      "2026-11-22T13:12:00Z",
      {
        "call": "UpdateTrail",
        "event": "e-2",
        "reason": "fixed",
        "who": "arn:aws:iam::111122223333:user/mira from 192.0.2.2"
      }
    ]
    "#);
    assert_eq!(finding["fingerprint"], *entries[1].subject.fingerprint);
    let stored: Value = serde_json::from_str(&entries[1].finding).unwrap();
    assert_ne!(finding["id"], stored["id"], "consumers drop a finding whose id they know");
    for member in ["rule", "outcome", "severity", "resource", "event", "detail", "evidence", "remediation"] {
        assert_eq!(finding[member], stored[member], "{member}");
    }
}

#[test]
fn what_is_resolved_is_closed_in_ocsf_and_chat() {
    let entry = open(&ORDINARY, 1, "The key `k` is open to anyone.").remove(0);
    let stored: Value = serde_json::from_str(&entry.finding).unwrap();
    let settings = settings(BOTH);
    let reports = resolved(&fixed(&[entry], Reason::Fixed, &fixer()), &settings);
    let notification = one(&reports);
    let finding = &machine(notification)["findings"][0];
    let members = [
        "/activity_id",
        "/activity_name",
        "/type_uid",
        "/type_name",
        "/time",
        "/status_id",
        "/status",
        "/compliance/status_id",
        "/compliance/status",
        "/metadata/uid",
        "/finding_info",
        "/unmapped",
    ];
    let members: Vec<&Value> = members.iter().map(|path| finding.pointer(path).unwrap()).collect();
    insta::assert_json_snapshot!(members, @r#"
    [
      3,
      "Close",
      200303,
      "Compliance Finding: Close",
      1795353120000,
      4,
      "Resolved",
      1,
      "Pass",
      "b19fb3f91b354fa4befee6fa43ace279",
      {
        "analytic": {
          "name": "cloudtrail-event-data-store-deleted",
          "type": "Rule",
          "type_id": 1,
          "uid": "cloudtrail-event-data-store-deleted"
        },
        "created_time": 1795341600000,
        "desc": "The key `k` is open to anyone.",
        "first_seen_time": 1795341600000,
        "last_seen_time": 1795341600000,
        "modified_time": 1795353120000,
        "title": "Event data store deleted",
        "uid": "fd9c380cdc0f8418374145ed94bddf5c"
      },
      {
        "resolved_by": {
          "call": "UpdateTrail",
          "event": "e-2",
          "reason": "fixed",
          "who": "arn:aws:iam::111122223333:user/mira from 192.0.2.2"
        }
      }
    ]
    "#);
    assert_eq!(finding["finding_info"]["uid"], stored["fingerprint"]);
    let chat: Value = serde_json::from_str(text(&texts(notification), "https")).unwrap();
    insta::assert_json_snapshot!(chat, @r#"
    {
      "content": {
        "description": "*RESOLVED* cloudtrail-event-data-store-deleted audit: open for 3 h 12 min, since 2026-11-22T10:00:00Z. Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.",
        "nextSteps": [],
        "textType": "client-markdown",
        "title": "RESOLVED Event data store deleted"
      },
      "id": "b19fb3f91b354fa4befee6fa43ace279",
      "metadata": {
        "additionalContext": {
          "account": "111122223333",
          "region": "eu-west-1",
          "severity": "high"
        },
        "eventType": "cloudtrail-event-data-store-deleted",
        "relatedResources": [
          "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
        ],
        "summary": "cloudtrail-event-data-store-deleted audit: Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.",
        "threadId": "fd9c380cdc0f8418374145ed94bddf5c"
      },
      "source": "custom",
      "version": "1.0"
    }
    "#);
    assert_eq!(chat["metadata"]["threadId"], stored["fingerprint"]);
}

#[test]
fn the_text_says_why_there_is_no_violation() {
    let entry = open(&ORDINARY, 1, "d").remove(0);
    let how = |reason: Reason, by: By| crate::output::state::how(&fixed(&[entry.clone()], reason, &by)[0]);
    let call = |name: &str| By { call: name.to_owned(), ..fixer() };
    let exception = By { exception: "sandbox data only".to_owned(), ..fixer() };
    insta::assert_snapshot!([
        how(Reason::Fixed, fixer()),
        how(Reason::Fixed, By::default()),
        how(Reason::Deleted, call("DeleteTrail")),
        how(Reason::Deleted, call("UpdateTrail")),
        how(Reason::Deleted, By::default()),
        how(Reason::Excepted, exception),
        how(Reason::Excepted, fixer()),
    ].join("\n"), @"
    Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.
    The daily scan found it right. Who fixed it is not known.
    The resource was deleted by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with DeleteTrail.
    The resource is gone: a look-up after UpdateTrail by arn:aws:iam::111122223333:user/mira from 192.0.2.2 did not find it.
    The daily scan found that the resource is gone. Who deleted it is not known.
    An exception accepts it: sandbox data only
    The settings do not report it any more.
    ");
}

/// The entry of a finding that could not be verified, told.
fn unverified() -> Entry {
    with_findings(&ORDINARY, vec![Violation::new("d")], |findings| {
        let outcome = Outcome::Unverified("the key is in another account".into());
        told(entries(&[Finding { outcome, ..findings[0].clone() }]).remove(0))
    })
}

#[test]
fn what_was_only_unverified_says_so() {
    let entries = fixed(&[unverified()], Reason::Fixed, &fixer());
    let reports = resolved(&entries, &Settings::default());
    let texts = texts(one(&reports));
    let email = text(&texts, "email").replace("\n         ", " ");
    assert!(
        email.contains("Was      HIGH, unverified for 3 h 12 min, since 2026-11-22T10:00:00Z; it is verified now\n"),
        "{email}"
    );
    // nobody was told
    let silent = settings("notify.unverified = false");
    assert_eq!(resolved(&entries, &silent), []);
    assert_eq!(gathered(&[(Notice::Resolved, &entries[0])], &silent), []);
    // a violation that could not be verified for a while was told
    let finding = unverified().finding;
    let doubted =
        answered(&open(&ORDINARY, 1, "d")[0], 60, Answer::Unknown { severity: Severity::High, finding }, &fixer());
    let reports = resolved(&fixed(&[told(doubted)], Reason::Fixed, &fixer()), &silent);
    assert!(!one(&reports).message.contains("unverified for"));
}

#[test]
fn each_event_has_a_message_and_the_scan_one_for_each_account() {
    let entries = open(&ORDINARY, 4, "d");
    let other = By { event: "e-3".to_owned(), ..fixer() };
    let by = [fixer(), By::default(), other, fixer()];
    let entries: Vec<Entry> =
        entries.iter().zip(&by).flat_map(|(one, by)| fixed(&[one.clone()], Reason::Fixed, by)).collect();
    let reports = resolved(&entries, &Settings::default());
    let counts: Vec<usize> =
        reports.iter().map(|one| machine(published(one))["findings"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 2, 1]);
}

/// One violation of one rule for each of so many trails, by one caller.
fn storm(count: usize) -> Vec<Entry> {
    let template = open(&ORDINARY, 1, "The trail is not encrypted.").remove(0);
    let one = |number: usize| {
        let mut entry = template.clone();
        let arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-{number:04}");
        let mut finding: Value = serde_json::from_str(&entry.finding).unwrap();
        finding["resource"] = json!({"type": "AWS::CloudTrail::Trail", "arn": arn, "name": format!("s-{number:04}")});
        entry.finding = finding.to_string();
        entry.subject.fingerprint = format!("{number:032x}");
        entry.subject.resource = arn;
        entry.told = None;
        entry.severity = if number % 40 == 39 { Severity::Critical } else { Severity::High };
        entry
    };
    (0..count).map(one).collect()
}

#[test]
fn a_storm_is_one_message_with_counts_and_the_command_that_lists_all() {
    let entries = storm(195);
    let noticed: Vec<(Notice, &Entry)> = entries
        .iter()
        .enumerate()
        .map(|(number, entry)| (if number == 0 { Notice::Changed } else { Notice::Opened }, entry))
        .collect();
    let reports = gathered(&noticed, &settings("notify.chat = true"));
    let notification = one(&reports);
    insta::assert_snapshot!(notification.subject, @"[CRITICAL] cloudtrail-event-data-store-deleted: 195 more by user/dev (111122223333 eu-west-1)");
    let texts = texts(notification);
    insta::assert_snapshot!(text(&texts, "sms"), @"CRITICAL cloudtrail-event-data-store-deleted: 195 more by user/dev 111122223333 eu-west-1");
    insta::assert_snapshot!(text(&texts, "email"), @"
    CRITICAL: cloudtrail-event-data-store-deleted: 195 more by user/dev

    Rule     cloudtrail-event-data-store-deleted - Event data store deleted
    Account  111122223333 eu-west-1
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Count    4 critical, 191 high (194 new, 1 changed)

    All of them, with credentials of this account:
      sealwatch findings --account 111122223333 --since 2026-11-22T10:00:00Z

    The first 10 resources:
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0039
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0079
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0119
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0159
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000 - Changed:
          open since 2026-11-22T10:00:00Z
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0002
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0003
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0004
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0005
      185 more: the command above lists them
    ");
    let chat: Value = serde_json::from_str(text(&texts, "https")).unwrap();
    insta::assert_json_snapshot!([&chat["content"]["title"], &chat["content"]["nextSteps"], &chat["metadata"]["threadId"]], @r#"
    [
      "CRITICAL cloudtrail-event-data-store-deleted: 195 more by user/dev",
      [
        "`sealwatch findings --account 111122223333 --since 2026-11-22T10:00:00Z`"
      ],
      "73b828c9858b59e3f1aa947a8bb11b34"
    ]
    "#);
    let machine = machine(notification);
    assert_eq!(machine["findings"].as_array().unwrap().len(), 195);
    let mut fingerprints: Vec<&str> =
        machine["findings"].as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 195);
}

#[test]
fn what_a_storm_resolved_has_a_message_of_its_own() {
    let open = storm(3);
    let fixed = fixed(
        &open.iter().cloned().map(told).collect::<Vec<_>>(),
        Reason::Deleted,
        &By { call: "DeleteTrail".to_owned(), ..fixer() },
    );
    let mut noticed: Vec<(Notice, &Entry)> = open.iter().map(|entry| (Notice::Opened, entry)).collect();
    noticed.extend(fixed.iter().map(|entry| (Notice::Resolved, entry)));
    let reports = gathered(&noticed, &Settings::default());
    let subjects: Vec<&str> = reports.iter().map(|report| &*published(report).subject).collect();
    insta::assert_snapshot!(subjects.join("\n"), @"
    [HIGH] cloudtrail-event-data-store-deleted: 3 more by user/dev (111122223333 eu-west-1)
    [RESOLVED] cloudtrail-event-data-store-deleted: 3 more by user/mira (111122223333 eu-west-1)
    ");
    insta::assert_snapshot!(text(&texts(published(&reports[1])), "email"), @"
    RESOLVED: cloudtrail-event-data-store-deleted: 3 more by user/mira

    Rule     cloudtrail-event-data-store-deleted - Event data store deleted
    Account  111122223333 eu-west-1
    Who      arn:aws:iam::111122223333:user/mira from 192.0.2.2
    Count    3 high (3 resolved)

    All of them, with credentials of this account:
      sealwatch findings --account 111122223333 --all --since 2026-11-22T13:12:00Z

    The resources:
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0002 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
    ");
}

#[test]
fn a_reminder_names_what_is_open_longest() {
    let mut entries = storm(41);
    entries.drain(2..38);
    let mut low = entries[0].clone();
    low.severity = Severity::Medium;
    entries.push(low);
    entries[1].opened_at = Some("2026-11-10T07:00:00Z".to_owned());
    entries.extend(fixed(&open(&ORDINARY, 1, "d"), Reason::Fixed, &fixer()));
    let now = time("2026-11-26T10:00:00Z").unwrap();
    let Some(Report::Publish(notification)) =
        reminder("111122223333", "eu-west-1", &entries, now, &settings("notify.chat = true"))
    else {
        panic!("nothing published")
    };
    within_limits(&notification);
    insta::assert_snapshot!(notification.subject, @"[CRITICAL] Reminder: 1 critical, 4 high open for up to 16 d 3 h (111122223333 eu-west-1)");
    insta::assert_debug_snapshot!(notification.attributes, @r#"
    [
        (
            "severity",
            "critical",
        ),
        (
            "detector",
            "reminder",
        ),
        (
            "account",
            "111122223333",
        ),
        (
            "region",
            "eu-west-1",
        ),
        (
            "state",
            "open",
        ),
    ]
    "#);
    let texts = texts(&notification);
    insta::assert_snapshot!(text(&texts, "sms"), @"Reminder of 111122223333 eu-west-1: 1 critical, 4 high open for up to 16 d 3 h");
    insta::assert_snapshot!(text(&texts, "email"), @"
    Reminder of 111122223333 eu-west-1: 1 critical, 4 high open for up to 16
        d 3 h

    All that is open, and how to fix each, with credentials of this account:
      sealwatch findings --account 111122223333

    ------------------------------------------------------------------------
    CRITICAL cloudtrail-event-data-store-deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0039
    Open for 4 d, since 2026-11-22T10:00:00Z.
    The trail is not encrypted.
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001
    Open for 16 d 3 h, since 2026-11-10T07:00:00Z.
    The trail is not encrypted.
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000
    Open for 4 d, since 2026-11-22T10:00:00Z.
    The trail is not encrypted.
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0038
    Open for 4 d, since 2026-11-22T10:00:00Z.
    The trail is not encrypted.
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-deleted
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0040
    Open for 4 d, since 2026-11-22T10:00:00Z.
    The trail is not encrypted.
      finding c83601a811af000636fe04e9f5b533e5
    ");
    let machine = machine(&notification);
    assert_eq!((machine["findings"].as_array().unwrap().len(), &machine["left_out"]), (5, &json!(0)));
    assert_eq!((&machine["detector"], &machine["findings"][0]["state"]), (&json!("reminder"), &json!("open")));
    assert_eq!(reminder("1", "r", &entries[5..], now, &Settings::default()), None);
    assert_eq!(reminder("1", "r", &[], now, &Settings::default()), None);
}

#[test]
fn what_is_below_the_minimum_severity_is_kept() {
    let critical = settings("notify.min_severity = 'critical'");
    let entries = open(&ORDINARY, 3, "d");
    let fixed = fixed(&entries, Reason::Fixed, &fixer());
    let gathered = gathered(&[(Notice::Opened, &entries[0])], &critical);
    for (reports, count) in [(resolved(&fixed, &critical), 3), (gathered, 1)] {
        let [Report::Keep(kept)] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!(kept["findings"].as_array().unwrap().len(), count);
    }
    assert_eq!(reminder("1", "r", &entries, 0, &critical), None);
}

/// The message about findings of which a ledger has entries.
fn tell(entries: &[(Notice, Entry)], text: &str) -> Notification {
    with_findings(&ORDINARY, vec![violation("The key `k` is open to anyone.", "aws x"); entries.len()], |findings| {
        let entries = entries.iter().map(|(notice, entry)| (entry.subject.fingerprint.clone(), (*notice, entry)));
        let Some(Report::Publish(notification)) = report_with("d", findings, &entries.collect(), &settings(text))
        else {
            panic!("nothing published")
        };
        within_limits(&notification);
        notification
    })
}

/// An entry that was resolved, and is open again.
fn reopened(entry: &Entry) -> Entry {
    let mut closed = fixed(&[entry.clone()], Reason::Fixed, &fixer()).remove(0);
    assert!(closed.confirm("i-2", DAY));
    answered(&closed, DAY, wrong(entry, Severity::High), &By { event: "e-3".to_owned(), ..fixer() })
}

fn wrong(entry: &Entry, severity: Severity) -> Answer {
    Answer::Wrong { severity, evidence: "other".to_owned(), finding: entry.finding.clone() }
}

#[test]
fn people_read_what_is_special() {
    let entries = open(&ORDINARY, 2, "d");
    let changed = answered(&entries[0], 60, wrong(&entries[0], Severity::Critical), &fixer());
    let both = [(changed.notice().unwrap(), changed), (Notice::Reopened, reopened(&entries[1]))];
    let texts = texts(&tell(&both, "notify.chat = true"));
    insta::assert_snapshot!(text(&texts, "email"), @"
    HIGH: The key `k` is open to anyone. (and 1 more below)

    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    Account  111122223333 eu-west-1
    State    Changed: open since 2026-11-22T10:00:00Z (it was high)
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Call     CreateTrail at 2026-11-22T10:00:00Z
    Event    e-1

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-deleted - Event data store deleted
    Changed: open since 2026-11-22T10:00:00Z (it was high)
    The key `k` is open to anyone.

    Fix (AWS CLI):
      aws x
    Console  c
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RestoreEventDataStore.html
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH cloudtrail-event-data-store-policy-foreign-account - CloudTrail
    event data store open to a foreign account
    Open again: it was resolved on 2026-11-22T13:12:00Z
    The key `k` is open to anyone.

    Fix (AWS CLI):
      aws x
    Console  c
      https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html
      https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html
      finding 8bdc31a0c720d93c4d0edb71ebaedcda
    ");
    let chat: Value = serde_json::from_str(text(&texts, "https")).unwrap();
    insta::assert_snapshot!(chat["content"]["description"].as_str().unwrap(), @"
    *HIGH* Changed: open since 2026-11-22T10:00:00Z (it was high). The key 'k' is open to anyone.
    *HIGH* Open again: it was resolved on 2026-11-22T13:12:00Z. The key 'k' is open to anyone.
    ");
}

#[test]
fn documents_have_their_state_and_one_uid_for_all_activities() {
    let entries = open(&ORDINARY, 2, "d");
    let fresh =
        with_findings(&ORDINARY, vec![Violation::new("d")], |findings| super::tests::entries(findings).remove(0));
    let again = reopened(&entries[1]);
    let fingerprint = again.subject.fingerprint.clone();
    let both = [(Notice::Opened, fresh), (Notice::Reopened, again.clone())];
    let own = machine(&tell(&both, ""));
    let states = own["findings"].as_array().unwrap().iter().map(|one| (&one["state"], &one["first_seen"]));
    assert_eq!(states.collect::<Vec<_>>(), [(&json!("open"), &json!("2026-11-22T10:00:00Z")); 2]);
    let notification = tell(&both, "notify.format = 'ocsf'");
    assert!(notification.attributes.contains(&("state", "open".to_owned())));
    let ocsf = machine(&notification);
    let activities = ocsf["findings"].as_array().unwrap().iter();
    let activities =
        activities.map(|one| json!([one["activity_id"], one["type_uid"], one["status_id"], one["status"]]));
    assert_eq!(activities.collect::<Vec<_>>(), [json!([1, 200_301, 1, "New"]), json!([2, 200_302, 2, "In Progress"])]);
    let closed = document(&fixed(&[again], Reason::Fixed, &fixer())[0], &settings(BOTH));
    for document in [&ocsf["findings"][1], &closed] {
        assert_eq!(document["finding_info"]["uid"], *fingerprint);
    }
    assert_ne!(closed["metadata"]["uid"], ocsf["findings"][1]["metadata"]["uid"]);
}

#[test]
fn a_stored_finding_and_a_live_one_give_the_same_documents() {
    for text in ["", "notify.format = 'ocsf'"] {
        let settings = settings(text);
        with_findings(&ORDINARY, vec![violation("d", "aws x"); 5], |findings| {
            for (entry, finding) in super::tests::entries(findings).iter().zip(findings) {
                let entries = [(entry.subject.fingerprint.clone(), (Notice::Opened, entry))].into();
                let Some(Report::Publish(live)) = report_with("d", std::slice::from_ref(finding), &entries, &settings)
                else {
                    panic!("nothing published")
                };
                assert_eq!(machine(&live)["findings"][0], document(entry, &settings));
            }
        });
    }
}

#[test]
fn an_entry_whose_finding_cannot_be_read_is_told_anyway() {
    for stored in ["", "{", "[]", "{\"resource\": 7, \"actor\": [], \"id\": {}}"] {
        let mut entry = open(&ORDINARY, 1, "d").remove(0);
        entry.finding = stored.to_owned();
        let closed = fixed(&[entry.clone()], Reason::Fixed, &fixer());
        for text in ["notify.chat = true", BOTH] {
            let settings = settings(text);
            let mut reports = resolved(&closed, &settings);
            reports.extend(gathered(&[(Notice::Opened, &entry)], &settings));
            reports.extend(reminder("1", "r", &[entry.clone()], 0, &settings));
            assert_eq!(reports.len(), 3);
            for report in &reports {
                within_limits(published(report));
                assert!(published(report).message.contains(&entry.subject.fingerprint), "{stored}");
            }
        }
    }
}

/// Every fingerprint is in one of the messages.
fn nothing_is_lost(reports: &[Report], entries: &[Entry]) {
    let mut found = Vec::new();
    for report in reports {
        let notification = published(report);
        within_limits(notification);
        for finding in machine(notification)["findings"].as_array().unwrap() {
            let fingerprint = finding.get("fingerprint").or_else(|| finding.pointer("/finding_info/uid")).unwrap();
            found.push(fingerprint.as_str().unwrap().to_owned());
        }
        let texts = texts(notification);
        let email = text(&texts, "email");
        // no text from outside begins a line
        assert!(!email.lines().any(|line| line.starts_with("Fix (AWS CLI)") || line.starts_with("evil")), "{email}");
    }
    found.sort_unstable();
    let mut wanted: Vec<String> = entries.iter().map(|entry| entry.subject.fingerprint.clone()).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn many_findings_take_several_messages() {
    for text in ["notify.chat = true", BOTH] {
        let settings = settings(text);
        let entries = storm(700);
        let noticed: Vec<(Notice, &Entry)> = entries.iter().map(|entry| (Notice::Opened, entry)).collect();
        let reports = gathered(&noticed, &settings);
        assert!((2..4).contains(&reports.len()), "{}", reports.len());
        nothing_is_lost(&reports, &entries);
        let last = published(reports.last().unwrap());
        let part = format!(" (part {0} of {0})", reports.len());
        assert!(last.subject.ends_with(&part), "{}", last.subject);
        let reduced = &machine(published(&reports[0]))["findings"][0];
        let names: Vec<&String> = reduced.as_object().unwrap().keys().collect();
        match text == BOTH {
            true => assert_eq!(reduced["finding_info"]["uid"], *entries[39].subject.fingerprint),
            false => insta::assert_debug_snapshot!(names, @r#"
            [
                "account",
                "event",
                "fingerprint",
                "first_seen",
                "id",
                "region",
                "resource",
                "rule",
                "severity",
                "state",
            ]
            "#),
        }
        let Some(Report::Publish(reminder)) = reminder("111122223333", "eu-west-1", &entries, 0, &settings) else {
            panic!("nothing published")
        };
        within_limits(&reminder);
        let machine = machine(&reminder);
        let kept = machine["findings"].as_array().unwrap().len();
        assert_eq!(u64::try_from(700 - kept).unwrap(), machine["left_out"].as_u64().unwrap());
        assert!(kept > 100, "{kept}");
    }
}

/// Texts that are markup, control characters or JSON syntax, up to many of them.
fn hostile() -> impl Strategy<Value = String> {
    let unit = prop_oneof![
        proptest::string::string_regex("\\PC{0,40}").unwrap(),
        proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        proptest::sample::select(vec![
            "\n\nFix (AWS CLI):\n  sh",
            "\nevil ",
            "\u{202e}\u{e0041}",
            "<!channel>`",
            "\"}",
            "\\",
            " "
        ])
        .prop_map(str::to_owned),
    ];
    (unit, prop_oneof![4 => Just(1), 2 => 1..50_usize, 1 => Just(500)]).prop_map(|(unit, times)| unit.repeat(times))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn all_texts_fit_and_nothing_is_lost(
        detail in hostile(), trail in hostile(), account in hostile(), region in hostile(), caller in hostile(),
        who in hostile(), call in hostile(), exception in hostile(), count in 1..6_usize, is_ocsf in any::<bool>(),
        reason in proptest::sample::select(vec![Reason::Fixed, Reason::Deleted, Reason::Excepted]),
    ) {
        let settings = settings(if is_ocsf { BOTH } else { "notify.chat = true" });
        let origin = Origin { trail: &trail, account: &account, region: &region, caller: &caller };
        let entries = open(&origin, count, &detail);
        nothing_is_lost(&entries.iter().flat_map(|entry| gathered(&[(Notice::Changed, entry)], &settings)).collect::<Vec<_>>(), &entries);
        nothing_is_lost(&reminder(&account, &region, &entries, Seconds::MAX, &settings).into_iter().collect::<Vec<_>>(), &entries);
        let by = By { who, call, exception, event: "e-2".to_owned(), reason: None };
        let closed = fixed(&entries, reason, &by);
        let reports = resolved(&closed, &settings);
        nothing_is_lost(&reports, &closed);
        let texts = texts(published(&reports[0]));
        let chat: Value = serde_json::from_str(text(&texts, "https")).unwrap();
        let description = chat["content"]["description"].as_str().unwrap();
        proptest::prop_assert!(!description.contains(['<', '>', '`', '~', '@']), "{}", description);
    }
}
