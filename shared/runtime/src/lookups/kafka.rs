//! MSK clusters: their encryption, the authentication of clients, and whether they are public. Replicators: their connections
//! to clusters outside MSK.

use aws_config::SdkConfig;
use aws_sdk_kafka::types::{ClientAuthentication, Cluster, EncryptionInfo, KafkaClusterDescription};
use sealwatch_rules::LookupResult;
use serde_json::{Value, json};

use crate::lookups::service::{Client, LookupOutcome, Service, no_description, read_response};

const CLUSTER: &str = "kafka:DescribeClusterV2";
const REPLICATOR: &str = "kafka:DescribeReplicator";

/// Amazon Managed Streaming for Apache Kafka.
pub static KAFKA: Service = Service { name: "kafka", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafka::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            match lookup.call {
                REPLICATOR => replicator(&client, &lookup.arn).await,
                _ => cluster(&client, &lookup.arn).await,
            }
        })
    })
}

async fn cluster(client: &aws_sdk_kafka::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_cluster_v2().cluster_arn(arn).send().await;
    read_response(CLUSTER, arn, response, |response| {
        let cluster = response.cluster_info.ok_or_else(|| no_description(CLUSTER, arn))?;
        Ok(LookupResult::Resource(read(&cluster)))
    })
}

async fn replicator(client: &aws_sdk_kafka::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_replicator().replicator_arn(arn).send().await;
    read_response(REPLICATOR, arn, response, |response| {
        let clusters = response.kafka_clusters.ok_or_else(|| no_description(REPLICATOR, arn))?;
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
