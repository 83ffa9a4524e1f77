//! Helpers that know nothing of AWS: text that is safe to print, JSON, times, severities, wildcards, address ranges.

pub mod address;
pub mod columns;
pub(crate) mod digest;
pub mod json;
pub mod panic;
pub mod severity;
pub mod text;
pub mod time;
pub mod wildcard;
