//! The timeline of a Firehose stream.

use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::firehose_stream::{FirehoseStream, Sse};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::Seconds;

pub(super) static EVENTS: [ContextEvent; 4] = [
    on("CreateDeliveryStream", encryption),
    on("StopDeliveryStreamEncryption", encryption),
    on("StartDeliveryStreamEncryption", encryption),
    on("DeleteDeliveryStream", |call| Some((FirehoseStream::read(call).0.arn?, Effect::Deleted))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 2] = [
    RemediatedBy { name: "CreateDeliveryStream", effect: is_encrypted },
    RemediatedBy { name: "StopDeliveryStreamEncryption", effect: is_encrypted },
];

fn is_encrypted(effect: &Effect) -> bool {
    matches!(effect, Effect::Firehose(Field::Present(Sse::AwsOwned | Sse::Customer(_))))
}

fn encryption(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, stream) = FirehoseStream::read(call);
    Some((resource.arn?, Effect::Firehose(stream.sse)))
}

impl Timeline {
    /// True if a call in the input started the server-side encryption of a Firehose stream, whenever that was.
    pub(crate) fn starts_firehose_encryption(&self, arn: &str) -> bool {
        self.all(arn).any(|(_, effect)| is_encrypted(effect))
    }

    /// The server-side encryption of a Firehose stream that was created at the first of these times, as of the last.
    pub(crate) fn firehose(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<Result<Field<Sse>, Unresolved>> {
        if self.is_deleted(arn, times.clone()) {
            return Some(Err(Unresolved::Deleted));
        }
        self.during(arn, times).rev().find_map(|effect| match effect {
            Effect::Firehose(sse) => Some(Ok(sse.clone())),
            _ => None,
        })
    }
}
