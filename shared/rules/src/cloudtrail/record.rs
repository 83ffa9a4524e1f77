//! CloudTrail records. Any field may be missing, null or of another type.
//!
//! A record is read in two steps. [`Record::parse`] finds the members without copying them, so a record that concerns no
//! rule costs next to nothing. [`Record::payload`] then reads the nested structures of the few others.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::borrow::Cow;
use std::fmt;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::aws::account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::cloudtrail::json_error;
use crate::cloudtrail::kms_event::{self, KmsEvent};
use crate::cloudtrail::object::{self, Envelope, Member, Object, RECORD, text};
use crate::util::json;

/// One CloudTrail record. Its members are found, but not parsed yet.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    members: [Option<&'a RawValue>; RECORD.len()],
    /// The EventBridge event around it, if there was one.
    envelope: Envelope<'a>,
}

impl fmt::Debug for Record<'_> {
    /// Bodies may hold secrets, so they are never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, source, name) = (self.event_id(), self.event_source(), self.event_name());
        f.debug_struct("Record").field("id", &id).field("source", &source).field("name", &name).finish_non_exhaustive()
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
            problem: {
                let (words, line, column) = (json_error::words(&error), error.line(), error.column());
                format!("is not a JSON object: {words} at line {line} column {column}")
            },
        };
        if let Some((record, envelope)) = object::delivered(text) {
            return Record::of(&record, envelope);
        }
        let object: Object<'a> = serde_json::from_str(text).map_err(not_json)?;
        let (inner, envelope) = match object.get(Member::Detail) {
            Some(detail) => match Object::of_record(detail.get()) {
                Ok(Some(inner)) => (Some(inner), Envelope::of(&object)),
                other => match kms_event::read(text) {
                    Some(event) => return Ok(Record::of_kms_event(event)),
                    None => (other.map_err(not_json)?, Envelope::of(&object)),
                },
            },
            None if object.is_record() => (None, Envelope::default()),
            None => (Object::of_record(text).map_err(not_json)?, Envelope::default()),
        };
        Record::of(&inner.unwrap_or(object), envelope)
    }

    /// What KMS tells EventBridge itself, as the record of a service event whose name is the detail type.
    pub(super) fn of_kms_event(event: KmsEvent<'a>) -> Record<'a> {
        let mut record = Record { members: [None; RECORD.len()], envelope: Envelope::default() };
        let members = [
            (Member::EventName, Some(event.detail_type)),
            (Member::EventSource, serde_json::from_str(r#""kms.amazonaws.com""#).ok()),
            // nobody called: without it, people read that the caller is unknown
            (Member::UserIdentity, serde_json::from_str(r#"{"invokedBy":"kms.amazonaws.com"}"#).ok()),
            (Member::EventId, event.id),
            (Member::EventTime, event.time),
            (Member::AwsRegion, event.region),
            (Member::RecipientAccountId, event.account),
            (Member::Resources, event.resources),
            (Member::ServiceEventDetails, event.detail),
        ];
        for (name, value) in members {
            if let Some(member) = record.members.get_mut(name as usize) {
                *member = value;
            }
        }
        record
    }

    pub(crate) fn of(object: &Object<'a>, envelope: Envelope<'a>) -> Result<Self, RecordError> {
        let members = object.members.first_chunk().copied().unwrap_or_default();
        Record { members, envelope }.checked()
    }

    fn get(&self, field: Member) -> Option<&'a RawValue> {
        self.members.get(field as usize).copied().flatten().filter(|raw| raw.get() != "null")
    }

    fn text(&self, field: Member) -> Option<Cow<'a, str>> {
        text(self.get(field))
    }

    fn checked(self) -> Result<Self, RecordError> {
        for (field, path) in [(Member::EventName, "eventName"), (Member::EventSource, "eventSource")] {
            if self.text(field).is_none() {
                return Err(self.error(path, "is missing or not a text: is this a CloudTrail record?"));
            }
        }
        Ok(self)
    }

    fn error(&self, path: &'static str, problem: impl Into<String>) -> RecordError {
        let event_id = self.text(Member::EventId).map(Cow::into_owned);
        RecordError { event_id, path, problem: problem.into() }
    }

    /// The account of the EventBridge event around the record, which AWS sets; `None` if there was none.
    pub fn delivering_account(&self) -> Option<Cow<'a, str>> {
        text(self.envelope.account)
    }

    /// The API call: `CreateStream`, …
    pub fn event_name(&self) -> Cow<'a, str> {
        self.text(Member::EventName).unwrap_or_default()
    }

    /// The service that was called: `kinesis.amazonaws.com`, …
    pub fn event_source(&self) -> Cow<'a, str> {
        self.text(Member::EventSource).unwrap_or_default()
    }

    /// `eventID`, unique for each record; empty if it is missing.
    pub fn event_id(&self) -> Cow<'a, str> {
        self.text(Member::EventId).unwrap_or_default()
    }

    /// `requestID`, which the service gave the call; empty if it is missing.
    pub fn request_id(&self) -> Cow<'a, str> {
        self.text(Member::RequestId).unwrap_or_default()
    }

    /// The earlier record of the same call that this one replaces; `None` for almost all records.
    ///
    /// Of the reasons for an `addendum`, only `UPDATED_DATA` stands for a second record. `DELIVERY_DELAY` and
    /// `SERVICE_OUTAGE` mark the first one, which came late.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
    pub fn replaces(&self) -> Option<Replaced> {
        let addendum = value(self.get(Member::Addendum)).ok()?;
        let text = |name: &str| Field::Present(&addendum).get(name).text().value().filter(|text| !text.is_empty());
        let event_id = text("originalEventID").filter(|id| !is_masked(id))?.to_owned();
        let updates = text("reason")?.eq_ignore_ascii_case("UPDATED_DATA");
        updates.then(|| Replaced { event_id, request_id: text("originalRequestID").map(str::to_owned) })
    }

    /// `sharedEventID`, which the records of one call in several accounts have in common; `None` if there is only one.
    pub fn shared_event_id(&self) -> Option<Cow<'a, str>> {
        self.text(Member::SharedEventId).filter(|id| !id.is_empty())
    }

    /// When the call was made, RFC 3339 in UTC; empty if it is missing.
    pub fn event_time(&self) -> Cow<'a, str> {
        self.text(Member::EventTime).unwrap_or_default()
    }

    /// The Region that answered the call.
    pub fn region(&self) -> Cow<'a, str> {
        let outer = || text(self.envelope.region);
        self.text(Member::AwsRegion).or_else(outer).unwrap_or_default()
    }

    /// Where the call came from: an address, or the name of a service.
    pub fn source_ip(&self) -> Option<Cow<'a, str>> {
        self.text(Member::SourceIpAddress)
    }

    /// Why the call failed; `None` if it succeeded. A failed call changed nothing.
    ///
    /// Only `errorCode` decides: `responseElements` is null for many calls that succeed, and an object for some that fail.
    pub fn error_code(&self) -> Option<Cow<'a, str>> {
        let raw = self.get(Member::ErrorCode)?;
        match self.text(Member::ErrorCode) {
            Some(code) if code.is_empty() => None,
            Some(code) => Some(code),
            None => Some(Cow::Borrowed(raw.get())),
        }
    }

    /// True for the record of a call itself, not of network activity around one (`AwsVpceEvent`).
    pub fn is_management_event(&self) -> bool {
        let category = self.text(Member::EventCategory);
        category.is_none_or(|category| category == "Management")
    }

    /// Reads the nested structures that rules need. [`Payload::identity`] reads who called, on demand.
    ///
    /// # Errors
    /// Fails if one is nested too deeply.
    pub fn payload(&self) -> Result<Payload<'a>, RecordError> {
        let read = |field, path| {
            let problem =
                |error: serde_json::Error| self.error(path, format!("cannot be read: {}", json_error::words(&error)));
            value(self.get(field)).map_err(problem)
        };
        let mut payload = Payload {
            request: read(Member::RequestParameters, "requestParameters")?,
            response: read(Member::ResponseElements, "responseElements")?,
            identity: self.get(Member::UserIdentity),
            resources: self.get(Member::Resources),
            service_details: self.get(Member::ServiceEventDetails),
            additional: self.get(Member::AdditionalEventData),
            source: self.source_ip(),
            recipient: self.text(Member::RecipientAccountId).or_else(|| text(self.envelope.account)),
            account: self.text(Member::RecipientAccountId).unwrap_or_default(),
            region: self.region(),
        };
        if payload.request.as_object().is_some_and(Map::is_empty) && self.event_name() != "CreateKey" {
            // all other monitored calls require parameters: an empty request says as little as a missing one
            payload.request = Value::Null;
        }
        if payload.account.is_empty() {
            let identity = payload.identity();
            let account = Field::Present(&identity).get("accountId").text().value().map(|id| Cow::Owned(id.to_owned()));
            payload.account = account.or_else(|| text(self.envelope.account)).unwrap_or_default();
        }
        Ok(payload)
    }
}

/// The record that an addendum replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its `eventID`.
    pub event_id: String,
    /// Its `requestID`, if the addendum says it.
    pub request_id: Option<String>,
}

/// True if somebody put the same word in place of many event ids before they shared records: `REDACTED`, `***`, a UUID of
/// zeros, nothing. CloudTrail's ids are random UUIDs.
pub fn is_masked(event_id: &str) -> bool {
    let repeats = |group: &str| group.bytes().all(|byte| Some(byte) == group.bytes().next());
    !event_id.bytes().any(|byte| byte.is_ascii_digit()) || (event_id.len() == 36 && event_id.split('-').all(repeats))
}

/// The value of a member; null if it is missing. Athena, CloudTrail Lake and others keep the nested structures of a record as
/// JSON text.
fn value(raw: Option<&RawValue>) -> serde_json::Result<Value> {
    let value = raw.map_or(Ok(Value::Null), |raw| json::parse(raw.get()))?;
    match &value {
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        Value::String(text) if text == "null" || text.trim_start().starts_with(['{', '[']) => json::parse(text),
        _ => Ok(value),
    }
}

/// The nested structures of a record.
#[derive(Clone)]
pub struct Payload<'a> {
    request: Value,
    response: Value,
    identity: Option<&'a RawValue>,
    resources: Option<&'a RawValue>,
    service_details: Option<&'a RawValue>,
    additional: Option<&'a RawValue>,
    source: Option<Cow<'a, str>>,
    /// The account that the record was written for; `None` if neither the record nor the event around it says so.
    pub(crate) recipient: Option<Cow<'a, str>>,
    /// The account whose resource was changed: `recipientAccountId`, or else the account of the caller.
    pub account: Cow<'a, str>,
    /// The Region that answered the call.
    pub region: Cow<'a, str>,
}

impl fmt::Debug for Payload<'_> {
    /// Bodies may hold secrets, so they are never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Payload { account, region, .. } = self;
        f.debug_struct("Payload").field("account", account).field("region", region).finish_non_exhaustive()
    }
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

/// Services in whose name people make calls of their choice: the console, and those that call any API that a workflow, a
/// schedule, a runbook or an integration names.
///
/// - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
/// - <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>
/// - <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>
/// - <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeAwsApi.html>
/// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-aws-proxy.html>
/// - <https://docs.aws.amazon.com/appsync/latest/devguide/tutorial-http-resolvers.html>
const AGENTS: [&str; 6] = ["apigateway", "appsync", "scheduler", "signin", "ssm", "states"];

impl Payload<'_> {
    /// Nothing: no call was recorded.
    pub(crate) const EMPTY: Payload<'static> = Payload {
        request: Value::Null,
        response: Value::Null,
        identity: None,
        resources: None,
        service_details: None,
        additional: None,
        source: None,
        recipient: None,
        account: Cow::Borrowed(""),
        region: Cow::Borrowed(""),
    };

    /// What the caller sent, in a form that is equal for equal requests.
    pub(crate) fn canonical_request(&self) -> String {
        self.request.to_string()
    }

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

    /// `serviceEventDetails`, which replaces the request in the record of what a service did by itself. Null if there is none.
    pub fn service_details(&self) -> Value {
        value(self.service_details).unwrap_or_default()
    }

    /// `additionalEventData`: what is part of neither the request nor the response. Null if there is none.
    pub fn additional(&self) -> Value {
        value(self.additional).unwrap_or_default()
    }

    /// The AWS service that made the call, for itself or on behalf of a caller of its own; `None` if a person or a program
    /// made it, also through a service that makes any call that it is told to. CloudTrail writes what decides, so no caller
    /// can forge it.
    pub fn service(&self) -> Option<String> {
        let is_agent = |name: &str| AGENTS.contains(&name.split('.').next().unwrap_or_default());
        let identity = self.identity();
        let invoked = Field::Present(&identity).get("invokedBy").text().value();
        let mut services =
            [invoked, self.source.as_deref()].into_iter().flatten().filter(|name| account::is_service(name));
        let service = services.next()?;
        (!is_agent(service) && !services.any(is_agent)).then(|| service.to_owned())
    }

    /// The first well-formed ARN in `resources` that `accept` accepts.
    ///
    /// A record has objects there, an event of EventBridge has ARNs. Some services write malformed ARNs: Kinesis puts the name of a stream in place of the account.
    pub fn resource_arn(&self, accept: impl Fn(&Arn<'_>) -> bool) -> Option<String> {
        let resources = value(self.resources).ok()?;
        let mut arns = resources
            .as_array()?
            .iter()
            .filter_map(|entry| entry.as_str().or_else(|| Field::Present(entry).get("ARN").text().value()));
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
    fn omitted_and_empty_bodies_say_nothing() {
        for (body, omitted) in [
            (r#"{"omitted":true,"originalSize":1}"#, true),
            (r#"{"omitted":"true"}"#, true),
            (r#"{"omitted":false}"#, false),
            (r#"{"name":""}"#, false),
            ("{}", true),
            ("null", true),
        ] {
            let text = format!(r#"{{"eventName":"a","eventSource":"s","requestParameters":{body}}}"#);
            let payload = Record::parse(&text).unwrap().payload().unwrap();
            assert_eq!(payload.request() == Field::Omitted, omitted, "{body}");
        }
        let key = r#"{"eventName":"CreateKey","eventSource":"s","requestParameters":{}}"#;
        let payload = Record::parse(key).unwrap().payload().unwrap();
        assert!(payload.request().is_present(), "all parameters of `CreateKey` have defaults");
    }

    #[test]
    fn structures_may_be_json_text_and_names_may_be_in_any_case() {
        let athena = r#"{"eventname":"a","eventsource":"s","eventid":"e-1","recipientaccountid":"111122223333",
            "requestparameters":"{\"streamName\":\"orders\"}","responseelements":"null",
            "useridentity":{"accountid":"444455556666"},"resources":"[{\"arn\":\"arn:aws:kms:eu-west-1:111122223333:key/k\"}]"}"#;
        let sentinel = r#"{"EventName":"a","EventSource":"s","EventID":"e-1","RecipientAccountId":"111122223333",
            "RequestParameters":" {\"streamName\":\"orders\"}","ResponseElements":"",
            "Resources":[{"ARN":"arn:aws:kms:eu-west-1:111122223333:key/k"}]}"#;
        for text in [athena, sentinel] {
            let record = Record::parse(text).unwrap();
            assert_eq!(record.event_id(), "e-1");
            let payload = record.payload().unwrap();
            assert_eq!(payload.request().get("streamName").text(), Field::Present("orders"));
            assert_eq!(payload.response(), Field::Omitted);
            assert_eq!(payload.account, "111122223333");
            assert!(payload.resource_arn(|arn| arn.service == "kms").is_some());
        }
        let marker = r#"{"eventName":"a","eventSource":"s","requestParameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;
        let marker = Record::parse(marker).unwrap();
        assert_eq!(marker.payload().unwrap().request().get("a").text(), Field::Redacted);
        let hive = r#"{"eventName":"a","eventSource":"s","requestParameters":"{streamName=orders}"}"#;
        assert_eq!(Record::parse(hive).unwrap().payload().unwrap_err().path, "requestParameters");
    }

    #[test]
    fn masked_ids_are_words_and_not_uuids() {
        for (id, want) in [
            ("", true),
            ("REDACTED", true),
            ("***", true),
            ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("11111111-2222-3333-4444-555555555555", true),
            ("6f3c1f0e-51fa-4c0b-9a53-0e6b1f2f4a11", false),
            ("e-1", false),
        ] {
            assert_eq!(is_masked(id), want, "{id}");
        }
    }

    #[test]
    fn an_unreadable_body_is_an_error_that_names_event_and_member() {
        let deep = format!("{}1{}", "[".repeat(128), "]".repeat(128));
        let text = format!(r#"{{"eventName":"a","eventSource":"s","eventID":"e-1","requestParameters":{deep}}}"#);
        let error = Record::parse(&text).unwrap().payload().unwrap_err();
        assert_eq!((error.event_id.as_deref(), error.path), (Some("e-1"), "requestParameters"));
        insta::assert_snapshot!(error, @"event `e-1`: `requestParameters` cannot be read: recursion limit exceeded");
        let half = text.replace(&deep, &format!(r#"["\ud800",{deep}]"#));
        let error = Record::parse(&half).unwrap().payload().unwrap_err();
        assert!(error.problem.contains("half of a surrogate pair"), "{error}");
    }

    #[test]
    fn half_a_surrogate_pair_and_a_large_number_hide_nothing() {
        let text = r#"{"eventName":"a\udfff","eventSource":"s","requestParameters":{"a":"\ud800","n":1e400}}"#;
        let record = Record::parse(text).unwrap();
        assert_eq!(record.event_name(), "a\u{fffd}");
        let payload = record.payload().unwrap();
        assert_eq!(payload.request().get("a").text(), Field::Present("\u{fffd}"));
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
