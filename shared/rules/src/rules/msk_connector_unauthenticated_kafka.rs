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

use crate::configuration::MskConnector;
use crate::rule::{Case, Check, Outcome, Rule, Severity, Violation};
use crate::said::Said;
use crate::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-unauthenticated-kafka",
    title: "Connector uses Kafka without authentication",
    severity: Severity::Medium,
    controls: &["NIST 800-53 r5 IA-2"],
    check: Check::MskConnector(check),
    source: include_str!("msk_connector_unauthenticated_kafka.rs"),
};

const PATH: &str = "kafkaClusterClientAuthentication.authenticationType";

fn check(connector: &MskConnector<'_>, case: &Case<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change authentication");
    }
    match connector.authentication {
        Said::Said("IAM") => return Outcome::Compliant,
        Said::Said("NONE") => {}
        missing => return Outcome::Unverified(missing.missing(PATH)),
    }
    let name = plain(case.name());
    Violation::new(format!("The connector `{name}` uses its Kafka cluster without authentication. It cannot be changed later."))
        .seen(PATH, "NONE")
        .fix(
            case.aws(&format!(
                "kafkaconnect create-connector --connector-name {}-iam --kafka-cluster-client-authentication authenticationType=IAM --cli-input-json file://connector.json",
                shell(case.name())
            )),
            format!(
                "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  kafka_cluster_client_authentication {{\n    authentication_type = \"IAM\"\n  }}\n}}",
                hcl(case.name())
            ),
            "Amazon MSK > MSK Connect > Connectors > Create connector > Security > Authentication".to_owned(),
        )
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
                ("UpdateConnector", json!({"capacity": {}}), "silent"),
            ],
        );
    }
}
