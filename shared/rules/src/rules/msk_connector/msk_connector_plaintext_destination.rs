//! An MSK Connect connector talks to its source or sink without TLS.
//!
//! ## What it detects
//! Connector settings that make a connection unencrypted: an address with a plaintext scheme, a switch for TLS that
//! is off, or one that is off because nobody set it. The settings are read the way the connector's own code reads
//! them, JDBC addresses the way their driver does.
//!
//! ## Why it matters
//! Data that is sealed in Kafka and in the database crosses the network between them readable and changeable,
//! mostly together with the password.
//!
//! ## When it stays silent
//! Settings that a config provider supplies, hosts that are the worker itself, and updates that leave the settings
//! alone. Of a connector that is not in the table of known connectors only what holds for every connector is judged,
//! and the answer says so. A side channel (schema registry, licence topic, token endpoint) is a finding of medium
//! severity.
//!
//! ## How to fix
//! Write the property lines that the finding names, with the port on which the other side speaks TLS.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-connectors.html>
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeConnector.html>

use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::msk_connector::settings::{connections, report};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-plaintext-destination",
    title: "Connector talks to its source or sink in plaintext",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_plaintext_destination.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    match report(connector) {
        Ok(report) => connections(report, &report.plaintext, Severity::Medium, "talks without TLS", context),
        Err(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{judged, rows};
    use crate::util::severity::Severity;

    const OPENSEARCH: &str =
        "connector.class=io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector\nconnection.url=";

    #[test]
    fn every_answer() {
        rows(
            &RULE,
            &[
                (&format!("{OPENSEARCH}http://search.example.com"), "violation"),
                (&format!("{OPENSEARCH}https://search.example.com"), "compliant"),
                (&format!("{OPENSEARCH}${{ssm::/search/url}}"), "unverified"),
                ("connector.class=com.example.OwnSink\nown.endpoint=http://own.example.com", "violation"),
                ("connector.class=com.example.OwnSink\nown.endpoint=https://own.example.com", "unverified"),
            ],
        );
    }

    #[test]
    fn a_side_channel_weighs_less() {
        let severity = |lines: &str| match judged(&RULE, lines) {
            Outcome::Violation(violation) => violation.severity,
            other => panic!("{other:?}"),
        };
        assert_eq!(severity("value.converter.schema.registry.url=http://registry.example.com"), Some(Severity::Medium));
        assert_eq!(severity(&format!("{OPENSEARCH}http://search.example.com")), None);
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = judged(&RULE, &format!("{OPENSEARCH}http://search.example.com:9200"))
        else {
            panic!("plain http")
        };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Aiven OpenSearch sink) talks without TLS: `connection.url` (http://search.example.com:9200): data crosses the network unencrypted.");
        insta::assert_snapshot!(violation.remediation.cli, @r#"
        # connection.url=https://search.example.com:9200
        aws kafkaconnect update-connector --connector-arn arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/00000000-0000-4000-8000-000000000000-3 --current-version "$(aws kafkaconnect describe-connector --connector-arn arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/00000000-0000-4000-8000-000000000000-3 --query currentVersion --output text --region eu-west-1)" --connector-configuration file://settings.json --region eu-west-1
        "#);
        insta::assert_snapshot!(violation.remediation.terraform, @r#"
        resource "aws_mskconnect_connector" "this" {
          name = "orders"
          connector_configuration = {
            "connection.url" = "https://search.example.com:9200"
          }
        }
        "#);
    }
}
