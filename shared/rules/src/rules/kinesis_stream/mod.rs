//! Kinesis data streams.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateStream` | nothing about encryption: the API has no such member | `kinesis:DescribeStreamSummary` | settled: whether it is encrypted. The key is evaluated with the call that names it |
//! | `DeleteChannel` | a channel is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeleteQueue` | a queue is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeleteResourcePolicy` | a stream, consumer, queue or channel has no policy | nothing | with a ledger, immediately |
//! | `DeleteStream` | the stream is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeregisterStreamConsumer` | a consumer is gone, and its policy with it, if the call names its ARN | nothing | with a ledger, immediately |
//! | `PutResourcePolicy` | the policy of a stream, consumer, queue or channel | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `StartStreamEncryption` | the key | the key; `kinesis:DescribeStreamSummary` if the key is omitted | immediately |
//! | `StopStreamEncryption` | encryption is disabled | nothing | immediately |
//!
//! No public record of `PutResourcePolicy` is known: its samples follow the API model and the examples of the Kinesis guide.

mod kinesis_stream_policy_foreign_account;
mod kinesis_stream_policy_public;
mod kinesis_stream_unencrypted;
mod kinesis_stream_unusable_key;
mod kinesis_stream_without_customer_key;
mod remediation;
#[cfg(test)]
mod tests;

use crate::configuration::key::KeyRef;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::{RuleContext, Seen};
use crate::engine::detector::{Detector, Permission, allow, call, deleting, settling};
use crate::engine::existing::{Entry, Existing, Listing, Next, Of};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::resource_policy::LIST_ACCOUNTS;
use crate::rules::resource_policy::existing::ExistingPolicy;
use crate::rules::resource_policy::subject::PolicySubject;

/// The look-up of a data stream.
pub(super) const DESCRIBE_STREAM: Permission =
    allow("kinesis:DescribeStreamSummary", "arn:{partition}:kinesis:{region}:{account}:stream/*").by("StreamARN");

/// Calls on Kinesis data streams.
pub static DETECTOR: Detector = Detector {
    name: "kinesis-stream",
    event_source: "kinesis.amazonaws.com",
    calls: &[
        settling("CreateStream"),
        call("PutResourcePolicy"),
        call("StartStreamEncryption"),
        call("StopStreamEncryption"),
    ],
    closing: &[
        deleting(call("DeleteChannel")),
        deleting(call("DeleteQueue")),
        call("DeleteResourcePolicy"),
        deleting(call("DeleteStream")),
        deleting(call("DeregisterStreamConsumer")),
    ],
    permissions: &[DESCRIBE_KEY, DESCRIBE_STREAM, LIST_ACCOUNTS],
    read: |call| match call.name {
        "DeleteChannel" | "DeleteQueue" | "DeregisterStreamConsumer" => {
            (KinesisStream::read_deleted(call), Box::new(Deletion))
        }
        "DeleteStream" => (KinesisStream::read(call).0, Box::new(Deletion)),
        "DeleteResourcePolicy" | "PutResourcePolicy" => {
            let (resource, policy) = KinesisStream::read_policy(call);
            let kind = remediation::kind(resource.kind);
            (resource, Box::new(PolicySubject::new(policy, kind)))
        }
        _ => {
            let (resource, stream) = KinesisStream::read(call);
            (resource, Box::new(stream))
        }
    },
    cli_outputs: &[
        CliOutput::member(DESCRIBE_STREAM.action, "StreamDescriptionSummary", "StreamARN"),
        CliOutput::member(DESCRIBE_STREAM.action, "StreamDescription", "StreamARN"),
    ],
    rules: &[
        &kinesis_stream_policy_foreign_account::RULE,
        &kinesis_stream_policy_public::RULE,
        &kinesis_stream_unencrypted::RULE,
        &kinesis_stream_unusable_key::RULE,
        &kinesis_stream_without_customer_key::RULE,
    ],
};

/// The streams of a Region. IAM knows no resource for the call.
static LIST_STREAMS: Listing = Listing {
    permission: allow("kinesis:ListStreams", "*"),
    parameters: r#"{"Limit": 1000}"#, // of 10,000: each takes a call, and a part of a scan looks up what it has listed
    entries: "StreamSummaries",
    next: Some(Next { more: "HasMoreStreams", token: "NextToken", parameter: "NextToken" }),
    of: None,
};

/// Streams that exist.
pub(super) static STREAMS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_STREAMS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, DESCRIBE_STREAM],
    is_policy: false,
    read: |entry| {
        let arn = entry.text("StreamARN")?.to_owned();
        Some((Resource::new("AWS::Kinesis::Stream", Some(arn), None), Box::new(KinesisStream::Created)))
    },
};

/// The look-up of the policy of a stream or consumer. The ARN of a consumer starts with that of its stream.
const GET_POLICY: Permission =
    allow("kinesis:GetResourcePolicy", "arn:{partition}:kinesis:{region}:{account}:stream/*").by("ResourceARN");

/// The look-up of the policy of a queue.
const GET_QUEUE_POLICY: Permission =
    allow(GET_POLICY.action, "arn:{partition}:kinesis:{region}:{account}:queue/*").by("ResourceARN");

/// The consumers of a stream. A page has at most 100, whatever is asked for; the token alone says whether there is another.
static LIST_CONSUMERS: Listing = Listing {
    permission: allow("kinesis:ListStreamConsumers", "arn:{partition}:kinesis:{region}:{account}:stream/*"),
    parameters: r#"{"MaxResults": 100}"#,
    entries: "Consumers",
    next: Some(Next { more: "", token: "NextToken", parameter: "NextToken" }),
    of: Some(Of {
        listing: &LIST_STREAMS,
        member: "StreamARN",
        parameter: "StreamARN",
        // the call fails for others, which have no consumers yet, or no longer
        asks: |stream| !matches!(stream.text("StreamStatus"), Some("CREATING" | "DELETING")),
    }),
};

/// The queues of a Region.
static LIST_QUEUES: Listing = Listing {
    permission: allow("kinesis:ListQueues", "*"),
    parameters: r#"{"MaxResults": 10000}"#,
    entries: "QueueSummaries",
    next: Some(Next { more: "", token: "NextToken", parameter: "NextToken" }),
    of: None,
};

/// The policies of streams that exist.
pub(super) static STREAM_POLICIES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_STREAMS,
    described_by: None,
    permissions: &[GET_POLICY, LIST_ACCOUNTS],
    is_policy: true,
    read: |entry| policy_of(entry, "StreamARN", "StreamStatus"),
};

/// The policies of consumers that are registered.
pub(super) static CONSUMER_POLICIES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CONSUMERS,
    described_by: None,
    permissions: &[GET_POLICY, LIST_ACCOUNTS],
    is_policy: true,
    read: |entry| policy_of(entry, "ConsumerARN", "ConsumerStatus"),
};

/// The policies of queues that exist.
pub(super) static QUEUE_POLICIES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_QUEUES,
    described_by: None,
    permissions: &[GET_QUEUE_POLICY, LIST_ACCOUNTS],
    is_policy: true,
    read: |entry| policy_of(entry, "QueueARN", "QueueStatus"),
};

/// The policy of an entry; `None` if the resource is being deleted. Channels have none to look up.
///
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html>
fn policy_of(entry: &Entry<'_>, arn: &str, status: &str) -> Option<(Resource, Box<dyn Configuration>)> {
    let arn = entry.text(arn).filter(|_| entry.text(status) != Some("DELETING"))?.to_owned();
    let resource = KinesisStream::with_policy(Some(arn));
    let kind = remediation::kind(resource.kind);
    Some((resource, Box::new(ExistingPolicy { call: GET_POLICY.action, member: "Policy", kind })))
}

impl Configuration for KinesisStream {
    fn keys(&self) -> Vec<&KeyRef> {
        self.key().into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let arn = context.resource.arn.as_deref().filter(|_| self.is_incomplete())?;
        let timeline = &context.facts.timeline;
        let times = context.times.clone().filter(|_| *self == KinesisStream::Created);
        let later = times.and_then(|times| timeline.stream(arn, times));
        let described =
            || match self.with_description(context.facts.resource(DESCRIBE_STREAM.action, arn)?, context.scope) {
                // Only `StartStreamEncryption` encrypts a new stream, and every function gets that call too. In a replay its
                // record may be missing.
                KinesisStream::Encrypted(_)
                    if *self == KinesisStream::Created
                        && context.seen == Seen::Call
                        && (timeline.is_empty() || timeline.starts_encryption(arn)) =>
                {
                    Some(KinesisStream::EncryptedLater)
                }
                described => Some(described),
            };
        Some(Box::new(later.or_else(described)?))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(DESCRIBE_STREAM.action, arn)],
            false => Vec::new(),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        match self {
            KinesisStream::Unresolved(unresolved) => Some(unresolved),
            _ => None,
        }
    }
}
