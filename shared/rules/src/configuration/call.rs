//! The call from which a configuration is read.

use crate::aws::{account, arn, partition};
use crate::cloudtrail::field::{Field, Node};
use crate::cloudtrail::record::Payload;
use crate::configuration::key::{KeyRef, Scope};

/// The call from which a configuration is read.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `eventName`
    pub name: &'a str,
    /// The nested structures of the record.
    pub payload: &'a Payload<'a>,
    /// Partition, Region and account of the call.
    pub scope: Scope<'a>,
}

impl<'a> Call<'a> {
    /// A member of the request.
    pub fn request(&self, names: &[&str]) -> Node<'a> {
        self.payload.request().at(names)
    }

    /// A member of the response.
    pub fn response(&self, names: &[&str]) -> Node<'a> {
        self.payload.response().at(names)
    }

    /// A text of the request that is not empty.
    pub fn requested(&self, name: &str) -> Option<&'a str> {
        self.request(&[name]).text().value().filter(|text| !text.is_empty())
    }

    /// An ARN that the response or the request names; in the request it may be percent-encoded.
    pub(crate) fn arn(&self, response: &str, request: &str) -> Option<String> {
        let answered = self.response(&[response]).text().value();
        let named = answered.map(str::to_owned).or_else(|| Some(arn::decoded(self.requested(request)?).into_owned()));
        named.filter(|text| text.starts_with("arn:"))
    }

    /// The ARN of a resource of this account and Region, if both are known.
    pub(crate) fn build_arn(&self, service: &str, resource: String) -> Option<String> {
        let Scope { partition, region, account } = self.scope;
        let known = !region.is_empty() && account::is_account(account);
        known.then(|| format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// The Region of the resource, which may differ from that of the call: `ReplicateKey` is called in the Region of the
    /// primary key and creates a replica in another. A trail belongs to its home Region, and an event data store to one
    /// Region, which their ARNs name.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html>,
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html>
    pub(crate) fn resource_region(&self) -> &'a str {
        let named = match self.name {
            "ReplicateKey" => {
                self.response_region(&["replicaKeyMetadata", "arn"]).or_else(|| self.requested("replicaRegion"))
            }
            "CreateEventDataStore" | "UpdateEventDataStore" => self.response_region(&["eventDataStoreArn"]),
            "RestoreEventDataStore" => {
                self.response_region(&["eventDataStoreArn"]).or_else(|| self.requested_region("eventDataStore"))
            }
            "DeleteEventDataStore" | "StartEventDataStoreIngestion" | "StopEventDataStoreIngestion" => {
                self.requested_region("eventDataStore")
            }
            "CreateTrail" | "DeleteTrail" | "PutEventSelectors" | "StartLogging" | "StopLogging" | "UpdateTrail" => {
                let named = || self.requested("name").or_else(|| self.requested("trailName"));
                self.response_region(&["trailARN"]).or_else(|| Some(arn::Arn::parse(named()?)?.region))
            }
            _ => None,
        };
        named.filter(|region| partition::is_region(region)).unwrap_or(self.scope.region)
    }

    fn requested_region(&self, name: &str) -> Option<&'a str> {
        self.requested(name).and_then(arn::Arn::parse).map(|arn| arn.region)
    }

    fn response_region(&self, path: &[&str]) -> Option<&'a str> {
        self.response(path).text().value().and_then(arn::Arn::parse).map(|arn| arn.region)
    }

    /// A key reference: absent if the record says nothing or the empty text.
    pub(crate) fn key(&self, node: Node<'_>) -> Field<KeyRef> {
        match node.text() {
            Field::Present("") => Field::Absent,
            text => text.map(|given| KeyRef::read(given, self.scope)),
        }
    }
}
