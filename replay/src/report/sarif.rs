//! Findings as SARIF 2.1.0, which code review tools show next to the file.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::text::json_line;
use serde_json::{Value, json};

/// A log that grows.
#[derive(Default)]
pub(crate) struct Log {
    rules: BTreeMap<&'static str, &'static Rule>,
    results: Vec<Value>,
}

impl Log {
    /// Adds a violation or an unverified outcome, located at a line of a file and at a resource. Other outcomes are
    /// ignored.
    pub(crate) fn add(&mut self, finding: &Finding<'_>, file: &str, line: usize, resource: Option<&str>) {
        let level = match (&finding.outcome, finding.severity) {
            (Outcome::Violation(_), Severity::Critical | Severity::High) => "error",
            (Outcome::Violation(_), Severity::Medium) => "warning",
            (Outcome::Violation(_) | Outcome::Unverified(_), _) => "note",
            _ => return,
        };
        self.rules.insert(finding.rule.id, finding.rule);
        let mut location =
            json!({"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}});
        if let Some(resource) = resource {
            location["logicalLocations"] = json!([{"fullyQualifiedName": resource, "kind": "resource"}]);
        }
        let mut result = json!({
            "ruleId": finding.rule.id,
            "level": level,
            "message": {"text": finding.detail()},
            "locations": [location],
            "partialFingerprints": {"sealwatch/v1": finding.fingerprint()},
        });
        if let Some(exception) = finding.exception {
            result["suppressions"] = json!([{"kind": "external", "justification": exception.reason}]);
        }
        self.results.push(result);
    }

    /// Moves the content of another log into this one.
    pub(crate) fn append(&mut self, mut other: Log) {
        self.rules.append(&mut other.rules);
        self.results.append(&mut other.results);
    }

    /// Formats the log as one JSON document on one line.
    pub(crate) fn finish(self) -> String {
        let rules: Vec<Value> = self.rules.values().map(|rule| reporting_descriptor(rule)).collect();
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {"name": "sealwatch", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
                "results": self.results,
            }],
        });
        json_line(&log) + "\n"
    }
}

fn reporting_descriptor(rule: &Rule) -> Value {
    let mut descriptor = json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.doc(), "markdown": rule.doc()},
    });
    if let Some(page) = rule.references().first() {
        descriptor["helpUri"] = json!(page);
    }
    descriptor
}
