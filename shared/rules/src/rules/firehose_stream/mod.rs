//! Firehose streams.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateDeliveryStream` | destinations, credentials, endpoints; server-side encryption if it is enabled from the start | `firehose:DescribeDeliveryStream` for encryption that a second call enables, `kinesis:DescribeStreamSummary` for a source stream; the keys | destinations, credentials and endpoints immediately; encryption of the stream settled, unless it is enabled from the start. A key that a later call names is evaluated with that call |
//! | `DeleteDeliveryStream` | the stream is gone | nothing | with a ledger, immediately |
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
#[cfg(test)]
mod tests;

use crate::configuration::firehose_stream::{FirehoseStream, Origin, Source};
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting, settling};
use crate::engine::existing::{Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::language::Text;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::kinesis_stream::DESCRIBE_STREAM;

const DESCRIBE_DELIVERY_STREAM: Permission =
    allow("firehose:DescribeDeliveryStream", "arn:{partition}:firehose:{region}:{account}:deliverystream/*");

/// Why an update that is right for a part of the S3 configurations says nothing about the stream.
const KEEPS_ENCRYPTION: Text = Text::literal("the update leaves the encryption of other S3 objects as it is");

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
    closing: &[deleting(call("DeleteDeliveryStream"))],
    permissions: &[DESCRIBE_DELIVERY_STREAM, DESCRIBE_STREAM, DESCRIBE_KEY],
    read: |call| {
        let (resource, stream) = FirehoseStream::read(call);
        match call.name {
            "DeleteDeliveryStream" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(stream)),
        }
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

/// The streams of a Region: only names, sorted, so that the last one is where the next page starts.
///
/// <https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html>
static LIST_DELIVERY_STREAMS: Listing = Listing {
    permission: allow("firehose:ListDeliveryStreams", "*"),
    parameters: r#"{"Limit": 500}"#, // of 10,000: each takes a call, and a part of a scan looks up what it has listed
    entries: "DeliveryStreamNames",
    next: Some(Next { more: "HasMoreDeliveryStreams", token: "", parameter: "ExclusiveStartDeliveryStreamName" }),
    of: None,
};

/// Streams that exist.
pub(super) static STREAMS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_DELIVERY_STREAMS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, DESCRIBE_DELIVERY_STREAM, DESCRIBE_STREAM],
    is_policy: false,
    read: |entry| {
        let (name, Scope { partition, region, account }) = (entry.name()?, entry.scope);
        let arn = format!("arn:{partition}:firehose:{region}:{account}:deliverystream/{name}");
        let resource = Resource::new("AWS::KinesisFirehose::DeliveryStream", Some(arn), Some(name));
        let unknown = Unresolved::Unknown(Text::literal("`DescribeDeliveryStream` was not asked"));
        Some((resource, Box::new(FirehoseStream::listed(unknown))))
    },
};

impl Configuration for FirehoseStream {
    fn keys(&self) -> Vec<&KeyRef> {
        self.keys()
    }

    fn settles(&self) -> bool {
        self.is_incomplete()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let facts = context.facts;
        if self.origin == Origin::Listed {
            let described = match facts.resource(DESCRIBE_DELIVERY_STREAM.action, context.resource.arn.as_deref()?)? {
                Ok(description) => FirehoseStream::described(description, context.scope),
                Err(unresolved) => FirehoseStream::listed(unresolved),
            };
            return Some(Box::new(described.with_source(facts)));
        }
        if !self.is_incomplete() {
            return None;
        }
        let mut stream = self.clone();
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
        let timeline = timeline.filter(|_| context.resource.arn.is_some());
        let later = stream.source_arn().and_then(|source| {
            timeline.and_then(|(timeline, times)| timeline.is_stream_encrypted(source, *times.end()))
        });
        match (later, &mut stream.source) {
            (Some(later), Source::Kinesis { encrypted, .. }) => *encrypted = Some(Ok(later)),
            _ => stream = stream.with_source(facts),
        }
        Some(Box::new(stream))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        let describes = match self.origin {
            Origin::Listed => true,
            Origin::Created if self.is_incomplete() && self.unresolved.is_none() => true,
            Origin::Created | Origin::Changed => return Vec::new(),
            Origin::Described => false,
        };
        match &self.source {
            Source::Kinesis { arn: Some(source), encrypted: None } => vec![Lookup::new(DESCRIBE_STREAM.action, source)],
            Source::Kinesis { .. } => Vec::new(),
            _ if describes => vec![Lookup::new(DESCRIBE_DELIVERY_STREAM.action, arn)],
            _ => Vec::new(),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}

impl FirehoseStream {
    /// With what is known about the Kinesis data stream that it reads from.
    fn with_source(mut self, facts: &Facts) -> FirehoseStream {
        if let Some(summary) = self.source_arn().and_then(|arn| facts.resource(DESCRIBE_STREAM.action, arn)) {
            self.add_source_description(summary);
        }
        self
    }
}
