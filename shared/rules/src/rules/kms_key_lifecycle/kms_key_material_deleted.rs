//! The imported material of a KMS key is deleted.
//!
//! ## What it detects
//! `DeleteImportedKeyMaterial`.
//!
//! ## Why it matters
//! The key becomes unusable at once, without a waiting period. Only someone who kept the material
//! can restore it.
//!
//! ## When it stays silent
//! `EnableKeyRotation` and `DisableKeyRotation` are compliant: they succeed only on keys whose
//! material KMS generated. Other calls on keys are not applicable.
//!
//! ## How to fix
//! Import the same material again.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-delete-key-material.html>

use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::kms_key_lifecycle::remediation::MATERIAL_DELETED;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-material-deleted",
    title: "Imported key material deleted",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_material_deleted.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    match &key.call {
        KeyCall::DeleteMaterial => {}
        // these succeed only on keys whose material KMS generated
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant,
        _ => return Outcome::not_applicable("the call does not delete key material"),
    }
    let name = plain(context.name());
    let detail = format!(
        "The imported material of the key `{name}` was deleted: the key cannot be used until the material is imported again."
    );
    Violation::new(detail)
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(MATERIAL_DELETED.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table};
    use serde_json::json;

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("DeleteImportedKeyMaterial", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("DisableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }
}
