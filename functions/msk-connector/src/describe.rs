//! Looking up a connector's settings, and those of the worker it runs on.

use aws_config::SdkConfig;
use aws_sdk_kafkaconnect::Client;
use aws_sdk_kafkaconnect::config::http::HttpResponse;
use aws_sdk_kafkaconnect::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::change::Change;
use sealwatch_rules::configuration::Configuration;
use sealwatch_rules::connector::{Settings, Unreadable};
use sealwatch_rules::facts::{Connector, Fact, Facts, Worker};
use sealwatch_runtime::Described;

/// Describes the connector of a change. The runtime calls it for every event.
pub(crate) fn describe<'a>(config: &'a SdkConfig, change: &'a Change<'a>) -> Described<'a> {
    Box::pin(async move {
        let mut facts = Facts::default();
        let Configuration::MskConnector(connector) = &change.configuration else { return Ok(facts) };
        let hidden = matches!(connector.report, Some(Err(_)));
        let Some(arn) = change.resource.arn.as_deref().filter(|_| hidden) else { return Ok(facts) };
        let client = Client::new(config);
        let mut described = describe_connector(&client, arn).await?;
        if let (Ok(connector), Some(operation)) = (&mut described, connector.operation_arn) {
            // The connector itself shows its old settings until the update is through.
            match target(&client, operation).await? {
                Ok(Some(settings)) => connector.settings = Ok(settings),
                Ok(None) => {}
                Err(why) => described = Err(why),
            }
        }
        if let Ok(Connector { worker: Some((worker, _)), .. }) = &described {
            facts.put_worker(worker.clone(), describe_worker(&client, worker).await?);
        }
        facts.put_connector(arn.to_owned(), described);
        Ok(facts)
    })
}

async fn describe_connector(client: &Client, arn: &str) -> Result<Fact<Connector>, String> {
    let answer = client.describe_connector().connector_arn(arn).send().await;
    let answer = answered("kafkaconnect:DescribeConnector", arn, answer)?;
    Ok(answer.map(|answer| {
        let worker = answer
            .worker_configuration
            .and_then(|worker| Some((worker.worker_configuration_arn?, Some(worker.revision))));
        let settings = answer.connector_configuration.ok_or(Unreadable::Absent);
        Connector { settings: settings.map(Settings::from_iter), worker }
    }))
}

/// The settings that an update asks for; none where it asks for capacity only.
async fn target(client: &Client, arn: &str) -> Result<Fact<Option<Settings>>, String> {
    let answer = client.describe_connector_operation().connector_operation_arn(arn).send().await;
    let answer = answered("kafkaconnect:DescribeConnectorOperation", arn, answer)?;
    Ok(answer.map(|answer| answer.target_connector_configuration.map(Settings::from_iter)))
}

async fn describe_worker(client: &Client, arn: &str) -> Result<Fact<Worker>, String> {
    let answer = client.describe_worker_configuration().worker_configuration_arn(arn).send().await;
    let answer = answered("kafkaconnect:DescribeWorkerConfiguration", arn, answer)?;
    Ok(answer.and_then(|answer| {
        let latest = answer.latest_revision;
        let revision = latest.as_ref().map(|latest| latest.revision);
        let text = latest.and_then(|latest| latest.properties_file_content);
        let settings = text.and_then(|text| Settings::from_base64_properties(&text));
        let settings = settings.ok_or_else(|| format!("the worker configuration `{arn}` cannot be read"))?;
        Ok(Worker { settings, revision })
    }))
}

/// Tells what AWS answered from that it did not answer.
///
/// Only the code and the message of an error are used: its `Debug` form would hold the body of the answer, and that
/// may hold settings.
fn answered<T, E: ProvideErrorMetadata>(
    call: &str,
    arn: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Fact<T>, String> {
    let error = match answer {
        Ok(answer) => return Ok(Ok(answer)),
        Err(SdkError::ServiceError(error)) => error,
        Err(other) => {
            let problem = match other {
                SdkError::TimeoutError(_) => "no answer in time (timeout)",
                SdkError::DispatchFailure(_) => "no connection",
                SdkError::ResponseError(_) => "an answer that cannot be read",
                _ => "the call could not be made",
            };
            return Err(format!("`{call}` on `{arn}` was not answered: {problem}"));
        }
    };
    let status = error.raw().status().as_u16();
    let (code, message) = (error.err().code().unwrap_or_default(), error.err().message().unwrap_or_default());
    match (status, code) {
        (401 | 403, "" | "ForbiddenException" | "UnauthorizedException" | "AccessDeniedException" | "AccessDenied") => {
            Ok(Err(format!("`{call}` on `{arn}` was denied: allow it in the function's role")))
        }
        (404, _) => Ok(Err(format!("`{arn}` is gone: `{call}` does not find it"))),
        (400, "BadRequestException" | "ValidationException") => {
            Ok(Err(format!("`{call}` does not take `{arn}`: {message}")))
        }
        _ => Err(format!("`{call}` on `{arn}` was not answered: {status} {code} {message}")),
    }
}
