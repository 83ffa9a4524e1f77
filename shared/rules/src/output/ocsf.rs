//! Findings as OCSF Compliance Findings, class 2003 of schema version 1.6.0.
//!
//! <https://schema.ocsf.io/1.6.0/classes/compliance_finding>

use serde_json::{Map, Value, json};

use crate::engine::finding::Finding;
use crate::util::severity::Severity;
use crate::util::text::plain;
use crate::util::time;

/// The schema version that the documents follow.
pub const VERSION: &str = "1.6.0";

/// What happened to a finding.
///
/// <https://schema.ocsf.io/1.6.0/classes/compliance_finding>, `activity_id`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// It is told for the first time.
    Create,
    /// It was told before.
    Update,
    /// It is resolved.
    Close,
}

/// One finding as an OCSF document.
pub fn compliance_finding(finding: &Finding<'_>) -> Value {
    from_json(&finding.to_json(), None)
}

/// The OCSF document of a finding in the JSON of `docs/finding.schema.json`. Where there is a ledger, the finding has the
/// members of its state, and an activity.
pub(super) fn from_json(finding: &Value, activity: Option<Activity>) -> Value {
    let at = |path: &str| finding.pointer(path).unwrap_or(&Value::Null);
    let text = |path: &str| at(path).as_str().unwrap_or_default();
    let (status_id, status) = match text("/outcome") {
        _ if activity == Some(Activity::Close) => (1, "Pass"),
        "unverified" => (2, "Warning"),
        "violation" => (3, "Fail"),
        _ => (1, "Pass"),
    };
    let severity = Severity::ALL.into_iter().find(|severity| severity.name() == text("/severity"));
    let (severity_id, severity) = match severity {
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::High) => (4, "High"),
        Some(Severity::Critical) => (5, "Critical"),
        None => (0, "Unknown"),
    };
    let (activity_id, activity_name) = match activity {
        None | Some(Activity::Create) => (1, "Create"),
        Some(Activity::Update) => (2, "Update"),
        Some(Activity::Close) => (3, "Close"),
    };
    let (progress_id, progress) = match activity {
        None | Some(Activity::Create) => (1, "New"),
        Some(Activity::Update) => (2, "In Progress"),
        Some(Activity::Close) => (4, "Resolved"),
    };
    let is_scan = text("/seen") == "scan";
    let seen = milliseconds(text(if is_scan { "/at" } else { "/event/time" }));
    let resource = at("/resource/arn").as_str().unwrap_or(text("/resource/name"));
    let account = json!({"uid": at("/account"), "type_id": 10, "type": "AWS Account"});
    let mut document = json!({
        "activity_id": activity_id, "activity_name": activity_name,
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2003, "class_name": "Compliance Finding",
        "type_uid": 200_300 + activity_id, "type_name": format!("Compliance Finding: {activity_name}"),
        "time": seen,
        "severity_id": severity_id, "severity": severity,
        "status_id": progress_id, "status": progress,
        "message": at("/detail"),
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "uid": at("/id"),
            "original_event_uid": (!is_scan).then(|| at("/event/id")),
            "correlation_uid": at("/fingerprint"),
            "product": {"name": "Sealwatch", "vendor_name": "Sealwatch", "version": crate::output::VERSION},
        },
        "finding_info": {
            "uid": at("/id"),
            "title": at("/title"),
            "desc": at("/detail"),
            "created_time": seen,
            "analytic": {"type_id": 1, "type": "Rule", "name": at("/rule"), "uid": at("/rule")},
        },
        "compliance": {
            "control": at("/rule"),
            "status_id": status_id, "status": status,
            "standards": ["Sealwatch"],
            "requirements": at("/controls"),
        },
        "resources": [{
            "uid": resource,
            "name": at("/resource/name"),
            "type": at("/resource/type"),
            "region": at("/region"),
            "cloud_partition": at("/partition"),
            "owner": {"account": account},
        }],
        "cloud": {"provider": "AWS", "region": at("/region"), "account": account},
    });
    let source = at("/links/event").as_str().or(at("/links/resource").as_str());
    if let (Some(url), Some(info)) = (source, document.get_mut("finding_info").and_then(Value::as_object_mut)) {
        // "The URL pointing to the source of the finding": https://schema.ocsf.io/1.6.0/objects/finding_info
        info.insert("src_url".to_owned(), json!(url));
    }
    let Some(members) = document.as_object_mut() else { return document };
    if is_scan {
        // no call is known
        members.insert("evidences".to_owned(), json!([{"data": at("/evidence")}]));
    } else {
        members.insert(
            "api".to_owned(),
            json!({"operation": at("/event/name"), "service": {"name": at("/event/source")}}),
        );
        let actor = json!({
            "user": {"uid": at("/actor/arn"), "type": at("/actor/type")},
            "invoked_by": at("/actor/invoked_by"),
        });
        let evidence = json!({"actor": actor, "src_endpoint": {"ip": at("/actor/source_ip")}, "data": at("/evidence")});
        members.insert("evidences".to_owned(), json!([evidence]));
    }
    if at("/remediation").is_object() {
        let desc = format!("{}\n{}", plain(text("/remediation/console")), plain(text("/remediation/cli")));
        members.insert("remediation".to_owned(), json!({"desc": desc, "references": at("/references")}));
    }
    if activity.is_some() {
        add_state(members, finding, seen);
    }
    document
}

/// What a ledger knows: all documents of one rule and resource have the same `finding_info.uid`, so that a consumer updates
/// and closes the finding that it created.
///
/// <https://schema.ocsf.io/1.6.0/objects/finding_info>
fn add_state(document: &mut Map<String, Value>, finding: &Value, seen: i64) {
    let time = |member: &str| finding.get(member).and_then(Value::as_str).map(milliseconds);
    let resolved = time("resolved_at");
    let first = time("first_seen").unwrap_or(seen);
    if let Some(info) = document.get_mut("finding_info").and_then(Value::as_object_mut) {
        info.insert("uid".to_owned(), finding.get("fingerprint").cloned().unwrap_or_default());
        info.insert("created_time".to_owned(), json!(first));
        info.insert("modified_time".to_owned(), json!(resolved.unwrap_or(seen)));
        info.insert("first_seen_time".to_owned(), json!(first));
        info.insert("last_seen_time".to_owned(), json!(seen));
    }
    if let Some(resolved) = resolved {
        document.insert("time".to_owned(), json!(resolved));
    }
    if let Some(by) = finding.get("resolved_by") {
        document.insert("unmapped".to_owned(), json!({"resolved_by": by}));
    }
}

/// The time of a record in milliseconds since 1970; 0 if it cannot be read, because the schema requires a time.
fn milliseconds(text: &str) -> i64 {
    time::record_time(text).map_or(0, |seconds| seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_severity_and_activity_have_the_numbers_of_ocsf() {
        for (outcome, severity, activity, compliance, numbers) in [
            ("violation", "critical", None, "Fail", [1, 5, 1]),
            ("violation", "high", Some(Activity::Create), "Fail", [1, 4, 1]),
            ("unverified", "medium", Some(Activity::Update), "Warning", [2, 3, 2]),
            ("unverified", "low", None, "Warning", [1, 2, 1]),
            ("violation", "low", Some(Activity::Close), "Pass", [3, 2, 4]),
            ("compliant", "", None, "Pass", [1, 0, 1]),
        ] {
            let document = from_json(&json!({"outcome": outcome, "severity": severity}), activity);
            let found = ["activity_id", "severity_id", "status_id"].map(|name| document[name].as_i64().unwrap());
            assert_eq!((&document["compliance"]["status"], found), (&json!(compliance), numbers), "{document}");
        }
    }

    #[test]
    fn times_are_milliseconds_since_1970() {
        assert_eq!(milliseconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(milliseconds("2000-02-29T12:00:00Z"), 951_825_600_000);
        assert_eq!(milliseconds("2026-11-22T10:00:00Z"), 1_795_341_600_000);
        assert_eq!(milliseconds("2026-11-22 10:00:00.000"), 1_795_341_600_000);
        assert_eq!(milliseconds("soon"), 0);
    }
}
