//! The timeline of a Kinesis data stream.

use std::ops::RangeInclusive;

use crate::configuration::call::Call;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::timeline::resource_policy::{deleted_stream_policy, is_deletion, stream_policy};
use crate::util::time::Seconds;

pub(super) static EVENTS: [ContextEvent; 6] = [
    on("CreateStream", stream),
    on("StopStreamEncryption", stream),
    on("StartStreamEncryption", stream),
    on("PutResourcePolicy", stream_policy),
    on("DeleteResourcePolicy", deleted_stream_policy),
    on("DeleteStream", |call| Some((KinesisStream::read(call).0.arn?, Effect::Deleted))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 3] = [
    RemediatedBy { name: "CreateStream", effect: is_encrypted },
    RemediatedBy { name: "PutResourcePolicy", effect: is_deletion },
    RemediatedBy { name: "StopStreamEncryption", effect: is_encrypted },
];

fn is_encrypted(effect: &Effect) -> bool {
    matches!(effect, Effect::Stream(KinesisStream::Encrypted(_)))
}

fn stream(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, stream) = KinesisStream::read(call);
    Some((resource.arn?, Effect::Stream(stream)))
}

impl Timeline {
    /// True if a call in the input started the encryption of a data stream, whenever that was.
    pub(crate) fn starts_encryption(&self, arn: &str) -> bool {
        self.all(arn).any(|(_, effect)| is_encrypted(effect))
    }

    /// The encryption of a data stream that was created at the first of these times, as of the last.
    pub(crate) fn stream(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<KinesisStream> {
        if self.is_deleted(arn, times.clone()) {
            return Some(KinesisStream::Unresolved(Unresolved::Deleted));
        }
        self.during(arn, times).rev().find_map(|effect| match effect {
            Effect::Stream(KinesisStream::Created) => None,
            Effect::Stream(KinesisStream::Encrypted(_)) => Some(KinesisStream::EncryptedLater),
            Effect::Stream(stream) => Some(stream.clone()),
            _ => None,
        })
    }

    /// Whether a data stream is encrypted at a time.
    pub(crate) fn is_stream_encrypted(&self, arn: &str, at: Seconds) -> Option<bool> {
        let encryption = |effect: &&Effect| !matches!(effect, Effect::Policy(_));
        match self.until(arn, at).find(encryption)? {
            effect @ Effect::Stream(_) => Some(is_encrypted(effect)),
            _ => None,
        }
    }
}
