//! An MSK Connect connector uses TLS without verifying the server, or only if the server offers it.
//!
//! ## What it detects
//! Three cases, which the finding names. TLS that falls back to plaintext (`sslmode=prefer`). TLS that accepts any
//! certificate, or with hostname verification disabled (`sslmode=require`, `trustServerCertificate=true`, an empty
//! `ssl.endpoint.identification.algorithm`). Modes that verify the certificate but have no hostname verification
//! (`verify-ca`). Defaults count: several drivers verify nothing by default. So do classes that replace verification:
//! `org.postgresql.ssl.NonValidatingFactory` accepts every certificate in every mode. In a scan, the settings that the
//! description of a connector shows.
//!
//! ## Why it matters
//! Anyone between the connector and its database or service can present any certificate, and read and change
//! everything.
//!
//! ## When it stays silent
//! Updates that change neither settings nor worker configuration are not applicable. Connections without TLS are
//! compliant here: `msk-connector-plaintext-destination` reports them. A setting that a config provider supplies, a
//! class that Sealwatch does not know in place of verification, and a JDBC address of an unknown driver are unverified.
//! So is a connector of an unknown class without a finding: Sealwatch evaluates only those of its settings that mean
//! the same in every connector. If the only problem is a mode without hostname verification, the severity is low. In a
//! scan, a connector that is being updated is unverified: it shows its old settings.
//!
//! ## How to fix
//! Write the property lines in the finding. If the server's certificate authority is private, give its certificate to
//! the connector.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-connectors.html>
//! - <https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html>

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
    id: "msk-connector-unverified-tls",
    title: "Connector does not verify TLS",
    severity: Severity::Medium,
    controls: &[nist("SC-8"), nist("SC-23"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_unverified_tls.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    match report(connector) {
        Ok(report) => evaluate_connections(
            report,
            &report.unverified_tls,
            &[&report.unknown_settings, &report.unknown_checks],
            Severity::Low,
            |connector| text!("The connector {connector} does not enforce verified TLS.", connector),
            context,
        ),
        Err(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{outcome_for, settings_table};
    use crate::util::severity::Severity;

    const POSTGRES: &str =
        "connector.class=io.debezium.connector.postgresql.PostgresConnector\ndatabase.hostname=db.example.com";

    #[test]
    fn the_tls_mode_decides_and_its_default_counts() {
        settings_table(
            &RULE,
            &[
                (POSTGRES, "violation"),
                (&format!("{POSTGRES}\ndatabase.sslmode=require"), "violation"),
                (&format!("{POSTGRES}\ndatabase.sslmode=verify-full"), "compliant"),
                (&format!("{POSTGRES}\ndatabase.sslmode=disable"), "compliant"),
                (&format!("{POSTGRES}\ndatabase.sslmode=${{env:MODE}}"), "unverified"),
                ("consumer.override.ssl.endpoint.identification.algorithm=", "violation"),
            ],
        );
    }

    #[test]
    fn a_mode_without_hostname_verification_is_less_severe() {
        let severity = |mode: &str| match outcome_for(&RULE, &format!("{POSTGRES}\ndatabase.sslmode={mode}")) {
            Outcome::Violation(violation) => violation.severity,
            other => panic!("{other:?}"),
        };
        assert_eq!(severity("verify-ca"), Some(Severity::Low));
        assert_eq!(severity("require"), None);
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = outcome_for(&RULE, POSTGRES) else { panic!("the default is prefer") };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Debezium PostgreSQL) does not enforce verified TLS. `database.sslmode` (not set, default sslmode=prefer): the connection falls back to plaintext if the server does not offer TLS.");
    }
}
