//! What the engine needs from a configuration, for every kind of resource.

use std::any::Any;
use std::fmt;

use crate::configuration::key::KeyRef;
use crate::configuration::unresolved::Unresolved;
use crate::connector::Secret;
use crate::engine::context::RuleContext;
use crate::engine::facts::Facts;
use crate::engine::lookup::Lookup;

/// What a call says that only deletes the resource: no rule has a configuration to evaluate.
#[derive(Debug)]
pub(crate) struct Deletion;

impl Configuration for Deletion {}

/// The configuration of one resource, from a call and completed by look-ups.
///
/// Each kind of resource implements this next to its row in `rules/<detector>/mod.rs`. A function links only the kinds
/// that its detector reads.
pub trait Configuration: Any + fmt::Debug + Send + Sync {
    /// The keys that it names. Each is looked up.
    fn keys(&self) -> Vec<&KeyRef> {
        Vec::new()
    }

    /// True if later calls may still complete it. Used only for calls that the row marks as settling.
    fn settles(&self) -> bool {
        true
    }

    /// The configuration with its missing members filled in from the timeline, or else from look-ups. `None` if there is
    /// nothing to fill in.
    fn resolve(&self, _context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        None
    }

    /// The look-ups that can add to the resolved configuration of the resource with this ARN, or this id if its kind has no
    /// ARNs. The caller drops those whose result is already known.
    fn lookups(&self, _arn: &str, _facts: &Facts) -> Vec<Lookup> {
        Vec::new()
    }

    /// The look-ups that rules need immediately, although the call settles.
    fn immediate_lookups(&self, _arn: &str) -> Vec<Lookup> {
        Vec::new()
    }

    /// True if the outcome of a rule depends on accounts of the organization that are not known, or that are not in a list
    /// which may be stale. Used only if the settings trust the organization.
    fn depends_on_organization(&self, _context: &RuleContext<'_>) -> bool {
        false
    }

    /// Why it is not known completely, although it was looked up. A re-check makes sense if AWS is still working on the
    /// resource.
    fn unresolved(&self) -> Option<&Unresolved> {
        None
    }

    /// Secrets that were read, to be removed from every finding.
    fn secrets(&self) -> &[Secret] {
        &[]
    }
}
