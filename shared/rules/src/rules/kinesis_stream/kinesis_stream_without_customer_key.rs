//! A Kinesis data stream is encrypted with a key below the demanded level.
//!
//! ## What it detects
//! `StartStreamEncryption` with a key that is not at the level of `keys.required` (by default a
//! customer managed key): `alias/aws/kinesis`, or a key that KMS says AWS manages.
//!
//! ## Why it matters
//! The policy of an AWS managed key cannot be changed: everybody in the account who may read the
//! stream may use it, it cannot be revoked, and it cannot be shared with another account.
//!
//! ## When it stays silent
//! Calls that name no key. A key that nothing is known about is reported as unverified.
//!
//! ## How to fix
//! Start the encryption again with a customer managed key; the stream stays available.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/creating-using-sse-master-keys.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::{Level, level};
use crate::rules::kinesis_stream::remediation::ENCRYPT;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kinesis-stream-without-customer-key",
    title: "Kinesis stream encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    source: include_str!("kinesis_stream_without_customer_key.rs"),
};

fn check(stream: &KinesisStream, context: &RuleContext<'_>) -> Outcome {
    let key = match stream {
        KinesisStream::Encrypted(Field::Present(key)) => key,
        KinesisStream::Encrypted(missing) => return Outcome::Unverified(missing.missing("keyId")),
        KinesisStream::Unresolved(open) => return Outcome::unresolved(open),
        KinesisStream::Created | KinesisStream::Stopped => {
            return Outcome::not_applicable("the stream is not encrypted");
        }
    };
    let found = match level(key, context) {
        Level::Enough => return Outcome::Compliant,
        Level::Unknown(why) => return Outcome::Unverified(why),
        Level::Below(found) => found,
    };
    let name = plain(context.name());
    let required = context.settings.keys.required.in_words();
    Violation::new(format!("The stream `{name}` is encrypted with {}; {required} is required.", found.in_words()))
        .evidence("requestParameters.keyId", plain(&key.given))
        .remediation(ENCRYPT.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, name, table};
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
    fn the_bar_can_be_lowered_and_raised() {
        let ask = |required: &str, key: &str| {
            let settings = format!("keys.required = '{required}'");
            let request = json!({"streamName": "orders", "keyId": key});
            name(&answer(
                &RULE,
                &settings,
                &crate::rules::testing::keys(),
                "StartStreamEncryption",
                &request,
                &Value::Null,
            ))
        };
        assert_eq!(ask("aws-managed", "alias/aws/kinesis"), "compliant");
        assert_eq!(ask("aws-managed", UNKNOWN_KEY), "compliant");
        assert_eq!(ask("cloudhsm", CUSTOMER_KEY), "violation");
    }
}
