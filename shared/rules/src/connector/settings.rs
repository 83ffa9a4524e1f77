//! The settings of a connector as they were read: names in the open, values out of sight.

use std::collections::BTreeMap;
use std::fmt;

/// Stands in a value where a config-provider reference stood.
///
/// A private-use character: it cannot be a part of a host, a scheme or a mode, so whatever contains it is
/// neither a known value nor a literal secret.
pub(super) const REFERENCE: char = '\u{f8ff}';

/// The settings of one connector, or of the worker it runs on.
///
/// Values are wrapped as they are read, and references to a config provider (`${provider:path:key}`, under any
/// alias, anywhere in a value) are replaced by a mark. `Debug` prints names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    entries: BTreeMap<String, Value>,
}

/// One value; it has no `Display`, and its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value(String);

/// A secret that was found, kept only to be kept out of everything that is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

/// Why `connectorConfiguration` cannot be read as settings.
///
/// Never says what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// CloudTrail puts a fixed text in place of the settings.
    Redacted,
    /// Not an object of names and values.
    NotAnObject,
    /// Not there at all.
    Absent,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redacted => "the connector settings are redacted",
            Self::Absent => "the answer holds no connector settings",
            Self::NotAnObject => "the connector settings are not an object of names and values",
        })
    }
}

impl std::error::Error for Unreadable {}

impl Settings {
    /// Reads the object that `aws kafkaconnect describe-connector` prints as `connectorConfiguration`.
    ///
    /// Kafka Connect knows only strings; numbers and booleans are taken as they are written, `null` as absent.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, Unreadable> {
        let object = match json {
            serde_json::Value::Object(object) => object,
            serde_json::Value::String(_) => return Err(Unreadable::Redacted),
            _ => return Err(Unreadable::NotAnObject),
        };
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        Ok(object.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect())
    }

    /// The value of `name`, when it is set.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name)
    }

    /// Whether `name` is set to something.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.text().is_empty())
    }

    /// Whether `name` is set to `value`, in any case; `*` is any value at all.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| {
            let text = found.text();
            if value == "*" { !text.is_empty() } else { text.eq_ignore_ascii_case(value) }
        })
    }

    /// Every setting, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The settings below `prefix`, without it.
    pub(super) fn below(&self, prefix: &str) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.iter().filter_map(move |(name, value)| Some((name, name.strip_prefix(prefix)?, value)))
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(name, value)| (name, Value::read(&value)));
        Self { entries: entries.collect() }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl Hidden {
    pub(super) fn new(literal: &str) -> Self {
        Self(literal.to_owned())
    }

    /// Whether `text` has a copy of the secret. A word of three letters is everywhere and says nothing.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.len() > 3 && text.contains(&self.0)
    }

    /// Takes copies of a long secret out of `text`. A short one may be a common word that the text needs.
    pub(crate) fn mask(&self, text: &mut String) {
        const LONG: usize = 32; // a key or a UUID: nothing else is equal to it by chance
        if self.0.len() >= LONG && text.contains(&self.0) {
            *text = text.replace(&self.0, "[hidden]");
        }
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Value {
    /// Replaces every reference the way Kafka finds them: `${`, no `}`, at least one colon, `}`.
    ///
    /// Source: apache/kafka, `ConfigTransformer.DEFAULT_PATTERN`. `${name}` without a colon is left alone, as
    /// Kafka leaves it.
    fn read(raw: &str) -> Self {
        let raw = raw.replace(REFERENCE, "\u{fffd}"); // nobody may forge the mark
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((inner, tail)) = after.split_once('}') else { break };
            text.push_str(before);
            if inner.contains(':') {
                text.push(REFERENCE);
            } else {
                text.extend(["${", inner, "}"]);
            }
            rest = tail;
        }
        text.push_str(rest);
        Self(text)
    }

    /// The value without the blanks around it, as Kafka's `ConfigDef` reads it.
    pub(super) fn text(&self) -> &str {
        self.0.trim()
    }

    /// Whether a config provider supplies it, or a part of it.
    pub(super) fn is_reference(&self) -> bool {
        self.0.contains(REFERENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> String {
        Value::read(raw).0
    }

    #[test]
    fn references_are_found_anywhere_and_under_any_alias() {
        let mark = REFERENCE.to_string();
        for reference in ["${vault:kv/app:pw}", "${ssm::/app/pw}", "${env:PW}", "${x:arn%3Aaws%3Asm:k?ttl=9}"] {
            assert_eq!(read(reference), mark);
            assert_eq!(read(&format!("a{reference}b{reference}")), format!("a{mark}b{mark}"));
        }
    }

    #[test]
    fn templates_and_stray_dollars_stay() {
        for text in ["${PASSWORD}", "${topic}/${key}", "pa$s:w{o}rd", "${", "${a:b", "}${", "$${}"] {
            assert_eq!(read(text), text);
        }
    }

    #[test]
    fn many_openings_are_read_in_linear_time() {
        let text = "${".repeat(200_000);
        assert_eq!(read(&text), text);
        assert_eq!(read(&format!("{text}}}")), format!("{text}}}"));
    }

    #[test]
    fn debug_prints_names_only() {
        let settings: Settings = [("connection.password".to_owned(), "hunter2".to_owned())].into_iter().collect();
        assert_eq!(
            format!("{settings:?} {:?}", settings.get("connection.password")),
            r#"{"connection.password"} Some([hidden])"#
        );
    }

    #[test]
    fn json_that_is_no_object_is_refused_without_repeating_it() {
        let hidden = Settings::from_json(&serde_json::json!("hunter2")).unwrap_err();
        assert_eq!(hidden.to_string(), "the connector settings are redacted");
        assert_eq!(Settings::from_json(&serde_json::json!([1])), Err(Unreadable::NotAnObject));
    }

    #[test]
    fn numbers_and_booleans_are_text_and_null_is_absent() {
        let settings = Settings::from_json(&serde_json::json!({"a": true, "b": 5, "c": null})).unwrap();
        assert!(settings.is("a", "TRUE") && settings.is("b", "5") && !settings.has("c"));
    }
}
