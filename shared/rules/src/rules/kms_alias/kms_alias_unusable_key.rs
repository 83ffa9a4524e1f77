//! An alias now points to a key that its users cannot use.
//!
//! ## What it detects
//! `UpdateAlias` that makes an alias point to a key that is disabled, pending deletion or waiting for
//! its key material, or whose key store is disconnected. Also `DeleteAlias` after which `CreateAlias`
//! gives the name to such a key within the settle time, or to a key of another type or usage than
//! before. In a scan, an alias that points to a key in one of these states.
//!
//! ## Why it matters
//! Everything that names the alias fails at its next use of the key: it can no longer write, sign or
//! compute MACs. KMS itself rejects an `UpdateAlias` to a key of another type or usage and one to a key
//! that is pending deletion, but it accepts the other states, and anything after `DeleteAlias`.
//!
//! ## When it stays silent
//! An alias that is only deleted is not applicable: KMS cannot tell whether anything uses it. Neither
//! is one that is created again for the same key, or that belongs to AWS (`alias/aws/…`). A key about
//! which there is no data is unverified. `CreateAlias` later than the settle time after `DeleteAlias`
//! is not compared with the key before. A scan does not know the key before.
//!
//! ## How to fix
//! Point the alias back to the key before, or make the new key usable. Data that a symmetric key
//! encrypted can still be read with it: KMS finds the key in the ciphertext, not by the alias.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::configuration::key::Key;
use crate::configuration::kms_alias::KmsAlias;
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::keys::with_command;
use crate::rules::kms_alias::left_at;
use crate::rules::kms_alias::remediation::{point_back, recreate};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-alias-unusable-key",
    title: "Alias points to a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kms_alias_unusable_key.rs"),
};

fn check(alias: &KmsAlias, context: &RuleContext<'_>) -> Outcome {
    let target = match alias.new_target(context) {
        Ok(target) => target,
        Err(outcome) => return outcome,
    };
    let is_deleted = target.arn.as_deref().is_some_and(|arn| context.facts.is_missing_key(arn));
    if context.seen == Seen::Scan && is_deleted {
        return Outcome::unresolved(&Unresolved::Deleted); // KMS deletes the aliases of a key with it
    }
    let key = match context.key(target) {
        Ok(key) => key,
        Err(why) => return Outcome::unverified(why),
    };
    let (name, given) = (context.name(), plain(&target.given));
    let violation = |problem: &Text| {
        let detail = match context.seen {
            Seen::Scan => text!(
                "The alias `{name}` points to the key `{key}`, which {problem}: every use of the alias fails.",
                name,
                key = &given,
                problem
            ),
            Seen::Call | Seen::Document => text!(
                "The alias `{name}` now points to the key `{key}`, which {problem}: every use of the alias fails.",
                name,
                key = &given,
                problem
            ),
        };
        Violation::new(detail)
            .evidence("targetKeyId", given.as_str())
            .evidence_text("problem", problem.clone())
            .remediated_at(left_at(target, context))
    };
    match key.state_problem() {
        Ok(None) => {}
        Ok(Some(problem)) => return violation(&problem.in_words()).remediation(point_back(alias, context)),
        Err(why) => return Outcome::unverified(with_command(why, target, &key, context)),
    }
    if !alias.deleted {
        return Outcome::Compliant; // KMS rejects a key of another type or usage
    }
    let Some(previous) = &alias.previous else {
        return Outcome::unverified(Text::literal("the record does not say which key the alias pointed to before"));
    };
    let (before, now) = match (context.key(previous).and_then(|key| purpose(&key)), purpose(&key)) {
        (Ok(before), Ok(now)) => (before, now),
        (Err(why), _) | (_, Err(why)) => return Outcome::unverified(why),
    };
    if before == now {
        return Outcome::Compliant;
    }
    let problem = text!("is for {now}, not for {before} like the key before", now, before);
    violation(&problem).remediation(recreate(alias, context))
}

/// What a key is for. KMS requires that it stays the same when an alias is updated.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html>
fn purpose(key: &Key) -> Result<Text, Text> {
    let usage = key.usage.as_deref().ok_or_else(|| key.usage_not_known())?;
    let spec = key.spec.as_deref().ok_or_else(|| key.spec_not_known())?;
    Ok(match spec {
        "SYMMETRIC_DEFAULT" => text!("symmetric {usage}", usage),
        hmac if hmac.starts_with("HMAC_") => usage.into(),
        _ => text!("asymmetric {usage}", usage),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::rules::kms_alias::DETECTOR;
    use crate::rules::testing::{
        CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table, violation,
    };
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::{Value, json};

    const ALIAS: &str = "arn:aws:kms:eu-west-1:111122223333:alias/team/orders";
    const SIGNING_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/signing";

    fn update(key: &str) -> Value {
        json!({"aliasName": "alias/team/orders", "targetKeyId": key})
    }

    fn signing_key() -> Value {
        json!({"KeyMetadata": {"Arn": SIGNING_KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled",
            "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}})
    }

    #[test]
    fn the_state_of_the_new_target_decides() {
        table(
            &RULE,
            &[
                ("UpdateAlias", update(DISABLED_KEY), "violation"),
                ("UpdateAlias", update("disabled"), "violation"),
                ("UpdateAlias", json!({"AliasName": "alias/team/orders", "TargetKeyId": "disabled"}), "violation"),
                ("UpdateAlias", update(CUSTOMER_KEY), "compliant"),
                ("UpdateAlias", update(UNKNOWN_KEY), "unverified"),
                ("UpdateAlias", json!({"aliasName": "alias/team/orders", "targetKeyId": null}), "unverified"),
                ("UpdateAlias", json!({"aliasName": "alias/team/orders", "targetKeyId": "***"}), "unverified"),
                ("UpdateAlias", json!({"omitted": true}), "unverified"),
                ("UpdateAlias", json!({"aliasName": "alias/aws/s3", "targetKeyId": DISABLED_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_names_the_target_if_the_request_does_not_show_it() {
        let request = json!({"aliasName": "alias/team/orders", "targetKeyId": "***"});
        for member in ["keyId", "KeyId"] {
            let outcome = answer(&RULE, "", &keys(), "UpdateAlias", &request, &json!({ member: DISABLED_KEY }));
            assert_eq!(name(&outcome), "violation");
        }
    }

    #[test]
    fn an_alias_of_a_signing_key_may_point_to_another_signing_key() {
        let outcome = answer(&RULE, "", &[signing_key()], "UpdateAlias", &update(SIGNING_KEY), &Value::Null);
        assert_eq!(name(&outcome), "compliant");
    }

    /// The outcome of `DeleteAlias` on an alias of the customer managed key, if the alias then points to `target`.
    fn recreated(target: &str) -> Outcome {
        let mut facts = keys();
        facts.push(signing_key());
        let id = target.rsplit('/').next().unwrap();
        facts.push(json!({"Aliases": [{"AliasArn": ALIAS, "TargetKeyId": id}]}));
        let request = json!({"aliasName": "alias/team/orders"});
        answer(&RULE, "", &facts, "DeleteAlias", &request, &json!({"keyId": CUSTOMER_KEY}))
    }

    #[test]
    fn an_alias_that_is_created_again_must_serve_the_same_purpose() {
        for (target, want) in [
            (CUSTOMER_KEY, "not-applicable"),
            (MANAGED_KEY, "compliant"), // any other symmetric key
            (DISABLED_KEY, "violation"),
            (SIGNING_KEY, "violation"),
            (UNKNOWN_KEY, "unverified"),
        ] {
            let outcome = recreated(target);
            assert_eq!(name(&outcome), want, "{target}: {outcome:?}");
        }
        let Outcome::Violation(violation) = recreated(SIGNING_KEY) else { panic!("no violation") };
        insta::assert_snapshot!(violation.detail, @"The alias `alias/team/orders` now points to the key `arn:aws:kms:eu-west-1:111122223333:key/signing`, which is for asymmetric SIGN_VERIFY, not for symmetric ENCRYPT_DECRYPT like the key before: every use of the alias fails.");
        insta::assert_snapshot!(violation.remediation.cli, @"
        aws kms delete-alias --alias-name alias/team/orders --region eu-west-1
        aws kms create-alias --alias-name alias/team/orders --target-key-id arn:aws:kms:eu-west-1:111122223333:key/customer --region eu-west-1
        ");
    }

    /// The outcome of the first of these calls in a replay, with its time of remediation.
    fn replayed(calls: &[(&str, &str, Value, Value)]) -> (String, Option<String>) {
        let record = |(name, time, request, response): &(&str, &str, Value, Value)| {
            json!({"eventName": name, "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": format!("2026-11-20T{time}Z"), "recipientAccountId": "111122223333",
                "requestParameters": request, "responseElements": response})
            .to_string()
        };
        let records: Vec<String> = calls.iter().map(record).collect();
        let events: Vec<Event<'_>> = records.iter().map(|text| Event::parse(text).unwrap()).collect();
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(events.iter().flat_map(Event::observe).collect());
        for key in keys().into_iter().chain([signing_key()]) {
            facts.insert_cli_output(&key).unwrap();
        }
        let change = events[0].change_for(&DETECTOR).unwrap();
        let settings = Settings::default();
        let findings = evaluate(&change, &facts, &settings);
        let outcome = &findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome;
        let remediated_at = match outcome {
            Outcome::Violation(violation) => violation.remediated_at.clone(),
            _ => None,
        };
        (name(outcome).to_owned(), remediated_at)
    }

    #[test]
    fn a_replay_reads_the_next_target_from_later_records() {
        let alias = json!({"aliasName": "alias/team/orders"});
        let delete = |time| ("DeleteAlias", time, alias.clone(), json!({"keyId": CUSTOMER_KEY}));
        let create = |time, key| ("CreateAlias", time, update(key), Value::Null);
        let moved = |time, key| ("UpdateAlias", time, update(key), Value::Null);
        for (calls, want, remediated_at) in [
            (vec![delete("10:00:00")], "not-applicable", None),
            (vec![delete("10:00:00"), create("10:04:00", SIGNING_KEY)], "violation", None),
            (vec![delete("10:00:00"), create("10:00:00", SIGNING_KEY)], "violation", None),
            (vec![delete("10:00:00"), create("10:04:00", CUSTOMER_KEY)], "not-applicable", None),
            (vec![delete("10:00:00"), create("10:06:00", SIGNING_KEY)], "not-applicable", None),
            (vec![moved("10:00:00", DISABLED_KEY)], "violation", None),
            (vec![moved("10:00:00", DISABLED_KEY), moved("11:00:00", DISABLED_KEY)], "violation", None),
            (vec![moved("10:00:00", DISABLED_KEY), delete("11:00:00")], "violation", None),
            (
                vec![moved("10:00:00", DISABLED_KEY), moved("11:00:00", CUSTOMER_KEY)],
                "violation",
                Some("2026-11-20T11:00:00Z"),
            ),
        ] {
            let expected = (want.to_owned(), remediated_at.map(str::to_owned));
            assert_eq!(replayed(&calls), expected, "{calls:?}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "UpdateAlias", &update(DISABLED_KEY)), @r#"
        The alias `alias/team/orders` now points to the key `arn:aws:kms:eu-west-1:111122223333:key/disabled`, which is disabled: every use of the alias fails.
        {"problem":"is disabled","targetKeyId":"arn:aws:kms:eu-west-1:111122223333:key/disabled"}
        aws kms update-alias --alias-name alias/team/orders --target-key-id your-key-id --region eu-west-1
        resource "aws_kms_alias" "this" {
          name          = "alias/team/orders"
          target_key_id = aws_kms_key.this.key_id
        }
        Key Management Service > Customer managed keys > your-key-id > Aliases
        "#);
    }
}
