//! What a call started and the looks at it since have not shown to be finished.

/// Why something that a call only started can be called neither good nor bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// It was deleted meanwhile.
    Gone,
    /// It is still being put together: the status that AWS shows.
    Unsettled(String),
    /// It could not be looked at, and why.
    Unknown(String),
}
