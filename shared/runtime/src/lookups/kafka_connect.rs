//! Connectors, their updates in progress, and their worker configurations: the settings that CloudTrail redacts.

use aws_config::SdkConfig;
use sealwatch_rules::connector::{Settings, Unreadable};
use sealwatch_rules::facts::{Connector, Worker};
use sealwatch_rules::judge::Need;
use sealwatch_rules::text::plain;

use super::service::{Answer, Client, LookupError, LookupResult, Service, read_response};

/// Amazon MSK Connect.
pub static KAFKA_CONNECT: Service = Service {
    name: "kafkaconnect",
    answers: |need| matches!(need, Need::Connector(_) | Need::ConnectorOperation(_) | Need::Worker(_)),
    connect,
};

fn connect(config: &SdkConfig) -> Client {
    let client = aws_sdk_kafkaconnect::Client::new(config);
    Box::new(move |need| {
        let client = client.clone();
        Box::pin(async move {
            match &need {
                Need::Worker(arn) => worker(&client, arn).await,
                Need::ConnectorOperation(arn) => operation(&client, arn).await,
                need => connector(&client, need.arn()).await,
            }
        })
    })
}

async fn connector(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupResult {
    let response = client.describe_connector().connector_arn(arn).send().await;
    read_response("kafkaconnect:DescribeConnector", arn, response, |response| {
        let worker = response.worker_configuration;
        let worker = worker.and_then(|worker| Some((worker.worker_configuration_arn?, Some(worker.revision))));
        let settings = response.connector_configuration.ok_or(Unreadable::Absent);
        Ok(Answer::Connector(Connector { settings: settings.map(Settings::from_iter), worker }))
    })
}

/// The settings that an update requests; an update of only the capacity has none.
async fn operation(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupResult {
    let response = client.describe_connector_operation().connector_operation_arn(arn).send().await;
    read_response("kafkaconnect:DescribeConnectorOperation", arn, response, |response| {
        let settings = response.target_connector_configuration.ok_or(Unreadable::Absent);
        Ok(Answer::Connector(Connector { settings: settings.map(Settings::from_iter), worker: None }))
    })
}

async fn worker(client: &aws_sdk_kafkaconnect::Client, arn: &str) -> LookupResult {
    let response = client.describe_worker_configuration().worker_configuration_arn(arn).send().await;
    read_response("kafkaconnect:DescribeWorkerConfiguration", arn, response, |response| {
        let latest = response.latest_revision;
        let revision = latest.as_ref().map(|latest| latest.revision);
        let text = latest.and_then(|latest| latest.properties_file_content);
        match text.and_then(|text| Settings::from_base64_properties(&text)) {
            Some(settings) => Ok(Answer::Worker(Worker { settings, revision })),
            None => Err(LookupError::Unknown(format!("the worker configuration `{}` cannot be read", plain(arn)))),
        }
    })
}
