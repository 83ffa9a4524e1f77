//! Kinesis data streams.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateStream` | nothing about encryption: the API has no such member | `kinesis:DescribeStreamSummary` | settled: whether it is encrypted. The key is evaluated with the call that names it |
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

use crate::configuration::key::KeyRef;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, settling};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::resource_policy::LIST_ACCOUNTS;
use crate::rules::resource_policy::subject::PolicySubject;

/// The look-up of a data stream.
pub(super) const DESCRIBE_STREAM: Permission =
    allow("kinesis:DescribeStreamSummary", "arn:{partition}:kinesis:{region}:{account}:stream/*");

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
    permissions: &[DESCRIBE_KEY, DESCRIBE_STREAM, LIST_ACCOUNTS],
    read: |call| match call.name {
        "PutResourcePolicy" => {
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
                    if *self == KinesisStream::Created && (timeline.is_empty() || timeline.starts_encryption(arn)) =>
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
