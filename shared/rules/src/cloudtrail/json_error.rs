//! What a JSON parser says, in words that help to find and repair the text.

use memchr::memchr_iter;

use crate::util::text::{cut, plain};

/// How many characters of a message are repeated: it may quote a value of the text.
const MAX_MESSAGE: usize = 200;

/// What is wrong, without the position: it counts from the text that the parser was given. It is safe to print.
pub fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    match words {
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
            "half of a surrogate pair: an escape from `\\ud800` to `\\udfff` needs its other half".to_owned()
        }
        "invalid unicode code point" => "not UTF-8".to_owned(),
        _ if error.is_eof() => format!("it is cut off ({words})"),
        _ => cut(&plain(words), MAX_MESSAGE),
    }
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
