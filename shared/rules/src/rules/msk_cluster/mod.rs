//! MSK clusters.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateCluster` | what the caller set | the key; `kafka:DescribeClusterV2` if client-broker encryption or authentication is not set, or the request is redacted or omitted | immediately |
//! | `CreateClusterV2` | the same | the same | immediately |
//! | `DeleteCluster` | the cluster is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeleteClusterPolicy` | the cluster has no policy | nothing | with a ledger, immediately |
//! | `PutClusterPolicy` | the policy | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `UpdateConnectivity` | the changes | nothing: the cluster shows its old configuration until the change is complete | immediately |
//! | `UpdateSecurity` | the changes | nothing, for the same reason | immediately |
//!
//! No public record of `PutClusterPolicy` is known: its samples follow the API model and the examples of the MSK guide.

mod msk_cluster_plaintext_brokers;
mod msk_cluster_plaintext_clients;
mod msk_cluster_policy_foreign_account;
mod msk_cluster_policy_public;
mod msk_cluster_public_access;
mod msk_cluster_serverless_key;
mod msk_cluster_unauthenticated_clients;
mod msk_cluster_unusable_key;
mod msk_cluster_without_customer_key;
mod remediation;

use crate::configuration::key::KeyRef;
use crate::configuration::msk_cluster::MskCluster;
use crate::configuration::resource::Resource;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting};
use crate::engine::existing::{Entry, Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::resource_policy::LIST_ACCOUNTS;
use crate::rules::resource_policy::existing::ExistingPolicy;
use crate::rules::resource_policy::subject::PolicySubject;

/// The look-up of a cluster.
const DESCRIBE_CLUSTER: Permission =
    allow("kafka:DescribeClusterV2", "arn:{partition}:kafka:{region}:{account}:cluster/*/*").by("clusterArn");

/// Calls on MSK clusters.
pub static DETECTOR: Detector = Detector {
    name: "msk-cluster",
    event_source: "kafka.amazonaws.com",
    calls: &[
        call("CreateCluster"),
        call("CreateClusterV2"),
        call("PutClusterPolicy"),
        call("UpdateConnectivity"),
        call("UpdateSecurity"),
    ],
    closing: &[deleting(call("DeleteCluster")), call("DeleteClusterPolicy")],
    permissions: &[DESCRIBE_KEY, DESCRIBE_CLUSTER, LIST_ACCOUNTS],
    read: |call| match call.name {
        "DeleteCluster" => (MskCluster::read(call).0, Box::new(Deletion)),
        "DeleteClusterPolicy" | "PutClusterPolicy" => {
            let (resource, policy) = MskCluster::read_policy(call);
            (resource, Box::new(PolicySubject::new(policy, &remediation::CLUSTER)))
        }
        _ => {
            let (resource, cluster) = MskCluster::read(call);
            (resource, Box::new(cluster))
        }
    },
    cli_outputs: &[CliOutput::member(DESCRIBE_CLUSTER.action, "ClusterInfo", "ClusterArn")],
    rules: &[
        &msk_cluster_plaintext_brokers::RULE,
        &msk_cluster_plaintext_clients::RULE,
        &msk_cluster_policy_foreign_account::RULE,
        &msk_cluster_policy_public::RULE,
        &msk_cluster_public_access::RULE,
        &msk_cluster_serverless_key::RULE,
        &msk_cluster_unauthenticated_clients::RULE,
        &msk_cluster_unusable_key::RULE,
        &msk_cluster_without_customer_key::RULE,
    ],
};

/// The look-up of a cluster's policy.
const GET_POLICY: Permission =
    allow("kafka:GetClusterPolicy", "arn:{partition}:kafka:{region}:{account}:cluster/*/*").by("clusterArn");

/// The clusters of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html>
pub(super) static LIST_CLUSTERS: Listing = Listing {
    permission: allow("kafka:ListClustersV2", "*"),
    parameters: r#"{"maxResults": 100}"#,
    entries: "clusterInfoList",
    next: Some(Next { more: "", token: "nextToken", parameter: "nextToken" }),
    of: None,
};

/// Clusters that exist. An entry of the list is what `DescribeClusterV2` answers: both are a `Cluster`.
///
/// <https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html>
pub(super) static CLUSTERS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CLUSTERS,
    described_by: Some(DESCRIBE_CLUSTER.action),
    permissions: &[DESCRIBE_KEY],
    is_policy: false,
    read: |entry| Some((listed(entry)?, Box::new(MskCluster::existing()))),
};

/// The policies of clusters that exist.
pub(super) static CLUSTER_POLICIES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CLUSTERS,
    described_by: None,
    permissions: &[GET_POLICY, LIST_ACCOUNTS],
    is_policy: true,
    read: |entry| {
        let policy = ExistingPolicy { call: GET_POLICY.action, member: "policy", kind: &remediation::CLUSTER };
        Some((listed(entry)?, Box::new(policy)))
    },
};

fn listed(entry: &Entry<'_>) -> Option<Resource> {
    let arn = entry.text("clusterArn")?.to_owned();
    Some(Resource::new("AWS::MSK::Cluster", Some(arn), entry.text("clusterName")))
}

impl Configuration for MskCluster {
    fn keys(&self) -> Vec<&KeyRef> {
        self.at_rest_key.as_ref().value().into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let description = context.facts.resource(DESCRIBE_CLUSTER.action, context.resource.arn.as_deref()?)?;
        Some(Box::new(self.with_description(description, context.scope)))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(DESCRIBE_CLUSTER.action, arn)],
            false => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
