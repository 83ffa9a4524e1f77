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

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, S3Destination, S3Encryption};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-destination-unusable-key",
    title: "Firehose destination names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("firehose_destination_unusable_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    let key = |destination: &'_ S3Destination| match &destination.encryption {
        Field::Present(S3Encryption::Kms(key)) => key.clone(),
        Field::Present(S3Encryption::None) | Field::Absent => Field::Absent,
        Field::Redacted => Field::Redacted,
        Field::Omitted => Field::Omitted,
    };
    let keys: Vec<_> =
        stream.s3_destinations.iter().map(|destination| (destination.path.as_str(), key(destination))).collect();
    let keys: Vec<_> = keys.iter().map(|(path, key)| (*path, key.as_ref())).collect();
    unusable(&keys, None, context)
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
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }
}
