//! A KMS key was deleted.
//!
//! ## What it detects
//! `DeleteKey` and `KMS CMK Deletion`: the waiting period of a scheduled deletion is over, and KMS deletes the key. Nobody
//! calls that: KMS records the one in CloudTrail and sends the other to EventBridge. A scan finds only keys that exist.
//!
//! ## Why it matters
//! What was encrypted only with this key can never be decrypted again, and whatever still uses the key fails from now on.
//! The severity is high although nothing can be undone, because the errors begin now and this is their cause.
//!
//! ## When it stays silent
//! The events that KMS rotated a key are compliant: KMS rotates only keys that exist. Other calls on keys are not
//! applicable.
//!
//! ## How to fix
//! Find out what still uses the key, and move it to another key. A multi-Region key can still decrypt if a related key
//! exists in another Region: replicate that one to this Region again. To be warned in time next time, act on
//! `kms-key-deletion-scheduled`.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html>

use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::kms_key_lifecycle::remediation::DELETED;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-deleted",
    title: "KMS key deleted",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_deleted.rs"),
};

fn check(key: &KmsKeyLifecycle, context: &RuleContext<'_>) -> Outcome {
    match &key.call {
        KeyCall::Deleted => {}
        KeyCall::Rotated { .. } => return Outcome::Compliant, // KMS rotates only keys that exist
        KeyCall::Existing(_) => return Outcome::not_applicable("the key exists"),
        _ => return Outcome::not_applicable("the call does not delete a key"),
    }
    let name = context.name();
    // https://docs.aws.amazon.com/kms/latest/developerguide/mrk-how-it-works.html
    let detail = match name.starts_with("mrk-") {
        true => text!(
            "KMS deleted the key `{name}` at the end of its waiting period: what only this key encrypted can never be decrypted again, unless a related multi-Region key is left in another Region.",
            name
        ),
        false => text!(
            "KMS deleted the key `{name}` at the end of its waiting period: what only this key encrypted can never be decrypted again.",
            name
        ),
    };
    Violation::new(detail).evidence("eventName", context.event.name.as_str()).remediation(DELETED.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_event_decides() {
        table(
            &RULE,
            &[
                ("DeleteKey", Value::Null, "violation"),
                ("KMS CMK Deletion", Value::Null, "violation"),
                ("RotateKey", Value::Null, "compliant"),
                ("KMS CMK Rotation", Value::Null, "compliant"),
                ("ScheduleKeyDeletion", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
                ("DeleteExpiredKeyMaterial", Value::Null, "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "KMS CMK Deletion", &json!({"keyId": CUSTOMER_KEY})), @r#"
        KMS deleted the key `customer` at the end of its waiting period: what only this key encrypted can never be decrypted again.
        {"eventName":"KMS CMK Deletion"}
        # nothing brings the key back: see which calls name it, and move their callers to another key
        aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=arn:aws:kms:eu-west-1:111122223333:key/customer --region eu-west-1
        # a new key for what used the deleted one; Terraform still has that in its state
        resource "aws_kms_key" "this" {
          enable_key_rotation = true

          lifecycle {
            prevent_destroy = true
          }
        }
        CloudTrail > Event history > Resource name: arn:aws:kms:eu-west-1:111122223333:key/customer
        "#);
        let related = json!({"keyId": "arn:aws:kms:eu-west-1:111122223333:key/mrk-0d0c0b0a"});
        let text = violation(&RULE, "DeleteKey", &related);
        assert!(text.contains("unless a related multi-Region key is left in another Region."), "{text}");
    }
}
