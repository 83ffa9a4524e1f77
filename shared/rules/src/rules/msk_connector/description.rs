//! The settings that CloudTrail redacts, as look-ups of the connector, its update and its worker configuration show them.

use crate::cloudtrail::field::Node;
use crate::configuration::msk_connector::MskConnector;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{self, Report, Settings, Unreadable};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Permission, allow};
use crate::engine::facts::{Fact, Facts};
use crate::util::text::{plain, run_and_pass};

/// The look-up of a connector.
pub(super) const DESCRIBE_CONNECTOR: Permission =
    allow("kafkaconnect:DescribeConnector", "arn:{partition}:kafkaconnect:{region}:{account}:connector/*/*");
/// The look-up of an update.
pub(super) const DESCRIBE_OPERATION: Permission = allow(
    "kafkaconnect:DescribeConnectorOperation",
    "arn:{partition}:kafkaconnect:{region}:{account}:connector-operation/*/*/*",
);
/// The look-up of a worker configuration.
pub(super) const DESCRIBE_WORKER: Permission = allow(
    "kafkaconnect:DescribeWorkerConfiguration",
    "arn:{partition}:kafkaconnect:{region}:{account}:worker-configuration/*/*",
);

/// A connector as `DescribeConnector` shows it, or the settings that an update gives it, as `DescribeConnectorOperation`
/// shows them.
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
    worker(facts.resource(DESCRIBE_CONNECTOR.action, arn)?.ok()?).map(|(arn, _)| arn)
}

/// The connector with the settings that AWS described. `None` if the record shows the settings or the call does not
/// change them.
///
/// The operation that an update started has the new settings; the connector shows the old ones until the update is
/// complete.
pub(super) fn resolve(connector: &MskConnector, context: &RuleContext<'_>) -> Option<MskConnector> {
    let Some(Err(why)) = &connector.report else { return None };
    let (arn, facts) = (context.resource.arn.as_deref(), context.facts);
    if let Some(Err(Unresolved::Deleted)) = arn.and_then(|arn| facts.resource(DESCRIBE_CONNECTOR.action, arn)) {
        return Some(MskConnector { deleted: true, ..connector.clone() });
    }
    let own = arn.and_then(|arn| described(facts, DESCRIBE_CONNECTOR, arn));
    let operation = connector.operation_arn.as_deref();
    let operation = operation.and_then(|arn| described(facts, DESCRIBE_OPERATION, arn)).filter(has_settings);
    let report = match operation.as_ref().or(own.as_ref()) {
        Some(Ok(described)) => report(described, own.as_ref().map_or(Ok(described), Result::as_ref), facts),
        Some(Err(why)) => Err(why.clone()),
        None => Err(not_looked_up(why, arn)),
    };
    Some(connector.with_report(report, context.scope))
}

/// What AWS described of the connector or operation with this ARN, or why that is not known; `None` if it was not looked up.
fn described<'a>(facts: &'a Facts, look_up: Permission, arn: &str) -> Option<Fact<Connector<'a>>> {
    let description = facts.resource(look_up.action, arn)?;
    Some(description.map(Connector::read).map_err(|unresolved| why_unknown(unresolved, arn)))
}

/// False for an operation that changes only the capacity.
fn has_settings(operation: &Fact<Connector<'_>>) -> bool {
    !matches!(operation, Ok(Connector { settings: Err(Unreadable::Absent), .. }))
}

fn not_looked_up(why: &str, arn: Option<&str>) -> String {
    let Some(arn) = arn else { return why.to_owned() };
    format!("{why}: {}", run_and_pass("kafkaconnect describe-connector", "--connector-arn", arn))
}

fn why_unknown(unresolved: Unresolved, arn: &str) -> String {
    match unresolved {
        Unresolved::Unknown(why) => why,
        Unresolved::Deleted => format!("`{}` was deleted", plain(arn)),
        Unresolved::InProgress(status) => format!("`{}` is still {}", plain(arn), plain(&status)),
    }
}

/// The analysis of the described settings with the worker configuration that the connector runs with.
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

/// The settings of a worker configuration, or why they are not known; `None` if they were not looked up.
/// `DescribeWorkerConfiguration` shows only the latest revision.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeWorkerConfiguration.html>
fn worker_settings(facts: &Facts, arn: &str, revision: Option<i64>) -> Option<Fact<Settings>> {
    let answer = match facts.resource(DESCRIBE_WORKER.action, arn)? {
        Ok(answer) => answer,
        Err(unresolved) => return Some(Err(why_unknown(unresolved, arn))),
    };
    let latest = answer.get("latestRevision");
    let found = latest.get("revision").number().value();
    if revision.is_some() && found.is_some() && revision != found {
        let why = "the connector runs with an older revision of its worker configuration, which AWS does not show";
        return Some(Err(why.to_owned()));
    }
    Some(read_worker(answer).map_err(|problem| format!("`{}`: {problem}", plain(arn))))
}

fn read_worker(answer: Node<'_>) -> Result<Settings, &'static str> {
    let content = answer.at(&["latestRevision", "propertiesFileContent"]).text().value();
    let settings = content.and_then(Settings::from_base64_properties);
    settings.ok_or("`latestRevision.propertiesFileContent` is missing, truncated or not base64")
}

/// Says what is wrong with a description of a worker configuration.
pub(super) fn check_worker(answer: Node<'_>) -> Result<(), String> {
    read_worker(answer).map(|_| ()).map_err(str::to_owned)
}
