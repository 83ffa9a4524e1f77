//! What a page says besides findings.

use crate::summary::Problems;

/// What stands above the findings.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// What was done: `replay`, `scan`, `policy`, `findings`.
    pub(crate) command: &'static str,
    /// What was evaluated, such as the paths of a replay.
    pub(crate) subject: String,
    /// When. RFC 3339.
    pub(crate) time: String,
    /// The lines of the summary below a text.
    pub(crate) summary: String,
    /// What could not be read or looked at.
    pub(crate) problems: Problems,
}
