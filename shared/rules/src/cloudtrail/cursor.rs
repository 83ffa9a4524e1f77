//! Passing over JSON text from front to back: everything is checked as a parser would, and nothing is built.
//!
//! The functions are `inline`, so that the crate that reads archives compiles them: it is optimized for speed, and this crate
//! for size.

/// How deeply lists and objects may lie in each other here. Records have a depth of about ten.
const DEPTH: usize = 64;

/// A position in a JSON text.
///
/// The methods pass what they are named after. They return `None` if the text is not JSON there, or is nested too deeply.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    /// The number of line ends before it.
    lines: usize,
    /// How many more levels may be entered.
    depth: usize,
}

/// A text in JSON, without its quotes, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'t> {
    written: &'t [u8],
    has_escapes: bool,
}

impl<'t> Text<'t> {
    /// The text, if it is written without escapes.
    #[inline]
    pub(super) fn without_escapes(self) -> Option<&'t [u8]> {
        (!self.has_escapes).then_some(self.written)
    }
}

impl<'t> Cursor<'t> {
    /// The position at the start of a text, which must be UTF-8.
    #[inline]
    pub(super) fn new(text: &'t [u8]) -> Cursor<'t> {
        Cursor { text, at: 0, lines: 0, depth: DEPTH }
    }

    /// The offset in the text.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The line, from 1.
    #[inline]
    pub(super) fn line(&self) -> usize {
        self.lines + 1
    }

    /// What was passed since this offset.
    #[inline]
    pub(super) fn since(&self, offset: usize) -> Option<&'t [u8]> {
        self.text.get(offset..self.at)
    }

    /// Passes white space, and returns the byte behind it, which is not passed. `None` at the end of the text.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        const INDENT: &[u8] = b"        ";
        loop {
            match *self.text.get(self.at)? {
                b' ' => self.at += 1,
                b'\n' => {
                    self.lines += 1;
                    self.at += 1;
                    while self.text.get(self.at..self.at + INDENT.len()) == Some(INDENT) {
                        self.at += INDENT.len();
                    }
                }
                b'\t' | b'\r' => self.at += 1,
                other => return Some(other),
            }
        }
    }

    /// Passes white space and this byte.
    #[inline]
    fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes a value of any kind.
    #[inline]
    pub(super) fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.text().map(drop),
            b'{' => self.nested_object(),
            b'[' => self.list(Self::value),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    #[inline]
    fn nested_object(&mut self) -> Option<()> {
        self.object(|cursor, _| cursor.value())
    }

    /// Passes an object. `member` gets the name of each member, and must pass its value.
    #[inline]
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, Text<'t>) -> Option<()>) -> Option<()> {
        self.byte(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        self.depth = self.depth.checked_sub(1)?;
        loop {
            let name = self.text()?;
            self.byte(b':')?;
            member(self, name)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.depth += 1;
        Some(())
    }

    /// Passes a list. `entry` must pass each entry.
    #[inline]
    pub(super) fn list(&mut self, mut entry: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.byte(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        self.depth = self.depth.checked_sub(1)?;
        loop {
            entry(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.depth += 1;
        Some(())
    }

    /// Passes a text.
    #[inline]
    pub(super) fn text(&mut self) -> Option<Text<'t>> {
        self.byte(b'"')?;
        let (start, mut has_escapes) = (self.at, false);
        loop {
            self.at += ordinary(self.text.get(self.at..)?);
            match self.text.get(self.at..)? {
                [b'"', ..] => break,
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
                [b'\\', b'u', digits @ ..] if digits.get(..4)?.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                _ => return None,
            }
            has_escapes = true;
        }
        let written = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Text { written, has_escapes })
    }

    #[inline]
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    #[inline]
    fn number(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        let mut rest = match digits.strip_prefix(b"0") {
            Some(rest) => rest,
            None => after_digits(digits)?,
        };
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = after_digits(fraction)?;
        }
        if let [b'e' | b'E', exponent @ ..] = rest {
            let digits = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            rest = after_digits(digits)?;
        }
        self.at = self.text.len() - rest.len();
        Some(())
    }
}

/// What follows the digits that a text begins with; `None` if there is no digit.
#[inline]
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(digits..).filter(|_| digits > 0)
}

/// How many bytes come before a quote, a backslash or a control character.
///
/// Eight bytes at a time: most texts are too short for a call of a vectorized search to pay.
#[inline]
fn ordinary(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        match special(u64::from_le_bytes(*word)).trailing_zeros() {
            u64::BITS => length += 8,
            bits => return length + (bits / 8) as usize,
        }
    }
    length + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len())
}

/// Has the highest bit of the first byte set that is a quote, a backslash or a control character; zero if there is none.
/// Bits above it say nothing.
///
/// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
#[inline]
fn special(word: u64) -> u64 {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let is_less = |word: u64, limit: u8| word.wrapping_sub(each(limit)) & !word;
    let is = |byte: u8| is_less(word ^ each(byte), 1);
    (is(b'"') | is(b'\\') | is_less(word, b' ')) & each(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    /// Whether the text is one value, and white space.
    fn is_json(text: &[u8]) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.value().is_some() && cursor.peek().is_none() && cursor.since(0).is_some_and(|passed| passed == text)
    }

    fn is_json_for_serde(text: &str) -> bool {
        serde_json::from_str::<&RawValue>(text).is_ok()
    }

    #[test]
    fn what_is_json_is_passed_and_nothing_else() {
        for json in [
            "0",
            "-0",
            "10",
            "1.5",
            "-1.50e+10",
            "1E-2",
            "0e0",
            "null",
            "true",
            "false",
            "\"\"",
            "\"a\"",
            "{}",
            "[]",
            "[[],{}]",
            " { \"a\" : [ 1 , 2 ] , \"b\" : { } } ",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD800\"",
            "\"é\u{7f}€😀12345678\"",
            "[1,\r\n\t2]\n",
            "\n         1",
            "\"exactly8\"",
            "\"exactly8exactly8\"",
            "\"7 bytes\"",
        ] {
            assert!(is_json(json.as_bytes()) && is_json_for_serde(json), "{json}");
        }
        for broken in [
            "",
            " ",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "nul",
            "tru",
            "nullx",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u00e\"",
            "\"\\u00eg\"",
            "\"a\nb\"",
            "\"1234567\u{1}\"",
            "\"\0\"",
            "{",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "{1:1}",
            "]",
            "}",
            "[}",
            "{]",
            "'a'",
            "1 1",
            "\u{c}1",
            "\u{feff}1",
        ] {
            assert!(!is_json(broken.as_bytes()) && !is_json_for_serde(broken), "{broken:?}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(is_json(nested(DEPTH + 1).as_bytes()), "the innermost list is empty");
        assert!(!is_json(nested(DEPTH + 2).as_bytes()));
        assert!(!is_json("{\"a\":".repeat(1_000_000).as_bytes()));
        let wide = format!("[{}]", vec!["[[1],{\"a\":{}}]"; 1000].join(","));
        assert!(is_json(wide.as_bytes()));
    }

    #[test]
    fn lines_are_counted_outside_of_texts() {
        let mut cursor = Cursor::new(b"\n[1,\n         \"\\n\"\n\n]\r\n 2");
        assert_eq!((cursor.value(), cursor.line()), (Some(()), 5));
        assert_eq!((cursor.peek(), cursor.line()), (Some(b'2'), 6));
    }

    #[test]
    fn escapes_are_noticed() {
        for (text, want) in
            [("\"ab\"", Some(&b"ab"[..])), ("\"\\u0061b\"", None), ("\"a\\\"\"", None), ("\"\"", Some(b""))]
        {
            assert_eq!(Cursor::new(text.as_bytes()).text().unwrap().without_escapes(), want, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn special_bytes_are_found_where_they_are(text in prop::collection::vec(prop_oneof![any::<u8>(), b'a'..b'c', Just(b'"'), 0x1f_u8..0x22], 0..40)) {
            let want = text.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\').unwrap_or(text.len());
            prop_assert_eq!(ordinary(&text), want);
        }

        #[test]
        fn serde_agrees(text in r#"[\[\]{}",:0-9.eE+\-a\\unltr \n]{0,12}"#, list in r#"\[[0-9.,eE\-"\\un ]{0,10}\]"#) {
            prop_assert_eq!(is_json(text.as_bytes()), is_json_for_serde(&text), "{:?}", text);
            prop_assert_eq!(is_json(list.as_bytes()), is_json_for_serde(&list), "{:?}", list);
        }
    }
}
