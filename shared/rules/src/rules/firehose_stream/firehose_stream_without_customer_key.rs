//! A Firehose stream is encrypted with a key below the required level.
//!
//! ## What it detects
//! Server-side encryption (SSE) with an AWS owned key, or with a key below the level of
//! `keys.required`. `StartDeliveryStreamEncryption` without a configuration uses an AWS owned key. In
//! a scan, a stream that exists and has such a key.
//!
//! ## Why it matters
//! An AWS owned key is shared between customers: its use is not logged anywhere, and nobody can
//! revoke it.
//!
//! ## When it stays silent
//! A stream without SSE is not applicable: another rule reports it. Neither is a call that does not
//! change SSE, nor `CreateDeliveryStream` if `StartDeliveryStreamEncryption` followed: that call names
//! the key and is evaluated. A key about which there is no data is unverified.
//!
//! ## How to fix
//! Start server-side encryption again with a customer managed key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamEncryptionConfigurationInput.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, Sse};
use crate::configuration::key::Protection;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::firehose_stream::remediation::ENCRYPT;
use crate::rules::keys::{require_level, required};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-stream-without-customer-key",
    title: "Firehose stream encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("firehose_stream_without_customer_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = &stream.unresolved {
        return Outcome::unresolved(unresolved);
    }
    if stream.started_later {
        return Outcome::not_applicable("`StartDeliveryStreamEncryption` named the key, and is evaluated itself");
    }
    let path = stream.paths().sse;
    match &stream.sse {
        Field::Present(Sse::Off) => Outcome::not_applicable("the stream has no SSE"),
        Field::Present(Sse::Unclear(why)) => Outcome::unverified(text!("{why} of `{path}`", why, path)),
        Field::Absent => Outcome::not_applicable("SSE is not changed"),
        // no setting accepts an AWS owned key
        Field::Present(Sse::AwsOwned) => violation(stream, Protection::AwsOwned, "AWS_OWNED_CMK", context),
        Field::Present(Sse::Customer(Field::Present(key))) => {
            require_level(key, context, |found| violation(stream, found, &key.given, context))
        }
        Field::Present(Sse::Customer(missing)) => Outcome::unverified(stream.missing(missing, stream.paths().sse_key)),
        missing => Outcome::unverified(stream.missing(missing, path)),
    }
}

fn violation(stream: &FirehoseStream, found: Protection, given: &str, context: &RuleContext<'_>) -> Outcome {
    let detail = text!(
        "The Firehose stream `{name}` is encrypted with {found}; {required} is required.",
        name = context.name(),
        found = found.in_words(),
        required = required(context)
    );
    Violation::new(detail).evidence(stream.paths().sse, plain(given)).remediation(ENCRYPT.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, table};
    use serde_json::{Value, json};

    #[test]
    fn the_level_of_the_key_decides() {
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
                (
                    "StartDeliveryStreamEncryption",
                    json!({"deliveryStreamName": "clicks", "deliveryStreamEncryptionConfigurationInput": {}}),
                    "unverified",
                ),
                ("CreateDeliveryStream", sse("NEW_KIND", Value::Null), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
                ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "violation"),
                ("StopDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
                ("UpdateDestination", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }
}
