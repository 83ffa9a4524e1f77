//! Why the JSON parser rejects a policy, in texts of this program.

use crate::language::{Text, text};

// What the reader expects.
pub(super) static POLICY: Text = Text::literal("a policy, an object with `Statement`");
pub(super) static STATEMENTS: Text = Text::literal("a statement or a list of statements");
pub(super) static STATEMENT: Text = Text::literal("a statement, an object with `Effect`");
pub(super) static STRINGS: Text = Text::literal("a string or a list of strings");
pub(super) static PRINCIPALS: Text = Text::literal("`*` or an object with `AWS` or `Service`");
pub(super) static OPERATORS: Text = Text::literal("an object with condition operators");
pub(super) static KEYS: Text = Text::literal("an object with condition keys");

/// The policy has no `Statement`.
pub(super) static NO_STATEMENT: Text = Text::literal("the policy has no `Statement`; add at least one");

/// What the parser calls a value, and its kind.
static KINDS: [(&str, Text); 7] = [
    ("null", Text::literal("`null`")),
    ("string", Text::literal("a text")),
    ("integer", Text::literal("a number")),
    ("floating point", Text::literal("a number")),
    ("boolean", Text::literal("a Boolean")),
    ("sequence", Text::literal("a list")),
    ("map", Text::literal("an object")),
];

/// Messages that stay as they are. Source: serde_json, `ErrorCode`.
static MESSAGES: [Text; 17] = [
    Text::literal("EOF while parsing a list"),
    Text::literal("EOF while parsing an object"),
    Text::literal("EOF while parsing a string"),
    Text::literal("EOF while parsing a value"),
    Text::literal("expected `:`"),
    Text::literal("expected `,` or `]`"),
    Text::literal("expected `,` or `}`"),
    Text::literal("lone leading surrogate in hex escape"),
    Text::literal("unexpected end of hex escape"),
    Text::literal("invalid escape"),
    Text::literal("invalid number"),
    Text::literal("number out of range"),
    Text::literal("invalid unicode code point"),
    Text::literal("control character (\\u0000-\\u001F) found while parsing a string"),
    Text::literal("trailing comma"),
    Text::literal("trailing characters"),
    Text::literal("recursion limit exceeded"),
];

/// A message of the JSON parser without the value that it complains about: the text may be the wrong file.
pub(super) fn without_content(message: &str) -> Text {
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        let kind = KINDS.iter().find(|(name, _)| found.starts_with(name));
        let found = kind.map_or(Text::literal("another value"), |(_, kind)| kind.clone());
        let all = [&POLICY, &STATEMENTS, &STATEMENT, &STRINGS, &PRINCIPALS, &OPERATORS, &KEYS];
        return text!("expected {expected}, found {found}", expected = known(all, expected), found);
    }
    match message {
        "key must be a string" => Text::literal("the name of a member must be in double quotes"),
        "expected value" | "expected ident" => Text::literal("this is not JSON"),
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            text!("{message}: `\\u` with half of a surrogate pair is no character", message = known(&MESSAGES, message))
        }
        message => known(MESSAGES.iter().chain([&NO_STATEMENT]), message),
    }
}

/// The text of this program that reads like `message`, or else `message` as it is.
fn known<'t>(texts: impl IntoIterator<Item = &'t Text>, message: &str) -> Text {
    texts.into_iter().find(|text| ***text == *message).map_or_else(|| message.into(), Text::clone)
}
