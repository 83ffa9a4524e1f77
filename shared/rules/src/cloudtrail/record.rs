//! CloudTrail records. Any field may be missing, null or of another type.
//!
//! A record is read in two steps. [`Record::parse`] finds the members without copying them, so a record that concerns no
//! rule costs next to nothing. [`Record::payload`] then reads the nested structures of the few others.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::aws::account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::cloudtrail::json_error;

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
    ErrorCode,
    #[serde(rename = "sourceIPAddress")]
    SourceIpAddress,
    UserIdentity,
    RequestParameters,
    ResponseElements,
    Resources,
    // what wraps one: an EventBridge event, …
    Detail,
    Account,
    Region,
    // … a log file, a LookupEvents answer, …
    #[serde(rename = "Records")]
    Records,
    #[serde(rename = "Events")]
    Events,
    #[serde(rename = "CloudTrailEvent")]
    CloudTrailEvent,
    // … a Lambda on-failure record, SQS messages, an SNS notification
    RequestPayload,
    #[serde(rename = "Messages")]
    Messages,
    #[serde(alias = "Body")]
    Body,
    #[serde(rename = "Message")]
    Message,
    #[serde(other)]
    Other,
}

/// The members of a JSON object that decide what it is, not parsed yet.
///
/// Of a duplicate member the last one counts, as in the AWS SDKs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a> {
    members: [Option<&'a RawValue>; Member::Other as usize],
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, field: Member) -> Option<&'a RawValue> {
        self.members.get(field as usize).copied().flatten().filter(|raw| raw.get() != "null")
    }

    /// The text of a member; `None` if it is missing, null or not a text.
    pub(crate) fn text(&self, field: Member) -> Option<Cow<'a, str>> {
        text(self.get(field))
    }
}

fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let raw = raw?.get();
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(raw).ok().map(Cow::Owned);
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

/// One CloudTrail record. Its members are found, but not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    object: Object<'a>,
    /// The EventBridge event around it, if there was one.
    envelope: Envelope<'a>,
}

/// What an EventBridge event says besides the record in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Envelope<'a> {
    account: Option<&'a RawValue>,
    region: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn of(event: &Object<'a>) -> Envelope<'a> {
        Envelope { account: event.get(Member::Account), region: event.get(Member::Region) }
    }
}

/// A record that cannot be evaluated because it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// `eventID`, if it could be read.
    pub event_id: Option<String>,
    /// The member that is wrong.
    pub path: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event_id {
            Some(id) => write!(f, "event `{}`: ", crate::util::text::plain(id))?,
            None => f.write_str("event without an id: ")?,
        }
        write!(f, "`{}` {}", self.path, self.problem)
    }
}

impl std::error::Error for RecordError {}

impl<'a> Record<'a> {
    /// Finds the members of a record, or of the record inside an EventBridge event.
    ///
    /// # Errors
    /// Fails if the text is not a JSON object or has no `eventName` or `eventSource`.
    pub fn parse(text: &'a str) -> Result<Record<'a>, RecordError> {
        let not_json = |error: serde_json::Error| RecordError {
            event_id: None,
            path: "$",
            problem: format!("is not a JSON object: {error}"),
        };
        let object: Object<'a> = serde_json::from_str(text).map_err(not_json)?;
        match object.get(Member::Detail) {
            Some(detail) => {
                let inner = serde_json::from_str(detail.get()).map_err(not_json)?;
                Record { object: inner, envelope: Envelope::of(&object) }.checked()
            }
            None => Record { object, envelope: Envelope::default() }.checked(),
        }
    }

    pub(crate) fn of(object: Object<'a>, envelope: Envelope<'a>) -> Result<Self, RecordError> {
        Record { object, envelope }.checked()
    }

    fn checked(self) -> Result<Self, RecordError> {
        for (field, path) in [(Member::EventName, "eventName"), (Member::EventSource, "eventSource")] {
            if self.object.text(field).is_none() {
                return Err(self.error(path, "is missing or not a text: is this a CloudTrail record?"));
            }
        }
        Ok(self)
    }

    fn error(&self, path: &'static str, problem: impl Into<String>) -> RecordError {
        let event_id = self.object.text(Member::EventId).map(Cow::into_owned);
        RecordError { event_id, path, problem: problem.into() }
    }

    /// The API call: `CreateStream`, …
    pub fn event_name(&self) -> Cow<'a, str> {
        self.object.text(Member::EventName).unwrap_or_default()
    }

    /// The service that was called: `kinesis.amazonaws.com`, …
    pub fn event_source(&self) -> Cow<'a, str> {
        self.object.text(Member::EventSource).unwrap_or_default()
    }

    /// `eventID`, unique for each record; empty if it is missing.
    pub fn event_id(&self) -> Cow<'a, str> {
        self.object.text(Member::EventId).unwrap_or_default()
    }

    /// When the call was made, RFC 3339 in UTC; empty if it is missing.
    pub fn event_time(&self) -> Cow<'a, str> {
        self.object.text(Member::EventTime).unwrap_or_default()
    }

    /// The Region that answered the call.
    pub fn region(&self) -> Cow<'a, str> {
        let outer = || text(self.envelope.region);
        self.object.text(Member::AwsRegion).or_else(outer).unwrap_or_default()
    }

    /// Where the call came from: an address, or the name of a service.
    pub fn source_ip(&self) -> Option<Cow<'a, str>> {
        self.object.text(Member::SourceIpAddress)
    }

    /// Why the call failed; `None` if it succeeded. A failed call changed nothing.
    ///
    /// Only `errorCode` decides: `responseElements` is null for many calls that succeed, and an object for some that fail.
    pub fn error_code(&self) -> Option<Cow<'a, str>> {
        let raw = self.object.get(Member::ErrorCode)?;
        match self.object.text(Member::ErrorCode) {
            Some(code) if code.is_empty() => None,
            Some(code) => Some(code),
            None => Some(Cow::Borrowed(raw.get())),
        }
    }

    /// True for the record of a call itself, not of network activity around one (`AwsVpceEvent`).
    pub fn is_management_event(&self) -> bool {
        let category = self.object.text(Member::EventCategory);
        category.is_none_or(|category| category == "Management")
    }

    /// Reads the nested structures that rules need. [`Payload::identity`] reads who called, on demand.
    ///
    /// # Errors
    /// Fails if one is nested too deeply, or holds a number or text that JSON parsers reject.
    pub fn payload(&self) -> Result<Payload<'a>, RecordError> {
        let read = |field, path| {
            let problem =
                |error: serde_json::Error| self.error(path, format!("cannot be read: {}", json_error::words(&error)));
            value(self.object.get(field)).map_err(problem)
        };
        let mut payload = Payload {
            request: read(Member::RequestParameters, "requestParameters")?,
            response: read(Member::ResponseElements, "responseElements")?,
            identity: self.object.get(Member::UserIdentity),
            resources: self.object.get(Member::Resources),
            account: self.object.text(Member::RecipientAccountId).unwrap_or_default(),
            region: self.region(),
        };
        if payload.account.is_empty() {
            let identity = payload.identity();
            let account = Field::Present(&identity).get("accountId").text().value().map(|id| Cow::Owned(id.to_owned()));
            payload.account = account.or_else(|| text(self.envelope.account)).unwrap_or_default();
        }
        Ok(payload)
    }
}

/// The value of a member; null if it is missing.
fn value(raw: Option<&RawValue>) -> serde_json::Result<Value> {
    raw.map_or(Ok(Value::Null), |raw| serde_json::from_str(raw.get()))
}

/// The nested structures of a record.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    request: Value,
    response: Value,
    identity: Option<&'a RawValue>,
    resources: Option<&'a RawValue>,
    /// The account whose resource was changed: `recipientAccountId`, or else the account of the caller.
    pub account: Cow<'a, str>,
    /// The Region that answered the call.
    pub region: Cow<'a, str>,
}

/// A body as CloudTrail wrote it. CloudTrail leaves out bodies larger than 100 KB.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
fn body(value: &Value) -> Node<'_> {
    match value {
        Value::Null => Field::Omitted,
        value if Field::Present(value).get("omitted").flag() == Field::Present(true) => Field::Omitted,
        value => Field::Present(value),
    }
}

impl Payload<'_> {
    /// What the caller sent.
    pub fn request(&self) -> Node<'_> {
        body(&self.request)
    }

    /// What the service answered; [`Field::Omitted`] if it was not recorded.
    pub fn response(&self) -> Node<'_> {
        body(&self.response)
    }

    /// `userIdentity`: who called. Null if it is missing or cannot be read, because no rule depends on it.
    pub fn identity(&self) -> Value {
        value(self.identity).unwrap_or_default()
    }

    /// The first well-formed ARN in `resources` that `accept` accepts.
    ///
    /// Some services write malformed ARNs there: Kinesis puts the name of a stream in place of the account.
    pub fn resource_arn(&self, accept: impl Fn(&Arn<'_>) -> bool) -> Option<String> {
        let resources = value(self.resources).ok()?;
        let mut arns = resources.as_array()?.iter().filter_map(|entry| Field::Present(entry).get("ARN").text().value());
        let fits = |text: &&str| Arn::parse(text).is_some_and(|arn| account::is_account(arn.account) && accept(&arn));
        arns.find(fits).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_may_be_missing_null_or_of_another_type() {
        for rest in [
            r#""eventID":null"#,
            r#""eventID":7,"awsRegion":[],"errorCode":null,"userIdentity":"x","resources":{}"#,
            r#""requestParameters":"HIDDEN","responseElements":[1],"recipientAccountId":1"#,
            r#""eventID":"a","eventID":"b""#,
        ] {
            let text = format!(r#"{{"eventName":"CreateStream","eventSource":"s",{rest}}}"#);
            let record = Record::parse(&text).unwrap();
            assert_eq!(record.error_code(), None, "{rest}");
            record.payload().unwrap();
        }
    }

    #[test]
    fn names_may_be_escaped() {
        let record = Record::parse(r#"{"eventName":"\u0043reateStream","eventSource":"s"}"#).unwrap();
        assert_eq!(record.event_name(), "CreateStream");
    }

    #[test]
    fn a_failed_call_is_known_by_its_error_code_alone() {
        for (code, failed) in [(r#""AccessDenied""#, true), ("null", false), (r#""""#, false), ("500", true)] {
            let text = format!(r#"{{"eventName":"a","eventSource":"s","errorCode":{code}}}"#);
            assert_eq!(Record::parse(&text).unwrap().error_code().is_some(), failed, "{code}");
        }
    }

    #[test]
    fn omitted_bodies_differ_from_empty_ones() {
        for (body, omitted) in [
            (r#"{"omitted":true,"originalSize":1}"#, true),
            (r#"{"omitted":"true"}"#, true),
            (r#"{"omitted":false}"#, false),
            ("{}", false),
            ("null", true),
        ] {
            let text = format!(r#"{{"eventName":"a","eventSource":"s","requestParameters":{body}}}"#);
            let payload = Record::parse(&text).unwrap().payload().unwrap();
            assert_eq!(payload.request() == Field::Omitted, omitted, "{body}");
        }
    }

    #[test]
    fn an_unreadable_body_is_an_error_that_names_event_and_member() {
        let text = r#"{"eventName":"a","eventSource":"s","eventID":"e-1","requestParameters":{"a":"\ud800"}}"#;
        let error = Record::parse(text).unwrap().payload().unwrap_err();
        assert_eq!((error.event_id.as_deref(), error.path), (Some("e-1"), "requestParameters"));
        insta::assert_snapshot!(error, @r"event `e-1`: `requestParameters` cannot be read: half of a surrogate pair: an escape from `\ud800` to `\udfff` needs its other half");
    }

    #[test]
    fn the_envelope_fills_in_account_and_region() {
        let text = r#"{"account":"111122223333","region":"eu-west-1","detail":{"eventName":"a","eventSource":"s"}}"#;
        let record = Record::parse(text).unwrap();
        assert_eq!(record.region(), "eu-west-1");
        assert_eq!(record.payload().unwrap().account, "111122223333");
    }

    #[test]
    fn malformed_resource_arns_are_skipped() {
        let text = r#"{"eventName":"a","eventSource":"s","resources":[
            {"ARN":"arn:aws:kinesis:us-east-1:orders:stream/null"},{"ARN":5},"x",
            {"ARN":"arn:aws:kinesis:us-east-1:111122223333:stream/orders"}]}"#;
        let payload = Record::parse(text).unwrap().payload().unwrap();
        assert_eq!(
            payload.resource_arn(|_| true).as_deref(),
            Some("arn:aws:kinesis:us-east-1:111122223333:stream/orders")
        );
    }
}
