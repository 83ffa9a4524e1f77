//! Connectors, their updates in progress, and their worker configurations: the settings that CloudTrail redacts.

use std::collections::HashMap;

use aws_config::SdkConfig;
use sealwatch_rules::LookupResult;
use serde_json::json;

use crate::lookups::service::{Client, LookupOutcome, Service, read_response};

const CONNECTOR: &str = "kafkaconnect:DescribeConnector";
const OPERATION: &str = "kafkaconnect:DescribeConnectorOperation";
const WORKER: &str = "kafkaconnect:DescribeWorkerConfiguration";

/// Amazon MSK Connect.
pub static KAFKA_CONNECT: Service = Service { name: "kafkaconnect", connect };

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafkaconnect::Client::new(config);
    Box::new(move |lookup| {
        let client = client.clone();
        Box::pin(async move {
            match lookup.call {
                WORKER => worker(&client, &lookup.arn).await,
                OPERATION => operation(&client, &lookup.arn).await,
                _ => connector(&client, &lookup.arn).await,
            }
        })
    })
}

async fn connector(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_connector().connector_arn(arn).send().await;
    read_response(CONNECTOR, arn, response, |response| {
        let worker = response.worker_configuration;
        Ok(LookupResult::Resource(json!({
            "connectorConfiguration": response.connector_configuration,
            "workerConfiguration": worker.map(|worker| json!({
                "workerConfigurationArn": worker.worker_configuration_arn,
                "revision": worker.revision,
            })),
        })))
    })
}

/// The settings that an update requests; an update of only the capacity has none.
async fn operation(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_connector_operation().connector_operation_arn(arn).send().await;
    read_response(OPERATION, arn, response, |response| {
        let settings: Option<HashMap<String, String>> = response.target_connector_configuration;
        Ok(LookupResult::Resource(json!({ "targetConnectorConfiguration": settings })))
    })
}

async fn worker(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupOutcome {
    let response = client.describe_worker_configuration().worker_configuration_arn(arn).send().await;
    read_response(WORKER, arn, response, |response| {
        let latest = response.latest_revision;
        Ok(LookupResult::Resource(json!({
            "latestRevision": latest.map(|latest| json!({
                "revision": latest.revision,
                "propertiesFileContent": latest.properties_file_content,
            })),
        })))
    })
}
