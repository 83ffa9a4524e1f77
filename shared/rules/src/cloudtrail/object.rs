//! The members of a JSON object that decide what it is: a record, an event around one, or something that holds records.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::util::json;

/// The members of a JSON object that decide what it is. All others are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    // a CloudTrail record
    EventName,
    EventSource,
    EventTime,
    EventId,
    EventCategory,
    AwsRegion,
    RecipientAccountId,
    SharedEventId,
    ErrorCode,
    SourceIpAddress,
    UserIdentity,
    RequestParameters,
    ResponseElements,
    Resources,
    RequestId,
    Addendum,
    ServiceEventDetails,
    AdditionalEventData,
    // an EventBridge event
    Detail,
    DetailType,
    Account,
    Region,
    // the first members of the paths in `cloudtrail/wrapper.rs`
    Attributes,
    Awslogs,
    Body,
    CloudTrailEvent,
    Data,
    Event,
    EventJson,
    EventOriginal,
    Events,
    Field,
    Hits,
    Kinesis,
    LogEvents,
    Message,
    Messages,
    QueryResultRows,
    Raw,
    Records,
    RequestPayload,
    Result,
    Results,
    Sns,
    Source,
    Value,
    /// Any other member.
    Other,
}

impl Member {
    /// The member with this name. The length is compared first, because most members of a record are none of these: it
    /// leaves a few names to compare instead of all.
    pub(crate) fn named(name: &str) -> Member {
        match (name.len(), name) {
            (3, "Sns") => Member::Sns,
            (4, "_raw") => Member::Raw,
            (4, "body" | "Body") => Member::Body,
            (4, "data" | "Data") => Member::Data,
            (4, "hits") => Member::Hits,
            (5, "event") => Member::Event,
            (5, "field") => Member::Field,
            (5, "value") => Member::Value,
            (6, "detail") => Member::Detail,
            (6, "events" | "Events") => Member::Events,
            (6, "region") => Member::Region,
            (6, "result") => Member::Result,
            (7, "_source") => Member::Source,
            (7, "account") => Member::Account,
            (7, "awslogs") => Member::Awslogs,
            (7, "eventID") => Member::EventId,
            (7, "kinesis") => Member::Kinesis,
            (7, "message" | "Message") => Member::Message,
            (7, "records" | "Records") => Member::Records,
            (7, "results") => Member::Results,
            (8, "Messages") => Member::Messages,
            (8, "addendum") => Member::Addendum,
            (9, "awsRegion") => Member::AwsRegion,
            (9, "errorCode") => Member::ErrorCode,
            (9, "eventJson") => Member::EventJson,
            (9, "eventName") => Member::EventName,
            (9, "eventTime") => Member::EventTime,
            (9, "logEvents") => Member::LogEvents,
            (9, "requestID") => Member::RequestId,
            (9, "resources") => Member::Resources,
            (10, "attributes") => Member::Attributes,
            (11, "detail-type") => Member::DetailType,
            (11, "eventSource") => Member::EventSource,
            (12, "userIdentity") => Member::UserIdentity,
            (13, "eventCategory") => Member::EventCategory,
            (13, "sharedEventID") => Member::SharedEventId,
            (14, "event.original") => Member::EventOriginal,
            (14, "requestPayload") => Member::RequestPayload,
            (15, "CloudTrailEvent") => Member::CloudTrailEvent,
            (15, "QueryResultRows") => Member::QueryResultRows,
            (15, "sourceIPAddress") => Member::SourceIpAddress,
            (16, "responseElements") => Member::ResponseElements,
            (17, "requestParameters") => Member::RequestParameters,
            (18, "recipientAccountId") => Member::RecipientAccountId,
            (19, "additionalEventData") => Member::AdditionalEventData,
            (19, "serviceEventDetails") => Member::ServiceEventDetails,
            _ => Member::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Member;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }
            fn visit_str<E>(self, name: &str) -> Result<Member, E> {
                Ok(Member::named(name))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
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
    "additionalEventData",
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

/// The record in an EventBridge event and what the event says besides, both read in one pass: the events that functions get
/// are read once less. `None` for all that needs a second look: another object, or a `detail` that is no record as CloudTrail
/// writes it.
pub(crate) fn delivered(text: &str) -> Option<(Object<'_>, Envelope<'_>)> {
    memmem::find(text.as_bytes(), br#""detail""#)?;
    let event: Delivered<'_> = serde_json::from_str(text).ok()?;
    let record = event.detail.filter(Object::is_record)?;
    Some((record, event.envelope))
}

#[derive(Default)]
struct Delivered<'a> {
    detail: Option<Object<'a>>,
    envelope: Envelope<'a>,
}

impl<'de> Deserialize<'de> for Delivered<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Delivered<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an EventBridge event")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Delivered<'de>, A::Error> {
                let mut event = Delivered::default();
                while let Some(field) = map.next_key::<Member>()? {
                    match field {
                        Member::Detail => event.detail = Some(map.next_value()?),
                        Member::Account => event.envelope.account = Some(map.next_value()?),
                        Member::Region => event.envelope.region = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(event)
            }
        }
        deserializer.deserialize_map(Members)
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
        // `wrapper.rs` tests the first members of its table
        for name in ["detail-type", "account", "region", "field", "Body", "Data", "events", "Message", "records"] {
            assert_ne!(Member::named(name), Member::Other, "{name}");
        }
    }

    #[test]
    fn an_event_is_read_in_one_pass_as_in_two() {
        let record = r#"{"eventName":"a","eventSource":"s","eventID":"e","requestParameters":{"detail":{}}}"#;
        let lower = record.to_ascii_lowercase();
        for (text, at_once) in [
            (format!(r#"{{"version":"0","account":"1","region":"r","detail":{record}}}"#), true),
            (format!(r#"{{"detail":{{}},"detail" : {record},"account":null}}"#), true),
            (format!(r#"{{"detail":{record},"detail":{{}}}}"#), false),
            (format!(r#"{{"detail":{record},"detail":null}}"#), false),
            (format!(r#"{{"\u0064etail":{record}}}"#), true),
            (format!(r#"{{"detail":{lower}}}"#), false),
            (format!(r#"{{"detail":{record}"#), false),
            (format!(r#"{{"detail":{}}}"#, serde_json::json!(record)), false),
            (record.to_owned(), false),
        ] {
            let found = delivered(&text);
            assert_eq!(found.is_some(), at_once, "{text}");
            let Some((record, envelope)) = found else { continue };
            let event: Object<'_> = serde_json::from_str(&text).unwrap();
            let detail = Object::of_record(event.get(Member::Detail).unwrap().get()).unwrap().unwrap();
            let words = |object: &Object<'_>| object.members.map(|member| member.map(RawValue::get).map(str::to_owned));
            assert_eq!(words(&record), words(&detail), "{text}");
            assert_eq!(text_of(envelope), text_of(Envelope::of(&event)), "{text}");
        }
    }

    fn text_of(envelope: Envelope<'_>) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
        (text(envelope.account), text(envelope.region))
    }
}
