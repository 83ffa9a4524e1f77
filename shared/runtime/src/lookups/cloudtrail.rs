//! Trails: the key that encrypts their log files, and whether they write digest files.

use aws_config::SdkConfig;
use sealwatch_rules::LookupResult;
use serde_json::json;

use crate::lookups::service::{Client, Service, no_description, read_response};

/// AWS CloudTrail.
pub static CLOUDTRAIL: Service = Service { name: "cloudtrail", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_cloudtrail::Client::new(config);
    Box::new(move |lookup| {
        let call = client.get_trail().name(&lookup.arn);
        Box::pin(async move {
            let response = call.send().await;
            read_response(lookup.call, &lookup.arn, response, |response| {
                let trail = response.trail.ok_or_else(|| no_description(lookup.call, &lookup.arn))?;
                Ok(LookupResult::Resource(json!({
                    "TrailARN": trail.trail_arn,
                    "KmsKeyId": trail.kms_key_id,
                    "LogFileValidationEnabled": trail.log_file_validation_enabled,
                })))
            })
        })
    })
}
