//! The formats of findings: SNS notifications of events and scans, OCSF, and ASFF for Security Hub.

pub mod asff;
mod chat;
mod email;
pub mod ocsf;
pub mod scan;
mod shorten;
pub mod sns;
#[cfg(test)]
mod testing;

use crate::engine::finding::Finding;
use crate::engine::outcome::Outcome;
use crate::util::severity::Severity;

/// The word that a message to people begins with.
fn label(finding: &Finding<'_>) -> &'static str {
    match (&finding.outcome, finding.severity) {
        (Outcome::Unverified(_), _) => "UNVERIFIED",
        (_, Severity::Low) => "LOW",
        (_, Severity::Medium) => "MEDIUM",
        (_, Severity::High) => "HIGH",
        (_, Severity::Critical) => "CRITICAL",
    }
}
