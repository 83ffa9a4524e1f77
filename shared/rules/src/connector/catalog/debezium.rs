//! Debezium and JDBC connectors.
//!
//! Debezium passes `database.*` and `driver.*` to the JDBC driver without the prefix. If both set a parameter,
//! `database.*` takes precedence (debezium/debezium: `RelationalDatabaseConnectorConfig.java`, `Configuration.java`).

use super::row::{CONNECTOR, Connector, Kind, TLS_SETTING, TlsSetting, tls_switch, trust_all};
use crate::connector::report::TlsLevel::{
    HostnameCheckDisabled, NoHostnameCheck, Opportunistic, Plaintext, Unverified, Verified,
};

const PASSED_ON: &[&str] = &["database.", "driver."];

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "Debezium MySQL",
        classes: &["io.debezium.connector.mysql.MySqlConnector"],
        source: "debezium/debezium: MySqlConnectorConfig.java, BinlogStreamingChangeEventSource.java",
        // The connector sets sslMode itself, so driver.sslMode has no effect.
        switch: Some(TlsSetting {
            property: "database.ssl.mode",
            values: &[
                ("disabled", Plaintext),
                ("preferred", Opportunistic),
                ("required", Unverified),
                ("verify_ca", NoHostnameCheck),
                ("verify_identity", Verified),
            ],
            default: "preferred",
            recommended: "verify_identity",
            ..TLS_SETTING
        }),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium MariaDB",
        classes: &["io.debezium.connector.mariadb.MariaDbConnector"],
        source: "debezium/debezium: MariaDbConnectorConfig.java; documentation and code differ about the default",
        switch: Some(TlsSetting {
            property: "database.ssl.mode",
            values: &[
                ("disable", Plaintext),
                ("trust", Unverified),
                ("verify-ca", NoHostnameCheck),
                ("verify-full", Verified),
            ],
            default: "disable",
            recommended: "verify-full",
            ..TLS_SETTING
        }),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium PostgreSQL",
        classes: &["io.debezium.connector.postgresql.PostgresConnector"],
        source: "debezium/debezium: PostgresConnectorConfig.java; the setting is database.sslmode, not database.ssl.mode",
        kind: Kind::Driver("postgresql", PASSED_ON),
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium SQL Server",
        classes: &["io.debezium.connector.sqlserver.SqlServerConnector"],
        source: "debezium/debezium: sqlserver.adoc, SqlServerConnection.java",
        kind: Kind::Driver("sqlserver", PASSED_ON),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium Oracle",
        classes: &["io.debezium.connector.oracle.OracleConnector"],
        source: "debezium/debezium: oracle.adoc, OracleConnectorConfig.java; without database.url the connector builds an address for plain TCP",
        kind: Kind::Driver("oracle", PASSED_ON),
        urls: &["database.url"],
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium Db2 and Informix",
        classes: &["io.debezium.connector.db2.Db2Connector", "io.debezium.connector.informix.InformixConnector"],
        source: "debezium/debezium-connector-db2: Db2Connection.java",
        kind: Kind::Driver("db2", PASSED_ON),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium IBM i",
        classes: &["io.debezium.connector.db2as400.As400RpcConnector"],
        source: "debezium/debezium-connector-ibmi: As400ConnectorConfig.java",
        switch: Some(TlsSetting { default: "true", ..tls_switch("secure") }),
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium MongoDB source and sink",
        classes: &[
            "io.debezium.connector.mongodb.MongoDbConnector",
            "io.debezium.connector.mongodb.MongoDbSinkConnector",
        ],
        source: "debezium/debezium: DefaultMongoDbClientFactory.java, MongoDbConnectorConfig.java; the connection string is applied last",
        kind: Kind::Mongo,
        urls: &["mongodb.connection.string"],
        switch: Some(tls_switch("mongodb.ssl.enabled")),
        checks: &[TlsSetting {
            values: &[("true", HostnameCheckDisabled), ("false", Verified)],
            ..trust_all("mongodb.ssl.invalid.hostname.allowed")
        }],
        ..CONNECTOR
    },
    Connector {
        name: "Debezium Cassandra and Spanner",
        classes: &["io.debezium.connector.cassandra.*", "io.debezium.connector.spanner.*"],
        source: "debezium/debezium-connector-cassandra (runs outside Kafka Connect), debezium-connector-spanner (always uses TLS)",
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium JDBC sink",
        classes: &["io.debezium.connector.jdbc.JdbcSinkConnector"],
        source: "debezium/debezium: JdbcSinkConnectorConfig.java; the connector passes hibernate.* on",
        kind: Kind::Jdbc(&["hibernate.connection."]),
        urls: &["connection.url"],
        ..CONNECTOR
    },
    Connector {
        name: "Confluent JDBC source and sink",
        classes: &["io.confluent.connect.jdbc.JdbcSourceConnector", "io.confluent.connect.jdbc.JdbcSinkConnector"],
        source: "confluentinc/kafka-connect-jdbc: JdbcSourceConnectorConfig.java, GenericDatabaseDialect.java",
        kind: Kind::Jdbc(&["connection."]),
        urls: &["connection.url"],
        ..CONNECTOR
    },
    Connector {
        name: "Aiven JDBC source and sink",
        classes: &["io.aiven.connect.jdbc.JdbcSourceConnector", "io.aiven.connect.jdbc.JdbcSinkConnector"],
        source: "Aiven-Open/jdbc-connector-for-apache-kafka: JdbcConfig.java; the connector does not pass connection.* to the driver",
        kind: Kind::Jdbc(&[]),
        urls: &["connection.url"],
        ..CONNECTOR
    },
];

const DEBEZIUM: Connector = Connector { hosts: &["database.hostname"], ..CONNECTOR };
