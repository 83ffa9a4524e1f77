//! Times as people type them and as records hold them: RFC 3339, or a date.

/// Seconds since 1970-01-01 in UTC.
pub(crate) type Seconds = i64;

/// Seconds of a day.
pub(crate) const DAY: Seconds = 86_400;

/// Days since 1970-01-01; `None` for a date that does not exist.
///
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
pub(crate) fn day(year: i64, month: i64, day: i64) -> Option<i64> {
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

/// The whole text as a number of exactly this many digits.
pub(crate) fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn date(text: &str) -> Option<Seconds> {
    let mut parts = text.split('-');
    let (year, month, of_month) = (parts.next()?, parts.next()?, parts.next()?);
    let days = day(digits(year, 4)?, digits(month, 2)?, digits(of_month, 2)?)?;
    parts.next().is_none().then_some(days * DAY)
}

/// Hours and minutes, and seconds where there are any.
fn clock(text: &str) -> Option<Seconds> {
    let mut parts = text.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), |seconds| digits(seconds, 2))?;
    let exists = hours < 24 && minutes < 60 && seconds <= 60 && parts.next().is_none();
    exists.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// The second of an RFC 3339 time; parts of a second are dropped.
pub(crate) fn time(text: &str) -> Option<Seconds> {
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

const WANTED: &str = "is neither a date nor a time: write `2026-11-20` or `2026-11-20T03:04:05Z`";

/// The first second that `--since` lets in.
pub(crate) fn since(text: &str) -> Result<Seconds, String> {
    date(text).or_else(|| time(text)).ok_or_else(|| WANTED.to_owned())
}

/// The last second that `--until` lets in: of a date, the last of the day.
pub(crate) fn until(text: &str) -> Result<Seconds, String> {
    date(text).map(|date| date + DAY - 1).or_else(|| time(text)).ok_or_else(|| WANTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2026-11-20T03:04:05Z"), Some(1_795_143_845));
        assert_eq!(time("2026-11-20T05:04:05.25+02:00"), Some(1_795_143_845));
        assert_eq!(time("2026-11-19T23:04:05-04:00"), Some(1_795_143_845));
        assert_eq!(since("2024-02-29"), Ok(1_709_164_800));
        assert_eq!(until("2024-02-29"), Ok(1_709_164_800 + DAY - 1));
        assert_eq!(until("1969-12-31T23:59:59Z"), Ok(-1));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "20261120",
            "2026-11-20-1",
            "2026-11-20T",
            "2026-11-20T03:04:05",
            "2026-11-20T03:04Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T03:04:05Zx",
            "2026-11-20T03:04:05+2",
            "2026-11-20T03:04:05.Z",
            "+026-11-20",
            "2026-11-20T03:04:05+02:00:00",
            "é-é-é",
        ] {
            assert!(since(text).is_err() && until(text).is_err(), "{text}");
        }
    }
}
