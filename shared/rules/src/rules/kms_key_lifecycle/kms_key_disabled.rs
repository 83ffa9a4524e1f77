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

use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-disabled",
    title: "KMS key disabled",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_disabled.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    match &key.call {
        KeyCall::Disable => {}
        KeyCall::EnableRotation { .. } | KeyCall::DisableRotation => return Outcome::Compliant, // refused for a disabled key
        _ => return Outcome::not_applicable("the call does not disable the key"),
    }
    let name = plain(context.name());
    Violation::new(format!("The key `{name}` was disabled: what is sealed with it cannot be read or written."))
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(Remediation {
            cli: context.aws(&format!("kms enable-key --key-id {}", shell(context.arn()))),
            terraform: "resource \"aws_kms_key\" \"this\" {\n  is_enabled = true\n}".to_owned(),
            console: format!("Key Management Service > Customer managed keys > {name} > Key actions > Enable"),
        })
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
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("CreateKey", json!({}), "not-applicable"),
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
