//! Data streams: their encryption.

use aws_config::SdkConfig;
use sealwatch_rules::LookupResult;
use serde_json::json;

use crate::lookups::service::{Client, Service, no_description, read_response};

/// Amazon Kinesis Data Streams.
pub static KINESIS: Service = Service { name: "kinesis", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kinesis::Client::new(config);
    Box::new(move |lookup| {
        let call = client.describe_stream_summary().stream_arn(&lookup.arn);
        Box::pin(async move {
            let response = call.send().await;
            read_response(lookup.call, &lookup.arn, response, |response| {
                let summary =
                    response.stream_description_summary.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
                Ok(LookupResult::Resource(json!({
                    "StreamARN": summary.stream_arn,
                    "StreamStatus": summary.stream_status.as_str(),
                    "EncryptionType": summary.encryption_type.as_ref().map(|kind| kind.as_str()),
                    "KeyId": summary.key_id,
                })))
            })
        })
    })
}
