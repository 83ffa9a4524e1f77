//! From a call to the analysis of its policy: the text to analyze and the owner of the key.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::cloudtrail::field::Field;
use crate::configuration::key::{Key, KeyRef};
use crate::configuration::kms_key::{KmsKeyPolicy, PolicyCall, creates_key};
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::facts::Fact;
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::engine::outcome::{Outcome, Violation};
use crate::language::{Text, text};
use crate::rules::kms_key_policy::remediation::KEY;
use crate::rules::resource_policy::analysis::{PolicyAnalysis, analyze_text, owner};
use crate::util::text::plain;

/// `kms:GetKeyPolicy` of a key.
pub(super) const GET_KEY_POLICY: &str = "kms:GetKeyPolicy";

/// What the rules on key policies evaluate: the call, and the analysis that they share.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) policy: KmsKeyPolicy,
    /// True if what `DescribeKey` says about the key decides.
    pub(super) needs_key: bool,
    /// True if the key policy has to be looked up: it decides about a grant, or a scan evaluates it.
    pub(super) needs_key_policy: bool,
    /// The outcome of all rules, if look-ups showed that they have nothing to evaluate.
    pub(super) decided: Option<Outcome>,
    /// Computed for the first rule that needs it.
    analysis: OnceLock<Result<Box<PolicyAnalysis>, Outcome>>,
}

impl Subject {
    pub(crate) fn new(policy: KmsKeyPolicy) -> Subject {
        let (needs_key, needs_key_policy, decided) = (false, false, None);
        Subject { policy, needs_key, needs_key_policy, decided, analysis: OnceLock::new() }
    }

    /// The policy of a key that exists, according to look-ups. `DescribeKey` comes first: nothing else is asked about a key
    /// that AWS manages.
    pub(super) fn existing(policy: &KmsKeyPolicy, context: &RuleContext<'_>) -> Subject {
        let mut subject = Subject::new(policy.clone());
        subject.needs_key = true;
        subject.decided = nothing_to_evaluate(context);
        let arn = context.arn();
        if subject.decided.is_some() || !context.facts.contains(&Lookup::new(DESCRIBE_KEY, arn)) {
            return subject;
        }
        match context.facts.resource(GET_KEY_POLICY, arn) {
            Some(Ok(answer)) => subject.policy = policy.with_policy(answer),
            Some(Err(unresolved)) => subject.decided = Some(Outcome::unresolved(&unresolved)),
            None => subject.needs_key_policy = true,
        }
        subject
    }

    /// The `KeyUsage` of the key, from the call or from what is known about the key.
    pub(crate) fn usage(&self, context: &RuleContext<'_>) -> Option<String> {
        self.policy.usage.clone().or_else(|| key(context).ok()?.usage.clone())
    }

    /// The analysis of the policy.
    ///
    /// # Errors
    /// The outcome of every rule if there is nothing to analyze.
    pub(crate) fn analysis(&self, context: &RuleContext<'_>) -> Result<&PolicyAnalysis, Outcome> {
        let analyze = || match &self.decided {
            Some(outcome) => Err(outcome.clone()),
            None => analyze_call(&self.policy, context).map(Box::new),
        };
        match self.analysis.get_or_init(analyze) {
            Ok(analysis) => Ok(analysis),
            Err(outcome) => Err(outcome.clone()),
        }
    }
}

/// What is known about the key.
pub(super) fn key<'c>(context: &'c RuleContext<'_>) -> Fact<Cow<'c, Key>> {
    context.key(&KeyRef { given: context.arn().to_owned(), arn: context.resource.arn.clone() })
}

/// The outcome of all rules in a scan, if the key no longer exists or AWS manages it.
pub(super) fn nothing_to_evaluate(context: &RuleContext<'_>) -> Option<Outcome> {
    let policy = || context.facts.resource(GET_KEY_POLICY, context.arn());
    if context.facts.is_missing_key(context.arn()) || policy() == Some(Err(Unresolved::Deleted)) {
        return Some(Outcome::unresolved(&Unresolved::Deleted));
    }
    let is_aws_managed = key(context).is_ok_and(|key| key.aws_managed);
    is_aws_managed.then(|| Outcome::not_applicable("AWS manages the key and its policy"))
}

/// The outcome of a rule about grants for a call that creates none.
pub(super) fn no_grant(call: &PolicyCall) -> Outcome {
    match call {
        PolicyCall::GrantEnded(Some(_)) => Outcome::Compliant,
        PolicyCall::GrantEnded(None) => Outcome::not_applicable("the record does not show which grant ended"),
        PolicyCall::KeyDeleted => Outcome::not_applicable("the key was deleted"),
        PolicyCall::Policy { .. } | PolicyCall::Grant { .. } => Outcome::not_applicable("a key policy is no grant"),
    }
}

/// The outcome for a member of a grant that is missing.
pub(super) fn missing<T>(field: &Field<T>, member: &str, context: &RuleContext<'_>) -> Outcome {
    match context.seen {
        Seen::Scan => Outcome::unverified(text!("KMS did not return `{member}` of the grant", member)),
        Seen::Call | Seen::Document => Outcome::unverified(field.missing(member)),
    }
}

/// Adds the id of a grant, which tells it from others of the key.
pub(super) fn with_grant_id(violation: Violation, id: Option<&str>) -> Violation {
    match id {
        Some(id) => violation.evidence("grantId", plain(id)),
        None => violation,
    }
}

fn analyze_call(subject: &KmsKeyPolicy, context: &RuleContext<'_>) -> Result<PolicyAnalysis, Outcome> {
    let text = text(subject, context)?;
    let key = context.resource.arn.clone().filter(|arn| arn.contains(":key/"));
    analyze_text(text, owner(&subject.owner, key, context), &KEY, context)
}

/// The text of the policy that the call puts in force, or that is in force.
fn text<'a>(subject: &'a KmsKeyPolicy, context: &RuleContext<'_>) -> Result<&'a str, Outcome> {
    let document = match &subject.call {
        PolicyCall::Policy { document, .. } => document,
        PolicyCall::Grant { .. } | PolicyCall::GrantEnded(_) => {
            return Err(Outcome::not_applicable("a grant is no key policy"));
        }
        PolicyCall::KeyDeleted => return Err(Outcome::not_applicable("the key was deleted")),
    };
    let call = context.event.name.as_str();
    match document {
        Field::Present(text) => Ok(text),
        _ if context.seen == Seen::Scan => Err(Outcome::unverified(Text::literal("KMS did not return the key policy"))),
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
