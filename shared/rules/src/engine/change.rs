//! A change as one record describes it: who changed which resource, when, where and into what.

use std::borrow::Cow;

use crate::aws::partition;
use crate::cloudtrail::record::{Payload, Record, RecordError};
use crate::configuration::call::Call;
use crate::configuration::key::Scope;
use crate::configuration::resource::Resource;
use crate::engine::actor::Actor;
use crate::engine::configuration::Configuration;
use crate::engine::context::EventHeader;
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

    /// `eventID`; empty if it is missing.
    pub fn id(&self) -> Cow<'a, str> {
        self.record.event_id()
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
        let (resource, configuration) = (detector.read)(&Call { name: call.name, payload, scope });
        Change {
            detector,
            event: EventHeader {
                id: self.record.event_id().into_owned(),
                name: call.name.to_owned(),
                source: detector.event_source.to_owned(),
                time: self.record.event_time().into_owned(),
            },
            scope,
            resource,
            settles: call.settles && configuration.settles(),
            configuration,
            source_ip: self.record.source_ip(),
            payload,
        }
    }
}

/// What one record says to one detector.
#[derive(Debug)]
pub struct Change<'a> {
    /// The detector whose rules evaluate it.
    pub detector: &'static Detector,
    /// The call.
    pub event: EventHeader,
    /// Partition and Region of the call, and the account whose resource was changed.
    pub scope: Scope<'a>,
    /// The resource that was changed.
    pub resource: Resource,
    /// Its new configuration.
    pub(crate) configuration: Box<dyn Configuration>,
    settles: bool,
    source_ip: Option<Cow<'a, str>>,
    payload: &'a Payload<'a>,
}

impl Change<'_> {
    /// True if the call only started the configuration and later calls may complete it.
    pub fn settles(&self) -> bool {
        self.settles
    }

    /// The caller. Read on demand, because only published findings need it.
    pub fn actor(&self) -> Actor {
        Actor::read(self.payload, self.source_ip.as_deref())
    }
}
