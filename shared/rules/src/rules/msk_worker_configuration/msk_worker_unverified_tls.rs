//! The properties of an MSK Connect worker configuration disable a part of TLS verification.
//!
//! ## What it detects
//! An empty `ssl.endpoint.identification.algorithm` under any prefix, such as `producer.` or `consumer.`, and classes
//! that replace the verification of certificates or hostnames with less. In a scan, the properties that the description
//! of a worker configuration shows.
//!
//! ## Why it matters
//! Every connector on the worker configuration inherits them. Anyone on the path can present a certificate of another
//! host, or any certificate, and read and change everything.
//!
//! ## When it stays silent
//! A worker configuration that sets no property is not applicable. Connections without TLS are compliant here:
//! `msk-worker-plaintext-endpoint` reports them. A value that a config provider supplies, a class that Sealwatch does
//! not know, and properties that are redacted and were not looked up are unverified.
//!
//! ## How to fix
//! Create a worker configuration with the property lines in the finding, switch the connectors to it, and delete this
//! one. If the server's certificate authority is private, give its certificate to the workers.
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
    id: "msk-worker-unverified-tls",
    title: "Worker configuration does not verify TLS",
    severity: Severity::Medium,
    controls: &[nist("SC-8"), nist("SC-23"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_worker_unverified_tls.rs"),
};

fn check(worker: &MskWorkerConfiguration, context: &RuleContext<'_>) -> Outcome {
    evaluate(
        worker,
        |report| &report.unverified_tls,
        |report| vec![&report.unknown_settings, &report.unknown_checks],
        |name| {
            text!(
                "The worker configuration `{name}` does not enforce verified TLS. Every connector on it inherits this.",
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
    fn identification_and_classes_decide() {
        table(
            &RULE,
            &[
                ("producer.ssl.endpoint.identification.algorithm=", "violation"),
                ("consumer.ssl.endpoint.identification.algorithm=https", "compliant"),
                ("admin.ssl.endpoint.identification.algorithm=${env::CHECK}", "unverified"),
                ("producer.ssl.engine.factory.class=org.acme.TrustAll", "unverified"),
                ("producer.security.protocol=PLAINTEXT", "compliant"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let outcome = outcome_for(&RULE, "producer.ssl.endpoint.identification.algorithm=");
        let Outcome::Violation(violation) = outcome else { panic!("no hostname verification") };
        insta::assert_snapshot!(violation.detail, @"The worker configuration `small` does not enforce verified TLS. Every connector on it inherits this. `producer.ssl.endpoint.identification.algorithm` (blank): TLS verifies the certificate, but hostname verification is disabled.");
    }
}
