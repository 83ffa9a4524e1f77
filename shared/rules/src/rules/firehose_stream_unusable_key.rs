//! A Firehose stream names a key that cannot be used.
//!
//! ## What it detects
//! Server-side encryption of the stream with a customer managed key. The key is disabled, pending
//! deletion or waiting for its key material, its key store is disconnected, or it is no symmetric
//! encryption key, or it is in another Region.
//!
//! ## Why it matters
//! Firehose refuses records it cannot encrypt: data is lost at the producers.
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

use crate::configuration::{FirehoseStream, Sse};
use crate::key_checks::unusable;
use crate::rule::{Case, Check, Outcome, Rule, Severity};
use crate::said::Said;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-stream-unusable-key",
    title: "Firehose stream names a key that cannot be used",
    severity: Severity::Critical,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::FirehoseStream(check),
    source: include_str!("firehose_stream_unusable_key.rs"),
};

fn check(stream: &FirehoseStream, case: &Case<'_>) -> Outcome {
    if let Some(open) = &stream.open {
        return Outcome::open(open);
    }
    let key = match &stream.sse {
        Said::Said(Sse::Customer(key)) => key.as_ref(),
        Said::Said(Sse::Off | Sse::AwsOwned) | Said::NotSaid => Said::NotSaid,
        Said::Redacted => Said::Redacted,
        Said::Omitted => Said::Omitted,
    };
    unusable(&[("deliveryStreamEncryptionConfigurationInput.keyARN", key)], Some(case.change.region), case)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn state_and_region_of_the_key_decide() {
        let start = |key: &str| {
            json!({"deliveryStreamName": "clicks",
            "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": key}})
        };
        table(
            &RULE,
            &[
                ("StartDeliveryStreamEncryption", start(DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", start("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("CreateDeliveryStream", start(CUSTOMER_KEY), "compliant"),
                ("CreateDeliveryStream", start(UNKNOWN_KEY), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "silent"),
            ],
        );
    }
}
