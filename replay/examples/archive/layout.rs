//! The layouts in which others write a log file again.

/// How a log file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As CloudTrail does.
    Compact,
    /// As `json.dumps` of Python does.
    Spaced,
    /// As `jq .` does.
    Indented,
    /// One record per line.
    Lines,
    /// One record per line, as `json.dumps` of Python writes it.
    SpacedLines,
}

impl Layout {
    /// The records, compact JSON, in one text.
    pub(crate) fn write(self, records: &[String]) -> String {
        let log = || format!("{{\"Records\":[{}]}}", records.join(","));
        match self {
            Layout::Compact => log(),
            Layout::Spaced => spaced(&log()),
            Layout::Indented => indented(&log()),
            Layout::Lines => records.join("\n") + "\n",
            Layout::SpacedLines => spaced(&records.join("\n")) + "\n",
        }
    }
}

/// Compact JSON with a space after each comma and colon.
fn spaced(json: &str) -> String {
    outside_of_texts(json, |c, _, out| {
        out.push(c);
        if matches!(c, ',' | ':') {
            out.push(' ');
        }
    })
}

/// Compact JSON with a line for each member and entry, indented by two spaces for each level.
fn indented(json: &str) -> String {
    let mut depth = 0;
    outside_of_texts(json, |c, next, out| {
        let is_empty = matches!((c, next), ('{', Some('}')) | ('[', Some(']')));
        if matches!(c, '}' | ']') && !out.ends_with(['{', '[']) {
            depth -= 1;
            *out += &format!("\n{}", "  ".repeat(depth));
        }
        out.push(c);
        match c {
            ':' => out.push(' '),
            '{' | '[' if !is_empty => {
                depth += 1;
                *out += &format!("\n{}", "  ".repeat(depth));
            }
            ',' => *out += &format!("\n{}", "  ".repeat(depth)),
            _ => {}
        }
    })
}

/// Writes JSON again: texts as they are, and each other character, with the next one, as `write` does.
fn outside_of_texts(json: &str, mut write: impl FnMut(char, Option<char>, &mut String)) -> String {
    let (mut out, mut in_text, mut is_escaped) = (String::with_capacity(2 * json.len()), false, false);
    let mut characters = json.chars().peekable();
    while let Some(c) = characters.next() {
        match in_text || c == '"' {
            true => out.push(c),
            false => write(c, characters.peek().copied(), &mut out),
        }
        in_text ^= c == '"' && !is_escaped;
        is_escaped = in_text && c == '\\' && !is_escaped;
    }
    out
}
