//! A customer managed KMS key is disabled.
//!
//! ## What it detects
//! `DisableKey`. In a scan, a key that is disabled.
//!
//! ## Why it matters
//! All data encrypted with the key becomes unreadable within minutes: streams, clusters, log files. A
//! key for signatures or MACs signs and verifies no more. Attackers also disable keys, to blind an
//! account.
//!
//! ## When it stays silent
//! `EnableKeyRotation` and `DisableKeyRotation` are compliant: KMS rejects them for a disabled key.
//! Other calls on keys are not applicable. In a scan, neither is a key that is scheduled for deletion.
//!
//! ## How to fix
//! Enable the key again. Nothing is lost.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html>

use crate::configuration::key::{Key, KeyRef};
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_lifecycle::PENDING_DELETION;
use crate::rules::kms_key_lifecycle::remediation::DISABLED;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-disabled",
    title: "KMS key disabled",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_disabled.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    match &key.call {
        KeyCall::Disable => {}
        KeyCall::Existing(_) => return key.evaluate_existing(|key| existing(key, context)),
        KeyCall::Enable => return Outcome::Compliant,
        // KMS rejects these for a disabled key
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant,
        _ => return Outcome::not_applicable("the call does not disable the key"),
    }
    let (name, consequence) = (context.name(), consequence(context));
    Violation::new(text!("The key `{name}` was disabled: {consequence}.", name, consequence))
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(DISABLED.fill(context, &[]))
}

fn existing(key: &Key, context: &RuleContext<'_>) -> Outcome {
    match key.state.as_deref() {
        Some("Disabled") => {}
        _ if key.is_pending_deletion() => return Outcome::NotApplicable(PENDING_DELETION),
        _ => return Outcome::Compliant,
    }
    let (name, consequence) = (context.name(), consequence(context));
    Violation::new(text!("The key `{name}` is disabled: {consequence}.", name, consequence))
        .evidence("KeyState", "Disabled")
        .remediation(DISABLED.fill(context, &[]))
}

/// What nobody can do while the key is disabled, according to its usage if that is known.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
fn consequence(context: &RuleContext<'_>) -> Text {
    let key = KeyRef { given: context.arn().to_owned(), arn: context.resource.arn.clone() };
    let key = context.key(&key).ok();
    match key.as_deref().and_then(|key| key.usage.as_deref()) {
        Some("ENCRYPT_DECRYPT") => Text::literal("data encrypted with it cannot be read or written"),
        Some("SIGN_VERIFY") => Text::literal("KMS neither signs nor verifies with it"),
        Some("GENERATE_VERIFY_MAC") => Text::literal("KMS neither computes nor verifies a MAC with it"),
        Some("KEY_AGREEMENT") => Text::literal("KMS derives no shared secret with it"),
        _ => Text::literal("no cryptographic operation can use it"),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{CUSTOMER_KEY, answer, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_call_decides() {
        table(
            &RULE,
            &[
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("EnableKey", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("CancelKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("CreateKey", json!({}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_consequence_depends_on_the_usage_of_the_key() {
        for (usage, want) in [
            (Some("ENCRYPT_DECRYPT"), "data encrypted with it cannot be read or written."),
            (Some("SIGN_VERIFY"), "KMS neither signs nor verifies with it."),
            (Some("GENERATE_VERIFY_MAC"), "KMS neither computes nor verifies a MAC with it."),
            (Some("KEY_AGREEMENT"), "KMS derives no shared secret with it."),
            (None, "no cryptographic operation can use it."),
        ] {
            let facts: Vec<Value> =
                usage.iter().map(|usage| json!({"KeyMetadata": {"Arn": CUSTOMER_KEY, "KeyUsage": usage}})).collect();
            match answer(&RULE, "", &facts, "DisableKey", &json!({"keyId": CUSTOMER_KEY}), &Value::Null) {
                Outcome::Violation(violation) => assert!(violation.detail.ends_with(want), "{}", violation.detail),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DisableKey", &json!({"keyId": "it's; a key"})), @r#"
        The key `it's; a key` was disabled: no cryptographic operation can use it.
        {"eventName":"DisableKey"}
        aws kms enable-key --key-id 'it'\''s; a key' --region eu-west-1
        resource "aws_kms_key" "this" {
          is_enabled = true
        }
        Key Management Service > Customer managed keys > it's; a key > Key actions > Enable
        "#);
    }
}
