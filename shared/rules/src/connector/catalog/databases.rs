//! Connectors to databases, warehouses and caches.

use super::row::{CONNECTOR, Connector, Kind, TLS_SETTING, TlsSetting, name_check, tls_switch, trust_all};
use crate::connector::report::TlsLevel::{Plaintext, Undetermined, Unverified, Verified};
use crate::language::Text;

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "MongoDB source and sink",
        classes: &["com.mongodb.kafka.connect.MongoSinkConnector", "com.mongodb.kafka.connect.MongoSourceConnector"],
        source: "mongodb/mongo-kafka: MongoSinkConfig.java, util/SslConfigs.java; a truststore does not enable TLS",
        kind: Kind::Mongo,
        urls: &["connection.uri"],
        ..CONNECTOR
    },
    Connector {
        name: "ClickHouse sink",
        classes: &["com.clickhouse.kafka.connect.ClickHouseSinkConnector"],
        source: "ClickHouse/clickhouse-kafka-connect: ClickHouseSinkConfig.java, ClickHouseHelperClient.java",
        switch: Some(TlsSetting {
            note: Some(&Text::literal("the default in the code is false, although the documentation says true")),
            ..tls_switch("ssl")
        }),
        checks: &[TlsSetting {
            property: "jdbcConnectionProperties",
            values: &[("*sslmode=none", Unverified), ("*ssl_mode=trust", Unverified), ("*", Verified), ("", Verified)],
            recommended: "?sslmode=strict",
            ..TLS_SETTING
        }],
        hosts: &["hostname"],
        ..CONNECTOR
    },
    Connector {
        name: "Neo4j source and sink",
        classes: &["org.neo4j.connectors.kafka.*"],
        source: "neo4j/neo4j-kafka-connector: Neo4jConfiguration.kt, Neo4jConfigurationDeclarations.kt",
        urls: &["neo4j.uri"],
        switch: Some(tls_switch("neo4j.security.encrypted")),
        checks: &[
            TlsSetting {
                default: "TRUST_SYSTEM_CA_SIGNED_CERTIFICATES",
                ..neo4j_trust("neo4j.security.trust-strategy")
            },
            name_check("neo4j.security.hostname-verification-enabled"),
        ],
        secrets: &["neo4j.authentication.kerberos.ticket"],
        ..NEO4J
    },
    Connector {
        name: "Neo4j Streams source and sink",
        classes: &["streams.kafka.connect.*"],
        source: "neo4j-contrib/neo4j-streams: Neo4jConnectorConfig.kt; the default trust strategy accepts every certificate",
        urls: &["neo4j.server.uri"],
        switch: Some(tls_switch("neo4j.encryption.enabled")),
        checks: &[TlsSetting { default: "TRUST_ALL_CERTIFICATES", ..neo4j_trust("neo4j.encryption.trust.strategy") }],
        ..NEO4J
    },
    Connector {
        name: "Snowflake sink",
        classes: &["com.snowflake.kafka.connector.*"],
        source: "snowflakedb/snowflake-kafka-connector: SnowflakeURL.java, ConnectorConfigDefinition.java",
        urls: &["snowflake.url.name"],
        without_scheme: Verified,
        ..CONNECTOR
    },
    Connector {
        name: "Couchbase source and sink",
        classes: &["com.couchbase.connect.kafka.*"],
        source: "couchbase/kafka-connect-couchbase: SecurityConfig.java",
        switch: Some(tls_switch("couchbase.enable.tls")),
        checks: &[name_check("couchbase.enable.hostname.verification")],
        hosts: &["couchbase.seed.nodes"],
        ..CONNECTOR
    },
    Connector {
        name: "Redis source and sink (Redis)",
        classes: &["com.redis.kafka.connect.*"],
        source: "redis-field-engineering/redis-kafka-connect: RedisConfig.java, RedisConfigDef.java",
        urls: &["redis.uri"],
        schemes: &[("redis", Undetermined)],
        switch: Some(tls_switch("redis.tls")),
        checks: &[TlsSetting { requires: &[("redis.tls", "true")], ..trust_all("redis.insecure") }],
        hosts: &["redis.host"],
        ..CONNECTOR
    },
    Connector {
        name: "Redis source and sink (jcustenborder)",
        classes: &["com.github.jcustenborder.kafka.connect.redis.*"],
        source: "jcustenborder/kafka-connect-redis",
        switch: Some(tls_switch("redis.ssl.enabled")),
        hosts: &["redis.hosts"],
        ..CONNECTOR
    },
    Connector {
        name: "DataStax Cassandra and DSE sinks",
        classes: &[
            "com.datastax.oss.kafka.sink.CassandraSinkConnector",
            "com.datastax.kafkaconnector.DseSinkConnector",
        ],
        source: "datastax/kafka-sink: dist/conf",
        switch: Some(TlsSetting {
            property: "ssl.provider",
            values: &[("None", Plaintext), ("*", Verified)],
            default: "None",
            recommended: "JDK",
            unless: &[("cloud.secureConnectBundle", "*")],
            ..TLS_SETTING
        }),
        checks: &[name_check("ssl.hostnameValidation")],
        hosts: &["contactPoints"],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses Cassandra source and sink",
        classes: &["io.lenses.streamreactor.connect.cassandra.*"],
        source: "lensesio/stream-reactor: CassandraConfigConstants.scala",
        switch: Some(tls_switch("connect.cassandra.ssl.enabled")),
        checks: &[name_check("connect.cassandra.ssl.hostname.verification")],
        hosts: &["connect.cassandra.contact.points"],
        ..CONNECTOR
    },
    Connector {
        name: "BigQuery sink",
        classes: &["com.wepay.kafka.connect.bigquery.BigQuerySinkConnector"],
        source: "confluentinc/kafka-connect-bigquery: BigQuerySinkConfig.java",
        secrets_when: &[("keyfile", "keySource", "JSON")],
        ..CONNECTOR
    },
];

const NEO4J: Connector = Connector {
    schemes: &[
        ("neo4j", Undetermined),
        ("bolt", Undetermined),
        ("neo4j+s", Verified),
        ("bolt+s", Verified),
        ("neo4j+ssc", Unverified),
        ("bolt+ssc", Unverified),
    ],
    ..CONNECTOR
};

const fn neo4j_trust(property: &'static str) -> TlsSetting {
    TlsSetting {
        property,
        values: &[("TRUST_ALL_CERTIFICATES", Unverified), ("*", Verified)],
        recommended: "TRUST_SYSTEM_CA_SIGNED_CERTIFICATES",
        ..TLS_SETTING
    }
}
