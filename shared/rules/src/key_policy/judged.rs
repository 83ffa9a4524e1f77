//! From a call to its analysis: which text to judge, whose key it is, and what the earlier policy admitted.

use super::{Analysis, Owner, Policy, Trust, analyze};
use crate::arn::is_account;
use crate::configuration::{KmsKeyPolicy, PolicyCall};
use crate::rule::{Case, Outcome};
use crate::said::Said;
use crate::time;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::OnceLock;

/// The analysis of the policy of one call, made when the first rule asks
pub(crate) type Cell = OnceLock<Result<Box<Judged>, Outcome>>;

/// A policy and what it comes to
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) policy: Policy,
    pub(crate) analysis: Analysis,
    pub(crate) owner: Owner,
    pub(crate) trust: Trust,
    /// The policy before this call, where it is known
    pub(crate) earlier: Option<Earlier>,
}

/// What the policy before this call came to
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    /// When it was put
    pub(crate) since: String,
    pub(crate) analysis: Analysis,
    /// What this call adds to it
    pub(crate) added: Analysis,
}

/// The analysis, or the answer that every rule gives where there is nothing to analyse.
pub(crate) fn judged<'c>(subject: &'c KmsKeyPolicy<'_>, case: &Case<'_>) -> Result<&'c Judged, Outcome> {
    match subject.judged.get_or_init(|| judge(subject, case).map(Box::new)) {
        Ok(judged) => Ok(judged),
        Err(outcome) => Err(outcome.clone()),
    }
}

/// The text of the policy that a call puts in force, where the record tells it: what a later call of the same key is
/// compared with.
pub(crate) fn put_in_force(subject: &KmsKeyPolicy<'_>, call: &str, partition: &str) -> Option<Box<str>> {
    match text(subject, call) {
        Ok(text) => Some(text.into()),
        Err(Outcome::Compliant) => Some(default_of(&subject.owner, partition).into()),
        Err(_) => None,
    }
}

/// What KMS gives a new key for which no policy is named.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
fn default_of(account: &str, partition: &str) -> String {
    let root = format!("arn:{partition}:iam::{account}:root");
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn judge(subject: &KmsKeyPolicy<'_>, case: &Case<'_>) -> Result<Judged, Outcome> {
    let text = text(subject, &case.change.event.name)?;
    let policy = Policy::parse(&text).map_err(|error| Outcome::Unverified(error.to_string()))?;
    let change = case.change;
    let owner = Owner {
        account: Some(subject.owner.as_str()).filter(|owner| is_account(owner)).unwrap_or(Owner::UNKNOWN).to_owned(),
        region: change.region.to_owned(),
        partition: change.partition.to_owned(),
        key: change.resource.arn.clone().filter(|arn| arn.contains(":key/")),
    };
    let keys = &case.settings.keys;
    let trust = Trust {
        accounts: keys.trusted_accounts.iter().cloned().collect(),
        organizations: keys.trusted_organizations.iter().cloned().collect(),
    };
    let analysis = analyze(&policy, &owner, &trust);
    let before = change.resource.arn.as_deref().zip(time::time(&change.event.time));
    let before = before.and_then(|(arn, at)| case.facts.history.policy_before(arn, at));
    let earlier = before.and_then(|(since, policy)| {
        let before = analyze(&Policy::parse(policy).ok()?, &owner, &trust);
        Some(Earlier { since: time::written(since), added: analysis.newly_admitted(&before), analysis: before })
    });
    Ok(Judged { policy, analysis, owner, trust, earlier })
}

/// The text of the policy that the call puts in force
fn text<'a>(subject: &KmsKeyPolicy<'a>, call: &str) -> Result<Cow<'a, str>, Outcome> {
    let PolicyCall::Policy { document, .. } = &subject.call else {
        return Err(Outcome::not_applicable("the call makes a grant"));
    };
    match document {
        Said::Said(document @ Value::Object(_)) => Ok(Cow::Owned(document.to_string())),
        // Without one a new key gets the default policy: the account principal and nobody else.
        Said::NotSaid if matches!(call, "CreateKey" | "ReplicateKey") => Err(Outcome::Compliant),
        // A document that no call put: a plan whose policy depends on what is not made yet.
        Said::NotSaid if call.is_empty() => {
            Err(Outcome::Unverified("the policy is not known before it is applied".to_owned()))
        }
        node => match node.text() {
            Said::Said(text) => Ok(Cow::Borrowed(text)),
            missing => Err(Outcome::Unverified(missing.missing("policy"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::KMS_KEY_POLICY;
    use crate::facts::Facts;
    use crate::history::{self, History};
    use crate::judge::judge;
    use crate::record::Record;
    use crate::settings::Settings;
    use serde_json::json;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/orders";

    /// Judges the calls as a replay does; gives the outcomes of the rule, call by call.
    fn replay(rule: &str, calls: &[(&str, &str, Value)]) -> Vec<String> {
        let records = calls.iter().map(|(time, call, policy)| {
            json!({"eventName": call, "eventSource": "kms.amazonaws.com", "eventTime": time, "eventID": time,
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": {"keyId": KEY, "policy": policy}})
            .to_string()
        });
        let records: Vec<String> = records.collect();
        let records: Vec<_> = records.iter().map(|record| Record::parse(record).unwrap()).collect();
        let told = records.iter().flat_map(|record| history::told(record, &record.bodies().unwrap()));
        let mut facts = Facts::default();
        facts.history = History::of(told.collect());
        let outcome = |record: &Record<'_>| {
            let bodies = record.bodies().unwrap();
            let change = KMS_KEY_POLICY.change(KMS_KEY_POLICY.watched(record).unwrap(), record, &bodies);
            let settings = Settings::default();
            let findings = judge(&KMS_KEY_POLICY, &change, &facts, &settings);
            let finding = findings.iter().find(|finding| finding.rule.id == rule).unwrap();
            format!("{}: {}", finding.outcome_name(), finding.detail())
        };
        records.iter().map(outcome).collect()
    }

    fn policy(principals: &[&str], action: &str) -> Value {
        let root = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [root,
            {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": action, "Resource": "*"}]})
    }

    #[test]
    fn only_what_is_new_is_reported_whatever_the_order() {
        let outcomes = replay(
            "kms-key-policy-foreign-account",
            &[
                ("2026-11-22T10:00:00Z", "CreateKey", Value::Null),
                ("2026-11-22T10:01:00Z", "PutKeyPolicy", policy(&["444455556666"], "kms:Decrypt")),
                ("2026-11-22T10:02:00Z", "PutKeyPolicy", policy(&["444455556666"], "kms:Decrypt")),
                ("2026-11-22T10:03:00Z", "PutKeyPolicy", policy(&["444455556666", "777788889999"], "kms:Decrypt")),
                ("2026-11-22T10:04:00Z", "PutKeyPolicy", policy(&["444455556666"], "kms:*crypt")),
                ("2026-11-22T10:00:30Z", "PutKeyPolicy", policy(&["444455556666"], "kms:Decrypt")),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @r#"
        compliant: As demanded.
        not-applicable: Not applicable: the call adds nothing to what the policy of 2026-11-22T10:00:30Z allowed already.
        not-applicable: Not applicable: the call adds nothing to what the policy of 2026-11-22T10:01:00Z allowed already.
        violation: The policy of the key `orders` lets account 777788889999 call kms:Decrypt. Whoever it belongs to decides there who uses the key. This is new since 2026-11-22T10:02:00Z.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt, kms:Encrypt. Whoever it belongs to decides there who uses the key. This is new since 2026-11-22T10:03:00Z.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt. Whoever it belongs to decides there who uses the key. This is new since 2026-11-22T10:00:00Z.
        "#);
    }

    #[test]
    fn nothing_is_new_beside_a_policy_that_is_not_known() {
        let outcomes = replay(
            "kms-key-policy-foreign-account",
            &[
                ("2026-11-22T10:00:00Z", "CreateKey", Value::Null),
                ("2026-11-22T10:01:00Z", "PutKeyPolicy", Value::Null),
                ("2026-11-22T10:02:00Z", "PutKeyPolicy", policy(&["444455556666"], "kms:Decrypt")),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @r#"
        compliant: As demanded.
        unverified: Could not be verified: the record does not say `policy`.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt. Whoever it belongs to decides there who uses the key.
        "#);
    }

    #[test]
    fn a_hold_that_gets_weaker_is_reported_once() {
        let role = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"},
            "Action": "kms:*", "Resource": "*"}});
        let outcomes = replay(
            "kms-key-policy-lockout",
            &[
                ("2026-11-22T10:00:00Z", "CreateKey", Value::Null),
                ("2026-11-22T10:01:00Z", "PutKeyPolicy", role.clone()),
                ("2026-11-22T10:02:00Z", "PutKeyPolicy", role),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @r#"
        compliant: As demanded.
        violation: The account may lose control of the key `orders`: only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names.
        not-applicable: Not applicable: the earlier policy of the key was no better.
        "#);
    }
}
