//! Helpers that know nothing of AWS: text that is safe to print, times, severities, wildcards.

pub(crate) mod digest;
pub mod severity;
pub mod text;
pub mod time;
pub(crate) mod wildcard;
