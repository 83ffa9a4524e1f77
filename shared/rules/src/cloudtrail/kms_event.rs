//! What KMS tells EventBridge itself, beside the service events that it records in CloudTrail: a key was rotated or deleted, or
//! its imported material expired. An account needs no trail for these events.
//!
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html>
//! - <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-kms.html>

use serde::Deserialize;
use serde_json::value::RawValue;

/// KMS deleted a key at the end of its waiting period.
pub const DELETED: &str = "KMS CMK Deletion";
/// Imported key material expired, and KMS deleted it.
pub const EXPIRED: &str = "KMS Imported Key Material Expiration";
/// KMS rotated a key.
pub const ROTATED: &str = "KMS CMK Rotation";

/// An event of KMS.
#[derive(Deserialize)]
pub(super) struct KmsEvent<'a> {
    #[serde(rename = "detail-type", borrow)]
    pub(super) detail_type: &'a RawValue,
    #[serde(borrow)]
    source: &'a RawValue,
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) time: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) region: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) account: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) resources: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) detail: Option<&'a RawValue>,
}

/// Reads an event of KMS, known by its source and its detail type. `None` for any other text. Anyone may send any detail
/// type to an event bus, and an archive of a bus holds it; only AWS may send a source that starts with `aws.`.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
pub(super) fn read(text: &str) -> Option<KmsEvent<'_>> {
    let event: KmsEvent<'_> = serde_json::from_str(text).ok()?;
    let detail_type: &str = serde_json::from_str(event.detail_type.get()).ok()?;
    let source: &str = serde_json::from_str(event.source.get()).ok()?;
    (source == "aws.kms" && [DELETED, EXPIRED, ROTATED].contains(&detail_type)).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::record::Record;
    use serde_json::{Value, json};

    fn event(change: impl FnOnce(&mut Value)) -> String {
        let mut event = json!({"version": "0", "id": "e-1", "detail-type": DELETED, "source": "aws.kms",
            "account": "111122223333", "time": "2026-11-21T09:00:00Z", "region": "eu-west-1",
            "resources": ["arn:aws:kms:eu-west-1:111122223333:key/k-1"], "detail": {"key-id": "k-1"}});
        change(&mut event);
        event.to_string()
    }

    #[test]
    fn the_event_is_read_as_a_record() {
        let text = event(|_| {});
        let record = Record::parse(&text).unwrap();
        assert_eq!((&*record.event_name(), &*record.event_source()), (DELETED, "kms.amazonaws.com"));
        assert_eq!((&*record.event_id(), &*record.event_time()), ("e-1", "2026-11-21T09:00:00Z"));
        assert!(record.is_management_event() && record.error_code().is_none());
        let payload = record.payload().unwrap();
        assert_eq!((&*payload.account, &*payload.region), ("111122223333", "eu-west-1"));
        assert_eq!(payload.resource_arn(|_| true).as_deref(), Some("arn:aws:kms:eu-west-1:111122223333:key/k-1"));
        assert_eq!(payload.service_details(), json!({"key-id": "k-1"}));
        assert_eq!(payload.identity(), json!({"invokedBy": "kms.amazonaws.com"}));
    }

    #[test]
    fn members_may_be_missing_or_of_another_type() {
        for name in ["id", "time", "region", "account", "resources", "detail"] {
            for value in [json!(7), json!({}), json!(["x"]), json!("***"), Value::Null] {
                if name == "detail" && value.is_null() {
                    continue; // without one, it is no event of EventBridge
                }
                let text = event(|event| event[name] = value.clone());
                assert!(read(&text).is_some(), "{text}");
                Record::parse(&text).unwrap().payload().unwrap().resource_arn(|_| true);
            }
        }
    }

    #[test]
    fn other_events_are_not_of_kms() {
        for (name, value) in [
            ("detail-type", json!("KMS CMK Something")),
            ("detail-type", json!("AWS Health Event")),
            ("detail-type", json!({})),
            ("detail-type", Value::Null),
            ("source", json!("com.example.kms")),
            ("source", json!({})),
            ("source", Value::Null),
        ] {
            assert!(read(&event(|event| event[name] = value.clone())).is_none(), "{name} {value}");
        }
        assert!(read("[]").is_none() && read("{").is_none());
    }
}
