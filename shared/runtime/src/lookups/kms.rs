//! Keys, their rotation and their policies, and custom key stores.

use aws_config::SdkConfig;
use aws_sdk_kms::types::KeyMetadata;
use sealwatch_rules::LookupResult;
use sealwatch_rules::configuration::key::{Key, KeyEnd, Rotation};
use sealwatch_rules::engine::lookup::{DESCRIBE_KEY, GET_KEY_ROTATION_STATUS};
use serde_json::json;

use crate::lookups::service::{Client, LookupOutcome, Service, no_description, read_response};

/// The policy of a key.
const GET_KEY_POLICY: &str = "kms:GetKeyPolicy";

const KEY_STORES: &str = "kms:DescribeCustomKeyStores";

/// AWS Key Management Service.
pub static KMS: Service = Service { name: "kms", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kms::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            match lookup.call {
                GET_KEY_POLICY => key_policy(&client, &lookup.arn).await,
                GET_KEY_ROTATION_STATUS => rotation(&client, &lookup.arn).await,
                KEY_STORES => key_store(&client, &lookup.arn).await,
                _ => describe_key(&client, &lookup.arn).await,
            }
        })
    })
}

async fn describe_key(client: &aws_sdk_kms::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_key().key_id(arn).send().await;
    read_response(DESCRIBE_KEY, arn, response, |response| {
        let metadata = response.key_metadata.ok_or_else(|| no_description(DESCRIBE_KEY, arn))?;
        Ok(LookupResult::Key(key(&metadata)))
    })
}

async fn key_policy(client: &aws_sdk_kms::Client, arn: &str) -> LookupOutcome {
    let response = client.get_key_policy().key_id(arn).send().await;
    read_response(GET_KEY_POLICY, arn, response, |response| {
        Ok(LookupResult::Resource(json!({ "Policy": response.policy })))
    })
}

async fn key_store(client: &aws_sdk_kms::Client, id: &str) -> LookupOutcome {
    let response = client.describe_custom_key_stores().custom_key_store_id(id).send().await;
    read_response(KEY_STORES, id, response, |response| {
        let stores = response.custom_key_stores.unwrap_or_default();
        let store = stores.first().ok_or_else(|| no_description(KEY_STORES, id))?;
        Ok(LookupResult::Resource(json!({
            "CustomKeyStoreId": store.custom_key_store_id,
            "ConnectionState": store.connection_state.as_ref().map(|state| state.as_str()),
            "ConnectionErrorCode": store.connection_error_code.as_ref().map(|code| code.as_str()),
        })))
    })
}

async fn rotation(client: &aws_sdk_kms::Client, arn: &str) -> LookupOutcome {
    let response = client.get_key_rotation_status().key_id(arn).send().await;
    read_response(GET_KEY_ROTATION_STATUS, arn, response, |response| {
        let period_days = response.rotation_period_in_days.map(i64::from);
        Ok(LookupResult::Rotation(Rotation { enabled: response.key_rotation_enabled, period_days }))
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
        key_store: metadata.custom_key_store_id.clone(),
        replica: replica.is_some_and(|kind| kind.as_str() == "REPLICA"),
        end: KeyEnd {
            deletion: metadata.deletion_date.map(|date| date.secs()),
            deletion_window_days: metadata.pending_deletion_window_in_days.map(i64::from),
            expiration_model: metadata.expiration_model.as_ref().map(|model| model.as_str().to_owned()),
            valid_to: metadata.valid_to.map(|date| date.secs()),
        },
    }
}
