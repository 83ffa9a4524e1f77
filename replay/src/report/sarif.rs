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

/// A log that grows. What is complete can be printed before it ends, so that memory does not grow with the results.
#[derive(Default)]
pub(crate) struct Log {
    rules: BTreeMap<&'static str, &'static Rule>,
    /// Results that were not taken, with commas between them.
    results: String,
    has_results: bool,
    is_open: bool,
}

const HEAD: &str = r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"results":["#;

impl Log {
    /// Adds a violation or an unverified outcome, located at a line of a file, given by its URI, if it was found in one, and at a
    /// resource. Other outcomes are ignored.
    pub(crate) fn add(&mut self, finding: &Finding<'_>, file: Option<(&str, usize)>, resource: Option<&str>) {
        let level = match (&finding.outcome, finding.severity) {
            (Outcome::Violation(_), Severity::Critical | Severity::High) => "error",
            (Outcome::Violation(_), Severity::Medium) => "warning",
            (Outcome::Violation(_) | Outcome::Unverified(_), _) => "note",
            _ => return,
        };
        self.rules.insert(finding.rule.id, finding.rule);
        let mut location = json!({});
        if let Some((uri, line)) = file {
            location["physicalLocation"] = json!({"artifactLocation": {"uri": uri}, "region": {"startLine": line}});
        }
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
        self.push(&json_line(&result));
    }

    fn push(&mut self, results: &str) {
        if self.has_results {
            self.results.push(',');
        }
        self.has_results = true;
        self.results.push_str(results);
    }

    /// Moves the content of another log, of which nothing was taken, into this one.
    pub(crate) fn append(&mut self, mut other: Log) {
        self.rules.append(&mut other.rules);
        if other.has_results {
            self.push(&other.results);
        }
    }

    /// The part of the log that is complete and was not taken.
    pub(crate) fn take(&mut self) -> String {
        let results = std::mem::take(&mut self.results);
        match std::mem::replace(&mut self.is_open, true) {
            true => results,
            false => HEAD.to_owned() + &results,
        }
    }

    /// The rest of the text.
    pub(crate) fn finish(mut self) -> String {
        let rules: Vec<Value> = self.rules.values().map(|rule| reporting_descriptor(rule)).collect();
        let driver = json!({"driver": {"name": "sealwatch", "version": env!("CARGO_PKG_VERSION"), "rules": rules}});
        format!("{}],\"tool\":{}}}],\"version\":\"2.1.0\"}}\n", self.take(), json_line(&driver))
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
