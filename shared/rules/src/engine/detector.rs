//! What a detector is: one row of the table in [`crate::rules`].

use std::collections::BTreeSet;

use crate::cloudtrail::record::Record;
use crate::configuration::call::Call;
use crate::configuration::resource::Resource;
use crate::engine::configuration::Configuration;
use crate::engine::facts::CliOutput;
use crate::engine::rule::Rule;

/// One Lambda function: the calls it evaluates, and how.
#[derive(Debug)]
pub struct Detector {
    /// Its name: the function's folder and the sample events' folder.
    pub name: &'static str,
    /// `eventSource` of the calls.
    pub event_source: &'static str,
    /// The calls that it evaluates, sorted by name.
    pub calls: &'static [ApiCall],
    /// The calls that only end what its rules report, sorted by name: they are evaluated where there is a ledger.
    pub closing: &'static [ApiCall],
    /// The permissions that its look-ups require.
    pub permissions: &'static [Permission],
    /// Reads the resource and the configuration from a call.
    pub read: fn(&Call<'_>) -> (Resource, Box<dyn Configuration>),
    /// How to recognize the output of the AWS CLI about its resources.
    pub cli_outputs: &'static [CliOutput],
    /// The rules, sorted by id.
    pub rules: &'static [&'static Rule],
}

/// An IAM permission: an action, and the resources it is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `service:Operation`
    pub action: &'static str,
    /// `*`, or a pattern of ARNs with the placeholders `{partition}`, `{region}` and `{account}`.
    pub resource: &'static str,
    /// The parameter that takes the ARN or id of what is looked up, as the API model names it; empty if there is none, or if it
    /// takes something else.
    pub parameter: &'static str,
}

impl Permission {
    /// The same, for a look-up that is asked by this parameter.
    pub(crate) const fn by(self, parameter: &'static str) -> Permission {
        Permission { parameter, ..self }
    }
}

/// One monitored call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiCall {
    /// `eventName`; for what a service tells EventBridge itself, the detail type.
    pub name: &'static str,
    /// True for a call that only starts a configuration, which later calls complete.
    pub settles: bool,
    /// True for a call that deletes the resource: it ends whatever its rules reported about it.
    pub deletes: bool,
    /// The `detail-type` of the events that EventBridge makes of its records. It differs for what a service does by itself.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
    pub detail_type: &'static str,
}

const CALL: &str = "AWS API Call via CloudTrail";
const SERVICE_EVENT: &str = "AWS Service Event via CloudTrail";

impl ApiCall {
    /// True for an event that the service sends to EventBridge itself, without CloudTrail.
    pub fn is_of_eventbridge(&self) -> bool {
        self.detail_type == self.name
    }
}

/// A call that contains the whole configuration.
pub(crate) const fn call(name: &'static str) -> ApiCall {
    ApiCall { name, settles: false, deletes: false, detail_type: CALL }
}

/// A call that only starts a configuration, which later calls complete.
pub(crate) const fn settling(name: &'static str) -> ApiCall {
    ApiCall { name, settles: true, deletes: false, detail_type: CALL }
}

/// A call that deletes the resource.
pub(crate) const fn deleting(call: ApiCall) -> ApiCall {
    ApiCall { deletes: true, ..call }
}

/// What a service does by itself and records as a service event.
pub(crate) const fn service_event(name: &'static str) -> ApiCall {
    ApiCall { name, settles: false, deletes: false, detail_type: SERVICE_EVENT }
}

/// What a service tells EventBridge itself, without CloudTrail: an event with a detail type of its own.
pub(crate) const fn eventbridge_event(detail_type: &'static str) -> ApiCall {
    ApiCall { name: detail_type, settles: false, deletes: false, detail_type }
}

/// A permission for calls that look something up.
pub const fn allow(action: &'static str, resource: &'static str) -> Permission {
    Permission { action, resource, parameter: "" }
}

/// The `detail-type` of the events that EventBridge makes of the records of these calls: each once, sorted.
pub fn detail_types(calls: &[ApiCall]) -> Vec<&'static str> {
    let recorded = calls.iter().filter(|call| !call.is_of_eventbridge());
    let types: BTreeSet<_> = recorded.map(|call| call.detail_type).collect();
    types.into_iter().collect()
}

/// Why a record is not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// It is of another service or call, or not the record of a call.
    NotMonitored,
    /// The call failed, so it changed nothing.
    Failed,
}

impl Detector {
    /// The `detail-type` of the events that EventBridge makes of the records: each once, sorted.
    pub fn detail_types(&self) -> Vec<&'static str> {
        detail_types(self.calls)
    }

    /// The monitored call in a record.
    ///
    /// # Errors
    /// Why the record is not evaluated. The name of the call is not enough: six services have a `CreateCluster`.
    pub fn api_call(&self, record: &Record<'_>) -> Result<&'static ApiCall, Skipped> {
        self.find(self.calls, record)
    }

    /// The call in a record that only ends what the rules report.
    ///
    /// # Errors
    /// Why the record is not evaluated.
    pub fn closing_call(&self, record: &Record<'_>) -> Result<&'static ApiCall, Skipped> {
        self.find(self.closing, record)
    }

    fn find(&self, calls: &'static [ApiCall], record: &Record<'_>) -> Result<&'static ApiCall, Skipped> {
        let name = record.event_name();
        let monitored = record.event_source() == self.event_source && record.is_management_event();
        match calls.iter().find(|call| monitored && call.name == name) {
            None => Err(Skipped::NotMonitored),
            Some(_) if record.error_code().is_some() => Err(Skipped::Failed),
            Some(call) => Ok(call),
        }
    }

    /// True if this detector evaluates the call.
    #[inline]
    pub(crate) fn monitors(&self, event_source: &[u8], event_name: &[u8]) -> bool {
        self.event_source.as_bytes() == event_source && self.calls.iter().any(|call| call.name.as_bytes() == event_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::msk_cluster::DETECTOR;

    #[test]
    fn calls_of_other_services_failed_calls_and_network_activity_are_skipped() {
        let skipped = |rest: &str| {
            let text = format!(r#"{{"eventName":"CreateCluster",{rest}}}"#);
            DETECTOR.api_call(&Record::parse(&text).unwrap()).map(|call| call.name)
        };
        assert_eq!(skipped(r#""eventSource":"kafka.amazonaws.com""#), Ok("CreateCluster"));
        assert_eq!(skipped(r#""eventSource":"ecs.amazonaws.com""#), Err(Skipped::NotMonitored));
        assert_eq!(skipped(r#""eventSource":" kafka.amazonaws.com""#), Err(Skipped::NotMonitored));
        assert_eq!(skipped(r#""eventSource":"kafka.amazonaws.com","errorCode":"AccessDenied""#), Err(Skipped::Failed));
        assert_eq!(
            skipped(r#""eventSource":"kafka.amazonaws.com","eventCategory":"NetworkActivity""#),
            Err(Skipped::NotMonitored)
        );
    }
}
