//! JSON that is in no form that is read, but mentions a call that rules evaluate: it must not pass as clean.

use std::borrow::Cow;
use std::collections::HashMap;

use memchr::memmem;
use sealwatch_rules::rules::{self, DETECTORS};
use sealwatch_rules::util::text::{cut, plain};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// What to say about a document that mentions a monitored call; `None` if it mentions none.
///
/// The output of this command names calls too. It is no input.
pub(crate) fn problem(document: &RawValue) -> Option<String> {
    let (source, name) = monitored_call(document.get().as_bytes())?;
    let members: HashMap<Cow<'_, str>, IgnoredAny> = serde_json::from_str(document.get()).unwrap_or_default();
    if ["rule", "outcome", "fingerprint"].into_iter().all(|member| members.contains_key(member)) {
        return None;
    }
    let mut names: Vec<&str> = members.keys().map(|name| &**name).collect();
    names.sort_unstable();
    let form = match names.is_empty() {
        true => "JSON".to_owned(),
        false => format!("an object with `{}`", names.join("`, `")),
    };
    Some(format!(
        "mentions the call `{name}` of `{source}`, but this is no form of CloudTrail records that is read: {}. Extract \
         the records, whole and one per line; docs/replay.md lists the forms",
        cut(&plain(&form), 200)
    ))
}

/// The first monitored call whose event source and name are texts in a JSON document: values of members, or entries of the
/// same list. In the pattern of an EventBridge rule, they are in different lists. The document may hold JSON as text, or be
/// cut off.
fn monitored_call(json: &[u8]) -> Option<(&'static str, String)> {
    memmem::find(json, b".amazonaws.com")?;
    let (mut values, mut entries) = (Mentions::default(), Mentions::default());
    let mut before = 0; // the last byte that is no white space, quote or backslash
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        if !is_word(byte) {
            match byte {
                b'[' | b']' => (before, entries) = (*byte, Mentions::default()),
                b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\\' => {}
                _ => before = *byte,
            }
            at += 1;
            continue;
        }
        let rest = json.get(at..)?;
        let length = rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(length);
        let is_text = at > 0 && json.get(at - 1) == Some(&b'"') && matches!(rest, [b'"' | b'\\', ..]);
        let after = rest.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\\'));
        let scope = match (before, after) {
            (b':', _) => Some(&mut values),
            (b'[' | b',', Some(b',' | b']')) => Some(&mut entries),
            _ => None,
        };
        if let Some(call) = scope.filter(|_| is_text).and_then(|scope| scope.add(word)) {
            return Some(call);
        }
        at += length;
        before = b'a';
    }
    None
}

/// The event sources and names that were seen so far.
#[derive(Default)]
struct Mentions {
    sources: Vec<&'static str>,
    names: Vec<String>,
}

impl Mentions {
    /// Adds a word, and returns the call that it completes.
    fn add(&mut self, word: &[u8]) -> Option<(&'static str, String)> {
        let sources = || DETECTORS.iter().map(|detector| detector.event_source);
        if let Some(source) = sources().find(|source| source.as_bytes() == word) {
            if self.sources.contains(&source) {
                return None;
            }
            self.sources.push(source);
            let name = self.names.iter().find(|name| rules::monitors(source.as_bytes(), name.as_bytes()))?;
            return Some((source, name.clone()));
        }
        if !word.first().is_some_and(u8::is_ascii_uppercase) {
            return None;
        }
        let monitored = |source: &&'static str| rules::monitors(source.as_bytes(), word);
        if let Some(source) = self.sources.iter().copied().find(monitored) {
            return Some((source, String::from_utf8_lossy(word).into_owned()));
        }
        if sources().any(|source| monitored(&source)) && !self.names.iter().any(|name| name.as_bytes() == word) {
            self.names.push(String::from_utf8_lossy(word).into_owned());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_found_in_any_form_and_patterns_are_no_calls() {
        let call = json!({"eventSource": "kms.amazonaws.com", "eventName": "DisableKey"});
        let text = json!({"inner": {"text": call.to_string()}}).to_string();
        for (document, want) in [
            (json!({"payload": call}), true),
            (json!({"payload": [call]}), true),
            (json!({"payload": text}), true),
            (json!({"payload": json!({"again": text}).to_string()}), true),
            (json!({"event": {"action": "DisableKey", "provider": "kms.amazonaws.com"}}), true),
            (
                json!([{"field": "eventName", "value": "DisableKey"}, {"field": "s", "value": "kms.amazonaws.com"}]),
                true,
            ),
            (json!({"rows": [["2026-10-03", "kms.amazonaws.com", "DisableKey"]]}), true),
            (
                json!({"detail": {"eventSource": ["kms.amazonaws.com"], "eventName": ["DisableKey", "CreateKey"]}}),
                false,
            ),
            (json!({"Action": ["kms:DisableKey"], "Principal": {"Service": "kafka.amazonaws.com"}}), false),
            (json!({"eventSource": "ec2.amazonaws.com", "eventName": "DisableKey"}), false),
            (json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}), false),
            (json!({"eventSource": "kms.amazonaws.com", "DisableKey": 1, "about": "how DisableKey works"}), false),
            (json!({"rule": "r", "outcome": "violation", "fingerprint": "f", "event": call}), false),
        ] {
            let document = serde_json::value::to_raw_value(&document).unwrap();
            assert_eq!(problem(&document).is_some(), want, "{document}");
        }
        let cut = r#"{"_raw":"{\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"DisableKey\",\"req"#;
        assert!(monitored_call(cut.as_bytes()).is_some());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{}",:a-zA-Z.\\ ]{0,200}"#) {
            monitored_call(format!("{text}\"kms.amazonaws.com\"{text}").as_bytes());
        }
    }
}
