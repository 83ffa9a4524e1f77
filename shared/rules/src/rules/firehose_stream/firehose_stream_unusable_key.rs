//! A Firehose stream names a key that cannot be used.
//!
//! ## What it detects
//! Server-side encryption of the stream with a customer managed key that is disabled, pending
//! deletion or waiting for its key material, whose key store is disconnected, that is not a
//! symmetric encryption key, or that is in another Region. In a scan, a stream that exists and has
//! such a key.
//!
//! ## Why it matters
//! Firehose rejects records that it cannot encrypt: data is lost at the producers.
//!
//! ## When it stays silent
//! A call or stream that names no key is not applicable, and neither is a stream that is being deleted. An AWS managed key is compliant. A key about which
//! there is no data is unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, Sse};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-stream-unusable-key",
    title: "Firehose stream names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("firehose_stream_unusable_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = &stream.unresolved {
        return Outcome::unresolved(unresolved);
    }
    if stream.started_later {
        return Outcome::not_applicable("`StartDeliveryStreamEncryption` named the key, and is evaluated itself");
    }
    let path = stream.paths().sse_key;
    let key = match &stream.sse {
        Field::Present(Sse::Customer(missing @ Field::Absent)) => {
            return Outcome::unverified(stream.missing(missing, path));
        }
        Field::Present(Sse::Customer(key)) => key.as_ref(),
        Field::Present(Sse::Unclear(why)) => return Outcome::unverified(why.clone()),
        Field::Present(Sse::Off | Sse::AwsOwned) | Field::Absent => Field::Absent,
        Field::Redacted => Field::Redacted,
        Field::Omitted => Field::Omitted,
    };
    unusable(&[(path, key)], Some(context.scope.region), context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, table};
    use serde_json::{Value, json};

    #[test]
    fn state_and_region_of_the_key_decide() {
        let start = |key: &str| {
            json!({"deliveryStreamName": "clicks",
            "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": key}})
        };
        let sse =
            |input: Value| json!({"deliveryStreamName": "clicks", "deliveryStreamEncryptionConfigurationInput": input});
        table(
            &RULE,
            &[
                ("StartDeliveryStreamEncryption", start(DISABLED_KEY), "violation"),
                ("CreateDeliveryStream", start("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("CreateDeliveryStream", start(CUSTOMER_KEY), "compliant"),
                ("CreateDeliveryStream", start(UNKNOWN_KEY), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("CreateDeliveryStream", sse(json!({})), "unverified"),
                ("CreateDeliveryStream", sse(json!({"keyType": "CUSTOMER_MANAGED_CMK"})), "unverified"),
                ("CreateDeliveryStream", sse(json!({"keyType": "AWS_OWNED_CMK"})), "not-applicable"),
                ("StartDeliveryStreamEncryption", sse(json!({"keyARN": CUSTOMER_KEY})), "unverified"),
                ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }
}
