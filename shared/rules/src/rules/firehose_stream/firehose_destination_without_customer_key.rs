//! A Firehose stream writes objects to S3 without a key at the demanded level.
//!
//! ## What it detects
//! Any S3 configuration of the stream (main, backup or intermediate: there are twelve places) that
//! names no KMS key, or one below the level of `keys.required`.
//!
//! ## Why it matters
//! Backup and intermediate buckets hold the same data as the destination and are forgotten first.
//! Without a key the bucket's default decides, which Firehose does not tell.
//!
//! ## When it stays silent
//! Calls without an S3 configuration, and `UpdateDestination` calls that do not touch its
//! encryption. A key that nothing is known about, and a kind of destination that is not known here,
//! are reported as unverified.
//!
//! ## How to fix
//! Name a customer managed key in every S3 configuration.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_EncryptionConfiguration.html>

use super::remediation::update_destination;
use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::{FirehoseStream, S3Encryption};
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::keys::{Level, level};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-destination-without-customer-key",
    title: "Firehose writes to S3 below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("firehose_destination_without_customer_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    let (mut wrong, mut unknown, mut judged) = (Vec::new(), None, false);
    for destination in &stream.s3_destinations {
        let path = format!("{}.encryptionConfiguration", destination.path);
        match &destination.encryption {
            Field::Absent => continue, // an update that leaves it as it was
            Field::Present(S3Encryption::None) => wrong.push((path, "no KMS key".to_owned())),
            Field::Present(S3Encryption::Kms(Field::Present(key))) => match level(key, context) {
                Level::Enough => {}
                Level::Below(found) => wrong.push((path, format!("{}: {}", found.in_words(), plain(&key.given)))),
                Level::Unknown(why) => unknown = unknown.or(Some(why)),
            },
            Field::Present(S3Encryption::Kms(missing)) => unknown = unknown.or(Some(missing.missing(&path))),
            missing => unknown = unknown.or(Some(missing.missing(&path))),
        }
        judged = true;
    }
    let stranger = stream.unknown_destination.as_ref();
    let unknown = unknown.or(stranger.map(|name| format!("`{}` is a destination that is not known here", plain(name))));
    if !wrong.is_empty() {
        return violation(wrong, context);
    }
    match unknown {
        Some(why) => Outcome::Unverified(why),
        None if judged => Outcome::Compliant,
        None => Outcome::not_applicable("the call does not touch the encryption of S3 objects"),
    }
}

fn violation(wrong: Vec<(String, String)>, context: &RuleContext<'_>) -> Outcome {
    let name = plain(context.name());
    let places = match wrong.len() {
        1 => "one place".to_owned(),
        count => format!("{count} places"),
    };
    let required = context.settings.keys.required.in_words();
    let mut violation = Violation::new(format!(
        "The Firehose stream `{name}` writes to S3 without the required key in {places}; {required} is required."
    ));
    for (path, found) in wrong {
        violation = violation.evidence(path, found);
    }
    violation.remediation(Remediation { cli: update_destination(
            context,
            "--extended-s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}'",
        ), terraform: format!(
            "resource \"aws_kinesis_firehose_delivery_stream\" \"this\" {{\n  name = {}\n  extended_s3_configuration {{\n    kms_key_arn = aws_kms_key.this.arn # and in every s3_backup_configuration and s3_configuration\n  }}\n}}",
            hcl(context.name())
        ), console: format!("Amazon Data Firehose > Firehose streams > {name} > Configuration > Destination settings > Encryption for data records") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::{Value, json};

    fn kms(key: &str) -> Value {
        json!({"encryptionConfiguration": {"kMSEncryptionConfig": {"aWSKMSKeyARN": key}}})
    }

    #[test]
    fn every_place_counts() {
        for (call, destination, inner) in [
            ("CreateDeliveryStream", "s3DestinationConfiguration", None),
            ("CreateDeliveryStream", "extendedS3DestinationConfiguration", None),
            ("CreateDeliveryStream", "extendedS3DestinationConfiguration", Some("s3BackupConfiguration")),
            ("CreateDeliveryStream", "redshiftDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "redshiftDestinationConfiguration", Some("s3BackupConfiguration")),
            ("CreateDeliveryStream", "elasticsearchDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "amazonopensearchserviceDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "amazonOpenSearchServerlessDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "splunkDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "httpEndpointDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "snowflakeDestinationConfiguration", Some("s3Configuration")),
            ("CreateDeliveryStream", "icebergDestinationConfiguration", Some("s3Configuration")),
            ("UpdateDestination", "s3DestinationUpdate", None),
            ("UpdateDestination", "extendedS3DestinationUpdate", None),
            ("UpdateDestination", "extendedS3DestinationUpdate", Some("s3BackupUpdate")),
            ("UpdateDestination", "redshiftDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "redshiftDestinationUpdate", Some("s3BackupUpdate")),
            ("UpdateDestination", "elasticsearchDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "amazonopensearchserviceDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "amazonOpenSearchServerlessDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "splunkDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "httpEndpointDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "snowflakeDestinationUpdate", Some("s3Update")),
            ("UpdateDestination", "icebergDestinationUpdate", Some("s3Configuration")),
        ] {
            let request = |place: Value| match inner {
                // the place around an inner one is sealed, so that only the inner one decides
                Some(inner) => {
                    let mut outer = kms(CUSTOMER_KEY);
                    outer[inner] = place;
                    json!({ destination: outer })
                }
                None => json!({ destination: place }),
            };
            table(
                &RULE,
                &[
                    (
                        call,
                        request(json!({"encryptionConfiguration": {"noEncryptionConfig": "NoEncryption"}})),
                        "violation",
                    ),
                    (call, request(kms("alias/aws/s3")), "violation"),
                    (call, request(kms(CUSTOMER_KEY)), "compliant"),
                    (call, request(kms(UNKNOWN_KEY)), "unverified"),
                    (call, request(json!({"encryptionConfiguration": "***"})), "unverified"),
                    (call, request(json!("***")), "unverified"),
                ],
            );
        }
    }

    #[test]
    fn what_is_left_out() {
        table(
            &RULE,
            &[
                (
                    "CreateDeliveryStream",
                    json!({"s3DestinationConfiguration": {"bucketARN": "arn:aws:s3:::b"}}),
                    "violation",
                ),
                (
                    "UpdateDestination",
                    json!({"s3DestinationUpdate": {"bucketARN": "arn:aws:s3:::b"}}),
                    "not-applicable",
                ),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
                ("CreateDeliveryStream", json!({"quantumDestinationConfiguration": {}}), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": "true"}), "unverified"),
                ("StopDeliveryStreamEncryption", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn what_people_read() {
        let call = json!({"deliveryStreamName": "clicks", "extendedS3DestinationConfiguration":
            {"s3BackupConfiguration": {"encryptionConfiguration": {"noEncryptionConfig": "NoEncryption"}}}});
        insta::assert_snapshot!(violation(&RULE, "CreateDeliveryStream", &call), @r#"
        The Firehose stream `clicks` writes to S3 without the required key in 2 places; a customer managed key is required.
        {"extendedS3DestinationConfiguration.encryptionConfiguration":"no KMS key","extendedS3DestinationConfiguration.s3BackupConfiguration.encryptionConfiguration":"no KMS key"}
        aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --extended-s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}' --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          extended_s3_configuration {
            kms_key_arn = aws_kms_key.this.arn # and in every s3_backup_configuration and s3_configuration
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Destination settings > Encryption for data records
        "#);
    }
}
