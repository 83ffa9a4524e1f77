//! Trails and event data stores: their settings, whether they record events, and which.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector};
use sealwatch_rules::LookupResult;
use serde_json::{Value, json};

use crate::lookups::service::{Client, LookupOutcome, Service, no_description, read_response};

/// AWS CloudTrail.
pub static CLOUDTRAIL: Service = Service { name: "cloudtrail", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_cloudtrail::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            let (call, arn) = (lookup.call, lookup.arn.as_str());
            match call {
                "cloudtrail:DescribeTrails" => describe_trails(&client, call, arn).await,
                "cloudtrail:GetEventDataStore" => get_event_data_store(&client, call, arn).await,
                "cloudtrail:GetEventSelectors" => get_event_selectors(&client, call, arn).await,
                "cloudtrail:GetTrailStatus" => get_trail_status(&client, call, arn).await,
                _ => get_trail(&client, call, arn).await,
            }
        })
    })
}

async fn get_event_data_store(client: &aws_sdk_cloudtrail::Client, call: &str, arn: &str) -> LookupOutcome {
    read_response(call, arn, client.get_event_data_store().event_data_store(arn).send().await, |store| {
        let selectors = store.advanced_event_selectors.unwrap_or_default();
        Ok(LookupResult::Resource(json!({
            "EventDataStoreArn": store.event_data_store_arn,
            "Status": store.status.as_ref().map(|status| status.as_str()),
            "AdvancedEventSelectors": selectors.iter().map(advanced_selector).collect::<Vec<_>>(),
            "KmsKeyId": store.kms_key_id,
        })))
    })
}

async fn get_trail(client: &aws_sdk_cloudtrail::Client, call: &str, arn: &str) -> LookupOutcome {
    read_response(call, arn, client.get_trail().name(arn).send().await, |response| {
        let trail = response.trail.ok_or_else(|| no_description(call, arn))?;
        Ok(LookupResult::Resource(json!({
            "TrailARN": trail.trail_arn,
            "KmsKeyId": trail.kms_key_id,
            "LogFileValidationEnabled": trail.log_file_validation_enabled,
            "IsMultiRegionTrail": trail.is_multi_region_trail,
            "IncludeGlobalServiceEvents": trail.include_global_service_events,
        })))
    })
}

async fn get_trail_status(client: &aws_sdk_cloudtrail::Client, call: &str, arn: &str) -> LookupOutcome {
    read_response(call, arn, client.get_trail_status().name(arn).send().await, |status| {
        Ok(LookupResult::Resource(json!({ "IsLogging": status.is_logging })))
    })
}

async fn get_event_selectors(client: &aws_sdk_cloudtrail::Client, call: &str, arn: &str) -> LookupOutcome {
    read_response(call, arn, client.get_event_selectors().trail_name(arn).send().await, |response| {
        let basic = response.event_selectors.unwrap_or_default();
        let advanced = response.advanced_event_selectors.unwrap_or_default();
        Ok(LookupResult::Resource(json!({
            "EventSelectors": basic.iter().map(basic_selector).collect::<Vec<_>>(),
            "AdvancedEventSelectors": advanced.iter().map(advanced_selector).collect::<Vec<_>>(),
        })))
    })
}

fn basic_selector(selector: &EventSelector) -> Value {
    json!({
        "ReadWriteType": selector.read_write_type.as_ref().map(|kind| kind.as_str()),
        "IncludeManagementEvents": selector.include_management_events,
        "ExcludeManagementEventSources": selector.exclude_management_event_sources,
    })
}

fn advanced_selector(selector: &AdvancedEventSelector) -> Value {
    json!({ "FieldSelectors": selector.field_selectors.iter().map(field_selector).collect::<Vec<_>>() })
}

fn field_selector(selector: &AdvancedFieldSelector) -> Value {
    json!({
        "Field": selector.field,
        "Equals": selector.equals,
        "StartsWith": selector.starts_with,
        "EndsWith": selector.ends_with,
        "NotEquals": selector.not_equals,
        "NotStartsWith": selector.not_starts_with,
        "NotEndsWith": selector.not_ends_with,
    })
}

/// All trails that record the Region of the client, also those of other home Regions and of the organization. `arn` is the
/// trail that the question is about: it may be deleted.
async fn describe_trails(client: &aws_sdk_cloudtrail::Client, call: &str, arn: &str) -> LookupOutcome {
    let response = client.describe_trails().include_shadow_trails(true).send().await;
    read_response(call, arn, response, |response| {
        let trails = response.trail_list.unwrap_or_default().into_iter().map(|trail| {
            json!({
                "Name": trail.name,
                "TrailARN": trail.trail_arn,
                "IsMultiRegionTrail": trail.is_multi_region_trail,
                "HasCustomEventSelectors": trail.has_custom_event_selectors,
            })
        });
        Ok(LookupResult::Resource(json!({ "trailList": trails.collect::<Vec<_>>() })))
    })
}
