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

#[cfg(test)]
mod tests {
    use crate::configuration::testing::with_call;
    use serde_json::json;

    #[test]
    fn an_arn_is_that_of_the_answer_or_else_that_of_the_request() {
        const A: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/a/1";
        const B: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/b/2";
        for (request, response, want) in [
            (json!({"asked": A}), json!({"answered": B}), Some(B)),
            (json!({"asked": A}), json!(null), Some(A)),
            (json!({"asked": A.replace('/', "%2F").replace(':', "%3A")}), json!({}), Some(A)),
            (json!({"asked": "orders"}), json!({"answered": B}), Some(B)),
            (json!({"asked": A}), json!({"answered": "orders"}), None),
            (json!({"asked": "orders"}), json!(null), None),
            (json!({"asked": ""}), json!(null), None),
            (json!({"asked": "HIDDEN_DUE_TO_SECURITY_REASONS"}), json!(null), None),
            (json!({}), json!({}), None),
        ] {
            let record = json!({"requestParameters": request, "responseElements": response});
            let arn = with_call("Any", record, |call| call.arn("answered", "asked"));
            assert_eq!(arn.as_deref(), want, "{request} {response}");
        }
    }

    #[test]
    fn a_resource_is_where_its_arn_or_the_request_says_and_else_where_the_call_is() {
        const STORE: &str = "arn:aws:cloudtrail:sa-east-1:111122223333:eventdatastore/e-1";
        const TRAIL: &str = "arn:aws:cloudtrail:sa-east-1:111122223333:trail/audit";
        let replica = json!({"replicaKeyMetadata": {"arn": "arn:aws:kms:sa-east-1:111122223333:key/mrk-1"}});
        for (name, request, response, want) in [
            ("CreateEventDataStore", json!({}), json!({"eventDataStoreArn": STORE}), "sa-east-1"),
            ("UpdateEventDataStore", json!({}), json!({"eventDataStoreArn": STORE}), "sa-east-1"),
            ("UpdateEventDataStore", json!({"eventDataStore": STORE}), json!(null), "eu-west-1"),
            ("RestoreEventDataStore", json!({}), json!({"eventDataStoreArn": STORE}), "sa-east-1"),
            ("RestoreEventDataStore", json!({"eventDataStore": STORE}), json!(null), "sa-east-1"),
            ("DeleteEventDataStore", json!({"eventDataStore": STORE}), json!(null), "sa-east-1"),
            ("StartEventDataStoreIngestion", json!({"eventDataStore": STORE}), json!(null), "sa-east-1"),
            ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), json!(null), "sa-east-1"),
            ("ReplicateKey", json!({"replicaRegion": "us-east-1"}), replica, "sa-east-1"),
            ("ReplicateKey", json!({"replicaRegion": "sa-east-1"}), json!(null), "sa-east-1"),
            ("ReplicateKey", json!({"replicaRegion": "***"}), json!(null), "eu-west-1"),
            ("CreateTrail", json!({"name": "audit"}), json!({"trailARN": TRAIL}), "sa-east-1"),
            ("UpdateTrail", json!({"name": "audit"}), json!(null), "eu-west-1"),
            ("DeleteTrail", json!({"name": TRAIL}), json!(null), "sa-east-1"),
            ("StartLogging", json!({"name": TRAIL}), json!(null), "sa-east-1"),
            ("StopLogging", json!({"name": TRAIL}), json!(null), "sa-east-1"),
            ("PutEventSelectors", json!({"trailName": TRAIL}), json!(null), "sa-east-1"),
            ("CreateStream", json!({"replicaRegion": "sa-east-1", "name": TRAIL}), json!(null), "eu-west-1"),
        ] {
            let record = json!({"requestParameters": request, "responseElements": response});
            let region = with_call(name, record, |call| call.resource_region().to_owned());
            assert_eq!(region, want, "{name} {request} {response}");
        }
    }
}
