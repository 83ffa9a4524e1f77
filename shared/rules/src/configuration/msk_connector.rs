//! MSK Connect connectors: `CreateConnector`, `UpdateConnector`.
//!
//! <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateConnector.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{self, Output, Report, Settings};
use crate::language::Text;

/// What a call says about a connector.
#[derive(Debug, Clone)]
pub(crate) struct MskConnector {
    /// True for `CreateConnector`. `UpdateConnector` changes only capacity or settings.
    pub created: bool,
    /// `TLS` or `PLAINTEXT`, between the connector and the Kafka cluster.
    pub encryption: Field<String>,
    /// `IAM` or `NONE`, for the Kafka cluster.
    pub authentication: Field<String>,
    /// True if worker logs are delivered anywhere.
    pub logs: Field<bool>,
    /// The analysis of the connector's settings, or why they are not known; `None` if the call changes neither them nor
    /// the worker configuration.
    pub report: Option<Result<Box<Report>, Text>>,
    /// The operation that an update started. It shows the new settings while the connector still shows the old ones.
    pub operation_arn: Option<String>,
    /// The worker configuration that an update switches the connector to; `None` if it stays.
    pub worker: Option<NewWorker>,
    /// The key that an S3 sink names for its objects.
    pub key: Option<KeyRef>,
    /// True if the settings decide and CloudTrail does not show them. `DescribeConnector` does.
    pub redacted: bool,
    /// True for a connector that a scan found: only its description says anything about it.
    pub exists: bool,
    /// Why the missing members are not known although they were looked up.
    pub unresolved: Option<Unresolved>,
}

/// The worker configuration that an update switches a connector to.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_UpdateConnector.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NewWorker {
    /// That of MSK Connect, which holds no secrets and no connections.
    Default,
    /// A revision of the worker configuration with this ARN.
    Custom {
        /// Its ARN.
        arn: String,
        /// Its revision.
        revision: Option<i64>,
    },
    /// The record does not show which.
    Hidden,
}

impl NewWorker {
    fn read(call: &Call<'_>) -> Option<NewWorker> {
        let worker = call.request(&["workerConfiguration"]);
        if let Some(arn) = worker.get("workerConfigurationArn").text().value() {
            let revision = worker.get("revision").number().value();
            return Some(NewWorker::Custom { arn: arn.to_owned(), revision });
        }
        match call.request(&["useDefaultWorkerConfiguration"]).flag() {
            _ if worker.is_present() => Some(NewWorker::Hidden),
            Field::Present(true) => Some(NewWorker::Default),
            Field::Redacted => Some(NewWorker::Hidden),
            _ => None,
        }
    }

    /// The ARN of a worker configuration that can be looked up.
    pub(crate) fn arn(&self) -> Option<&str> {
        match self {
            NewWorker::Custom { arn, .. } => Some(arn),
            NewWorker::Default | NewWorker::Hidden => None,
        }
    }
}

impl MskConnector {
    /// A connector that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> MskConnector {
        MskConnector {
            exists: true,
            report: Some(Err(Text::literal("the connector was not looked up"))),
            redacted: true,
            ..MskConnector::from_members(Field::Omitted)
        }
    }

    /// Reads a call on a connector.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, MskConnector) {
        let created = call.name == "CreateConnector";
        let worker = if created { None } else { NewWorker::read(call) };
        // A switch to another worker configuration matters together with the settings that the connector has.
        let kept = || worker.as_ref().map(|_| Err(Text::literal("the call shows no settings of the connector")));
        let report = report(created, call.request(&["connectorConfiguration"])).or_else(kept);
        let connector = MskConnector {
            created,
            operation_arn: call.response(&["connectorOperationArn"]).text().value().map(str::to_owned),
            worker,
            key: key(&report, call.scope),
            redacted: matches!(report, Some(Err(_))),
            report,
            ..MskConnector::from_members(call.payload.request())
        };
        let arn = call.arn("connectorArn", "connectorArn");
        let resource = Resource::new("AWS::KafkaConnect::Connector", arn, call.requested("connectorName"));
        (resource, connector)
    }

    /// The members besides the settings, which calls and descriptions share.
    fn from_members(connector: Node<'_>) -> MskConnector {
        let delivery = connector.at(&["logDelivery", "workerLogDelivery"]);
        let on = |target: &str| delivery.at(&[target, "enabled"]).flag() == Field::Present(true);
        let text = |names: &[&str]| connector.at(names).text().map(str::to_owned);
        MskConnector {
            created: true,
            encryption: text(&["kafkaClusterEncryptionInTransit", "encryptionType"]),
            authentication: text(&["kafkaClusterClientAuthentication", "authenticationType"]),
            logs: match delivery {
                Field::Present(value) if !value.is_object() => Field::Redacted,
                node => node.map(|_| on("cloudWatchLogs") || on("firehose") || on("s3")),
            },
            report: None,
            operation_arn: None,
            worker: None,
            key: None,
            redacted: false,
            exists: false,
            unresolved: None,
        }
    }

    /// A connector that exists, as `DescribeConnector` shows it, without its settings.
    pub(crate) fn with_description(&self, connector: Result<Node<'_>, Unresolved>) -> MskConnector {
        let (report, redacted) = (self.report.clone(), self.redacted);
        match connector {
            Ok(connector) if connector.get("connectorState").text() == Field::Present("DELETING") => {
                MskConnector { unresolved: Some(Unresolved::Deleted), ..self.clone() }
            }
            Ok(connector) => MskConnector {
                exists: true,
                report,
                redacted,
                unresolved: Some(Unresolved::NotShown("DescribeConnector")),
                ..MskConnector::from_members(connector)
            },
            Err(unresolved) => MskConnector { unresolved: Some(unresolved), ..self.clone() },
        }
    }

    /// True if the connector was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.unresolved == Some(Unresolved::Deleted)
    }

    /// The connector with this analysis of its settings, or with the reason why they are not known.
    pub(crate) fn with_report(&self, report: Result<Box<Report>, Text>, scope: Scope<'_>) -> MskConnector {
        let report = Some(report);
        MskConnector { key: key(&report, scope), report, ..self.clone() }
    }
}

/// The analysis of the settings in the record; `None` if the call does not change them.
fn report(created: bool, settings: Node<'_>) -> Option<Result<Box<Report>, Text>> {
    match settings {
        Field::Absent if !created => None,
        Field::Present(value) => {
            let settings =
                Settings::from_json(value).map_err(|_| Field::<()>::Redacted.missing("connectorConfiguration"));
            Some(settings.map(|settings| Box::new(connector::analyze(&settings, None))))
        }
        missing => Some(Err(missing.missing("connectorConfiguration"))),
    }
}

/// The key that the settings name for the objects that the connector writes.
fn key(report: &Option<Result<Box<Report>, Text>>, scope: Scope<'_>) -> Option<KeyRef> {
    match report.as_ref()?.as_ref().ok()?.output.as_ref()? {
        Output::Key { key, .. } => Some(KeyRef::read(key, scope)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::testing::with_call;
    use serde_json::json;

    #[test]
    fn a_call_names_a_worker_configuration_or_the_default_or_hides_it() {
        const ARN: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/w/1";
        let custom = |revision| Some(NewWorker::Custom { arn: ARN.to_owned(), revision });
        for (request, want) in [
            (json!({"workerConfiguration": {"workerConfigurationArn": ARN, "revision": 2}}), custom(Some(2))),
            (json!({"workerConfiguration": {"workerConfigurationArn": ARN}}), custom(None)),
            (json!({"workerConfiguration": "***"}), Some(NewWorker::Hidden)),
            (json!({"workerConfiguration": {}, "useDefaultWorkerConfiguration": true}), Some(NewWorker::Hidden)),
            (json!({"useDefaultWorkerConfiguration": true}), Some(NewWorker::Default)),
            (json!({"useDefaultWorkerConfiguration": "***"}), Some(NewWorker::Hidden)),
            (json!({"useDefaultWorkerConfiguration": false}), None),
            (json!({}), None),
        ] {
            let record = json!({ "requestParameters": request });
            assert_eq!(with_call("UpdateConnector", record, NewWorker::read), want, "{request}");
        }
    }
}
