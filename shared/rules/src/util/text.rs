//! Text from records on its way to people. Callers of the API control what records hold, so none of it is trusted.

/// Replaces control characters and other characters that move, hide or reorder text on a terminal.
pub fn plain(text: &str) -> String {
    if is_printable_ascii(text) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

/// As [`plain`], for a text of several lines: line ends stay.
pub fn plain_lines(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

/// True for nearly every text: a fast way out.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Control characters, and the format characters that hide or reorder what follows them
/// (<https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// JSON in one line for a terminal. What [`plain`] replaces is escaped instead, so that a JSON parser reads the original
/// text.
pub fn json_line(value: &serde_json::Value) -> String {
    let text = value.to_string();
    if is_printable_ascii(&text) {
        return text;
    }
    let mut line = String::new();
    for c in text.chars() {
        match is_unsafe(c) {
            true => line += &format!("\\u{:04x}", u32::from(c)), // all unsafe characters have four digits
            false => line.push(c),
        }
    }
    line
}

/// The first `limit` characters. If something was cut, the last one is `…`.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A word for a POSIX shell, quoted if necessary: a hostile name stays one argument.
pub fn shell(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", plain(word).replace('\'', r"'\''"))
}

/// A quoted string of the Terraform language, with templates (`${`, `%{`) kept literal.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
pub fn hcl(text: &str) -> String {
    let text = plain(text).replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_passes() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(plain_lines("a\nb\r"), "a\nb\u{fffd}");
        for c in ('\0'..='\u{3000}').chain(['\u{feff}']) {
            let (replaced, escaped) = (c.is_control() || is_unsafe(c), json_line(&serde_json::json!([c])));
            assert_eq!(plain(&c.to_string()) == "\u{fffd}", replaced, "{c:?}");
            assert!(!escaped.chars().any(is_unsafe), "{c:?}");
            assert_eq!(serde_json::from_str::<[char; 1]>(&escaped).unwrap(), [c]);
        }
    }

    #[test]
    fn cutting_counts_characters_not_bytes() {
        assert_eq!(cut("naïveté", 7), "naïveté");
        assert_eq!(cut("naïveté", 5), "naïv…");
    }

    #[test]
    fn hostile_names_stay_one_argument() {
        assert_eq!(shell("orders-1.x"), "orders-1.x");
        assert_eq!(shell("a b; rm -rf '$HOME'"), r"'a b; rm -rf '\''$HOME'\'''");
        assert_eq!(shell(""), "''");
        assert_eq!(hcl("a\"b${c}"), r#""a\"b$${c}""#);
    }
}
