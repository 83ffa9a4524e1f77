//! A Firehose stream writes objects to S3 without a key at the required level.
//!
//! ## What it detects
//! An S3 configuration of the stream (main, backup or intermediate: the API has twelve places for
//! one) that names no KMS key, or a key below the level of `keys.required`. In a scan, a stream that
//! exists and has such a configuration.
//!
//! ## Why it matters
//! Backup and intermediate buckets hold the same data as the destination, and are the first to be
//! forgotten. Without a key the default of the bucket decides, which Firehose does not show.
//!
//! ## When it stays silent
//! A call without an S3 configuration is not applicable, and neither is an `UpdateDestination` that
//! leaves the encryption unchanged or names a sufficient key for a part of the S3 configurations only,
//! nor a stream that is being deleted. A key about which there is no data is unverified, and so are a
//! type of destination that this version does not know and an update that switches the backup on
//! without a word about its encryption.
//!
//! ## How to fix
//! Name a customer managed key in every S3 configuration. `update-destination` replaces a
//! destination of another kind: use the option of the kind that the stream has.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_EncryptionConfiguration.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_destination::{S3Destination, S3Encryption};
use crate::configuration::firehose_destination_kind::{DestinationKind, S3Place};
use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::firehose_stream::KEEPS_ENCRYPTION;
use crate::rules::firehose_stream::remediation::{CUSTOMER_KEY, destination_id};
use crate::rules::keys::{Level, level, required};
use crate::rules::remediation::Value;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-destination-without-customer-key",
    title: "Firehose writes to S3 below the required key level",
    severity: Severity::Medium,
    controls: &[nist("SC-28")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("firehose_destination_without_customer_key.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = stream.unknown() {
        return Outcome::unresolved(unresolved);
    }
    let (mut wrong, mut unknown, mut evaluated) = (Vec::new(), None, false);
    for destination in &stream.destinations.s3 {
        let path = destination.encryption_path.clone();
        match &destination.encryption {
            Field::Absent => continue, // an update that leaves the encryption unchanged
            Field::Present(S3Encryption::None) => {
                wrong.push((destination, path, Text::literal("no KMS key")));
            }
            Field::Present(S3Encryption::Unclear) => {
                unknown = unknown.or_else(|| {
                    Some(text!("the update switches the backup on, and does not say `{path}`", path = path.as_str()))
                });
            }
            Field::Present(S3Encryption::Kms(Field::Present(key))) => match level(key, context) {
                Level::Enough => {}
                Level::Below(found) => {
                    let found = text!("{level}: {key}", level = found.in_words(), key = &key.given);
                    wrong.push((destination, path, found));
                }
                Level::Unknown(why) => unknown = unknown.or(Some(why)),
            },
            Field::Present(S3Encryption::Kms(missing)) => unknown = unknown.or(Some(stream.missing(missing, &path))),
            missing => unknown = unknown.or(Some(stream.missing(missing, &path))),
        }
        evaluated = true;
    }
    if !wrong.is_empty() {
        return violation(stream, wrong, context);
    }
    let new_type = |name: &String| text!("this version does not know the destination `{name}`", name);
    match unknown.or_else(|| stream.destinations.unknown.as_ref().map(new_type)) {
        Some(why) => Outcome::unverified(why),
        None if evaluated && stream.destinations.keeps_encryption() => Outcome::NotApplicable(KEEPS_ENCRYPTION),
        None if evaluated => Outcome::Compliant,
        None => Outcome::not_applicable("the encryption of S3 objects is not changed"),
    }
}

fn violation(
    stream: &FirehoseStream,
    wrong: Vec<(&S3Destination, String, Text)>,
    context: &RuleContext<'_>,
) -> Outcome {
    let (name, required) = (context.name(), required(context));
    let detail = match wrong.len() {
        1 => text!(
            "The Firehose stream `{name}` writes to S3 without the required key in one place; {required} is required.",
            name,
            required
        ),
        count => text!(
            "The Firehose stream `{name}` writes to S3 without the required key in {count} places; {required} is required.",
            name,
            count,
            required
        ),
    };
    let mut violation = Violation::new(detail);
    let wrong_places: Vec<_> = wrong.iter().filter_map(|(destination, ..)| destination.place).collect();
    for (_, path, found) in wrong {
        violation = violation.evidence_text(&path, found);
    }
    violation.remediation(remediation(stream, &wrong_places, context))
}

/// A key for the places of one destination, the first: a stream has no more.
fn remediation(
    stream: &FirehoseStream,
    wrong: &[(&'static DestinationKind, &'static S3Place)],
    context: &RuleContext<'_>,
) -> Remediation {
    const KEY: &str = "EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}";
    const ATTRIBUTE: &str = "kms_key_arn = aws_kms_key.this.arn";
    let kind = wrong.first().map(|(kind, _)| *kind);
    let places =
        || wrong.iter().filter(|(of, _)| kind.is_some_and(|kind| std::ptr::eq(kind, *of))).map(|(_, place)| place);
    let change = places().map(|place| match place.cli {
        "" => KEY.to_owned(),
        // the update of an Iceberg destination holds a whole S3 configuration
        member @ "S3Configuration" => format!("{member}={{RoleARN=your-role-arn,BucketARN=your-bucket-arn,{KEY}}}"),
        member => format!("{member}={{{KEY}}}"),
    });
    let block = places().map(|place| match place.block {
        "" => format!("    {ATTRIBUTE}"),
        block => format!("    {block} {{\n      {ATTRIBUTE}\n    }}"),
    });
    let values = [
        ("destination", &destination_id(stream, context)),
        ("option", &kind.map_or_else(String::new, |kind| kind.option.to_owned())),
        ("change", &change.collect::<Vec<_>>().join(",")),
        ("block", &kind.map_or_else(String::new, |kind| kind.block.to_owned())),
        ("places", &block.collect::<Vec<_>>().join("\n")),
    ];
    CUSTOMER_KEY.fill(context, &values.map(|(name, value)| (name, Value::Raw(value))))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, UNKNOWN_KEY, table, violation};
    use serde_json::{Value, json};

    /// The part of a remediation's command that says what to change.
    fn changed(call: &str, request: &Value) -> String {
        let text = violation(&RULE, call, request);
        let command = text.lines().find(|line| line.starts_with("aws firehose update-destination")).unwrap();
        let (_, change) = command.rsplit_once("--region eu-west-1)\" ").unwrap();
        change.trim_end_matches(" --region eu-west-1").to_owned()
    }

    fn kms(key: &str) -> Value {
        json!({"encryptionConfiguration": {"kMSEncryptionConfig": {"aWSKMSKeyARN": key}}})
    }

    #[test]
    fn every_s3_configuration_of_the_api_is_evaluated() {
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
                // the place around an inner one is encrypted, so that only the inner one decides
                Some(inner) => {
                    let mut outer = kms(CUSTOMER_KEY);
                    outer[inner] = place;
                    json!({ destination: outer })
                }
                None => json!({ destination: place }),
            };
            // the other place keeps its encryption, which the update does not show
            let may_have_more = call == "UpdateDestination"
                && (destination == "extendedS3DestinationUpdate" && inner.is_none()
                    || destination == "redshiftDestinationUpdate");
            table(
                &RULE,
                &[
                    (
                        call,
                        request(json!({"encryptionConfiguration": {"noEncryptionConfig": "NoEncryption"}})),
                        "violation",
                    ),
                    (call, request(kms("alias/aws/s3")), "violation"),
                    (call, request(kms(CUSTOMER_KEY)), if may_have_more { "not-applicable" } else { "compliant" }),
                    (call, request(kms(UNKNOWN_KEY)), "unverified"),
                    (call, request(json!({"encryptionConfiguration": "***"})), "unverified"),
                    (call, request(json!("***")), "unverified"),
                ],
            );
        }
    }

    #[test]
    fn a_missing_configuration_decides_only_on_creation() {
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
        aws firehose update-destination --delivery-stream-name clicks --destination-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query 'DeliveryStreamDescription.Destinations[0].DestinationId' --output text --region eu-west-1)" --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --extended-s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}},S3BackupUpdate={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}' --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          extended_s3_configuration {
            kms_key_arn = aws_kms_key.this.arn
            s3_backup_configuration {
              kms_key_arn = aws_kms_key.this.arn
            }
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Destination settings > Encryption for data records
        "#);
    }

    #[test]
    fn the_command_changes_the_place_that_is_wrong_in_the_kind_of_destination_that_the_stream_has() {
        let open = json!({"encryptionConfiguration": {"noEncryptionConfig": "NoEncryption"}});
        let mut changes = Vec::new();
        for kind in [
            "s3",
            "extendedS3",
            "redshift",
            "elasticsearch",
            "amazonopensearchservice",
            "amazonOpenSearchServerless",
            "splunk",
            "httpEndpoint",
            "snowflake",
            "iceberg",
        ] {
            let of = |call: &str, destination: Value| {
                let mut request = json!({"deliveryStreamName": "clicks"});
                request[format!("{kind}Destination{call}")] = destination;
                request
            };
            let (inner, update) = match kind {
                "s3" | "extendedS3" => (open.clone(), open.clone()),
                "iceberg" => (json!({"s3Configuration": open}), json!({"s3Configuration": open})),
                _ => (json!({"s3Configuration": open}), json!({"s3Update": open})),
            };
            let created = changed("CreateDeliveryStream", &of("Configuration", inner));
            assert_eq!(changed("UpdateDestination", &of("Update", update)), created, "{kind}");
            changes.push(created);
        }
        insta::assert_snapshot!(changes.join("\n"), @"
        --s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}'
        --extended-s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}'
        --redshift-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --elasticsearch-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --amazonopensearchservice-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --amazon-open-search-serverless-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --splunk-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --http-endpoint-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --snowflake-destination-update 'S3Update={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        --iceberg-destination-update 'S3Configuration={RoleARN=your-role-arn,BucketARN=your-bucket-arn,EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'
        ");
    }

    #[test]
    fn the_command_changes_a_backup_without_the_rest() {
        let mut outer = kms(CUSTOMER_KEY);
        outer["s3BackupConfiguration"] = json!({"bucketARN": "arn:aws:s3:::archive"});
        let call = json!({"deliveryStreamName": "clicks", "extendedS3DestinationConfiguration": outer});
        insta::assert_snapshot!(changed("CreateDeliveryStream", &call), @"--extended-s3-destination-update 'S3BackupUpdate={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}'");
    }

    #[test]
    fn an_update_is_compliant_only_if_it_shows_every_place() {
        let update = |kind: &str, destination: Value| json!({ kind: destination });
        let (extended, redshift) = ("extendedS3DestinationUpdate", "redshiftDestinationUpdate");
        let with = |members: Value| {
            let mut destination = kms(CUSTOMER_KEY);
            destination.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            destination
        };
        let both = json!({"s3Update": kms(CUSTOMER_KEY), "s3BackupUpdate": kms(CUSTOMER_KEY)});
        table(
            &RULE,
            &[
                ("UpdateDestination", update(extended, with(json!({}))), "not-applicable"),
                ("UpdateDestination", update(extended, with(json!({"s3BackupMode": "Disabled"}))), "compliant"),
                (
                    "UpdateDestination",
                    update(extended, with(json!({"s3BackupUpdate": kms(CUSTOMER_KEY)}))),
                    "compliant",
                ),
                ("UpdateDestination", update(extended, json!({"s3BackupUpdate": kms(CUSTOMER_KEY)})), "not-applicable"),
                ("UpdateDestination", update(redshift, json!({"s3Update": kms(CUSTOMER_KEY)})), "not-applicable"),
                ("UpdateDestination", update(redshift, both), "compliant"),
            ],
        );
    }

    #[test]
    fn an_update_that_switches_a_backup_on_has_to_say_how_it_is_encrypted() {
        let update = |kind: &str, mode: &str, backup: Value| {
            let mut call = json!({"deliveryStreamName": "clicks"});
            call[kind] = json!({"s3BackupMode": mode, "s3BackupUpdate": backup});
            call
        };
        let none = json!({"encryptionConfiguration": {"noEncryptionConfig": "NoEncryption"}});
        for kind in ["extendedS3DestinationUpdate", "redshiftDestinationUpdate"] {
            let bucket = json!({"bucketARN": "arn:aws:s3:::archive"});
            table(
                &RULE,
                &[
                    ("UpdateDestination", update(kind, "Enabled", bucket.clone()), "unverified"),
                    ("UpdateDestination", update(kind, "Enabled", Value::Null), "unverified"),
                    ("UpdateDestination", update(kind, "Enabled", none.clone()), "violation"),
                    ("UpdateDestination", update(kind, "Enabled", kms(CUSTOMER_KEY)), "not-applicable"),
                    ("UpdateDestination", update(kind, "Disabled", bucket), "not-applicable"),
                ],
            );
        }
    }
}
