//! Kinesis data streams: `CreateStream`, `PutResourcePolicy`, `StartStreamEncryption`, `StopStreamEncryption`.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html>

use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::resource_policy::ResourcePolicy;
use crate::configuration::unresolved::Unresolved;
use crate::language::Text;

/// What a call says about a stream's server-side encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KinesisStream {
    /// A new stream: `CreateStream` has no member for encryption, so a second call starts it.
    Created,
    /// Encryption was started, or its key changed.
    Encrypted(Field<KeyRef>),
    /// Encryption was stopped. The name of the call decides, because the request says `KMS` here too.
    Stopped,
    /// A new stream whose encryption a later call started: that call names the key and is evaluated itself.
    EncryptedLater,
    /// A new stream whose look-up did not show its encryption.
    Unresolved(Unresolved),
}

impl KinesisStream {
    /// Reads a call on a stream.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KinesisStream) {
        let stream = match call.name {
            "StartStreamEncryption" => KinesisStream::Encrypted(call.key(call.request(&["keyId"]))),
            "StopStreamEncryption" => KinesisStream::Stopped,
            _ => KinesisStream::Created,
        };
        let name = call.requested("streamName");
        // `resources` is not used: if the call gives a name, the name stands in place of the account there
        let arn = call
            .requested("streamARN")
            .map(str::to_owned)
            .or_else(|| call.build_arn("kinesis", format!("stream/{}", name?)));
        (Resource::new("AWS::Kinesis::Stream", arn, name), stream)
    }

    /// Reads a call on the policy of a stream, consumer, queue or channel.
    pub(crate) fn read_policy(call: &Call<'_>) -> (Resource, ResourcePolicy) {
        let arn = call.arn("resourceARN", "resourceARN");
        let policy = ResourcePolicy::new(call.request(&["policy"]), arn.as_deref(), call);
        (KinesisStream::with_policy(arn), policy)
    }

    /// The consumer, queue or channel that a call deletes. Only its ARN identifies a consumer: a name may be given again.
    pub(crate) fn read_deleted(call: &Call<'_>) -> Resource {
        let named = ["channelARN", "consumerARN", "queueARN"].into_iter().find_map(|name| call.arn(name, name));
        KinesisStream::with_policy(named)
    }

    /// The stream, consumer, queue or channel with this ARN.
    pub(crate) fn with_policy(arn: Option<String>) -> Resource {
        let named = arn.as_deref().and_then(Arn::parse).map_or("", |arn| arn.resource);
        let (kind, name) = match (named.split_once("/consumer/"), named.split_once('/')) {
            // `stream/clicks/consumer/reports:1732200000`: the number is the time when it was registered
            (Some((_, consumer)), _) => ("AWS::Kinesis::StreamConsumer", consumer.split(':').next().map(str::to_owned)),
            (None, Some(("channel", _))) => ("AWS::Kinesis::Channel", None),
            (None, Some(("queue", _))) => ("AWS::Kinesis::Queue", None),
            _ => ("AWS::Kinesis::Stream", None),
        };
        Resource::new(kind, arn, name.as_deref())
    }

    /// The key that the stream is encrypted with.
    pub(crate) fn key(&self) -> Option<&KeyRef> {
        match self {
            KinesisStream::Encrypted(key) => key.as_ref().value(),
            KinesisStream::Created
            | KinesisStream::Stopped
            | KinesisStream::EncryptedLater
            | KinesisStream::Unresolved(_) => None,
        }
    }

    /// True if `DescribeStreamSummary` can fill in what the call leaves out.
    pub(crate) fn is_incomplete(&self) -> bool {
        matches!(
            self,
            KinesisStream::Created | KinesisStream::Encrypted(Field::Absent | Field::Redacted | Field::Omitted)
        )
    }

    /// The stream as `DescribeStreamSummary` shows it, if the call does not decide its encryption.
    pub(crate) fn with_description(&self, summary: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> KinesisStream {
        match (self, summary) {
            (stream, _) if !stream.is_incomplete() => stream.clone(),
            (KinesisStream::Created, Err(unresolved)) => KinesisStream::Unresolved(unresolved),
            (stream, Err(_)) => stream.clone(),
            (stream, Ok(summary)) => match is_encrypted(summary) {
                Ok(true) => {
                    KinesisStream::Encrypted(summary.get("KeyId").text().map(|given| KeyRef::read(given, scope)))
                }
                Ok(false) => stream.clone(),
                Err(unresolved) => KinesisStream::Unresolved(unresolved),
            },
        }
    }
}

/// Whether a stream is encrypted according to `DescribeStreamSummary`.
///
/// # Errors
/// Why the answer does not say so. A stream that is being created or updated may be on its way to encryption.
pub(super) fn is_encrypted(summary: Node<'_>) -> Result<bool, Unresolved> {
    let encrypted = summary.get("EncryptionType").text().value().map(|kind| kind == "KMS");
    match (summary.get("StreamStatus").text(), encrypted) {
        (Field::Present("DELETING"), _) => Err(Unresolved::Deleted),
        (_, Some(true)) => Ok(true),
        (Field::Present(status @ ("CREATING" | "UPDATING")), _) => Err(Unresolved::InProgress(status.to_owned())),
        (_, Some(false)) => Ok(false),
        (_, None) => {
            Err(Unresolved::Unknown(Text::literal("the answer of `DescribeStreamSummary` has no `EncryptionType`")))
        }
    }
}
