//! MSK clusters: `CreateCluster`, `CreateClusterV2`, `PutClusterPolicy`, `UpdateSecurity`, `UpdateConnectivity`.
//!
//! <https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html>,
//! <https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html>

use serde_json::Value;

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::resource_policy::ResourcePolicy;
use crate::configuration::unresolved::Unresolved;

/// What a call says about a cluster.
#[derive(Debug, Clone)]
pub(crate) struct MskCluster {
    /// True for a call that creates a cluster: a missing member has the API's default. False for an update: a missing
    /// member stays as it was.
    pub created: bool,
    /// True for a cluster that a scan found: only its description says anything about it.
    exists: bool,
    /// True for a serverless cluster, whose key and transport encryption cannot be configured. Present only for a new
    /// cluster: an update does not name the type.
    pub serverless: Field<bool>,
    /// The key of the data volumes. Absent means an AWS managed key.
    pub at_rest_key: Field<KeyRef>,
    /// `TLS`, `TLS_PLAINTEXT` or `PLAINTEXT`, between clients and brokers.
    pub client_broker: Field<String>,
    /// TLS between brokers. Absent means on.
    pub in_cluster: Field<bool>,
    /// Access without authentication.
    pub unauthenticated: Field<bool>,
    /// True if SASL or mutual TLS is enabled. It says nothing about the plaintext port, see [`MskCluster::plaintext_port`].
    pub authenticated: bool,
    /// `DISABLED` or `SERVICE_PROVIDED_EIPS`. Absent means off.
    pub public_access: Field<String>,
    /// Why the missing members are not known although they were looked up.
    pub unresolved: Option<Unresolved>,
}

impl MskCluster {
    /// A cluster that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> MskCluster {
        let members = MskCluster::from_members(Field::Omitted, Field::Omitted);
        MskCluster { exists: true, serverless: Field::Omitted, at_rest_key: Field::Omitted, ..members }
    }

    /// Reads a call on a cluster.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, MskCluster) {
        let request = call.payload.request();
        // CreateClusterV2 nests the members that CreateCluster has at the top, and is the only call that can create a
        // serverless cluster.
        let shows_members = request.value().is_some_and(Value::is_object); // no marker in place of all of them
        let response_type = || call.response(&["clusterType"]).text().map(|kind| kind == "SERVERLESS");
        let serverless = match (call.name, request.get("serverless"), request.get("provisioned")) {
            ("CreateClusterV2", Field::Present(_) | Field::Redacted, _) if shows_members => Field::Present(true),
            ("CreateClusterV2", _, Field::Present(_) | Field::Redacted) if shows_members => Field::Present(false),
            ("CreateClusterV2", missing, _) => response_type().value().map_or(missing.map(|_| false), Field::Present),
            ("CreateCluster", ..) => Field::Present(false),
            _ => Field::Absent,
        };
        // An update has members of one kind only, so that it says nothing about the others even if its body is missing.
        let (body, connectivity) = match call.name {
            "UpdateConnectivity" => (Field::Absent, request.get("connectivityInfo")),
            "UpdateSecurity" => (request, Field::Absent),
            name => {
                let body = if name == "CreateClusterV2" { request.get("provisioned") } else { request };
                (body, body.at(&["brokerNodeGroupInfo", "connectivityInfo"]))
            }
        };
        let mut cluster = MskCluster::from_members(body, connectivity);
        cluster.at_rest_key = call.key(body.at(&["encryptionInfo", "encryptionAtRest", "dataVolumeKMSKeyId"]));
        cluster.created = call.name.starts_with("Create");
        cluster.serverless = serverless;
        let arn = call.arn("clusterArn", "clusterArn");
        (Resource::new("AWS::MSK::Cluster", arn, call.requested("clusterName")), cluster)
    }

    /// Reads a call on the policy of a cluster.
    pub(crate) fn read_policy(call: &Call<'_>) -> (Resource, ResourcePolicy) {
        let arn = call.arn("clusterArn", "clusterArn");
        let policy = ResourcePolicy::new(call.request(&["policy"]), arn.as_deref(), call);
        (Resource::new("AWS::MSK::Cluster", arn, None), policy)
    }

    /// The members that calls and descriptions share.
    fn from_members(body: Node<'_>, connectivity: Node<'_>) -> MskCluster {
        let transit = body.at(&["encryptionInfo", "encryptionInTransit"]);
        let clients = body.get("clientAuthentication");
        let on = |names: &[&str]| clients.at(names).flag();
        let authorities = match clients.at(&["tls", "certificateAuthorityArnList"]) {
            Field::Present(list) => Some(list.as_array().is_some_and(|list| !list.is_empty())),
            _ => None,
        };
        MskCluster {
            created: true,
            exists: false,
            serverless: Field::Absent,
            at_rest_key: Field::Absent,
            client_broker: transit.get("clientBroker").text().map(str::to_owned),
            in_cluster: transit.get("inCluster").flag(),
            unauthenticated: clients.at(&["unauthenticated", "enabled"]).flag(),
            authenticated: on(&["sasl", "iam", "enabled"]) == Field::Present(true)
                || on(&["sasl", "scram", "enabled"]) == Field::Present(true)
                || is_mutual(on(&["tls", "enabled"]), authorities),
            public_access: connectivity.at(&["publicAccess", "type"]).text().map(str::to_owned),
            unresolved: None,
        }
    }

    /// The mode that opens the plaintext port, on which MSK authenticates nobody, whatever the other ports demand.
    ///
    /// <https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html>
    pub(crate) fn plaintext_port(&self) -> Option<&str> {
        self.client_broker.as_deref().value().filter(|mode| matches!(*mode, "PLAINTEXT" | "TLS_PLAINTEXT"))
    }

    /// True for a call that creates a serverless cluster.
    pub(crate) fn is_serverless(&self) -> bool {
        self.serverless == Field::Present(true)
    }

    /// True for a new cluster if the record lacks a member that `DescribeClusterV2` can show. After an update the look-up
    /// is useless, because the cluster shows its old configuration until the update is complete.
    pub(crate) fn is_incomplete(&self) -> bool {
        let unknown = self.serverless.as_ref().value().is_none()
            || self.at_rest_key.is_hidden() // absent means an AWS managed key
            || self.client_broker.as_ref().value().is_none()
            || self.in_cluster.is_hidden() // absent means on
            || (self.unauthenticated.value().is_none() && !self.authenticated)
            || self.public_access.is_hidden(); // absent means off
        self.created && !self.is_serverless() && unknown
    }

    /// A cluster with its missing members filled in from `ClusterInfo`, the answer of `DescribeClusterV2`. A member that the
    /// record hides is what the description says: absent means the API's default there, too.
    pub(crate) fn with_description(&self, info: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> MskCluster {
        let mut cluster = self.clone();
        if !self.is_incomplete() {
            return cluster;
        }
        let state = info.as_ref().ok().and_then(|info| info.get("state").text().value());
        let info = match info {
            Ok(_) if state == Some("DELETING") => {
                cluster.unresolved = Some(Unresolved::Deleted);
                return cluster;
            }
            Ok(info) => info,
            Err(unresolved) => {
                cluster.unresolved = Some(unresolved);
                return cluster;
            }
        };
        let body = if info.get("provisioned").is_present() { info.get("provisioned") } else { info };
        let described = MskCluster::from_members(body, body.at(&["brokerNodeGroupInfo", "connectivityInfo"]));
        let key = body.at(&["encryptionInfo", "encryptionAtRest", "dataVolumeKMSKeyId"]).text();
        let kind = || match info.get("clusterType").text() {
            Field::Absent if info.get("serverless").is_present() => Field::Present(true),
            kind => kind.map(|kind| kind == "SERVERLESS"),
        };
        if cluster.at_rest_key.is_hidden() {
            cluster.at_rest_key = key.map(|given| KeyRef::read(given, scope));
        }
        cluster.serverless = cluster.serverless.or_fill(kind);
        cluster.client_broker = shown(cluster.client_broker, described.client_broker);
        cluster.in_cluster = shown(cluster.in_cluster, described.in_cluster);
        cluster.unauthenticated = shown(cluster.unauthenticated, described.unauthenticated);
        cluster.authenticated |= described.authenticated;
        cluster.public_access = shown(cluster.public_access, described.public_access);
        if self.exists {
            cluster.unresolved = Some(match state {
                Some(status @ ("CREATING" | "UPDATING")) => Unresolved::InProgress(status.to_owned()),
                _ => Unresolved::NotShown("DescribeClusterV2"),
            });
            cluster.hide_what_changes(state);
        }
        cluster
    }

    /// Hides what the description of a cluster in this state does not decide.
    ///
    /// Until an update is complete, a cluster shows its old configuration, and `UpdateSecurity` and `UpdateConnectivity` can
    /// change only the members below. While a cluster is created, what its description shows is what the call set; what it
    /// does not show yet has no default.
    ///
    /// <https://docs.aws.amazon.com/msk/latest/developerguide/msk-cluster-states.html>
    fn hide_what_changes(&mut self, state: Option<&str>) {
        match state {
            Some("UPDATING") => {
                self.client_broker = Field::Omitted;
                self.unauthenticated = Field::Omitted;
                self.public_access = Field::Omitted;
                self.authenticated = false;
            }
            Some("CREATING") => {
                self.at_rest_key = std::mem::replace(&mut self.at_rest_key, Field::Omitted).or(|| Field::Omitted);
                self.in_cluster = self.in_cluster.or(|| Field::Omitted);
                self.public_access = std::mem::replace(&mut self.public_access, Field::Omitted).or(|| Field::Omitted);
            }
            _ => {}
        }
    }
}

/// A member of a call: what its description says if the record hides it, and what the description adds if it is absent.
fn shown<T>(member: Field<T>, described: Field<T>) -> Field<T> {
    match member.is_hidden() {
        true => described,
        false => member.or_fill(|| described),
    }
}

/// True if a cluster demands certificates of clients: mutual TLS is not switched off, and there is an authority that
/// issues them. `authorities` says whether the list of authorities has any; `None` if there is no list.
///
/// <https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-security.html>
fn is_mutual(enabled: Field<bool>, authorities: Option<bool>) -> bool {
    match (enabled, authorities) {
        (Field::Present(true), list) => list.unwrap_or(true),
        (Field::Absent, Some(list)) => list, // before the member `enabled` was added, the list decided alone
        _ => false,
    }
}
