//! Worker configurations of MSK Connect, whose properties every connector on them inherits.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateWorkerConfiguration` | the name; the properties are redacted | `kafkaconnect:DescribeWorkerConfiguration` | immediately |
//! | `DeleteWorkerConfiguration` | the worker configuration is gone | nothing | with a ledger, immediately |
//!
//! No public record of the call was found: the samples are built from the API model. No call changes the properties later.

mod msk_worker_plaintext_endpoint;
mod msk_worker_plaintext_secret;
mod msk_worker_unverified_tls;
mod remediation;
mod settings;

use crate::configuration::msk_worker_configuration::MskWorkerConfiguration;
use crate::configuration::resource::Resource;
use crate::connector::Secret;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, allow, call, deleting};
use crate::engine::existing::{Existing, Listing, Next};
use crate::engine::facts::Facts;
use crate::engine::lookup::Lookup;
use crate::rules::connect::{DESCRIBE_WORKER, WORKER_OUTPUT};

/// Calls on worker configurations.
pub static DETECTOR: Detector = Detector {
    name: "msk-worker-configuration",
    event_source: "kafkaconnect.amazonaws.com",
    calls: &[call("CreateWorkerConfiguration")],
    closing: &[deleting(call("DeleteWorkerConfiguration"))],
    permissions: &[DESCRIBE_WORKER],
    read: |call| {
        let (resource, worker) = MskWorkerConfiguration::read(call);
        match call.name {
            "DeleteWorkerConfiguration" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(worker)),
        }
    },
    cli_outputs: &[WORKER_OUTPUT],
    rules: &[
        &msk_worker_plaintext_endpoint::RULE,
        &msk_worker_plaintext_secret::RULE,
        &msk_worker_unverified_tls::RULE,
    ],
};

/// The worker configurations of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforkafkaconnect.html>
static LIST_WORKERS: Listing = Listing {
    permission: allow("kafkaconnect:ListWorkerConfigurations", "*"),
    parameters: r#"{"maxResults": 100}"#,
    entries: "workerConfigurations",
    next: Some(Next { more: "", token: "nextToken", parameter: "nextToken" }),
    of: None,
};

/// Worker configurations that exist. An entry of the list does not show the properties.
pub(super) static WORKERS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_WORKERS,
    described_by: None,
    permissions: &[DESCRIBE_WORKER],
    is_policy: false,
    read: |entry| {
        let arn = entry.text("workerConfigurationArn")?.to_owned();
        let resource = Resource::new("AWS::KafkaConnect::WorkerConfiguration", Some(arn), entry.text("name"));
        Some((resource, Box::new(MskWorkerConfiguration::existing())))
    },
};

impl Configuration for MskWorkerConfiguration {
    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        Some(Box::new(settings::resolve(self, context)?))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.report {
            Err(_) => vec![Lookup::new(DESCRIBE_WORKER.action, arn)],
            Ok(_) => Vec::new(),
        }
    }

    fn secrets(&self) -> &[Secret] {
        self.report.as_ref().map_or(&[], |report| &report.seen_secrets)
    }
}

#[cfg(test)]
mod tests;
