//! Kinesis data streams: `CreateStream`, `StartStreamEncryption`, `StopStreamEncryption`.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html>

use super::{Call, Configuration};
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
            KinesisStream::Created | KinesisStream::Stopped => None,
        }
    }

    /// A new stream as `DescribeStreamSummary` shows it.
    pub fn completed(&self, summary: Node<'_>, place: Place<'_>) -> KinesisStream {
        let encrypted = summary.get("EncryptionType").text() == Said::Said("KMS");
        match self {
            KinesisStream::Created if encrypted => {
                let key = summary.get("KeyId").text();
                KinesisStream::Encrypted(key.map(|given| KeyRef::read(given, place)))
            }
            stream => stream.clone(),
        }
    }
}
