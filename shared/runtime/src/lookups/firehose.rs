//! Firehose streams: their encryption and their source.

use aws_config::SdkConfig;
use aws_sdk_firehose::types::DeliveryStreamDescription;
use sealwatch_rules::text;
use sealwatch_rules::util::text::plain;
use sealwatch_rules::{Lookup, LookupResult};
use serde_json::{Value, json};

use crate::lookups::service::{Client, LookupError, Service, no_description, read_response};

/// Amazon Data Firehose.
pub static FIREHOSE: Service = Service { name: "firehose", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_firehose::Client::new(config);
    Box::new(move |lookup| {
        let name = lookup.arn.rsplit('/').next().unwrap_or_default();
        let call = client.describe_delivery_stream().delivery_stream_name(name).limit(1);
        Box::pin(async move {
            let response = call.send().await;
            read_response(lookup.call, &lookup.arn, response, |response| {
                let stream =
                    response.delivery_stream_description.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
                check_arn(&stream, &lookup)?;
                Ok(LookupResult::Resource(read(&stream)))
            })
        })
    })
}

/// The call accepts only a name: a stream of another account may have the same one.
fn check_arn(stream: &DeliveryStreamDescription, lookup: &Lookup) -> Result<(), LookupError> {
    if stream.delivery_stream_arn == lookup.arn {
        return Ok(());
    }
    let other = plain(&stream.delivery_stream_arn);
    Err(LookupError::Unknown(text!(
        "`{call}` described `{other}` instead of `{arn}`",
        call = lookup.call,
        other,
        arn = &lookup.arn
    )))
}

fn read(stream: &DeliveryStreamDescription) -> Value {
    let sse = stream.delivery_stream_encryption_configuration.as_ref();
    let source = stream.source.as_ref().and_then(|source| source.kinesis_stream_source_description.as_ref());
    json!({
        "DeliveryStreamARN": stream.delivery_stream_arn,
        "DeliveryStreamStatus": stream.delivery_stream_status.as_str(),
        "DeliveryStreamType": stream.delivery_stream_type.as_str(),
        "DeliveryStreamEncryptionConfiguration": sse.map(|sse| json!({
            "Status": sse.status.as_ref().map(|status| status.as_str()),
            "KeyType": sse.key_type.as_ref().map(|kind| kind.as_str()),
            "KeyARN": sse.key_arn,
        })),
        "Source": {"KinesisStreamSourceDescription": source.map(|source| json!({
            "KinesisStreamARN": source.kinesis_stream_arn,
        }))},
    })
}
