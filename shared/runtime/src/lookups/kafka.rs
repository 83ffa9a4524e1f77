//! MSK clusters: their encryption, the authentication of clients, and whether they are public.

use aws_config::SdkConfig;
use aws_sdk_kafka::types::{ClientAuthentication, Cluster, EncryptionInfo};
use sealwatch_rules::LookupResult;
use serde_json::{Value, json};

use crate::lookups::service::{Client, Service, no_description, read_response};

/// Amazon Managed Streaming for Apache Kafka.
pub static KAFKA: Service = Service { name: "kafka", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafka::Client::new(config);
    Box::new(move |lookup| {
        let call = client.describe_cluster_v2().cluster_arn(&lookup.arn);
        Box::pin(async move {
            let response = call.send().await;
            read_response(lookup.call, &lookup.arn, response, |response| {
                let cluster = response.cluster_info.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
                Ok(LookupResult::Resource(read(&cluster)))
            })
        })
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
