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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use serde_json::{Value, json};

    const CLICKS: &str = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks";

    #[test]
    fn a_call_starts_the_encryption_of_its_own_stream() {
        let starts = |name: &str, request: Value| {
            let record = json!({"eventName": name, "eventSource": "firehose.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": "2026-11-20T10:00:00Z", "recipientAccountId": "111122223333", "requestParameters": request})
            .to_string();
            Timeline::of(Event::parse(&record).unwrap().observe()).starts_firehose_encryption(CLICKS)
        };
        let owned = json!({"keyType": "AWS_OWNED_CMK"});
        for (name, request, want) in [
            (
                "StartDeliveryStreamEncryption",
                json!({"deliveryStreamName": "clicks", "deliveryStreamEncryptionConfigurationInput": owned}),
                true,
            ),
            ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "orders"}), false),
            ("StopDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), false),
            (
                "CreateDeliveryStream",
                json!({"deliveryStreamName": "clicks", "deliveryStreamEncryptionConfigurationInput": owned}),
                true,
            ),
            ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), false),
        ] {
            assert_eq!(starts(name, request.clone()), want, "{name} {request}");
        }
    }
}
