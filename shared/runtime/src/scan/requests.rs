//! The request of each look-up: the parameter that takes the ARN, or what else the operation wants to know.

use sealwatch_rules::Lookup;
use sealwatch_rules::aws::arn::Arn;
use serde_json::{Value, json};

use crate::lookups::cluster_of_channel;

/// The parameter that takes the ARN or id of what is looked up. From the API models (`service-2.json` of botocore).
const PARAMETERS: [(&str, &str); 18] = [
    ("cloudtrail:GetEventDataStore", "EventDataStore"),
    ("cloudtrail:GetEventSelectors", "TrailName"),
    ("cloudtrail:GetResourcePolicy", "ResourceArn"),
    ("cloudtrail:GetTrail", "Name"),
    ("cloudtrail:GetTrailStatus", "Name"),
    ("kafka:DescribeClusterV2", "clusterArn"),
    ("kafka:DescribeReplicator", "replicatorArn"),
    ("kafka:GetClusterPolicy", "clusterArn"),
    ("kafkaconnect:DescribeConnector", "connectorArn"),
    ("kafkaconnect:DescribeConnectorOperation", "connectorOperationArn"),
    ("kafkaconnect:DescribeWorkerConfiguration", "workerConfigurationArn"),
    ("kinesis:DescribeChannel", "ChannelARN"),
    ("kinesis:DescribeStreamSummary", "StreamARN"),
    ("kinesis:GetResourcePolicy", "ResourceARN"),
    ("kms:DescribeCustomKeyStores", "CustomKeyStoreId"),
    ("kms:DescribeKey", "KeyId"),
    ("kms:GetKeyPolicy", "KeyId"),
    ("kms:GetKeyRotationStatus", "KeyId"),
];

/// The parameters of a look-up; `None` for a call that is not known here.
pub(super) fn parameters(lookup: &Lookup) -> Option<Value> {
    let arn = lookup.arn.as_str();
    let name = || Arn::parse(arn).map(|arn| arn.name().to_owned());
    match lookup.call {
        "cloudtrail:DescribeTrails" => Some(json!({})),
        "firehose:DescribeDeliveryStream" => Some(json!({ "DeliveryStreamName": name()? })),
        "kafka:DescribeChannel" => Some(json!({ "clusterArn": cluster_of_channel(arn)?, "channelArn": arn })),
        // some servers want the name, although there is only one
        "kms:GetKeyPolicy" => Some(json!({ "KeyId": arn, "PolicyName": "default" })),
        call => {
            let (_, parameter) = PARAMETERS.iter().find(|(known, _)| *known == call)?;
            Some(json!({ *parameter: arn }))
        }
    }
}
