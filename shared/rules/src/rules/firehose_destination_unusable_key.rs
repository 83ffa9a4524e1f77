//! A destination of a Firehose stream names a key that cannot be used.
//!
//! ## What it detects
//! An S3 configuration of the stream (main, backup or intermediate) with a KMS key. The key is
//! disabled, pending deletion or waiting for its key material, its key store is disconnected, or
//! it is no symmetric encryption key. Its Region is not compared: it follows the bucket's, which
//! the record does not tell.
//!
//! ## Why it matters
//! Delivery to the bucket fails; after the retry period Firehose drops the data.
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

use crate::configuration::{FirehoseStream, S3Encryption, S3Place};
use crate::key_checks::unusable;
use crate::rule::{Case, Check, Outcome, Rule, Severity};
use crate::said::Said;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-destination-unusable-key",
    title: "Firehose destination names a key that cannot be used",
    severity: Severity::Critical,
    controls: &["NIST 800-53 r5 SC-12"],
    check: Check::FirehoseStream(check),
    source: include_str!("firehose_destination_unusable_key.rs"),
};

fn check(stream: &FirehoseStream, case: &Case<'_>) -> Outcome {
    let key = |place: &'_ S3Place| match &place.encryption {
        Said::Said(S3Encryption::Kms(key)) => key.clone(),
        Said::Said(S3Encryption::None) | Said::NotSaid => Said::NotSaid,
        Said::Redacted => Said::Redacted,
        Said::Omitted => Said::Omitted,
    };
    let keys: Vec<_> = stream.places.iter().map(|place| (place.path.as_str(), key(place))).collect();
    let keys: Vec<_> = keys.iter().map(|(path, key)| (*path, key.as_ref())).collect();
    unusable(&keys, None, case)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table};
    use serde_json::json;

    #[test]
    fn the_state_of_any_named_key_decides() {
        let s3 = |key: &str| json!({"encryptionConfiguration": {"kMSEncryptionConfig": {"aWSKMSKeyARN": key}}});
        let create = |main: &str, backup: &str| {
            let mut configuration = s3(main);
            configuration["s3BackupConfiguration"] = s3(backup);
            json!({"deliveryStreamName": "clicks", "extendedS3DestinationConfiguration": configuration})
        };
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", create(CUSTOMER_KEY, DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", create(UNKNOWN_KEY, DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", create(CUSTOMER_KEY, CUSTOMER_KEY), "compliant"),
                ("CreateDeliveryStream", create(CUSTOMER_KEY, UNKNOWN_KEY), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "silent"),
            ],
        );
    }
}
