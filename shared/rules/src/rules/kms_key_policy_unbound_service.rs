//! A service principal may use the key for any customer.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! A service principal may use the key for any customer.
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
    id: "kms-key-policy-unbound-service",
    title: "KMS key open to a service for any customer",
    severity: Severity::Medium,
    controls: &[],
    check: Check::KmsKeyPolicy(check),
    source: include_str!("kms_key_policy_unbound_service.rs"),
};

fn check(subject: &KmsKeyPolicy<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
