//! A Firehose stream stores its records unencrypted.
//!
//! ## What it detects
//! A stream with direct puts that has no server-side encryption (SSE) after its settle time, or
//! whose SSE is stopped. Terraform, for example, creates the stream first and starts SSE with a
//! second call. A stream that reads from a Kinesis data stream stores nothing of its own, so the
//! encryption of the data stream decides. In a scan, a stream that exists and has no SSE, or reads
//! from a data stream that is not encrypted.
//!
//! ## Why it matters
//! Firehose buffers records, and keeps them for up to 24 hours when a destination fails.
//!
//! ## When it stays silent
//! A stream that reads from an MSK cluster or a database is not applicable: Firehose offers no SSE
//! for it. Neither is a call that does not change SSE, nor a stream that is deleted within its
//! settle time or is being deleted. A stream that reads from a Kinesis data stream about which there
//! is no data is unverified. So is one whose SSE is being enabled or disabled, and, in a scan, one
//! whose latest change of SSE failed: the description does not show what it was before.
//!
//! ## How to fix
//! Start server-side encryption with a customer managed key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/dev/encryption.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/datafirehose-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, Origin, Source, Sse};
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::lookup::run_and_pass;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::firehose_stream::remediation::{ENCRYPT, ENCRYPT_SOURCE};
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-stream-unencrypted",
    title: "Firehose stream without encryption at rest",
    severity: Severity::High,
    controls: &[fsbp("DataFirehose.1"), nist("SC-28")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("firehose_stream_unencrypted.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = &stream.unresolved {
        return Outcome::unresolved(unresolved);
    }
    if let Source::Kinesis { arn, encrypted } = &stream.source {
        return source_stream(stream, arn.as_deref(), encrypted.as_ref(), context);
    }
    let path = stream.paths().sse;
    match (&stream.sse, &stream.source) {
        (_, Source::Other(_)) => {
            return Outcome::not_applicable("a stream that reads from MSK or a database has no SSE of its own");
        }
        (Field::Absent, _) => return Outcome::not_applicable("SSE is not changed"),
        (Field::Present(Sse::Off), Source::Unknown) => {
            return Outcome::unverified(match stream.origin {
                Origin::Described => Text::literal("this version does not know the source of the stream"),
                _ => Text::literal("the record does not show the source of the stream"),
            });
        }
        (Field::Present(Sse::Off), _) => {}
        (Field::Present(Sse::Unclear(why)), _) => return Outcome::unverified(text!("{why} of `{path}`", why, path)),
        (Field::Present(_), _) => return Outcome::Compliant,
        (missing, _) => return Outcome::unverified(stream.missing(missing, path)),
    }
    let name = context.name();
    let detail = match stream.origin {
        Origin::Created => text!(
            "The Firehose stream `{name}` was created without server-side encryption: its buffered records are stored in the clear.",
            name
        ),
        Origin::Changed => text!(
            "The Firehose stream `{name}` had its server-side encryption stopped: its buffered records are stored in the clear.",
            name
        ),
        Origin::Listed | Origin::Described => text!(
            "The Firehose stream `{name}` has no server-side encryption: its buffered records are stored in the clear.",
            name
        ),
    };
    Violation::new(detail)
        .evidence(path, "off")
        .remediated_at(context.remediated_at())
        .remediation(ENCRYPT.fill(context, &[]))
}

/// Evaluates the data stream that the stream reads from: its encryption protects the records, since Firehose stores none.
fn source_stream(
    stream: &FirehoseStream,
    arn: Option<&str>,
    encrypted: Option<&Result<bool, Unresolved>>,
    context: &RuleContext<'_>,
) -> Outcome {
    let arn = arn.unwrap_or("unknown");
    let source = plain(arn);
    match encrypted {
        Some(Ok(true)) => Outcome::Compliant,
        Some(Err(Unresolved::Deleted)) => Outcome::not_applicable("the data stream that it reads from was deleted"),
        Some(Err(unresolved)) => Outcome::unresolved(unresolved),
        None => Outcome::unverified(text!(
            "no data about the source stream `{source}`: {command}",
            source,
            command = run_and_pass("kinesis describe-stream-summary", "--stream-arn", arn)
        )),
        Some(Ok(false)) => {
            let name = context.name();
            let detail = text!(
                "The Firehose stream `{name}` reads from `{source}`, which is not encrypted.",
                name,
                source = &source
            );
            Violation::new(detail)
                .evidence(stream.paths().source_stream, source)
                .remediation(ENCRYPT_SOURCE.fill(context, &[("source", Value::Text(arn))]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, table, violation};
    use serde_json::{Value, json};

    #[test]
    fn server_side_encryption_decides_for_direct_puts() {
        let sse = json!({"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": CUSTOMER_KEY});
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "violation"),
                ("CreateDeliveryStream", json!({"deliveryStreamType": "DirectPut"}), "violation"),
                ("CreateDeliveryStream", json!({"deliveryStreamEncryptionConfigurationInput": sse}), "compliant"),
                ("CreateDeliveryStream", json!({"deliveryStreamEncryptionConfigurationInput": "***"}), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamEncryptionConfigurationInput": {}}), "unverified"),
                (
                    "CreateDeliveryStream",
                    json!({"deliveryStreamEncryptionConfigurationInput": {"keyARN": CUSTOMER_KEY}}),
                    "unverified",
                ),
                (
                    "StartDeliveryStreamEncryption",
                    json!({"deliveryStreamName": "clicks", "deliveryStreamEncryptionConfigurationInput": {}}),
                    "unverified",
                ),
                ("CreateDeliveryStream", json!({"deliveryStreamType": "NewSource"}), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("CreateDeliveryStream", json!({"deliveryStreamType": "MSKAsSource"}), "not-applicable"),
                ("CreateDeliveryStream", json!({"databaseSourceConfiguration": {}}), "not-applicable"),
                ("StartDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "compliant"),
                ("StopDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "violation"),
                ("UpdateDestination", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_kinesis_source_decides_for_the_stream_that_reads_from_it() {
        let arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
        let call =
            json!({"deliveryStreamName": "clicks", "kinesisStreamSourceConfiguration": {"kinesisStreamARN": arn}});
        let fact = |kind: &str| json!({"StreamDescriptionSummary": {"StreamARN": arn, "EncryptionType": kind}});
        for (facts, want) in
            [(vec![fact("KMS")], "compliant"), (vec![fact("NONE")], "violation"), (vec![], "unverified")]
        {
            let outcome = answer(&RULE, "", &facts, "CreateDeliveryStream", &call, &Value::Null);
            assert_eq!(name(&outcome), want);
        }
    }

    #[test]
    fn the_described_stream_decides_about_a_new_one() {
        let fact = |sse: Value, status: &str| {
            json!({"DeliveryStreamDescription": {"DeliveryStreamEncryptionConfiguration": sse,
            "DeliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks",
            "DeliveryStreamStatus": status, "DeliveryStreamType": "DirectPut"}})
        };
        let hidden = json!({"omitted": true, "deliveryStreamName": "clicks"});
        for (sse, status, want) in [
            (json!({"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"}), "ACTIVE", "compliant"),
            (json!({"Status": "ENABLING", "KeyType": "AWS_OWNED_CMK"}), "ACTIVE", "unverified"),
            (json!({"Status": "ENABLING_FAILED", "KeyType": "AWS_OWNED_CMK"}), "ACTIVE", "violation"),
            (json!({"Status": "DISABLED"}), "ACTIVE", "violation"),
            (json!({"Status": "DISABLED"}), "CREATING", "unverified"),
            (json!({"Status": "DISABLED"}), "DELETING", "not-applicable"),
            (Value::Null, "ACTIVE", "violation"),
        ] {
            let facts = [fact(sse.clone(), status)];
            let call = json!({"deliveryStreamName": "clicks"});
            let outcome = answer(&RULE, "", &facts, "CreateDeliveryStream", &call, &Value::Null);
            assert_eq!(name(&outcome), want, "{sse} {status}");
            let arn = json!({"deliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks"});
            let outcome = answer(&RULE, "", &facts, "CreateDeliveryStream", &hidden, &arn);
            assert_eq!(name(&outcome), want, "a record without its request: {sse} {status}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "StopDeliveryStreamEncryption", &json!({"deliveryStreamName": "clicks"})), @r#"
        The Firehose stream `clicks` had its server-side encryption stopped: its buffered records are stored in the clear.
        {"deliveryStreamEncryptionConfigurationInput":"off"}
        aws firehose start-delivery-stream-encryption --delivery-stream-name clicks --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$(aws kms describe-key --key-id alias/your-key --query KeyMetadata.Arn --output text --region eu-west-1)" --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          server_side_encryption {
            enabled  = true
            key_type = "CUSTOMER_MANAGED_CMK"
            key_arn  = aws_kms_key.this.arn
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Server-side encryption
        "#);
    }
}
