//! An MSK Connect connector connects to its Kafka cluster in plaintext.
//!
//! ## What it detects
//! `CreateConnector` with `encryptionType` `PLAINTEXT`. It cannot be changed later. In a scan, a connector
//! whose description shows `PLAINTEXT`.
//!
//! ## Why it matters
//! Anyone on the path can read and change everything that the connector reads from or writes to the cluster.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes only capacity or settings, is not applicable.
//!
//! ## How to fix
//! Create a new connector with `TLS` and the cluster's TLS bootstrap servers.
//!
//! ## References
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_KafkaClusterEncryptionInTransit.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_connector::remediation::PLAINTEXT_KAFKA;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-plaintext-kafka",
    title: "Connector connects to Kafka in plaintext",
    severity: Severity::High,
    controls: &[fsbp("MSK.3"), nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_plaintext_kafka.rs"),
};

const PATH: &str = "kafkaClusterEncryptionInTransit.encryptionType";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change encryption in transit");
    }
    match connector.encryption.as_deref() {
        Field::Present("TLS") => return Outcome::Compliant,
        Field::Present("PLAINTEXT") => {}
        missing => return Outcome::missing(connector.unresolved.as_ref(), &missing, PATH),
    }
    let name = context.name();
    Violation::new(text!(
        "The connector `{name}` connects to its Kafka cluster in plaintext. This cannot be changed later.",
        name
    ))
    .evidence(PATH, "PLAINTEXT")
    .remediation(PLAINTEXT_KAFKA.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn the_encryption_type_of_a_new_connector_decides() {
        let transit =
            |kind: &str| json!({"connectorName": "sink", "kafkaClusterEncryptionInTransit": {"encryptionType": kind}});
        table(
            &RULE,
            &[
                ("CreateConnector", transit("PLAINTEXT"), "violation"),
                ("CreateConnector", transit("TLS"), "compliant"),
                ("CreateConnector", transit("***"), "unverified"),
                ("CreateConnector", json!({}), "unverified"),
                ("UpdateConnector", json!({"capacity": {}}), "not-applicable"),
            ],
        );
    }
}
