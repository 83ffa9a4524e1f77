//! Formats with one JSON object on each line.

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::output::ocsf;
use sealwatch_rules::output::sns::{Notification, notification};
use sealwatch_rules::settings::Settings;
use sealwatch_rules::util::text::json_line;
use serde_json::{Map, Value, json};

/// `--format json`: the finding.
pub(crate) fn finding(finding: &Finding<'_>) -> String {
    line(&finding.to_json())
}

/// `--format ocsf`: the finding as an OCSF Compliance Finding.
pub(crate) fn compliance_finding(finding: &Finding<'_>) -> String {
    line(&ocsf::compliance_finding(finding))
}

/// `--format sns`: the parameters of the `Publish` call. Empty if nothing would be published.
pub(crate) fn publish_request(detector: &str, findings: &[Finding<'_>], settings: &Settings) -> String {
    notification(detector, findings, settings).map_or(String::new(), |message| line(&parameters(&message)))
}

fn parameters(message: &Notification) -> Value {
    let attributes: Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!({"DataType": "String", "StringValue": value})))
        .collect();
    json!({
        "Subject": message.subject,
        "Message": message.message,
        "MessageStructure": "json",
        "MessageAttributes": attributes,
    })
}

/// JSON on a line of its own.
pub(crate) fn line(value: &Value) -> String {
    format!("{}\n", json_line(value))
}
