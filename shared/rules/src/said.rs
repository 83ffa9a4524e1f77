//! What a record says about a field, and reading nested fields without ever guessing.

use serde_json::Value;

/// What a record says about one field.
///
/// CloudTrail leaves fields out, replaces sensitive ones by a marker and drops whole bodies that are
/// too large. These are different things: only [`Said::NotSaid`] lets an API default apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<T> {
    /// The field stands in the record.
    Said(T),
    /// The field is absent or null: the API's default or the earlier value holds.
    NotSaid,
    /// CloudTrail put a marker, or a value of another type, in its place.
    Redacted,
    /// The body it belongs to was left out, as too large or altogether.
    Omitted,
}

/// A place inside a JSON body.
pub type Node<'a> = Said<&'a Value>;

impl<T> Said<T> {
    /// The value, where there is one.
    pub fn said(self) -> Option<T> {
        match self {
            Said::Said(value) => Some(value),
            _ => None,
        }
    }

    /// Changes the value, keeps the other answers.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Said<U> {
        match self {
            Said::Said(value) => Said::Said(change(value)),
            Said::NotSaid => Said::NotSaid,
            Said::Redacted => Said::Redacted,
            Said::Omitted => Said::Omitted,
        }
    }

    /// This answer, or another where the record says nothing here.
    pub fn or(self, other: impl FnOnce() -> Said<T>) -> Said<T> {
        match self {
            Said::NotSaid => other(),
            answer => answer,
        }
    }

    /// This answer, or another's value where the record does not show one.
    pub fn filled(self, other: impl FnOnce() -> Said<T>) -> Said<T> {
        match self {
            Said::Said(value) => Said::Said(value),
            missing => other().said().map_or(missing, Said::Said),
        }
    }

    /// True where something may stand that the record does not show.
    pub fn is_hidden(&self) -> bool {
        matches!(self, Said::Redacted | Said::Omitted)
    }

    /// The same with the value borrowed.
    pub fn as_ref(&self) -> Said<&T> {
        match self {
            Said::Said(value) => Said::Said(value),
            Said::NotSaid => Said::NotSaid,
            Said::Redacted => Said::Redacted,
            Said::Omitted => Said::Omitted,
        }
    }

    /// Why there is no value to judge: the reason of an unverified outcome about `field`.
    pub fn missing(&self, field: &str) -> String {
        match self {
            Said::Said(_) => format!("`{field}` has a value that is not understood"),
            Said::NotSaid => format!("the record does not say `{field}`"),
            Said::Redacted => format!("`{field}` is redacted in the record"),
            Said::Omitted => format!("CloudTrail left out the body that holds `{field}`"),
        }
    }
}

/// Texts that AWS services put in place of a sensitive value.
const MARKERS: [&str; 3] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "***", "****"];

impl<'a> Said<&'a Value> {
    /// The member `name` of this object.
    ///
    /// The letter case of names follows each service's protocol, and for some members it is only
    /// inferred, so an exact match is tried first and one without regard to case second. The same
    /// readers then read what `Describe` calls answer, which starts names with a capital.
    #[must_use]
    pub fn get(self, name: &str) -> Node<'a> {
        match self {
            Said::Said(Value::Object(members)) => {
                let found = members.get(name).or_else(|| {
                    let same = |(key, _): &(&String, _)| key.eq_ignore_ascii_case(name);
                    members.iter().find(same).map(|(_, value)| value)
                });
                match found {
                    None | Some(Value::Null) => Said::NotSaid,
                    Some(value) => Said::Said(value),
                }
            }
            Said::Said(_) => Said::Redacted, // a marker stands where a structure belongs
            answer => answer,
        }
    }

    /// The member at the end of a chain of names.
    #[must_use]
    pub fn at(self, names: &[&str]) -> Node<'a> {
        names.iter().fold(self, |node, name| node.get(name))
    }

    /// The text here. A redaction marker is not text; an empty string is.
    pub fn text(self) -> Said<&'a str> {
        match self {
            Said::Said(Value::String(text)) if !MARKERS.contains(&text.as_str()) => Said::Said(text),
            Said::Said(_) => Said::Redacted,
            answer => answer.map(|_| ""),
        }
    }

    /// The truth value here, as a boolean or as the text `true` or `false`.
    pub fn flag(self) -> Said<bool> {
        match self {
            Said::Said(Value::Bool(flag)) => Said::Said(*flag),
            Said::Said(Value::String(text)) if text.eq_ignore_ascii_case("true") => Said::Said(true),
            Said::Said(Value::String(text)) if text.eq_ignore_ascii_case("false") => Said::Said(false),
            Said::Said(_) => Said::Redacted,
            answer => answer.map(|_| false),
        }
    }

    /// The whole number here, as a number or as its text.
    pub fn number(self) -> Said<i64> {
        match self {
            Said::Said(Value::Number(number)) => match number.as_i64() {
                Some(number) => Said::Said(number),
                None => Said::Redacted,
            },
            Said::Said(Value::String(text)) => match text.parse() {
                Ok(number) => Said::Said(number),
                Err(_) => Said::Redacted,
            },
            Said::Said(_) => Said::Redacted,
            answer => answer.map(|_| 0),
        }
    }

    /// True where something stands here, redacted or not.
    pub fn stands(self) -> bool {
        matches!(self, Said::Said(_) | Said::Redacted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_fields_keep_the_reason_why_they_are_missing() {
        let body = json!({"a": {"b": "x", "n": null}, "r": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        let body = Said::Said(&body);
        assert_eq!(body.at(&["a", "b"]).text(), Said::Said("x"));
        assert_eq!(body.at(&["a", "n"]).text(), Said::NotSaid);
        assert_eq!(body.at(&["a", "c", "d"]).text(), Said::NotSaid);
        assert_eq!(body.get("r").text(), Said::Redacted);
        assert_eq!(body.at(&["r", "below"]).text(), Said::Redacted);
        assert_eq!(Node::Omitted.at(&["a", "b"]).text(), Said::Omitted);
    }

    #[test]
    fn letter_case_of_a_name_is_forgiven_and_an_exact_match_wins() {
        let body = json!({"KeyARN": "upper", "keyARN": "exact", "StreamName": "s"});
        assert_eq!(Said::Said(&body).get("keyARN").text(), Said::Said("exact"));
        assert_eq!(Said::Said(&body).get("streamName").text(), Said::Said("s"));
    }

    #[test]
    fn truth_values_and_numbers_may_be_texts() {
        let body = json!({"a": "True", "b": false, "c": "maybe", "n": "90", "m": 90, "o": 1.5});
        let body = Said::Said(&body);
        assert_eq!(body.get("a").flag(), Said::Said(true));
        assert_eq!(body.get("b").flag(), Said::Said(false));
        assert_eq!(body.get("c").flag(), Said::Redacted);
        assert_eq!(body.get("n").number(), Said::Said(90));
        assert_eq!(body.get("m").number(), Said::Said(90));
        assert_eq!(body.get("o").number(), Said::Redacted);
    }
}
