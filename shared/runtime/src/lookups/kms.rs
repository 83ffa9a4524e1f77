//! Keys and their rotation.

use aws_config::SdkConfig;
use aws_sdk_kms::types::KeyMetadata;
use sealwatch_rules::judge::Need;
use sealwatch_rules::key::{Key, Rotation};
use sealwatch_rules::text::plain;

use super::service::{Answer, Client, LookupError, LookupResult, Service, no_description, read_response};

/// AWS Key Management Service.
pub static KMS: Service =
    Service { name: "kms", answers: |need| matches!(need, Need::Key(_) | Need::Rotation(_)), connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kms::Client::new(config);
    Box::new(move |need| {
        let client = client.clone();
        Box::pin(async move {
            let answer = match &need {
                Need::Rotation(arn) => rotation(&client, arn).await?,
                need => describe_key(&client, need.arn()).await?,
            };
            match answer {
                Answer::Deleted => Err(LookupError::Unknown(format!("the key `{}` does not exist", plain(need.arn())))),
                answer => Ok(answer),
            }
        })
    })
}

async fn describe_key(client: &aws_sdk_kms::Client, arn: &str) -> LookupResult {
    const CALL: &str = "kms:DescribeKey";
    let response = client.describe_key().key_id(arn).send().await;
    read_response(CALL, arn, response, |response| {
        let metadata = response.key_metadata.ok_or_else(|| no_description(CALL, arn))?;
        Ok(Answer::Key(key(&metadata)))
    })
}

async fn rotation(client: &aws_sdk_kms::Client, arn: &str) -> LookupResult {
    let response = client.get_key_rotation_status().key_id(arn).send().await;
    read_response("kms:GetKeyRotationStatus", arn, response, |response| {
        let period_days = response.rotation_period_in_days.map(i64::from);
        Ok(Answer::Rotation(Rotation { enabled: response.key_rotation_enabled, period_days }))
    })
}

fn key(metadata: &KeyMetadata) -> Key {
    let replica = metadata.multi_region_configuration.as_ref().and_then(|region| region.multi_region_key_type.as_ref());
    Key {
        arn: metadata.arn.clone().unwrap_or_default(),
        aws_managed: metadata.key_manager.as_ref().is_some_and(|manager| manager.as_str() == "AWS"),
        state: Some(metadata.key_state.as_ref().map_or("Enabled", |state| state.as_str()).to_owned()),
        spec: Some(metadata.key_spec.as_ref().map_or("SYMMETRIC_DEFAULT", |spec| spec.as_str()).to_owned()),
        usage: Some(metadata.key_usage.as_ref().map_or("ENCRYPT_DECRYPT", |usage| usage.as_str()).to_owned()),
        origin: Some(metadata.origin.as_ref().map_or("AWS_KMS", |origin| origin.as_str()).to_owned()),
        replica: replica.is_some_and(|kind| kind.as_str() == "REPLICA"),
    }
}
