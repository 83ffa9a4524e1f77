//! A KMS key that can rotate does not.
//!
//! ## What it detects
//! `DisableKeyRotation`, which succeeds only on a key that can rotate, and a `CreateKey` of a key
//! that can rotate but does not after its settle time. No call creates a key that rotates: a second
//! call enables rotation. In a scan, a key that can rotate and does not, also while it is disabled.
//!
//! ## Why it matters
//! Without rotation all data ever encrypted with the key depends on one piece of key material.
//!
//! ## When it stays silent
//! `EnableKeyRotation` is compliant, and so is the event that KMS rotated a key automatically. A key that cannot rotate automatically is not applicable:
//! asymmetric and HMAC keys, imported material, key stores, replicas, AWS managed keys. Neither is
//! a key that is scheduled for deletion within its settle time, or that a scan finds scheduled for deletion. A key whose rotation could not be
//! looked up is unverified.
//!
//! ## How to fix
//! Enable automatic rotation. Existing data does not have to be encrypted again.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::key::{Key, Rotation};
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_lifecycle::of_existing;
use crate::rules::kms_key_lifecycle::remediation::rotate;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-rotation-disabled",
    title: "KMS key without rotation",
    severity: Severity::Medium,
    controls: &[fsbp("KMS.4"), cis("3.6"), nist("SC-12"), pci("3.7.4")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kms_key_rotation_disabled.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    if let KeyCall::Existing(_) = key.call {
        return key.evaluate_existing(|described| existing(described, key.rotation.as_ref(), context));
    }
    if let Some(unresolved) = &key.unresolved {
        return Outcome::unresolved(unresolved);
    }
    let name = context.name();
    let detail = match &key.call {
        KeyCall::EnableRotation { .. } | KeyCall::Rotated { automatic: true } => return Outcome::Compliant,
        KeyCall::DisableRotation => text!("Rotation of the key `{name}` was switched off.", name),
        KeyCall::Create(Field::Present(created)) => match (created.cannot_rotate(), &key.rotation) {
            (Some(why), _) => return Outcome::NotApplicable(why),
            (None, Some(Ok(rotation))) if rotation.enabled => return Outcome::Compliant,
            (None, Some(Err(why))) => return Outcome::Unverified(why.clone()),
            (None, _) => text!("The key `{name}` was created and its rotation is not switched on.", name),
        },
        KeyCall::Create(missing) => return Outcome::unverified(missing.missing("keySpec")),
        _ => return Outcome::not_applicable("the call does not change rotation"),
    };
    Violation::new(detail)
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(rotate(context))
}

fn existing(key: &Key, rotation: Option<&Result<Rotation, Text>>, context: &RuleContext<'_>) -> Outcome {
    match of_existing(key, rotation) {
        Ok(Rotation { enabled: true, .. }) => Outcome::Compliant,
        Ok(_) => {
            let name = context.name();
            Violation::new(text!("The key `{name}` can rotate, and its rotation is switched off.", name))
                .evidence("KeyRotationEnabled", false)
                .remediation(rotate(context))
        }
        Err(outcome) => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn usage_spec_and_origin_decide_whether_a_new_key_can_rotate() {
        table(
            &RULE,
            &[
                ("DisableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("CreateKey", json!({}), "violation"),
                ("CreateKey", json!({"keySpec": "SYMMETRIC_DEFAULT", "origin": "AWS_KMS"}), "violation"),
                ("CreateKey", json!({"keySpec": "RSA_4096", "keyUsage": "SIGN_VERIFY"}), "not-applicable"),
                ("CreateKey", json!({"customerMasterKeySpec": "ECC_NIST_P256"}), "not-applicable"),
                ("CreateKey", json!({"keyUsage": "GENERATE_VERIFY_MAC", "keySpec": "HMAC_256"}), "not-applicable"),
                ("CreateKey", json!({"origin": "EXTERNAL"}), "not-applicable"),
                ("CreateKey", json!({"origin": "AWS_CLOUDHSM"}), "not-applicable"),
                ("CreateKey", json!({"origin": "EXTERNAL_KEY_STORE"}), "not-applicable"),
                ("CreateKey", json!({"omitted": true}), "unverified"),
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_and_the_looked_up_rotation_decide_about_a_new_key() {
        let response = |extra: Value| {
            let mut metadata = json!({"arn": CUSTOMER_KEY, "keyManager": "CUSTOMER"});
            metadata.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({ "keyMetadata": metadata })
        };
        let rotates = |enabled: bool| json!({"KeyRotationEnabled": enabled, "KeyId": CUSTOMER_KEY});
        let replica = json!({"multiRegionConfiguration": {"multiRegionKeyType": "REPLICA"}});
        for (facts, extra, want) in [
            (vec![], json!({}), "violation"),
            (vec![rotates(true)], json!({}), "compliant"),
            (vec![rotates(false)], json!({}), "violation"),
            (vec![], json!({"keyManager": "AWS"}), "not-applicable"),
            (vec![], replica, "not-applicable"),
        ] {
            let outcome = answer(&RULE, "", &facts, "CreateKey", &json!({}), &response(extra.clone()));
            assert_eq!(name(&outcome), want, "{extra}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DisableKeyRotation", &json!({"keyId": CUSTOMER_KEY})), @r#"
        Rotation of the key `customer` was switched off.
        {"eventName":"DisableKeyRotation"}
        aws kms enable-key-rotation --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --rotation-period-in-days 365 --region eu-west-1
        resource "aws_kms_key" "this" {
          enable_key_rotation     = true
          rotation_period_in_days = 365
        }
        Key Management Service > Customer managed keys > customer > Key rotation > Edit
        "#);
    }
}
