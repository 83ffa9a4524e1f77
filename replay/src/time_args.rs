//! The times of `--since` and `--until`: a date or an RFC 3339 time.

use sealwatch_rules::util::time::{DAY, Seconds, date, time};

const EXPECTED: &str = "not a date or time: write `2026-11-20` or `2026-11-20T03:04:05Z`";

/// Parses the first second that `--since` includes.
pub(crate) fn since(text: &str) -> Result<Seconds, String> {
    date(text).or_else(|| time(text)).ok_or_else(|| EXPECTED.to_owned())
}

/// Parses the last second that `--until` includes: a date includes its whole day.
pub(crate) fn until(text: &str) -> Result<Seconds, String> {
    date(text).map(|date| date + DAY - 1).or_else(|| time(text)).ok_or_else(|| EXPECTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_covers_its_whole_day() {
        assert_eq!(since("2024-02-29"), Ok(1_709_164_800));
        assert_eq!(until("2024-02-29"), Ok(1_709_164_800 + DAY - 1));
        assert_eq!(until("1969-12-31T23:59:59Z"), Ok(-1));
    }

    #[test]
    fn other_text_is_rejected() {
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
