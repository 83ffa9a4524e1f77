//! The properties of an MSK Connect worker configuration contain a secret in clear text.
//!
//! ## What it detects
//! A literal value for a property that is a secret by its name, such as the token of a config provider; a password in
//! an address, a JAAS configuration or a list of headers; a private key or a token of a well-known service in any
//! property. The finding names the property, never its value. In a scan, the properties that the description of a
//! worker configuration shows.
//!
//! ## Why it matters
//! Everyone with `kafkaconnect:DescribeWorkerConfiguration` can read the properties: base64 is no encryption. A literal
//! token of a config provider opens every secret that the provider supplies. The severity is high because the secret is
//! readable from this moment, and no later call can remove it: only deleting the worker configuration does.
//!
//! ## When it stays silent
//! A worker configuration that sets no property is not applicable. References to a config provider
//! (`${provider:path:key}`), paths, ARNs, switches and masked values are compliant. The password of a truststore, which
//! contains only public certificates, is of low severity. Properties that are redacted and were not looked up are
//! unverified.
//!
//! ## How to fix
//! Store the secret in AWS Secrets Manager and rotate it. Create a worker configuration with the reference in the
//! finding, switch the connectors to it, and delete this one. Kafka Connect replaces no references in the parameters of
//! a config provider: such a provider has to authenticate without a secret, for example with the connector's IAM role.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-workers.html>
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateWorkerConfiguration.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-config-provider.html>

use crate::configuration::msk_worker_configuration::MskWorkerConfiguration;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_worker_configuration::settings::evaluate;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-worker-plaintext-secret",
    title: "Worker configuration contains a secret",
    severity: Severity::High,
    controls: &[nist("IA-5"), pci("8.6.2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_worker_plaintext_secret.rs"),
};

fn check(worker: &MskWorkerConfiguration, context: &RuleContext<'_>) -> Outcome {
    let problem = |name: &str| {
        text!(
            "The worker configuration `{name}` has a secret in its properties. Every connector on it inherits this.",
            name
        )
    };
    evaluate(worker, |report| &report.secrets, |_| Vec::new(), problem, context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_worker_configuration::settings::testing::{outcome_for, table};

    #[test]
    fn literal_secrets_are_violations_and_references_are_compliant() {
        table(
            &RULE,
            &[
                ("config.providers.vault.param.token=correct-horse", "violation"),
                ("config.providers.vault.param.token=${env::VAULT_TOKEN}", "compliant"),
                ("value.converter.basic.auth.user.info=reader:correct-horse", "violation"),
                ("value.converter.schema.registry.url=https://reader:correct-horse@r.example.com", "violation"),
                ("key.converter=org.apache.kafka.connect.storage.StringConverter", "compliant"),
                (
                    "config.providers.s.class=com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider",
                    "compliant",
                ),
            ],
        );
    }

    #[test]
    fn the_value_is_never_shown() {
        let outcome =
            outcome_for(&RULE, "config.providers.vault.param.token=correct-horse-4711\nx.password=horse-4712");
        assert!(!format!("{outcome:?}").contains("horse"));
        let Outcome::Violation(violation) = outcome else { panic!("a literal token") };
        insta::assert_snapshot!(violation.detail, @"The worker configuration `small` has a secret in its properties. Every connector on it inherits this. `config.providers.vault.param.token`: the value is a secret in clear text, readable by everyone who can describe the worker configuration; `x.password`: the value is a secret in clear text, readable by everyone who can describe the worker configuration.");
        insta::assert_snapshot!(violation.remediation.cli, @r"
        # worker.properties holds all properties of the worker configuration, with these lines:
        # remove config.providers.vault.param.token: Kafka Connect replaces no references in the parameters of a config provider, so let it authenticate with the IAM role of the connector
        # x.password=${secretManager:NAME:x.password}
        # in one line of base64: base64 < worker.properties | tr -d '\n' > worker.base64
        aws kafkaconnect create-worker-configuration --name small-2 --properties-file-content file://worker.base64 --region eu-west-1
        # then switch each connector to it, with update-connector --worker-configuration, and delete the old one
        ");
        insta::assert_snapshot!(violation.remediation.terraform, @r##"
        # with a new name: no call changes a worker configuration
        resource "aws_mskconnect_worker_configuration" "this" {
          name = join("-", ["small", "2"])
          properties_file_content = join("\n", [
            "# remove config.providers.vault.param.token: Kafka Connect replaces no references in the parameters of a config provider, so let it authenticate with the IAM role of the connector",
            "x.password=$${secretManager:NAME:x.password}",
          ])
        }
        "##);
    }
}
