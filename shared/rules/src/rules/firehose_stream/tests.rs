use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DETECTOR, STREAMS};
use crate::engine::lookup::{DESCRIBE_KEY, Lookup};
use crate::rules::parity::{Verdict, about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, MANAGED_KEY, UNKNOWN_KEY, keys, scanned, scanned_violation};

const SOURCE: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";

/// What `DescribeDeliveryStream` answers about a stream with direct puts under a customer managed key, with these members
/// besides.
fn described(members: Value) -> Value {
    let mut description = json!({"DeliveryStreamName": "clicks", "DeliveryStreamStatus": "ACTIVE", "DeliveryStreamType": "DirectPut",
        "DeliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks", "VersionId": "1",
        "DeliveryStreamEncryptionConfiguration": {"KeyARN": CUSTOMER_KEY, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": "ENABLED"},
        "Destinations": [], "HasMoreDestinations": false});
    description.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "DeliveryStreamDescription": description })
}

fn scan(members: Value) -> String {
    let summary = json!({"StreamDescriptionSummary": {"EncryptionType": "NONE", "StreamStatus": "ACTIVE"}});
    let answers = [
        ("firehose:DescribeDeliveryStream", described(members)),
        ("kinesis:DescribeStreamSummary", summary),
        (DESCRIBE_KEY, keys()[0].clone()),
    ];
    scanned(&STREAMS, &json!("clicks"), &answers, "")
}

fn destination(kind: &str, members: Value) -> Value {
    let mut destination = json!({"DestinationId": "destinationId-000000000001"});
    destination[kind] = members;
    json!({ "Destinations": [destination] })
}

fn kms(key: &str) -> Value {
    json!({"EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}})
}

/// The kinds of destinations with their S3 configurations: the member of a description, of a new one, and within each.
const PLACES: [(&str, &str, &str, &str); 12] = [
    ("S3DestinationDescription", "", "s3DestinationConfiguration", ""),
    ("ExtendedS3DestinationDescription", "", "extendedS3DestinationConfiguration", ""),
    (
        "ExtendedS3DestinationDescription",
        "S3BackupDescription",
        "extendedS3DestinationConfiguration",
        "s3BackupConfiguration",
    ),
    (
        "RedshiftDestinationDescription",
        "S3DestinationDescription",
        "redshiftDestinationConfiguration",
        "s3Configuration",
    ),
    (
        "RedshiftDestinationDescription",
        "S3BackupDescription",
        "redshiftDestinationConfiguration",
        "s3BackupConfiguration",
    ),
    (
        "ElasticsearchDestinationDescription",
        "S3DestinationDescription",
        "elasticsearchDestinationConfiguration",
        "s3Configuration",
    ),
    (
        "AmazonopensearchserviceDestinationDescription",
        "S3DestinationDescription",
        "amazonopensearchserviceDestinationConfiguration",
        "s3Configuration",
    ),
    (
        "AmazonOpenSearchServerlessDestinationDescription",
        "S3DestinationDescription",
        "amazonOpenSearchServerlessDestinationConfiguration",
        "s3Configuration",
    ),
    ("SplunkDestinationDescription", "S3DestinationDescription", "splunkDestinationConfiguration", "s3Configuration"),
    (
        "HttpEndpointDestinationDescription",
        "S3DestinationDescription",
        "httpEndpointDestinationConfiguration",
        "s3Configuration",
    ),
    (
        "SnowflakeDestinationDescription",
        "S3DestinationDescription",
        "snowflakeDestinationConfiguration",
        "s3Configuration",
    ),
    ("IcebergDestinationDescription", "S3DestinationDescription", "icebergDestinationConfiguration", "s3Configuration"),
];

#[test]
fn every_s3_configuration_of_a_description_is_evaluated() {
    let rule = "firehose-destination-without-customer-key";
    for (kind, inner, ..) in PLACES {
        let of = |s3: Value| {
            let mut members = kms(CUSTOMER_KEY); // only the inner place decides, if there is one
            match inner {
                "" => members = s3,
                inner => members[inner] = s3,
            }
            let text = scan(destination(kind, members));
            text.lines().find(|line| line.contains(rule)).unwrap_or_default().split(' ').next().unwrap().to_owned()
        };
        assert_eq!(of(kms("customer")), "compliant", "{kind} {inner}");
        assert_eq!(of(kms("alias/aws/s3")), "violation", "{kind} {inner}");
        assert_eq!(
            of(json!({"EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}})),
            "violation",
            "{kind} {inner}"
        );
        assert_eq!(of(json!({"BucketARN": "arn:aws:s3:::b"})), "violation", "{kind} {inner}: the API's default");
        let foreign = "arn:aws:kms:eu-west-1:444455556666:key/foreign";
        let answers = [(
            "firehose:DescribeDeliveryStream",
            described(destination(
                kind,
                match inner {
                    "" => kms(foreign),
                    inner => {
                        let mut members = kms("alias/aws/s3");
                        members[inner] = kms(foreign);
                        members
                    }
                },
            )),
        )];
        let text = scanned(&STREAMS, &json!("clicks"), &answers, "");
        assert!(text.contains("unverified firehose-destination-unusable-key"), "{kind} {inner}: {text}");
    }
}

#[test]
fn a_destination_in_s3_that_aws_describes_twice_is_one_and_a_backup_counts_only_if_it_is_on() {
    let s3 = json!({"S3BackupMode": "Disabled", "S3BackupDescription": {}});
    let twice = json!({"Destinations": [{"S3DestinationDescription": {}, "ExtendedS3DestinationDescription": s3}]});
    insta::assert_snapshot!(scan(twice), @"
    violation firehose-destination-without-customer-key: The Firehose stream `clicks` writes to S3 without the required key in one place; a customer managed key is required.
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
    let s3 = json!({"S3BackupMode": "Enabled", "S3BackupDescription": {}});
    insta::assert_snapshot!(scan(destination("ExtendedS3DestinationDescription", s3)), @"
    violation firehose-destination-without-customer-key: The Firehose stream `clicks` writes to S3 without the required key in 2 places; a customer managed key is required.
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
}

#[test]
fn evidence_and_commands_name_what_a_description_shows() {
    let violation = |rule: &str, members: Value| {
        let summary = json!({"StreamDescriptionSummary": {"EncryptionType": "NONE", "StreamStatus": "ACTIVE"}});
        let answers = [
            ("firehose:DescribeDeliveryStream", described(members)),
            ("kinesis:DescribeStreamSummary", summary),
            (DESCRIBE_KEY, keys()[2].clone()),
        ];
        scanned_violation(rule, &STREAMS, &json!("clicks"), &answers)
    };
    let s3 = json!({"S3BackupMode": "Enabled", "S3BackupDescription": {}});
    let extended = destination("ExtendedS3DestinationDescription", s3);
    insta::assert_snapshot!(violation("firehose-destination-without-customer-key", extended), @r#"
    The Firehose stream `clicks` writes to S3 without the required key in 2 places; a customer managed key is required.
    {"Destinations[0].ExtendedS3DestinationDescription.EncryptionConfiguration":"no KMS key","Destinations[0].ExtendedS3DestinationDescription.S3BackupDescription.EncryptionConfiguration":"no KMS key"}
    aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --extended-s3-destination-update 'EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}},S3BackupUpdate={EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=your-key-arn}}}' --region eu-west-1
    "#);
    let iceberg = destination("IcebergDestinationDescription", json!({"S3DestinationDescription": kms(DISABLED_KEY)}));
    insta::assert_snapshot!(violation("firehose-destination-unusable-key", iceberg), @r#"
    The key `arn:aws:kms:eu-west-1:111122223333:key/disabled` of `clicks` is disabled: data encrypted with it cannot be read or written.
    {"Destinations[0].IcebergDestinationDescription.S3DestinationDescription":"arn:aws:kms:eu-west-1:111122223333:key/disabled","problem":"is disabled"}
    aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/disabled --region eu-west-1
    "#);
    let splunk = json!({"HECEndpoint": "http://hec.example.com:8088", "HECToken": "5ecr3t-t0ken"});
    let splunk = destination("SplunkDestinationDescription", splunk);
    insta::assert_snapshot!(violation("firehose-inline-secret", splunk.clone()), @r#"
    The Firehose stream `clicks` gets `HECToken` inline instead of from Secrets Manager.
    {"Destinations[0].SplunkDestinationDescription.HECToken":"(not shown)"}
    aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update 'SecretsManagerConfiguration={Enabled=true,SecretARN=your-secret-arn}' --region eu-west-1
    "#);
    insta::assert_snapshot!(violation("firehose-plaintext-endpoint", splunk), @r#"
    The Firehose stream `clicks` sends to http://hec.example.com:8088 without TLS.
    {"Destinations[0].SplunkDestinationDescription.HECEndpoint":"http://hec.example.com:8088"}
    aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update HECEndpoint=https://your-collector:8088 --region eu-west-1
    "#);
    let database = json!({"DeliveryStreamType": "DatabaseAsSource", "Source": {"DatabaseSourceDescription": {"SSLMode": "Disabled"}}});
    insta::assert_snapshot!(violation("firehose-plaintext-endpoint", database), @r#"
    The Firehose stream `clicks` reads from its database without TLS.
    {"Source.DatabaseSourceDescription.SSLMode":"Disabled"}
    aws firehose delete-delivery-stream --delivery-stream-name clicks --region eu-west-1 # then create it again with DatabaseSourceConfiguration.SSLMode=Enabled
    "#);
    let sse = |sse: Value| json!({ "DeliveryStreamEncryptionConfiguration": sse });
    insta::assert_snapshot!(violation("firehose-stream-unencrypted", sse(json!({"Status": "DISABLED"}))), @r#"
    The Firehose stream `clicks` has no server-side encryption: its buffered records are stored in the clear.
    {"DeliveryStreamEncryptionConfiguration":"off"}
    aws firehose start-delivery-stream-encryption --delivery-stream-name clicks --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$(aws kms describe-key --key-id alias/your-key --query KeyMetadata.Arn --output text --region eu-west-1)" --region eu-west-1
    "#);
    let kinesis = json!({"DeliveryStreamType": "KinesisStreamAsSource",
        "Source": {"KinesisStreamSourceDescription": {"KinesisStreamARN": SOURCE}}});
    insta::assert_snapshot!(violation("firehose-stream-unencrypted", kinesis), @r#"
    The Firehose stream `clicks` reads from `arn:aws:kinesis:eu-west-1:111122223333:stream/orders`, which is not encrypted.
    {"Source.KinesisStreamSourceDescription.KinesisStreamARN":"arn:aws:kinesis:eu-west-1:111122223333:stream/orders"}
    aws kinesis start-stream-encryption --stream-arn arn:aws:kinesis:eu-west-1:111122223333:stream/orders --encryption-type KMS --key-id alias/your-key --region eu-west-1
    "#);
    let owned = sse(json!({"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"}));
    insta::assert_snapshot!(violation("firehose-stream-without-customer-key", owned), @r#"
    The Firehose stream `clicks` is encrypted with an AWS owned key; a customer managed key is required.
    {"DeliveryStreamEncryptionConfiguration":"AWS_OWNED_CMK"}
    aws firehose start-delivery-stream-encryption --delivery-stream-name clicks --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$(aws kms describe-key --key-id alias/your-key --query KeyMetadata.Arn --output text --region eu-west-1)" --region eu-west-1
    "#);
    let disabled = sse(json!({"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": DISABLED_KEY}));
    insta::assert_snapshot!(violation("firehose-stream-unusable-key", disabled), @r#"
    The key `arn:aws:kms:eu-west-1:111122223333:key/disabled` of `clicks` is disabled: data encrypted with it cannot be read or written.
    {"DeliveryStreamEncryptionConfiguration.KeyARN":"arn:aws:kms:eu-west-1:111122223333:key/disabled","problem":"is disabled"}
    aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/disabled --region eu-west-1
    "#);
}

#[test]
fn server_side_encryption_is_what_the_status_says() {
    let sse = |sse: Value| scan(json!({ "DeliveryStreamEncryptionConfiguration": sse }));
    insta::assert_snapshot!(sse(json!({"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": CUSTOMER_KEY})), @"
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(sse(json!({"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"})), @"
    compliant firehose-stream-unencrypted: Compliant.
    violation firehose-stream-without-customer-key: The Firehose stream `clicks` is encrypted with an AWS owned key; a customer managed key is required.
    ");
    insta::assert_snapshot!(sse(json!({"Status": "DISABLED"})), @"violation firehose-stream-unencrypted: The Firehose stream `clicks` has no server-side encryption: its buffered records are stored in the clear.");
    insta::assert_snapshot!(sse(json!({"Status": "ENABLING", "KeyType": "AWS_OWNED_CMK"})), @"
    unverified firehose-stream-unencrypted: Could not be verified: the resource is still ENABLING: its final encryption is not known yet.
    unverified firehose-stream-unusable-key: Could not be verified: the resource is still ENABLING: its final encryption is not known yet.
    unverified firehose-stream-without-customer-key: Could not be verified: the resource is still ENABLING: its final encryption is not known yet.
    ");
    insta::assert_snapshot!(sse(json!({"Status": "ENABLING_FAILED", "KeyType": "AWS_OWNED_CMK"})), @"
    unverified firehose-stream-unencrypted: Could not be verified: the latest change of its server-side encryption ended as ENABLING_FAILED, and the description does not show whether it was encrypted before.
    unverified firehose-stream-unusable-key: Could not be verified: the latest change of its server-side encryption ended as ENABLING_FAILED, and the description does not show whether it was encrypted before.
    unverified firehose-stream-without-customer-key: Could not be verified: the latest change of its server-side encryption ended as ENABLING_FAILED, and the description does not show whether it was encrypted before.
    ");
    insta::assert_snapshot!(sse(json!({"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK"})), @"
    compliant firehose-stream-unencrypted: Compliant.
    unverified firehose-stream-unusable-key: Could not be verified: the answer of `DescribeDeliveryStream` does not show `DeliveryStreamEncryptionConfiguration.KeyARN`.
    unverified firehose-stream-without-customer-key: Could not be verified: the answer of `DescribeDeliveryStream` does not show `DeliveryStreamEncryptionConfiguration.KeyARN`.
    ");
    insta::assert_snapshot!(sse(json!({"Status": "ENABLED"})), @"
    unverified firehose-stream-unencrypted: Could not be verified: the answer of `DescribeDeliveryStream` does not show `DeliveryStreamEncryptionConfiguration.KeyType`.
    unverified firehose-stream-unusable-key: Could not be verified: the answer of `DescribeDeliveryStream` does not show `DeliveryStreamEncryptionConfiguration.KeyType`.
    unverified firehose-stream-without-customer-key: Could not be verified: the answer of `DescribeDeliveryStream` does not show `DeliveryStreamEncryptionConfiguration.KeyType`.
    ");
    for (status, want) in [("DISABLING", "unverified"), ("DISABLING_FAILED", "unverified"), ("NEW", "unverified")] {
        assert!(sse(json!({ "Status": status })).lines().all(|line| line.starts_with(want)), "{status}");
    }
    // what stand-ins for AWS leave out
    insta::assert_snapshot!(sse(json!({"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": CUSTOMER_KEY})), @"
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(sse(Value::Null), @"violation firehose-stream-unencrypted: The Firehose stream `clicks` has no server-side encryption: its buffered records are stored in the clear.");
}

#[test]
fn a_stream_that_aws_creates_is_unverified_and_one_that_it_deletes_not_applicable() {
    let status = |status: &str, sse: &str| {
        let mut members = destination("S3DestinationDescription", kms("customer"));
        members["DeliveryStreamStatus"] = json!(status);
        members["DeliveryStreamEncryptionConfiguration"] = json!({"Status": sse, "KeyType": "AWS_OWNED_CMK"});
        scan(members)
    };
    insta::assert_snapshot!(status("CREATING", "DISABLED"), @"
    compliant firehose-destination-unusable-key: Compliant.
    compliant firehose-destination-without-customer-key: Compliant.
    unverified firehose-stream-unencrypted: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified firehose-stream-unusable-key: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    unverified firehose-stream-without-customer-key: Could not be verified: the resource is still CREATING: its final encryption is not known yet.
    ");
    assert_eq!(status("DELETING", "DISABLED"), "");
    assert_eq!(status("DELETING", "ENABLED"), "");
    insta::assert_snapshot!(scanned(&STREAMS, &json!("clicks"), &[], ""), @"
    unverified firehose-destination-unusable-key: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-destination-without-customer-key: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-inline-secret: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-plaintext-endpoint: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-stream-unencrypted: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-stream-unusable-key: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    unverified firehose-stream-without-customer-key: Could not be verified: no answer to `firehose:DescribeDeliveryStream` of `arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks`.
    ");
}

#[test]
fn the_source_decides_about_a_stream_without_data_of_its_own() {
    let kinesis = |arn: Value| {
        scan(json!({"DeliveryStreamType": "KinesisStreamAsSource", "DeliveryStreamEncryptionConfiguration": null,
            "Source": {"KinesisStreamSourceDescription": {"KinesisStreamARN": arn}}}))
    };
    insta::assert_snapshot!(kinesis(json!(SOURCE)), @"violation firehose-stream-unencrypted: The Firehose stream `clicks` reads from `arn:aws:kinesis:eu-west-1:111122223333:stream/orders`, which is not encrypted.");
    insta::assert_snapshot!(kinesis(Value::Null), @"unverified firehose-stream-unencrypted: Could not be verified: the answer of `DescribeDeliveryStream` does not show `Source.KinesisStreamSourceDescription.KinesisStreamARN`.");
    let creating = json!({"DeliveryStreamType": "MSKAsSource", "DeliveryStreamStatus": "CREATING", "DeliveryStreamEncryptionConfiguration": null});
    assert_eq!(scan(creating), "");
    let database = |mode: &str| {
        scan(
            json!({"DeliveryStreamType": "DatabaseAsSource", "Source": {"DatabaseSourceDescription": {"SSLMode": mode}}}),
        )
    };
    insta::assert_snapshot!(database("Disabled"), @"violation firehose-plaintext-endpoint: The Firehose stream `clicks` reads from its database without TLS.");
    insta::assert_snapshot!(database("Enabled"), @"compliant firehose-plaintext-endpoint: Compliant.");
    insta::assert_snapshot!(database("Maybe"), @"unverified firehose-plaintext-endpoint: Could not be verified: the answer of `DescribeDeliveryStream` does not show `Source.DatabaseSourceDescription.SSLMode`.");
}

#[test]
fn credentials_count_only_where_a_description_shows_them() {
    let of = |kind: &str, members: Value| {
        let text = scan(destination(kind, members));
        text.lines().find(|line| line.contains("firehose-inline-secret")).unwrap_or_default().to_owned()
    };
    let splunk = "SplunkDestinationDescription";
    insta::assert_snapshot!(of(splunk, json!({"HECToken": "5ecr3t-t0ken"})), @"violation firehose-inline-secret: The Firehose stream `clicks` gets `HECToken` inline instead of from Secrets Manager.");
    insta::assert_snapshot!(of(splunk, json!({"HECEndpoint": "https://ops:tulip-41@hec.example.com"})), @"violation firehose-inline-secret: The Firehose stream `clicks` gets `HECEndpoint` inline instead of from Secrets Manager.");
    insta::assert_snapshot!(of(splunk, json!({"HECEndpoint": "https://hec.example.com", "HECToken": ""})), @"compliant firehose-inline-secret: Compliant.");
    insta::assert_snapshot!(of("RedshiftDestinationDescription", json!({"Username": "ops"})), @"unverified firehose-inline-secret: Could not be verified: `DescribeDeliveryStream` never shows `Password`, and Secrets Manager does not supply the credentials of `Destinations[0].RedshiftDestinationDescription`.");
    insta::assert_snapshot!(of("SnowflakeDestinationDescription", json!({"User": "ops", "SecretsManagerConfiguration": {"Enabled": false}})), @"unverified firehose-inline-secret: Could not be verified: `DescribeDeliveryStream` never shows `PrivateKey`, and Secrets Manager does not supply the credentials of `Destinations[0].SnowflakeDestinationDescription`.");
    insta::assert_snapshot!(of("HttpEndpointDestinationDescription", json!({"EndpointConfiguration": {"Url": "https://x"}})), @"unverified firehose-inline-secret: Could not be verified: `DescribeDeliveryStream` never shows `EndpointConfiguration.AccessKey`, and Secrets Manager does not supply the credentials of `Destinations[0].HttpEndpointDestinationDescription`.");
    for kind in [
        splunk,
        "RedshiftDestinationDescription",
        "SnowflakeDestinationDescription",
        "HttpEndpointDestinationDescription",
    ] {
        let managed = json!({"SecretsManagerConfiguration": {"Enabled": true, "SecretARN": "arn"}});
        assert!(of(kind, managed).starts_with("compliant"), "{kind}");
    }
}

#[test]
fn what_a_scan_does_not_know_is_unverified_and_an_endpoint_without_tls_a_violation() {
    insta::assert_snapshot!(scan(destination("QuantumDestinationDescription", json!({}))), @"
    unverified firehose-destination-without-customer-key: Could not be verified: this version does not know the destination `Destinations[0].QuantumDestinationDescription`.
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
    insta::assert_snapshot!(scan(destination("SplunkDestinationDescription", json!({"HECEndpoint": "http://hec.example.com:8088"}))), @"
    compliant firehose-inline-secret: Compliant.
    violation firehose-plaintext-endpoint: The Firehose stream `clicks` sends to http://hec.example.com:8088 without TLS.
    compliant firehose-stream-unencrypted: Compliant.
    compliant firehose-stream-unusable-key: Compliant.
    compliant firehose-stream-without-customer-key: Compliant.
    ");
}

/// A stream as a caller asks for it.
#[derive(Debug, Clone)]
struct Wanted {
    source: &'static str,
    sse: Option<(&'static str, &'static str)>,
    kind: usize,
    outer: Value,
    inner: Value,
    backup_mode: Value,
    manager: Value,
    secret: bool,
    url: &'static str,
    ssl: &'static str,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let key = || prop::sample::select(vec![CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY]);
    let sse = prop_oneof![
        Just(None),
        Just(Some(("AWS_OWNED_CMK", ""))),
        key().prop_map(|key| Some(("CUSTOMER_MANAGED_CMK", key)))
    ];
    let encryption = || {
        let none = json!({"noEncryptionConfig": "NoEncryption"});
        prop_oneof![
            Just(Value::Null),
            Just(none),
            key().prop_map(|key| json!({"kMSEncryptionConfig": {"aWSKMSKeyARN": key}}))
        ]
    };
    let manager = vec![Value::Null, json!({"enabled": false}), json!({"enabled": true, "secretARN": "arn"})];
    let urls = vec!["https://hec.example.com:8088", "http://hec.example.com", "https://ops:tulip-41@hec.example.com"];
    (
        prop::sample::select(vec![
            "DirectPut",
            "DirectPut",
            "KinesisStreamAsSource",
            "MSKAsSource",
            "DatabaseAsSource",
        ]),
        sse,
        (0..PLACES.len(), encryption(), encryption()),
        prop::sample::select(vec![Value::Null, json!("Disabled"), json!("Enabled")]),
        (prop::sample::select(manager), any::<bool>()),
        (prop::sample::select(urls), prop::sample::select(vec!["Enabled", "Disabled"])),
    )
        .prop_map(|(source, sse, (kind, outer, inner), backup_mode, (manager, secret), (url, ssl))| Wanted {
            source,
            sse: sse.filter(|_| source == "DirectPut"),
            kind,
            outer,
            inner,
            backup_mode,
            manager,
            secret,
            url,
            ssl,
        })
}

impl Wanted {
    /// The request of `CreateDeliveryStream`, and the description that AWS gives afterwards.
    fn request_and_description(&self) -> (Value, Value) {
        let (described_kind, described_inner, created_kind, created_inner) = PLACES[self.kind];
        let mut created = json!({"encryptionConfiguration": self.outer, "secretsManagerConfiguration": self.manager});
        let mut shown = created.clone();
        if !created_inner.is_empty() {
            created[created_inner] = json!({ "encryptionConfiguration": self.inner });
            shown[described_inner] = created[created_inner].clone();
        }
        if created_inner == "s3BackupConfiguration" {
            (created["s3BackupMode"], shown["S3BackupMode"]) = (self.backup_mode.clone(), self.backup_mode.clone());
        }
        let secret = match described_kind {
            "RedshiftDestinationDescription" => Some(("/password", "/username", json!("ops"))),
            "SnowflakeDestinationDescription" => Some(("/privateKey", "/user", json!("ops"))),
            "HttpEndpointDestinationDescription" => {
                created["endpointConfiguration"] = json!({"url": ""}); // as CloudTrail writes it
                shown["EndpointConfiguration"] = json!({});
                Some(("/endpointConfiguration/accessKey", "", Value::Null))
            }
            "SplunkDestinationDescription" => {
                (created["hECEndpoint"], shown["HECEndpoint"]) = (json!(self.url), json!(self.url));
                if self.secret {
                    (created["hECToken"], shown["HECToken"]) = (json!("5ecr3t"), json!("5ecr3t"));
                }
                None
            }
            _ => None,
        };
        if let Some((path, user, name)) = secret.filter(|_| self.secret) {
            let (parent, member) = path.rsplit_once('/').unwrap();
            created.pointer_mut(parent).unwrap()[member] = json!("");
            shown[user.trim_start_matches('/')] = name;
        }
        let mut request = json!({"deliveryStreamName": "clicks", "deliveryStreamType": self.source});
        request[created_kind] = created;
        let mut description = destination(described_kind, shown);
        description["DeliveryStreamType"] = json!(self.source);
        description["DeliveryStreamEncryptionConfiguration"] = match self.sse {
            None => json!({"Status": "DISABLED"}),
            Some((kind, "")) => json!({"Status": "ENABLED", "KeyType": kind}),
            Some((kind, key)) => json!({"Status": "ENABLED", "KeyType": kind, "KeyARN": key}),
        };
        if let Some((kind, key)) = self.sse {
            let key = if key.is_empty() { Value::Null } else { json!(key) };
            request["deliveryStreamEncryptionConfigurationInput"] = json!({"keyType": kind, "keyARN": key});
        }
        match self.source {
            "KinesisStreamAsSource" => {
                request["kinesisStreamSourceConfiguration"] = json!({"kinesisStreamARN": SOURCE});
                description["Source"] = json!({"KinesisStreamSourceDescription": {"KinesisStreamARN": SOURCE}});
            }
            "DatabaseAsSource" => {
                request["databaseSourceConfiguration"] = json!({"sSLMode": self.ssl});
                description["Source"] = json!({"DatabaseSourceDescription": {"SSLMode": self.ssl}});
            }
            _ => {}
        }
        (request, described(description))
    }

    /// True if a description cannot show whether the destination has a credential inline.
    fn hides_credentials(&self) -> bool {
        let hiding =
            ["RedshiftDestinationDescription", "SnowflakeDestinationDescription", "HttpEndpointDestinationDescription"];
        hiding.contains(&PLACES[self.kind].0) && self.manager.get("enabled") != Some(&json!(true))
    }
}

proptest! {
    #[test]
    fn a_scan_and_the_call_that_created_the_stream_agree(
        wanted in wanted(),
        source in prop::sample::select(vec![Some("KMS"), Some("NONE"), None]),
    ) {
        let (request, description) = wanted.request_and_description();
        let answers = |lookup: &Lookup| match lookup.call {
            "firehose:DescribeDeliveryStream" => Some(description.clone()),
            "kinesis:DescribeStreamSummary" => {
                let summary = |kind| json!({"StreamDescriptionSummary": {"EncryptionType": kind, "StreamStatus": "ACTIVE"}});
                source.map(summary)
            }
            _ => about_key(lookup),
        };
        let mut call = of_call(&DETECTOR, "CreateDeliveryStream", &request, &Value::Null, &answers);
        for verdict in call.iter_mut().filter(|verdict| verdict.rule == "firehose-inline-secret") {
            if wanted.hides_credentials() {
                *verdict = Verdict { outcome: "unverified", ..verdict.clone() };
            }
        }
        prop_assert_eq!(of_scan(&STREAMS, &json!("clicks"), &answers), call, "{}\n{}", request, description);
    }

    #[test]
    fn a_scan_and_the_call_that_started_the_encryption_agree(
        key in prop::sample::select(vec!["", CUSTOMER_KEY, MANAGED_KEY, DISABLED_KEY, UNKNOWN_KEY]),
    ) {
        let (kind, key) = match key {
            "" => ("AWS_OWNED_CMK", Value::Null),
            key => ("CUSTOMER_MANAGED_CMK", json!(key)),
        };
        let sse = json!({"KeyType": kind, "KeyARN": key, "Status": "ENABLED"});
        let description = described(json!({ "DeliveryStreamEncryptionConfiguration": sse }));
        let answers = |lookup: &Lookup| match lookup.call {
            "firehose:DescribeDeliveryStream" => Some(description.clone()),
            _ => about_key(lookup),
        };
        let request = json!({"deliveryStreamName": "clicks",
            "deliveryStreamEncryptionConfigurationInput": {"keyType": kind, "keyARN": key}});
        let call = of_call(&DETECTOR, "StartDeliveryStreamEncryption", &request, &Value::Null, &answers);
        prop_assert_eq!(of_scan(&STREAMS, &json!("clicks"), &answers), call);
    }
}
