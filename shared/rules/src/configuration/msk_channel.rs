//! MSK channels, which deliver the records of a topic to an S3 bucket or an Iceberg table: `CreateChannel`.
//!
//! A channel has one key for all data that it delivers. Without one, the default encryption of the destination decides.
//! `UpdateChannel` changes only how long records wait for delivery.
//!
//! <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-security-rest.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// What shows the destination of a channel. A call sets one of the first two; a description has the last, too.
const DESTINATIONS: [&str; 3] = ["icebergDestinationConfiguration", "s3DestinationConfiguration", "destinationType"];

/// What a call says about a channel.
#[derive(Debug, Clone)]
pub(crate) struct MskChannel {
    /// The key of the delivered data. Absent means none only if the record is not abridged.
    pub key: Field<KeyRef>,
    /// True if the record does not show all members that the call sets: it has no destination, which the API requires.
    ///
    /// AWS's example is such a record: <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-s3-cloudtrail.html>
    abridged: bool,
    /// Why the key is not known although it was looked up.
    pub unresolved: Option<Unresolved>,
}

impl MskChannel {
    /// A channel that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> MskChannel {
        MskChannel { key: Field::Omitted, abridged: true, unresolved: None }
    }

    /// Reads a call on a channel. The ARN holds an id that MSK generates, so that only the response has it; the request
    /// of `DeleteChannel` names it.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, MskChannel) {
        let arn = call.arn("channelArn", "channelArn");
        let resource = Resource::new("AWS::MSK::Channel", arn, call.requested("channelName"));
        (resource, MskChannel::from_members(call.payload.request(), call.scope))
    }

    /// The members that calls and descriptions share.
    fn from_members(channel: Node<'_>, scope: Scope<'_>) -> MskChannel {
        let key = match channel.at(&["encryptionConfiguration", "kmsKeyArn"]).text() {
            Field::Present("") => Field::Absent,
            given => given.map(|given| KeyRef::read(given, scope)),
        };
        let abridged = !DESTINATIONS.iter().any(|name| channel.get(name).is_present());
        MskChannel { key, abridged, unresolved: None }
    }

    /// True if `DescribeChannel` can show the key, because the record does not.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.key.is_hidden() || (self.abridged && self.key == Field::Absent)
    }

    /// The channel as `DescribeChannel` shows it, if the record does not show its key.
    pub(crate) fn with_description(&self, channel: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> MskChannel {
        match channel {
            _ if !self.is_incomplete() => self.clone(),
            Ok(channel) if channel.get("status").text() == Field::Present("DELETING") => {
                MskChannel { unresolved: Some(Unresolved::Deleted), ..self.clone() }
            }
            Ok(channel) => MskChannel {
                unresolved: Some(Unresolved::NotShown("DescribeChannel")),
                ..MskChannel::from_members(channel, scope)
            },
            Err(unresolved) => MskChannel { unresolved: Some(unresolved), ..self.clone() },
        }
    }
}
