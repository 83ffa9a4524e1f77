//! Findings made by hand, for tests of the formats.

use serde_json::{Value, json};

use crate::engine::change::Event;
use crate::engine::finding::Finding;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::language::Language;
use crate::ledger::{Answer, By, Entry, Moment, Observation, Origin as Seen, Reason, observations};
use crate::output::sns::{MAX_BYTES, Notification, Report};
use crate::rules::DETECTORS;
use crate::util::severity::Severity;
use crate::util::text::{plain, plain_lines, units};
use crate::util::time::{DAY, Seconds};

/// The texts of a record that a caller or a replayed file determines.
pub(super) struct Origin<'a> {
    pub(super) trail: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) caller: &'a str,
}

/// Ordinary texts.
pub(super) const ORDINARY: Origin<'static> = Origin {
    trail: "audit",
    account: "111122223333",
    region: "eu-west-1",
    caller: "arn:aws:iam::111122223333:user/dev",
};

/// A violation with this detail and this command.
pub(super) fn violation(detail: &str, cli: &str) -> Violation {
    let mut violation = Violation::new(detail.into());
    violation.remediation = Remediation { cli: cli.to_owned(), terraform: "t".to_owned(), console: "c".into() };
    violation
}

/// Runs a check on one finding for each violation, all of different rules while there are enough of them.
pub(super) fn with_findings<T>(
    origin: &Origin<'_>,
    violations: Vec<Violation>,
    check: impl FnOnce(&[Finding<'_>]) -> T,
) -> T {
    let text = json!({"eventName": "CreateTrail", "eventSource": "cloudtrail.amazonaws.com", "eventID": "e-1",
        "eventTime": "2026-11-22T10:00:00Z", "awsRegion": origin.region, "recipientAccountId": origin.account,
        "sourceIPAddress": "192.0.2.1", "userIdentity": {"type": "IAMUser", "arn": origin.caller},
        "requestParameters": {"name": origin.trail}})
    .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.changes().remove(0);
    let rules = DETECTORS.iter().flat_map(|detector| detector.rules.iter().copied()).cycle();
    let findings: Vec<Finding<'_>> = rules
        .zip(violations)
        .map(|(rule, violation)| Finding {
            rule,
            outcome: Outcome::Violation(Box::new(violation)),
            severity: Severity::High,
            change: &change,
            exception: None,
            expired_exception: None,
            hides_nil_uuid: false,
            not_found: false,
        })
        .collect();
    check(&findings)
}

/// A text in an object of `texts`, all of which are texts.
pub(super) fn text<'v>(texts: &'v Value, name: &str) -> &'v str {
    texts[name].as_str().unwrap()
}

/// How long a ledger keeps resolved entries.
const KEEP: Seconds = 400 * DAY;

/// The entries of these findings, before anyone was told.
pub(super) fn entries(findings: &[Finding<'_>]) -> Vec<Entry> {
    entries_in(findings, Language::English)
}

/// The same, for people who read this language.
pub(super) fn entries_in(findings: &[Finding<'_>], language: Language) -> Vec<Entry> {
    observations(findings, language, Seen::Event, 0).iter().filter_map(|one| Entry::merge(None, one, KEEP)).collect()
}

/// An entry after its message is published.
pub(super) fn told(mut entry: Entry) -> Entry {
    entry.claim("i-1");
    assert!(entry.confirm("i-1", KEEP));
    entry
}

/// An entry about which this many seconds later somebody gives this answer; the message about it is claimed.
pub(super) fn answered(entry: &Entry, after: Seconds, answer: Answer, by: &By) -> Entry {
    let moment = Moment {
        time: entry.look().unwrap().moment.time + after,
        rank: 1,
        wrong: matches!(answer, Answer::Wrong { .. }),
        event: by.event.clone(),
    };
    let origin = if by.event.is_empty() { Seen::Scan } else { Seen::Event };
    let observation = Observation { subject: entry.subject.clone(), moment, origin, answer, by: by.clone() };
    let mut entry = Entry::merge(Some(entry), &observation, KEEP).unwrap();
    entry.claim("i-2");
    entry
}

/// An entry that is resolved three hours and twelve minutes later.
pub(super) fn resolved(entry: &Entry, reason: Reason, by: &By) -> Entry {
    answered(entry, 11_520, Answer::Right(reason), by)
}

/// Somebody who fixes things.
pub(super) fn fixer() -> By {
    By {
        who: "arn:aws:iam::111122223333:user/mira from 192.0.2.2".to_owned(),
        call: "UpdateTrail".to_owned(),
        event: "e-2".to_owned(),
        ..By::default()
    }
}

/// What is published.
pub(super) fn published(report: &Report) -> &Notification {
    match report {
        Report::Publish(notification) => notification,
        Report::Keep(kept) => panic!("kept: {kept}"),
    }
}

/// The texts of a notification by protocol.
pub(super) fn texts(notification: &Notification) -> Value {
    serde_json::from_str(&notification.message).unwrap()
}

/// The text for programs.
pub(super) fn machine(notification: &Notification) -> Value {
    serde_json::from_str(text(&texts(notification), "default")).unwrap()
}

/// What SNS accepts: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub(super) fn within_limits(notification: &Notification) {
    within_limits_of(notification, Language::English);
}

/// The same for a language.
pub(super) fn within_limits_of(notification: &Notification, language: Language) {
    assert!(notification.subject.len() < 100, "{}", notification.subject);
    assert!(notification.subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", notification.subject);
    let attributes: usize = notification.attributes.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
    assert!(notification.message.len() + notification.subject.len() + attributes < MAX_BYTES);
    let texts = texts(notification);
    assert!(texts.as_object().unwrap().values().all(Value::is_string) && texts.get("default").is_some());
    let sms = text(&texts, "sms");
    assert!(match language {
        Language::English => sms.chars().count() <= 140,
        Language::Japanese => units(sms) <= 70,
    });
    let (email, sms) = (text(&texts, "email"), text(&texts, "sms"));
    assert_eq!((plain_lines(email).as_str(), plain(sms).as_str()), (email, sms));
}
