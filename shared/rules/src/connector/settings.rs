//! The settings of a connector: names are visible, values are not.

use std::collections::BTreeMap;
use std::fmt;

use crate::language::Text;

/// Replaces a config-provider reference in a value.
///
/// A private-use character: it cannot be part of a host, a scheme or a mode, so text that contains it is neither a
/// known value nor a literal secret.
pub(super) const REFERENCE: char = '\u{f8ff}';

/// The settings of one connector, or of the worker it runs on.
///
/// Reading replaces references to a config provider (`${provider:path:key}`, with any alias, anywhere in a value) by
/// `REFERENCE`. `Debug` prints names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    entries: BTreeMap<String, Value>,
}

/// One value. It has no `Display`, and its `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value(String);

/// Why `connectorConfiguration` cannot be read as settings. It never repeats what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// CloudTrail replaces the settings with a fixed text.
    Redacted,
    /// The JSON is not an object of names and values.
    NotAnObject,
    /// There are no settings.
    Absent,
}

impl Unreadable {
    /// The same for people.
    pub(crate) const fn text(self) -> Text {
        match self {
            Self::Redacted => Text::literal("the connector settings are redacted"),
            Self::Absent => Text::literal("the response contains no connector settings"),
            Self::NotAnObject => Text::literal("the connector settings are not an object of names and values"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl std::error::Error for Unreadable {}

impl Settings {
    /// Reads `connectorConfiguration` as `aws kafkaconnect describe-connector` prints it.
    ///
    /// Kafka Connect settings are strings: numbers and booleans become their text, and `null` counts as not set.
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

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of `name`; `None` if it is not set.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name)
    }

    /// Whether `name` is set and not blank.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.text().is_empty())
    }

    /// Whether `name` is set to `value`, ignoring case; `*` matches every value but a blank one.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| {
            let text = found.text();
            if value == "*" { !text.is_empty() } else { text.eq_ignore_ascii_case(value) }
        })
    }

    /// Every setting, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The settings whose names start with `prefix`: full name, name without the prefix, value.
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

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Value {
    /// Replaces every reference. Like Kafka, it recognizes `${`, text with at least one colon and no `}`, and `}`.
    ///
    /// Source: apache/kafka, `ConfigTransformer.DEFAULT_PATTERN`. `${name}` without a colon stays, as in Kafka.
    fn read(raw: &str) -> Self {
        let raw = raw.replace(REFERENCE, "\u{fffd}"); // the input must not contain the marker itself
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

    /// The value without surrounding whitespace, as Kafka's `ConfigDef` reads it.
    pub(super) fn text(&self) -> &str {
        self.0.trim()
    }

    /// Whether a config provider supplies the value or a part of it.
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
    fn references_are_replaced_anywhere_and_with_any_alias() {
        let marker = REFERENCE.to_string();
        for reference in ["${vault:kv/app:pw}", "${ssm::/app/pw}", "${env:PW}", "${x:arn%3Aaws%3Asm:k?ttl=9}"] {
            assert_eq!(read(reference), marker);
            assert_eq!(read(&format!("a{reference}b{reference}")), format!("a{marker}b{marker}"));
        }
    }

    #[test]
    fn templates_and_lone_dollars_are_kept() {
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
    fn an_error_does_not_repeat_the_json() {
        let error = Settings::from_json(&serde_json::json!("hunter2")).unwrap_err();
        assert_eq!(error.to_string(), "the connector settings are redacted");
        assert_eq!(Settings::from_json(&serde_json::json!([1])), Err(Unreadable::NotAnObject));
    }

    #[test]
    fn numbers_and_booleans_become_text_and_null_is_not_set() {
        let settings = Settings::from_json(&serde_json::json!({"a": true, "b": 5, "c": null})).unwrap();
        assert!(settings.is("a", "TRUE") && settings.is("b", "5") && !settings.has("c"));
    }
}
