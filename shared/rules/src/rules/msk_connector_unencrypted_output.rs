//! An S3 sink asks for no KMS key.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! An S3 sink asks for no KMS key.
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
    id: "msk-connector-unencrypted-output",
    title: "Connector writes unencrypted output",
    severity: Severity::Medium,
    controls: &[],
    check: Check::MskConnector(check),
    source: include_str!("msk_connector_unencrypted_output.rs"),
};

fn check(subject: &MskConnector<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
