//! What a JSON parser says, in words that help to find and repair the text.

use memchr::memchr_iter;

use crate::util::text::{cut, plain};

/// How many characters of a message are repeated: it may quote the name of a member.
const MAX_MESSAGE: usize = 200;

/// What is wrong, without the position, which counts from the text that the parser was given, and without the value that it is
/// about, which may be a secret. It is safe to print.
pub fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let words = words.strip_suffix(&position).unwrap_or(&words);
    match words {
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
            "half of a surrogate pair: an escape from `\\ud800` to `\\udfff` needs its other half".to_owned()
        }
        "invalid unicode code point" => "not UTF-8".to_owned(),
        _ if error.is_eof() => format!("it is cut off ({words})"),
        _ => cut(&plain(&without_value(words)), MAX_MESSAGE),
    }
}

/// A message without the value that it quotes: `invalid type: string "hunter2", expected a map`.
///
/// Source: serde, `de::Unexpected`: a text is in double quotes and anything else in backticks.
fn without_value(words: &str) -> String {
    let quoting = ["invalid type: ", "invalid value: ", "unknown variant "];
    let found = quoting.into_iter().find_map(|problem| {
        let (found, expected) = words.strip_prefix(problem)?.rsplit_once(", expected ")?;
        let kind = found.split(['"', '`']).next().unwrap_or_default();
        Some(format!("{}, expected {expected}", format!("{problem}{kind}").trim_end()))
    });
    found.unwrap_or_else(|| words.to_owned())
}

/// True if there is something else where a value should begin.
pub(super) fn is_unexpected(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("expected value")
}

/// The offset of an error in the text that the parser was given.
pub(super) fn offset(text: &[u8], error: &serde_json::Error) -> usize {
    let line = match error.line().checked_sub(2) {
        Some(before) => memchr_iter(b'\n', text).nth(before).map_or(text.len(), |end| end + 1),
        None => 0,
    };
    let offset = (line + error.column()).saturating_sub(1); // column 0 is the end of the line before
    match error.to_string().starts_with("invalid unicode code point") {
        true => {
            std::str::from_utf8(text.get(..offset).unwrap_or(text)).map_or_else(|error| error.valid_up_to(), |_| offset)
        }
        false => offset.min(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::IgnoredAny;

    use super::*;

    /// Where the values stand that the messages are about.
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase", deny_unknown_fields)]
    enum Choice {
        One,
        Two,
    }

    fn of<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        words(&serde_json::from_str::<T>(text).unwrap_err())
    }

    #[test]
    fn words_do_not_quote_values() {
        type Map = BTreeMap<String, IgnoredAny>;
        assert_eq!(of::<Map>(r#""hunter2, expected \" at line 3""#), "invalid type: string, expected a map");
        assert_eq!(of::<Map>("[\"hunter2\"]"), "invalid type: sequence, expected a map");
        assert_eq!(of::<String>("4711.5"), "invalid type: floating point, expected a string");
        assert_eq!(of::<u8>("4711"), "invalid value: integer, expected u8");
        assert_eq!(of::<Choice>(r#""hunter2""#), "unknown variant, expected `one` or `two`");
        assert_eq!(of::<Map>("{"), "it is cut off (EOF while parsing an object)");
        assert_eq!(of::<Map>(r#"{"a": 1 "hunter2"}"#), "expected `,` or `}`");
    }
}
