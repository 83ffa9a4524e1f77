//! The time now, and how far the clock of a function can be trusted: its sandbox may have been frozen, or have a wrong clock.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use sealwatch_rules::util::time::{Seconds, of_clock};

/// Seconds since 1970.
pub(crate) fn now() -> Seconds {
    of_clock(SystemTime::now())
}

/// The longest time limit of a function.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LONGEST_LIMIT: Seconds = 900;

/// The time now: what the function's clock says, within the invocation by Lambda's clock. The AWS SDK corrects the times of
/// signatures, so a function whose clock is wrong can store times that others wait for.
pub(crate) fn within(clock: Seconds, time_limit: Option<Seconds>) -> Seconds {
    match time_limit {
        Some(limit) => clock.clamp(limit.saturating_sub(LONGEST_LIMIT), limit),
        None => clock,
    }
}

/// The time limit of an invocation, by Lambda's clock; `None` if Lambda does not say.
pub(crate) fn limit_of(time_limit: SystemTime) -> Option<Seconds> {
    Some(of_clock(time_limit)).filter(|limit| *limit > 0)
}

/// How long an invocation may still take. A clock that is behind does not make it longer, and a limit that is over already only
/// says that the clock is ahead.
pub fn time_left(time_limit: SystemTime, now: SystemTime) -> Duration {
    let longest = Duration::from_secs(LONGEST_LIMIT.unsigned_abs());
    time_limit.duration_since(now).ok().filter(|left| !left.is_zero()).unwrap_or(longest).min(longest)
}

/// Milliseconds from an event's time until now; `None` if the time cannot be read, or is still to come.
pub(crate) fn lag(event_time: &str, now: SystemTime) -> Option<u64> {
    let time = DateTime::from_str(event_time, Format::DateTime).ok()?;
    let time = SystemTime::try_from(time).ok()?;
    now.duration_since(time).ok().map(|lag| lag.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_within_the_invocation_by_lambdas_clock() {
        const NOW: Seconds = 1_777_636_800; // 2026-05-01T12:00:00Z
        for (clock, limit, now) in [
            (NOW, Some(NOW + 60), NOW),
            (NOW - 300, Some(NOW + 60), NOW - 300), // Lambda may end a function 15 minutes after it began
            (NOW - 3_600, Some(NOW + 60), NOW - 840),
            (NOW + 3_600, Some(NOW + 60), NOW + 60),
            (0, Some(NOW + 60), NOW - 840),
            (Seconds::MAX, Some(NOW + 60), NOW + 60),
            (NOW, None, NOW),
            (NOW, Some(Seconds::MIN), Seconds::MIN),
        ] {
            assert_eq!(within(clock, limit), now, "{clock} {limit:?}");
        }
        let limit = |milliseconds| limit_of(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds));
        assert_eq!((limit(0), limit(999), limit(1_777_636_800_999)), (None, None, Some(NOW)));
        assert!(limit(u64::MAX).is_some());
        assert_eq!(limit_of(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn an_event_of_the_future_has_no_lag() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_636_800); // 2026-05-01T12:00:00Z
        for (time, want) in [
            ("2026-05-01T11:59:50Z", Some(10_000)),
            ("2026-05-01T12:00:00Z", Some(0)),
            ("2026-05-01T12:00:00.5Z", None),
            ("2026-05-01T13:00:00Z", None),
            ("2126-05-01T12:00:00Z", None),
            ("9999-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00Z", Some(1_777_636_800_000)),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(lag(time, now), want, "{time}");
        }
    }

    #[test]
    fn an_invocation_takes_no_longer_than_lambda_allows_whatever_the_clock_says() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_636_800); // 2026-05-01T12:00:00Z
        let (limit, hour) = (now + Duration::from_secs(600), Duration::from_secs(3_600));
        let clocks = [(now, 600), (now - hour, 900), (now + hour, 900), (limit, 900), (SystemTime::UNIX_EPOCH, 900)];
        for (clock, seconds) in clocks {
            assert_eq!(time_left(limit, clock).as_secs(), seconds, "{clock:?}");
        }
    }
}
