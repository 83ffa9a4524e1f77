//! MSK clusters: their encryption, the authentication of clients, and whether they are public. Channels: their key.
//! Replicators: their connections to clusters outside MSK.

use aws_config::SdkConfig;
use aws_sdk_kafka::types::{ClientAuthentication, Cluster, EncryptionInfo, KafkaClusterDescription};
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::text;
use sealwatch_rules::{Lookup, LookupResult};
use serde_json::{Value, json};

use crate::lookups::service::{Client, LookupError, LookupOutcome, Service, no_description, read_response};

/// The channels of Amazon MSK. Clusters and replicators are services of their own, because a function links all look-ups of a
/// service.
pub static MSK_CHANNELS: Service = Service { name: "kafka:DescribeChannel", connect: connect_for_channels };

/// The clusters of Amazon MSK.
pub static MSK_CLUSTERS: Service = Service { name: "kafka:DescribeClusterV2", connect: connect_for_clusters };

/// The replicators of Amazon MSK.
pub static MSK_REPLICATORS: Service = Service { name: "kafka:DescribeReplicator", connect: connect_for_replicators };

fn connect_for_channels(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafka::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move { channel(&client, &lookup).await })
    })
}

fn connect_for_clusters(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafka::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move { cluster(&client, &lookup).await })
    })
}

fn connect_for_replicators(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafka::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move { replicator(&client, &lookup).await })
    })
}

async fn channel(client: &aws_sdk_kafka::Client, lookup: &Lookup) -> LookupOutcome {
    let cluster = cluster_of(&lookup.arn)
        .ok_or_else(|| LookupError::Unknown(text!("`{arn}` is not the ARN of a channel", arn = &lookup.arn)))?;
    let response = client.describe_channel().cluster_arn(cluster).channel_arn(&lookup.arn).send().await;
    read_response(lookup.call, &lookup.arn, response, |response| {
        Ok(LookupResult::Resource(json!({
            "DestinationType": response.destination_type.as_ref().map(|kind| kind.as_str()),
            "EncryptionConfiguration": response.encryption_configuration.map(|encryption| json!({
                "KmsKeyArn": encryption.kms_key_arn,
            })),
        })))
    })
}

/// The cluster that a channel belongs to: `channel/NAME/ID/CHANNEL` is of `cluster/NAME/ID`.
///
/// <https://docs.aws.amazon.com/msk/latest/developerguide/msk-data-delivery-s3-cloudtrail.html>
pub(crate) fn cluster_of(channel: &str) -> Option<String> {
    let Arn { partition, service, region, account, resource } = Arn::parse(channel)?;
    let (cluster, _) = resource.strip_prefix("channel/")?.rsplit_once('/')?;
    Some(format!("arn:{partition}:{service}:{region}:{account}:cluster/{cluster}"))
}

async fn cluster(client: &aws_sdk_kafka::Client, lookup: &Lookup) -> LookupOutcome {
    let response = client.describe_cluster_v2().cluster_arn(&lookup.arn).send().await;
    read_response(lookup.call, &lookup.arn, response, |response| {
        let cluster = response.cluster_info.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
        Ok(LookupResult::Resource(read(&cluster)))
    })
}

async fn replicator(client: &aws_sdk_kafka::Client, lookup: &Lookup) -> LookupOutcome {
    let response = client.describe_replicator().replicator_arn(&lookup.arn).send().await;
    read_response(lookup.call, &lookup.arn, response, |response| {
        let clusters = response.kafka_clusters.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
        let clusters: Vec<Value> = clusters.iter().map(replicated).collect();
        Ok(LookupResult::Resource(json!({ "kafkaClusters": clusters })))
    })
}

fn replicated(cluster: &KafkaClusterDescription) -> Value {
    let msk = cluster.amazon_msk_cluster.as_ref();
    let oauth = cluster.client_authentication.as_ref().and_then(|clients| clients.sasl_o_auth_bearer.as_ref());
    json!({
        "amazonMskCluster": msk.map(|msk| json!({ "mskClusterArn": msk.msk_cluster_arn })),
        "apacheKafkaCluster": cluster.apache_kafka_cluster.as_ref().map(|own| json!({
            "apacheKafkaClusterId": own.apache_kafka_cluster_id,
        })),
        "encryptionInTransit": cluster.encryption_in_transit.as_ref().map(|transit| json!({
            "encryptionType": transit.encryption_type.as_ref().map(|kind| kind.as_str()),
        })),
        "clientAuthentication": {"saslOAuthBearer": oauth.map(|oauth| json!({
            "tokenEndpointUrl": oauth.token_endpoint_url,
        }))},
    })
}

fn read(cluster: &Cluster) -> Value {
    json!({
        "ClusterArn": cluster.cluster_arn,
        "ClusterType": cluster.cluster_type.as_ref().map(|kind| kind.as_str()),
        "Provisioned": cluster.provisioned.as_ref().map(|provisioned| {
            let brokers = provisioned.broker_node_group_info.as_ref();
            let connectivity = brokers.and_then(|brokers| brokers.connectivity_info.as_ref());
            let access = connectivity.and_then(|connectivity| connectivity.public_access.as_ref());
            json!({
                "EncryptionInfo": provisioned.encryption_info.as_ref().map(encryption),
                "ClientAuthentication": provisioned.client_authentication.as_ref().map(clients),
                "BrokerNodeGroupInfo": {"ConnectivityInfo": {"PublicAccess": {
                    "Type": access.and_then(|access| access.r#type.as_ref()),
                }}},
            })
        }),
    })
}

fn encryption(info: &EncryptionInfo) -> Value {
    let transit = info.encryption_in_transit.as_ref();
    json!({
        "EncryptionAtRest": {
            "DataVolumeKMSKeyId": info.encryption_at_rest.as_ref().and_then(|rest| rest.data_volume_kms_key_id.as_ref()),
        },
        "EncryptionInTransit": {
            "ClientBroker": transit.and_then(|transit| transit.client_broker.as_ref()).map(|mode| mode.as_str()),
            "InCluster": transit.and_then(|transit| transit.in_cluster),
        },
    })
}

fn clients(clients: &ClientAuthentication) -> Value {
    let sasl = clients.sasl.as_ref();
    json!({
        "Sasl": {
            "Iam": {"Enabled": sasl.and_then(|sasl| sasl.iam.as_ref()?.enabled)},
            "Scram": {"Enabled": sasl.and_then(|sasl| sasl.scram.as_ref()?.enabled)},
        },
        "Tls": clients.tls.as_ref().map(|tls| json!({
            "Enabled": tls.enabled,
            "CertificateAuthorityArnList": tls.certificate_authority_arn_list.as_ref().filter(|list| !list.is_empty()),
        })),
        "Unauthenticated": {"Enabled": clients.unauthenticated.as_ref().and_then(|clients| clients.enabled)},
    })
}

#[cfg(test)]
mod tests {
    use super::cluster_of;

    #[test]
    fn the_arn_of_a_channel_names_its_cluster() {
        for (channel, cluster) in [
            (
                "arn:aws-cn:kafka:cn-north-1:1:channel/orders/a-1/b",
                Some("arn:aws-cn:kafka:cn-north-1:1:cluster/orders/a-1"),
            ),
            ("arn:aws:kafka:eu-west-1:1:channel/orders", None),
            ("arn:aws:kafka:eu-west-1:1:cluster/orders/a-1", None),
            ("orders", None),
        ] {
            assert_eq!(cluster_of(channel).as_deref(), cluster, "{channel}");
        }
    }
}
