//! One field of a record: its value, or why there is none. Nested fields are read without guessing.

use serde_json::Value;

use crate::language::{Text, text};

/// One field of a record.
///
/// CloudTrail leaves fields out, replaces sensitive ones with a marker, and drops whole bodies that are too large. The
/// difference matters: an API default applies only to [`Field::Absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<T> {
    /// The record has the field.
    Present(T),
    /// The field is absent or null: the API's default or the earlier value applies.
    Absent,
    /// CloudTrail put a marker, or a value of another type, in its place.
    Redacted,
    /// CloudTrail left out the body that the field belongs to.
    Omitted,
}

/// A node of a JSON body.
pub type Node<'a> = Field<&'a Value>;

impl<T> Field<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Field::Present(value) => Some(value),
            _ => None,
        }
    }

    /// Changes the value, or keeps the reason why there is none.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Field::Present(value) => Field::Present(change(value)),
            Field::Absent => Field::Absent,
            Field::Redacted => Field::Redacted,
            Field::Omitted => Field::Omitted,
        }
    }

    /// This field, or another if this one is absent.
    pub fn or(self, other: impl FnOnce() -> Field<T>) -> Field<T> {
        match self {
            Field::Absent => other(),
            answer => answer,
        }
    }

    /// This field, or another's value if the record does not show one.
    pub fn or_fill(self, other: impl FnOnce() -> Field<T>) -> Field<T> {
        match self {
            Field::Present(value) => Field::Present(value),
            missing => other().value().map_or(missing, Field::Present),
        }
    }

    /// True if there may be a value, but the record does not show it.
    pub fn is_hidden(&self) -> bool {
        matches!(self, Field::Redacted | Field::Omitted)
    }

    /// The field with its value borrowed.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Field::Present(value) => Field::Present(value),
            Field::Absent => Field::Absent,
            Field::Redacted => Field::Redacted,
            Field::Omitted => Field::Omitted,
        }
    }

    /// Why there is no value to evaluate: the reason for an unverified outcome about `field`.
    pub fn missing(&self, field: &str) -> Text {
        match self {
            Field::Present(_) => text!("`{field}` has a value of an unexpected type", field),
            Field::Absent => text!("the record does not say `{field}`", field),
            Field::Redacted => text!("`{field}` is redacted in the record", field),
            Field::Omitted => text!("CloudTrail left out the body that holds `{field}`", field),
        }
    }
}

impl Field<String> {
    /// The field with its text borrowed.
    pub fn as_deref(&self) -> Field<&str> {
        self.as_ref().map(String::as_str)
    }
}

/// Texts with which AWS services replace a sensitive value.
const MARKERS: [&str; 3] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "***", "****"];

impl<'a> Field<&'a Value> {
    /// The member `name` of this object.
    ///
    /// An exact match counts first, then one that ignores case: the case of names depends on the protocol of the service,
    /// and for some members it is only inferred. The same readers can then read the answers of `Describe` calls, whose
    /// names start with a capital.
    #[must_use]
    pub fn get(self, name: &str) -> Node<'a> {
        match self {
            Field::Present(Value::Object(members)) => {
                let found = members.get(name).or_else(|| {
                    let same = |(key, _): &(&String, _)| key.eq_ignore_ascii_case(name);
                    members.iter().find(same).map(|(_, value)| value)
                });
                match found {
                    None | Some(Value::Null) => Field::Absent,
                    Some(value) => Field::Present(value),
                }
            }
            Field::Present(_) => Field::Redacted, // a marker replaces the structure
            answer => answer,
        }
    }

    /// The member at the end of a chain of names.
    #[must_use]
    pub fn at(self, names: &[&str]) -> Node<'a> {
        names.iter().fold(self, |node, name| node.get(name))
    }

    /// The text. An empty string is text, a redaction marker is not.
    pub fn text(self) -> Field<&'a str> {
        match self {
            Field::Present(Value::String(text)) if !MARKERS.contains(&text.as_str()) => Field::Present(text),
            Field::Present(_) => Field::Redacted,
            answer => answer.map(|_| ""),
        }
    }

    /// The truth value, from a boolean or from the text `true` or `false`.
    pub fn flag(self) -> Field<bool> {
        match self {
            Field::Present(Value::Bool(flag)) => Field::Present(*flag),
            Field::Present(Value::String(text)) if text.eq_ignore_ascii_case("true") => Field::Present(true),
            Field::Present(Value::String(text)) if text.eq_ignore_ascii_case("false") => Field::Present(false),
            Field::Present(_) => Field::Redacted,
            answer => answer.map(|_| false),
        }
    }

    /// The whole number, from a number or from its text.
    pub fn number(self) -> Field<i64> {
        match self {
            Field::Present(Value::Number(number)) => match number.as_i64() {
                Some(number) => Field::Present(number),
                None => Field::Redacted,
            },
            Field::Present(Value::String(text)) => match text.parse() {
                Ok(number) => Field::Present(number),
                Err(_) => Field::Redacted,
            },
            Field::Present(_) => Field::Redacted,
            answer => answer.map(|_| 0),
        }
    }

    /// True if the record has the field, redacted or not.
    pub fn is_present(self) -> bool {
        matches!(self, Field::Present(_) | Field::Redacted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_fields_keep_the_reason_why_they_are_missing() {
        let body = json!({"a": {"b": "x", "n": null}, "r": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        let body = Field::Present(&body);
        assert_eq!(body.at(&["a", "b"]).text(), Field::Present("x"));
        assert_eq!(body.at(&["a", "n"]).text(), Field::Absent);
        assert_eq!(body.at(&["a", "c", "d"]).text(), Field::Absent);
        assert_eq!(body.get("r").text(), Field::Redacted);
        assert_eq!(body.at(&["r", "below"]).text(), Field::Redacted);
        assert_eq!(Node::Omitted.at(&["a", "b"]).text(), Field::Omitted);
    }

    #[test]
    fn the_case_of_a_name_is_ignored_but_an_exact_match_wins() {
        let body = json!({"KeyARN": "upper", "keyARN": "exact", "StreamName": "s"});
        assert_eq!(Field::Present(&body).get("keyARN").text(), Field::Present("exact"));
        assert_eq!(Field::Present(&body).get("streamName").text(), Field::Present("s"));
    }

    #[test]
    fn truth_values_and_numbers_may_be_texts() {
        let body = json!({"a": "True", "b": false, "c": "maybe", "n": "90", "m": 90, "o": 1.5});
        let body = Field::Present(&body);
        assert_eq!(body.get("a").flag(), Field::Present(true));
        assert_eq!(body.get("b").flag(), Field::Present(false));
        assert_eq!(body.get("c").flag(), Field::Redacted);
        assert_eq!(body.get("n").number(), Field::Present(90));
        assert_eq!(body.get("m").number(), Field::Present(90));
        assert_eq!(body.get("o").number(), Field::Redacted);
    }
}
