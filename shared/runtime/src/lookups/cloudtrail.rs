//! Trails: the key that encrypts their log files, and whether they write digest files.

use aws_config::SdkConfig;
use sealwatch_rules::judge::Need;
use serde_json::json;

use super::service::{Answer, Client, Service, no_description, read_response};

const CALL: &str = "cloudtrail:GetTrail";

/// AWS CloudTrail.
pub static CLOUDTRAIL: Service =
    Service { name: "cloudtrail", answers: |need| matches!(need, Need::Trail(_)), connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_cloudtrail::Client::new(config);
    Box::new(move |need| {
        let call = client.get_trail().name(need.arn());
        Box::pin(async move {
            let response = call.send().await;
            read_response(CALL, need.arn(), response, |response| {
                let trail = response.trail.ok_or_else(|| no_description(CALL, need.arn()))?;
                Ok(Answer::Resource(json!({
                    "TrailARN": trail.trail_arn,
                    "KmsKeyId": trail.kms_key_id,
                    "LogFileValidationEnabled": trail.log_file_validation_enabled,
                })))
            })
        })
    })
}
