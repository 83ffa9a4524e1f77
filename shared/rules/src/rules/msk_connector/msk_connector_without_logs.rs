//! The workers of an MSK Connect connector do not deliver their logs.
//!
//! ## What it detects
//! `CreateConnector` without worker log delivery: CloudWatch Logs, Firehose and S3 are all off. In
//! a scan, a connector whose description shows that.
//!
//! ## Why it matters
//! Only these logs show failed TLS handshakes, expired certificates and rejected logins.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes only capacity or settings, is not applicable.
//!
//! ## How to fix
//! Create a new connector with log delivery to CloudWatch Logs, Firehose or S3.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-logging.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::msk_connector::remediation::WITHOUT_LOGS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-without-logs",
    title: "Connector without worker logs",
    severity: Severity::Low,
    controls: &[fsbp("MSK.5"), nist("AU-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_without_logs.rs"),
};

const PATH: &str = "logDelivery.workerLogDelivery";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change log delivery");
    }
    match connector.logs {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) | Field::Absent => {} // the API's default is no delivery
        missing => return Outcome::missing(connector.unresolved.as_ref(), &missing, PATH),
    }
    let name = context.name();
    let detail =
        text!("The workers of the connector `{name}` do not deliver their logs: TLS failures go unnoticed.", name);
    Violation::new(detail)
        .evidence_text(PATH, Text::literal("none enabled"))
        .remediation(WITHOUT_LOGS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn a_new_connector_must_enable_a_log_destination() {
        let logs = |delivery: Value| json!({"connectorName": "sink", "logDelivery": {"workerLogDelivery": delivery}});
        table(
            &RULE,
            &[
                ("CreateConnector", json!({"connectorName": "sink"}), "violation"),
                ("CreateConnector", logs(json!({"s3": {"enabled": false}})), "violation"),
                (
                    "CreateConnector",
                    logs(json!({"s3": {"enabled": false}, "firehose": {"enabled": true}})),
                    "compliant",
                ),
                ("CreateConnector", logs(json!({"cloudWatchLogs": {"enabled": "true"}})), "compliant"),
                ("CreateConnector", logs(json!("***")), "unverified"),
                ("CreateConnector", json!({"omitted": true}), "unverified"),
                ("UpdateConnector", json!({"capacity": {}}), "not-applicable"),
            ],
        );
    }
}
