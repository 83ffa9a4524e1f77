//! Firehose streams, and whether they are encrypted.

use aws_config::SdkConfig;
use aws_sdk_firehose::Client;
use aws_sdk_firehose::types::DeliveryStreamDescription;
use sealwatch_rules::judge::Need;
use sealwatch_rules::text::plain;
use serde_json::{Value, json};

use super::{Answer, Ask, Service, answered, told_nothing};

const CALL: &str = "firehose:DescribeDeliveryStream";

/// Amazon Data Firehose.
pub static FIREHOSE: Service = Service { answers: |need| matches!(need, Need::FirehoseStream(_)), connect };

fn connect(config: &SdkConfig) -> Ask {
    let client = Client::new(config);
    Box::new(move |need| {
        let name = need.arn().rsplit('/').next().unwrap_or_default();
        let call = client.describe_delivery_stream().delivery_stream_name(name).limit(1);
        Box::pin(async move {
            let answer = call.send().await;
            answered(CALL, need.arn(), answer, |answer| match answer.delivery_stream_description {
                None => told_nothing(CALL, need.arn()),
                // The call takes a name alone: the same name may stand for another account's stream.
                Some(described) if described.delivery_stream_arn != need.arn() => Answer::Unknown(format!(
                    "`{CALL}` answered about `{}` instead of `{}`",
                    plain(&described.delivery_stream_arn),
                    plain(need.arn())
                )),
                Some(described) => Answer::Resource(read(&described)),
            })
        })
    })
}

fn read(described: &DeliveryStreamDescription) -> Value {
    let sse = described.delivery_stream_encryption_configuration.as_ref();
    let source = described.source.as_ref().and_then(|source| source.kinesis_stream_source_description.as_ref());
    json!({
        "DeliveryStreamARN": described.delivery_stream_arn,
        "DeliveryStreamStatus": described.delivery_stream_status.as_str(),
        "DeliveryStreamType": described.delivery_stream_type.as_str(),
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
