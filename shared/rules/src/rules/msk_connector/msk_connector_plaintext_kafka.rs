//! An MSK Connect connector talks to its Kafka cluster in the clear.
//!
//! ## What it detects
//! `CreateConnector` with `encryptionType` `PLAINTEXT`. It cannot be changed later.
//!
//! ## Why it matters
//! Everything the connector reads from or writes to the cluster can be read and changed on the way.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes capacity or settings alone.
//!
//! ## How to fix
//! Make the connector again with `TLS` and the cluster's TLS bootstrap servers.
//!
//! ## References
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_KafkaClusterEncryptionInTransit.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-plaintext-kafka",
    title: "Connector talks to Kafka in plaintext",
    severity: Severity::High,
    controls: &[fsbp("MSK.3"), nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_plaintext_kafka.rs"),
};

const PATH: &str = "kafkaClusterEncryptionInTransit.encryptionType";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change encryption in transit");
    }
    match connector.encryption.as_deref() {
        Field::Present("TLS") => return Outcome::Compliant,
        Field::Present("PLAINTEXT") => {}
        missing => return Outcome::Unverified(missing.missing(PATH)),
    }
    let name = plain(context.name());
    Violation::new(format!("The connector `{name}` talks to its Kafka cluster in plaintext. It cannot be changed later."))
        .evidence(PATH, "PLAINTEXT")
        .remediation(Remediation { cli: context.aws(&format!(
                "kafkaconnect create-connector --connector-name {}-tls --kafka-cluster-encryption-in-transit encryptionType=TLS --cli-input-json file://connector.json",
                shell(context.name())
            )), terraform: format!(
                "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  kafka_cluster_encryption_in_transit {{\n    encryption_type = \"TLS\"\n  }}\n}}",
                hcl(context.name())
            ), console: "Amazon MSK > MSK Connect > Connectors > Create connector > Security > Encryption in transit".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn every_answer() {
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
