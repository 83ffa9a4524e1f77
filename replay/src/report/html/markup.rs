//! Text in HTML.

use serde_json::Value;

/// Characters that stand for what differs between findings. `util::text::plain` leaves none of them in other text.
pub(super) mod placeholder {
    pub(crate) const ARN: char = '\u{1}';
    pub(crate) const NAME: char = '\u{2}';
    pub(crate) const ACCOUNT: char = '\u{3}';
    pub(crate) const REGION: char = '\u{4}';
    pub(crate) const KEY: char = '\u{5}';
}

/// Plain text between tags, where quotes are only text. Placeholders get their names.
///
/// <https://html.spec.whatwg.org/multipage/syntax.html#syntax-charref>
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            placeholder::ARN => safe += "<var>arn</var>",
            placeholder::NAME => safe += "<var>name</var>",
            placeholder::ACCOUNT => safe += "<var>account</var>",
            placeholder::REGION => safe += "<var>region</var>",
            placeholder::KEY => safe += "<var>key</var>",
            c => safe.push(c),
        }
    }
    safe
}

/// Plain text in an attribute with double quotes.
pub(super) fn attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;")
}

/// As [`escaped`], with what stands between backticks as code.
pub(super) fn prose(text: &str) -> String {
    let text = escaped(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text; // one of them has no partner
    }
    let mark = |(index, part): (usize, &&str)| match index % 2 {
        0 => (*part).to_owned(),
        _ => format!("<code>{part}</code>"),
    };
    parts.iter().enumerate().map(mark).collect()
}

/// A text of a finding; empty if it is missing.
pub(super) fn text<'a>(finding: &'a Value, pointer: &str) -> &'a str {
    finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
