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

use crate::configuration::KinesisStream;
use crate::key_checks::unusable;
use crate::rule::{Case, Check, Outcome, Rule, Severity};
use crate::said::Said;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kinesis-stream-unusable-key",
    title: "Kinesis stream names a key that cannot be used",
    severity: Severity::Critical,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::KinesisStream(check),
    source: include_str!("kinesis_stream_unusable_key.rs"),
};

fn check(stream: &KinesisStream, case: &Case<'_>) -> Outcome {
    let key = match stream {
        KinesisStream::Encrypted(key) => key.as_ref(),
        KinesisStream::Open(open) => return Outcome::open(open),
        KinesisStream::Created | KinesisStream::Stopped => Said::NotSaid,
    };
    unusable(&[("keyId", key)], Some(case.change.region), case)
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
                ("CreateStream", json!({"streamName": "orders"}), "silent"),
            ],
        );
    }
}
