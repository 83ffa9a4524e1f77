//! The settings: every mistake has a place, and what means nothing changes nothing.

use sealwatch_rules::Settings;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::SettingsError;
use sealwatch_rules::util::text::{plain, toml};

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "settings", run: check, max_len: 1024, words, seeds };

/// Parses a text as settings, and as a value in them.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = parse(text);
    if let Err(error) = &parsed {
        assert_place(text, error);
    }
    // a blank line before the text moves its mistakes, and an end after it changes nothing
    if !text.starts_with('\u{feff}') {
        let below = parse(&format!("\n{text}"));
        match (&parsed, &below) {
            (Ok(settings), Ok(below)) => assert_eq!(settings, below, "{text:?}"),
            (Err(error), Err(below)) => {
                let moved = SettingsError { line: error.line + 1, ..error.clone() };
                assert_eq!(moved, *below, "{text:?}");
            }
            _ => panic!("{text:?}: {parsed:?}, below a blank line {below:?}"),
        }
    }
    if parsed.is_ok() {
        assert_eq!(parse(&format!("{text}\n# the end\n")), parsed, "{text:?}");
    }
    check_value(text);
}

/// A text as a value: what is written as a string of TOML is read as it was.
fn check_value(text: &str) {
    let exception =
        format!("[[exceptions]]\nrule = \"kinesis-stream-unencrypted\"\nresource = \"*\"\nreason = {}\n", toml(text));
    match Settings::parse(&exception, &RULE_IDS) {
        Ok(settings) => assert_eq!(settings.exceptions.first().map(|one| one.reason.as_str()), Some(text)),
        Err(error) => {
            assert_eq!((error.line, error.key.as_deref()), (4, Some("exceptions.reason")), "{text:?}: {error}");
            assert_place(&exception, &error);
        }
    }
}

/// The settings in words, or what is wrong.
fn parse(text: &str) -> Result<String, SettingsError> {
    Settings::parse(text, &RULE_IDS).map(|settings| format!("{settings:?}"))
}

/// The place of a mistake is in the text, and what is said of it is one line that is safe to print.
fn assert_place(text: &str, error: &SettingsError) {
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&error.line), "{text:?}: {error:?}");
    let columns = text.split('\n').nth(error.line - 1).unwrap_or_default().chars().count();
    assert!((1..=columns + 1).contains(&error.column), "{text:?}: {error:?}");
    let said = error.to_string();
    assert_eq!(plain(&said), said);
    assert!(said.chars().count() < 2_000, "{said}");
    if let Some(key) = &error.key {
        assert_eq!(&plain(key), key);
    }
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/settings/parse.rs"),
        include_str!("../../../shared/rules/src/configuration/key.rs"),
    ];
    let others = [
        "[[exceptions]]\n",
        "[rules.",
        "\"\"\"",
        "'''",
        "\\u001b",
        "\r\n",
        "2027-03-31",
        "1979-05-27T07:32:00Z",
        "[keys]\n",
        "0x7f",
        "1_0",
        "inf",
    ];
    let mut words = words::all(&code, &others);
    words.extend(RULE_IDS.map(str::to_owned));
    words
}

fn seeds() -> Vec<Vec<u8>> {
    let page = String::from_utf8_lossy(&samples::file("docs/settings.md")).into_owned();
    let examples = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let without_comments = |text: &str| {
        text.lines().map(|line| line.split(" #").next().unwrap_or_default().to_owned() + "\n").collect::<String>()
    };
    let whole = examples.map(without_comments).collect::<Vec<_>>();
    let tables = whole.iter().flat_map(|text| text.split("\n\n")).map(str::to_owned).collect::<Vec<_>>();
    [whole, tables].concat().into_iter().map(String::into_bytes).collect()
}
