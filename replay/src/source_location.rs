//! Where in the input a record or fact was found.

use std::fmt;

use crate::file_uri;

/// A position in an input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceLocation {
    /// The file, as a URI reference.
    pub(crate) uri: String,
    /// The line on which the JSON document starts, counted from 1.
    pub(crate) line: usize,
    /// The index in the list that the document holds, counted from 0.
    pub(crate) entry: Option<usize>,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}", file_uri::name(&self.uri), self.line)?;
        self.entry.map_or(Ok(()), |entry| write!(f, ", entry {entry}"))
    }
}
