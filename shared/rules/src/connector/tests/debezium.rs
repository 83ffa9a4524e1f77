//! Debezium sources.

use super::support::{check_lines, report, summary};

#[test]
fn sources() {
    check_lines(
        "io.debezium.connector.mysql.MySqlConnector",
        "database.hostname=db",
        &[
            ("", "tls:database.ssl.mode"),
            ("database.ssl.mode= DISABLED ", "plaintext:database.ssl.mode"),
            ("database.ssl.mode=required", "tls:database.ssl.mode"),
            ("database.ssl.mode=verify_identity", ""),
            ("database.ssl.mode=${env:MODE}", ""),
            ("driver.sslMode=VERIFY_IDENTITY", "tls:database.ssl.mode"),
        ],
    );
    check_lines("io.debezium.connector.mysql.MySqlConnector", "database.hostname=localhost", &[("", "")]);
    check_lines(
        "io.debezium.connector.mariadb.MariaDbConnector",
        "database.hostname=db",
        &[
            ("", "plaintext:database.ssl.mode"),
            ("database.ssl.mode=verify-ca", "tls:database.ssl.mode"),
            ("database.ssl.mode=verify-full", ""),
        ],
    );
    check_lines(
        "io.debezium.connector.postgresql.PostgresConnector",
        "database.hostname=db",
        &[
            ("", "tls:database.sslmode"),
            ("database.ssl.mode=verify-full", "tls:database.sslmode"),
            ("database.sslmode=disable", "plaintext:database.sslmode"),
            ("driver.sslmode=verify-full", ""),
            ("database.sslmode=require\ndriver.sslmode=verify-full", "tls:database.sslmode"),
            (
                "database.sslmode=verify-full\ndatabase.sslfactory=org.postgresql.ssl.NonValidatingFactory",
                "tls:database.sslfactory",
            ),
            ("database.sslmode=verify-full\ndatabase.sslpassword=s3cr3t", "secret:database.sslpassword"),
            ("database.hostname=127.0.0.1", ""),
        ],
    );
    check_lines(
        "io.debezium.connector.sqlserver.SqlServerConnector",
        "database.hostname=db",
        &[
            ("", ""),
            ("driver.encrypt=false", "plaintext:driver.encrypt"),
            ("database.encrypt=true\ndriver.encrypt=false", ""),
            ("database.trustServerCertificate=true", "tls:database.trustServerCertificate"),
        ],
    );
    check_lines(
        "io.debezium.connector.oracle.OracleConnector",
        "database.hostname=db",
        &[
            ("", "tls:database.url"),
            ("driver.oracle.net.encryption_client=REQUIRED", ""),
            ("database.url=jdbc:oracle:thin:@tcps://db:2484/a?ssl_server_dn_match=true", ""),
            ("database.url=jdbc:oracle:thin:@tcps://db:2484/a\ndriver.oracle.net.ssl_server_dn_match=true", ""),
            ("database.url=jdbc:oracle:thin:@db:1521/a", "tls:database.url"),
            ("database.url=jdbc:oracle:thin:u/s3cr3t@tcps://db:2484/a?ssl_server_dn_match=on", "secret:database.url"),
        ],
    );
    for class in ["io.debezium.connector.db2.Db2Connector", "io.debezium.connector.informix.InformixConnector"] {
        check_lines(
            class,
            "database.hostname=db",
            &[("", "plaintext:database.sslConnection"), ("driver.sslConnection=true", "")],
        );
    }
    check_lines(
        "io.debezium.connector.db2as400.As400RpcConnector",
        "",
        &[("", ""), ("secure=false", "plaintext:secure")],
    );
    check_lines(
        "io.debezium.connector.cassandra.CassandraConnector",
        "",
        &[("", ""), ("kafka.producer.security.protocol=PLAINTEXT", "plaintext:kafka.producer.security.protocol")],
    );
}

#[test]
fn each_connector_with_a_schema_history_connects_to_kafka() {
    for class in [
        "mysql.MySqlConnector",
        "mariadb.MariaDbConnector",
        "sqlserver.SqlServerConnector",
        "oracle.OracleConnector",
        "db2.Db2Connector",
        "informix.InformixConnector",
    ] {
        let text = format!(
            "connector.class=io.debezium.connector.{class}\nschema.history.internal.kafka.bootstrap.servers=b:9098"
        );
        let summary = summary(&report(&text));
        assert!(summary.contains("plaintext:schema.history.internal.producer.security.protocol"), "{class}: {summary}");
    }
}

#[test]
fn schema_history_and_signals() {
    let base = "database.ssl.mode=verify_identity\nschema.history.internal.kafka.bootstrap.servers=b:9098";
    let encrypted = "schema.history.internal.producer.security.protocol=SSL\nschema.history.internal.consumer.security.protocol=SASL_SSL";
    check_lines(
        "io.debezium.connector.mysql.MySqlConnector",
        base,
        &[
            (
                "",
                "plaintext:schema.history.internal.producer.security.protocol plaintext:schema.history.internal.consumer.security.protocol",
            ),
            (encrypted, ""),
            ("schema.history.internal.kafka.bootstrap.servers=localhost:9092", ""),
            (
                &format!("{encrypted}\nschema.history.internal.consumer.ssl.endpoint.identification.algorithm="),
                "tls:schema.history.internal.consumer.ssl.endpoint.identification.algorithm",
            ),
            ("schema.history.internal=io.debezium.storage.file.history.FileSchemaHistory", ""),
            (
                "schema.history.internal=io.debezium.storage.redis.history.RedisSchemaHistory\nschema.history.internal.redis.address=r:6379",
                "plaintext:schema.history.internal.redis.ssl.enabled",
            ),
            (
                "schema.history.internal=io.debezium.storage.jdbc.history.JdbcSchemaHistory\nschema.history.internal.jdbc.url=jdbc:mariadb://db/h\nschema.history.internal.jdbc.password=s3cr3t",
                "plaintext:schema.history.internal.jdbc.url secret:schema.history.internal.jdbc.password",
            ),
            (
                "schema.history.internal=io.debezium.storage.s3.history.S3SchemaHistory\nschema.history.internal.s3.endpoint=http://s3.example.com\nschema.history.internal.s3.secret.access.key=s3cr3t",
                "plaintext:schema.history.internal.s3.endpoint secret:schema.history.internal.s3.secret.access.key",
            ),
        ],
    );
    let old = "database.ssl.mode=verify_identity\ndatabase.history.kafka.bootstrap.servers=b:9092\ndatabase.history.producer.security.protocol=SSL";
    check_lines(
        "io.debezium.connector.mysql.MySqlConnector",
        old,
        &[("", "plaintext:database.history.consumer.security.protocol")],
    );
    check_lines(
        "io.debezium.connector.postgresql.PostgresConnector",
        "database.sslmode=verify-full\nsignal.kafka.bootstrap.servers=b:9092",
        &[
            ("signal.enabled.channels=source,kafka", "plaintext:signal.consumer.security.protocol"),
            ("signal.enabled.channels=source\nsignal.kafka.topic=s", ""),
            ("signal.kafka.topic=s\nsignal.consumer.security.protocol=SSL", ""),
        ],
    );
}
