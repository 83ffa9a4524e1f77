//! Valid JSON that serde rejects.

use serde::Deserialize;
use std::borrow::Cow;

/// Parses JSON, including texts with half a surrogate pair and numbers beyond the range of `f64`.
///
/// The grammar of JSON (RFC 8259, sections 6 and 8.2) allows both, so one in a text must not hide the rest. Half a pair
/// becomes U+FFFD, and such a number the text of its digits. Nothing is searched in texts that serde accepts.
///
/// # Errors
/// The error for the text as it is written.
pub fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text).or_else(|error| match repaired(text) {
        Cow::Owned(repaired) => serde_json::from_str(&repaired).map_err(|_| error),
        Cow::Borrowed(_) => Err(error),
    })
}

/// The text without what serde refuses.
fn repaired(text: &str) -> Cow<'_, str> {
    let mut repaired = String::new();
    // Up to here, the text is in `repaired`.
    let mut copied = 0;
    let (mut at, mut in_string) = (0, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, replacement) = match rest.as_bytes().first() {
            Some(b'"') => {
                in_string = !in_string;
                (1, None)
            }
            Some(b'\\') if in_string => escape(rest),
            Some(b'-' | b'0'..=b'9') if !in_string => number(rest),
            _ => (rest.chars().next().map_or(1, char::len_utf8), None),
        };
        if let Some(replacement) = replacement {
            repaired.push_str(text.get(copied..at).unwrap_or_default());
            repaired.push_str(&replacement);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    repaired.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(repaired)
}

/// The length of the escape sequence that the text starts with, and what to write instead.
fn escape(text: &str) -> (usize, Option<Cow<'static, str>>) {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    match unit(text) {
        Some(0xd800..=0xdbff) => match text.get(6..).and_then(unit) {
            Some(0xdc00..=0xdfff) => (12, None),
            _ => (6, Some("\\ufffd".into())),
        },
        Some(0xdc00..=0xdfff) => (6, Some("\\ufffd".into())),
        Some(_) => (6, None),
        None => (1 + text.chars().nth(1).map_or(0, char::len_utf8), None),
    }
}

/// The length of the number that the text starts with, and what to write instead.
fn number(text: &str) -> (usize, Option<Cow<'static, str>>) {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    let number = text.get(..text.find(|c| !is_part(c)).unwrap_or(text.len())).unwrap_or_default();
    let too_large = number.parse::<f64>().is_ok_and(f64::is_infinite);
    (number.len().max(1), too_large.then(|| format!("\"{number}\"").into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn what_serde_refuses_is_read() {
        for (text, want) in [
            (r#"{"a":"x\ud800y"}"#, json!({"a": "x\u{fffd}y"})),
            (
                r#"["\udc00\ud800","\uD83D\uDE00","\ud800\u0041","\\ud800"]"#,
                json!(["\u{fffd}\u{fffd}", "😀", "\u{fffd}A", "\\ud800"]),
            ),
            (r#"{"\ud800":[1e400,-1E+999,"1e400",1e3]}"#, json!({"\u{fffd}": ["1e400", "-1E+999", "1e400", 1e3]})),
            ("1e400", json!("1e400")),
            (r#""é\udfff""#, json!("é\u{fffd}")),
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            assert_eq!(parse::<Value>(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn the_error_is_about_the_text_as_it_is_written() {
        for text in ["", "{", r#"{"a":"\ud800"#, r#"["\ud800",}"#, r#""\u12""#, "01", "1e400e", r#"["\"#] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            assert_eq!(parse::<Value>(text).unwrap_err().to_string(), error.to_string(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_serde_accepts_is_left_alone(text in r#"([\[\]{},:"é]|\\u[dD][89cC][0-9]{2}|\\[\\"n]|-?[0-9]{1,3}([eE][0-9]{1,3})?|null|[a-z ])*"#) {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(repaired(&text), text.as_str());
                prop_assert_eq!(parse::<Value>(&text).unwrap(), value);
            } else {
                let _ = parse::<Value>(&text);
            }
        }
    }
}
