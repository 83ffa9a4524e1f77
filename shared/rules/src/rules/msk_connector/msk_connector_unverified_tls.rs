//! An MSK Connect connector uses TLS without making sure who answers, or only when the other side offers it.
//!
//! ## What it detects
//! Three grades, and the finding says which: TLS that falls back to plaintext (`sslmode=prefer`), TLS that accepts
//! any certificate or whose host name check is switched off (`sslmode=require`, `trustServerCertificate=true`, an
//! empty `ssl.endpoint.identification.algorithm`), and modes that check the certificate but know no host name check
//! (`verify-ca`). Defaults count: several drivers verify nothing unless they are told to.
//!
//! ## Why it matters
//! Whoever can get between the connector and its database or service can read and change everything, with any
//! certificate at all.
//!
//! ## When it stays silent
//! Connections without TLS, which another rule reports; settings that a config provider supplies; updates that leave
//! the settings alone. Of a connector that is not in the table of known connectors only what holds for every
//! connector is judged, and the answer says so. Where only the host name goes unchecked because the mode knows no
//! such check, the severity is low.
//!
//! ## How to fix
//! Write the property lines that the finding names, and give the connector the certificate authority of the other
//! side if it is a private one.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-connectors.html>
//! - <https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html>

use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::msk_connector::settings::{connections, report};
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-unverified-tls",
    title: "Connector does not verify TLS",
    severity: Severity::Medium,
    controls: &[nist("SC-8"), nist("SC-23"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_unverified_tls.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    match report(connector) {
        Ok(report) => {
            connections(report, &report.unverified_tls, Severity::Low, "does not insist on verified TLS", context)
        }
        Err(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{judged, rows};
    use crate::util::severity::Severity;

    const POSTGRES: &str =
        "connector.class=io.debezium.connector.postgresql.PostgresConnector\ndatabase.hostname=db.example.com";

    #[test]
    fn every_answer() {
        rows(
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
    fn an_unchecked_name_alone_weighs_less() {
        let severity = |mode: &str| match judged(&RULE, &format!("{POSTGRES}\ndatabase.sslmode={mode}")) {
            Outcome::Violation(violation) => violation.severity,
            other => panic!("{other:?}"),
        };
        assert_eq!(severity("verify-ca"), Some(Severity::Low));
        assert_eq!(severity("require"), None);
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = judged(&RULE, POSTGRES) else { panic!("the default is prefer") };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Debezium PostgreSQL) does not insist on verified TLS: `database.sslmode` (not set, default sslmode=prefer): the connection falls back to plaintext if the server does not offer TLS.");
    }
}
