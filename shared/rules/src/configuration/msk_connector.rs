//! MSK Connect connectors: `CreateConnector`, `UpdateConnector`.
//!
//! <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateConnector.html>

use super::{Call, Configuration};
use crate::change::Resource;
use crate::rule::Outcome;
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
    /// The connector's own settings: CloudTrail redacts them.
    pub settings: Node<'a>,
}

impl MskConnector<'_> {
    /// Reads a call on a connector.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let delivery = call.request(&["logDelivery", "workerLogDelivery"]);
        let on = |target: &str| delivery.at(&[target, "enabled"]).flag() == Said::Said(true);
        let connector = MskConnector {
            created: call.name == "CreateConnector",
            encryption: call.request(&["kafkaClusterEncryptionInTransit", "encryptionType"]).text(),
            authentication: call.request(&["kafkaClusterClientAuthentication", "authenticationType"]).text(),
            logs: match delivery {
                Said::Said(value) if !value.is_object() => Said::Redacted,
                node => node.map(|_| on("cloudWatchLogs") || on("firehose") || on("s3")),
            },
            settings: call.request(&["connectorConfiguration"]),
        };
        let arn = call.arn("connectorArn", "connectorArn");
        let resource = Resource::new("AWS::KafkaConnect::Connector", arn, call.requested("connectorName"));
        (resource, Configuration::MskConnector(connector))
    }
}

impl MskConnector<'_> {
    /// The answer of a rule on connector settings while nothing judges them.
    pub(crate) fn not_judged(&self) -> Outcome {
        match (self.created, self.settings) {
            (false, Said::NotSaid) => Outcome::not_applicable("the update does not touch the settings"),
            _ => Outcome::Unverified("connector settings are not judged yet".to_owned()),
        }
    }
}
