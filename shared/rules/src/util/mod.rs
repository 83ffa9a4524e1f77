//! Helpers that know nothing of AWS or of the rules.

pub mod wildcard;
