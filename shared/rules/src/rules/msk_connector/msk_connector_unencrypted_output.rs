//! An MSK Connect S3 sink asks for no KMS key, or for one below the demanded level.
//!
//! ## What it detects
//! Sinks that write to S3 without naming a KMS key in a way that their code honours: no encryption setting, SSE-S3,
//! SSE-C, a key without the algorithm, the algorithm without a key. A key that is named must be at the level of
//! `keys.required`.
//!
//! ## Why it matters
//! Without a key of its own the objects follow the default of the bucket: whoever may read the bucket reads the data,
//! and no key policy, no grant and no rotation stands in between.
//!
//! ## When it stays silent
//! Connectors that write no objects to S3, and updates that leave the settings alone. An algorithm or a key that a
//! config provider supplies, a catalog that decides, and a key that nothing is known about are unverified.
//!
//! ## How to fix
//! Write the property lines that the finding names. Where the connector has no setting for a key, give the bucket a
//! default encryption with one, and let its policy deny everything else.
//!
//! ## References
//! - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
//! - <https://docs.confluent.io/kafka-connectors/s3-sink/current/configuration_options.html>

use crate::configuration::key::KeyRef;
use crate::configuration::msk_connector::MskConnector;
use crate::connector::Output;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::{Level, level};
use crate::rules::msk_connector::settings::{report, unknown, violation};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "msk-connector-unencrypted-output",
    title: "Connector writes to S3 without a KMS key",
    severity: Severity::Medium,
    controls: &[nist("SC-28"), pci("3.5.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("msk_connector_unencrypted_output.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    let report = match report(connector) {
        Ok(report) => report,
        Err(answer) => return answer,
    };
    match &report.output {
        Some(Output::NoKey(reason)) => {
            violation(report, std::slice::from_ref(reason), Severity::Medium, "writes to S3 without a KMS key", context)
        }
        Some(Output::Unknown { property, why }) => Outcome::Unverified(format!("`{property}`: {why}")),
        Some(Output::Key { property, .. }) => below(property, connector.key.as_ref(), context),
        None if report.connector.is_none() => Outcome::NotApplicable(unknown(report).into()),
        None => Outcome::not_applicable("the connector writes no objects to S3"),
    }
}

fn below(property: &str, key: Option<&KeyRef>, context: &RuleContext<'_>) -> Outcome {
    let Some(key) = key else { return Outcome::not_applicable("no key is named") };
    let found = match level(key, context) {
        Level::Enough => return Outcome::Compliant,
        Level::Unknown(why) => return Outcome::Unverified(why),
        Level::Below(found) => found,
    };
    let name = plain(context.name());
    let required = context.settings.keys.required.in_words();
    Violation::new(format!("The connector `{name}` seals its S3 objects with {}; {required} is required.", found.in_words()))
        .evidence(format!("connectorConfiguration.{property}"), plain(&key.given))
        .remediation(Remediation { cli: context.aws("kms create-key --description 'connector output'"), terraform: format!(
                "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  connector_configuration = {{\n    {} = aws_kms_key.this.arn\n  }}\n}}",
                hcl(context.name()),
                hcl(property)
            ), console: format!("Amazon MSK > MSK Connect > Connectors > {name} > Edit connector configuration") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::settings::testing::{judged, rows};
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY};

    const S3: &str = "connector.class=io.confluent.connect.s3.S3SinkConnector";

    #[test]
    fn every_answer() {
        let sealed = |key: &str| format!("{S3}\ns3.ssea.name=aws:kms\ns3.sse.kms.key.id={key}");
        rows(
            &RULE,
            &[
                (S3, "violation"),
                (&format!("{S3}\ns3.ssea.name=AES256"), "violation"),
                (&sealed(CUSTOMER_KEY), "compliant"),
                (&sealed(MANAGED_KEY), "violation"),
                (&sealed("alias/aws/s3"), "violation"),
                (&sealed(UNKNOWN_KEY), "unverified"),
                (&sealed("${env:KEY}"), "unverified"),
                ("connector.class=io.debezium.connector.mysql.MySqlConnector", "not-applicable"),
                ("connector.class=com.example.OwnSink", "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let Outcome::Violation(violation) = judged(&RULE, &format!("{S3}\ns3.sse.kms.key.id={CUSTOMER_KEY}")) else {
            panic!("the key has no effect")
        };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Confluent S3 sink) writes to S3 without a KMS key: `s3.ssea.name` (not set): a key alone has no effect without s3.ssea.name=aws:kms: the connector requests no KMS key, so the bucket's default encryption applies.");
    }
}
