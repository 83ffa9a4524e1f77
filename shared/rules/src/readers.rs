//! Readers of foreign text that callers reach only through others, one function each: the checks in `fuzz/checks` give them
//! any text. Nothing else calls this module.

use crate::connector::{self, Report, Settings};

/// The names and values in Java `.properties` text, in their order.
pub fn properties(text: &str) -> Vec<(String, String)> {
    connector::properties(text).collect()
}

/// What the settings of a connector, and of its worker, say about its connections.
pub fn connector_report(settings: &Settings, worker: Option<&Settings>) -> Report {
    connector::analyze(settings, worker)
}

/// Whether a text shows one of the secrets of a report: one that contains `part`, by which it cannot be another text by chance.
pub fn shows_secret(report: &Report, part: &str, text: &str) -> bool {
    report.seen_secrets.iter().any(|secret| secret.contains(part) && secret.is_in(text))
}
