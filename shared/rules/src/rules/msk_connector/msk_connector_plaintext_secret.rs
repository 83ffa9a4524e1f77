//! The settings of an MSK Connect connector contain a secret in clear text.
//!
//! ## What it detects
//! A literal value for a setting that is a secret, according to the connector's own definition or the property's name;
//! a password in an address, a JDBC parameter, a JAAS configuration or a list of headers; a private key or a token of a
//! well-known service in any setting; all of these in a value that is JSON. Settings of transforms and predicates
//! count, and so does the worker configuration. The finding names the property, never its value. In a scan, the
//! settings that the description of a connector shows.
//!
//! ## Why it matters
//! Everyone with `kafkaconnect:DescribeConnector` can read the settings. They are also in state files and logs.
//! CloudTrail hides them, the connector does not.
//!
//! ## When it stays silent
//! Updates that change neither settings nor worker configuration are not applicable. References to a config provider
//! (`${provider:path:key}`, any alias, anywhere in the value), unfilled templates, paths, ARNs, switches and masked
//! values are compliant. The password of a truststore, which contains only public certificates, is of low severity. In
//! a scan, a connector that is being updated is unverified: it shows its old settings.
//!
//! ## How to fix
//! Store the secret in AWS Secrets Manager, rotate it, and write the reference in the finding. The worker configuration
//! needs the provider: `config.providers=secretManager` and
//! `config.providers.secretManager.class=com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider`.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-config-provider.html>
//! - <https://github.com/aws-samples/msk-config-providers>

use crate::configuration::msk_connector::MskConnector;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_connector::settings::{no_reasons, report, violation};
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-connector-plaintext-secret",
    title: "Connector settings contain a secret",
    severity: Severity::High,
    controls: &[nist("IA-5"), pci("8.6.2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_connector_plaintext_secret.rs"),
};

fn check(connector: &MskConnector, context: &RuleContext<'_>) -> Outcome {
    match report(connector) {
        Ok(report) if report.secrets.is_empty() => no_reasons(report),
        Ok(report) => {
            let problem = |connector: &str| text!("The connector {connector} has a secret in its settings.", connector);
            violation(report, &report.secrets, Severity::Low, problem, context)
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

    #[test]
    fn literal_secrets_are_violations_and_references_are_compliant() {
        settings_table(
            &RULE,
            &[
                ("database.password=correct-horse", "violation"),
                ("database.password=${secretManager:cdc:password}", "compliant"),
                ("own.url=https://reader:correct-horse@own.example.com", "violation"),
                ("errors.deadletterqueue.topic.name=password", "compliant"),
                ("transforms.lookup.cache.password=correct-horse", "violation"),
                (r#"transforms.seal.kms={"region": "eu-west-1", "auth": {"secretKey": "correct-horse"}}"#, "violation"),
                (r#"transforms.seal.kms={"region": "eu-west-1", "keyAlias": "orders"}"#, "compliant"),
            ],
        );
    }

    #[test]
    fn the_value_is_never_shown() {
        let outcome = outcome_for(
            &RULE,
            "connector.class=com.splunk.kafka.connect.SplunkSinkConnector\nsplunk.hec.token=correct-horse",
        );
        assert!(!format!("{outcome:?}").contains("horse"));
        let Outcome::Violation(violation) = outcome else { panic!("a literal token") };
        insta::assert_snapshot!(violation.detail, @"The connector `orders` (Splunk sink) has a secret in its settings. `splunk.hec.token`: the value is a secret in clear text, readable by everyone who can describe the connector.");
        insta::assert_snapshot!(violation.remediation.terraform, @r#"
        resource "aws_mskconnect_connector" "this" {
          name = "orders"
          connector_configuration = {
            "splunk.hec.token" = "$${secretManager:NAME:splunk.hec.token}"
          }
        }
        "#);
    }

    #[test]
    fn the_password_of_a_truststore_is_less_severe() {
        let Outcome::Violation(violation) = outcome_for(&RULE, "consumer.override.ssl.truststore.password=changeit")
        else {
            panic!("a literal password")
        };
        assert_eq!(violation.severity, Some(Severity::Low));
    }
}
