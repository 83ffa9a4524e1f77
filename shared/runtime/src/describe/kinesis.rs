//! Data streams, and whether they are encrypted.

use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use sealwatch_rules::judge::Need;
use serde_json::json;

use super::{Answer, Ask, Service, answered, told_nothing};

const CALL: &str = "kinesis:DescribeStreamSummary";

/// Amazon Kinesis Data Streams.
pub static KINESIS: Service = Service { answers: |need| matches!(need, Need::Stream(_)), connect };

fn connect(config: &SdkConfig) -> Ask {
    let client = Client::new(config);
    Box::new(move |need| {
        let call = client.describe_stream_summary().stream_arn(need.arn());
        Box::pin(async move {
            let answer = call.send().await;
            answered(CALL, need.arn(), answer, |answer| match answer.stream_description_summary {
                None => told_nothing(CALL, need.arn()),
                Some(summary) => Answer::Resource(json!({
                    "StreamARN": summary.stream_arn,
                    "StreamStatus": summary.stream_status.as_str(),
                    "EncryptionType": summary.encryption_type.as_ref().map(|kind| kind.as_str()),
                    "KeyId": summary.key_id,
                })),
            })
        })
    })
}
