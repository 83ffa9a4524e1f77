//! What an event looks like, without what it says: for a log at debug level.

use serde_json::Value;

use crate::util::json;

/// The members that AWS writes itself, and that say which event it is. Callers determine none of them.
const HEADERS: [&str; 18] = [
    "account",
    "awsRegion",
    "detail-type",
    "errorCode",
    "eventCategory",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "id",
    "recipientAccountId",
    "region",
    "requestID",
    "sharedEventID",
    "source",
    "time",
];

/// The members whose content callers and services determine. No header stands in them.
const BODIES: [&str; 6] = [
    "additionalEventData",
    "requestParameters",
    "responseElements",
    "serviceEventDetails",
    "tlsDetails",
    "userIdentity",
];

/// A text or number in its place.
const LEFT_OUT: &str = "…";

/// How deep JSON may stand as a text in JSON.
const DEPTH: usize = 8;

/// An event as JSON in which texts and numbers are left out, except the headers of records and of the events around them: a
/// request may hold a password or token that CloudTrail does not redact. JSON in a text is treated in the same way.
///
/// `None` if the text is not JSON, or nested too deeply to be read.
pub fn outline(text: &str) -> Option<Value> {
    let mut event = json::parse(text).ok()?;
    leave_out(&mut event, true, DEPTH);
    Some(event)
}

fn leave_out(value: &mut Value, with_headers: bool, depth: usize) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => *value = LEFT_OUT.into(),
        Value::String(text) => {
            let inner = text.trim_start().starts_with(['{', '[']).then(|| json::parse::<Value>(text).ok()).flatten();
            *value = match inner.filter(|_| depth > 0) {
                Some(mut inner) => {
                    leave_out(&mut inner, with_headers, depth.saturating_sub(1));
                    inner.to_string().into()
                }
                None => LEFT_OUT.into(),
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out(item, with_headers, depth)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let is_shown = with_headers && member.is_string() && HEADERS.contains(&name.as_str());
                if !is_shown {
                    leave_out(member, with_headers && !BODIES.contains(&name.as_str()), depth);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_headers_have_their_texts() {
        let record = json!({"eventID": "e-1", "eventName": "CreateDeliveryStream", "userAgent": "u", "readOnly": false,
            "userIdentity": {"arn": "a", "account": "b"},
            "requestParameters": {"splunk": {"hECToken": "t", "id": "i", "size": 5, "on": true}, "list": ["x", null]}});
        let outlined = json!({"eventID": "e-1", "eventName": "CreateDeliveryStream", "userAgent": "…", "readOnly": false,
            "userIdentity": {"arn": "…", "account": "…"},
            "requestParameters": {"splunk": {"hECToken": "…", "id": "…", "size": "…", "on": true}, "list": ["…", null]}});
        assert_eq!(outline(&record.to_string()), Some(outlined.clone()));
        let event = |detail: &Value| json!({"detail-type": "d", "resources": [], "detail": detail});
        assert_eq!(outline(&event(&record).to_string()), Some(event(&outlined)));
        let message = |body: &Value| json!({"Records": [{"messageId": "…", "body": body.to_string()}]});
        assert_eq!(outline(&message(&record).to_string()), Some(message(&outlined)));
        let request = json!({"requestParameters": json!({"eventID": "e"}).to_string()});
        assert_eq!(
            outline(&request.to_string()),
            Some(json!({"requestParameters": json!({"eventID": "…"}).to_string()}))
        );
        assert_eq!(outline("\"hunter2\""), Some(json!("…")));
        assert_eq!(outline("hunter2"), None);
    }
}
