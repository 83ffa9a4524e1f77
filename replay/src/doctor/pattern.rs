//! Whether an event matches an event pattern, as EventBridge decides it.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use sealwatch_rules::util::wildcard;
use serde_json::Value;

/// True if all members of the pattern match. An operator that this file does not know matches: only what is certainly left
/// out is reported.
pub(crate) fn matches(pattern: &Value, event: &Value) -> bool {
    let Some(members) = pattern.as_object() else { return true };
    members.iter().all(|(name, wanted)| {
        let found = event.get(name).unwrap_or(&Value::Null);
        match wanted {
            Value::Array(alternatives) if name == "$or" => alternatives.iter().any(|one| matches(one, event)),
            Value::Array(values) => values.iter().any(|value| is_one(value, found)),
            nested => matches(nested, found),
        }
    })
}

/// True if one of the values of a member matches.
fn is_one(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(operator), Value::Array(list)) if !operator.contains_key("exists") => {
            list.iter().any(|one| is_one(wanted, one))
        }
        (Value::Object(operator), _) => operator.iter().all(|(name, operand)| operates(name, operand, found)),
        (_, Value::Array(list)) => list.contains(wanted),
        _ => wanted == found,
    }
}

fn operates(operator: &str, operand: &Value, found: &Value) -> bool {
    let text = found.as_str();
    let with = |test: fn(&str, &str) -> bool| match (operand.as_str(), text) {
        (Some(operand), Some(text)) => test(text, operand),
        (Some(_), None) => false,
        _ => true, // a nested operator
    };
    match operator {
        "exists" => operand.as_bool() == Some(!found.is_null()),
        "prefix" => with(|text, operand| text.starts_with(operand)),
        "suffix" => with(|text, operand| text.ends_with(operand)),
        "equals-ignore-case" => with(|text, operand| text.eq_ignore_ascii_case(operand)),
        // EventBridge has no `?`, which no name of a call contains
        "wildcard" => with(|text, operand| wildcard::matches(operand, text)),
        "anything-but" => match operand {
            Value::Array(list) => !found.is_null() && !list.contains(found),
            Value::Object(inner) => {
                !found.is_null() && !inner.iter().all(|(name, operand)| operates(name, operand, found))
            }
            one => !found.is_null() && one != found,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;
    use serde_json::{Value, json};

    #[test]
    fn operators_decide_as_eventbridge_documents_them() {
        let event = json!({
            "source": "aws.kms",
            "detail": {"eventName": "UpdateKeyDescription", "requestParameters": {"description": "sealwatch canary 1"}},
        });
        let table: &[(Value, bool)] = &[
            (json!({"source": ["aws.kms"]}), true),
            (json!({"source": ["test.kms"]}), false),
            (json!({"detail": {"eventName": ["CreateKey", "UpdateKeyDescription"]}}), true),
            (json!({"detail": {"errorCode": [{"exists": false}]}}), true),
            (json!({"detail": {"errorCode": [{"exists": true}]}}), false),
            (json!({"detail": {"eventName": [{"exists": false}]}}), false),
            (json!({"detail": {"eventName": [{"prefix": "Update"}]}}), true),
            (json!({"detail": {"eventName": [{"prefix": "update"}]}}), false),
            (json!({"detail": {"eventName": [{"suffix": "Description"}]}}), true),
            (json!({"detail": {"eventName": [{"suffix": "Update"}]}}), false),
            (json!({"detail": {"eventName": [{"equals-ignore-case": "updatekeydescription"}]}}), true),
            (json!({"detail": {"eventName": [{"equals-ignore-case": "updatekey"}]}}), false),
            (json!({"detail": {"eventName": [{"wildcard": "*Key*"}]}}), true),
            (json!({"detail": {"eventName": [{"wildcard": "*Alias*"}]}}), false),
            (json!({"detail": {"eventName": [{"prefix": "Create"}, {"wildcard": "*Key*"}]}}), true),
            (json!({"detail": {"eventName": [{"prefix": "Update", "suffix": "Policy"}]}}), false),
            (json!({"detail": {"eventName": [{"anything-but": ["CreateKey"]}]}}), true),
            (json!({"detail": {"eventName": [{"anything-but": ["CreateKey", "UpdateKeyDescription"]}]}}), false),
            (json!({"detail": {"eventName": [{"anything-but": "CreateKey"}]}}), true),
            (json!({"detail": {"eventName": [{"anything-but": {"prefix": "Create"}}]}}), true),
            (json!({"detail": {"errorCode": [{"anything-but": ["AccessDenied"]}]}}), false),
            (json!({"detail": {"errorCode": [{"anything-but": "AccessDenied"}]}}), false),
            (json!({"detail": {"errorCode": [{"anything-but": {"prefix": "Access"}}]}}), false),
            (json!({"detail": {"eventName": [{"anything-but": "UpdateKeyDescription"}]}}), false),
            (json!({"detail": {"eventName": [{"anything-but": {"prefix": "Update"}}]}}), false),
            (json!({"detail": {"requestParameters": {"description": [{"prefix": "sealwatch canary "}]}}}), true),
            (json!({"detail": {"requestParameters": {"keyId": [{"prefix": "arn:"}]}}}), false),
            (json!({"$or": [{"source": ["aws.sns"]}, {"detail": {"eventName": ["UpdateKeyDescription"]}}]}), true),
            (json!({"$or": [{"source": ["aws.sns"]}, {"source": ["aws.sqs"]}]}), false),
            (json!({"detail": {"an-operator-of-2030": [{"shape": "round"}]}}), true),
        ];
        for (pattern, want) in table {
            assert_eq!(matches(pattern, &event), *want, "{pattern}");
        }
    }
}
