//! The texts in a setting whose value is JSON.

/// The texts in JSON, each with the name of the member that holds it; the elements of a list have the name of the list.
/// Empty if the value is not JSON.
///
/// The reader is lenient: a config provider may supply a part of the value without quotes, and a truncated value still
/// has secrets. It takes linear time at any depth.
pub(super) fn texts(value: &str) -> Vec<(String, String)> {
    let value = value.trim();
    let mut found = Vec::new();
    if !value.starts_with(['{', '[']) {
        return found;
    }
    let mut name = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let (text, after) = string(rest.get(1..).unwrap_or_default());
            rest = after.trim_start();
            match rest.strip_prefix(':') {
                Some(after) => {
                    name = text;
                    rest = after.trim_start();
                }
                None => found.push((name.clone(), text)),
            }
        } else if matches!(c, '{' | '}' | '[' | ']' | ',' | ':') || c.is_whitespace() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        } else {
            // a number, `true`, or text without quotes
            let end = rest.find([',', '}', ']', '"', '\n']).unwrap_or(rest.len());
            let (scalar, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            found.push((name.clone(), scalar.trim().to_owned()));
            rest = after;
        }
    }
    found
}

/// A string after its opening quote, without its escapes, and the text after the closing quote.
fn string(text: &str) -> (String, &str) {
    let (mut units, mut buffer) = (Vec::new(), [0; 2]);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (String::from_utf16_lossy(&units), text.get(at + 1..).unwrap_or_default()),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => units.push(u16::from(b'\n')),
                Some('t') => units.push(u16::from(b'\t')),
                Some('r') => units.push(u16::from(b'\r')),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                }
                Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
                None => {}
            },
            other => units.extend_from_slice(other.encode_utf16(&mut buffer)),
        }
    }
    (String::from_utf16_lossy(&units), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_name_of_their_member() {
        for (value, expected) in [
            (r#"{"a": "x", "b": {"c": ["y", "z"]}, "d": 5}"#, "a=x c=y c=z d=5"),
            (r#"[{"a": "x\"\u0041\n"}]"#, "a=x\"A\n"),
            (r#"{"a": "\ud83d\ude00"}"#, "a=😀"),
            (r#"{"a": "{\"b\": \"x\"}"}"#, r#"a={"b": "x"}"#),
            (r#"{"a": x y, "b": true}"#, "a=x y b=true"),
            (r#"{"a": "cut"#, "a=cut"),
            ("[hidden]", "=hidden"),
            ("plain \"a\": \"b\"", ""),
            ("", ""),
        ] {
            let found: Vec<String> = texts(value).into_iter().map(|(name, text)| format!("{name}={text}")).collect();
            assert_eq!(found.join(" "), expected, "{value}");
        }
    }

    #[test]
    fn depth_and_length_take_linear_time() {
        let start = std::time::Instant::now();
        for value in ["[".repeat(1_000_000), "{\"a\":".repeat(200_000), "[\"".repeat(300_000), "[\\u".repeat(300_000)] {
            texts(&value);
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
