//! MSK Connect connectors.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateConnector` | encryption and authentication towards Kafka, logs; the connector's settings are redacted | `kafkaconnect:DescribeConnector`, `kafkaconnect:DescribeWorkerConfiguration`, the key of an S3 sink | immediately |
//! | `DeleteConnector` | the connector is gone | nothing | with a ledger, immediately |
//! | `UpdateConnector` | capacity, the new worker configuration, or that the settings change | `kafkaconnect:DescribeConnectorOperation` for the new settings, then as above | immediately |

mod description;
mod msk_connector_plaintext_destination;
mod msk_connector_plaintext_kafka;
mod msk_connector_plaintext_secret;
mod msk_connector_unauthenticated_kafka;
mod msk_connector_unencrypted_output;
mod msk_connector_unverified_tls;
mod msk_connector_without_logs;
mod remediation;
mod settings;

use crate::configuration::key::KeyRef;
use crate::configuration::msk_connector::MskConnector;
use crate::configuration::resource::Resource;
use crate::connector::Secret;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, allow, call, deleting};
use crate::engine::existing::{Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::connect::{DESCRIBE_WORKER, WORKER_OUTPUT};
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::msk_connector::description::{DESCRIBE_CONNECTOR, DESCRIBE_OPERATION};

/// Calls on MSK Connect connectors.
pub static DETECTOR: Detector = Detector {
    name: "msk-connector",
    event_source: "kafkaconnect.amazonaws.com",
    calls: &[call("CreateConnector"), call("UpdateConnector")],
    closing: &[deleting(call("DeleteConnector"))],
    permissions: &[DESCRIBE_CONNECTOR, DESCRIBE_OPERATION, DESCRIBE_WORKER, DESCRIBE_KEY],
    read: |call| {
        let (resource, connector) = MskConnector::read(call);
        match call.name {
            "DeleteConnector" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(connector)),
        }
    },
    cli_outputs: &[
        CliOutput::whole(DESCRIBE_OPERATION.action, "connectorOperationArn"),
        CliOutput::whole(DESCRIBE_CONNECTOR.action, "connectorArn"),
        WORKER_OUTPUT,
    ],
    rules: &[
        &msk_connector_plaintext_destination::RULE,
        &msk_connector_plaintext_kafka::RULE,
        &msk_connector_plaintext_secret::RULE,
        &msk_connector_unauthenticated_kafka::RULE,
        &msk_connector_unencrypted_output::RULE,
        &msk_connector_unverified_tls::RULE,
        &msk_connector_without_logs::RULE,
    ],
};

/// The connectors of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforkafkaconnect.html>
static LIST_CONNECTORS: Listing = Listing {
    permission: allow("kafkaconnect:ListConnectors", "*"),
    parameters: r#"{"maxResults": 100}"#,
    entries: "connectors",
    next: Some(Next { more: "", token: "nextToken", parameter: "nextToken" }),
    of: None,
};

/// Connectors that exist. An entry of the list does not show the settings.
pub(super) static CONNECTORS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_CONNECTORS,
    described_by: None,
    permissions: &[DESCRIBE_CONNECTOR, DESCRIBE_WORKER, DESCRIBE_KEY],
    is_policy: false,
    read: |entry| {
        let arn = entry.text("connectorArn")?.to_owned();
        let resource = Resource::new("AWS::KafkaConnect::Connector", Some(arn), entry.text("connectorName"));
        Some((resource, Box::new(MskConnector::existing())))
    },
};

impl Configuration for MskConnector {
    fn keys(&self) -> Vec<&KeyRef> {
        self.key.iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        Some(Box::new(description::resolve(self, context)?))
    }

    fn lookups(&self, arn: &str, facts: &Facts) -> Vec<Lookup> {
        if !self.redacted || self.is_deleted() {
            return Vec::new();
        }
        let mut lookups = vec![Lookup::new(DESCRIBE_CONNECTOR.action, arn)];
        lookups.extend(self.operation_arn.as_deref().map(|arn| Lookup::new(DESCRIBE_OPERATION.action, arn)));
        let worker = match &self.worker {
            Some(worker) => worker.arn(),
            None => description::worker_arn(facts, arn),
        };
        lookups.extend(worker.map(|arn| Lookup::new(DESCRIBE_WORKER.action, arn)));
        lookups
    }

    fn secrets(&self) -> &[Secret] {
        self.report.as_ref().and_then(|report| report.as_ref().ok()).map_or(&[], |report| &report.seen_secrets)
    }
}

#[cfg(test)]
mod tests;
