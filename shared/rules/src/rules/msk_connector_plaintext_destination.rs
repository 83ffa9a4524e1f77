//! The connector's own settings speak to a source or sink without TLS.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! The connector's own settings speak to a source or sink without TLS.
//!
//! ## When it stays silent
//! Calls that it would not judge.
//!
//! ## How to fix
//! See the references.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect.html>

use crate::configuration::MskConnector;
use crate::rule::{Case, Check, Outcome, Rule, Severity};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-plaintext-destination",
    title: "Connector talks to its destination in plaintext",
    severity: Severity::High,
    controls: &[],
    check: Check::MskConnector(check),
    source: include_str!("msk_connector_plaintext_destination.rs"),
};

fn check(subject: &MskConnector<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
