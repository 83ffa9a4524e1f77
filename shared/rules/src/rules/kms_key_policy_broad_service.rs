//! A service principal holds more than it needs.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! A service principal holds more than it needs.
//!
//! ## When it stays silent
//! Calls that it would not judge.
//!
//! ## How to fix
//! See the references.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>

use crate::configuration::KmsKeyPolicy;
use crate::rule::{Case, Check, Outcome, Rule, Severity};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-policy-broad-service",
    title: "Service principal with more than it needs",
    severity: Severity::Low,
    controls: &[],
    check: Check::KmsKeyPolicy(check),
    source: include_str!("kms_key_policy_broad_service.rs"),
};

fn check(subject: &KmsKeyPolicy<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
