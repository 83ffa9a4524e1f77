//! A rule as `rules` and `explain` print it for machines.

use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::rules::DETECTORS;
use serde_json::{Value, json};

/// The source and name of each API call that the rule evaluates.
pub(crate) fn monitored_calls(rule: &Rule) -> Vec<(&'static str, &'static str)> {
    let detectors = DETECTORS.iter().filter(|detector| detector.rules.iter().any(|owned| owned.id == rule.id));
    detectors.flat_map(|detector| detector.calls.iter().map(|call| (detector.event_source, call.name))).collect()
}

/// The rule as JSON.
pub(crate) fn document(rule: &Rule) -> Value {
    let events: Vec<Value> =
        monitored_calls(rule).into_iter().map(|(source, name)| json!({"source": source, "name": name})).collect();
    json!({
        "id": rule.id, "title": rule.title, "severity": rule.severity.name(), "controls": rule.controls,
        "events": events, "references": rule.references(), "doc": rule.doc(),
    })
}
