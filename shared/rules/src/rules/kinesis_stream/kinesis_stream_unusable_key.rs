//! A Kinesis data stream names a key that cannot be used.
//!
//! ## What it detects
//! `StartStreamEncryption` with a customer managed key. The key is disabled, pending deletion or
//! waiting for its key material, its key store is disconnected, or it is no symmetric encryption
//! key, or it is in another Region.
//!
//! ## Why it matters
//! Producers and consumers fail as soon as the stream needs the key: data is lost at the source.
//!
//! ## When it stays silent
//! The call names no key, or an AWS managed one. A key that nothing is known about is reported as
//! unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kinesis-stream-unusable-key",
    title: "Kinesis stream names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    source: include_str!("kinesis_stream_unusable_key.rs"),
};

fn check(stream: &KinesisStream, context: &RuleContext<'_>) -> Outcome {
    let key = match stream {
        KinesisStream::Encrypted(key) => key.as_ref(),
        KinesisStream::Unresolved(open) => return Outcome::unresolved(open),
        KinesisStream::Created | KinesisStream::Stopped => Field::Absent,
    };
    unusable(&[("keyId", key)], Some(context.scope.region), context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn state_and_region_of_the_key_decide() {
        let start = |key: &str| json!({"streamName": "orders", "keyId": key});
        table(
            &RULE,
            &[
                ("StartStreamEncryption", start(DISABLED_KEY), "violation"),
                ("StartStreamEncryption", start("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("StartStreamEncryption", start(CUSTOMER_KEY), "compliant"),
                ("StartStreamEncryption", start("alias/aws/kinesis"), "compliant"),
                ("StartStreamEncryption", start(UNKNOWN_KEY), "unverified"),
                ("StartStreamEncryption", json!({"omitted": true}), "unverified"),
                ("CreateStream", json!({"streamName": "orders"}), "not-applicable"),
            ],
        );
    }
}
