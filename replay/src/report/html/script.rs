//! The script of the page, and what it says.

use sealwatch_rules::language::{Language, Text};
use serde_json::{Map, Value};

const SCRIPT: &str = include_str!("script.js");

/// The texts of the script. Those with a placeholder are filled there.
const TEXTS: [Text; 30] = [
    Text::literal("Account"),
    Text::literal("All"),
    Text::literal("Copied"),
    Text::literal("Copy"),
    Text::literal("Fold all"),
    Text::literal("Region"),
    Text::literal("Rule"),
    Text::literal("Search"),
    Text::literal("Selected"),
    Text::literal("Severity"),
    Text::literal("Unfold all"),
    Text::literal("critical"),
    Text::literal("high"),
    Text::literal("medium"),
    Text::literal("low"),
    Text::literal("unverified"),
    Text::literal("excepted"),
    Text::literal("resolved"),
    Text::literal("compliant"),
    Text::literal("not applicable"),
    Text::literal("Resource in the console"),
    Text::literal("Event in CloudTrail"),
    Text::literal("event {event}"),
    Text::literal("1 finding"),
    Text::literal("{count} findings"),
    Text::literal("{count} of {total}"),
    Text::literal("caller {number}"),
    Text::literal("{caller} ({who})"),
    Text::literal("{identity} from {source}"),
    Text::literal("name, ARN, caller, call, event id"),
];

/// The script without its indentation, with what it says in a language. A text that is not in its table is said in English.
pub(super) fn script(language: Language) -> String {
    let translated = |text: &Text| language.translation(text).map(|said| ((**text).to_owned(), Value::from(said)));
    let words: Map<String, Value> = TEXTS.iter().filter_map(translated).collect();
    let lines: Vec<&str> = SCRIPT.lines().map(str::trim_start).collect();
    lines.join("\n").replacen("{/* words */}", &Value::Object(words).to_string(), 1) + "\n"
}
