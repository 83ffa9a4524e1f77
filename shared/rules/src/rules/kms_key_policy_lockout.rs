//! Nobody in the owner account can change the policy any more.
//!
//! ## What it detects
//! Nothing yet: what it would judge is reported as unverified.
//!
//! ## Why it matters
//! Nobody in the owner account can change the policy any more.
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
    id: "kms-key-policy-lockout",
    title: "Nobody can change the key policy",
    severity: Severity::High,
    controls: &[],
    check: Check::KmsKeyPolicy(check),
    source: include_str!("kms_key_policy_lockout.rs"),
};

fn check(subject: &KmsKeyPolicy<'_>, _case: &Case<'_>) -> Outcome {
    subject.not_judged()
}
