//! What one event resolves.

use serde_json::Value;

use super::*;
use crate::engine::finding::Finding;
use crate::engine::outcome::{Outcome, Violation};
use crate::ledger::{Answer, Notice};
use crate::output::ledger::{gathered, resolved};
use crate::output::state::how as how_of;
use crate::output::testing::{answered, fixer, machine, text, texts};

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
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit

    How      Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2
             with UpdateTrail.
    Resolved 2026-11-22T13:12:00Z
             https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-2
    Was      HIGH, open for 3 h 12 min, since 2026-11-22T10:00:00Z
    It said  The key `k` is open to anyone.
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    Account  111122223333 eu-west-1
      finding b19fb3f91b354fa4befee6fa43ace279
      fingerprint fd9c380cdc0f8418374145ed94bddf5c

    ------------------------------------------------------------------------
    RESOLVED: cloudtrail-event-data-store-policy-foreign-account audit
    Was      HIGH, open for 3 h 12 min, since 2026-11-22T10:00:00Z
    It said  The key `k` is open to anyone.
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
        "src_url": "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1",
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
        "description": "*RESOLVED* cloudtrail-event-data-store-deleted audit: open for 3 h 12 min, since 2026-11-22T10:00:00Z. Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail. https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
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
    let how = |reason: Reason, by: By| how_of(&close(&entry, reason, &by)).to_string();
    let call = |name: &str| By { call: name.to_owned(), ..fixer() };
    let exception = By { exception: "sandbox data only".to_owned(), ..fixer() };
    insta::assert_snapshot!([
        how(Reason::Fixed, fixer()),
        how(Reason::Fixed, By::default()),
        how(Reason::Deleted, call("DeleteTrail")),
        how(Reason::Deleted, call("KMS CMK Deletion")),
        how(Reason::Deleted, call("UpdateTrail")),
        how(Reason::Deleted, By::default()),
        how(Reason::Excepted, exception),
        how(Reason::Excepted, fixer()),
    ].join("\n"), @"
    Fixed by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with UpdateTrail.
    The daily scan found it right. Who fixed it is not known.
    The resource was deleted by arn:aws:iam::111122223333:user/mira from 192.0.2.2 with DeleteTrail.
    KMS deleted the key at the end of its waiting period.
    The resource is gone: a look-up after UpdateTrail by arn:aws:iam::111122223333:user/mira from 192.0.2.2 did not find it.
    The daily scan found that the resource is gone. Who deleted it is not known.
    An exception accepts it: sandbox data only
    Its rule is not evaluated any more.
    ");
}

/// The entry of a finding that could not be verified, told.
fn unverified() -> Entry {
    with_findings(&ORDINARY, vec![Violation::new("d".into())], |findings| {
        let outcome = Outcome::Unverified("the key is in another account".into());
        told(entries_of(&[Finding { outcome, ..findings[0].clone() }]).remove(0))
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
    let entries: Vec<Entry> = entries.iter().zip(&by).map(|(one, by)| close(one, Reason::Fixed, by)).collect();
    let reports = resolved(&entries, &Settings::default());
    let counts: Vec<usize> =
        reports.iter().map(|one| machine(published(one))["findings"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 2, 1]);
}
