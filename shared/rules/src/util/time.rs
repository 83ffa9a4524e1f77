//! Times in records: RFC 3339, in whole seconds, which is the precision of CloudTrail.

use std::time::{Duration, SystemTime};

/// Seconds since 1970-01-01 in UTC.
pub type Seconds = i64;

/// Seconds of a day.
pub const DAY: Seconds = 86_400;

/// What a clock says; 0 if that is before 1970.
pub fn of_clock(now: SystemTime) -> Seconds {
    let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Seconds::try_from(since_1970.as_secs()).unwrap_or(Seconds::MAX)
}

/// Days since 1970-01-01; `None` for a date that does not exist.
///
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
pub fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The number in a text of exactly this many digits.
pub fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The first second of a date such as `2026-11-20`.
pub fn date(text: &str) -> Option<Seconds> {
    let mut parts = text.split('-');
    let (year, month, of_month) = (parts.next()?, parts.next()?, parts.next()?);
    let days = day(digits(year, 4)?, digits(month, 2)?, digits(of_month, 2)?)?;
    parts.next().is_none().then_some(days * DAY)
}

/// The second of the day: hours and minutes, and seconds if there are any.
fn clock(text: &str) -> Option<Seconds> {
    let mut parts = text.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), |seconds| digits(seconds, 2))?;
    let exists = hours < 24 && minutes < 60 && seconds <= 60 && parts.next().is_none();
    exists.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// The second of an RFC 3339 time; parts of a second are dropped.
pub fn time(text: &str) -> Option<Seconds> {
    let (day, rest) = text.split_once(['T', 't', ' '])?;
    let (rest, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at_checked(at)?,
        None => return None,
    };
    let offset = match offset.strip_prefix(['+', '-']) {
        Some(size) if size.len() == 5 => clock(size)? * if offset.starts_with('-') { -1 } else { 1 },
        None if offset.len() == 1 => 0,
        _ => return None,
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, "0"));
    let exact = whole.len() == 8 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    exact.then_some(date(day)? + clock(whole)? - offset)
}

/// The second of the time in a record: RFC 3339, or as CloudTrail Lake and Athena write it, without an offset, in UTC.
pub fn record_time(text: &str) -> Option<Seconds> {
    time(text).or_else(|| {
        let (day, rest) = text.split_once(['T', 't', ' '])?;
        time(&format!("{day}T{rest}Z"))
    })
}

/// The second of a time inside a body, in UTC: `Nov 20, 2026, 3:04:05 PM`, as most services write it, or RFC 3339.
pub fn body_time(text: &str) -> Option<Seconds> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if let Some(time) = record_time(text) {
        return Some(time);
    }
    let mut parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let month = (1..).zip(MONTHS).find_map({
        let name = parts.next()?;
        move |(number, known)| (name == known).then_some(number)
    })?;
    let number = |text: &str| digits(&format!("{text:0>2}"), 2);
    let of_month = number(parts.next()?)?;
    let days = day(digits(parts.next()?, 4)?, month, of_month)?;
    let mut hands = parts.next()?.split(':');
    let (hours, minutes, seconds) = (number(hands.next()?)?, number(hands.next()?)?, number(hands.next()?)?);
    let half = match parts.next()? {
        "AM" => 0,
        "PM" => 12,
        _ => return None,
    };
    let exists = (1..=12).contains(&hours) && minutes < 60 && seconds <= 60;
    let is_end = hands.next().is_none() && parts.next().is_none();
    (exists && is_end).then_some(days * DAY + (hours % 12 + half) * 3600 + minutes * 60 + seconds)
}

/// A time in the form of records: `2026-11-20T03:04:05Z`.
///
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
pub fn written(time: Seconds) -> String {
    let (days, seconds) = (time.div_euclid(DAY) + 719_468, time.rem_euclid(DAY));
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{:02}Z", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_may_be_wrong() {
        let in_1970 = SystemTime::UNIX_EPOCH;
        for (clock, want) in [
            (in_1970, 0),
            (in_1970 - Duration::from_secs(1), 0),
            (in_1970 + Duration::from_millis(1_795_143_845_999), 1_795_143_845),
            (in_1970 + Duration::from_millis(u64::MAX), 18_446_744_073_709_551),
        ] {
            assert_eq!(of_clock(clock), want, "{clock:?}");
        }
    }

    #[test]
    fn times_are_read_in_utc() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2026-11-20T03:04:05Z"), Some(1_795_143_845));
        assert_eq!(time("2026-11-20T05:04:05.25+02:00"), Some(1_795_143_845));
        assert_eq!(time("2026-11-19T23:04:05-04:00"), Some(1_795_143_845));
    }

    #[test]
    fn times_of_records_may_lack_an_offset() {
        for text in
            ["2026-11-20T03:04:05Z", "2026-11-20 03:04:05.000", "2026-11-20 03:04:05", "2026-11-20T05:04:05+02:00"]
        {
            assert_eq!(record_time(text), Some(1_795_143_845), "{text}");
        }
        for text in ["", "soon", "2026-11-20", "2026-11-20 03:04", "2026-11-20 03:04:05 x"] {
            assert_eq!(record_time(text), None, "{text}");
        }
        assert_eq!(time("2026-11-20 03:04:05"), None);
        assert_eq!(date("2024-02-29"), Some(1_709_164_800));
        assert_eq!(written(1_795_143_845), "2026-11-20T03:04:05Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in -62_167_219_200_i64..253_402_300_800) {
            prop_assert_eq!(time(&written(seconds)), Some(seconds));
        }
    }

    #[test]
    fn times_in_bodies_are_written_out() {
        for (text, want) in [
            ("Jan 2, 1970, 12:00:01 AM", Some(DAY + 1)),
            ("Jan 2, 1970, 12:00:01 PM", Some(DAY + 43_201)),
            ("Jan 2, 1970, 1:02:03\u{202f}PM", Some(DAY + 13 * 3600 + 123)), // newer versions of Java
            ("1970-01-02T00:00:01Z", Some(DAY + 1)),
            ("Feb 30, 2026, 1:02:03 PM", None),
            ("Foo 2, 1970, 1:02:03 PM", None),
            ("Jan 2, 1970, 13:02:03 PM", None),
            ("Jan 2, 1970, 1:02:03", None),
            ("Jan 2, 1970", None),
            ("", None),
        ] {
            assert_eq!(body_time(text), want, "{text}");
        }
    }
}
