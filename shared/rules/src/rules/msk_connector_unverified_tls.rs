//! TLS is used, but certificate or host name verification is off.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! TLS is used, but certificate or host name verification is off.
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
    id: "msk-connector-unverified-tls",
    title: "Connector does not verify TLS",
    severity: Severity::Medium,
    controls: &[],
    check: Check::MskConnector(check),
    source: include_str!("msk_connector_unverified_tls.rs"),
};

fn check(subject: &MskConnector<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
