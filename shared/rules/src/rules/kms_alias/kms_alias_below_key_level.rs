//! An alias now points to a key below the required level.
//!
//! ## What it detects
//! `UpdateAlias` that makes an alias point to a key below the level of `keys.required`, and
//! `DeleteAlias` after which `CreateAlias` gives the name to such a key within the settle time. It is about the move. A scan
//! shows none: it resolves the alias wherever a resource names it, and the rules of that resource evaluate the key.
//!
//! ## Why it matters
//! Everything that names the alias encrypts with the new key from then on: applications, streams,
//! log deliveries. None of them was changed, so no other rule sees it.
//!
//! ## When it stays silent
//! By default a customer managed key is enough, and KMS accepts no other as the target of an alias: a
//! key about which there is no data is compliant. If a key in a CloudHSM key store is required, it is
//! unverified. A target that is not a symmetric encryption key is not applicable: services cannot
//! encrypt with it, at any level. Neither is an alias that is only deleted, that is created again for
//! the same key, or that belongs to AWS (`alias/aws/…`). `CreateAlias` later than the settle time after
//! `DeleteAlias` is not compared with the key before.
//!
//! ## How to fix
//! Point the alias back to the key before, or to another key of the required level.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html>

use crate::configuration::key::Protection;
use crate::configuration::kms_alias::KmsAlias;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::keys::{require_level, required};
use crate::rules::kms_alias::left_at;
use crate::rules::kms_alias::remediation::point_back;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-alias-below-key-level",
    title: "Alias points below the required key level",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kms_alias_below_key_level.rs"),
};

fn check(alias: &KmsAlias, context: &RuleContext<'_>) -> Outcome {
    if context.seen == Seen::Scan {
        return Outcome::not_applicable("only a move takes those who name the alias to another level");
    }
    let target = match alias.new_target(context) {
        Ok(target) => target,
        Err(outcome) => return outcome,
    };
    // KMS accepts only customer managed keys as targets, so a key that nothing describes is one as well
    let is_customer_managed = !context.key(target).is_ok_and(|key| key.aws_managed);
    if is_customer_managed && context.settings.keys.required <= Protection::CustomerManaged {
        return Outcome::Compliant;
    }
    if context.key(target).is_ok_and(|key| key.is_symmetric_encryption_key() == Some(false)) {
        return Outcome::not_applicable("services cannot encrypt with the key: it is no symmetric encryption key");
    }
    require_level(target, context, |found| {
        let detail = text!(
            "The alias `{name}` now points to {found}; {required} is required.",
            name = context.name(),
            found = found.in_words(),
            required = required(context)
        );
        Violation::new(detail)
            .evidence("targetKeyId", plain(&target.given))
            .remediated_at(left_at(target, context))
            .remediation(point_back(alias, context))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table};
    use serde_json::{Value, json};

    const HSM_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/hsm";
    const SIGNING_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/signing";

    fn update(key: &str) -> Value {
        json!({"aliasName": "alias/orders", "targetKeyId": key})
    }

    #[test]
    fn by_default_every_possible_target_is_enough() {
        table(
            &RULE,
            &[
                ("UpdateAlias", update(CUSTOMER_KEY), "compliant"),
                ("UpdateAlias", update(UNKNOWN_KEY), "compliant"),
                ("UpdateAlias", update(MANAGED_KEY), "violation"), // AWS documents that KMS rejects it
                ("UpdateAlias", json!({"aliasName": "alias/aws/s3", "targetKeyId": CUSTOMER_KEY}), "not-applicable"),
                ("UpdateAlias", json!({"aliasName": "alias/orders"}), "unverified"),
                ("UpdateAlias", json!({"omitted": true}), "unverified"),
                ("DeleteAlias", json!({"aliasName": "alias/orders"}), "unverified"),
            ],
        );
    }

    #[test]
    fn a_required_key_store_is_found_in_the_origin_of_the_target() {
        let mut facts = keys();
        let key = |arn: &str, more: Value| {
            let mut key = json!({"Arn": arn, "KeyManager": "CUSTOMER", "KeyState": "Enabled"});
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "KeyMetadata": key })
        };
        facts.push(key(HSM_KEY, json!({"Origin": "AWS_CLOUDHSM"})));
        facts.push(key(SIGNING_KEY, json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"})));
        for (target, want) in [
            (HSM_KEY, "compliant"),
            (CUSTOMER_KEY, "violation"),
            (SIGNING_KEY, "not-applicable"),
            (UNKNOWN_KEY, "unverified"),
        ] {
            let settings = "[keys]\nrequired = \"cloudhsm\"";
            let outcome = answer(&RULE, settings, &facts, "UpdateAlias", &update(target), &Value::Null);
            assert_eq!(name(&outcome), want, "{target}: {outcome:?}");
        }
    }
}
