//! Trails: the key of their log files, and whether they write digest files.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use sealwatch_rules::judge::Need;
use serde_json::json;

use super::{Answer, Ask, Service, answered, told_nothing};

const CALL: &str = "cloudtrail:GetTrail";

/// AWS CloudTrail.
pub static CLOUDTRAIL: Service = Service { answers: |need| matches!(need, Need::Trail(_)), connect };

fn connect(config: &SdkConfig) -> Ask {
    let client = Client::new(config);
    Box::new(move |need| {
        let call = client.get_trail().name(need.arn());
        Box::pin(async move {
            let answer = call.send().await;
            answered(CALL, need.arn(), answer, |answer| match answer.trail {
                None => told_nothing(CALL, need.arn()),
                Some(trail) => Answer::Resource(json!({
                    "TrailARN": trail.trail_arn,
                    "KmsKeyId": trail.kms_key_id,
                    "LogFileValidationEnabled": trail.log_file_validation_enabled,
                })),
            })
        })
    })
}
