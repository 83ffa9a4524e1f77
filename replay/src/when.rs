//! Times as people type them: RFC 3339, or a date.

use sealwatch_rules::time::{DAY, Seconds, date, time};

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
    fn dates_count_from_their_first_second_to_their_last() {
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
