//! Debezium connectors, and the ones that speak JDBC.
//!
//! Debezium hands `database.*` and `driver.*` to the JDBC driver without the prefix; where both are set,
//! `database.*` wins (debezium/debezium: `RelationalDatabaseConnectorConfig.java`, `Configuration.java`).

use super::{Connector, Kind, MODE, Mode, NONE, tls_switch, trust_all};
use crate::connector::grade::Grade::{Fine, NameOff, NameUnchecked, Opportunistic, Plaintext, Unverified};

const PASSED_ON: &[&str] = &["database.", "driver."];

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "Debezium MySQL",
        classes: &["io.debezium.connector.mysql.MySqlConnector"],
        source: "debezium/debezium: MySqlConnectorConfig.java, BinlogStreamingChangeEventSource.java",
        // The connector writes sslMode itself: driver.sslMode has no effect.
        switch: Some(Mode {
            property: "database.ssl.mode",
            values: &[
                ("disabled", Plaintext),
                ("preferred", Opportunistic),
                ("required", Unverified),
                ("verify_ca", NameUnchecked),
                ("verify_identity", Fine),
            ],
            default: "preferred",
            better: "verify_identity",
            ..MODE
        }),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium MariaDB",
        classes: &["io.debezium.connector.mariadb.MariaDbConnector"],
        source: "debezium/debezium: MariaDbConnectorConfig.java; its documentation names another default than the code",
        switch: Some(Mode {
            property: "database.ssl.mode",
            values: &[
                ("disable", Plaintext),
                ("trust", Unverified),
                ("verify-ca", NameUnchecked),
                ("verify-full", Fine),
            ],
            default: "disable",
            better: "verify-full",
            ..MODE
        }),
        history: true,
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium PostgreSQL",
        classes: &["io.debezium.connector.postgresql.PostgresConnector"],
        source: "debezium/debezium: PostgresConnectorConfig.java; the setting is database.sslmode, without a second dot",
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
        source: "debezium/debezium: oracle.adoc, OracleConnectorConfig.java; without database.url the address is made for plain TCP",
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
        switch: Some(Mode { default: "true", ..tls_switch("secure") }),
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
        checks: &[Mode {
            values: &[("true", NameOff), ("false", Fine)],
            ..trust_all("mongodb.ssl.invalid.hostname.allowed")
        }],
        ..NONE
    },
    Connector {
        name: "Debezium Cassandra and Spanner",
        classes: &["io.debezium.connector.cassandra.*", "io.debezium.connector.spanner.*"],
        source: "debezium/debezium-connector-cassandra (runs outside Kafka Connect), debezium-connector-spanner (always TLS)",
        ..DEBEZIUM
    },
    Connector {
        name: "Debezium JDBC sink",
        classes: &["io.debezium.connector.jdbc.JdbcSinkConnector"],
        source: "debezium/debezium: JdbcSinkConnectorConfig.java; hibernate.* passes through",
        kind: Kind::Jdbc(&["hibernate.connection."]),
        urls: &["connection.url"],
        ..NONE
    },
    Connector {
        name: "Confluent JDBC source and sink",
        classes: &["io.confluent.connect.jdbc.JdbcSourceConnector", "io.confluent.connect.jdbc.JdbcSinkConnector"],
        source: "confluentinc/kafka-connect-jdbc: JdbcSourceConnectorConfig.java, GenericDatabaseDialect.java",
        kind: Kind::Jdbc(&["connection."]),
        urls: &["connection.url"],
        ..NONE
    },
    Connector {
        name: "Aiven JDBC source and sink",
        classes: &["io.aiven.connect.jdbc.JdbcSourceConnector", "io.aiven.connect.jdbc.JdbcSinkConnector"],
        source: "Aiven-Open/jdbc-connector-for-apache-kafka: JdbcConfig.java; connection.* is not handed to the driver",
        kind: Kind::Jdbc(&[]),
        urls: &["connection.url"],
        ..NONE
    },
];

const DEBEZIUM: Connector = Connector { hosts: &["database.hostname"], ..NONE };
