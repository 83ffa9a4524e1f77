//! What single calls tell about resources, and which calls put right what others made wrong.

use crate::configuration::{
    Call, Configuration, FirehoseStream, KeyCall, KinesisStream, KmsKeyLifecycle, KmsKeyPolicy, Reader, Sse,
};
use crate::key::{Key, KeyRef, Rotation};
use crate::key_policy;
use crate::record::Record;
use crate::resource::Resource;
use crate::said::Said;

/// What one call tells about the resource with an ARN.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Taught {
    /// A data stream was made, encrypted or had its encryption stopped.
    Stream(KinesisStream),
    /// A Firehose stream's server-side encryption from then on.
    Firehose(Said<Sse>),
    /// A key was made.
    Key(Box<Key>),
    /// A key's state from then on.
    State(&'static str),
    /// A key's rotation from then on; only a symmetric key that KMS made and that is enabled takes the call.
    Rotation(Rotation),
    /// A key is customer managed: AWS refuses this call on its own.
    CustomerManaged,
    /// A key's policy from then on, as JSON text; none where the record does not tell it.
    Policy(Option<Box<str>>),
    /// The key that an alias stands for from then on; none where it was deleted.
    Alias(Option<String>),
    /// The stream was deleted.
    Deleted,
}

/// Reads what a call tells: about which ARN, and what.
pub(super) type Lesson = fn(&Call<'_>) -> Option<(String, Taught)>;

/// The calls that tell something. Two that share a second, all that CloudTrail tells, happened in this order: the other
/// order would have failed.
static LESSONS: [(&str, &str, Lesson); 28] = [
    ("kinesis.amazonaws.com", "CreateStream", stream),
    ("kinesis.amazonaws.com", "StopStreamEncryption", stream),
    ("kinesis.amazonaws.com", "StartStreamEncryption", stream),
    ("kinesis.amazonaws.com", "DeleteStream", |call| deleted(call, KinesisStream::read)),
    ("firehose.amazonaws.com", "CreateDeliveryStream", firehose),
    ("firehose.amazonaws.com", "StopDeliveryStreamEncryption", firehose),
    ("firehose.amazonaws.com", "StartDeliveryStreamEncryption", firehose),
    ("firehose.amazonaws.com", "DeleteDeliveryStream", |call| deleted(call, FirehoseStream::read)),
    ("kms.amazonaws.com", "CreateKey", key),
    ("kms.amazonaws.com", "CreateKey", policy),
    ("kms.amazonaws.com", "ReplicateKey", replica),
    ("kms.amazonaws.com", "ReplicateKey", policy),
    ("kms.amazonaws.com", "ImportKeyMaterial", |call| state(call, "Enabled")),
    ("kms.amazonaws.com", "DeleteImportedKeyMaterial", |call| state(call, "PendingImport")),
    ("kms.amazonaws.com", "DisableKeyRotation", rotation),
    ("kms.amazonaws.com", "DisableKey", |call| state(call, "Disabled")),
    ("kms.amazonaws.com", "ScheduleKeyDeletion", |call| state(call, "PendingDeletion")),
    ("kms.amazonaws.com", "CancelKeyDeletion", |call| state(call, "Disabled")),
    ("kms.amazonaws.com", "EnableKey", |call| state(call, "Enabled")),
    ("kms.amazonaws.com", "EnableKeyRotation", rotation),
    ("kms.amazonaws.com", "DeleteAlias", |call| Some((alias_arn(call)?, Taught::Alias(None)))),
    ("kms.amazonaws.com", "CreateAlias", alias),
    ("kms.amazonaws.com", "CreateAlias", aliased_key),
    ("kms.amazonaws.com", "UpdateAlias", alias),
    ("kms.amazonaws.com", "UpdateAlias", aliased_key),
    ("kms.amazonaws.com", "PutKeyPolicy", policy),
    ("kms.amazonaws.com", "PutKeyPolicy", |call| Some((KmsKeyLifecycle::read(call).0.arn?, Taught::CustomerManaged))),
    ("kms.amazonaws.com", "ReplicateKey", |call| Some((primary(call)?, Taught::CustomerManaged))),
];

pub(super) type Right = fn(&Taught) -> bool;

/// What puts right what a call made wrong.
pub(super) const PUT_RIGHT: [(&str, Right); 9] = [
    ("CreateStream", |taught| matches!(taught, Taught::Stream(KinesisStream::Encrypted(_)))),
    ("StopStreamEncryption", |taught| matches!(taught, Taught::Stream(KinesisStream::Encrypted(_)))),
    ("CreateDeliveryStream", |taught| matches!(taught, Taught::Firehose(Said::Said(Sse::AwsOwned | Sse::Customer(_))))),
    ("StopDeliveryStreamEncryption", |taught| {
        matches!(taught, Taught::Firehose(Said::Said(Sse::AwsOwned | Sse::Customer(_))))
    }),
    ("CreateKey", |taught| matches!(taught, Taught::Rotation(Rotation { enabled: true, .. }))),
    ("DisableKeyRotation", |taught| matches!(taught, Taught::Rotation(Rotation { enabled: true, .. }))),
    ("DeleteImportedKeyMaterial", |taught| *taught == Taught::State("Enabled")),
    ("DisableKey", |taught| *taught == Taught::State("Enabled")),
    ("ScheduleKeyDeletion", |taught| *taught == Taught::State("Disabled")),
];

fn stream(call: &Call<'_>) -> Option<(String, Taught)> {
    match KinesisStream::read(call) {
        (Resource { arn, .. }, Configuration::KinesisStream(stream)) => Some((arn?, Taught::Stream(stream))),
        _ => None,
    }
}

fn firehose(call: &Call<'_>) -> Option<(String, Taught)> {
    match FirehoseStream::read(call) {
        (Resource { arn, .. }, Configuration::FirehoseStream(stream)) => Some((arn?, Taught::Firehose(stream.sse))),
        _ => None,
    }
}

fn deleted(call: &Call<'_>, read: Reader) -> Option<(String, Taught)> {
    Some((read(call).0.arn?, Taught::Deleted))
}

fn key(call: &Call<'_>) -> Option<(String, Taught)> {
    let (Resource { arn, .. }, Configuration::KmsKeyLifecycle(made)) = KmsKeyLifecycle::read(call) else { return None };
    match made.call {
        KeyCall::Create(Said::Said(key)) => Some((arn?, Taught::Key(Box::new(made_of(key))))),
        _ => None,
    }
}

fn replica(call: &Call<'_>) -> Option<(String, Taught)> {
    let key = Key::read(call.response(&["replicaKeyMetadata"]))?;
    Some((key.arn.clone(), Taught::Key(Box::new(made_of(key)))))
}

/// A new key is in the state `Creating` for moments only, and no call ends it.
fn made_of(key: Key) -> Key {
    let creating = key.state.as_deref() == Some("Creating");
    Key { state: if creating { Some("Enabled".to_owned()) } else { key.state }, ..key }
}

fn state(call: &Call<'_>, state: &'static str) -> Option<(String, Taught)> {
    Some((KmsKeyLifecycle::read(call).0.arn?, Taught::State(state)))
}

fn rotation(call: &Call<'_>) -> Option<(String, Taught)> {
    let period_days = call.request(&["rotationPeriodInDays"]).number().said();
    let rotation = Rotation { enabled: call.name == "EnableKeyRotation", period_days };
    Some((KmsKeyLifecycle::read(call).0.arn?, Taught::Rotation(rotation)))
}

fn policy(call: &Call<'_>) -> Option<(String, Taught)> {
    let (Resource { arn, .. }, Configuration::KmsKeyPolicy(subject)) = KmsKeyPolicy::read(call) else { return None };
    Some((arn?, Taught::Policy(key_policy::put_in_force(&subject, call.name, call.place.partition))))
}

fn alias(call: &Call<'_>) -> Option<(String, Taught)> {
    let target = KeyRef::read(call.requested("targetKeyId")?, call.place).arn;
    Some((alias_arn(call)?, Taught::Alias(target)))
}

fn aliased_key(call: &Call<'_>) -> Option<(String, Taught)> {
    Some((KeyRef::read(call.requested("targetKeyId")?, call.place).arn?, Taught::CustomerManaged))
}

/// The key that a replica is made of.
fn primary(call: &Call<'_>) -> Option<String> {
    KeyRef::read(call.requested("keyId")?, call.place).arn
}

fn alias_arn(call: &Call<'_>) -> Option<String> {
    KeyRef::read(call.requested("aliasName")?, call.place).arn
}

/// The lessons of a successful call, with their places among all.
pub(super) fn lessons(
    record: &Record<'_>,
) -> impl Iterator<Item = (u8, &'static (&'static str, &'static str, Lesson))> {
    let succeeded = record.error_code().is_none() && record.is_management_event();
    let (source, name) = (record.event_source(), record.event_name());
    (0_u8..).zip(&LESSONS).filter(move |(_, (of, call, _))| succeeded && *of == source && *call == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::DETECTORS;

    #[test]
    fn every_lesson_of_the_detectors_is_read() {
        for detector in DETECTORS {
            for name in detector.lessons {
                let read = LESSONS.iter().any(|(source, call, _)| *source == detector.event_source && call == name);
                assert!(read, "{name}");
            }
        }
        for (source, name, _) in LESSONS {
            assert!(
                crate::detector::watches(source.as_bytes(), name.as_bytes()),
                "{name} would not get past the pre-filter"
            );
        }
    }
}
