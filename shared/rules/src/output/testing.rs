//! Findings made by hand, for tests of the formats.

use serde_json::{Value, json};

use crate::engine::change::Event;
use crate::engine::finding::Finding;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::rules::DETECTORS;
use crate::util::severity::Severity;

/// The texts of a record that a caller or a replayed file determines.
pub(super) struct Origin<'a> {
    pub(super) trail: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) caller: &'a str,
}

/// Ordinary texts.
pub(super) const ORDINARY: Origin<'static> = Origin {
    trail: "audit",
    account: "111122223333",
    region: "eu-west-1",
    caller: "arn:aws:iam::111122223333:user/dev",
};

/// A violation with this detail and this command.
pub(super) fn violation(detail: &str, cli: &str) -> Violation {
    let mut violation = Violation::new(detail);
    violation.remediation = Remediation { cli: cli.to_owned(), terraform: "t".to_owned(), console: "c".to_owned() };
    violation
}

/// Runs a check on one finding for each violation, all of different rules while there are enough of them.
pub(super) fn with_findings<T>(
    origin: &Origin<'_>,
    violations: Vec<Violation>,
    check: impl FnOnce(&[Finding<'_>]) -> T,
) -> T {
    let text = json!({"eventName": "CreateTrail", "eventSource": "cloudtrail.amazonaws.com", "eventID": "e-1",
        "eventTime": "2026-11-22T10:00:00Z", "awsRegion": origin.region, "recipientAccountId": origin.account,
        "sourceIPAddress": "192.0.2.1", "userIdentity": {"type": "IAMUser", "arn": origin.caller},
        "requestParameters": {"name": origin.trail}})
    .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.changes().remove(0);
    let rules = DETECTORS.iter().flat_map(|detector| detector.rules.iter().copied()).cycle();
    let findings: Vec<Finding<'_>> = rules
        .zip(violations)
        .map(|(rule, violation)| Finding {
            rule,
            outcome: Outcome::Violation(Box::new(violation)),
            severity: Severity::High,
            change: &change,
            exception: None,
            expired_exception: None,
            hides_nil_uuid: false,
            not_found: false,
        })
        .collect();
    check(&findings)
}

/// A text in an object of `texts`, all of which are texts.
pub(super) fn text<'v>(texts: &'v Value, name: &str) -> &'v str {
    texts[name].as_str().unwrap()
}
