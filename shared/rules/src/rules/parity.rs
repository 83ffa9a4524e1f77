//! Helpers for property tests: a call, and a scan of the resource that it left, have the same outcomes.

use serde_json::{Value, json};

use crate::configuration::key::Scope;
use crate::engine::change::{Change, Event};
use crate::engine::detector::Detector;
use crate::engine::evaluate::{evaluate, pending_lookups};
use crate::engine::existing::{Entry, Existing};
use crate::engine::facts::Facts;
use crate::engine::lookup::{DESCRIBE_KEY, Lookup, LookupResult, MAX_ROUNDS};
use crate::engine::rule::Phase;
use crate::rules::answered;
use crate::rules::testing::keys;
use crate::settings::Settings;

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) rule: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) fingerprint: String,
}

/// What AWS answers to a look-up; `None` if access is denied.
pub(crate) type Answers<'a> = &'a dyn Fn(&Lookup) -> Option<Value>;

/// What AWS answers about the keys of the tests.
pub(crate) fn about_key(lookup: &Lookup) -> Option<Value> {
    let is_asked = |key: &Value| lookup.call == DESCRIBE_KEY && key["KeyMetadata"]["Arn"] == json!(lookup.arn);
    keys().into_iter().find(is_asked)
}

/// The verdicts on a call.
pub(crate) fn of_call(
    detector: &'static Detector,
    call: &str,
    request: &Value,
    response: &Value,
    answers: Answers<'_>,
) -> Vec<Verdict> {
    let record = json!({"eventName": call, "eventSource": detector.event_source, "eventTime": "2026-11-22T10:00:00Z",
        "eventID": "e-1", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "requestParameters": request, "responseElements": response})
    .to_string();
    let event = Event::parse(&record).unwrap();
    verdicts(&event.change_for(detector).unwrap(), Facts::default(), answers)
}

/// The verdicts on the resource of an entry.
pub(crate) fn of_scan(existing: &'static Existing, entry: &Value, answers: Answers<'_>) -> Vec<Verdict> {
    let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
    let listed = Facts::default();
    let listed = Entry { value: entry, scope, facts: &listed };
    let change = existing.change(&listed, scope, "2026-11-26T10:00:00Z").unwrap();
    let mut facts = Facts::default();
    if let Some(call) = existing.described_by {
        facts.insert(Lookup::new(call, change.resource.identity().unwrap()), answered(call, entry.clone()));
    }
    let checked = |lookup: &Lookup| {
        assert!(
            existing.permissions.iter().any(|permission| permission.action == lookup.call),
            "{} is not allowed",
            lookup.call
        );
        answers(lookup)
    };
    verdicts(&change, facts, &checked)
}

fn verdicts(change: &Change<'_>, mut facts: Facts, answers: Answers<'_>) -> Vec<Verdict> {
    let settings = Settings::default();
    for round in 0.. {
        assert!(round < MAX_ROUNDS);
        let pending = pending_lookups(change, &facts, &settings, Phase::All);
        if pending.is_empty() {
            break;
        }
        for lookup in pending {
            let result = match answers(&lookup) {
                Some(answer) => answered(lookup.call, answer),
                None => LookupResult::Unknown("access was denied".into()),
            };
            facts.insert(lookup, result);
        }
    }
    let findings = evaluate(change, &facts, &settings);
    let verdict = |finding: &crate::engine::finding::Finding<'_>| Verdict {
        rule: finding.rule.id,
        outcome: finding.outcome_name(),
        severity: finding.severity.name(),
        fingerprint: finding.fingerprint(),
    };
    findings.iter().map(verdict).collect()
}
