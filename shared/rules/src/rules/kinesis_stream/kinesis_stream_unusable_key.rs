//! A Kinesis data stream names a key that cannot be used.
//!
//! ## What it detects
//! `StartStreamEncryption` with a customer managed key that is disabled, pending deletion or
//! waiting for its key material, whose key store is disconnected, that is not a symmetric
//! encryption key, or that is in another Region. In a scan, an existing stream that is encrypted with
//! such a key.
//!
//! ## Why it matters
//! Producers and consumers fail as soon as the stream needs the key: data is lost at the source.
//!
//! ## When it stays silent
//! A call that names no key and a stream that is not encrypted are not applicable. An AWS managed key
//! is compliant. A key about which there is no data is unverified.
//!
//! ## How to fix
//! Enable the key, cancel its deletion, or name another key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::cloudtrail::field::Field;
use crate::configuration::kinesis_stream::KinesisStream;
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::Outcome;
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::rules::keys::unusable;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kinesis-stream-unusable-key",
    title: "Kinesis stream names a key that cannot be used",
    severity: Severity::Critical,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kinesis_stream_unusable_key.rs"),
};

fn check(stream: &KinesisStream, context: &RuleContext<'_>) -> Outcome {
    let key = match stream {
        KinesisStream::Encrypted(missing @ Field::Absent) if context.seen == Seen::Scan => {
            return Outcome::missing(Some(&Unresolved::NotShown("DescribeStreamSummary")), missing, "KeyId");
        }
        KinesisStream::Encrypted(key) => key.as_ref(),
        KinesisStream::EncryptedLater => {
            return Outcome::not_applicable("`StartStreamEncryption` named the key, and is evaluated itself");
        }
        KinesisStream::Unresolved(unresolved) => return Outcome::unresolved(unresolved),
        KinesisStream::Created | KinesisStream::Stopped => Field::Absent,
    };
    unusable(&[("keyId", key)], Some(context.scope.region), context)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, answer, keys, table};
    use serde_json::{Value, json};

    #[test]
    fn state_and_region_of_the_key_decide() {
        let start = |key: &str| json!({"streamName": "orders", "keyId": key});
        table(
            &RULE,
            &[
                ("StartStreamEncryption", start(DISABLED_KEY), "violation"),
                ("StartStreamEncryption", start("arn:aws:kms:us-east-1:111122223333:key/k"), "violation"),
                ("StartStreamEncryption", start(CUSTOMER_KEY), "compliant"),
                ("StartStreamEncryption", start("alias/aws/kinesis"), "compliant"),
                ("StartStreamEncryption", start(UNKNOWN_KEY), "unverified"),
                ("StartStreamEncryption", json!({"omitted": true}), "unverified"),
                ("CreateStream", json!({"streamName": "orders"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_remediation_names_the_key_of_an_alias() {
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/orders";
        let facts = [keys(), vec![json!({"Aliases": [{"AliasArn": alias, "TargetKeyId": "disabled"}]})]].concat();
        let request = json!({"streamName": "orders", "keyId": "alias/orders"});
        let Outcome::Violation(violation) = answer(&RULE, "", &facts, "StartStreamEncryption", &request, &Value::Null)
        else {
            panic!("the key is disabled");
        };
        let want = format!("aws kms enable-key --key-id {DISABLED_KEY} --region eu-west-1");
        assert_eq!(violation.remediation.cli, want, "`EnableKey` accepts no alias");
    }
}
