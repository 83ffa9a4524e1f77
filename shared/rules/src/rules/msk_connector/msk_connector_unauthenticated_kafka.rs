//! An MSK Connect connector uses its Kafka cluster without authentication.
//!
//! ## What it detects
//! `CreateConnector` with `authenticationType` `NONE`. It cannot be changed later.
//!
//! ## Why it matters
//! The cluster has to accept unauthenticated clients for it, and then accepts everybody else's.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes capacity or settings alone.
//!
//! ## How to fix
//! Make the connector again with `IAM`, and give its service execution role the topics it needs.
//!
//! ## References
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_KafkaClusterClientAuthentication.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-unauthenticated-kafka",
    title: "Connector uses Kafka without authentication",
    severity: Severity::Medium,
    controls: &[nist("IA-2")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_unauthenticated_kafka.rs"),
};

const PATH: &str = "kafkaClusterClientAuthentication.authenticationType";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change authentication");
    }
    match connector.authentication.as_deref() {
        Field::Present("IAM") => return Outcome::Compliant,
        Field::Present("NONE") => {}
        missing => return Outcome::Unverified(missing.missing(PATH)),
    }
    let name = plain(context.name());
    Violation::new(format!("The connector `{name}` uses its Kafka cluster without authentication. It cannot be changed later."))
        .evidence(PATH, "NONE")
        .remediation(Remediation { cli: context.aws(&format!(
                "kafkaconnect create-connector --connector-name {}-iam --kafka-cluster-client-authentication authenticationType=IAM --cli-input-json file://connector.json",
                shell(context.name())
            )), terraform: format!(
                "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  kafka_cluster_client_authentication {{\n    authentication_type = \"IAM\"\n  }}\n}}",
                hcl(context.name())
            ), console: "Amazon MSK > MSK Connect > Connectors > Create connector > Security > Authentication".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn every_answer() {
        let how = |kind: &str| json!({"connectorName": "sink", "kafkaClusterClientAuthentication": {"authenticationType": kind}});
        table(
            &RULE,
            &[
                ("CreateConnector", how("NONE"), "violation"),
                ("CreateConnector", how("IAM"), "compliant"),
                ("CreateConnector", json!({}), "unverified"),
                ("UpdateConnector", json!({"capacity": {}}), "not-applicable"),
            ],
        );
    }
}
