//! Findings as OCSF Compliance Findings, class 2003 of schema version 1.6.0.
//!
//! <https://schema.ocsf.io/1.6.0/classes/compliance_finding>

use serde_json::{Value, json};

use crate::engine::context::Seen;
use crate::engine::finding::Finding;
use crate::engine::outcome::Outcome;
use crate::util::severity::Severity;
use crate::util::text::plain;
use crate::util::time;

/// The schema version that the documents follow.
pub const VERSION: &str = "1.6.0";

/// One finding as an OCSF document.
pub fn compliance_finding(finding: &Finding<'_>) -> Value {
    let change = finding.change;
    let (status_id, status) = match finding.outcome {
        Outcome::Compliant | Outcome::NotApplicable(_) => (1, "Pass"),
        Outcome::Unverified(_) => (2, "Warning"),
        Outcome::Violation(_) => (3, "Fail"),
    };
    let (severity_id, severity) = match finding.severity {
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    let actor = change.actor();
    let created = milliseconds(&change.event.time);
    let mut document = json!({
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2003, "class_name": "Compliance Finding",
        "type_uid": 200_301, "type_name": "Compliance Finding: Create",
        "time": created,
        "severity_id": severity_id, "severity": severity,
        "status_id": 1, "status": "New",
        "message": finding.detail(),
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "uid": finding.id(),
            "original_event_uid": (change.seen != Seen::Scan).then_some(&change.event.id),
            "correlation_uid": finding.fingerprint(),
            "product": {"name": "Sealwatch", "vendor_name": "Sealwatch", "version": env!("CARGO_PKG_VERSION")},
        },
        "finding_info": {
            "uid": finding.id(),
            "title": finding.rule.title,
            "desc": finding.detail(),
            "created_time": created,
            "analytic": {"type_id": 1, "type": "Rule", "name": finding.rule.id, "uid": finding.rule.id},
        },
        "compliance": {
            "control": finding.rule.id,
            "status_id": status_id, "status": status,
            "standards": ["Sealwatch"],
            "requirements": finding.rule.controls,
        },
        "resources": [{
            "uid": change.resource.arn.as_deref().unwrap_or(&change.resource.name),
            "name": change.resource.name,
            "type": change.resource.kind,
            "region": change.scope.region,
            "cloud_partition": change.scope.partition,
            "owner": {"account": {"uid": change.account(), "type_id": 10, "type": "AWS Account"}},
        }],
        "cloud": {"provider": "AWS", "region": change.scope.region, "account": {"uid": change.account(), "type_id": 10, "type": "AWS Account"}},
        "api": {"operation": change.event.name, "service": {"name": change.event.source}},
        "evidences": [{
            "actor": {"user": {"uid": actor.arn, "type": actor.kind}, "invoked_by": actor.invoked_by},
            "src_endpoint": {"ip": actor.source_ip},
            "data": finding.to_json().get("evidence"),
        }],
    });
    if let (Seen::Scan, Some(members)) = (change.seen, document.as_object_mut()) {
        // no call is known
        members.remove("api");
        members.insert("evidences".to_owned(), json!([{"data": finding.to_json().get("evidence")}]));
    }
    if let (Some(remediation), Some(members)) = (finding.remediation(), document.as_object_mut()) {
        let desc = format!("{}\n{}", plain(&remediation.console), plain(&remediation.cli));
        members.insert("remediation".to_owned(), json!({"desc": desc, "references": finding.rule.references()}));
    }
    document
}

/// The time of a record in milliseconds since 1970; 0 if it cannot be read, because the schema requires a time.
fn milliseconds(text: &str) -> i64 {
    time::record_time(text).map_or(0, |seconds| seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_since_1970() {
        assert_eq!(milliseconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(milliseconds("2000-02-29T12:00:00Z"), 951_825_600_000);
        assert_eq!(milliseconds("2026-11-22T10:00:00Z"), 1_795_341_600_000);
        assert_eq!(milliseconds("2026-11-22 10:00:00.000"), 1_795_341_600_000);
        assert_eq!(milliseconds("soon"), 0);
    }
}
