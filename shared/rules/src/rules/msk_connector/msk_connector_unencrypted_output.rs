//! An MSK Connect S3 sink requests no KMS key, or one below the required level.
//!
//! ## What it detects
//! Sinks that write to S3 and do not name a KMS key in a way that their code honors: no encryption setting, SSE-S3,
//! SSE-C, a key without the algorithm, the algorithm without a key. A named key must have the level of `keys.required`.
//! In a scan, the settings that the description of a connector shows.
//!
//! ## Why it matters
//! Without a key of their own, the objects use the default encryption of the bucket. Anyone who may read the bucket can
//! then read the data: no key policy, grant or rotation protects it.
//!
//! ## When it stays silent
//! Connectors that write no objects to S3, connectors of an unknown class, and updates that change neither settings nor
//! worker configuration are not applicable. An algorithm or key that a config provider or an Iceberg catalog supplies,
//! and a key about which there is no data, are unverified. In a scan, a connector that is being updated is unverified:
//! it shows its old settings.
//!
//! ## How to fix
//! Write the property lines in the finding. If the connector has no setting for a key, configure default encryption
//! with one for the bucket, and deny any other encryption in the bucket policy.
//!
//! ## References
//! - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
//! - <https://docs.confluent.io/kafka-connectors/s3-sink/current/configuration_options.html>

use crate::configuration::key::KeyRef;
use crate::configuration::msk_connector::MskConnector;
use crate::connector::Output;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::keys::{below_required, require_level};
use crate::rules::msk_connector::remediation::UNENCRYPTED_OUTPUT;
use crate::rules::msk_connector::settings::{report, unknown_class, violation};
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-unencrypted-output",
    title: "Connector writes to S3 without a KMS key",
    severity: Severity::Medium,
    controls: &[nist("SC-28"), pci("3.5.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_unencrypted_output.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    let report = match report(connector) {
        Ok(report) => report,
        Err(answer) => return answer,
    };
    match &report.output {
        Some(Output::NoKey(reason)) => {
            let problem =
                |connector: &str| text!("The connector {connector} writes to S3 without a KMS key.", connector);
            violation(report, std::slice::from_ref(reason), Severity::Medium, problem, context)
        }
        Some(Output::Unknown { property, why }) => Outcome::Unverified(text!("`{property}`: {why}", property, why)),
        Some(Output::Key { property, .. }) => evaluate_key(property, connector.key.as_ref(), context),
        None if report.connector.is_none() => Outcome::NotApplicable(unknown_class(report)),
        None => Outcome::not_applicable("the connector writes no objects to S3"),
    }
}

/// Compares the key that a property names with the required level.
fn evaluate_key(property: &str, key: Option<&KeyRef>, context: &RuleContext<'_>) -> Outcome {
    let Some(key) = key else { return Outcome::not_applicable("no key is named") };
    require_level(key, context, |found| {
        let name = context.name();
        let found = below_required(found, context);
        Violation::new(text!("The connector `{name}` encrypts its S3 objects with {found}.", name, found))
            .evidence(format!("connectorConfiguration.{property}"), plain(&key.given))
            .remediation(UNENCRYPTED_OUTPUT.fill(context, &[("property", Value::Text(property))]))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{outcome_for, settings_table};
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY};

    const S3: &str = "connector.class=io.confluent.connect.s3.S3SinkConnector";

    #[test]
    fn a_key_at_the_required_level_must_be_named_together_with_the_algorithm() {
        let with_key = |key: &str| format!("{S3}\ns3.ssea.name=aws:kms\ns3.sse.kms.key.id={key}");
        settings_table(
            &RULE,
            &[
                (S3, "violation"),
                (&format!("{S3}\ns3.ssea.name=AES256"), "violation"),
                (&with_key(CUSTOMER_KEY), "compliant"),
                (&with_key(MANAGED_KEY), "violation"),
                (&with_key("alias/aws/s3"), "violation"),
                (&with_key(UNKNOWN_KEY), "unverified"),
                (&with_key("${env:KEY}"), "unverified"),
                ("connector.class=io.debezium.connector.mysql.MySqlConnector", "not-applicable"),
                ("connector.class=com.example.OwnSink", "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = outcome_for(&RULE, &format!("{S3}\ns3.sse.kms.key.id={CUSTOMER_KEY}"))
        else {
            panic!("the key has no effect")
        };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Confluent S3 sink) writes to S3 without a KMS key. `s3.ssea.name` (not set): a key alone has no effect without s3.ssea.name=aws:kms: the connector requests no KMS key, so the bucket's default encryption applies.");
    }

    #[test]
    fn the_remediation_of_a_weak_key_applies_the_new_one() {
        let settings = format!("{S3}\ns3.ssea.name=aws:kms\ns3.sse.kms.key.id={MANAGED_KEY}");
        let Outcome::Violation(violation) = outcome_for(&RULE, &settings) else { panic!("an AWS managed key") };
        let commands = violation.remediation.cli.lines().filter(|line| line.starts_with("aws ")).collect::<Vec<_>>();
        assert!(commands[0].contains("create-key") && commands[1].contains("update-connector"), "{commands:?}");
        assert!(violation.remediation.cli.contains("s3.sse.kms.key.id=ARN_OF_THE_NEW_KEY"));
    }
}
