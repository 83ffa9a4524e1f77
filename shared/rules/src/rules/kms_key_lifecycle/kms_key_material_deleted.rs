//! The imported material of a KMS key is deleted.
//!
//! ## What it detects
//! `DeleteImportedKeyMaterial`.
//!
//! ## Why it matters
//! The key cannot be used at once, without any waiting period. Only who kept the material can bring
//! it back.
//!
//! ## When it stays silent
//! Other calls on keys.
//!
//! ## How to fix
//! Import the same material again.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-delete-key-material.html>

use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
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
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant, // KMS holds the material
        _ => return Outcome::not_applicable("the call does not delete key material"),
    }
    let name = plain(context.name());
    Violation::new(format!("The imported material of the key `{name}` was deleted: the key cannot be used until it is imported again."))
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(Remediation { cli: context.aws(&format!(
                "kms import-key-material --key-id {} --encrypted-key-material fileb://material.bin --import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE",
                shell(context.arn())
            )), terraform: "resource \"aws_kms_external_key\" \"this\" {\n  key_material_base64 = var.key_material # the same material as before\n  enabled             = true\n}".to_owned(), console: format!("Key Management Service > Customer managed keys > {name} > Key material > Import key material") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table};
    use serde_json::json;

    #[test]
    fn every_answer() {
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
