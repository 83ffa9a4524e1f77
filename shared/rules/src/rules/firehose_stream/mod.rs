//! Firehose streams.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateDeliveryStream` | destinations, credentials, endpoints; server-side encryption if it is enabled from the start | `firehose:DescribeDeliveryStream` for encryption that a second call enables, `kinesis:DescribeStreamSummary` for a source stream; the keys | destinations, credentials and endpoints immediately; encryption of the stream settled, unless it is enabled from the start. A key that a later call names is evaluated with that call |
//! | `StartDeliveryStreamEncryption` | the kind of key and its ARN | the key | immediately |
//! | `StopDeliveryStreamEncryption` | encryption is disabled | nothing | immediately |
//! | `UpdateDestination` | the changes to the destination | the keys | immediately |

mod firehose_destination_unusable_key;
mod firehose_destination_without_customer_key;
mod firehose_inline_secret;
mod firehose_plaintext_endpoint;
mod firehose_stream_unencrypted;
mod firehose_stream_unusable_key;
mod firehose_stream_without_customer_key;
mod remediation;

use crate::configuration::firehose_stream::{FirehoseStream, Source};
use crate::configuration::key::KeyRef;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, settling};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::kinesis_stream::DESCRIBE_STREAM;

const DESCRIBE_DELIVERY_STREAM: Permission =
    allow("firehose:DescribeDeliveryStream", "arn:{partition}:firehose:{region}:{account}:deliverystream/*");

/// Calls on Firehose streams.
pub static DETECTOR: Detector = Detector {
    name: "firehose-stream",
    event_source: "firehose.amazonaws.com",
    calls: &[
        settling("CreateDeliveryStream"),
        call("StartDeliveryStreamEncryption"),
        call("StopDeliveryStreamEncryption"),
        call("UpdateDestination"),
    ],
    permissions: &[DESCRIBE_DELIVERY_STREAM, DESCRIBE_STREAM, DESCRIBE_KEY],
    read: |call| {
        let (resource, stream) = FirehoseStream::read(call);
        (resource, Box::new(stream))
    },
    cli_outputs: &[CliOutput::member(
        DESCRIBE_DELIVERY_STREAM.action,
        "DeliveryStreamDescription",
        "DeliveryStreamARN",
    )],
    rules: &[
        &firehose_destination_unusable_key::RULE,
        &firehose_destination_without_customer_key::RULE,
        &firehose_inline_secret::RULE,
        &firehose_plaintext_endpoint::RULE,
        &firehose_stream_unencrypted::RULE,
        &firehose_stream_unusable_key::RULE,
        &firehose_stream_without_customer_key::RULE,
    ],
};

impl Configuration for FirehoseStream {
    fn keys(&self) -> Vec<&KeyRef> {
        self.keys()
    }

    fn settles(&self) -> bool {
        self.is_incomplete()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        if !self.is_incomplete() {
            return None;
        }
        let (facts, mut stream) = (context.facts, self.clone());
        let timeline = context.times.as_ref().map(|times| (&facts.timeline, times));
        if let Some(arn) = context.resource.arn.as_deref() {
            match timeline.and_then(|(timeline, times)| timeline.firehose(arn, times.clone())) {
                Some(Ok(sse)) => stream.add_later(sse),
                Some(Err(unresolved)) => stream.unresolved = Some(unresolved),
                None => {
                    if let Some(description) = facts.resource(DESCRIBE_DELIVERY_STREAM.action, arn) {
                        // every function gets the call that starts the encryption; in a replay its record may be missing
                        let by_record = facts.timeline.is_empty() || facts.timeline.starts_firehose_encryption(arn);
                        stream.add_description(description, by_record, context.scope);
                    }
                }
            }
        }
        let Some(source) = stream.source_arn().map(str::to_owned) else { return Some(Box::new(stream)) };
        let timeline = timeline.filter(|_| context.resource.arn.is_some());
        let later = timeline.and_then(|(timeline, times)| timeline.is_stream_encrypted(&source, *times.end()));
        match (later, facts.resource(DESCRIBE_STREAM.action, &source), &mut stream.source) {
            (Some(later), _, Source::Kinesis { encrypted, .. }) => *encrypted = Some(Ok(later)),
            (None, Some(summary), _) => stream.add_source_description(summary),
            _ => {}
        }
        Some(Box::new(stream))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        if !self.is_incomplete() || self.unresolved.is_some() {
            return Vec::new();
        }
        match &self.source {
            Source::Kinesis { arn: Some(source), encrypted: None } => vec![Lookup::new(DESCRIBE_STREAM.action, source)],
            Source::Kinesis { .. } => Vec::new(),
            _ => vec![Lookup::new(DESCRIBE_DELIVERY_STREAM.action, arn)],
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}
