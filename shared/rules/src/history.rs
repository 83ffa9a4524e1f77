//! What the records of a replay tell about each other: a call that starts a configuration is judged by what later
//! calls made of it, and keys are judged as they were when they were named.
//!
//! Records may be learnt in any order. In a Lambda function nothing is learnt: AWS is asked instead.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use crate::arn;
use crate::configuration::{
    Call, Configuration, FirehoseStream, KeyCall, KinesisStream, KmsKeyLifecycle, Open, Reader, Sse,
};
use crate::facts::Rotation;
use crate::key::{Key, KeyRef, Place};
use crate::record::{Bodies, Record};
use crate::resource::Resource;
use crate::said::Said;
use crate::time::{self, Seconds};

/// What one call tells about the resource with an ARN.
#[derive(Debug, Clone, PartialEq)]
enum Taught {
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
    /// The key that an alias stands for from then on; none where it was deleted.
    Alias(Option<String>),
    /// The stream was deleted.
    Deleted,
}

/// Reads what a call tells: about which ARN, and what.
type Lesson = fn(&Call<'_>) -> Option<(String, Taught)>;

/// The calls that tell something. Two that share a second, all that CloudTrail tells, happened in this order: the other
/// order would have failed.
const LESSONS: [(&str, &str, Lesson); 21] = [
    ("kinesis.amazonaws.com", "CreateStream", stream),
    ("kinesis.amazonaws.com", "StopStreamEncryption", stream),
    ("kinesis.amazonaws.com", "StartStreamEncryption", stream),
    ("kinesis.amazonaws.com", "DeleteStream", |call| deleted(call, KinesisStream::read)),
    ("firehose.amazonaws.com", "CreateDeliveryStream", firehose),
    ("firehose.amazonaws.com", "StopDeliveryStreamEncryption", firehose),
    ("firehose.amazonaws.com", "StartDeliveryStreamEncryption", firehose),
    ("firehose.amazonaws.com", "DeleteDeliveryStream", |call| deleted(call, FirehoseStream::read)),
    ("kms.amazonaws.com", "CreateKey", key),
    ("kms.amazonaws.com", "ReplicateKey", replica),
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
    ("kms.amazonaws.com", "UpdateAlias", alias),
];

type Right = fn(&Taught) -> bool;

/// What puts right what a call made wrong.
const PUT_RIGHT: [(&str, Right); 9] = [
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

fn alias(call: &Call<'_>) -> Option<(String, Taught)> {
    let target = KeyRef::read(call.requested("targetKeyId")?, call.place).arn;
    Some((alias_arn(call)?, Taught::Alias(target)))
}

fn alias_arn(call: &Call<'_>) -> Option<String> {
    KeyRef::read(call.requested("aliasName")?, call.place).arn
}

/// One thing that was told.
#[derive(Debug, PartialEq)]
struct Entry {
    at: Seconds,
    /// The place of its call among [`LESSONS`].
    rank: u8,
    taught: Taught,
}

/// What one record tells, to be learnt.
#[derive(Debug)]
pub struct Told {
    arn: String,
    entry: Entry,
}

/// Reads what a record tells; none where that is nothing, as of a failed call and of one without a time.
pub fn told(record: &Record<'_>, bodies: &Bodies<'_>) -> Option<Told> {
    let (rank, name, read) = lesson(record)?;
    let at = time::time(&record.event_time())?;
    let partition = arn::partition_of(&bodies.region);
    let place = Place { partition, region: &bodies.region, account: &bodies.account };
    let (arn, taught) = read(&Call { name, bodies, place })?;
    Some(Told { arn, entry: Entry { at, rank, taught } })
}

/// True for the record of a successful call that tells something.
pub fn tells(record: &Record<'_>) -> bool {
    lesson(record).is_some()
}

/// 128 bits of the SHA-256 of an ARN: a year's archive names a great many.
type Name = [u8; 16];

fn name(arn: &str) -> Name {
    let mut name = Name::default();
    name.iter_mut().zip(Sha256::digest(arn)).for_each(|(byte, hashed)| *byte = hashed);
    name
}

/// Everything that records told, by ARN and in the order of time.
#[derive(Debug, Default)]
pub struct History {
    entries: HashMap<Name, Vec<Entry>>,
}

impl History {
    /// Learns what a record tells, in whatever order records come.
    pub fn learn(&mut self, told: Told) {
        let Told { arn, entry } = told;
        let entries = self.entries.entry(name(&arn)).or_insert_with(|| Vec::with_capacity(1));
        let place = entries.partition_point(|known| (known.at, known.rank) <= (entry.at, entry.rank));
        if place.checked_sub(1).and_then(|before| entries.get(before)) != Some(&entry) {
            entries.insert(place, entry); // the same record comes twice where two trails write it
        }
    }

    /// True where nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn entries(&self, arn: &str, times: RangeInclusive<Seconds>) -> impl DoubleEndedIterator<Item = &Taught> {
        let entries = self.entries.get(&name(arn)).map_or(&[][..], Vec::as_slice);
        let entries = entries.iter().filter(move |entry| times.contains(&entry.at));
        entries.map(|entry| &entry.taught)
    }

    /// What became of a data stream that was made at the first of these times, until the last.
    pub(crate) fn stream(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<KinesisStream> {
        if self.is_deleted(arn, times.clone()) {
            return Some(KinesisStream::Open(Open::Gone));
        }
        self.entries(arn, times).rev().find_map(|taught| match taught {
            Taught::Stream(KinesisStream::Created) => None,
            Taught::Stream(stream) => Some(stream.clone()),
            _ => None,
        })
    }

    /// Whether a data stream is encrypted at a time.
    pub(crate) fn is_encrypted(&self, arn: &str, at: Seconds) -> Option<bool> {
        match self.entries(arn, Seconds::MIN..=at).next_back()? {
            Taught::Stream(stream) => Some(matches!(stream, KinesisStream::Encrypted(_))),
            _ => None,
        }
    }

    /// What became of the server-side encryption of a Firehose stream that was made at the first of these times.
    pub(crate) fn firehose(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<Result<Said<Sse>, Open>> {
        if self.is_deleted(arn, times.clone()) {
            return Some(Err(Open::Gone));
        }
        self.entries(arn, times).rev().find_map(|taught| match taught {
            Taught::Firehose(sse) => Some(Ok(sse.clone())),
            _ => None,
        })
    }

    fn is_deleted(&self, arn: &str, times: RangeInclusive<Seconds>) -> bool {
        self.entries(arn, times).any(|taught| *taught == Taught::Deleted)
    }

    /// What became of the rotation of a key that was made at the first of these times.
    pub(crate) fn new_rotation(&self, arn: &str, times: RangeInclusive<Seconds>) -> Option<Result<Rotation, Open>> {
        let mut since = self.entries(arn, times.clone()).rev();
        let state = since.find_map(|taught| match taught {
            Taught::State(state) => Some(*state),
            Taught::Key(_) | Taught::Rotation(_) => Some("Enabled"),
            _ => None,
        });
        if state == Some("PendingDeletion") {
            return Some(Err(Open::Gone));
        }
        self.entries(arn, times.clone()).rev().find_map(|taught| match taught {
            Taught::Rotation(rotation) => Some(Ok(Rotation {
                period_days: rotation.period_days.or_else(|| self.rotation_period(arn, *times.end())),
                ..*rotation
            })),
            _ => None,
        })
    }

    /// The rotation period of a key at a time: what was asked for last, else KMS's default for a key that was made here.
    pub(crate) fn rotation_period(&self, arn: &str, at: Seconds) -> Option<i64> {
        let told = || self.entries(arn, Seconds::MIN..=at).rev();
        let asked = told().find_map(|taught| match taught {
            Taught::Rotation(rotation) => rotation.period_days,
            _ => None,
        });
        let made_here = || told().any(|taught| matches!(taught, Taught::Key(_)));
        asked.or_else(|| made_here().then_some(DEFAULT_ROTATION_DAYS))
    }

    /// A key as it was at a time; `known` is what is known about it without regard to time.
    pub(crate) fn key(&self, arn: &str, at: Seconds, known: Option<&Key>) -> Option<Key> {
        let told = || self.entries(arn, Seconds::MIN..=at).rev();
        let made = told().find_map(|taught| match taught {
            Taught::Key(key) => Some(&**key),
            _ => None,
        });
        if !self.entries.contains_key(&name(arn)) || (known.is_none() && told().next().is_none()) {
            return None;
        }
        // Any of these calls succeeds on a customer managed key only.
        let mut key = made.or(known).cloned().unwrap_or_else(|| Key::customer_managed(arn));
        if told().any(|taught| matches!(taught, Taught::Rotation(_))) {
            let text = |text: &str| Some(text.to_owned());
            (key.spec, key.usage, key.origin) = (text("SYMMETRIC_DEFAULT"), text("ENCRYPT_DECRYPT"), text("AWS_KMS"));
        }
        let state = told().find_map(|taught| match taught {
            Taught::State(state) => Some(Some((*state).to_owned())),
            Taught::Rotation(_) => Some(Some("Enabled".to_owned())),
            Taught::Key(key) => Some(key.state.clone()),
            _ => None,
        });
        let changes_later = || self.entries(arn, at..=Seconds::MAX).any(|taught| matches!(taught, Taught::State(_)));
        match state {
            Some(state) => key.state = state,
            None if changes_later() => key.state = None, // what is known may be the state of later
            None => {}
        }
        Some(key)
    }

    /// The key that an alias stood for at a time; none where records do not tell of this alias, nothing where it was
    /// not there.
    pub(crate) fn alias(&self, arn: &str, at: Seconds) -> Option<Option<&str>> {
        if !arn.contains(":alias/") || !self.entries.contains_key(&name(arn)) {
            return None;
        }
        let target = self.entries(arn, Seconds::MIN..=at).rev().find_map(|taught| match taught {
            Taught::Alias(target) => Some(target.as_deref()),
            _ => None,
        });
        Some(target.flatten())
    }

    /// When a later call put right what a call had made wrong.
    pub(crate) fn put_right(&self, call: &str, arn: &str, after: Seconds) -> Option<Seconds> {
        let (_, rights) = PUT_RIGHT.iter().find(|(name, _)| *name == call)?;
        let mut later = self.entries.get(&name(arn))?.iter().filter(|entry| entry.at > after);
        let end = later.find(|entry| entry.taught == Taught::Deleted || rights(&entry.taught))?;
        rights(&end.taught).then_some(end.at)
    }
}

/// What KMS takes where `EnableKeyRotation` never named a period.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>
const DEFAULT_ROTATION_DAYS: i64 = 365;

fn lesson(record: &Record<'_>) -> Option<(u8, &'static str, Lesson)> {
    let (source, name) = (record.event_source(), record.event_name());
    let succeeded = || record.error_code().is_none() && record.is_management_event();
    let found = (0_u8..).zip(&LESSONS).find(|(_, (of, call, _))| *of == source && *call == name && succeeded());
    found.map(|(rank, (_, name, read))| (rank, *name, *read))
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
