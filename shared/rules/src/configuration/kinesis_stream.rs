//! Kinesis data streams: `CreateStream`, `StartStreamEncryption`, `StopStreamEncryption`.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html>

use super::{Call, Configuration, Open};
use crate::key::{KeyRef, Place};
use crate::resource::Resource;
use crate::said::{Node, Said};

/// What a call says about a stream's server-side encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KinesisStream {
    /// A new stream: `CreateStream` has no member for encryption, which a second call switches on.
    Created,
    /// Encryption was switched on, or its key changed.
    Encrypted(Said<KeyRef>),
    /// Encryption was switched off. The request says `KMS` here too: the call's name decides.
    Stopped,
    /// A new stream whose encryption cannot be told.
    Open(Open),
}

impl KinesisStream {
    /// Reads a call on a stream.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let stream = match call.name {
            "StartStreamEncryption" => KinesisStream::Encrypted(call.key(call.request(&["keyId"]))),
            "StopStreamEncryption" => KinesisStream::Stopped,
            _ => KinesisStream::Created,
        };
        let name = call.requested("streamName");
        // `resources` of a call by name has the name where the account belongs, so it is not used.
        let arn = call
            .requested("streamARN")
            .map(str::to_owned)
            .or_else(|| call.built("kinesis", format!("stream/{}", name?)));
        (Resource::new("AWS::Kinesis::Stream", arn, name), Configuration::KinesisStream(stream))
    }

    /// The key that the stream is encrypted with.
    pub fn key(&self) -> Option<&KeyRef> {
        match self {
            KinesisStream::Encrypted(key) => key.as_ref().said(),
            KinesisStream::Created | KinesisStream::Stopped | KinesisStream::Open(_) => None,
        }
    }

    /// True where `DescribeStreamSummary` would tell more.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            KinesisStream::Created | KinesisStream::Encrypted(Said::NotSaid | Said::Redacted | Said::Omitted)
        )
    }

    /// A stream as `DescribeStreamSummary` shows it, where the call leaves it open.
    pub(crate) fn completed(&self, summary: Result<Node<'_>, Open>, place: Place<'_>) -> KinesisStream {
        match (self, summary) {
            (stream, _) if !stream.is_open() => stream.clone(),
            (KinesisStream::Created, Err(open)) => KinesisStream::Open(open),
            (stream, Err(_)) => stream.clone(),
            (stream, Ok(summary)) => match (encryption(summary), summary.get("StreamStatus").text()) {
                (Some(true), _) => {
                    KinesisStream::Encrypted(summary.get("KeyId").text().map(|given| KeyRef::read(given, place)))
                }
                (_, Said::Said(status @ ("CREATING" | "UPDATING"))) => {
                    KinesisStream::Open(Open::Unsettled(status.to_owned()))
                }
                (_, Said::Said("DELETING")) => KinesisStream::Open(Open::Gone),
                (Some(false), _) => stream.clone(),
                (None, _) => KinesisStream::Open(Open::Unknown(
                    "`DescribeStreamSummary` did not tell the stream's `EncryptionType`".to_owned(),
                )),
            },
        }
    }
}

/// Whether `DescribeStreamSummary` shows a stream to be encrypted.
pub(super) fn encryption(summary: Node<'_>) -> Option<bool> {
    summary.get("EncryptionType").text().said().map(|kind| kind == "KMS")
}
