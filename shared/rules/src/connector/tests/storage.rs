//! Sinks and sources of S3 and Iceberg.

use super::support::{check_lines, report};
use crate::connector::report::Output;

#[test]
fn s3_sinks() {
    let confluent = "io.confluent.connect.s3.S3SinkConnector";
    check_lines(
        confluent,
        "s3.bucket.name=b",
        &[
            ("", "output"),
            ("s3.ssea.name=AES256", "output"),
            ("s3.ssea.name=aws:kms", "output"),
            ("s3.ssea.name=aws:kms\ns3.sse.kms.key.id=", "output"),
            ("s3.ssea.name=AWS:KMS\ns3.sse.kms.key.id=alias/lake", ""),
            ("s3.ssea.name=aws:kms:dsse\ns3.sse.kms.key.id=alias/lake", "output"),
            ("s3.sse.kms.key.id=alias/lake", "output"),
            ("s3.sse.enabled=true\ns3.sse.kms.key.id=alias/lake", "output"),
            ("s3.ssea.name=${env:SSE}", ""),
            ("s3.ssea.name=aws:kms\ns3.sse.kms.key.id=${env:KEY}", ""),
        ],
    );
    let encrypted = "s3.ssea.name=aws:kms\ns3.sse.kms.key.id=alias/lake";
    check_lines(
        confluent,
        encrypted,
        &[
            ("store.url=http://s3.example.com", "plaintext:store.url"),
            ("store.url=s3.example.com", ""),
            ("s3.proxy.url=http://proxy.example.com:3128", ""),
            ("s3.proxy.url=http://u:p4ss@proxy.example.com", "secret:s3.proxy.url"),
            ("aws.access.key.id=AKIDEXAMPLE\naws.secret.access.key=s3cr3t", "secret:aws.secret.access.key"),
        ],
    );
    check_lines(
        "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector",
        "",
        &[
            ("", "output"),
            ("aws.s3.sse.algorithm=AES256", "output"),
            ("aws.s3.sse.algorithm=aws:kms:dsse", ""),
            ("aws.s3.sse.algorithm=aws:kms\naws_secret_access_key=s3cr3t", "secret:aws_secret_access_key"),
        ],
    );
    check_lines(
        "io.aiven.kafka.connect.s3.source.S3SourceConnector",
        "",
        &[("", ""), ("aws.s3.endpoint=http://m", "plaintext:aws.s3.endpoint")],
    );
    check_lines(
        "io.lenses.streamreactor.connect.aws.s3.sink.S3SinkConnector",
        "",
        &[("", "output"), ("aws.access.key=AKID", "secret:aws.access.key output")],
    );
    check_lines("io.lenses.streamreactor.connect.aws.s3.source.S3SourceConnector", "", &[("", "")]);
    check_lines("org.apache.camel.kafkaconnector.awss3sink.CamelAwss3sinkSinkConnector", "", &[("", "output")]);
}

#[test]
fn the_encryption_that_an_s3_sink_requests() {
    let output = |line: &str| {
        report(&format!("connector.class=io.confluent.connect.s3.S3SinkConnector\ns3.ssea.name=aws:kms\n{line}")).output
    };
    let key = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
    assert_eq!(
        output(&format!("s3.sse.kms.key.id={key}")),
        Some(Output::Key { property: "s3.sse.kms.key.id".into(), key: key.into() })
    );
    assert!(matches!(output("s3.sse.kms.key.id=not a key"), Some(Output::Unknown { .. })));
    assert!(matches!(output("s3.sse.kms.key.id=${env:KEY}"), Some(Output::Unknown { .. })));
    let Some(Output::NoKey(reason)) = output("") else { panic!("no key was named") };
    assert_eq!((&*reason.value, reason.fix.len()), ("not set", 2));
}

#[test]
fn iceberg() {
    check_lines(
        "org.apache.iceberg.connect.IcebergSinkConnector",
        "iceberg.catalog.type=glue",
        &[
            ("", "output"),
            ("iceberg.catalog.s3.sse.type=kms\niceberg.catalog.s3.sse.key=alias/lake", ""),
            ("iceberg.catalog.s3.sse.type=s3", "output"),
            (
                "iceberg.catalog.s3.sse.type=custom\niceberg.catalog.s3.sse.key=c2VjcmV0",
                "secret:iceberg.catalog.s3.sse.key output",
            ),
        ],
    );
    check_lines(
        "io.tabular.iceberg.connect.IcebergSinkConnector",
        "iceberg.catalog.type=rest",
        &[
            ("", ""),
            ("iceberg.catalog.uri=http://catalog.example.com", "plaintext:iceberg.catalog.uri"),
            ("iceberg.catalog.uri=thrift://hive.example.com:9083", ""),
            ("iceberg.catalog.warehouse=s3://lake/tables", "output"),
            ("iceberg.catalog.warehouse=s3a://lake/tables", ""),
            ("iceberg.catalog.credential=id:s3cr3t", "secret:iceberg.catalog.credential"),
            ("iceberg.catalog.oauth2-server-uri=http://idp.example.com", "plaintext:iceberg.catalog.oauth2-server-uri"),
            ("iceberg.kafka.security.protocol=PLAINTEXT", "plaintext:iceberg.kafka.security.protocol"),
        ],
    );
    let managed =
        report("connector.class=org.apache.iceberg.connect.IcebergSinkConnector\niceberg.catalog.s3.sse.type=kms")
            .output;
    assert!(matches!(managed, Some(Output::Key { key, .. }) if key == "alias/aws/s3"));
}

#[test]
fn the_reason_says_what_applies_instead_of_sse_kms() {
    const BUCKET: &str = "the connector requests no KMS key, so the bucket's default encryption applies";
    for (settings, value, why) in [
        ("", "not set", BUCKET.to_owned()),
        (
            "s3.ssea.name=AES256",
            "AES256",
            "objects are encrypted with a key of S3 (SSE-S3), not with a KMS key".to_owned(),
        ),
        (
            "s3.ssea.name=AES256\ns3.sse.customer.key=c3VwZXJzZWNyZXQ=",
            "AES256",
            "objects are encrypted with a key from the settings (SSE-C), not with a KMS key".to_owned(),
        ),
        (
            "s3.ssea.name=aws:kms:dsse",
            "aws:kms:dsse",
            format!("the connector accepts the value but sends no encryption header for it: {BUCKET}"),
        ),
        (
            "s3.sse.enabled=true",
            "not set",
            format!("s3.sse.enabled is not a setting of this connector and has no effect: {BUCKET}"),
        ),
        (
            "s3.sse.kms.key.id=alias/lake",
            "not set",
            format!("a key alone has no effect without s3.ssea.name=aws:kms: {BUCKET}"),
        ),
    ] {
        let report = report(&format!("connector.class=io.confluent.connect.s3.S3SinkConnector\n{settings}"));
        let Some(Output::NoKey(reason)) = report.output else { panic!("{settings}: {:?}", report.output) };
        assert_eq!((&*reason.value, &*reason.why), (value, why.as_str()), "{settings}");
    }
}
