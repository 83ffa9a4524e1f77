//! One principal both administers and uses the key.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! One principal both administers and uses the key.
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
    id: "kms-key-policy-mixed-duties",
    title: "One principal administers and uses a key",
    severity: Severity::Low,
    controls: &[],
    check: Check::KmsKeyPolicy(check),
    source: include_str!("kms_key_policy_mixed_duties.rs"),
};

fn check(subject: &KmsKeyPolicy<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
