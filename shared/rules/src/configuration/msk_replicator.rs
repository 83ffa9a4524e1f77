//! MSK replicators: `CreateReplicator`.
//!
//! <https://docs.aws.amazon.com/msk/1.0/apireference/v1-replicators.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// What a call says about a replicator.
#[derive(Debug, Clone)]
pub(crate) struct MskReplicator {
    /// The clusters that are not MSK clusters.
    pub self_managed: Field<Vec<SelfManaged>>,
    /// Why the missing members are not known although they were looked up.
    pub unresolved: Option<Unresolved>,
}

/// An Apache Kafka cluster outside MSK, and how the replicator connects to it.
#[derive(Debug, Clone)]
pub(crate) struct SelfManaged {
    /// Its place in `kafkaClusters`.
    pub index: usize,
    /// `apacheKafkaClusterId`
    id: Field<String>,
    /// `TLS`, the only value in the API model.
    pub encryption: Field<String>,
    /// The address from which the replicator gets its OAuth tokens. Absent if it authenticates otherwise.
    pub token_endpoint: Field<String>,
}

impl MskReplicator {
    /// A replicator that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> MskReplicator {
        MskReplicator { self_managed: Field::Omitted, unresolved: None }
    }

    /// Reads a call on a replicator.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, MskReplicator) {
        let self_managed = self_managed(call.request(&["kafkaClusters"]));
        let arn = call.arn("replicatorArn", "replicatorArn");
        let resource = Resource::new("AWS::MSK::Replicator", arn, call.requested("replicatorName"));
        (resource, MskReplicator { self_managed, unresolved: None })
    }

    /// True if the record lacks a member that `DescribeReplicator` can show.
    pub(crate) fn is_incomplete(&self) -> bool {
        match &self.self_managed {
            Field::Present(clusters) => clusters
                .iter()
                .any(|cluster| cluster.encryption.as_ref().value().is_none() || cluster.token_endpoint.is_hidden()),
            _ => true,
        }
    }

    /// The replicator with the missing members from what `DescribeReplicator` says.
    pub(crate) fn with_description(&self, description: Result<Node<'_>, Unresolved>) -> MskReplicator {
        let described = match description {
            Ok(answer) if answer.get("replicatorState").text() == Field::Present("DELETING") => {
                return MskReplicator { unresolved: Some(Unresolved::Deleted), ..self.clone() };
            }
            Ok(answer) => self_managed(answer.get("kafkaClusters")),
            Err(unresolved) => return MskReplicator { unresolved: Some(unresolved), ..self.clone() },
        };
        let Field::Present(clusters) = &self.self_managed else {
            let self_managed = self.self_managed.clone().or_fill(|| described);
            return MskReplicator { self_managed, unresolved: Some(Unresolved::NotShown("DescribeReplicator")) };
        };
        let described = described.value().unwrap_or_default();
        let fill = |cluster: &SelfManaged| {
            let known = cluster.id.as_ref().value();
            let same = described.iter().find(|other| known.is_some() && other.id.as_ref().value() == known);
            let Some(other) = same else { return cluster.clone() };
            SelfManaged {
                encryption: cluster.encryption.clone().or_fill(|| other.encryption.clone()),
                token_endpoint: match cluster.token_endpoint.is_hidden() {
                    true => other.token_endpoint.clone(),
                    false => cluster.token_endpoint.clone(),
                },
                ..cluster.clone()
            }
        };
        MskReplicator { self_managed: Field::Present(clusters.iter().map(fill).collect()), unresolved: None }
    }
}

/// The clusters of a request or a description that are not MSK clusters.
fn self_managed(clusters: Node<'_>) -> Field<Vec<SelfManaged>> {
    if let Field::Present(value) = clusters
        && !value.is_array()
    {
        return Field::Redacted;
    }
    let is_msk = |cluster: Node<'_>| matches!(cluster.get("amazonMskCluster"), Field::Present(_));
    clusters.map(|clusters| {
        let clusters = clusters.as_array().into_iter().flatten().map(Field::Present).enumerate();
        clusters.filter(|(_, cluster)| !is_msk(*cluster)).map(read).collect()
    })
}

fn read((index, cluster): (usize, Node<'_>)) -> SelfManaged {
    let text = |names: &[&str]| cluster.at(names).text().map(str::to_owned);
    SelfManaged {
        index,
        id: text(&["apacheKafkaCluster", "apacheKafkaClusterId"]),
        encryption: text(&["encryptionInTransit", "encryptionType"]),
        token_endpoint: text(&["clientAuthentication", "saslOAuthBearer", "tokenEndpointUrl"]),
    }
}
