//! A destination of a Firehose stream names a key that cannot be used.
//!
//! ## What it detects
//! An S3 configuration of the stream (main, backup or intermediate) with a customer managed key
//! that is disabled, pending deletion or waiting for its key material, whose key store is
//! disconnected, or that is not a symmetric encryption key. The Region of the key is not compared:
//! it must be the Region of the bucket, which neither a record nor a description shows. In a scan,
//! a stream that exists and has such a destination.
//!
//! ## Why it matters
//! Delivery to the bucket fails. Firehose drops the data when the retry period ends.
//!
//! ## When it stays silent
//! A call or stream that names no key is not applicable, and neither is an update that names usable
//! keys for a part of the S3 configurations only, nor a stream that is being deleted. An AWS managed
//! key is compliant. A key about which there is no data is unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_destination::{S3Destination, S3Encryption};
use crate::configuration::firehose_stream::FirehoseStream;
use crate::configuration::key::KeyRef;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::firehose_stream::KEEPS_ENCRYPTION;
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-destination-unusable-key",
    title: "Firehose destination names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("firehose_destination_unusable_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = stream.unknown() {
        return Outcome::unresolved(unresolved);
    }
    let keys: Vec<_> =
        stream.destinations.s3.iter().map(|destination| (destination.path.as_str(), key(destination))).collect();
    match unusable(&keys, None, context) {
        Outcome::Compliant if stream.destinations.keeps_encryption() => Outcome::NotApplicable(KEEPS_ENCRYPTION),
        outcome => outcome,
    }
}

fn key(destination: &S3Destination) -> Field<&KeyRef> {
    match &destination.encryption {
        Field::Present(S3Encryption::Kms(key)) => key.as_ref(),
        Field::Present(S3Encryption::None | S3Encryption::Unclear) | Field::Absent => Field::Absent,
        Field::Redacted => Field::Redacted,
        Field::Omitted => Field::Omitted,
    }
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
        let update = |main: &str, backup: Option<&str>| {
            let mut destination = s3(main);
            destination["s3BackupUpdate"] = json!(backup.map(s3));
            json!({"deliveryStreamName": "clicks", "extendedS3DestinationUpdate": destination})
        };
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", create(CUSTOMER_KEY, DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", create(UNKNOWN_KEY, DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", create(CUSTOMER_KEY, CUSTOMER_KEY), "compliant"),
                ("CreateDeliveryStream", create(CUSTOMER_KEY, UNKNOWN_KEY), "unverified"),
                ("UpdateDestination", update(CUSTOMER_KEY, None), "not-applicable"),
                ("UpdateDestination", update(CUSTOMER_KEY, Some(CUSTOMER_KEY)), "compliant"),
                ("UpdateDestination", update(DISABLED_KEY, None), "violation"),
                ("UpdateDestination", update(UNKNOWN_KEY, None), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }
}
