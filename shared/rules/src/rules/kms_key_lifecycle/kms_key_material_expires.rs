//! Imported key material will expire.
//!
//! ## What it detects
//! `ImportKeyMaterial` with an expiration date (`expirationModel` is `KEY_MATERIAL_EXPIRES`, which is the default). The
//! finding names the day, and comes once, at the import. In a scan, a key whose imported material has an expiration date.
//!
//! ## Why it matters
//! On that day KMS deletes the material, and the key becomes unusable at once. Only someone who kept the material can
//! import it again. The severity is medium, because nothing is broken yet: put the day into a calendar.
//!
//! ## When it stays silent
//! Material that does not expire is compliant, unless it is new: it says nothing about what the key had before. Other
//! calls on keys are not applicable. In a replay, a later import
//! without an expiration date marks the finding as remediated, unless it imports new material (`NEW_KEY_MATERIAL`): the
//! earlier one still expires. A record that does not show the request is unverified. In a scan, a key without imported
//! material, or that is scheduled for deletion, is not applicable.
//!
//! ## How to fix
//! Import the same material again without an expiration date, or before the day with a new one. KMS accepts that at any
//! time, and the key stays usable.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html>
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html>

use crate::cloudtrail::field::Field;
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
use crate::util::text::plain;
use crate::util::time;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-material-expires",
    title: "Imported key material will expire",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_material_expires.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let (expiration, valid_to, added) = match &key.call {
        KeyCall::ImportMaterial { expiration, valid_to, added } => (expiration, valid_to, added),
        KeyCall::Existing(_) => return key.evaluate_existing(|key| existing(key, context)),
        _ => return Outcome::not_applicable("the call imports no key material"),
    };
    match expiration.as_deref() {
        Field::Present("KEY_MATERIAL_DOES_NOT_EXPIRE") if *added => {
            return Outcome::not_applicable(
                "the new key material does not expire, and says nothing about earlier material",
            );
        }
        Field::Present("KEY_MATERIAL_DOES_NOT_EXPIRE") => return Outcome::Compliant,
        Field::Present("KEY_MATERIAL_EXPIRES") | Field::Absent => {} // the API's default
        Field::Present(other) => return unknown_model(other),
        hidden => return Outcome::unverified(hidden.missing("expirationModel")),
    }
    let valid_to = match valid_to {
        Field::Present(text) => text,
        missing => return Outcome::unverified(missing.missing("validTo")),
    };
    let day = time::body_time(valid_to).map_or_else(|| plain(valid_to), time::written);
    expires(&day, context)
        .evidence("requestParameters.validTo", plain(valid_to))
        .remediated_at(context.remediated_at())
        .remediation(MATERIAL_DELETED.fill(context, &[]))
}

fn existing(key: &Key, context: &RuleContext<'_>) -> Outcome {
    if key.is_pending_deletion() {
        return Outcome::NotApplicable(PENDING_DELETION);
    }
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    match (key.end.expiration_model.as_deref(), key.end.valid_to) {
        (Some("KEY_MATERIAL_DOES_NOT_EXPIRE"), _) => Outcome::Compliant,
        (Some("KEY_MATERIAL_EXPIRES"), Some(valid_to)) => {
            let day = time::written(valid_to);
            let violation = expires(&day, context).evidence("ValidTo", day.as_str());
            violation.remediation(MATERIAL_DELETED.fill(context, &[]))
        }
        (Some("KEY_MATERIAL_EXPIRES"), None) => {
            Outcome::unverified(Text::literal("KMS did not return when the material expires"))
        }
        (Some(other), _) => unknown_model(other),
        (None, _) => Outcome::NotApplicable(NOT_IMPORTED),
    }
}

fn expires(day: &str, context: &RuleContext<'_>) -> Violation {
    Violation::new(text!(
        "The imported material of the key `{name}` expires at {day}: KMS then deletes it, and the key cannot be used until the same material is imported again.",
        name = context.name(),
        day
    ))
}

fn unknown_model(model: &str) -> Outcome {
    Outcome::unverified(text!("this version does not know the expiration model `{model}`", model))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use serde_json::{Value, json};

    fn import(model: Value, valid_to: Value) -> Value {
        json!({"keyId": CUSTOMER_KEY, "expirationModel": model, "validTo": valid_to})
    }

    #[test]
    fn the_expiration_model_decides() {
        let date = json!("Feb 1, 2027, 8:00:00 PM");
        table(
            &RULE,
            &[
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_EXPIRES"), date.clone()), "violation"),
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_EXPIRES"), json!("some day")), "violation"),
                ("ImportKeyMaterial", import(Value::Null, date.clone()), "violation"),
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_DOES_NOT_EXPIRE"), Value::Null), "compliant"),
                (
                    "ImportKeyMaterial",
                    json!({"keyId": CUSTOMER_KEY, "expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
                        "importType": "NEW_KEY_MATERIAL"}),
                    "not-applicable",
                ),
                (
                    "ImportKeyMaterial",
                    json!({"keyId": CUSTOMER_KEY, "validTo": date, "importType": "NEW_KEY_MATERIAL"}),
                    "violation",
                ),
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_FADES"), date.clone()), "unverified"),
                ("ImportKeyMaterial", import(json!({}), date), "unverified"),
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_EXPIRES"), Value::Null), "unverified"),
                ("ImportKeyMaterial", import(json!("KEY_MATERIAL_EXPIRES"), json!([])), "unverified"),
                ("ImportKeyMaterial", json!({"omitted": true}), "unverified"),
                ("ImportKeyMaterial", Value::Null, "unverified"),
                ("DeleteImportedKeyMaterial", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let request = import(json!("KEY_MATERIAL_EXPIRES"), json!("Feb 1, 2027, 8:00:00 PM"));
        insta::assert_snapshot!(violation(&RULE, "ImportKeyMaterial", &request), @r#"
        The imported material of the key `customer` expires at 2027-02-01T20:00:00Z: KMS then deletes it, and the key cannot be used until the same material is imported again.
        {"requestParameters.validTo":"Feb 1, 2027, 8:00:00 PM"}
        aws kms import-key-material --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --encrypted-key-material fileb://material.bin --import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE --region eu-west-1
        resource "aws_kms_external_key" "this" {
          key_material_base64 = var.key_material # the same material as before
          enabled             = true
        }
        Key Management Service > Customer managed keys > customer > Key material > Import key material
        "#);
    }
}
