//! Data streams and channels: their encryption.

use aws_config::SdkConfig;
use sealwatch_rules::{Lookup, LookupResult};
use serde_json::json;

use crate::lookups::service::{Client, LookupOutcome, Service, no_description, read_response};

const CHANNEL: &str = "kinesis:DescribeChannel";

/// Amazon Kinesis Data Streams.
pub static KINESIS: Service = Service { name: "kinesis", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kinesis::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            match lookup.call {
                CHANNEL => channel(&client, &lookup).await,
                _ => stream(&client, &lookup).await,
            }
        })
    })
}

async fn channel(client: &aws_sdk_kinesis::Client, lookup: &Lookup) -> LookupOutcome {
    let response = client.describe_channel().channel_arn(&lookup.arn).send().await;
    read_response(lookup.call, &lookup.arn, response, |response| {
        let channel = response.channel_description.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
        Ok(LookupResult::Resource(json!({
            "ChannelARN": channel.channel_arn,
            "S3DestinationConfiguration": channel.s3_destination_configuration.map(|_| json!({})),
            "S3TablesDestinationConfiguration": channel.s3_tables_destination_configuration.map(|_| json!({})),
            "EncryptionConfiguration": channel.encryption_configuration.map(|encryption| json!({
                "EncryptionType": encryption.encryption_type.as_str(),
                "KeyId": encryption.key_id,
            })),
        })))
    })
}

async fn stream(client: &aws_sdk_kinesis::Client, lookup: &Lookup) -> LookupOutcome {
    let response = client.describe_stream_summary().stream_arn(&lookup.arn).send().await;
    read_response(lookup.call, &lookup.arn, response, |response| {
        let summary = response.stream_description_summary.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
        Ok(LookupResult::Resource(json!({
            "StreamARN": summary.stream_arn,
            "StreamStatus": summary.stream_status.as_str(),
            "EncryptionType": summary.encryption_type.as_ref().map(|kind| kind.as_str()),
            "KeyId": summary.key_id,
        })))
    })
}
