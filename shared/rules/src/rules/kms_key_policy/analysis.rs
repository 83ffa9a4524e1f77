//! From a call to the analysis of its policy: the text to analyze and the owner of the key.

use std::sync::OnceLock;

use crate::cloudtrail::field::Field;
use crate::configuration::key::KeyRef;
use crate::configuration::kms_key::{KmsKeyPolicy, PolicyCall, creates_key};
use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::rules::kms_key_policy::remediation::KEY;
use crate::rules::resource_policy::analysis::{PolicyAnalysis, analyze_text, owner};

/// What the rules on key policies evaluate: the call, and the analysis that they share.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) policy: KmsKeyPolicy,
    /// True if the key policy decides about a grant.
    pub(super) needs_key_policy: bool,
    /// Computed for the first rule that needs it.
    analysis: OnceLock<Result<Box<PolicyAnalysis>, Outcome>>,
}

impl Subject {
    pub(crate) fn new(policy: KmsKeyPolicy) -> Subject {
        Subject { policy, needs_key_policy: false, analysis: OnceLock::new() }
    }

    /// The `KeyUsage` of the key, from the call or from what is known about the key.
    pub(crate) fn usage(&self, context: &RuleContext<'_>) -> Option<String> {
        let known = || {
            let key = KeyRef { given: context.arn().to_owned(), arn: context.resource.arn.clone() };
            context.key(&key).ok()?.usage.clone()
        };
        self.policy.usage.clone().or_else(known)
    }

    /// The analysis of the policy.
    ///
    /// # Errors
    /// The outcome of every rule if there is nothing to analyze.
    pub(crate) fn analysis(&self, context: &RuleContext<'_>) -> Result<&PolicyAnalysis, Outcome> {
        match self.analysis.get_or_init(|| analyze_call(&self.policy, context).map(Box::new)) {
            Ok(analysis) => Ok(analysis),
            Err(outcome) => Err(outcome.clone()),
        }
    }
}

fn analyze_call(subject: &KmsKeyPolicy, context: &RuleContext<'_>) -> Result<PolicyAnalysis, Outcome> {
    let text = text(subject, &context.event.name)?;
    let key = context.resource.arn.clone().filter(|arn| arn.contains(":key/"));
    analyze_text(text, owner(&subject.owner, key, context), &KEY, context)
}

/// The text of the policy that the call puts in force.
fn text<'a>(subject: &'a KmsKeyPolicy, call: &str) -> Result<&'a str, Outcome> {
    let PolicyCall::Policy { document, .. } = &subject.call else {
        return Err(Outcome::not_applicable("the call creates a grant"));
    };
    match document {
        Field::Present(text) => Ok(text),
        // Without a policy a new key gets the default one, which admits only the account principal. So does a key in a
        // plan, where no call has a name.
        Field::Absent if creates_key(call) || call.is_empty() => Err(Outcome::Compliant),
        missing => Err(Outcome::unverified(missing.missing("policy"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::kms_key_policy::DETECTOR;
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::{Value, json};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/orders";

    /// Evaluates the calls as a replay does. Returns the outcome of the rule for each call.
    fn replay(rule: &str, calls: &[(&str, &str, Value)]) -> Vec<String> {
        let records = calls.iter().map(|(time, call, policy)| {
            json!({"eventName": call, "eventSource": "kms.amazonaws.com", "eventTime": time, "eventID": time,
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": {"keyId": KEY, "policy": policy}})
            .to_string()
        });
        let records: Vec<String> = records.collect();
        let events: Vec<_> = records.iter().map(|record| Event::parse(record).unwrap()).collect();
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(events.iter().flat_map(Event::observe).collect());
        let settings = Settings::default();
        let outcome = |event: &Event<'_>| {
            let change = event.change_for(&DETECTOR).unwrap();
            let findings = evaluate(&change, &facts, &settings);
            let finding = findings.iter().find(|finding| finding.rule.id == rule).unwrap();
            format!("{}: {}", finding.outcome_name(), finding.detail())
        };
        events.iter().map(outcome).collect()
    }

    fn policy(principals: &[&str], action: &str) -> Value {
        let root = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [root,
            {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": action, "Resource": "*"}]})
    }

    #[test]
    fn only_new_exposures_are_reported_whatever_the_order_of_records() {
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
        insta::assert_snapshot!(outcomes.join("\n"), @"
        compliant: Compliant.
        not-applicable: Not applicable: the policy of 2026-11-22T10:00:30Z already allowed everything that this one allows.
        not-applicable: Not applicable: the policy of 2026-11-22T10:01:00Z already allowed everything that this one allows.
        violation: The policy of the key `orders` lets account 777788889999 call kms:Decrypt (new since 2026-11-22T10:02:00Z). Its administrators decide who uses the key.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt, kms:Encrypt (new since 2026-11-22T10:03:00Z). Its administrators decide who uses the key.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt (new since 2026-11-22T10:00:00Z). Its administrators decide who uses the key.
        ");
    }

    #[test]
    fn a_replica_is_evaluated_in_its_own_region() {
        let id = "mrk-00000000000000000000000000000007";
        let shared = policy(&["444455556666"], "kms:Decrypt");
        let request = json!({"keyId": id, "replicaRegion": "ap-south-1", "policy": shared.to_string()});
        let replica = format!("arn:aws:kms:ap-south-1:111122223333:key/{id}");
        let listed = json!([{"ARN": format!("arn:aws:kms:us-east-2:111122223333:key/{id}"), "type": "AWS::KMS::Key", "accountId": "111122223333"}]);
        for response in [json!({"replicaKeyMetadata": {"arn": replica}}), Value::Null] {
            for resources in [&listed, &Value::Null] {
                let record =
                    json!({"eventName": "ReplicateKey", "eventSource": "kms.amazonaws.com", "awsRegion": "us-east-2",
                    "recipientAccountId": "111122223333", "requestParameters": request, "responseElements": response,
                    "resources": resources})
                    .to_string();
                let event = Event::parse(&record).unwrap();
                let change = event.change_for(&DETECTOR).unwrap();
                assert_eq!(change.resource.arn.as_deref(), Some(replica.as_str()), "{response} {resources}");
                let (facts, settings) = (Facts::default(), Settings::default());
                let findings = evaluate(&change, &facts, &settings);
                let foreign = findings.iter().find(|finding| finding.is_violation()).unwrap().to_json();
                assert_eq!(foreign["region"], "ap-south-1");
                let fix = foreign["remediation"]["cli"].as_str().unwrap();
                assert!(fix.contains(&replica) && fix.ends_with("--region ap-south-1"), "{fix}");
            }
        }
    }

    #[test]
    fn every_exposure_is_reported_if_the_earlier_policy_is_not_known() {
        let outcomes = replay(
            "kms-key-policy-foreign-account",
            &[
                ("2026-11-22T10:00:00Z", "CreateKey", Value::Null),
                ("2026-11-22T10:01:00Z", "PutKeyPolicy", Value::Null),
                ("2026-11-22T10:02:00Z", "PutKeyPolicy", policy(&["444455556666"], "kms:Decrypt")),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @"
        compliant: Compliant.
        unverified: Could not be verified: the record does not say `policy`.
        violation: The policy of the key `orders` lets account 444455556666 call kms:Decrypt. Its administrators decide who uses the key.
        ");
    }

    #[test]
    fn a_weaker_hold_on_the_key_is_reported_once() {
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
        insta::assert_snapshot!(outcomes.join("\n"), @"
        compliant: Compliant.
        violation: The account may lose control of the key `orders`: only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names. Rated medium: the account still has control.
        not-applicable: Not applicable: the earlier policy of the key was no better.
        ");
    }
}
