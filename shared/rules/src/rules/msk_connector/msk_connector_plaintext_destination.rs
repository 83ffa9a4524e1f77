//! An MSK Connect connector connects to its source or sink without TLS.
//!
//! ## What it detects
//! Connector settings that make a connection unencrypted: an address with a plaintext scheme, or a TLS setting that is
//! off, explicitly or by default. Sealwatch reads settings as the connector does, and JDBC addresses as their driver
//! does. Addresses of transforms and predicates count, also in a value that is JSON. In a scan, the settings that the
//! description of a connector shows.
//!
//! ## Why it matters
//! Data that is encrypted in Kafka and in the database crosses the network in plaintext, usually together with the
//! password. Anyone on the path can read and change it.
//!
//! ## When it stays silent
//! Updates that change neither settings nor worker configuration are not applicable. Connections to the worker itself
//! do not count. A setting that a config provider supplies is unverified. So are a JDBC address of an unknown driver,
//! and a connector of an unknown class without a finding: Sealwatch evaluates only those of its settings that mean the
//! same in every connector. A side channel (schema registry, license topic, token endpoint) is of medium severity. In a
//! scan, a connector that is being updated is unverified: it shows its old settings.
//!
//! ## How to fix
//! Write the property lines in the finding, with the port on which the other side accepts TLS.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-connectors.html>
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeConnector.html>

use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_connector::settings::{evaluate_connections, report};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-plaintext-destination",
    title: "Connector connects to its source or sink in plaintext",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_plaintext_destination.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    match report(connector) {
        Ok(report) => {
            let unknown = &[report.unknown_settings.as_slice()];
            let problem = |connector: &str| text!("The connector {connector} connects without TLS.", connector);
            evaluate_connections(report, &report.plaintext, unknown, Severity::Medium, problem, context)
        }
        Err(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{outcome_for, settings_table};
    use crate::util::severity::Severity;

    const OPENSEARCH: &str =
        "connector.class=io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector\nconnection.url=";

    #[test]
    fn a_plaintext_address_is_a_violation_of_known_and_unknown_connectors() {
        settings_table(
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
    fn a_side_channel_is_less_severe() {
        let severity = |lines: &str| match outcome_for(&RULE, lines) {
            Outcome::Violation(violation) => violation.severity,
            other => panic!("{other:?}"),
        };
        assert_eq!(severity("value.converter.schema.registry.url=http://registry.example.com"), Some(Severity::Medium));
        assert_eq!(severity(&format!("{OPENSEARCH}http://search.example.com")), None);
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = outcome_for(&RULE, &format!("{OPENSEARCH}http://search.example.com:9200"))
        else {
            panic!("plain http")
        };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Aiven OpenSearch sink) connects without TLS. `connection.url` (http://search.example.com:9200): data crosses the network unencrypted.");
        insta::assert_snapshot!(violation.remediation.cli, @"
        # connection.url=https://search.example.com:9200
        # settings.json: all settings that describe-connector shows, with these; VERSION: its currentVersion
        aws kafkaconnect update-connector --connector-arn arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/00000000-0000-4000-8000-000000000000-3 --current-version VERSION --connector-configuration file://settings.json --region eu-west-1
        ");
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
