//! A customer managed KMS key is disabled.
//!
//! ## What it detects
//! `DisableKey`.
//!
//! ## Why it matters
//! Everything sealed with the key becomes unreadable within minutes: streams, clusters, log files.
//! It is also how an attacker blinds an account.
//!
//! ## When it stays silent
//! Other calls on keys.
//!
//! ## How to fix
//! Enable the key again; nothing is lost.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html>

use crate::configuration::{KeyCall, KmsKeyLifecycle};
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::text::{plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-disabled",
    title: "KMS key disabled",
    severity: Severity::Medium,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::KmsKeyLifecycle(check),
    source: include_str!("kms_key_disabled.rs"),
};

fn check(key: &KmsKeyLifecycle<'_>, case: &Case<'_>) -> Outcome {
    match &key.call {
        KeyCall::Disable => {}
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant, // refused for a disabled key
        _ => return Outcome::not_applicable("the call does not disable the key"),
    }
    let name = plain(case.name());
    Violation::new(format!("The key `{name}` was disabled: what is sealed with it cannot be read or written."))
        .seen("eventName", case.change.event.name.as_str())
        .until(case.put_right())
        .fix(
            case.aws(&format!("kms enable-key --key-id {}", shell(case.arn()))),
            "resource \"aws_kms_key\" \"this\" {\n  is_enabled = true\n}".to_owned(),
            format!("Key Management Service > Customer managed keys > {name} > Key actions > Enable"),
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use serde_json::json;

    #[test]
    fn every_answer() {
        table(
            &RULE,
            &[
                ("DisableKey", json!({"keyId": CUSTOMER_KEY}), "violation"),
                ("EnableKeyRotation", json!({"keyId": CUSTOMER_KEY}), "compliant"),
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "silent"),
                ("CreateKey", json!({}), "silent"),
            ],
        );
        insta::assert_snapshot!(violation(&RULE, "DisableKey", &json!({"keyId": "it's; a key"})), @r#"
        The key `it's; a key` was disabled: what is sealed with it cannot be read or written.
        {"eventName":"DisableKey"}
        aws kms enable-key --key-id 'it'\''s; a key' --region eu-west-1
        resource "aws_kms_key" "this" {
          is_enabled = true
        }
        Key Management Service > Customer managed keys > it's; a key > Key actions > Enable
        "#);
    }
}
