//! What a timeline holds: the effects of recorded calls, by resource and then by time.

use std::fmt;
use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::firehose_stream::Sse;
use crate::configuration::key::{Key, Rotation};
use crate::configuration::kinesis_stream::KinesisStream;
use crate::util::digest;
use crate::util::time::Seconds;

/// The effect of one call on the resource with an ARN, or an id if its kind has no ARNs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// A data stream was created, or its encryption was started or stopped.
    Stream(KinesisStream),
    /// A Firehose stream's server-side encryption from then on.
    Firehose(Field<Sse>),
    /// A key was created.
    Key(Box<Key>),
    /// A key's state from then on.
    State(&'static str),
    /// Material was imported into a key, and when it expires, if ever.
    Expires(Option<Seconds>),
    /// A key's rotation from then on. KMS accepts the call only for an enabled symmetric key whose material it generated.
    Rotation(Rotation),
    /// A key is customer managed: AWS rejects this call for its own keys.
    CustomerManaged,
    /// The policy of a key, stream or cluster from then on, as JSON text; `None` if the record does not show it.
    Policy(Option<Box<str>>),
    /// The key that an alias points to from then on; `None` if the alias was deleted.
    Alias(Option<String>),
    /// Whether a trail or an event data store records events from then on.
    Logging(bool),
    /// True if a trail's event selectors let all events of KMS through from then on.
    KmsEvents(bool),
    /// Whether a custom key store is connected from then on.
    KeyStore { connected: bool },
    /// The resource was deleted.
    Deleted,
    /// A deleted event data store was restored.
    Restored,
}

/// A call that has an effect on the timeline of a resource.
pub(super) struct ContextEvent {
    /// `eventName`
    pub(super) name: &'static str,
    /// Reads the ARN of the resource and the effect on it.
    pub(super) read: fn(&Call<'_>) -> Option<(String, Effect)>,
}

/// A row of a table of context events.
pub(super) const fn on(name: &'static str, read: fn(&Call<'_>) -> Option<(String, Effect)>) -> ContextEvent {
    ContextEvent { name, read }
}

/// The effects that remediate the violation by a call.
pub(super) struct RemediatedBy {
    /// `eventName` of the call.
    pub(super) name: &'static str,
    /// True for such an effect.
    pub(super) effect: fn(&Effect) -> bool,
}

/// The effect of one recorded call on one resource.
#[derive(PartialEq)]
pub struct TimelineEntry {
    resource: ResourceHash,
    at: Seconds,
    /// The position of the call in its table. CloudTrail records whole seconds. Of two calls in the same second, the one
    /// that comes first in the table happened first, because the other order would have failed.
    rank: u8,
    effect: Effect,
}

impl fmt::Debug for TimelineEntry {
    /// The text of a policy may be anything, so it is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect: &dyn fmt::Debug = match &self.effect {
            Effect::Policy(_) => &format_args!("Policy(…)"),
            effect => effect,
        };
        f.debug_struct("TimelineEntry").field("at", &self.at).field("effect", effect).finish_non_exhaustive()
    }
}

/// 128 bits of the SHA-256 of an ARN. It keeps entries small: the archive of a year names very many ARNs.
type ResourceHash = [u8; 16];

fn hash(arn: &str) -> ResourceHash {
    digest::hash(&[arn]).to_le_bytes() // bytes, because a `u128` would be aligned to 16
}

impl TimelineEntry {
    pub(super) fn new(arn: &str, at: Seconds, rank: u8, effect: Effect) -> TimelineEntry {
        TimelineEntry { resource: hash(arn), at, rank, effect }
    }

    /// True if the call put a policy in force or deleted it.
    pub fn is_policy(&self) -> bool {
        matches!(self.effect, Effect::Policy(_))
    }
}

/// The effects of all records, by resource and then by time.
#[derive(Debug, Default)]
pub struct Timeline {
    entries: Vec<TimelineEntry>,
}

impl Timeline {
    /// The timeline of these entries, which may be in any order.
    pub fn of(mut entries: Vec<TimelineEntry>) -> Timeline {
        entries.sort_by_key(|entry| (entry.resource, entry.at, entry.rank));
        entries.dedup(); // two trails write the same record twice
        Timeline { entries }
    }

    /// True if there are no effects.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True if there is an effect on the resource.
    pub(super) fn mentions(&self, arn: &str) -> bool {
        !self.of_resource(arn).is_empty()
    }

    fn of_resource(&self, arn: &str) -> &[TimelineEntry] {
        let resource = hash(arn);
        let start = self.entries.partition_point(|entry| entry.resource < resource);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| entry.resource == resource)).unwrap_or_default()
    }

    /// The effects on a resource with their times, the earliest first.
    pub(super) fn all(&self, arn: &str) -> impl DoubleEndedIterator<Item = (Seconds, &Effect)> {
        self.of_resource(arn).iter().map(|entry| (entry.at, &entry.effect))
    }

    /// The effects on a resource at these times, the earliest first.
    pub(super) fn during(&self, arn: &str, times: RangeInclusive<Seconds>) -> impl DoubleEndedIterator<Item = &Effect> {
        let entries = self.of_resource(arn);
        let start = entries.partition_point(|entry| entry.at < *times.start());
        let end = entries.partition_point(|entry| entry.at <= *times.end());
        entries.get(start..end).unwrap_or_default().iter().map(|entry| &entry.effect)
    }

    /// The effects on a resource until a time, the latest first.
    pub(super) fn until(&self, arn: &str, at: Seconds) -> impl Iterator<Item = &Effect> {
        self.during(arn, Seconds::MIN..=at).rev()
    }

    /// True if the resource was deleted at these times.
    pub(super) fn is_deleted(&self, arn: &str, times: RangeInclusive<Seconds>) -> bool {
        self.during(arn, times).any(|effect| *effect == Effect::Deleted)
    }
}
