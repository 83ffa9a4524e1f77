//! Random secrets, and the check that nothing shows one. Tests of the rules, the runtime and the command line share it.
//!
//! What counts as shown is decided here, once. Each word of a generated secret begins with [`MARK`] in some case, and no word
//! of the tables, the texts or the samples contains that: a text that has it got it from a secret. A copy of a whole secret is
//! not needed: a parser that splits it at a character must hide both parts.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

/// How each word of a secret begins.
const MARK: &str = "zq";

/// How many characters of a word show it: an output that cuts or wraps a text shows at least these.
const SHOWN: usize = 4;

/// What stands before, between and after the words: what delimits the parts of URLs, JSON, properties, commands and TOML, what
/// looks like an encoding, and what is not ASCII.
const DELIMITERS: [&str; 36] = [
    "-", ".", "_", " ", "\"", "'", "%", "=", "&", "@", ":", "/", "\\", ";", ",", "#", "?", "<", ">", "{", "}", "[",
    "]", "(", ")", "|", "$", "`", "!", "*", "+", "~", "%2F", "\\u0041", "é", "密",
];

/// How a property about secrets runs: on this many cases, or on as many as `PROPTEST_CASES` says.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 2_000, ..default }
}

/// A secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    /// As it is, so that a failed case can be read and written down as a test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Any secret of 8 to 40 characters.
///
/// The rules do not count some texts as secrets, even under the name `password`: references to a config provider, templates,
/// variables and paths of files. They are excluded here, by the same forms.
pub(crate) fn secret() -> impl Strategy<Value = Secret> {
    let word = "[zZ][qQ][a-zA-Z0-9]{4,8}";
    let delimiter = || select(DELIMITERS.to_vec());
    let edge = || prop_oneof![3 => Just(""), 1 => delimiter()];
    let more = prop::collection::vec((delimiter(), word), 0..3);
    let parts = (edge(), "[zZ][qQ][a-zA-Z0-9]{6,9}", more, edge());
    let secret = parts.prop_map(|(before, first, more, after)| {
        let more = more.into_iter().fold(String::new(), |all, (between, word)| all + between + &word);
        Secret(format!("{before}{first}{more}{after}"))
    });
    secret.prop_filter("8 to 40 characters that are no placeholder", |Secret(text)| {
        let inside = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
        let placeholder = text.contains("${") || inside("<", ">") || inside("{{", "}}");
        (8..=40).contains(&text.chars().count()) && !placeholder
    })
}

/// A secret that could also be the name of a host: its copies stand where addresses and names do.
pub(crate) fn host() -> impl Strategy<Value = Secret> {
    prop_oneof!["zq[a-z]{2,10}", "zq[a-z0-9]{5,8}[0-9](\\.zq[a-z0-9]{4,6})?(\\.example\\.com)?"].prop_map(Secret)
}

impl Secret {
    /// Every text of which one shows the secret, in lower case, and its form.
    fn forms(&self) -> Vec<(&'static str, String)> {
        let mut forms = Vec::new();
        for (at, _) in self.0.to_ascii_lowercase().match_indices(MARK) {
            let word: String = self.0[at..].chars().take(SHOWN).collect();
            for word in [&word, &word.to_ascii_lowercase()] {
                forms.extend([
                    ("escapes of JSON or properties", escaped(word, "\\u", 4)),
                    ("percent encoding", escaped(word, "%", 2)),
                    ("references of HTML", escaped(word, "&#x", 2)),
                ]);
            }
            forms.push(("as it is", word.to_ascii_lowercase()));
        }
        // a text before it can shift the bits by two alignments
        for before in 0..3 {
            let encoded = base64(&[&b"  "[..before], self.0.as_bytes()].concat());
            let whole = (8 * before).div_ceil(6)..8 * (before + self.0.len()) / 6;
            let encoded: String = encoded[whole].chars().take(12).collect();
            let of_urls = encoded.replace('+', "-").replace('/', "_");
            forms.extend([("base64", encoded.to_ascii_lowercase()), ("base64", of_urls.to_ascii_lowercase())]);
        }
        forms
    }
}

/// Each byte of a text in hexadecimal after `prefix`.
fn escaped(text: &str, prefix: &str, digits: usize) -> String {
    text.bytes().map(|byte| format!("{prefix}{byte:0digits$x}")).collect()
}

/// Fails if one of the outputs shows the secret, and says which, where, and in which form.
pub(crate) fn nothing_shows(secret: &Secret, outputs: &[(String, String)]) -> Result<(), TestCaseError> {
    let forms = secret.forms();
    for (name, output) in outputs {
        let lower = output.to_ascii_lowercase();
        for (form, text) in &forms {
            if let Some(at) = lower.find(text.as_str()) {
                let start = (0..=at.saturating_sub(160)).rev().find(|at| lower.is_char_boundary(*at)).unwrap_or(0);
                let around: String = output[start..].chars().take(400).collect();
                return Err(TestCaseError::fail(format!("{name} shows {secret:?} ({form}):\n…{around}…")));
            }
        }
    }
    Ok(())
}

/// RFC 4648 base64, with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[test]
fn the_check_finds_each_form() {
    let secret = Secret("Zq0a1b2c @zQ9x8y7w6".to_owned());
    for before in ["", "a", "ab", "password="] {
        let text = format!("{before}{}\n", secret.0);
        for output in [
            text.clone(),
            serde_json::Value::from(text.clone()).to_string(),
            base64(text.as_bytes()),
            base64(text.as_bytes()).replace('+', "-").replace('/', "_"),
            format!("{before}{}", escaped(&secret.0, "\\u", 4)),
            format!("{before}{}", escaped(&secret.0, "%", 2)),
            text.to_uppercase(),
            text[..before.len() + SHOWN].to_owned(),
            text[before.len() + 8..].to_owned(),
        ] {
            let shown = nothing_shows(&secret, &[("the output".to_owned(), format!("… {output}"))]);
            assert!(shown.is_err(), "{output}");
        }
    }
    assert!(nothing_shows(&secret, &[("the output".to_owned(), "[hidden] quiz.example.com".to_owned())]).is_ok());
}
