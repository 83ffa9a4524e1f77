//! Why a configuration is not known completely.

use crate::language::Text;

/// Why the configuration of a resource is not known, although somebody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unresolved {
    /// The resource was deleted meanwhile.
    Deleted,
    /// AWS is still working on the resource: the status that it shows.
    InProgress(String),
    /// The answer of this call does not show it.
    NotShown(&'static str),
    /// The look-up gave no answer, and why.
    Unknown(Text),
}
