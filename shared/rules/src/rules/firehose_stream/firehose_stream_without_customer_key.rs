//! A Firehose stream is encrypted with a key below the demanded level.
//!
//! ## What it detects
//! Server-side encryption with an AWS owned key, or with a key below the level of `keys.required`.
//! `StartDeliveryStreamEncryption` without a configuration takes an AWS owned key.
//!
//! ## Why it matters
//! An AWS owned key is shared between customers; its use is logged nowhere and nothing can revoke it.
//!
//! ## When it stays silent
//! Streams without SSE, which another rule reports, and calls that do not touch it. A key that
//! nothing is known about is reported as unverified.
//!
//! ## How to fix
//! Start server-side encryption again with a customer managed key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamEncryptionConfigurationInput.html>

use super::remediation::encrypt_firehose;
use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, Sse};
use crate::configuration::key::Protection;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::{Level, level};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-stream-without-customer-key",
    title: "Firehose stream encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    source: include_str!("firehose_stream_without_customer_key.rs"),
};

const PATH: &str = "deliveryStreamEncryptionConfigurationInput";

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(open) = &stream.unresolved {
        return Outcome::unresolved(open);
    }
    let (found, given) = match &stream.sse {
        Field::Present(Sse::Off) => return Outcome::not_applicable("the stream has no SSE"),
        Field::Absent => return Outcome::not_applicable("the call does not touch SSE"),
        Field::Present(Sse::AwsOwned) => (Protection::AwsOwned, "AWS_OWNED_CMK".to_owned()),
        Field::Present(Sse::Customer(Field::Present(key))) => match level(key, context) {
            Level::Enough => return Outcome::Compliant,
            Level::Unknown(why) => return Outcome::Unverified(why),
            Level::Below(found) => (found, plain(&key.given)),
        },
        Field::Present(Sse::Customer(missing)) => return Outcome::Unverified(missing.missing("keyARN")),
        missing => return Outcome::Unverified(missing.missing(PATH)),
    };
    let name = plain(context.name());
    let required = context.settings.keys.required.in_words();
    Violation::new(format!(
        "The Firehose stream `{name}` is encrypted with {}; {required} is required.",
        found.in_words()
    ))
    .evidence(PATH, given)
    .remediation(encrypt_firehose(context))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, table};
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
        let sse = |kind: &str, key: Value| {
            json!({"deliveryStreamName": "clicks",
            "deliveryStreamEncryptionConfigurationInput": {"keyType": kind, "keyARN": key}})
        };
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", sse("AWS_OWNED_CMK", Value::Null), "violation"),
                ("CreateDeliveryStream", sse("CUSTOMER_MANAGED_CMK", json!(MANAGED_KEY)), "violation"),
                ("CreateDeliveryStream", sse("CUSTOMER_MANAGED_CMK", json!(CUSTOMER_KEY)), "compliant"),
                ("CreateDeliveryStream", sse("CUSTOMER_MANAGED_CMK", json!(UNKNOWN_KEY)), "unverified"),
                ("CreateDeliveryStream", sse("CUSTOMER_MANAGED_CMK", Value::Null), "unverified"),
                ("CreateDeliveryStream", sse("NEW_KIND", Value::Null), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
                ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "violation"),
                ("StopDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
                ("UpdateDestination", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }
}
