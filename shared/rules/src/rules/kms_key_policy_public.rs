//! Anyone at all may use or administer the key.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! Anyone at all may use or administer the key.
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
    id: "kms-key-policy-public",
    title: "KMS key open to anyone",
    severity: Severity::Critical,
    controls: &[],
    check: Check::KmsKeyPolicy(check),
    source: include_str!("kms_key_policy_public.rs"),
};

fn check(subject: &KmsKeyPolicy<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
