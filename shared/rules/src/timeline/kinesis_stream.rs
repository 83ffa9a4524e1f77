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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::change::Event;
    use crate::util::time::time;

    const ARN: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";

    #[test]
    fn the_last_call_within_the_times_says_what_became_of_a_new_stream() {
        let at = |minute: u8| format!("2026-11-20T08:{minute:02}:00Z");
        let (create, start) = ((0, "CreateStream"), (1, "StartStreamEncryption"));
        for (calls, want) in [
            (vec![create], None),
            (vec![create, start], Some(KinesisStream::EncryptedLater)),
            (vec![create, start, (2, "StopStreamEncryption")], Some(KinesisStream::Stopped)),
            (vec![create, start, (2, "DeleteStream")], Some(KinesisStream::Unresolved(Unresolved::Deleted))),
            (vec![create, start, (6, "StopStreamEncryption")], Some(KinesisStream::EncryptedLater)),
            (vec![create, (6, "StartStreamEncryption")], None),
        ] {
            let observe = |(minute, name): &(u8, &str)| {
                let record =
                    json!({"eventName": name, "eventSource": "kinesis.amazonaws.com", "awsRegion": "eu-west-1",
                    "eventTime": at(*minute), "recipientAccountId": "111122223333",
                    "requestParameters": {"streamName": "orders", "keyId": "alias/aws/kinesis"}})
                    .to_string();
                Event::parse(&record).unwrap().observe()
            };
            let timeline = Timeline::of(calls.iter().flat_map(observe).collect());
            let times = time(&at(0)).unwrap()..=time(&at(5)).unwrap();
            assert_eq!(timeline.stream(ARN, times), want, "{calls:?}");
        }
    }
}
