//! A change as one record describes it: who changed which resource, when, where and into what.

use std::borrow::Cow;
use std::fmt;

use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::aws::partition;
use crate::cloudtrail::record::{Payload, Record, RecordError, is_masked};
use crate::configuration::call::Call;
use crate::configuration::key::Scope;
use crate::configuration::resource::Resource;
use crate::engine::actor::Actor;
use crate::engine::configuration::Configuration;
use crate::engine::context::{EventHeader, Seen};
use crate::engine::detector::{ApiCall, Detector, Skipped};
use crate::timeline::{self, TimelineEntry};
use crate::util::digest::hash;
use crate::util::time::record_time;

/// The record of one call, read in full.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    record: Record<'a>,
    payload: Payload<'a>,
}

impl<'a> Event<'a> {
    /// Reads a CloudTrail record, or the EventBridge event that holds one.
    ///
    /// # Errors
    /// Fails if the text is not a record, or if a member of it cannot be read.
    pub fn parse(text: &'a str) -> Result<Event<'a>, RecordError> {
        Event::read(Record::parse(text)?)
    }

    /// Reads the rest of a record of which the members are known already.
    ///
    /// # Errors
    /// Fails if a member of it cannot be read.
    pub fn read(record: Record<'a>) -> Result<Event<'a>, RecordError> {
        Ok(Event { record, payload: record.payload()? })
    }

    /// The record of the call.
    pub fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Equal for copies of one record, whatever holds them, and different for different records. `None` if the record has
    /// neither an id nor a time.
    ///
    /// `eventID` alone does not decide: people mask it before they share records.
    pub fn identity(&self) -> Option<u128> {
        let (record, payload) = (&self.record, &self.payload);
        let (id, time) = (record.event_id(), record.event_time());
        let time = record_time(&time).map_or(time, |seconds| Cow::Owned(seconds.to_string()));
        let parts = [
            &*id,
            &time,
            &record.event_source(),
            &record.event_name(),
            &payload.region,
            &payload.account,
            &record.request_id(),
            &payload.canonical_request(),
        ];
        (!id.is_empty() || !time.is_empty()).then(|| hash(&parts))
    }

    /// Equal for the records of one call in several accounts; `None` if only one account has a record of the call.
    ///
    /// `sharedEventID` alone does not decide, because people mask it like `eventID`: a masked one says nothing.
    pub fn shared_identity(&self) -> Option<u128> {
        let (record, payload) = (&self.record, &self.payload);
        let id = record.shared_event_id().filter(|id| !is_masked(id))?;
        let (source, name) = (record.event_source(), record.event_name());
        Some(hash(&[&*id, &record.event_time(), &source, &name, &payload.region, &payload.canonical_request()]))
    }

    /// The effects of the call on the timeline.
    pub fn observe(&self) -> Vec<TimelineEntry> {
        timeline::observe(&self.record, &self.payload)
    }

    /// The change that a detector sees in the event.
    ///
    /// # Errors
    /// Why the detector does not evaluate it.
    pub fn change_for(&self, detector: &'static Detector) -> Result<Change<'_>, Skipped> {
        Ok(self.change(detector, detector.api_call(&self.record)?))
    }

    /// The change that a detector sees in the event, which is of this call.
    pub fn change(&self, detector: &'static Detector, call: &ApiCall) -> Change<'_> {
        let payload = &self.payload;
        let scope = Scope {
            partition: partition::of_region(&payload.region),
            region: &payload.region,
            account: &payload.account,
        };
        let made = Call { name: call.name, payload, scope };
        let (resource, configuration) = (detector.read)(&made);
        let owner = self.owner_elsewhere(&resource, detector.event_source).map(str::to_owned);
        Change {
            detector,
            seen: Seen::Call,
            event: EventHeader {
                id: self.record.event_id().into_owned(),
                name: call.name.to_owned(),
                source: detector.event_source.to_owned(),
                time: self.record.event_time().into_owned(),
            },
            scope: Scope { region: made.resource_region(), ..scope },
            resource,
            settles: call.settles && owner.is_none() && configuration.settles(),
            deletes: call.deletes && owner.is_none(),
            owner,
            configuration,
            source_ip: self.record.source_ip(),
            payload,
        }
    }

    /// The account that owns the resource, if the record is the copy of a caller in another account.
    ///
    /// A call on a resource of another account writes a record in both accounts: the caller's copy is about nothing of the
    /// account that it was written for, and the owner has the other one. KMS documents that for its keys; in records of
    /// other services `sharedEventID` shows that there is another copy.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>
    fn owner_elsewhere<'r>(&self, resource: &'r Resource, event_source: &str) -> Option<&'r str> {
        let owner = resource.arn.as_deref().and_then(Arn::parse)?.account;
        let recipient = self.payload.recipient.as_deref()?;
        let has_copies = event_source == "kms.amazonaws.com" || self.record.shared_event_id().is_some();
        let differ = is_account(owner) && is_account(recipient) && owner != recipient;
        (has_copies && differ).then_some(owner)
    }
}

/// What one record says to one detector.
pub struct Change<'a> {
    /// The detector whose rules evaluate it.
    pub detector: &'static Detector,
    /// How it came to be seen.
    pub seen: Seen,
    /// The call.
    pub event: EventHeader,
    /// Partition and Region of the resource that was changed, and the account that the record was written for.
    pub scope: Scope<'a>,
    /// The resource that was changed.
    pub resource: Resource,
    /// Its new configuration.
    pub(crate) configuration: Box<dyn Configuration>,
    settles: bool,
    deletes: bool,
    /// The account that owns the resource, if the record is the copy of a caller in another account.
    pub(crate) owner: Option<String>,
    source_ip: Option<Cow<'a, str>>,
    payload: &'a Payload<'a>,
}

impl fmt::Debug for Change<'_> {
    /// Configurations and bodies may hold secrets, so they are never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { detector, seen, event, scope, resource, .. } = self;
        let mut change = f.debug_struct("Change");
        change.field("detector", &detector.name).field("seen", seen).field("event", event).field("scope", scope);
        change.field("resource", resource).finish_non_exhaustive()
    }
}

impl<'a> Change<'a> {
    /// A resource that exists. No call says anything about it.
    pub(crate) fn existing(
        detector: &'static Detector,
        resource: Resource,
        configuration: Box<dyn Configuration>,
        scope: Scope<'a>,
        at: &str,
    ) -> Change<'a> {
        let event = EventHeader {
            id: String::new(),
            name: String::new(),
            source: detector.event_source.to_owned(),
            time: at.to_owned(),
        };
        Change {
            detector,
            seen: Seen::Scan,
            event,
            scope,
            resource,
            configuration,
            settles: false,
            deletes: false,
            owner: None,
            source_ip: None,
            payload: &Payload::EMPTY,
        }
    }
}

impl Change<'_> {
    /// True if the call only started the configuration and later calls may complete it.
    pub fn settles(&self) -> bool {
        self.settles
    }

    /// True if the call deletes the resource.
    pub fn deletes(&self) -> bool {
        self.deletes
    }

    /// The place of the call in the life of a resource: 0 if it creates it, 2 if it deletes it, 1 for all others. CloudTrail
    /// tells times in whole seconds, and a tool creates and changes a resource within one.
    pub fn rank(&self) -> u8 {
        match self.event.name.starts_with("Create") || self.event.name.starts_with("Replicate") {
            true => 0,
            false => 1 + u8::from(self.deletes),
        }
    }

    /// The account that owns the resource.
    pub fn account(&self) -> &str {
        self.owner.as_deref().unwrap_or(self.scope.account)
    }

    /// True for the copy of a record that a caller in another account gets: the owner of the resource has one too.
    pub fn is_callers_copy(&self) -> bool {
        self.owner.is_some()
    }

    /// The Region in which CloudTrail recorded the call: the resource may be in another one.
    pub fn event_region(&self) -> &str {
        &self.payload.region
    }

    /// The caller. Read on demand, because only published findings need it.
    pub fn actor(&self) -> Actor {
        Actor::read(self.payload, self.source_ip.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::engine::rule::Phase;
    use crate::rules::{kinesis_stream, kms_key_policy};
    use crate::settings::Settings;
    use serde_json::{Value, json};

    const KEY: &str = "arn:aws:kms:eu-west-1:777788889999:key/9c8b7a60-0000-4000-8000-000000000009";

    /// A grant that 555566667777 creates on a key of 777788889999, with these members besides.
    fn grant(members: Value) -> String {
        let mut record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
            "userIdentity": {"type": "AWSAccount", "accountId": "555566667777"},
            "requestParameters": {"keyId": KEY, "granteePrincipal": "arn:aws:iam::555566667777:role/reports"},
            "resources": [{"accountId": "777788889999", "type": "AWS::KMS::Key", "ARN": KEY}]});
        record.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        record.to_string()
    }

    #[test]
    fn a_record_of_the_caller_is_told_from_that_of_the_owner() {
        for (members, is_copy) in [
            (json!({"recipientAccountId": "555566667777", "sharedEventID": "s-1"}), true),
            (json!({"recipientAccountId": "555566667777"}), true),
            (json!({"recipientAccountId": "555566667777", "resources": null}), true),
            (json!({"recipientAccountId": "777788889999", "sharedEventID": "s-1"}), false),
            (json!({"recipientAccountId": "777788889999"}), false),
            // the account of the caller does not tell which record it is
            (json!({"sharedEventID": "s-1"}), false),
            (json!({"recipientAccountId": "***", "sharedEventID": "s-1"}), false),
        ] {
            let text = grant(members.clone());
            let event = Event::parse(&text).unwrap();
            let change = event.change_for(&kms_key_policy::DETECTOR).unwrap();
            assert_eq!(change.is_callers_copy(), is_copy, "{members}");
            let (facts, settings) = (Facts::default(), Settings::default());
            let findings = evaluate(&change, &facts, &settings);
            let outcome = &findings.iter().find(|one| one.rule.id == "kms-grant-to-foreign-account").unwrap().outcome;
            match outcome {
                Outcome::NotApplicable(why) => assert!(is_copy && why.contains("777788889999"), "{members}: {why}"),
                other => assert!(!is_copy && matches!(other, Outcome::Violation(_)), "{members}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_envelope_says_which_account_the_event_was_sent_to() {
        let event = |account: &str| format!(r#"{{"account":"{account}","detail":{}}}"#, grant(json!({})));
        for (account, is_copy) in [("555566667777", true), ("777788889999", false)] {
            let text = event(account);
            let event = Event::parse(&text).unwrap();
            assert_eq!(event.change_for(&kms_key_policy::DETECTOR).unwrap().is_callers_copy(), is_copy, "{account}");
        }
    }

    #[test]
    fn copies_of_a_record_are_equal_and_any_difference_makes_another_record() {
        let record = json!({"eventID": "e-1", "eventTime": "2026-11-22T10:00:00Z", "eventSource": "kms.amazonaws.com",
            "eventName": "DisableKey", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestID": "r-1",
            "requestParameters": {"keyId": "k-1"}});
        let identity = |changes: Value| {
            let mut record = record.clone();
            record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            Event::parse(&record.to_string()).unwrap().identity()
        };
        let first = identity(json!({}));
        assert!(first.is_some());
        for same in [json!({"eventTime": "2026-11-22T11:00:00+01:00"}), json!({"userAgent": "another member"})] {
            assert_eq!(identity(same.clone()), first, "{same}");
        }
        for other in [
            json!({"eventID": "e-2"}),
            json!({"eventTime": "2026-11-22T10:00:01Z"}),
            json!({"eventSource": "kinesis.amazonaws.com"}),
            json!({"eventName": "EnableKey"}),
            json!({"awsRegion": "eu-west-2"}),
            json!({"recipientAccountId": "111122223334"}),
            json!({"requestID": "r-2"}),
            json!({"requestParameters": {"keyId": "k-2"}}),
        ] {
            assert_ne!(identity(other.clone()), first, "{other}");
        }
        for (members, is_known) in [
            (json!({"eventID": null}), true),
            (json!({"eventTime": null}), true),
            (json!({"eventTime": "noon"}), true),
            (json!({"eventID": null, "eventTime": null}), false),
        ] {
            assert_eq!(identity(members.clone()).is_some(), is_known, "{members}");
        }
    }

    #[test]
    fn records_of_one_call_share_an_identity_and_other_calls_do_not() {
        let shared = |id: &str, grantee: &str| {
            let record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "eventTime": "2026-11-22T10:00:00Z",
                "sharedEventID": id, "requestParameters": {"granteePrincipal": grantee}})
            .to_string();
            Event::parse(&record).unwrap().shared_identity()
        };
        let id = "6f3c1f0e-51fa-4c0b-9a53-0e6b1f2f4a11";
        assert_eq!(shared(id, "a"), shared(id, "a"));
        assert_ne!(shared(id, "a"), shared(id, "b"));
        assert_eq!(shared("REDACTED", "a"), None);
    }

    #[test]
    fn another_service_has_copies_only_if_the_record_says_so() {
        let text = |shared: Value| {
            json!({"eventName": "StartStreamEncryption", "eventSource": "kinesis.amazonaws.com",
                "awsRegion": "eu-west-1", "recipientAccountId": "555566667777", "sharedEventID": shared,
                "requestParameters": {"streamARN": "arn:aws:kinesis:eu-west-1:777788889999:stream/all-accounts"}})
            .to_string()
        };
        for (shared, is_copy) in [(json!("s-2"), true), (json!(""), false), (Value::Null, false)] {
            let text = text(shared.clone());
            let event = Event::parse(&text).unwrap();
            let change = event.change_for(&kinesis_stream::DETECTOR).unwrap();
            assert_eq!(change.is_callers_copy(), is_copy, "{shared}");
            let lookups = pending_lookups(&change, &Facts::default(), &Settings::default(), Phase::All);
            assert_eq!(lookups.is_empty(), is_copy, "a copy needs no look-up");
        }
    }
}
