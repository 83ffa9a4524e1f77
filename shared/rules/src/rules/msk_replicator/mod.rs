//! MSK replicators.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateReplicator` | the connections to the clusters | `kafka:DescribeReplicator` if the encryption of a self-managed cluster is not set, or is redacted or omitted | immediately |
//! | `DeleteReplicator` | the replicator is gone | nothing | with a ledger, immediately |
//!
//! No public record of the call was found: the samples are built from the API model. `UpdateReplicationInfo` cannot change
//! a connection.

mod msk_replicator_plaintext;
mod remediation;

use crate::cloudtrail::field::Field;
use crate::configuration::msk_replicator::MskReplicator;
use crate::configuration::resource::Resource;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting};
use crate::engine::existing::{Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;

/// The look-up of a replicator.
const DESCRIBE_REPLICATOR: Permission =
    allow("kafka:DescribeReplicator", "arn:{partition}:kafka:{region}:{account}:replicator/*/*").by("replicatorArn");

/// Calls on MSK replicators.
pub static DETECTOR: Detector = Detector {
    name: "msk-replicator",
    event_source: "kafka.amazonaws.com",
    calls: &[call("CreateReplicator")],
    closing: &[deleting(call("DeleteReplicator"))],
    permissions: &[DESCRIBE_REPLICATOR],
    read: |call| {
        let (resource, replicator) = MskReplicator::read(call);
        match call.name {
            "DeleteReplicator" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(replicator)),
        }
    },
    cli_outputs: &[CliOutput::whole(DESCRIBE_REPLICATOR.action, "ReplicatorArn")],
    rules: &[&msk_replicator_plaintext::RULE],
};

/// The replicators of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html>
static LIST_REPLICATORS: Listing = Listing {
    permission: allow("kafka:ListReplicators", "*"),
    parameters: r#"{"maxResults": 100}"#,
    entries: "replicators",
    next: Some(Next { more: "", token: "nextToken", parameter: "nextToken" }),
    of: None,
};

/// Replicators that exist. An entry of the list does not show the connections. A reference to a replicator of another Region
/// is not evaluated: that Region lists the replicator itself.
///
/// <https://docs.aws.amazon.com/msk/1.0/apireference/v1-replicators.html>
pub(super) static REPLICATORS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_REPLICATORS,
    described_by: None,
    permissions: &[DESCRIBE_REPLICATOR],
    is_policy: false,
    read: |entry| {
        let is_reference = entry.get("isReplicatorReference").flag() == Field::Present(true);
        let arn = entry.text("replicatorArn").filter(|_| !is_reference)?.to_owned();
        let resource = Resource::new("AWS::MSK::Replicator", Some(arn), entry.text("replicatorName"));
        Some((resource, Box::new(MskReplicator::existing())))
    },
};

impl Configuration for MskReplicator {
    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let description = context.facts.resource(DESCRIBE_REPLICATOR.action, context.resource.arn.as_deref()?)?;
        Some(Box::new(self.with_description(description)))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(DESCRIBE_REPLICATOR.action, arn)],
            false => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
