//! An entry as an item of the table: each JSON member is an attribute.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>

use sealwatch_rules::cloudtrail::json_error::words;
use sealwatch_rules::ledger::Entry;
use serde_json::{Map, Value, json};

/// An entry as the attributes of an item.
///
/// # Errors
/// Never, in practice: an entry is always an object.
pub fn to_item(entry: &Entry) -> Result<Value, String> {
    let json = serde_json::to_value(entry).map_err(|error| error.to_string())?;
    let members = json.as_object().cloned().unwrap_or_default();
    Ok(Value::Object(members.into_iter().map(|(name, value)| (name, attribute(value))).collect()))
}

/// The entry in the attributes of an item, as the table and its stream hold them.
///
/// # Errors
/// Says which member is missing or wrong.
pub fn from_item(item: &Value) -> Result<Entry, String> {
    let members = item.as_object().ok_or("the item is not an object")?;
    let json = members.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
    serde_json::from_value(Value::Object(json)).map_err(|error| words(&error))
}

fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(flag) => json!({"BOOL": flag}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(items) => json!({"L": items.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(members) => {
            let members: Map<String, Value> =
                members.into_iter().map(|(name, value)| (name, attribute(value))).collect();
            json!({"M": members})
        }
    }
}

/// The value of an attribute; null for a type that no entry has.
fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|one| one.iter().next()) else { return Value::Null };
    match (kind.as_str(), value) {
        ("S", text) => text.clone(),
        ("BOOL", flag) => flag.clone(),
        ("N", Value::String(digits)) => serde_json::from_str(digits).unwrap_or_default(),
        ("L", Value::Array(items)) => items.iter().map(plain).collect(),
        ("M", Value::Object(members)) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_value_survives_its_way_through_an_attribute() {
        let value = json!({"text": "ä", "empty": "", "number": -1_777_636_800_i64, "flag": false, "none": null,
            "list": [1, "a", [], {}], "map": {"a": {"b": [true]}}});
        assert_eq!(plain(&attribute(value.clone())), value);
        assert_eq!(plain(&json!({"SS": ["a"]})), Value::Null);
    }
}
