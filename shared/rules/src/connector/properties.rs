//! Java `.properties` text, the format of an MSK Connect worker configuration.

use std::iter::Peekable;
use std::str::Chars;

use super::settings::Settings;

impl Settings {
    /// Reads `.properties` text by the rules of `java.util.Properties.load`: comments, continued lines, the separators
    /// `=`, `:` and whitespace, and backslash escapes. Every text is valid. If a name repeats, its last value counts.
    pub fn from_properties(text: &str) -> Self {
        entries(text).collect()
    }

    /// Reads `propertiesFileContent` from `DescribeWorkerConfiguration`: `.properties` text in base64. `None` if the
    /// text is not base64, or is truncated.
    pub fn from_base64_properties(encoded: &str) -> Option<Self> {
        Some(Self::from_properties(&String::from_utf8_lossy(&decode_base64(encoded)?)))
    }
}

/// The names and values in `.properties` text, in their order.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = (String, String)> {
    logical_lines(text).into_iter().map(|line| entry(&line))
}

/// Joins continued lines and removes comments and blank lines.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    // `\r\n` is one end of a line: its `\n` must not end the line that a backslash before it continues
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        let line = line.trim_start_matches([' ', '\t', '\u{c}']);
        if open.is_empty() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        // An odd number of trailing backslashes continues the line; in an even number each pair is one escaped backslash.
        let slashes = line.chars().rev().take_while(|c| *c == '\\').count();
        if slashes % 2 == 1 {
            open.extend(line.strip_suffix('\\'));
        } else {
            open.push_str(line);
            lines.push(std::mem::take(&mut open));
        }
    }
    if !open.is_empty() {
        lines.push(open);
    }
    lines
}

/// Splits a logical line into name and value.
fn entry(line: &str) -> (String, String) {
    let mut chars = line.chars().peekable();
    let name = unescape(&mut chars, |c| matches!(c, '=' | ':' | ' ' | '\t' | '\u{c}'));
    let blank = |c: &char| matches!(c, ' ' | '\t' | '\u{c}');
    while chars.next_if(blank).is_some() {}
    if chars.next_if(|c| matches!(c, '=' | ':')).is_some() {
        while chars.next_if(blank).is_some() {}
    }
    (name, unescape(&mut chars, |_| false))
}

fn unescape(chars: &mut Peekable<Chars<'_>>, ends: fn(char) -> bool) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next_if(|c| !ends(*c)) {
        let c = if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        };
        match c {
            't' => units.push(u16::from(b'\t')),
            'n' => units.push(u16::from(b'\n')),
            'r' => units.push(u16::from(b'\r')),
            'f' => units.push(0xc),
            'u' => {
                let digits: String = (0..4).map_while(|_| chars.next_if(char::is_ascii_hexdigit)).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
            }
            other => units.extend_from_slice(other.encode_utf16(&mut buffer)),
        }
    }
    String::from_utf16_lossy(&units)
}

/// Decodes standard base64. It skips whitespace and requires padding: text without it may be truncated, and settings that
/// are missing would pass as settings that are not set.
fn decode_base64(encoded: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64_simd::STANDARD.decode_to_vec(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        entries(text).collect()
    }

    #[test]
    fn reads_what_java_reads() {
        for (text, name, value) in [
            ("a=b", "a", "b"),
            ("  a : b ", "a", "b "),
            ("a b=c", "a", "b=c"),
            ("a\\ b\\=c=d", "a b=c", "d"),
            ("a=b\\\n   c", "a", "bc"),
            ("a=b\\\r   c", "a", "bc"),
            ("a=b\\\r\n   c", "a", "bc"),
            ("a=b\\\r\n\r\n", "a", "b"),
            ("a=b\\\\\n", "a", "b\\"),
            ("a=\\u00e9\\t\\q", "a", "é\tq"),
            ("a=\\ud83d\\ude00", "a", "😀"),
            ("lonely", "lonely", ""),
            ("a=\\", "a", ""),
        ] {
            assert_eq!(read(text), [(name.to_owned(), value.to_owned())], "{text}");
        }
        assert_eq!(read("# x=1\n! y=2\n\n\r\n"), []);
        assert_eq!(read("a=1\r\nb=2").len(), 2);
    }

    #[test]
    fn base64_must_be_complete() {
        for (encoded, decoded) in [
            ("", Some("")),
            ("YT1i", Some("a=b")),
            ("YT1iYw==", Some("a=bc")),
            ("YT1iY2Q=", Some("a=bcd")),
            ("YT1i\r\n Yw==\n", Some("a=bc")),
            ("YT1iYw", None),
            ("YT1iYw=", None),
            ("YT1iY", None),
            ("YT1iYw==YT1i", None),
            ("=", None),
            ("YT1i!", None),
            ("YT1-", None),
            ("YT1_", None),
        ] {
            assert_eq!(decode_base64(encoded), decoded.map(|text| text.as_bytes().to_vec()), "{encoded}");
        }
    }

    #[test]
    fn base64_of_properties() {
        let settings = Settings::from_base64_properties("YT1i\nCmM9ZA==").unwrap();
        assert!(settings.is("a", "b") && settings.is("c", "d"));
        assert_eq!(Settings::from_base64_properties("not base64!"), None);
    }
}
