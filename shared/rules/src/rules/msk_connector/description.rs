//! The settings that CloudTrail redacts, as look-ups of the connector, its update and its worker configuration show them.

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::msk_connector::{MskConnector, NewWorker};
use crate::configuration::unresolved::Unresolved;
use crate::connector::{self, Report, Settings, Unreadable};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Permission, allow};
use crate::engine::facts::{Fact, Facts};
use crate::engine::lookup::run_and_pass;
use crate::language::{Text, text};
use crate::rules::connect::{DESCRIBE_WORKER, read_worker, why_unknown};

/// The look-up of a connector.
pub(super) const DESCRIBE_CONNECTOR: Permission =
    allow("kafkaconnect:DescribeConnector", "arn:{partition}:kafkaconnect:{region}:{account}:connector/*/*")
        .by("connectorArn");
/// The look-up of an update.
pub(super) const DESCRIBE_OPERATION: Permission = allow(
    "kafkaconnect:DescribeConnectorOperation",
    "arn:{partition}:kafkaconnect:{region}:{account}:connector-operation/*/*/*",
)
.by("connectorOperationArn");
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
    let description = arn.and_then(|arn| facts.resource(DESCRIBE_CONNECTOR.action, arn));
    let connector = match &description {
        Some(Err(Unresolved::Deleted)) => {
            return Some(MskConnector { unresolved: Some(Unresolved::Deleted), ..connector.clone() });
        }
        Some(description) if connector.exists => &connector.with_description(description.clone()),
        _ => connector,
    };
    if connector.is_deleted() {
        return Some(connector.clone());
    }
    let own = arn.and_then(|arn| described(facts, DESCRIBE_CONNECTOR, arn));
    let operation = connector.operation_arn.as_deref();
    let operation = operation.and_then(|arn| described(facts, DESCRIBE_OPERATION, arn)).filter(has_settings);
    let report = match operation.as_ref().or(own.as_ref()) {
        _ if connector.exists && is_updating(description.as_ref()) => {
            let updating = Unresolved::InProgress("UPDATING".to_owned());
            Err(why_unknown(updating, context.arn()))
        }
        Some(Ok(described)) => {
            let worker = match &connector.worker {
                Some(worker) => new_worker(worker, facts),
                None => current_worker(own.as_ref().map_or(Ok(described), Result::as_ref), facts),
            };
            report(described, worker)
        }
        Some(Err(why)) => Err(why.clone()),
        None => Err(not_looked_up(why, arn)),
    };
    Some(connector.with_report(report, context.scope))
}

fn is_updating(description: Option<&Result<Node<'_>, Unresolved>>) -> bool {
    let state = description.and_then(|description| description.as_ref().ok()?.get("connectorState").text().value());
    state == Some("UPDATING")
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

fn not_looked_up(why: &Text, arn: Option<&str>) -> Text {
    let Some(arn) = arn else { return why.clone() };
    text!("{why}: {command}", why, command = run_and_pass("kafkaconnect describe-connector", "--connector-arn", arn))
}

/// The settings of the worker configuration that the described connector runs with; `None` if it has none of its own.
fn current_worker(runs_with: Result<&Connector<'_>, &Text>, facts: &Facts) -> Fact<Option<Settings>> {
    match runs_with {
        Ok(connector) => connector.worker.and_then(|(arn, revision)| worker_settings(facts, arn, revision)).transpose(),
        Err(why) => Err(why.clone()),
    }
}

/// The settings of the worker configuration that an update switches to; `None` for that of MSK Connect.
fn new_worker(worker: &NewWorker, facts: &Facts) -> Fact<Option<Settings>> {
    match worker {
        NewWorker::Default => Ok(None),
        NewWorker::Hidden => Err(Field::<()>::Redacted.missing("workerConfiguration")),
        NewWorker::Custom { arn, revision } => {
            let not_looked_up = || {
                let describe = "kafkaconnect describe-worker-configuration";
                let command = run_and_pass(describe, "--worker-configuration-arn", arn);
                Err(text!("the new worker configuration is not known: {command}", command))
            };
            worker_settings(facts, arn, *revision).unwrap_or_else(not_looked_up).map(Some)
        }
    }
}

/// The analysis of the described settings with those of the worker.
fn report(described: &Connector<'_>, worker: Fact<Option<Settings>>) -> Fact<Box<Report>> {
    let settings = described.settings.as_ref().map_err(|why| why.text())?;
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
        return Some(Err(Text::literal(
            "the connector runs with an older revision of its worker configuration, which AWS does not show",
        )));
    }
    Some(read_worker(answer).map_err(|problem| text!("`{arn}`: {problem}", arn, problem)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::rules::msk_connector::msk_connector_plaintext_destination::RULE;
    use crate::rules::testing::{answer, name};

    #[test]
    fn an_update_to_another_worker_configuration_is_evaluated_with_it() {
        let arn = |kind: &str| format!("arn:aws:kafkaconnect:eu-west-1:111122223333:{kind}/orders/1");
        let old = json!({"workerConfigurationArn": arn("old"), "revision": 1});
        let connector = json!({"connectorArn": arn("connector"), "workerConfiguration": old,
            "connectorConfiguration": {"connector.class": "io.confluent.connect.s3.S3SinkConnector"}});
        let worker = |arn: &str, scheme: &str| {
            let lines = format!("config.providers.vault.param.address={scheme}://vault.example.com");
            json!({"workerConfigurationArn": arn, "latestRevision":
                {"revision": 1, "propertiesFileContent": base64_simd::STANDARD.encode_to_string(lines)}})
        };
        let facts = [connector, worker(&arn("old"), "https"), worker(&arn("new"), "http")];
        let outcome = |facts: &[Value], mut request: Value| {
            request["connectorArn"] = json!(arn("connector"));
            name(&answer(&RULE, "", facts, "UpdateConnector", &request, &Value::Null))
        };
        let to = |worker: &str, revision: i64| json!({"workerConfiguration": {"workerConfigurationArn": arn(worker), "revision": revision}});
        assert_eq!(outcome(&facts, to("new", 1)), "violation");
        assert_eq!(outcome(&facts, to("new", 2)), "unverified");
        assert_eq!(outcome(&facts, to("old", 1)), "compliant");
        assert_eq!(outcome(&facts[..1], to("new", 1)), "unverified");
        assert_eq!(outcome(&facts, json!({"workerConfiguration": "***"})), "unverified");
        assert_eq!(outcome(&facts, json!({"useDefaultWorkerConfiguration": true})), "compliant");
        assert_eq!(outcome(&facts, json!({"useDefaultWorkerConfiguration": false})), "not-applicable");
        assert_eq!(outcome(&[], to("new", 1)), "unverified");
    }
}
