//! Text from records on its way to people. Callers of the API control what records hold, so none of it is trusted.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::Serialize;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Text that people may read: no character in it moves, hides or reorders text. Every detail and reason is one, so that no
/// rule can forget about hostile names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Printable(Cow<'static, str>);

impl Printable {
    /// Text that is part of the program.
    pub const fn literal(text: &'static str) -> Printable {
        Printable(Cow::Borrowed(text))
    }

    /// Changes text that is not part of the program, for example to hide secrets in it.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut String)) {
        if let Cow::Owned(text) = &mut self.0 {
            change(text);
            if !is_printable_ascii(text) {
                *text = plain(text);
            }
        }
    }
}

impl From<String> for Printable {
    fn from(text: String) -> Printable {
        Printable(Cow::Owned(if is_printable_ascii(&text) { text } else { plain(&text) }))
    }
}

impl From<&str> for Printable {
    fn from(text: &str) -> Printable {
        Printable(Cow::Owned(plain(text)))
    }
}

impl From<Printable> for String {
    fn from(text: Printable) -> String {
        text.0.into_owned()
    }
}

impl Deref for Printable {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

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

/// Characters that move, hide or reorder text: control and format characters, line and paragraph separators, and all
/// characters that are invisible by default.
///
/// <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>,
/// <https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point>
pub(crate) fn is_unsafe(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, Control | Format | LineSeparator | ParagraphSeparator)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
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
        if !is_unsafe(c) {
            line.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            line += &format!("\\u{unit:04x}"); // characters above U+FFFF are two units
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

/// As [`cut`], in UTF-16 units.
pub fn cut_units(text: &str, limit: usize) -> String {
    if text.len() <= limit || units(text) <= limit {
        return text.to_owned();
    }
    let mut room = limit.saturating_sub(1);
    let fits = |c: &char| {
        let rest = room.checked_sub(c.len_utf16());
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// The length of a text in UTF-16 units.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// A word for a POSIX shell, quoted if necessary: a hostile name stays one argument.
pub fn shell(word: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", plain(word).replace('\'', r"'\''"))
}

/// The value of an option in a command, with what separates the two: a value that begins with `-` needs `=`, or the command
/// takes it for another option.
pub fn shell_value(value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{separator}{}", shell(value))
}

/// A quoted string of the Terraform language, with templates (`${`, `%{`) kept literal.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
pub fn hcl(text: &str) -> String {
    let text = plain(text);
    if !text.contains(['\\', '"', '$', '%']) {
        return format!("\"{text}\"");
    }
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

/// A basic string of TOML. What [`plain`] replaces is escaped instead, so that a parser reads the original text.
///
/// <https://toml.io/en/v1.0.0#string>
pub fn toml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_unsafe(c) => quoted += &format!("\\U{:08X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_passes() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(plain_lines("a\nb\r"), "a\nb\u{fffd}");
        for c in ('\0'..='\u{3200}').chain('\u{fe00}'..='\u{10000}').chain('\u{1d170}'..='\u{1d180}').chain(PLANE_14) {
            let (replaced, escaped) = (c.is_control() || is_unsafe(c), json_line(&serde_json::json!([c])));
            assert_eq!(plain(&c.to_string()) == "\u{fffd}", replaced || c == '\u{fffd}', "{c:?}");
            assert!(!escaped.chars().any(is_unsafe), "{c:?}");
            assert_eq!(serde_json::from_str::<[char; 1]>(&escaped).unwrap(), [c]);
        }
    }

    #[test]
    fn printable_text_comes_from_one_place() {
        let hostile = "a\nb\u{202e}c";
        assert_eq!(&*Printable::from(hostile), plain(hostile));
        assert_eq!(Printable::from(hostile.to_owned()), Printable::from(hostile));
        assert_eq!(Printable::from("a b".to_owned()), Printable::literal("a b"));
    }

    const PLANE_14: std::ops::RangeInclusive<char> = '\u{e0000}'..='\u{e0fff}';

    /// Members of the set according to `DerivedCoreProperties.txt` and `UnicodeData.txt`.
    #[test]
    fn invisible_and_reordering_characters_are_unsafe() {
        let ranges = [
            '\0'..='\u{1f}',
            '\u{7f}'..='\u{9f}',
            '\u{ad}'..='\u{ad}',       // soft hyphen
            '\u{61c}'..='\u{61c}',     // Arabic letter mark, which reorders
            '\u{115f}'..='\u{1160}',   // Hangul fillers, which are letters
            '\u{17b4}'..='\u{17b5}',   // Khmer inherent vowels
            '\u{180b}'..='\u{180f}',   // Mongolian selectors
            '\u{200b}'..='\u{200f}',   // zero width, marks of direction
            '\u{2028}'..='\u{202e}',   // separators, embeddings and overrides
            '\u{2060}'..='\u{206f}',   // invisible operators, isolates
            '\u{3164}'..='\u{3164}',   // Hangul filler
            '\u{fe00}'..='\u{fe0f}',   // variation selectors
            '\u{feff}'..='\u{feff}',   // byte order mark
            '\u{ffa0}'..='\u{ffa0}',   // halfwidth Hangul filler
            '\u{fff0}'..='\u{fffb}',   // reserved, interlinear annotations
            '\u{1d173}'..='\u{1d17a}', // musical beams
            PLANE_14,                  // tags, variation selectors
        ];
        for c in ranges.into_iter().flatten() {
            assert!(is_unsafe(c), "{c:?}");
        }
        for c in " ~\u{a0}\u{e9}\u{416}\u{5d0}\u{661}\u{1100}\u{2010}\u{2026}\u{3000}\u{4e2d}\u{fffd}\u{1f512}".chars()
        {
            assert!(!is_unsafe(c), "{c:?}");
        }
    }

    #[test]
    fn characters_above_four_digits_are_escaped_as_pairs() {
        assert_eq!(json_line(&serde_json::json!("a\u{e0041}\u{1f512}")), "\"a\\udb40\\udc41\u{1f512}\"");
    }

    #[test]
    fn cutting_counts_characters_not_bytes() {
        assert_eq!(cut("naïveté", 7), "naïveté");
        assert_eq!(cut("naïveté", 5), "naïv…");
    }

    #[test]
    fn text_is_cut_in_utf16_units() {
        for (given, limit, want) in
            [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("ä😀b", 4, "ä😀b"), ("😀😀😀", 4, "😀…"), ("ab😀", 3, "ab…")]
        {
            assert_eq!(cut_units(given, limit), want);
            assert!(cut_units(given, limit).encode_utf16().count() <= limit);
        }
    }

    #[test]
    fn hostile_names_stay_one_argument() {
        assert_eq!(shell("orders-1.x"), "orders-1.x");
        assert_eq!(shell("a b; rm -rf '$HOME'"), r"'a b; rm -rf '\''$HOME'\'''");
        assert_eq!(shell(""), "''");
        assert_eq!(shell_value("-x;y"), "='-x;y'");
        assert_eq!(hcl("a\"b${c}"), r#""a\"b$${c}""#);
        assert_eq!(toml("a\"\\\n[x]\u{202e}é"), r#""a\"\\\U0000000A[x]\U0000202Eé""#);
    }
}
