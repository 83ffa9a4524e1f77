//! Clocks that step: the time of a record may be far from the function's, in either direction, and the function's own may be
//! set.

use super::*;

use sealwatch_rules::util::time::{DAY, written};

const HOUR: Seconds = 3_600;
const YEAR: Seconds = 365 * DAY;

/// Times of a record, as seen from the function.
const DISTANCES: [Seconds; 11] =
    [-56 * YEAR, -10 * YEAR, -YEAR, -DAY, -HOUR, -1, 1, HOUR, DAY, 100 * YEAR, 7_000 * YEAR];

fn times() -> Vec<String> {
    let texts = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "-1", "", "soon"];
    DISTANCES.map(|distance| written(NOW + distance)).into_iter().chain(texts.map(str::to_owned)).collect()
}

#[test]
fn a_violation_of_any_time_is_told() {
    for time in times() {
        for with_ledger in [false, true] {
            let function = if with_ledger { remembering() } else { function(&kinesis_stream::DETECTOR) };
            let (result, counts, _) = function.handle_event(&stop("orders", "e-1", &time));
            assert_eq!((result, counts.published), (Ok(()), 1), "{time}");
        }
    }
}

#[test]
fn a_re_check_is_never_in_the_past_and_never_later_than_the_settle_time() {
    for time in times() {
        for in_progress in [false, true] {
            for attempt in 0..=3 {
                let mut function = function(&kinesis_stream::DETECTOR);
                function.edges.stream_status = if in_progress { "CREATING" } else { "ACTIVE" };
                let event = recheck(create_stream(&time), attempt);
                let (result, counts, calls) = function.handle_event(&event);
                assert_eq!(result, Ok(()), "{time}");
                let schedules = calls.iter().filter_map(|call| match call {
                    Call::Schedule { at, .. } => Some(*at),
                    _ => None,
                });
                let schedules: Vec<Seconds> = schedules.collect();
                let in_time = schedules.iter().all(|at| (NOW + 2..=NOW + 300).contains(at));
                assert!(in_time && schedules.len() as u64 == counts.waiting, "{time}: {schedules:?}");
            }
        }
    }
}

/// Without this, an event whose clock was ahead would hide what happens until that time comes.
#[test]
fn an_event_of_the_future_does_not_hide_what_happens_after_it() {
    for ahead in [HOUR, DAY, 100 * YEAR] {
        let mut function = remembering();
        let future = written(NOW + ahead);
        let later = |seconds: Seconds| written(NOW + seconds);
        let mut told = Vec::new();
        for (clock, event) in [
            ((|| NOW) as fn() -> Seconds, stop("orders", "e-1", &future)),
            (|| NOW + 120, stop("orders", "e-1", &future)), // Lambda tries again
            (|| NOW + 600, delete("orders", "e-2", &later(590))),
            (|| NOW + 700, stop("orders", "e-3", &later(690))),
            (|| NOW + 700, delete("orders", "e-4", &future)),
            (|| NOW + 1_400, stop("orders", "e-5", &later(1_390))),
        ] {
            function.clock = clock;
            assert_eq!(function.handle_event(&event).0, Ok(()));
            let subjects = subjects(&function).join(", ");
            told.push(subjects.split(' ').next().unwrap().to_owned());
        }
        assert_eq!(told, ["[HIGH]", "", "[RESOLVED]", "[HIGH]", "[RESOLVED]", "[HIGH]"], "{ahead}");
        let entries = function.edges.ledger.as_ref().unwrap().entries();
        assert!(entries.iter().all(|entry| entry.seconds_open().is_none_or(|open| open < 1_000)), "{entries:?}");
    }
}

/// The clock of the function is set back and forth, while records and Lambda have the right time.
#[test]
fn the_order_of_events_does_not_depend_on_the_clock_of_the_function() {
    let clocks: [fn() -> Seconds; 6] =
        [|| NOW + 20, || NOW - HOUR, || NOW + DAY, || NOW - 100 * YEAR, || 0, || NOW + 100 * YEAR];
    let mut function = remembering();
    for (number, clock) in (1..).zip(clocks) {
        function.clock = clock;
        function.edges.time_limit = Some(NOW + number + 60);
        let (time, id, is_stop) = (written(NOW + number), format!("e-{number}"), number % 2 == 1);
        let event = if is_stop { stop("orders", &id, &time) } else { delete("orders", &id, &time) };
        assert_eq!(function.handle_event(&event).0, Ok(()));
        let subject = subjects(&function).join(", ");
        assert!(subject.starts_with(if is_stop { "[HIGH]" } else { "[RESOLVED]" }), "{number}: {subject}");
    }
}

/// A message about a storm is sent soon, also if a clock that was ahead began its window.
#[test]
fn a_storm_is_not_told_a_day_later_because_a_clock_was_ahead() {
    let mut function = remembering();
    let mut gathered = Vec::new();
    for number in 0..20 {
        function.clock = if number % 2 == 0 { || NOW + DAY } else { || NOW };
        function.edges.time_limit = Some(NOW + 60);
        let event = stop(&format!("orders-{number}"), &format!("e-{number}"), TEN_SECONDS_AGO);
        let (result, _, calls) = function.handle_event(&event);
        assert_eq!(result, Ok(()));
        gathered.extend(calls.into_iter().filter(|call| matches!(call, Call::Send { .. })));
    }
    assert_eq!(gathered.len(), 15);
    let soon = |call: &Call| matches!(call, Call::Send { at } if (NOW..=NOW + 60 + 120 + 15).contains(at));
    assert!(gathered.iter().all(soon), "{gathered:?}");
}

#[test]
fn a_re_check_is_planned_by_the_clock_of_lambda() {
    let clocks: [fn() -> Seconds; 4] = [|| NOW, || NOW + DAY, || NOW + 100 * YEAR, || NOW + 59];
    for clock in clocks {
        let mut function = function(&kinesis_stream::DETECTOR);
        function.clock = clock;
        function.edges.time_limit = Some(NOW + 60);
        let (result, _, calls) = function.handle_event(&create_stream(TEN_SECONDS_AGO));
        assert_eq!((result, &calls[0]), (Ok(()), &Call::Schedule { attempt: 1, at: AT_SETTLE_TIME }));
    }
}

#[test]
fn the_end_of_an_invocation_follows_the_time_limit_whatever_the_clock_says() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let seconds = Duration::from_secs;
    for (name, time_limit, left) in [
        ("a minute", now + seconds(60), Some(seconds(58))),
        ("the clock is an hour ahead", now - seconds(HOUR.unsigned_abs()), Some(seconds(898))),
        ("now", now, Some(seconds(898))),
        ("less than it takes to say so", now + seconds(1), None),
        ("the clock is an hour behind", now + seconds(3_660), Some(seconds(898))),
        ("1970", SystemTime::UNIX_EPOCH, Some(seconds(898))),
    ] {
        let started = Instant::now();
        let ends = deadline(time_limit, now).map(|end| (end - started).as_secs());
        assert_eq!(ends, left.map(|left| left.as_secs()), "{name}");
    }
    let never = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::MAX);
    assert!(deadline(never, now).is_some(), "the largest time limit that the Runtime API can give");
}
