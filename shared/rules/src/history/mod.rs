//! What the records of a replay tell about each other: a call that starts a configuration is judged by what later
//! calls made of it, and keys are judged as they were when they were named.
//!
//! Records may be learnt in any order. In a Lambda function nothing is learnt: AWS is asked instead.

mod lessons;

use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use self::lessons::{PUT_RIGHT, Taught, lessons};
use crate::arn;
use crate::configuration::{Call, KinesisStream, Open, Sse};
use crate::key::{Key, Place, Rotation};
use crate::record::{Bodies, Record};
use crate::said::Said;
use crate::time::{self, Seconds};

/// What one record tells about one resource.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// The resource.
    name: Name,
    at: Seconds,
    /// The place of the call among all lessons.
    rank: u8,
    taught: Taught,
}

/// 128 bits of the SHA-256 of an ARN: a year's archive names a great many.
type Name = [u8; 16];

fn name(arn: &str) -> Name {
    let mut name = Name::default();
    name.iter_mut().zip(Sha256::digest(arn)).for_each(|(byte, hashed)| *byte = hashed);
    name
}

/// Reads what a record tells: nothing where the call failed or has no time.
pub fn told(record: &Record<'_>, bodies: &Bodies<'_>) -> Vec<Told> {
    let Some(at) = time::time(&record.event_time()) else { return Vec::new() };
    let partition = arn::partition_of(&bodies.region);
    let place = Place { partition, region: &bodies.region, account: &bodies.account };
    let told = lessons(record).filter_map(|(rank, (_, call, read))| {
        let (arn, taught) = read(&Call { name: call, bodies, place })?;
        Some(Told { name: name(&arn), at, rank, taught })
    });
    told.collect()
}

/// True for the record of a successful call that tells something.
pub fn tells(record: &Record<'_>) -> bool {
    lessons(record).next().is_some()
}

/// Everything that records told, by resource and then by time.
#[derive(Debug, Default)]
pub struct History {
    told: Vec<Told>,
}

impl History {
    /// The history that records tell, in whatever order they come.
    pub fn of(mut told: Vec<Told>) -> History {
        told.sort_by_key(|told| (told.name, told.at, told.rank));
        told.dedup(); // the same record comes twice where two trails write it
        History { told }
    }

    /// True where nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// All that is told of a resource.
    fn of_resource(&self, arn: &str) -> &[Told] {
        let name = name(arn);
        let start = self.told.partition_point(|told| told.name < name);
        let rest = self.told.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|told| told.name == name)).unwrap_or_default()
    }

    /// What is told of a resource at these times, the earliest first.
    fn entries(&self, arn: &str, times: RangeInclusive<Seconds>) -> impl DoubleEndedIterator<Item = &Taught> {
        let told = self.of_resource(arn);
        let start = told.partition_point(|told| told.at < *times.start());
        let end = told.partition_point(|told| told.at <= *times.end());
        told.get(start..end).unwrap_or_default().iter().map(|told| &told.taught)
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
        if self.of_resource(arn).is_empty() || (known.is_none() && told().next().is_none()) {
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

    /// The policy of a key that was put last before a time, and when.
    ///
    /// One that was put in the same second may have come later, so it does not count.
    pub(crate) fn policy_before(&self, arn: &str, at: Seconds) -> Option<(Seconds, &str)> {
        let earlier = self.of_resource(arn).iter().rev().filter(|told| told.at < at);
        let (since, policy) = earlier
            .filter_map(|told| match &told.taught {
                Taught::Policy(policy) => Some((told.at, policy.as_deref())),
                _ => None,
            })
            .next()?;
        Some((since, policy?))
    }

    /// The key that an alias stood for at a time; none where records do not tell of this alias, nothing where it was
    /// not there.
    pub(crate) fn alias(&self, arn: &str, at: Seconds) -> Option<Option<&str>> {
        if !arn.contains(":alias/") || self.of_resource(arn).is_empty() {
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
        let mut later = self.of_resource(arn).iter().filter(|told| told.at > after);
        let end = later.find(|told| told.taught == Taught::Deleted || rights(&told.taught))?;
        rights(&end.taught).then_some(end.at)
    }
}

/// What KMS takes where `EnableKeyRotation` never named a period.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>
const DEFAULT_ROTATION_DAYS: i64 = 365;
