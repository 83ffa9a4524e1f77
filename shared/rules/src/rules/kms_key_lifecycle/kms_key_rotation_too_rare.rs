//! A KMS key rotates less often than demanded.
//!
//! ## What it detects
//! A rotation period above `keys.rotation_days` (default 365).
//!
//! ## Why it matters
//! The longer the period, the more data hangs on one piece of key material.
//!
//! ## When it stays silent
//! Calls that do not switch rotation on. `EnableKeyRotation` without a period keeps an earlier one,
//! so that it is unverified until KMS is asked.
//!
//! ## How to fix
//! Enable rotation again with a shorter period: KMS takes 90 to 2560 days.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-rotation-too-rare",
    title: "KMS key rotates too rarely",
    severity: Severity::Low,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_rotation_too_rare.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    let KeyCall::EnableRotation { period_days } = &key.call else {
        return Outcome::not_applicable("the call does not switch rotation on");
    };
    let days = match period_days {
        Field::Present(days) => *days,
        Field::Absent => match &key.rotation {
            Some(Ok(rotation)) => match rotation.period_days {
                Some(days) => days,
                None => return Outcome::Unverified("KMS did not tell the rotation period".to_owned()),
            },
            answer => {
                let command = format!("aws kms get-key-rotation-status --key-id {} would say", shell(context.arn()));
                let why = answer.as_ref().and_then(|answer| answer.as_ref().err()).unwrap_or(&command);
                return Outcome::Unverified(format!("no period was given, so that an earlier one is kept; {why}"));
            }
        },
        missing => return Outcome::Unverified(missing.missing("rotationPeriodInDays")),
    };
    let most = context.settings.keys.rotation_days;
    if days <= most {
        return Outcome::Compliant;
    }
    let name = plain(context.name());
    Violation::new(format!("The key `{name}` rotates every {days} days; at most {most} are accepted."))
        .evidence("rotationPeriodInDays", days)
        .remediation(Remediation { cli: context.aws(&format!("kms enable-key-rotation --key-id {} --rotation-period-in-days {most}", shell(context.arn()))), terraform: format!("resource \"aws_kms_key\" \"this\" {{\n  enable_key_rotation     = true\n  rotation_period_in_days = {most}\n}}"), console: format!("Key Management Service > Customer managed keys > {name} > Key rotation > Edit") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
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
    fn a_period_that_was_kept_is_looked_up() {
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
