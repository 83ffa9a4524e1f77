//! Connectors to databases, warehouses and caches.

use super::{Connector, Kind, MODE, Mode, NONE, name_check, tls_switch, trust_all};
use crate::connector::grade::Grade::{Fine, Open, Plaintext, Unverified};

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "MongoDB source and sink",
        classes: &["com.mongodb.kafka.connect.MongoSinkConnector", "com.mongodb.kafka.connect.MongoSourceConnector"],
        source: "mongodb/mongo-kafka: MongoSinkConfig.java, util/SslConfigs.java; a trust store does not switch TLS on",
        kind: Kind::Mongo,
        urls: &["connection.uri"],
        ..NONE
    },
    Connector {
        name: "ClickHouse sink",
        classes: &["com.clickhouse.kafka.connect.ClickHouseSinkConnector"],
        source: "ClickHouse/clickhouse-kafka-connect: ClickHouseSinkConfig.java, ClickHouseHelperClient.java",
        switch: Some(Mode { note: "the code reads false where the documentation says true: ", ..tls_switch("ssl") }),
        checks: &[Mode {
            property: "jdbcConnectionProperties",
            values: &[("*sslmode=none", Unverified), ("*ssl_mode=trust", Unverified), ("*", Fine), ("", Fine)],
            better: "?sslmode=strict",
            ..MODE
        }],
        hosts: &["hostname"],
        ..NONE
    },
    Connector {
        name: "Neo4j source and sink",
        classes: &["org.neo4j.connectors.kafka.*"],
        source: "neo4j/neo4j-kafka-connector: Neo4jConfiguration.kt, Neo4jConfigurationDeclarations.kt",
        urls: &["neo4j.uri"],
        switch: Some(tls_switch("neo4j.security.encrypted")),
        checks: &[
            Mode { default: "TRUST_SYSTEM_CA_SIGNED_CERTIFICATES", ..neo4j_trust("neo4j.security.trust-strategy") },
            name_check("neo4j.security.hostname-verification-enabled"),
        ],
        secrets: &["neo4j.authentication.kerberos.ticket"],
        ..NEO4J
    },
    Connector {
        name: "Neo4j Streams source and sink",
        classes: &["streams.kafka.connect.*"],
        source: "neo4j-contrib/neo4j-streams: Neo4jConnectorConfig.kt; the trust strategy defaults to trusting everybody",
        urls: &["neo4j.server.uri"],
        switch: Some(tls_switch("neo4j.encryption.enabled")),
        checks: &[Mode { default: "TRUST_ALL_CERTIFICATES", ..neo4j_trust("neo4j.encryption.trust.strategy") }],
        ..NEO4J
    },
    Connector {
        name: "Snowflake sink",
        classes: &["com.snowflake.kafka.connector.*"],
        source: "snowflakedb/snowflake-kafka-connector: SnowflakeURL.java, ConnectorConfigDefinition.java",
        urls: &["snowflake.url.name"],
        bare: Fine,
        ..NONE
    },
    Connector {
        name: "Couchbase source and sink",
        classes: &["com.couchbase.connect.kafka.*"],
        source: "couchbase/kafka-connect-couchbase: SecurityConfig.java",
        switch: Some(tls_switch("couchbase.enable.tls")),
        checks: &[name_check("couchbase.enable.hostname.verification")],
        hosts: &["couchbase.seed.nodes"],
        ..NONE
    },
    Connector {
        name: "Redis source and sink (Redis)",
        classes: &["com.redis.kafka.connect.*"],
        source: "redis-field-engineering/redis-kafka-connect: RedisConfig.java, RedisConfigDef.java",
        urls: &["redis.uri"],
        schemes: &[("redis", Open)],
        switch: Some(tls_switch("redis.tls")),
        checks: &[Mode { only: &[("redis.tls", "true")], ..trust_all("redis.insecure") }],
        hosts: &["redis.host"],
        ..NONE
    },
    Connector {
        name: "Redis source and sink (jcustenborder)",
        classes: &["com.github.jcustenborder.kafka.connect.redis.*"],
        source: "jcustenborder/kafka-connect-redis",
        switch: Some(tls_switch("redis.ssl.enabled")),
        hosts: &["redis.hosts"],
        ..NONE
    },
    Connector {
        name: "DataStax Cassandra and DSE sinks",
        classes: &[
            "com.datastax.oss.kafka.sink.CassandraSinkConnector",
            "com.datastax.kafkaconnector.DseSinkConnector",
        ],
        source: "datastax/kafka-sink: dist/conf",
        switch: Some(Mode {
            property: "ssl.provider",
            values: &[("None", Plaintext), ("*", Fine)],
            default: "None",
            better: "JDK",
            unless: &[("cloud.secureConnectBundle", "*")],
            ..MODE
        }),
        checks: &[name_check("ssl.hostnameValidation")],
        hosts: &["contactPoints"],
        ..NONE
    },
    Connector {
        name: "Lenses Cassandra source and sink",
        classes: &["io.lenses.streamreactor.connect.cassandra.*"],
        source: "lensesio/stream-reactor: CassandraConfigConstants.scala",
        switch: Some(tls_switch("connect.cassandra.ssl.enabled")),
        checks: &[name_check("connect.cassandra.ssl.hostname.verification")],
        hosts: &["connect.cassandra.contact.points"],
        ..NONE
    },
    Connector {
        name: "BigQuery sink",
        classes: &["com.wepay.kafka.connect.bigquery.BigQuerySinkConnector"],
        source: "confluentinc/kafka-connect-bigquery: BigQuerySinkConfig.java",
        secrets_when: &[("keyfile", "keySource", "JSON")],
        ..NONE
    },
];

const NEO4J: Connector = Connector {
    schemes: &[
        ("neo4j", Open),
        ("bolt", Open),
        ("neo4j+s", Fine),
        ("bolt+s", Fine),
        ("neo4j+ssc", Unverified),
        ("bolt+ssc", Unverified),
    ],
    ..NONE
};

const fn neo4j_trust(property: &'static str) -> Mode {
    Mode {
        property,
        values: &[("TRUST_ALL_CERTIFICATES", Unverified), ("*", Fine)],
        better: "TRUST_SYSTEM_CA_SIGNED_CERTIFICATES",
        ..MODE
    }
}
