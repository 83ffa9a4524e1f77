//! Helpers that know nothing of AWS: text that is safe to print, times, severities.

pub mod severity;
pub mod text;
pub mod time;
