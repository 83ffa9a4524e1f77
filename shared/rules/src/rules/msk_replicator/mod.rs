//! MSK replicators.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateReplicator` | the connections to the clusters | `kafka:DescribeReplicator` if the encryption of a self-managed cluster is not set, or is redacted or omitted | immediately |
//!
//! No public record of the call was found: the samples are built from the API model. `UpdateReplicationInfo` cannot change
//! a connection.

mod msk_replicator_plaintext;
mod remediation;

use crate::configuration::msk_replicator::MskReplicator;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;

/// The look-up of a replicator.
const DESCRIBE_REPLICATOR: Permission =
    allow("kafka:DescribeReplicator", "arn:{partition}:kafka:{region}:{account}:replicator/*/*");

/// Calls on MSK replicators.
pub static DETECTOR: Detector = Detector {
    name: "msk-replicator",
    event_source: "kafka.amazonaws.com",
    calls: &[call("CreateReplicator")],
    permissions: &[DESCRIBE_REPLICATOR],
    read: |call| {
        let (resource, replicator) = MskReplicator::read(call);
        (resource, Box::new(replicator))
    },
    cli_outputs: &[CliOutput::whole(DESCRIBE_REPLICATOR.action, "ReplicatorArn")],
    rules: &[&msk_replicator_plaintext::RULE],
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
