//! Kinesis channels, which deliver the records of a data stream to an S3 bucket or an Iceberg table: `CreateChannel`.
//!
//! A channel has one key for all data that it delivers. Without one, S3 encrypts with its own keys (SSE-S3).
//! `UpdateChannel` changes only how long records wait for delivery, and logging: everything else is fixed at creation.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateChannel.html>,
//! <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-security.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// The destinations of a channel, of which it has exactly one.
const DESTINATIONS: [&str; 2] = ["s3DestinationConfiguration", "s3TablesDestinationConfiguration"];

/// What a call says about a channel.
#[derive(Debug, Clone)]
pub(crate) struct KinesisChannel {
    /// The key of the delivered data. Absent means none only if the record is not abridged.
    pub key: Field<KeyRef>,
    /// `KMS`, the only type of the API model; streams also have `NONE`. Absent if the channel has no configuration of its encryption.
    pub encryption_type: Field<String>,
    /// True if the record does not show all members that the call sets: it has no destination, which the API requires.
    ///
    /// AWS's example is such a record: <https://docs.aws.amazon.com/streams/latest/dev/data-delivery-monitoring.html>
    pub abridged: bool,
    /// Why the key is not known although it was looked up.
    pub unresolved: Option<Unresolved>,
}

impl KinesisChannel {
    /// Reads a call on a channel. The ARN holds an id that Kinesis generates, so that only the response has it: in the
    /// description of the channel according to the API model, beside it according to AWS's example of a record.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KinesisChannel) {
        let described = call.response(&["channelDescription"]);
        let arn = described.get("channelARN").text().value().or(call.response(&["channelARN"]).text().value());
        let arn = arn.filter(|arn| arn.starts_with("arn:")).map(str::to_owned);
        let arn = arn.or_else(|| call.arn("channelARN", "channelARN")); // `DeleteChannel` names it
        let requested = KinesisChannel::from_members(call.payload.request(), call.scope);
        let channel = match described {
            Field::Present(_) if requested.is_incomplete() => KinesisChannel::from_members(described, call.scope),
            _ => requested,
        };
        (Resource::new("AWS::Kinesis::Channel", arn, call.requested("channelName")), channel)
    }

    /// A channel that a scan found: nothing is known about it.
    pub(crate) fn listed() -> KinesisChannel {
        KinesisChannel { key: Field::Absent, encryption_type: Field::Absent, abridged: true, unresolved: None }
    }

    /// The members that calls and descriptions share.
    fn from_members(channel: Node<'_>, scope: Scope<'_>) -> KinesisChannel {
        let encryption = channel.get("encryptionConfiguration");
        let key = match encryption.get("keyId").text() {
            Field::Present("") => Field::Absent,
            given => given.map(|given| KeyRef::read(given, scope)),
        };
        KinesisChannel {
            key,
            encryption_type: encryption.get("encryptionType").text().map(str::to_owned),
            abridged: !DESTINATIONS.iter().any(|name| channel.get(name).is_present()),
            unresolved: None,
        }
    }

    /// True if `DescribeChannel` can show the key, because the record does not.
    pub(crate) fn is_incomplete(&self) -> bool {
        let kind = self.encryption_type.as_deref();
        let unnamed = self.abridged || (kind != Field::Absent && kind != Field::Present("NONE"));
        self.key.is_hidden() || (self.key == Field::Absent && unnamed)
    }

    /// The channel as `DescribeChannel` shows it, if the record does not show its key.
    pub(crate) fn with_description(&self, channel: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> KinesisChannel {
        match channel {
            _ if !self.is_incomplete() => self.clone(),
            // nothing is delivered any more; what is being created or updated keeps its key
            Ok(channel) if channel.get("channelStatus").text() == Field::Present("DELETING") => {
                KinesisChannel { unresolved: Some(Unresolved::Deleted), ..self.clone() }
            }
            Ok(channel) => {
                let described = KinesisChannel::from_members(channel, scope);
                let unresolved = described.is_incomplete().then_some(Unresolved::NotShown("DescribeChannel"));
                KinesisChannel { unresolved, ..described }
            }
            Err(unresolved) => KinesisChannel { unresolved: Some(unresolved), ..self.clone() },
        }
    }
}
