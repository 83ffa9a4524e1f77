//! The formats of findings: SNS notifications of events, scans and what the ledger stores, OCSF, and ASFF for Security Hub.

pub mod asff;
mod chat;
mod document;
mod email;
#[cfg(test)]
mod japanese;
pub mod ledger;
pub mod ocsf;
pub mod scan;
mod shorten;
pub mod sns;
mod state;
#[cfg(test)]
mod testing;
mod wrap;

use crate::engine::finding::Finding;
use crate::engine::outcome::Outcome;
use crate::language::words::{list, of_severity};
use crate::language::{Text, text};
use crate::ledger::{Entry, Notice};
use crate::util::severity::Severity;

/// The version of Sealwatch, which messages and logs name.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The word that a message to people begins with.
fn label(finding: &Finding<'_>) -> Text {
    match finding.outcome {
        Outcome::Unverified(_) => Text::literal("UNVERIFIED"),
        _ => severity_label(finding.severity),
    }
}

/// A severity in capitals.
fn severity_label(severity: Severity) -> Text {
    match severity {
        Severity::Low => Text::literal("LOW"),
        Severity::Medium => Text::literal("MEDIUM"),
        Severity::High => Text::literal("HIGH"),
        Severity::Critical => Text::literal("CRITICAL"),
    }
}

/// How many findings have each severity, and how many more there are: `3 critical, 12 high, 95 more`.
fn counts(severities: impl Iterator<Item = Severity> + Clone, more: usize) -> Text {
    let count = |wanted: Severity| severities.clone().filter(|severity| *severity == wanted).count();
    let counts = Severity::ALL.into_iter().rev().map(|severity| (count(severity), severity));
    let counts = counts.filter(|(count, _)| *count > 0).map(|(count, severity)| of_severity(count, severity));
    list(counts.chain((more > 0).then(|| text!("{count} more", count = more))))
}

/// A finding that is reported, and what the ledger says about it.
#[derive(Debug, Clone, Copy)]
struct Reported<'a> {
    finding: &'a Finding<'a>,
    /// What is told, and the entry; `None` without a ledger.
    ledger: Option<(Notice, &'a Entry)>,
}

impl Reported<'_> {
    /// What is special about it, in one line.
    fn remark(&self) -> Option<Text> {
        self.ledger.and_then(|(notice, entry)| state::remark(notice, entry))
    }
}

#[cfg(test)]
impl<'a> Reported<'a> {
    /// The findings as they are reported without a ledger.
    fn all(findings: &'a [Finding<'a>]) -> Vec<Reported<'a>> {
        findings.iter().map(|finding| Reported { finding, ledger: None }).collect()
    }
}
