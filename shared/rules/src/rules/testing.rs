//! Helpers for the tests of rules: one call in, one outcome out.

use serde_json::{Value, json};

use crate::configuration::key::Scope;
use crate::engine::change::Event;
use crate::engine::evaluate::{evaluate, pending_lookups};
use crate::engine::existing::{Entry, Existing};
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::engine::lookup::{Lookup, LookupResult, MAX_ROUNDS};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{Phase, Rule};
use crate::language::Language;
use crate::rules::{DETECTORS, RULE_IDS, answered};
use crate::settings::Settings;

/// A customer managed key of the facts of [`keys`].
pub(crate) const CUSTOMER_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/customer";
/// An AWS managed key of these facts.
pub(crate) const MANAGED_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/managed";
/// A disabled key of these facts.
pub(crate) const DISABLED_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/disabled";
/// A key that is not in these facts.
pub(crate) const UNKNOWN_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/unknown";

/// What `describe-key` prints for the keys above, except the unknown one.
pub(crate) fn keys() -> Vec<Value> {
    let key = |arn: &str, manager: &str, state: &str| {
        json!({"KeyMetadata": {"Arn": arn, "KeyManager": manager, "KeyState": state, "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS"}})
    };
    vec![
        key(CUSTOMER_KEY, "CUSTOMER", "Enabled"),
        key(MANAGED_KEY, "AWS", "Enabled"),
        key(DISABLED_KEY, "CUSTOMER", "Disabled"),
    ]
}

/// The outcome of one rule for one call.
pub(crate) fn answer(
    rule: &Rule,
    settings: &str,
    facts: &[Value],
    call: &str,
    request: &Value,
    response: &Value,
) -> Outcome {
    evaluated(rule, settings, facts, call, request, response, |finding| finding.outcome)
}

/// What `show` makes of the finding of one rule for one call.
fn evaluated<T>(
    rule: &Rule,
    settings: &str,
    facts: &[Value],
    call: &str,
    request: &Value,
    response: &Value,
    show: impl FnOnce(Finding<'_>) -> T,
) -> T {
    let detector = DETECTORS.iter().find(|detector| detector.rules.iter().any(|owned| owned.id == rule.id)).unwrap();
    let record = json!({"eventName": call, "eventSource": detector.event_source, "eventTime": "2026-11-22T10:00:00Z",
        "eventID": "e-1", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "requestParameters": request, "responseElements": response})
    .to_string();
    let event = Event::parse(&record).unwrap();
    let call = detector.api_call(event.record()).or_else(|_| detector.closing_call(event.record()));
    let change = event.change(detector, call.unwrap());
    let mut known = Facts::default();
    for fact in facts {
        known.insert_cli_output(fact).unwrap();
    }
    let settings = Settings::parse(settings, &RULE_IDS).unwrap();
    let findings = evaluate(&change, &known, &settings);
    show(findings.into_iter().find(|finding| finding.rule.id == rule.id).unwrap())
}

/// What a scan answers about an existing resource: each rule that is applicable, and why. The resource is this entry of its
/// list; `answers` are what the APIs answer to look-ups, about whatever resource. `null` says that the resource does not exist.
pub(crate) fn scanned(
    existing: &'static Existing,
    entry: &Value,
    answers: &[(&'static str, Value)],
    settings: &str,
) -> String {
    let applicable = |finding: &Finding<'_>| match finding.outcome {
        Outcome::NotApplicable(_) => None,
        _ => Some(format!("{} {}: {}\n", finding.outcome_name(), finding.rule.id, finding.detail())),
    };
    let listed = Facts::default();
    scan(existing, entry, &listed, answers, settings, applicable).map_or("not evaluated".to_owned(), |all| all.concat())
}

/// The violation of one rule that a scan finds, see [`scanned`]: its detail, its evidence and its command.
pub(crate) fn scanned_violation(
    rule: &str,
    existing: &'static Existing,
    entry: &Value,
    answers: &[(&'static str, Value)],
) -> String {
    let show = |finding: &Finding<'_>| {
        let json = finding.to_json();
        let text = |pointer: &str| json.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        (finding.rule.id == rule)
            .then(|| format!("{}\n{}\n{}", text("/detail"), json["evidence"], text("/remediation/cli")))
    };
    scan(existing, entry, &Facts::default(), answers, "", show).unwrap().remove(0)
}

/// What `show` makes of the findings of a scan, see [`scanned`], where these facts are known already. `None` if the entry is
/// not evaluated.
pub(crate) fn scan<T>(
    existing: &'static Existing,
    entry: &Value,
    listed: &Facts,
    answers: &[(&'static str, Value)],
    settings: &str,
    show: impl FnMut(&Finding<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let settings = Settings::parse(settings, &RULE_IDS).unwrap();
    let mut facts = Facts::default();
    let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
    let change = existing.change(&Entry { value: entry, scope, facts: listed }, scope, "2026-11-26T10:00:00Z")?;
    if let Some(call) = existing.described_by {
        facts.insert(Lookup::new(call, change.resource.identity().unwrap()), answered(call, entry.clone()));
    }
    for round in 0.. {
        assert!(round < MAX_ROUNDS);
        let pending = pending_lookups(&change, &facts, &settings, Phase::All);
        if pending.is_empty() {
            break;
        }
        for lookup in pending {
            let mut allowed = existing.permissions.iter().chain([&existing.listing.permission]);
            assert!(allowed.any(|it| it.action == lookup.call), "{existing:?} may not {}", lookup.call);
            let result = match answers.iter().find(|(call, _)| *call == lookup.call) {
                Some((_, Value::Null)) => LookupResult::Deleted,
                Some((call, answer)) => answered(call, answer.clone()),
                None => LookupResult::Unknown(format!("no answer to `{}` of `{}`", lookup.call, lookup.arn).into()),
            };
            facts.insert(lookup, result);
        }
    }
    Some(evaluate(&change, &facts, &settings).iter().filter_map(show).collect())
}

/// The fingerprint of the violation by a rule, in a scan.
pub(crate) fn scanned_fingerprint(
    rule: &Rule,
    existing: &'static Existing,
    entry: &Value,
    answers: &[(&'static str, Value)],
) -> String {
    let print =
        |finding: &Finding<'_>| (finding.rule.id == rule.id && finding.is_violation()).then(|| finding.fingerprint());
    scan(existing, entry, &Facts::default(), answers, "", print).unwrap().remove(0)
}

/// The fingerprint of the violation by a call, which has the facts of [`keys`].
pub(crate) fn fingerprint(rule: &Rule, call: &str, request: &Value) -> String {
    answered_fingerprint(rule, call, request, &Value::Null)
}

/// The same for a call with this response.
pub(crate) fn answered_fingerprint(rule: &Rule, call: &str, request: &Value, response: &Value) -> String {
    let print = |finding: Finding<'_>| {
        assert!(finding.is_violation(), "{call} {request}: {:?}", finding.outcome);
        finding.fingerprint()
    };
    evaluated(rule, "", &keys(), call, request, response, print)
}

/// A row of a rule's table: the call, its request, and the name of the expected outcome.
pub(crate) type Row = (&'static str, Value, &'static str);

/// Evaluates each row with default settings and the facts of [`keys`].
pub(crate) fn table(rule: &Rule, rows: &[Row]) {
    for (call, request, want) in rows {
        let outcome = answer(rule, "", &keys(), call, request, &Value::Null);
        assert_eq!(name(&outcome), *want, "{call} {request}: {outcome:?}");
    }
}

/// The request of a `PutKeyPolicy` with this statement and that of the account principal. The effect defaults to `Allow`;
/// the resource is `*`.
pub(crate) fn policy_call(mut statement: Value) -> Value {
    if statement.get("Effect").is_none() {
        statement["Effect"] = json!("Allow");
    }
    statement["Resource"] = json!("*");
    let root = json!({"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [root, statement]});
    json!({"keyId": CUSTOMER_KEY, "policyName": "default", "policy": policy.to_string()})
}

/// Evaluates each statement in a policy of its own, see [`policy_call`].
pub(crate) fn policy_rows(rule: &Rule, rows: &[(Value, &str)]) {
    for (statement, want) in rows {
        let outcome = answer(rule, "", &keys(), "PutKeyPolicy", &policy_call(statement.clone()), &Value::Null);
        assert_eq!(name(&outcome), *want, "{statement}: {outcome:?}");
    }
}

/// The name of an outcome.
pub(crate) fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Compliant => "compliant",
        Outcome::Violation(_) => "violation",
        Outcome::NotApplicable(_) => "not-applicable",
        Outcome::Unverified(_) => "unverified",
    }
}

/// What is wrong, or why it is not applicable or unverified, in Japanese.
pub(crate) fn in_japanese(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::Violation(violation) => &violation.detail,
        Outcome::Unverified(why) | Outcome::NotApplicable(why) => why,
        Outcome::Compliant => return String::new(),
    };
    text.in_language(Language::Japanese).into_owned()
}

/// The violation of a call, for a snapshot of what people read.
pub(crate) fn violation(rule: &Rule, call: &str, request: &Value) -> String {
    match answer(rule, "", &keys(), call, request, &Value::Null) {
        Outcome::Violation(violation) => {
            let Violation { detail, evidence, remediation, .. } = *violation;
            let evidence: serde_json::Map<String, Value> = evidence.into_iter().collect();
            format!(
                "{detail}\n{}\n{}\n{}\n{}",
                Value::Object(evidence),
                remediation.cli,
                remediation.terraform,
                remediation.console
            )
        }
        other => panic!("{call} is not a violation: {other:?}"),
    }
}
