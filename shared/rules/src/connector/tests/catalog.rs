//! Each row of the catalog: its hosts, its addresses, what it recommends.

use super::support::{full_summary, report};
use crate::connector::report::Output;

/// The lines that the reasons of a report recommend.
fn fixes(text: &str) -> Vec<String> {
    let report = report(text);
    let output = match report.output {
        Some(Output::NoKey(reason)) => Some(reason),
        _ => None,
    };
    let reasons = report.plaintext.into_iter().chain(report.unverified_tls).chain(output);
    reasons.flat_map(|reason| reason.fix).collect()
}

#[test]
fn a_host_needs_tls_unless_it_is_the_workers_own() {
    for (class, hosts, fix) in [
        ("com.clickhouse.kafka.connect.ClickHouseSinkConnector", "hostname", "ssl=true"),
        ("com.couchbase.connect.kafka.CouchbaseSinkConnector", "couchbase.seed.nodes", "couchbase.enable.tls=true"),
        ("com.datastax.oss.kafka.sink.CassandraSinkConnector", "contactPoints", "ssl.provider=JDK"),
        ("com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector", "redis.hosts", "redis.ssl.enabled=true"),
        (
            "com.ibm.eventstreams.connect.mqsource.MQSourceConnector",
            "mq.connection.name.list",
            "mq.ssl.cipher.suite=TLS_AES_256_GCM_SHA384",
        ),
        ("com.redis.kafka.connect.RedisSinkConnector", "redis.host", "redis.tls=true"),
        ("io.confluent.connect.rabbitmq.RabbitMQSourceConnector", "rabbitmq.host", "rabbitmq.security.protocol=SSL"),
        (
            "io.lenses.streamreactor.connect.cassandra.CassandraSinkConnector",
            "connect.cassandra.contact.points",
            "connect.cassandra.ssl.enabled=true",
        ),
        (
            "io.lenses.streamreactor.connect.elastic7.ElasticSinkConnector",
            "connect.elastic.hosts",
            "connect.elastic.protocol=https",
        ),
        (
            "io.lenses.streamreactor.connect.ftp.source.FtpSourceConnector",
            "connect.ftp.address",
            "connect.ftp.protocol=sftp",
        ),
    ] {
        let fixes_for = |host: &str| fixes(&format!("connector.class={class}\n{hosts}={host}"));
        assert_eq!(fixes_for("db.example.com"), [fix], "{class}");
        assert_eq!(fixes_for("127.0.0.1"), [""; 0], "{class}");
    }
}

#[test]
fn an_address_without_a_scheme_is_what_the_connector_makes_of_it() {
    for (class, address, want) in [
        ("com.amazon.kinesis.kafka.AmazonKinesisSinkConnector", "kinesisEndpoint", ""),
        ("com.snowflake.kafka.connector.SnowflakeSinkConnector", "snowflake.url.name", ""),
        ("io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector", "connection.url", "plaintext:connection.url"),
        ("io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector", "aws.s3.endpoint", "output"),
        ("io.aiven.kafka.connect.s3.source.S3SourceConnector", "aws.s3.endpoint", ""),
        ("io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "connection.url", "plaintext:connection.url"),
        ("io.confluent.connect.s3.S3SinkConnector", "store.url", "output"),
        ("software.amazon.event.kafkaconnector.EventBridgeSinkConnector", "aws.eventbridge.endpoint.uri", ""),
    ] {
        let report = report(&format!("connector.class={class}\n{address}=host.example.com"));
        assert_eq!(full_summary(&report), want, "{class}");
    }
}

#[test]
fn what_weakens_the_encryption_has_a_line_that_does_not() {
    for (class, settings, want) in [
        (
            "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
            "ssl=true\njdbcConnectionProperties=?sslmode=none",
            "jdbcConnectionProperties=?sslmode=strict",
        ),
        ("io.debezium.connector.db2as400.As400RpcConnector", "secure=false", "secure=true"),
        ("io.debezium.connector.mariadb.MariaDbConnector", "database.hostname=db", "database.ssl.mode=verify-full"),
        (
            "io.debezium.connector.mongodb.MongoDbConnector",
            "mongodb.connection.string=mongodb://db.example.com/?tls=true\nmongodb.ssl.invalid.hostname.allowed=true",
            "mongodb.ssl.invalid.hostname.allowed=false",
        ),
        ("io.debezium.connector.mysql.MySqlConnector", "database.hostname=db", "database.ssl.mode=verify_identity"),
        (
            "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
            "connection.url=https://es\nelastic.security.protocol=SSL\n\
             elastic.https.ssl.endpoint.identification.algorithm=",
            "elastic.https.ssl.endpoint.identification.algorithm=https",
        ),
        (
            "com.splunk.kafka.connect.SplunkSinkConnector",
            "splunk.hec.uri=https://splunk\nsplunk.hec.ssl.validate.certs=false",
            "splunk.hec.ssl.validate.certs=true",
        ),
        ("io.confluent.connect.s3.S3SinkConnector", "", "s3.ssea.name=aws:kms s3.sse.kms.key.id=KEY_ARN"),
        ("io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector", "", "aws.s3.sse.algorithm=aws:kms"),
        (
            "org.apache.iceberg.connect.IcebergSinkConnector",
            "iceberg.catalog.type=glue",
            "iceberg.catalog.s3.sse.type=kms iceberg.catalog.s3.sse.key=KEY_ARN",
        ),
    ] {
        assert_eq!(fixes(&format!("connector.class={class}\n{settings}")).join(" "), want, "{class}");
    }
}
