//! What the engine asks of a configuration, whatever the kind of resource.

use std::any::Any;
use std::fmt;

use crate::configuration::key::KeyRef;
use crate::connector::Secret;
use crate::engine::context::RuleContext;
use crate::engine::facts::Facts;
use crate::engine::lookup::Lookup;

/// The configuration of one resource, as a call says it and look-ups complete it.
///
/// Each kind of resource implements this beside its row in `rules/<detector>/mod.rs`. A function links only the kinds
/// that its detector reads.
pub trait Configuration: Any + fmt::Debug + Send + Sync {
    /// The keys that it names: each is looked up.
    fn keys(&self) -> Vec<&KeyRef> {
        Vec::new()
    }

    /// True if later calls may still complete it. Only asked for calls that the row marks as settling.
    fn settles(&self) -> bool {
        true
    }

    /// The configuration with what the record leaves out filled in: from the timeline, or else from what AWS answered.
    /// `None` if there is nothing to fill in.
    fn resolve(&self, _context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        None
    }

    /// What the resource's own service can add to the resolved configuration of the resource with this ARN. Look-ups
    /// whose result is known already are dropped by the caller.
    fn lookups(&self, _arn: &str, _facts: &Facts) -> Vec<Lookup> {
        Vec::new()
    }

    /// The status of a resource on which AWS is still working, so that a re-check makes sense.
    fn in_progress(&self) -> Option<&str> {
        None
    }

    /// Secrets that were read, to be kept out of every finding.
    fn secrets(&self) -> &[Secret] {
        &[]
    }
}
