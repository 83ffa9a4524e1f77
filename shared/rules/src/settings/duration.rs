//! Durations, as people write them: `5m`.

use std::error::Error;
use std::fmt;
use std::num::IntErrorKind;

use crate::settings::printable::printable;

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationError {
    /// The text has another form. Safe to print.
    Malformed(String),
    /// The duration does not fit in 64 bits. Safe to print.
    TooLong(String),
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurationError::Malformed(text) => {
                write!(f, "`{text}` is not a duration; write for example `30s`, `5m`, `1h`, `7d` or `0`")
            }
            DurationError::TooLong(text) => write!(f, "the duration `{text}` is too long"),
        }
    }
}

impl Error for DurationError {}

/// Parses a duration into seconds: a whole number followed by `s`, `m`, `h` or `d`, or `0` alone.
///
/// # Errors
/// Fails if the text has another form, or if the duration is too long.
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let malformed = || DurationError::Malformed(printable(text));
    let too_long = || DurationError::TooLong(printable(text));
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86400,
        Some("") if digits == "0" => 1,
        _ => return Err(malformed()),
    };
    if digits.starts_with('+') {
        return Err(malformed()); // Rust reads it as a number
    }
    let number = digits.parse::<u64>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => too_long(),
        _ => malformed(),
    })?;
    number.checked_mul(unit).ok_or_else(too_long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_unless_they_are_zero() {
        for (text, seconds) in [("0", 0), ("0s", 0), ("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604_800)] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "5", "00", "m", "5 m", "5ms", "-5m", "+5m", "5.5m", "٥m", "99999999999999999999x"] {
            assert_eq!(parse_duration(text), Err(DurationError::Malformed(text.to_owned())));
        }
        for text in ["99999999999999999999d", "99999999999999999999s", "999999999999999999d"] {
            assert_eq!(parse_duration(text), Err(DurationError::TooLong(text.to_owned())));
        }
        insta::assert_snapshot!(parse_duration("soon\u{1b}").unwrap_err(), @"`soon�` is not a duration; write for example `30s`, `5m`, `1h`, `7d` or `0`");
        insta::assert_snapshot!(parse_duration("99999999999999999999d").unwrap_err(), @"the duration `99999999999999999999d` is too long");
    }
}
