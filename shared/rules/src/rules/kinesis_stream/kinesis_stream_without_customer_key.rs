//! A Kinesis data stream is encrypted with a key below the required level.
//!
//! ## What it detects
//! `StartStreamEncryption` with a key below the level of `keys.required` (by default a customer
//! managed key): `alias/aws/kinesis`, or a key that AWS manages according to KMS. In a scan, an
//! existing stream that is encrypted with such a key.
//!
//! ## Why it matters
//! The policy of an AWS managed key cannot be changed: every identity in the account that may read
//! the stream may use the key, nobody can revoke it, and it cannot be shared with another account.
//!
//! ## When it stays silent
//! A stream without encryption is not applicable: another rule reports it. Neither is `CreateStream`
//! if `StartStreamEncryption` followed: that call names the key and is evaluated. A key about which there
//! is no data is unverified, and so is a call whose key the record does not show.
//!
//! ## How to fix
//! Start the encryption again with a customer managed key. The stream stays available.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/creating-using-sse-master-keys.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::keys::{require_level, required};
use crate::rules::kinesis_stream::remediation::ENCRYPT;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-stream-without-customer-key",
    title: "Kinesis stream encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kinesis_stream_without_customer_key.rs"),
};

fn check(stream: &KinesisStream, context: &RuleContext<'_>) -> Outcome {
    let key = match stream {
        KinesisStream::Encrypted(Field::Present(key)) => key,
        KinesisStream::Encrypted(missing) if context.seen == Seen::Scan => {
            return Outcome::missing(Some(&Unresolved::NotShown("DescribeStreamSummary")), missing, "KeyId");
        }
        KinesisStream::Encrypted(missing) => return Outcome::unverified(missing.missing("keyId")),
        KinesisStream::EncryptedLater => {
            return Outcome::not_applicable("`StartStreamEncryption` named the key, and is evaluated itself");
        }
        KinesisStream::Unresolved(unresolved) => return Outcome::unresolved(unresolved),
        KinesisStream::Created | KinesisStream::Stopped => {
            return Outcome::not_applicable("the stream is not encrypted");
        }
    };
    require_level(key, context, |found| {
        let detail = text!(
            "The stream `{name}` is encrypted with {found}; {required} is required.",
            name = context.name(),
            found = found.in_words(),
            required = required(context)
        );
        Violation::new(detail)
            .evidence("requestParameters.keyId", plain(&key.given))
            .remediation(ENCRYPT.fill(context, &[]))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table};
    use serde_json::{Value, json};

    #[test]
    fn the_level_of_the_key_decides() {
        let start = |key: &str| json!({"streamName": "orders", "encryptionType": "KMS", "keyId": key});
        table(
            &RULE,
            &[
                ("StartStreamEncryption", start("alias/aws/kinesis"), "violation"),
                ("StartStreamEncryption", start(MANAGED_KEY), "violation"),
                ("StartStreamEncryption", start(CUSTOMER_KEY), "compliant"),
                ("StartStreamEncryption", start("customer"), "compliant"),
                ("StartStreamEncryption", start(UNKNOWN_KEY), "unverified"),
                ("StartStreamEncryption", start("not a key"), "unverified"),
                ("StartStreamEncryption", json!({"streamName": "orders"}), "unverified"),
                ("StopStreamEncryption", start(MANAGED_KEY), "not-applicable"),
                ("CreateStream", json!({"streamName": "orders"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_required_level_is_a_setting() {
        let with = |required: &str, key: &str| {
            let settings = format!("keys.required = '{required}'");
            let request = json!({"streamName": "orders", "keyId": key});
            name(&answer(&RULE, &settings, &keys(), "StartStreamEncryption", &request, &Value::Null))
        };
        assert_eq!(with("aws-managed", "alias/aws/kinesis"), "compliant");
        assert_eq!(with("aws-managed", UNKNOWN_KEY), "compliant");
        assert_eq!(with("cloudhsm", CUSTOMER_KEY), "violation");
    }
}
