//! The core by table, and by a model that says plainly what holds.

use super::*;
use crate::util::severity::Severity;
use crate::util::time::{DAY, Seconds, written};
use proptest::prelude::*;
use serde_json::json;

const KEEP: Seconds = 400 * DAY;

fn observation(time: Seconds, event: &str, origin: Origin, answer: Answer) -> Observation {
    let subject = Subject {
        fingerprint: "f".to_owned(),
        rule: "kinesis-stream-unencrypted".to_owned(),
        detector: "kinesis-stream".to_owned(),
        resource: "arn:aws:kinesis:eu-west-1:111122223333:stream/orders".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let moment = Moment { time, rank: 1, wrong: matches!(answer, Answer::Wrong { .. }), event: event.to_owned() };
    let by = By { who: format!("by {event}"), call: "Call".to_owned(), event: event.to_owned(), ..By::default() };
    Observation { subject, moment, origin, answer, by }
}

fn wrong(severity: Severity, evidence: &str) -> Answer {
    let finding = json!({"evidence": evidence, "event": {"id": "e", "name": "StopStreamEncryption"}}).to_string();
    Answer::Wrong { severity, evidence: evidence.to_owned(), finding }
}

fn unknown() -> Answer {
    Answer::Unknown { severity: Severity::High, finding: "{}".to_owned() }
}

/// What an event at this time says.
fn event(time: Seconds, answer: Answer) -> Observation {
    observation(time, &format!("e-{time}"), Origin::Event, answer)
}

fn scan(time: Seconds, answer: Answer) -> Observation {
    observation(time, "", Origin::Scan, answer)
}

/// Takes an observation in and tells what there is to tell.
fn tell(entry: &mut Option<Entry>, observation: &Observation) -> Option<Notice> {
    if let Some(next) = Entry::merge(entry.as_ref(), observation, KEEP) {
        *entry = Some(next);
    }
    let entry = entry.as_mut()?;
    let notice = entry.notice()?;
    entry.claim("i");
    assert!(entry.confirm("i", KEEP));
    assert_eq!(entry.notice(), None, "what was told is told");
    Some(notice)
}

const HIGH: Severity = Severity::High;
const FIXED: Answer = Answer::Right(Reason::Fixed);

#[test]
fn the_history_says_who_called_what() {
    let finding = json!({"event": {"id": "e-9", "name": "StopStreamEncryption"},
        "actor": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/kim"}})
    .to_string();
    let opened = Answer::Wrong { severity: HIGH, evidence: "a".to_owned(), finding };
    let mut entry = None;
    for (observation, by) in [
        (event(10, opened), ["arn:aws:iam::111122223333:user/kim", "StopStreamEncryption", "e-9"]),
        (event(20, FIXED), ["by e-20", "Call", "e-20"]),
        (event(30, unknown()), ["", "", ""]), // its finding has no event
    ] {
        assert!(tell(&mut entry, &observation).is_some());
        let told = &entry.as_ref().unwrap().history.last().unwrap().by;
        assert_eq!([&*told.who, &told.call, &told.event], by);
    }
}

#[test]
fn what_differs_from_what_was_told_is_told() {
    use Notice::{Changed, Opened, Reopened, Resolved, Unverified};
    let high = || wrong(HIGH, "a");
    for (name, observations) in [
        (
            "opened, again, resolved",
            vec![(event(1, high()), Some(Opened)), (event(2, high()), None), (event(3, FIXED), Some(Resolved))],
        ),
        ("a duplicate", vec![(event(1, high()), Some(Opened)), (event(1, high()), None)]),
        ("other evidence", vec![(event(1, high()), Some(Opened)), (event(2, wrong(HIGH, "b")), Some(Changed))]),
        (
            "other severity",
            vec![(event(1, high()), Some(Opened)), (event(2, wrong(Severity::Low, "a")), Some(Changed))],
        ),
        (
            "reopened",
            vec![
                (event(1, high()), Some(Opened)),
                (event(2, FIXED), Some(Resolved)),
                (event(3, high()), Some(Reopened)),
            ],
        ),
        ("superseded before it came", vec![(event(2, FIXED), None), (event(1, high()), None)]),
        ("an older fix does not close it", vec![(event(2, high()), Some(Opened)), (event(1, FIXED), None)]),
        ("compliant from the start", vec![(event(1, FIXED), None), (event(2, FIXED), None)]),
        (
            "unverified never closes",
            vec![(event(1, high()), Some(Opened)), (event(2, unknown()), None), (event(3, FIXED), Some(Resolved))],
        ),
        (
            "unverified, again, verified",
            vec![
                (event(1, unknown()), Some(Unverified)),
                (event(2, unknown()), None),
                (event(3, FIXED), Some(Resolved)),
            ],
        ),
        ("unverified, then wrong", vec![(event(1, unknown()), Some(Unverified)), (event(2, high()), Some(Opened))]),
        (
            "excepted",
            vec![(event(1, high()), Some(Opened)), (event(2, Answer::Right(Reason::Excepted)), Some(Resolved))],
        ),
        ("deleted", vec![(event(1, high()), Some(Opened)), (event(2, Answer::Right(Reason::Deleted)), Some(Resolved))]),
        (
            "a scan shows other evidence",
            vec![(event(1, high()), Some(Opened)), (scan(2, wrong(HIGH, "s")), None), (scan(3, FIXED), Some(Resolved))],
        ),
        (
            "a scan raises the severity",
            vec![(event(1, high()), Some(Opened)), (scan(2, wrong(Severity::Critical, "s")), Some(Changed))],
        ),
        (
            "a scan does not lower what an event said",
            vec![
                (event(1, high()), Some(Opened)),
                (scan(2, wrong(Severity::Low, "s")), None),
                (scan(3, wrong(Severity::Low, "s")), None),
                (event(4, high()), None),
            ],
        ),
        (
            "a scan lowers what a scan said",
            vec![(scan(1, high()), Some(Opened)), (scan(2, wrong(Severity::Low, "s")), Some(Changed))],
        ),
        (
            "an event after a scan",
            vec![(scan(1, high()), Some(Opened)), (scan(2, high()), None), (event(3, wrong(HIGH, "e")), Some(Changed))],
        ),
        ("a scan that looked before the event", vec![(event(2, high()), Some(Opened)), (scan(1, FIXED), None)]),
    ] {
        let mut entry = None;
        for (observation, want) in observations {
            assert_eq!(tell(&mut entry, &observation), want, "{name}: {observation:?}");
        }
    }
}

#[test]
fn what_a_scan_finds_right_is_stored_only_where_something_was_wrong() {
    assert_eq!(Entry::merge(None, &scan(1, FIXED), KEEP), None);
    let mut entry = None;
    tell(&mut entry, &event(1, wrong(HIGH, "a")));
    tell(&mut entry, &scan(2, FIXED));
    assert_eq!(Entry::merge(entry.as_ref(), &scan(3, FIXED), KEEP), None);
}

#[test]
fn an_entry_says_since_when_and_how_it_ended() {
    let mut entry = None;
    tell(&mut entry, &event(1_000, wrong(HIGH, "a")));
    tell(&mut entry, &event(4_600, FIXED));
    let closed = entry.clone().unwrap();
    assert_eq!(closed.seconds_open(), Some(3_600));
    assert_eq!(closed.resolved_by.unwrap().who, "by e-4600");
    assert_eq!((closed.open_in, closed.pending), (None, None));
    assert_eq!(closed.expires, Some(4_600 + KEEP));
    assert_eq!(closed.history.len(), 2);
    tell(&mut entry, &event(10_000, wrong(HIGH, "a")));
    let open = entry.unwrap();
    assert_eq!(
        (open.first_seen.as_deref(), open.opened_at.as_deref()),
        (Some("1970-01-01T00:16:40Z"), Some("1970-01-01T02:46:40Z"))
    );
    assert_eq!(
        (open.open_in.as_deref(), open.expires, open.seconds_open()),
        (Some("111122223333/eu-west-1"), None, None)
    );
}

#[test]
fn an_entry_that_nobody_was_told_about_expires_early() {
    let entry = Entry::merge(None, &event(1_000, FIXED), KEEP).unwrap();
    assert_eq!(entry.expires, Some(1_000 + 15 * DAY));
}

#[test]
fn a_claim_that_was_not_confirmed_is_told_again() {
    let mut entry = Entry::merge(None, &event(1, wrong(HIGH, "a")), KEEP).unwrap();
    entry.claim("crashed");
    assert_eq!(entry.notice(), Some(Notice::Opened));
    assert_eq!(entry.pending.as_deref(), Some(Entry::CLAIMED));
    // it may have been published: whoever fixes it must say so
    let mut fixed = Entry::merge(Some(&entry), &event(2, FIXED), KEEP).unwrap();
    assert_eq!(fixed.notice(), Some(Notice::Resolved));
    fixed.claim("other");
    assert!(!fixed.confirm("crashed", KEEP));
    assert!(fixed.confirm("other", KEEP));
    assert_eq!((fixed.notice(), fixed.pending), (None, None));
}

#[test]
fn a_claim_that_replaces_another_one_remembers_what_that_may_have_told() {
    let mut entry = None;
    tell(&mut entry, &event(1, wrong(HIGH, "a")));
    tell(&mut entry, &event(2, FIXED));
    // opened again, and perhaps published
    let mut entry = Entry::merge(entry.as_ref(), &event(3, wrong(HIGH, "a")), KEEP).unwrap();
    entry.claim("crashed");
    // resolved: what was told last is what holds, but what may have been published is not
    let mut entry = Entry::merge(Some(&entry), &event(4, FIXED), KEEP).unwrap();
    entry.claim("crashed, too");
    assert_eq!(entry.notice(), Some(Notice::Resolved));
    entry.claim("crashed, too");
    assert_eq!(entry.notice(), Some(Notice::Resolved), "tried again");
    assert!(entry.confirm("crashed, too", KEEP));
    assert_eq!(entry.notice(), None);
}

#[test]
fn the_history_keeps_the_last_messages() {
    let mut entry = None;
    for time in 0..200 {
        tell(&mut entry, &event(time, wrong(HIGH, &time.to_string())));
    }
    let history = entry.unwrap().history;
    assert_eq!(history.len(), Entry::HISTORY);
    assert_eq!(history.last().unwrap().at, written(199));
}

#[test]
fn an_entry_survives_its_way_through_json() {
    let mut entry = None;
    tell(&mut entry, &event(1, wrong(HIGH, "a")));
    tell(&mut entry, &event(2, FIXED));
    let mut entry = entry.unwrap();
    entry.claim("i");
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(serde_json::from_value::<Entry>(json).unwrap(), entry);
}

/// What one delivery says: its time, and 0 for a violation, 1 for another one, 2 for compliant, 3 for unverified.
fn delivery() -> impl Strategy<Value = Observation> {
    (0_i64..6, 0_u8..3, 0_u8..4, prop_oneof![Just(Origin::Event), Just(Origin::Recheck)]).prop_map(
        |(time, rank, kind, origin)| {
            let answer = match kind {
                0 => wrong(HIGH, &format!("a{time}")),
                1 => wrong(Severity::Low, &format!("b{time}")),
                2 => FIXED,
                _ => unknown(),
            };
            let mut one = observation(time, &format!("e-{time}-{rank}-{kind}"), origin, answer);
            one.moment.rank = rank;
            one
        },
    )
}

/// What holds after these deliveries, said plainly.
fn model(deliveries: &[Observation]) -> State {
    let newest = |unknown: bool| {
        let of_kind = deliveries.iter().filter(|one| matches!(one.answer, Answer::Unknown { .. }) == unknown);
        of_kind.max_by_key(|one| &one.moment)
    };
    match (newest(false), newest(true)) {
        (Some(decided), _) if decided.moment.wrong => State::Open,
        (Some(decided), Some(doubt)) if doubt.moment > decided.moment => State::Unverified,
        (None, Some(_)) => State::Unverified,
        _ => State::Resolved,
    }
}

proptest! {
    #[test]
    fn the_newest_observation_decides_in_every_order(
        (deliveries, order) in prop::collection::vec(delivery(), 1..8)
            .prop_flat_map(|one| (Just(one.clone()), Just([one.clone(), one].concat()).prop_shuffle()))
    ) {
        let mut entry = None;
        let mut notices = Vec::new();
        for one in &order {
            notices.extend(tell(&mut entry, one).map(|notice| (notice, entry.clone().unwrap().holds())));
        }
        let entry = entry.unwrap();
        prop_assert_eq!(entry.state, model(&deliveries));
        // nobody is told the same thing twice
        prop_assert!(notices.windows(2).all(|pair| pair[0].1 != pair[1].1), "{notices:?}");
        // who was told anything knows what holds
        match notices.last() {
            Some((_, holds)) => prop_assert_eq!(holds.state, entry.state),
            None => prop_assert_eq!(entry.state, State::Resolved),
        }
        let told_after = (entry.told.map(|told| told.holds.state), entry.claim);
        prop_assert_eq!(told_after, (notices.last().map(|(_, holds)| holds.state), None));
    }
}

#[test]
fn what_was_published_is_remembered_until_it_is_over() {
    let mut entry = None;
    tell(&mut entry, &event(1, wrong(Severity::Low, "a")));
    assert!(!entry.clone().unwrap().was_published());
    tell(&mut entry, &event(2, wrong(HIGH, "a")));
    entry.as_mut().unwrap().note_published();
    tell(&mut entry, &event(3, wrong(Severity::Low, "a")));
    tell(&mut entry, &event(4, FIXED));
    assert!(entry.clone().unwrap().was_published(), "the end is awaited");
    tell(&mut entry, &event(5, wrong(Severity::Low, "a")));
    assert!(!entry.unwrap().was_published());
}

#[test]
fn an_entry_is_kept_as_long_as_an_older_event_may_come() {
    let mut entry = None;
    tell(&mut entry, &event(1, wrong(HIGH, "a")));
    let closed = Entry::merge(entry.as_ref(), &event(2, FIXED), DAY).unwrap();
    assert_eq!(closed.expires, Some(2 + 15 * DAY));
}
