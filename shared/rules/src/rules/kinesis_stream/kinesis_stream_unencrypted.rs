//! A Kinesis data stream has no server-side encryption.
//!
//! ## What it detects
//! `StopStreamEncryption`, and a `CreateStream` whose stream is still not encrypted after its
//! settle time. `CreateStream` has no member for encryption: a second call starts it. In a scan, an
//! existing stream that is not encrypted.
//!
//! ## Why it matters
//! Records stay in the stream for 24 hours to a year. Without encryption only IAM protects them
//! from readers, and no use of a key is ever logged.
//!
//! ## When it stays silent
//! `StartStreamEncryption` is compliant: other rules evaluate the key that it names. A stream that
//! is deleted within its settle time, or is being deleted, is not applicable. A stream that AWS is still creating or
//! updating is unverified.
//!
//! ## How to fix
//! Start server-side encryption with a customer managed key. It applies to new records only.
//!
//! ## References
//! - <https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/kinesis-controls.html>

use crate::configuration::kinesis_stream::KinesisStream;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::kinesis_stream::remediation::ENCRYPT;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-stream-unencrypted",
    title: "Kinesis stream without encryption at rest",
    severity: Severity::High,
    controls: &[fsbp("Kinesis.1"), nist("SC-28")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kinesis_stream_unencrypted.rs"),
};

fn check(stream: &KinesisStream, context: &RuleContext<'_>) -> Outcome {
    let name = context.name();
    let detail = match stream {
        KinesisStream::Encrypted(_) | KinesisStream::EncryptedLater => return Outcome::Compliant,
        KinesisStream::Unresolved(unresolved) => return Outcome::unresolved(unresolved),
        KinesisStream::Stopped => {
            text!("Encryption of the stream `{name}` was switched off: new records are stored in the clear.", name)
        }
        KinesisStream::Created if context.seen == Seen::Scan => {
            return Violation::new(text!(
                "The stream `{name}` is not encrypted: records are stored in the clear.",
                name
            ))
            .evidence("EncryptionType", "NONE")
            .remediation(ENCRYPT.fill(context, &[]));
        }
        KinesisStream::Created => {
            text!("The stream `{name}` was created and is not encrypted: records are stored in the clear.", name)
        }
    };
    Violation::new(detail)
        .evidence("eventName", context.event.name.as_str())
        .remediated_at(context.remediated_at())
        .remediation(ENCRYPT.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn the_name_of_the_call_decides_not_the_encryption_type() {
        table(
            &RULE,
            &[
                ("CreateStream", json!({"streamName": "orders"}), "violation"),
                (
                    "StopStreamEncryption",
                    json!({"streamName": "orders", "encryptionType": "KMS", "keyId": "k"}),
                    "violation",
                ),
                (
                    "StartStreamEncryption",
                    json!({"streamName": "orders", "encryptionType": "KMS", "keyId": "k"}),
                    "compliant",
                ),
            ],
        );
    }

    #[test]
    fn the_described_stream_decides_about_a_new_one() {
        let fact = |kind: &str, status: &str| {
            json!({"StreamDescriptionSummary": {"StreamName": "orders", "EncryptionType": kind, "StreamStatus": status,
            "StreamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", "KeyId": "alias/aws/kinesis"}})
        };
        for (kind, status, want) in [
            ("KMS", "ACTIVE", "compliant"),
            ("KMS", "UPDATING", "compliant"),
            ("NONE", "ACTIVE", "violation"),
            ("NONE", "CREATING", "unverified"),
            ("NONE", "UPDATING", "unverified"),
            ("NONE", "DELETING", "not-applicable"),
        ] {
            let facts = [fact(kind, status)];
            let outcome = answer(&RULE, "", &facts, "CreateStream", &json!({"streamName": "orders"}), &Value::Null);
            assert_eq!(name(&outcome), want, "{kind} {status}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "StopStreamEncryption", &json!({"streamName": "orders"})), @r#"
        Encryption of the stream `orders` was switched off: new records are stored in the clear.
        {"eventName":"StopStreamEncryption"}
        aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id alias/your-key --region eu-west-1
        resource "aws_kinesis_stream" "this" {
          name            = "orders"
          encryption_type = "KMS"
          kms_key_id      = aws_kms_key.this.arn
        }
        Kinesis > Data streams > orders > Configuration > Server-side encryption
        "#);
    }
}
