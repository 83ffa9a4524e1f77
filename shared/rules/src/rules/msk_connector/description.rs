//! The settings that CloudTrail redacts, from what MSK Connect answers about a connector, an update of it, and the worker
//! configuration it runs with.

use crate::cloudtrail::field::Node;
use crate::configuration::msk_connector::MskConnector;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{self, Report, Settings, Unreadable};
use crate::engine::context::RuleContext;
use crate::engine::facts::{Fact, Facts};
use crate::util::text::{plain, shell};

/// A connector, as `DescribeConnector` answers, or as `DescribeConnectorOperation` says an update changes it.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeConnector.html>
struct Connector<'a> {
    settings: Result<Settings, Unreadable>,
    /// The ARN and the revision of the worker configuration that it runs with.
    worker: Option<(&'a str, Option<i64>)>,
}

impl<'a> Connector<'a> {
    fn read(answer: Node<'a>) -> Connector<'a> {
        let target = || answer.get("targetConnectorConfiguration");
        let configuration = answer.get("connectorConfiguration").or(target).value();
        Connector {
            settings: configuration.map_or(Err(Unreadable::Absent), Settings::from_json),
            worker: worker(answer),
        }
    }
}

fn worker(answer: Node<'_>) -> Option<(&str, Option<i64>)> {
    let worker = answer.get("workerConfiguration");
    let arn = worker.get("workerConfigurationArn").text().value()?;
    Some((arn, worker.get("revision").number().value()))
}

/// The ARN of the worker configuration that the described connector with this ARN runs with.
pub(super) fn worker_arn<'a>(facts: &'a Facts, arn: &str) -> Option<&'a str> {
    worker(facts.resource(arn)?.ok()?).map(|(arn, _)| arn)
}

/// The connector with the settings that AWS described: those of the operation that an update started, or else those of
/// the connector, which shows its old settings until the update is complete. `None` if the record shows the settings or
/// leaves them as they are.
pub(super) fn resolve(connector: &MskConnector, context: &RuleContext<'_>) -> Option<MskConnector> {
    let Some(Err(why)) = &connector.report else { return None };
    let arn = context.resource.arn.as_deref();
    let own = arn.and_then(|arn| context.facts.resource(arn));
    if let Some(Err(Unresolved::Deleted)) = own {
        return Some(MskConnector { deleted: true, ..connector.clone() });
    }
    let own = own.map(|own| read(own, arn.unwrap_or_default()));
    let operation_arn = connector.operation_arn.as_deref();
    let operation = operation_arn.and_then(|arn| Some(read(context.facts.resource(arn)?, arn)));
    // an operation that changes the capacity has no settings
    let operation = operation
        .filter(|operation| !operation.as_ref().is_ok_and(|found| matches!(found.settings, Err(Unreadable::Absent))));
    let report = match operation.as_ref().or(own.as_ref()) {
        Some(Ok(described)) => {
            let runs_with = match &own {
                Some(own) => own.as_ref(),
                None => Ok(described),
            };
            report(described, runs_with, context.facts)
        }
        Some(Err(why)) => Err(why.clone()),
        None => Err(match arn {
            Some(arn) => {
                let arn = shell(&plain(arn));
                format!(
                    "{why}: run `aws kafkaconnect describe-connector --connector-arn {arn}` and pass its output with --facts"
                )
            }
            None => why.clone(),
        }),
    };
    Some(connector.with_report(report, context.scope))
}

fn read<'a>(described: Result<Node<'a>, Unresolved>, arn: &str) -> Fact<Connector<'a>> {
    described.map(Connector::read).map_err(|unresolved| why(unresolved, arn))
}

fn why(unresolved: Unresolved, arn: &str) -> String {
    match unresolved {
        Unresolved::Unknown(why) => why,
        Unresolved::Deleted => format!("`{}` was deleted", plain(arn)),
        Unresolved::InProgress(status) => format!("`{}` is still {}", plain(arn), plain(&status)),
    }
}

/// The analysis of the described settings, on the worker that the connector runs with.
fn report(
    described: &Connector<'_>,
    runs_with: Result<&Connector<'_>, &String>,
    facts: &Facts,
) -> Result<Box<Report>, String> {
    let settings = described.settings.as_ref().map_err(Unreadable::to_string)?;
    let worker = match runs_with {
        Ok(connector) => connector.worker.and_then(|(arn, revision)| worker_settings(facts, arn, revision)).transpose(),
        Err(why) => Err(why.clone()),
    };
    let (worker, worker_unavailable) = match worker {
        Ok(worker) => (worker, None),
        Err(why) => (None, Some(why)),
    };
    Ok(Box::new(Report { worker_unavailable, ..connector::analyze(settings, worker.as_ref()) }))
}

/// The settings of a worker configuration, as `DescribeWorkerConfiguration` answers: its latest revision. `None` if
/// nobody looked.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeWorkerConfiguration.html>
fn worker_settings(facts: &Facts, arn: &str, revision: Option<i64>) -> Option<Fact<Settings>> {
    let answer = match facts.resource(arn)? {
        Ok(answer) => answer,
        Err(unresolved) => return Some(Err(why(unresolved, arn))),
    };
    let latest = answer.get("latestRevision");
    let found = latest.get("revision").number().value();
    if revision.is_some() && found.is_some() && revision != found {
        let why = "the connector runs with an older revision of its worker configuration, which AWS does not show";
        return Some(Err(why.to_owned()));
    }
    let content = latest.get("propertiesFileContent").text().value();
    let settings = content.and_then(Settings::from_base64_properties);
    Some(
        settings.ok_or_else(|| {
            format!("`latestRevision.propertiesFileContent` of `{}` is missing or not base64", plain(arn))
        }),
    )
}
