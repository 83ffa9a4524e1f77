//! Worker configurations: `.properties` text is read as Java reads it.

use sealwatch_rules::connector::Settings;
use sealwatch_rules::readers;

use crate::Check;

pub(crate) const CHECK: Check = Check { name: "java_properties", run: check, max_len: 256, words, seeds };

/// Reads a text, and compares with [`load`].
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = readers::properties(&text);
    if let Some(expected) = load(&text) {
        // a line that only continues nothing has neither name nor value
        let named = |entries: Vec<(String, String)>| {
            entries.into_iter().filter(|entry| *entry != Default::default()).collect::<Vec<_>>()
        };
        assert_eq!(named(read), named(expected), "{text:?}");
    }
    let settings = Settings::from_properties(&text);
    let names = format!("{settings:?}");
    let report = readers::connector_report(&settings, Some(&settings));
    let again = readers::connector_report(&Settings::from_properties(&text), Some(&settings));
    assert_eq!(report, again);
    assert_eq!(names, format!("{:?}", Settings::from_properties(&text)));
}

/// A port of `java.util.Properties.load` of OpenJDK 21, character by character; `None` if that rejects the text. A surrogate
/// without its other half becomes U+FFFD, as in Rust.
fn load(text: &str) -> Option<Vec<(String, String)>> {
    let mut entries = Vec::new();
    let mut input: Vec<u16> = text.encode_utf16().collect();
    input.reverse();
    while let Some(line) = read_line(&mut input) {
        let mut key_end = 0;
        let (mut value_start, mut has_separator, mut escaped) = (line.len(), false, false);
        while let Some(c) = line.get(key_end).copied() {
            if !escaped && (is(c, '=') || is(c, ':')) {
                (value_start, has_separator) = (key_end + 1, true);
                break;
            }
            if !escaped && is_blank(c) {
                value_start = key_end + 1;
                break;
            }
            escaped = is(c, '\\') && !escaped;
            key_end += 1;
        }
        while let Some(c) = line.get(value_start).copied() {
            if !is_blank(c) {
                if has_separator || !(is(c, '=') || is(c, ':')) {
                    break;
                }
                has_separator = true;
            }
            value_start += 1;
        }
        entries.push((convert(line.get(..key_end)?)?, convert(line.get(value_start..)?)?));
    }
    Some(entries)
}

/// `LineReader.readLine`: the next line without its continuations. `input` is reversed.
fn read_line(input: &mut Vec<u16>) -> Option<Vec<u16>> {
    let mut line = Vec::new();
    let (mut skip_blank, mut continued, mut escaped) = (true, false, false);
    loop {
        let Some(c) = input.pop() else {
            if line.is_empty() {
                return None;
            }
            if escaped {
                line.pop();
            }
            return Some(line);
        };
        if skip_blank {
            if is_blank(c) || !continued && is_end(c) {
                continue;
            }
            (skip_blank, continued) = (false, false);
        }
        if line.is_empty() && (is(c, '#') || is(c, '!')) {
            while input.pop().is_some_and(|c| !is_end(c)) {}
            skip_blank = true;
        } else if !is_end(c) {
            line.push(c);
            escaped = is(c, '\\') && !escaped;
        } else if line.is_empty() {
            skip_blank = true;
        } else if escaped {
            line.pop();
            (skip_blank, continued, escaped) = (true, true, false);
            if is(c, '\r') && input.last().is_some_and(|next| is(*next, '\n')) {
                input.pop();
            }
        } else {
            return Some(line);
        }
    }
}

/// `loadConvert`: the text without escapes.
fn convert(text: &[u16]) -> Option<String> {
    let mut units = Vec::new();
    let mut rest = text.iter().copied();
    while let Some(c) = rest.next() {
        if !is(c, '\\') {
            units.push(c);
            continue;
        }
        let Some(c) = rest.next() else { break };
        units.push(match char::from_u32(c.into()) {
            Some('u') => {
                let digits: String =
                    rest.by_ref().take(4).map(|unit| char::from_u32(unit.into()).unwrap_or('?')).collect();
                if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                u16::from_str_radix(&digits, 16).ok()?
            }
            Some('t') => 0x9,
            Some('n') => 0xa,
            Some('f') => 0xc,
            Some('r') => 0xd,
            _ => c,
        });
    }
    Some(String::from_utf16_lossy(&units))
}

fn is(unit: u16, c: char) -> bool {
    u32::from(unit) == u32::from(c)
}

fn is_blank(unit: u16) -> bool {
    is(unit, ' ') || is(unit, '\t') || is(unit, '\u{c}')
}

fn is_end(unit: u16) -> bool {
    is(unit, '\n') || is(unit, '\r')
}

fn words() -> Vec<String> {
    let words = [
        "=",
        ":",
        "\\\n",
        "\\\r\n",
        "\\\\",
        "\\u00e9",
        "\\ud83d",
        "\\ude00",
        "\\=",
        "# ",
        "!",
        "\r\n",
        "\u{c}",
        "config.providers",
        "${x:y}",
    ];
    words.map(str::to_owned).to_vec()
}

fn seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "key.converter=org.apache.kafka.connect.storage.StringConverter\nvalue.converter = a.B\n# comment\nconfig.providers: x\n",
        "a\\ b\\=c=d\\\n   e\\u00e9\\t\n\n!x\nlonely\n",
        "producer.override.security.protocol=PLAINTEXT\r\nx.password=tulip\r\n",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}
