//! MSK Connect connectors: `CreateConnector`, `UpdateConnector`.
//!
//! <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateConnector.html>

use super::{Call, Configuration};
use crate::connector::{self, Output, Report, Settings};
use crate::key::{KeyRef, Place};
use crate::resource::Resource;
use crate::said::{Node, Said};

/// What a call says about a connector.
#[derive(Debug, Clone)]
pub struct MskConnector<'a> {
    /// True for `CreateConnector`; `UpdateConnector` changes capacity or settings alone.
    pub created: bool,
    /// `TLS` or `PLAINTEXT`, between the connector and the Kafka cluster.
    pub encryption: Said<&'a str>,
    /// `IAM` or `NONE`, towards the Kafka cluster.
    pub authentication: Said<&'a str>,
    /// True where worker logs go anywhere.
    pub logs: Said<bool>,
    /// What the connector's own settings come to, or why they cannot be seen; none where the call leaves
    /// them as they are.
    pub report: Option<Result<Box<Report>, String>>,
    /// The operation that an update started: it shows the new settings while the connector still shows the old.
    pub operation_arn: Option<&'a str>,
    /// The key that an S3 sink names for its objects.
    pub key: Option<KeyRef>,
    /// True where the settings could not be looked at because the connector was deleted.
    pub gone: bool,
}

impl MskConnector<'_> {
    /// Reads a call on a connector.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let delivery = call.request(&["logDelivery", "workerLogDelivery"]);
        let on = |target: &str| delivery.at(&[target, "enabled"]).flag() == Said::Said(true);
        let created = call.name == "CreateConnector";
        let report = report(created, call.request(&["connectorConfiguration"]));
        let connector = MskConnector {
            created,
            encryption: call.request(&["kafkaClusterEncryptionInTransit", "encryptionType"]).text(),
            authentication: call.request(&["kafkaClusterClientAuthentication", "authenticationType"]).text(),
            logs: match delivery {
                Said::Said(value) if !value.is_object() => Said::Redacted,
                node => node.map(|_| on("cloudWatchLogs") || on("firehose") || on("s3")),
            },
            operation_arn: call.response(&["connectorOperationArn"]).text().said(),
            key: key(&report, call.place),
            report,
            gone: false,
        };
        let arn = call.arn("connectorArn", "connectorArn");
        let resource = Resource::new("AWS::KafkaConnect::Connector", arn, call.requested("connectorName"));
        (resource, Configuration::MskConnector(connector))
    }
}

impl<'a> MskConnector<'a> {
    /// True where the call touches the settings and CloudTrail does not show them, so that `DescribeConnector` would tell.
    pub fn is_open(&self) -> bool {
        matches!(self.report, Some(Err(_)))
    }

    /// The same with what its settings come to, or why they cannot be seen.
    pub(crate) fn with(&self, report: Result<Box<Report>, String>, place: Place<'_>) -> MskConnector<'a> {
        let report = Some(report);
        MskConnector { key: key(&report, place), report, ..self.clone() }
    }
}

/// What a record says about a connector's settings, as far as CloudTrail shows them.
fn report(created: bool, settings: Node<'_>) -> Option<Result<Box<Report>, String>> {
    match settings {
        Said::NotSaid if !created => None,
        Said::Said(value) => {
            let settings =
                Settings::from_json(value).map_err(|_| Said::<()>::Redacted.missing("connectorConfiguration"));
            Some(settings.map(|settings| Box::new(connector::analyze(&settings, None))))
        }
        missing => Some(Err(missing.missing("connectorConfiguration"))),
    }
}

/// The key that a report found to be asked for.
fn key(report: &Option<Result<Box<Report>, String>>, place: Place<'_>) -> Option<KeyRef> {
    match report.as_ref()?.as_ref().ok()?.output.as_ref()? {
        Output::Key { key, .. } => Some(KeyRef::read(key, place)),
        _ => None,
    }
}
