//! The members of a JSON object that decide what it is: a record, an event around one, or something that holds records.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::util::json;

/// The members of a JSON object that decide what it is. All others are skipped.
#[derive(serde::Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(field_identifier, rename_all = "camelCase")]
pub(crate) enum Member {
    // a CloudTrail record
    EventName,
    EventSource,
    EventTime,
    #[serde(rename = "eventID")]
    EventId,
    EventCategory,
    AwsRegion,
    RecipientAccountId,
    #[serde(rename = "sharedEventID")]
    SharedEventId,
    ErrorCode,
    #[serde(rename = "sourceIPAddress")]
    SourceIpAddress,
    UserIdentity,
    RequestParameters,
    ResponseElements,
    Resources,
    #[serde(rename = "requestID")]
    RequestId,
    Addendum,
    ServiceEventDetails,
    // an EventBridge event
    Detail,
    #[serde(rename = "detail-type")]
    DetailType,
    Account,
    Region,
    // the first members of the paths in `cloudtrail/wrapper.rs`
    Attributes,
    Awslogs,
    #[serde(alias = "Body")]
    Body,
    #[serde(rename = "CloudTrailEvent")]
    CloudTrailEvent,
    #[serde(alias = "Data")]
    Data,
    Event,
    EventJson,
    #[serde(rename = "event.original")]
    EventOriginal,
    #[serde(alias = "Events")]
    Events,
    Field,
    Hits,
    Kinesis,
    LogEvents,
    #[serde(alias = "Message")]
    Message,
    #[serde(rename = "Messages")]
    Messages,
    #[serde(rename = "QueryResultRows")]
    QueryResultRows,
    #[serde(rename = "_raw")]
    Raw,
    #[serde(alias = "Records")]
    Records,
    RequestPayload,
    Result,
    Results,
    #[serde(rename = "Sns")]
    Sns,
    #[serde(rename = "_source")]
    Source,
    Value,
    #[serde(other)]
    Other,
}

/// The members of a JSON object that decide what it is, not parsed yet.
///
/// Of a duplicate member the last one counts, as in the AWS SDKs.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(crate) members: [Option<&'a RawValue>; Member::Other as usize],
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, field: Member) -> Option<&'a RawValue> {
        self.members.get(field as usize).copied().flatten().filter(|raw| raw.get() != "null")
    }

    /// The text of a member; `None` if it is missing, null or not a text.
    pub(crate) fn text(&self, field: Member) -> Option<Cow<'a, str>> {
        text(self.get(field))
    }

    /// True for any two of the members that only records have together. In the pattern of an EventBridge rule they are lists.
    pub(crate) fn is_record(&self) -> bool {
        let members =
            [Member::EventName, Member::EventSource, Member::EventTime, Member::EventId, Member::UserIdentity];
        let is_present = |field: &&Member| self.get(**field).is_some_and(|raw| !raw.get().starts_with('['));
        members.iter().filter(is_present).count() >= 2
    }

    /// The record in this text, if it is one. The case of names does not matter: Athena writes them in lower case, Microsoft
    /// Sentinel with capitals.
    pub(crate) fn of_record(text: &'a str) -> serde_json::Result<Option<Object<'a>>> {
        let object: Object<'a> = serde_json::from_str(text)?;
        if object.is_record() {
            return Ok(Some(object));
        }
        let AnyCase(object) = serde_json::from_str(text)?;
        Ok(object.is_record().then_some(object))
    }
}

/// The names of the members of a record, in the order of [`Member`].
pub(crate) const RECORD: [&str; Member::Detail as usize] = [
    "eventName",
    "eventSource",
    "eventTime",
    "eventID",
    "eventCategory",
    "awsRegion",
    "recipientAccountId",
    "sharedEventID",
    "errorCode",
    "sourceIPAddress",
    "userIdentity",
    "requestParameters",
    "responseElements",
    "resources",
    "requestID",
    "addendum",
    "serviceEventDetails",
];

/// An object whose members are those of a record, in any case.
struct AnyCase<'a>(Object<'a>);

/// The value of a text in JSON. `None` if it is not a text.
pub(crate) fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let raw = raw?.get();
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return json::parse(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut object = Object { members: [None; Member::Other as usize] };
                while let Some(field) = map.next_key::<Member>()? {
                    match object.members.get_mut(field as usize) {
                        Some(member) => *member = Some(map.next_value()?),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for AnyCase<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = AnyCase<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyCase<'de>, A::Error> {
                let mut object = Object { members: [None; Member::Other as usize] };
                while let Some(name) = map.next_key::<String>()? {
                    let field = RECORD.iter().position(|member| member.eq_ignore_ascii_case(&name));
                    match field.and_then(|field| object.members.get_mut(field)) {
                        Some(member) => *member = Some(map.next_value()?),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(AnyCase(object))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// What an EventBridge event says besides the record in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Envelope<'a> {
    pub(crate) account: Option<&'a RawValue>,
    pub(crate) region: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn of(event: &Object<'a>) -> Envelope<'a> {
        Envelope { account: event.get(Member::Account), region: event.get(Member::Region) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_members_are_in_their_order() {
        for (index, name) in RECORD.iter().enumerate() {
            let text = format!(r#"{{"{name}":1}}"#);
            let object: Object<'_> = serde_json::from_str(&text).unwrap();
            assert!(object.members[index].is_some(), "{name}");
        }
    }
}
