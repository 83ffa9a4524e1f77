//! MSK clusters: `CreateCluster`, `CreateClusterV2`, `UpdateSecurity`, `UpdateConnectivity`.
//!
//! <https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html>,
//! <https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// What a call says about a cluster.
#[derive(Debug, Clone)]
pub struct MskCluster {
    /// True for a call that creates a cluster: what it leaves out has the API's default.
    /// False for an update: what it leaves out stays as it was.
    pub created: bool,
    /// A serverless cluster has neither a choice of key nor of transport. Present only if a cluster
    /// is created: an update does not say the type.
    pub serverless: Field<bool>,
    /// The key of the data volumes; absent means an AWS managed key.
    pub at_rest_key: Field<KeyRef>,
    /// `TLS`, `TLS_PLAINTEXT` or `PLAINTEXT`, between clients and brokers.
    pub client_broker: Field<String>,
    /// TLS between brokers; absent means on.
    pub in_cluster: Field<bool>,
    /// Access without authentication.
    pub unauthenticated: Field<bool>,
    /// True if SASL or mutual TLS is switched on.
    pub authenticated: bool,
    /// `DISABLED` or `SERVICE_PROVIDED_EIPS`; absent means off.
    pub public_access: Field<String>,
    /// Why what the record leaves out is not known, although somebody looked.
    pub unresolved: Option<Unresolved>,
}

impl MskCluster {
    /// Reads a call on a cluster.
    pub fn read(call: &Call<'_>) -> (Resource, MskCluster) {
        let request = call.payload.request();
        // CreateClusterV2 nests what CreateCluster keeps flat, and alone can create a serverless cluster.
        let answered = || call.response(&["clusterType"]).text().map(|kind| kind == "SERVERLESS");
        let serverless = match (call.name, request.get("serverless"), request.get("provisioned")) {
            ("CreateClusterV2", Field::Present(_) | Field::Redacted, _) => Field::Present(true),
            ("CreateClusterV2", _, Field::Present(_) | Field::Redacted) => Field::Present(false),
            ("CreateClusterV2", missing, _) => answered().value().map_or(missing.map(|_| false), Field::Present),
            ("CreateCluster", ..) => Field::Present(false),
            _ => Field::Absent,
        };
        let body = if call.name == "CreateClusterV2" { request.get("provisioned") } else { request };
        let connectivity = match call.name {
            "UpdateConnectivity" => body.get("connectivityInfo"),
            _ => body.at(&["brokerNodeGroupInfo", "connectivityInfo"]),
        };
        let mut cluster = MskCluster::body(body, connectivity);
        cluster.at_rest_key = call.key(body.at(&["encryptionInfo", "encryptionAtRest", "dataVolumeKMSKeyId"]));
        cluster.created = call.name.starts_with("Create");
        cluster.serverless = serverless;
        let arn = call.arn("clusterArn", "clusterArn");
        (Resource::new("AWS::MSK::Cluster", arn, call.requested("clusterName")), cluster)
    }

    fn body(body: Node<'_>, connectivity: Node<'_>) -> MskCluster {
        let transit = body.at(&["encryptionInfo", "encryptionInTransit"]);
        let clients = body.get("clientAuthentication");
        let on = |names: &[&str]| clients.at(names).flag() == Field::Present(true);
        MskCluster {
            created: true,
            serverless: Field::Absent,
            at_rest_key: Field::Absent,
            client_broker: transit.get("clientBroker").text().map(str::to_owned),
            in_cluster: transit.get("inCluster").flag(),
            unauthenticated: clients.at(&["unauthenticated", "enabled"]).flag(),
            authenticated: on(&["sasl", "iam", "enabled"])
                || on(&["sasl", "scram", "enabled"])
                || on(&["tls", "enabled"])
                || clients.at(&["tls", "certificateAuthorityArnList"]).is_present(),
            public_access: connectivity.at(&["publicAccess", "type"]).text().map(str::to_owned),
            unresolved: None,
        }
    }

    /// True for a call that creates a serverless cluster.
    pub fn is_serverless(&self) -> bool {
        self.serverless == Field::Present(true)
    }

    /// True for a new cluster of which the record does not show all that decides, so that `DescribeClusterV2` can add
    /// something. It cannot for an update: the cluster shows its old configuration until the update is complete.
    pub fn is_incomplete(&self) -> bool {
        let unknown = self.serverless.as_ref().value().is_none()
            || self.at_rest_key.is_hidden() // absent means an AWS managed key
            || self.client_broker.as_ref().value().is_none()
            || self.in_cluster.is_hidden() // absent means on
            || (self.unauthenticated.value().is_none() && !self.authenticated)
            || self.public_access.is_hidden(); // absent means off
        self.created && !self.is_serverless() && unknown
    }

    /// A new cluster with what the record leaves out filled in from `ClusterInfo`, as `DescribeClusterV2` answers it.
    pub(crate) fn with_description(&self, info: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> MskCluster {
        let mut cluster = self.clone();
        if !self.is_incomplete() {
            return cluster;
        }
        let info = match info {
            Ok(info) => info,
            Err(unresolved) => {
                cluster.unresolved = Some(unresolved);
                return cluster;
            }
        };
        let body = if info.get("provisioned").is_present() { info.get("provisioned") } else { info };
        let described = MskCluster::body(body, body.at(&["brokerNodeGroupInfo", "connectivityInfo"]));
        let key = body.at(&["encryptionInfo", "encryptionAtRest", "dataVolumeKMSKeyId"]).text();
        let kind = info.get("clusterType").text().map(|kind| kind == "SERVERLESS");
        if cluster.at_rest_key.is_hidden() {
            cluster.at_rest_key = cluster.at_rest_key.or_fill(|| key.map(|given| KeyRef::read(given, scope)));
        }
        cluster.serverless = cluster.serverless.or_fill(|| kind);
        cluster.client_broker = cluster.client_broker.or_fill(|| described.client_broker);
        cluster.in_cluster = cluster.in_cluster.or_fill(|| described.in_cluster);
        cluster.unauthenticated = cluster.unauthenticated.or_fill(|| described.unauthenticated);
        cluster.authenticated |= described.authenticated;
        cluster.public_access = cluster.public_access.or_fill(|| described.public_access);
        cluster
    }
}
