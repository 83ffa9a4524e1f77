//! MSK clusters: `CreateCluster`, `CreateClusterV2`, `UpdateSecurity`, `UpdateConnectivity`.
//!
//! <https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html>,
//! <https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html>

use super::{Call, Configuration, Open};
use crate::key::{KeyRef, Place};
use crate::resource::Resource;
use crate::said::{Node, Said};

/// What a call says about a cluster.
#[derive(Debug, Clone)]
pub struct MskCluster<'a> {
    /// True for a call that makes a cluster: what it leaves out has the API's default.
    /// False for an update: what it leaves out stays as it was.
    pub created: bool,
    /// A serverless cluster has neither a choice of key nor of transport. Said only where a cluster
    /// is made: an update does not tell the kind.
    pub serverless: Said<bool>,
    /// The key of the data volumes; not said means an AWS managed key.
    pub at_rest_key: Said<KeyRef>,
    /// `TLS`, `TLS_PLAINTEXT` or `PLAINTEXT`, between clients and brokers.
    pub client_broker: Said<&'a str>,
    /// TLS between brokers; not said means on.
    pub in_cluster: Said<bool>,
    /// Access without authentication.
    pub unauthenticated: Said<bool>,
    /// True where SASL or mutual TLS is switched on.
    pub authenticated: bool,
    /// `DISABLED` or `SERVICE_PROVIDED_EIPS`; not said means off.
    pub public_access: Said<&'a str>,
    /// Why it cannot be told what the record does not show, where somebody looked.
    pub open: Option<Open>,
}

impl MskCluster<'_> {
    /// Reads a call on a cluster.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let request = call.bodies.request();
        // CreateClusterV2 nests what CreateCluster keeps flat, and alone can make a serverless cluster.
        let answered = || call.response(&["clusterType"]).text().map(|kind| kind == "SERVERLESS");
        let serverless = match (call.name, request.get("serverless"), request.get("provisioned")) {
            ("CreateClusterV2", Said::Said(_) | Said::Redacted, _) => Said::Said(true),
            ("CreateClusterV2", _, Said::Said(_) | Said::Redacted) => Said::Said(false),
            ("CreateClusterV2", missing, _) => answered().said().map_or(missing.map(|_| false), Said::Said),
            ("CreateCluster", ..) => Said::Said(false),
            _ => Said::NotSaid,
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
        (Resource::new("AWS::MSK::Cluster", arn, call.requested("clusterName")), Configuration::MskCluster(cluster))
    }
}

impl<'a> MskCluster<'a> {
    fn body(body: Node<'a>, connectivity: Node<'a>) -> MskCluster<'a> {
        let transit = body.at(&["encryptionInfo", "encryptionInTransit"]);
        let clients = body.get("clientAuthentication");
        let on = |names: &[&str]| clients.at(names).flag() == Said::Said(true);
        MskCluster {
            created: true,
            serverless: Said::NotSaid,
            at_rest_key: Said::NotSaid,
            client_broker: transit.get("clientBroker").text(),
            in_cluster: transit.get("inCluster").flag(),
            unauthenticated: clients.at(&["unauthenticated", "enabled"]).flag(),
            authenticated: on(&["sasl", "iam", "enabled"])
                || on(&["sasl", "scram", "enabled"])
                || on(&["tls", "enabled"])
                || clients.at(&["tls", "certificateAuthorityArnList"]).stands(),
            public_access: connectivity.at(&["publicAccess", "type"]).text(),
            open: None,
        }
    }

    /// True for a call that makes a serverless cluster.
    pub fn is_serverless(&self) -> bool {
        self.serverless == Said::Said(true)
    }

    /// True for a new cluster of which the record does not show all that decides, so that `DescribeClusterV2` would tell
    /// more. What a call that changes a cluster hides cannot be asked for: the cluster shows its old configuration until
    /// the change is through.
    pub fn is_open(&self) -> bool {
        let unknown = self.serverless.as_ref().said().is_none()
            || self.at_rest_key.is_hidden() // not said means an AWS managed key
            || self.client_broker.said().is_none()
            || self.in_cluster.is_hidden() // not said means on
            || (self.unauthenticated.said().is_none() && !self.authenticated)
            || self.public_access.is_hidden(); // not said means off
        self.created && !self.is_serverless() && unknown
    }

    /// A new cluster with what the record does not show filled in from `ClusterInfo`, as `DescribeClusterV2` answers it.
    pub(crate) fn completed<'b>(&self, info: Result<Node<'b>, Open>, place: Place<'_>) -> MskCluster<'b>
    where
        'a: 'b,
    {
        let mut cluster: MskCluster<'b> = self.clone();
        if !self.is_open() {
            return cluster;
        }
        let info = match info {
            Ok(info) => info,
            Err(open) => {
                cluster.open = Some(open);
                return cluster;
            }
        };
        let body = if info.get("provisioned").stands() { info.get("provisioned") } else { info };
        let described = MskCluster::body(body, body.at(&["brokerNodeGroupInfo", "connectivityInfo"]));
        let key = body.at(&["encryptionInfo", "encryptionAtRest", "dataVolumeKMSKeyId"]).text();
        let kind = info.get("clusterType").text().map(|kind| kind == "SERVERLESS");
        if cluster.at_rest_key.is_hidden() {
            cluster.at_rest_key = cluster.at_rest_key.filled(|| key.map(|given| KeyRef::read(given, place)));
        }
        cluster.serverless = cluster.serverless.filled(|| kind);
        cluster.client_broker = cluster.client_broker.filled(|| described.client_broker);
        cluster.in_cluster = cluster.in_cluster.filled(|| described.in_cluster);
        cluster.unauthenticated = cluster.unauthenticated.filled(|| described.unauthenticated);
        cluster.authenticated |= described.authenticated;
        cluster.public_access = cluster.public_access.filled(|| described.public_access);
        cluster
    }
}
