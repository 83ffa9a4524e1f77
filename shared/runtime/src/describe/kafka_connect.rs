//! Connectors, the updates that are under way, and the workers they run on: the settings that CloudTrail redacts.

use aws_config::SdkConfig;
use aws_sdk_kafkaconnect::Client;
use sealwatch_rules::connector::{Settings, Unreadable};
use sealwatch_rules::facts::{Connector, Worker};
use sealwatch_rules::judge::Need;
use sealwatch_rules::text::plain;

use super::{Answer, Ask, Service, answered};

/// Amazon MSK Connect.
pub static KAFKA_CONNECT: Service = Service {
    answers: |need| matches!(need, Need::Connector(_) | Need::ConnectorOperation(_) | Need::Worker(_)),
    connect,
};

fn connect(config: &SdkConfig) -> Ask {
    let client = Client::new(config);
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

async fn connector(client: &Client, arn: &str) -> Result<Answer, String> {
    let answer = client.describe_connector().connector_arn(arn).send().await;
    answered("kafkaconnect:DescribeConnector", arn, answer, |answer| {
        let worker = answer.worker_configuration;
        let worker = worker.and_then(|worker| Some((worker.worker_configuration_arn?, Some(worker.revision))));
        let settings = answer.connector_configuration.ok_or(Unreadable::Absent);
        Answer::Connector(Connector { settings: settings.map(Settings::from_iter), worker })
    })
}

/// The settings that an update asks for; one of the capacity alone has none.
async fn operation(client: &Client, arn: &str) -> Result<Answer, String> {
    let answer = client.describe_connector_operation().connector_operation_arn(arn).send().await;
    answered("kafkaconnect:DescribeConnectorOperation", arn, answer, |answer| {
        let settings = answer.target_connector_configuration.ok_or(Unreadable::Absent);
        Answer::Connector(Connector { settings: settings.map(Settings::from_iter), worker: None })
    })
}

async fn worker(client: &Client, arn: &str) -> Result<Answer, String> {
    let answer = client.describe_worker_configuration().worker_configuration_arn(arn).send().await;
    answered("kafkaconnect:DescribeWorkerConfiguration", arn, answer, |answer| {
        let latest = answer.latest_revision;
        let revision = latest.as_ref().map(|latest| latest.revision);
        let text = latest.and_then(|latest| latest.properties_file_content);
        match text.and_then(|text| Settings::from_base64_properties(&text)) {
            Some(settings) => Answer::Worker(Worker { settings, revision }),
            None => Answer::Unknown(format!("the worker configuration `{}` cannot be read", plain(arn))),
        }
    })
}
