//! A KMS key rotates less often than required.
//!
//! ## What it detects
//! `EnableKeyRotation` with a rotation period longer than `keys.rotation_days` (default 365). In a scan, a key that rotates
//! with such a period.
//!
//! ## Why it matters
//! The longer the period, the more data depends on one piece of key material.
//!
//! ## When it stays silent
//! A call that does not enable rotation is not applicable. `EnableKeyRotation` without a period
//! keeps an earlier one: it is unverified until a look-up shows the period. In a scan, a key that does not rotate is not
//! applicable.
//!
//! ## How to fix
//! Enable rotation again with a shorter period. KMS accepts 90 to 2560 days.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>

use crate::cloudtrail::field::Field;
use crate::configuration::key::{DEFAULT_ROTATION_DAYS, Rotation};
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::lookup::run_and_pass;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_lifecycle::of_existing;
use crate::rules::kms_key_lifecycle::remediation::rotate;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-rotation-too-rare",
    title: "KMS key rotates too rarely",
    severity: Severity::Low,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_rotation_too_rare.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let period_days = match &key.call {
        KeyCall::EnableRotation { period_days } => period_days,
        KeyCall::Existing(_) => {
            return key.evaluate_existing(|described| match of_existing(described, key.rotation.as_ref()) {
                Ok(Rotation { enabled: true, period_days }) => {
                    evaluate(period_days.unwrap_or(DEFAULT_ROTATION_DAYS), context)
                }
                Ok(_) => Outcome::not_applicable("the key does not rotate"),
                Err(outcome) => outcome,
            });
        }
        _ => return Outcome::not_applicable("the call does not enable rotation"),
    };
    let days = match period_days {
        Field::Present(days) => *days,
        Field::Absent => match kept_period(key, context) {
            Ok(days) => days,
            Err(why) => return Outcome::unverified(why),
        },
        missing => return Outcome::unverified(missing.missing("rotationPeriodInDays")),
    };
    evaluate(days, context)
}

fn evaluate(days: i64, context: &RuleContext<'_>) -> Outcome {
    let most = context.settings.keys.rotation_days;
    if days <= most {
        return Outcome::Compliant;
    }
    let name = context.name();
    Violation::new(text!("The key `{name}` rotates every {days} days; at most {most} are allowed.", name, days, most))
        .evidence("rotationPeriodInDays", days)
        .remediation(rotate(context))
}

/// The period that a call without one keeps, or why it is not known.
fn kept_period(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Result<i64, Text> {
    match &key.rotation {
        Some(Ok(rotation)) => rotation.period_days.ok_or(Text::literal("KMS did not return the rotation period")),
        Some(Err(why)) => Err(text!("the call keeps an earlier rotation period; {why}", why)),
        None => Err(text!(
            "the call keeps an earlier rotation period: {command}",
            command = run_and_pass("kms get-key-rotation-status", "--key-id", context.arn())
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table};
    use serde_json::{Value, json};

    #[test]
    fn the_rotation_period_decides() {
        let enable = |days: Value| json!({"keyId": CUSTOMER_KEY, "rotationPeriodInDays": days});
        table(
            &RULE,
            &[
                ("EnableKeyRotation", enable(json!(2560)), "violation"),
                ("EnableKeyRotation", enable(json!(366)), "violation"),
                ("EnableKeyRotation", enable(json!(365)), "compliant"),
                ("EnableKeyRotation", enable(json!("90")), "compliant"),
                ("EnableKeyRotation", enable(json!([])), "unverified"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "unverified"),
                ("DisableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_looked_up_period_decides_if_the_call_gives_none() {
        for (days, want) in [(json!(2560), "violation"), (json!(365), "compliant"), (Value::Null, "unverified")] {
            let fact = json!({"KeyRotationEnabled": true, "KeyId": "customer", "RotationPeriodInDays": days});
            let outcome =
                answer(&RULE, "", &[fact], "EnableKeyRotation", &json!({"keyId": CUSTOMER_KEY}), &Value::Null);
            assert_eq!(name(&outcome), want);
        }
    }

    #[test]
    fn the_limit_is_a_setting() {
        let call = json!({"keyId": CUSTOMER_KEY, "rotationPeriodInDays": 365});
        let outcome = answer(&RULE, "keys.rotation_days = 180", &[], "EnableKeyRotation", &call, &Value::Null);
        assert_eq!(name(&outcome), "violation");
    }
}
