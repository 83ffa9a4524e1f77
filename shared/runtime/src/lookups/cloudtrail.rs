//! Trails: the key that encrypts their log files, and whether they write digest files. Event data stores: their key, which
//! events they collect, and whether they ingest them.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::types::AdvancedEventSelector;
use sealwatch_rules::LookupResult;
use serde_json::{Value, json};

use crate::lookups::service::{Client, LookupOutcome, Service, no_description, read_response};

const STORE: &str = "cloudtrail:GetEventDataStore";
const TRAIL: &str = "cloudtrail:GetTrail";

/// AWS CloudTrail.
pub static CLOUDTRAIL: Service = Service { name: "cloudtrail", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_cloudtrail::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            match lookup.call {
                STORE => event_data_store(&client, &lookup.arn).await,
                _ => trail(&client, &lookup.arn).await,
            }
        })
    })
}

async fn event_data_store(client: &aws_sdk_cloudtrail::Client, arn: &str) -> LookupOutcome {
    let response = client.get_event_data_store().event_data_store(arn).send().await;
    read_response(STORE, arn, response, |store| {
        let selectors = store.advanced_event_selectors;
        Ok(LookupResult::Resource(json!({
            "EventDataStoreArn": store.event_data_store_arn,
            "Status": store.status.as_ref().map(|status| status.as_str()),
            "AdvancedEventSelectors": selectors.map(|all| all.iter().map(selector).collect::<Vec<_>>()),
            "KmsKeyId": store.kms_key_id,
        })))
    })
}

fn selector(selector: &AdvancedEventSelector) -> Value {
    let fields = selector.field_selectors.iter().map(|one| {
        json!({
            "Field": one.field,
            "Equals": one.equals,
            "StartsWith": one.starts_with,
            "EndsWith": one.ends_with,
            "NotEquals": one.not_equals,
            "NotStartsWith": one.not_starts_with,
            "NotEndsWith": one.not_ends_with,
        })
    });
    json!({"FieldSelectors": fields.collect::<Vec<_>>()})
}

async fn trail(client: &aws_sdk_cloudtrail::Client, arn: &str) -> LookupOutcome {
    let response = client.get_trail().name(arn).send().await;
    read_response(TRAIL, arn, response, |response| {
        let trail = response.trail.ok_or_else(|| no_description(TRAIL, arn))?;
        Ok(LookupResult::Resource(json!({
            "TrailARN": trail.trail_arn,
            "KmsKeyId": trail.kms_key_id,
            "LogFileValidationEnabled": trail.log_file_validation_enabled,
        })))
    })
}
