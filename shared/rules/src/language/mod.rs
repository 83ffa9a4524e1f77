//! What people read, in their language. Programs get English.
//!
//! The English text stands where it is used. The module `ja` has the Japanese text for each, by the English one, as the catalogs of
//! GNU gettext do. `tests/languages.rs` fails if one is missing, or if its placeholders differ.

mod ja;
mod languages;
mod text;
pub mod words;

pub use languages::Language;
pub use text::{Argument, Text, text};
