//! The imported material of a KMS key is deleted.
//!
//! ## What it detects
//! `DeleteImportedKeyMaterial`, `DeleteExpiredKeyMaterial` and `KMS Imported Key Material Expiration`: KMS deletes material
//! whose expiration date has passed, records that in CloudTrail, and tells EventBridge. In a scan, a key without material is
//! unverified: KMS does not say whether its material was deleted or never imported.
//!
//! ## Why it matters
//! The key becomes unusable at once, without a waiting period. Only someone who kept the material
//! can restore it.
//!
//! ## When it stays silent
//! `EnableKeyRotation` and `DisableKeyRotation` are compliant: they succeed only on keys whose
//! material KMS generated. So is `ImportKeyMaterial` of the material that the key had before. Other calls on keys are not applicable. In a scan, a key that has its imported material is
//! compliant, and a key with other material, or that is scheduled for deletion, is not applicable.
//!
//! ## How to fix
//! Import the same material again, without an expiration date, or note the new date.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-delete-key-material.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-deleteexpiredkeymaterial.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html>

use crate::configuration::key::Key;
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_lifecycle::remediation::MATERIAL_DELETED;
use crate::rules::kms_key_lifecycle::{NOT_IMPORTED, PENDING_DELETION};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-material-deleted",
    title: "Imported key material deleted",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_material_deleted.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let name = context.name();
    let detail = match &key.call {
        KeyCall::DeleteMaterial { expired: false } => text!(
            "The imported material of the key `{name}` was deleted: the key cannot be used until the material is imported again.",
            name
        ),
        KeyCall::DeleteMaterial { expired: true } => text!(
            "The imported material of the key `{name}` expired, so KMS deleted it: the key cannot be used until the material is imported again.",
            name
        ),
        KeyCall::Existing(_) => return key.evaluate_existing(existing),
        KeyCall::ImportMaterial { added: true, .. } => {
            return Outcome::not_applicable("the call imports other key material");
        }
        KeyCall::ImportMaterial { .. } => return Outcome::Compliant,
        // these succeed only on keys whose material KMS generated
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant,
        _ => return Outcome::not_applicable("the call does not delete key material"),
    };
    Violation::new(detail)
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(MATERIAL_DELETED.fill(context, &[]))
}

/// A new key without material is in the same state as one whose material was deleted.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
fn existing(key: &Key) -> Outcome {
    match (key.origin.as_deref(), key.state.as_deref()) {
        _ if key.is_pending_deletion() => Outcome::NotApplicable(PENDING_DELETION),
        (_, Some("PendingImport")) => Outcome::unverified(Text::literal(
            "the key has no key material, and KMS does not say whether it was deleted or never imported",
        )),
        (Some("EXTERNAL"), _) => Outcome::Compliant,
        _ => Outcome::NotApplicable(NOT_IMPORTED),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::rules::kms_key_lifecycle::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("DeleteImportedKeyMaterial", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("DeleteExpiredKeyMaterial", Value::Null, "violation"),
                ("KMS Imported Key Material Expiration", Value::Null, "violation"),
                ("DisableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("ImportKeyMaterial", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                (
                    "ImportKeyMaterial",
                    json!({"keyId": CUSTOMER_KEY, "importType": "NEW_KEY_MATERIAL"}),
                    "not-applicable",
                ),
                ("EnableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_key_of_a_service_event_is_in_its_resources_or_its_details() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/0d0c0b0a-0000-4000-8000-00000000000e";
        let other = "arn:aws:kms:eu-west-1:111122223333:key/0d0c0b0a-0000-4000-8000-00000000000f";
        for (resources, details, want) in [
            (json!([{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key}]), Value::Null, Some(key)),
            (json!([{"ARN": key}]), json!({"keyId": other}), Some(key)),
            (Value::Null, json!({"keyId": key, "keyMaterialId": "0123"}), Some(key)),
            (json!([]), json!({"keyId": "0d0c0b0a-0000-4000-8000-00000000000e"}), Some(key)),
            (Value::Null, Value::Null, None),
            (Value::Null, json!("***"), None),
        ] {
            let record = json!({"eventName": "DeleteExpiredKeyMaterial", "eventSource": "kms.amazonaws.com",
                "eventType": "AwsServiceEvent", "eventID": "e-1", "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333", "requestParameters": null, "responseElements": null,
                "resources": resources, "serviceEventDetails": details})
            .to_string();
            let event = Event::parse(&record).unwrap();
            let change = event.change_for(&DETECTOR).unwrap();
            assert_eq!(change.resource.arn.as_deref(), want, "{record}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DeleteExpiredKeyMaterial", &json!({"keyId": CUSTOMER_KEY})), @r#"
        The imported material of the key `customer` expired, so KMS deleted it: the key cannot be used until the material is imported again.
        {"eventName":"DeleteExpiredKeyMaterial"}
        aws kms import-key-material --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --encrypted-key-material fileb://material.bin --import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE --region eu-west-1
        resource "aws_kms_external_key" "this" {
          key_material_base64 = var.key_material # the same material as before
          enabled             = true
        }
        Key Management Service > Customer managed keys > customer > Key material > Import key material
        "#);
    }
}
