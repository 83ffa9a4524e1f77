//! Printing outcomes: text and HTML for people, JSON lines and SARIF for other tools.

pub(crate) mod html;
pub(crate) mod json_lines;
pub(crate) mod layout;
pub(crate) mod page;
mod pieces;
pub(crate) mod policies;
pub(crate) mod replay;
mod sarif;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod unverified;
pub(crate) mod words;
