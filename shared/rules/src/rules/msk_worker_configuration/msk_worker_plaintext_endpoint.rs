//! The properties of an MSK Connect worker configuration open connections without TLS.
//!
//! ## What it detects
//! An address with a plaintext scheme, such as `http:` for a schema registry or for the server of a config provider
//! (`config.providers.vault.param.address`), and `security.protocol` `PLAINTEXT` or `SASL_PLAINTEXT` under any prefix,
//! such as `producer.`, `consumer.` or `admin.`. In a scan, the properties that the description of a worker
//! configuration shows.
//!
//! ## Why it matters
//! Every connector on the worker configuration inherits them. Anyone on the path can read and change what it transfers;
//! for a config provider these are the secrets of the connectors. The severity is high, but low if only a side channel
//! such as a schema registry has no TLS.
//!
//! ## When it stays silent
//! A worker configuration that sets no property is not applicable. Addresses of the worker itself and of proxies are
//! compliant. A value that a config provider supplies, and properties that are redacted and were not looked up, are
//! unverified. A connector's own settings are a matter of `msk-connector-plaintext-destination`.
//!
//! ## How to fix
//! Create a worker configuration with the property lines in the finding, switch the connectors to it, and delete this
//! one.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-workers.html>
//! - <https://docs.aws.amazon.com/MSKC/latest/mskc/API_CreateWorkerConfiguration.html>

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
    id: "msk-worker-plaintext-endpoint",
    title: "Worker configuration connects without TLS",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_worker_plaintext_endpoint.rs"),
};

fn check(worker: &MskWorkerConfiguration, context: &RuleContext<'_>) -> Outcome {
    evaluate(
        worker,
        |report| &report.plaintext,
        |report| vec![&report.unknown_settings],
        |name| {
            text!(
                "The worker configuration `{name}` opens connections without TLS. Every connector on it inherits this.",
                name
            )
        },
        context,
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_worker_configuration::settings::testing::{outcome_for, table};

    #[test]
    fn schemes_and_protocols_decide() {
        table(
            &RULE,
            &[
                ("config.providers.vault.param.address=http://vault.example.com:8200", "violation"),
                ("config.providers.vault.param.address=https://vault.example.com:8200", "compliant"),
                ("value.converter.schema.registry.url=http://registry.example.com", "violation"),
                ("value.converter.schema.registry.url=http://localhost:8081", "compliant"),
                ("producer.security.protocol=PLAINTEXT", "violation"),
                ("consumer.security.protocol=SASL_PLAINTEXT", "violation"),
                ("admin.security.protocol=SASL_SSL", "compliant"),
                ("admin.security.protocol=${env::PROTOCOL}", "unverified"),
                ("producer.ssl.endpoint.identification.algorithm=", "compliant"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let outcome = outcome_for(&RULE, "config.providers.vault.param.address=http://u:pw@vault.example.com:8200/v1");
        let Outcome::Violation(violation) = outcome else { panic!("plain HTTP") };
        insta::assert_snapshot!(violation.detail, @"The worker configuration `small` opens connections without TLS. Every connector on it inherits this. `config.providers.vault.param.address` (http://vault.example.com:8200): data crosses the network unencrypted.");
        insta::assert_json_snapshot!(violation.evidence, @r#"
        [
          [
            "workerConfiguration.config.providers.vault.param.address",
            "http://vault.example.com:8200"
          ]
        ]
        "#);
    }
}
