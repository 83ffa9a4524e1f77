//! Storms and reminders.

use super::*;
use crate::ledger::Notice;
use crate::output::ledger::{gathered, reminder, resolved};
use crate::output::testing::{fixer, machine, text, texts};
use crate::util::time::time;

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

    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Count    4 critical, 191 high (194 new, 1 changed)
    What     Event data store deleted
    Account  111122223333 eu-west-1

    All of them, with credentials of this account:
      sealwatch findings --account 111122223333 --since 2026-11-22T10:00:00Z

    The first 10 resources:
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0039
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0079
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0119
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      CRITICAL arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0159
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000 - Changed:
          open since 2026-11-22T10:00:00Z
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0002
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0003
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0004
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
      HIGH arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0005
          https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
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

    Who      arn:aws:iam::111122223333:user/mira from 192.0.2.2
    Count    3 high (3 resolved)
    What     Event data store deleted
    Account  111122223333 eu-west-1

    All of them, with credentials of this account:
      sealwatch findings --account 111122223333 --all --since 2026-11-22T13:12:00Z

    The resources:
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
          https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-2
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
          https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-2
      RESOLVED arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0002 - The
          resource was deleted by arn:aws:iam::111122223333:user/mira from
          192.0.2.2 with DeleteTrail.
          https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-2
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
    CRITICAL: The trail is not encrypted.
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    State    Open for 4 d, since 2026-11-22T10:00:00Z.
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0039
    Rule     cloudtrail-event-data-store-deleted
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH: The trail is not encrypted.
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    State    Open for 16 d 3 h, since 2026-11-10T07:00:00Z.
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0001
    Rule     cloudtrail-event-data-store-deleted
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH: The trail is not encrypted.
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    State    Open for 4 d, since 2026-11-22T10:00:00Z.
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0000
    Rule     cloudtrail-event-data-store-deleted
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH: The trail is not encrypted.
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    State    Open for 4 d, since 2026-11-22T10:00:00Z.
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0038
    Rule     cloudtrail-event-data-store-deleted
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH: The trail is not encrypted.
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    State    Open for 4 d, since 2026-11-22T10:00:00Z.
    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/s-0040
    Rule     cloudtrail-event-data-store-deleted
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
