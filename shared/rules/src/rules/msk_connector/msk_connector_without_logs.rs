//! An MSK Connect connector's workers log nowhere.
//!
//! ## What it detects
//! `CreateConnector` without any worker log delivery: CloudWatch Logs, Firehose and S3 are all off.
//!
//! ## Why it matters
//! Failed handshakes, expired certificates and refused logins are seen in these logs alone.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes capacity or settings alone.
//!
//! ## How to fix
//! Make the connector again with log delivery to CloudWatch Logs, Firehose or S3.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-logging.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-without-logs",
    title: "Connector without worker logs",
    severity: Severity::Low,
    controls: &[fsbp("MSK.5"), nist("AU-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_without_logs.rs"),
};

const PATH: &str = "logDelivery.workerLogDelivery";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change log delivery");
    }
    match connector.logs {
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) | Field::Absent => {} // the API's default is no delivery
        missing => return Outcome::Unverified(missing.missing(PATH)),
    }
    let name = plain(context.name());
    Violation::new(format!("The workers of the connector `{name}` log nowhere: failing TLS would go unseen."))
        .evidence(PATH, "none enabled")
        .remediation(Remediation { cli: context.aws(&format!(
                "kafkaconnect create-connector --connector-name {}-logged --log-delivery 'workerLogDelivery={{cloudWatchLogs={{enabled=true,logGroup=connect}}}}' --cli-input-json file://connector.json",
                shell(context.name())
            )), terraform: format!(
                "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  log_delivery {{\n    worker_log_delivery {{\n      cloudwatch_logs {{\n        enabled   = true\n        log_group = aws_cloudwatch_log_group.connect.name\n      }}\n    }}\n  }}\n}}",
                hcl(context.name())
            ), console: "Amazon MSK > MSK Connect > Connectors > Create connector > Logs".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
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
