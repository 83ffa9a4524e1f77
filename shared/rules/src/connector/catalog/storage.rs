//! Connectors that write to object stores and other AWS services.

use super::row::{CONNECTOR, Connector, Sse, WithoutKey};
use crate::connector::report::TlsLevel;

/// A sink without an encryption setting: the default encryption of the bucket applies.
const BUCKET_DECIDES: Sse =
    Sse { algorithm: "", kms: &[], key: "", without_key: WithoutKey::NoHeader, recommended: "", when: &[] };

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "Confluent S3 sink",
        classes: &["io.confluent.connect.s3.S3SinkConnector"],
        source: "confluentinc/kafka-connect-storage-cloud: S3SinkConnectorConfig.java, storage/S3OutputStream.java",
        urls: &["store.url"],
        without_scheme: TlsLevel::Verified,
        secrets: &["aws.secret.access.key", "s3.proxy.password", "s3.sse.customer.key"],
        output: Some(Sse {
            algorithm: "s3.ssea.name",
            kms: &["aws:kms"],
            key: "s3.sse.kms.key.id",
            recommended: "aws:kms",
            ..BUCKET_DECIDES
        }),
        ..CONNECTOR
    },
    Connector {
        name: "Aiven S3 sink",
        classes: &["io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector"],
        source: "Aiven-Open/cloud-storage-connectors-for-apache-kafka: S3ConfigFragment.java, S3OutputStream.java, README.md",
        urls: &["aws.s3.endpoint", "aws.sts.config.endpoint"],
        without_scheme: TlsLevel::Verified,
        secrets: &["aws.access.key.id", "aws.secret.access.key", "aws_access_key_id", "aws_secret_access_key"],
        output: Some(Sse {
            algorithm: "aws.s3.sse.algorithm",
            kms: &["aws:kms", "aws:kms:dsse"],
            without_key: WithoutKey::Unclear,
            recommended: "aws:kms",
            ..BUCKET_DECIDES
        }),
        ..CONNECTOR
    },
    Connector {
        name: "Aiven S3 source",
        classes: &["io.aiven.kafka.connect.s3.source.S3SourceConnector"],
        source: "Aiven-Open/cloud-storage-connectors-for-apache-kafka: S3ConfigFragment.java",
        urls: &["aws.s3.endpoint", "aws.sts.config.endpoint"],
        without_scheme: TlsLevel::Verified,
        secrets: &["aws.access.key.id", "aws.secret.access.key", "aws_access_key_id", "aws_secret_access_key"],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses S3 sink",
        classes: &[
            "io.lenses.streamreactor.connect.aws.s3.sink.S3SinkConnector",
            "io.lenses.streamreactor.connect.aws.s3.sink.S3ConsumerGroupsSinkConnector",
        ],
        output: Some(BUCKET_DECIDES),
        ..LENSES_S3
    },
    Connector {
        name: "Lenses S3 source",
        classes: &["io.lenses.streamreactor.connect.aws.s3.source.S3SourceConnector"],
        ..LENSES_S3
    },
    Connector {
        name: "Apache Iceberg sink",
        classes: &[
            "org.apache.iceberg.connect.IcebergSinkConnector",
            "io.tabular.iceberg.connect.IcebergSinkConnector",
        ],
        source: "apache/iceberg: aws/.../S3FileIOProperties.java, kafka-connect/.../IcebergSinkConfig.java, OAuth2Properties.java",
        urls: &["iceberg.catalog.uri"],
        secrets: &["iceberg.catalog.credential", "iceberg.catalog.token", "iceberg.catalog.s3.secret-access-key"],
        secrets_when: &[("iceberg.catalog.s3.sse.key", "iceberg.catalog.s3.sse.type", "custom")],
        output: Some(Sse {
            algorithm: "iceberg.catalog.s3.sse.type",
            kms: &["kms", "dsse-kms"],
            key: "iceberg.catalog.s3.sse.key",
            without_key: WithoutKey::AwsManaged,
            recommended: "kms",
            when: &[
                ("iceberg.catalog.io-impl", "org.apache.iceberg.aws.s3.S3FileIO"),
                ("iceberg.catalog.type", "glue"),
                ("iceberg.catalog.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog"),
                ("iceberg.catalog.warehouse", "s3://*"),
                ("iceberg.catalog.s3.sse.type", "*"),
            ],
        }),
        ..CONNECTOR
    },
    Connector {
        name: "Apache Camel AWS S3 sink",
        classes: &[
            "org.apache.camel.kafkaconnector.awss3sink.*",
            "org.apache.camel.kafkaconnector.awss3streaminguploadsink.*",
        ],
        source: "apache/camel-kafka-connector: camel-kafka-connector-catalog, camel-aws-s3-sink-sink.json",
        secrets: &["*.accessKey"],
        output: Some(BUCKET_DECIDES),
        ..CONNECTOR
    },
    Connector {
        name: "Amazon Kinesis and Firehose sinks",
        classes: &[
            "com.amazon.kinesis.kafka.AmazonKinesisSinkConnector",
            "com.amazon.kinesis.kafka.FirehoseSinkConnector",
        ],
        source: "awslabs/kinesis-kafka-connector",
        urls: &["kinesisEndpoint"],
        without_scheme: TlsLevel::Verified,
        ..CONNECTOR
    },
    Connector {
        name: "Amazon EventBridge sink",
        classes: &["software.amazon.event.kafkaconnector.EventBridgeSinkConnector"],
        source: "awslabs/eventbridge-kafka-connector: EventBridgeSinkConfig.java",
        urls: &["aws.eventbridge.endpoint.uri"],
        without_scheme: TlsLevel::Verified,
        ..CONNECTOR
    },
    Connector {
        name: "Confluent AWS Lambda sink",
        classes: &["io.confluent.connect.aws.lambda.AwsLambdaSinkConnector"],
        source: "docs.confluent.io: AWS Lambda Sink Connector, configuration reference",
        secrets: &["aws.access.key.id", "aws.secret.access.key"],
        ..CONNECTOR
    },
];

const LENSES_S3: Connector = Connector {
    source: "lensesio/stream-reactor: S3ConfigSettings.scala, S3CommonConfigDef.scala",
    urls: &["connect.s3.custom.endpoint", "aws.custom.endpoint"],
    without_scheme: TlsLevel::Verified,
    secrets: &["connect.s3.aws.access.key", "connect.s3.aws.secret.key", "aws.access.key", "aws.secret.key"],
    ..CONNECTOR
};
