//! An MSK Connect connector uses its Kafka cluster without authentication.
//!
//! ## What it detects
//! `CreateConnector` with `authenticationType` `NONE`. It cannot be changed later. In a scan, a connector
//! whose description shows `NONE`.
//!
//! ## Why it matters
//! The cluster has to accept unauthenticated clients for this connector, and then accepts all others too.
//!
//! ## When it stays silent
//! `UpdateConnector`, which changes only capacity or settings, is not applicable.
//!
//! ## How to fix
//! Create a new connector with `IAM`, and allow its service execution role to use the topics it needs.
//!
//! ## References
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_KafkaClusterClientAuthentication.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_connector::remediation::UNAUTHENTICATED_KAFKA;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-unauthenticated-kafka",
    title: "Connector uses Kafka without authentication",
    severity: Severity::Medium,
    controls: &[nist("IA-2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_unauthenticated_kafka.rs"),
};

const PATH: &str = "kafkaClusterClientAuthentication.authenticationType";

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    if !connector.created {
        return Outcome::not_applicable("an update cannot change authentication");
    }
    match connector.authentication.as_deref() {
        Field::Present("IAM") => return Outcome::Compliant,
        Field::Present("NONE") => {}
        missing => return Outcome::missing(connector.unresolved.as_ref(), &missing, PATH),
    }
    let name = context.name();
    Violation::new(text!(
        "The connector `{name}` uses its Kafka cluster without authentication. This cannot be changed later.",
        name
    ))
    .evidence(PATH, "NONE")
    .remediation(UNAUTHENTICATED_KAFKA.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::table;
    use serde_json::json;

    #[test]
    fn the_authentication_type_of_a_new_connector_decides() {
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
