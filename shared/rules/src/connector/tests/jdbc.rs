//! JDBC drivers: URLs, and settings that reach the driver separately.

use super::support::{check_lines, full_summary, report, summary};

/// Every driver, with a connector that passes only the URL to it.
#[test]
fn drivers() {
    const PLAINTEXT: &str = "plaintext:connection.url";
    const TLS: &str = "tls:connection.url";
    let urls = [
        ("jdbc:mysql://db/app", TLS),
        ("jdbc:mysql://db/app?useSSL=true", TLS),
        ("jdbc:mysql://db/app?USESSL=false", PLAINTEXT),
        ("jdbc:mysql://db/app?useSSL=false&sslMode=VERIFY_IDENTITY", ""),
        ("jdbc:mysql://db/app?sslmode=verify_identity", ""),
        ("jdbc:mysql://db/app?sslMode=DISABLED&sslMode=VERIFY_IDENTITY", ""),
        ("jdbc:mysql://db/app?sslMode=${env:MODE}", ""),
        ("jdbc:mysql://db/app?${env:PARAMETERS}", ""),
        ("jdbc:mysql:replication://a,b/app?sslMode=VERIFY_CA", TLS),
        ("jdbc:mysql+srv://db/app?sslMode=DISABLED", PLAINTEXT),
        ("jdbc:mysql://(host=a,port=1,sslMode=DISABLED)/app?sslMode=VERIFY_IDENTITY", PLAINTEXT),
        ("jdbc:mysql://address=(host=a)(port=1)/app?sslMode=REQUIRED", TLS),
        ("jdbc:mysql:///app?sslMode=DISABLED", ""),
        ("jdbc:mysql://127.0.0.1:3306/app", ""),
        ("jdbc:mysql://db/app?permitMysqlScheme", PLAINTEXT),
        ("jdbc:mariadb://db/app", PLAINTEXT),
        ("jdbc:mariadb://db/app?sslMode=VERIFY_CA", TLS),
        ("jdbc:mariadb://db/app?sslMode=1", ""),
        ("jdbc:mariadb://db/app?useSSL=true", ""),
        ("jdbc:mariadb://db/app?useSsl=true&trustServerCertificate=true", TLS),
        ("jdbc:mariadb://db/app?useSsl=true&disableSslHostnameVerification=true", TLS),
        ("jdbc:mariadb://db/app?credentialType=AWS-IAM", ""),
        ("jdbc:mariadb:sequential://a,b/app?sslMode=trust", TLS),
        ("jdbc:postgresql://db/app?sslmode=prefer", TLS),
        ("jdbc:postgresql://db/app?ssl", ""),
        ("jdbc:postgresql://db/app?ssl=false", TLS),
        ("jdbc:postgresql://db/app?sslmode=disable&ssl=true", PLAINTEXT),
        ("jdbc:postgresql://db/app?SSLMODE=verify-full", TLS),
        ("jdbc:postgresql://db/app?sslmode=verify-full&sslfactory=org.postgresql.ssl.NonValidatingFactory", TLS),
        ("jdbc:postgresql://db/app?sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory", ""),
        ("jdbc:postgresql://db/app?sslmode=disable&gssEncMode=require", ""),
        ("jdbc:postgresql:app", ""),
        ("jdbc:postgresql://localhost,[::1]:5433/app", ""),
        ("jdbc:postgresql://localhost,db/app?sslmode=disable", PLAINTEXT),
        ("jdbc:aws-wrapper:mariadb://db/app", PLAINTEXT),
        ("jdbc-secretsmanager:postgresql://db/app?sslmode=verify-full", ""),
        ("jdbc:redshift://c/d", TLS),
        ("jdbc:redshift://c/d?ssl=false", PLAINTEXT),
        ("jdbc:redshift:iam://c/d?ssl=false", TLS),
        ("jdbc:redshift://c/d?ssl=true", TLS),
        ("jdbc:redshift://c/d;AuthMech=VERIFY-FULL", ""),
        ("jdbc:redshift://c/d?sslmode=verify-full", ""),
        ("jdbc:sqlserver://db;databaseName=app", ""),
        ("jdbc:sqlserver://db;encrypt=OPTIONAL", PLAINTEXT),
        ("jdbc:sqlserver://db\\\\inst:1433;encrypt=no;trustServerCertificate=true", PLAINTEXT),
        ("jdbc:sqlserver://db;encrypt=strict;trustServerCertificate=true", ""),
        ("jdbc:sqlserver://db;encrypt=mandatory;trustServerCertificate=TRUE", TLS),
        ("jdbc:sqlserver://db;trustServerCertificate=${env:TRUST}", ""),
        ("jdbc:oracle:thin:@db:1521:ORCL", TLS),
        ("jdbc:oracle:thin:@db/app", TLS),
        ("jdbc:oracle:thin:@tcp://db:1521/app", TLS),
        ("jdbc:oracle:thin:@alias?TNS_ADMIN=/opt/wallet", ""),
        ("jdbc:oracle:thin:@ldap://ldap/app", ""),
        ("jdbc:oracle:thin:@tcps://db:2484/app", TLS),
        ("jdbc:oracle:thin:@tcps://db:2484/app?ssl_server_dn_match=yes", ""),
        ("jdbc:oracle:thin:@tcps://db:2484/app?ssl_server_dn_match=off", TLS),
        ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=a))(ADDRESS=(PROTOCOL=tcps)(HOST=b)))", TLS),
        (
            "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL = tcps)(HOST = a))(SECURITY=(TLS_SERVER_DN_MATCH=true)))",
            "",
        ),
        ("jdbc:clickhouse://c/d", PLAINTEXT),
        ("jdbc:ch:http://c:8123", PLAINTEXT),
        ("jdbc:ch:https://c:8443", ""),
        ("jdbc:clickhouse://c/d?ssl=true", ""),
        ("jdbc:clickhouse:https://c/d?ssl_mode=trust", TLS),
        ("jdbc:db2://db:50000/APP", PLAINTEXT),
        ("jdbc:db2://db:50000/APP:user=u;sslConnection=TRUE;", ""),
        ("jdbc:informix-sqli://db:9088/app:INFORMIXSERVER=s", PLAINTEXT),
        ("jdbc:informix-sqli://db:9088/app:INFORMIXSERVER=s;SSLCONNECTION=true", ""),
        ("jdbc:as400://i;secure=true", ""),
        ("jdbc:as400://i", PLAINTEXT),
        ("jdbc:snowflake://a.snowflakecomputing.com", ""),
        ("jdbc:snowflake://a.snowflakecomputing.com/?ssl=OFF", PLAINTEXT),
        ("jdbc:snowflake://a.snowflakecomputing.com/?insecureMode=true", ""),
        ("jdbc:vertica://v:5433/d", PLAINTEXT),
        ("jdbc:vertica://v:5433/d?TLSmode=require", TLS),
        ("jdbc:vertica://v:5433/d?tlsmode=verify-full", ""),
        ("jdbc:sap://h:30015", PLAINTEXT),
        ("jdbc:sap://h:30015/?encrypt=true", ""),
        ("jdbc:sap://h:30015/?encrypt=true&validateCertificate=false", TLS),
        ("jdbc:teradata://t", TLS),
        ("jdbc:teradata://t/DATABASE=d,SSLMODE=DISABLE", PLAINTEXT),
        ("jdbc:teradata://t/SSLMODE=VERIFY-FULL", ""),
        ("jdbc:h2:mem:a", ""),
        ("jdbc:h2:tcp://h/~/a", PLAINTEXT),
        ("jdbc:h2:ssl://h/~/a", ""),
        ("jdbc:sqlite:/tmp/a//b.db", ""),
        ("jdbc:unheard://h/a?ssl=false", ""),
        ("${env:URL}", ""),
        ("nonsense", ""),
    ];
    for (url, expected) in urls {
        let text = format!("connector.class=io.aiven.connect.jdbc.JdbcSinkConnector\nconnection.url={url}");
        assert_eq!(summary(&report(&text)), expected, "{url}");
    }
}

#[test]
fn an_unknown_driver_is_silent_only_if_its_url_names_the_worker_itself() {
    for (url, expected) in [
        ("jdbc:acme://localhost/app", ""),
        ("jdbc:acme:thin:@127.0.0.1:1521:app", ""),
        ("jdbc:acme://localhost,db.example.com/app", "unknown:connection.url"),
        ("jdbc:acme://db.example.com/app?proxy=localhost", "unknown:connection.url"),
        ("jdbc:acme://db/app", "unknown:connection.url"),
        ("jdbc:acme:app", "unknown:connection.url"),
    ] {
        let text = format!("connector.class=io.aiven.connect.jdbc.JdbcSinkConnector\nconnection.url={url}");
        assert_eq!(full_summary(&report(&text)), expected, "{url}");
    }
}

#[test]
fn what_switched_tls_off_is_said_and_a_value_that_nobody_knows_is_not() {
    let why = |url: &str| {
        let found = report(&format!("connector.class=io.aiven.connect.jdbc.JdbcSinkConnector\nconnection.url={url}"));
        found.unverified_tls.iter().chain(&found.plaintext).map(|reason| reason.why.to_string()).collect::<String>()
    };
    for (url, says) in [
        ("jdbc:postgresql://db/app?ssl=false", true),
        ("jdbc:postgresql://db/app?ssl=maybe", false),
        ("jdbc:postgresql://db/app", false),
    ] {
        assert_eq!(why(url).contains("equivalent to prefer"), says, "{url}: {}", why(url));
    }
}

#[test]
fn settings_that_reach_the_driver_separately() {
    let confluent = "io.confluent.connect.jdbc.JdbcSourceConnector";
    check_lines(
        confluent,
        "connection.url=jdbc:postgresql://db/app",
        &[
            ("connection.sslmode=verify-full", ""),
            ("connection.sslMode=verify-full", "tls:connection.url"),
            ("connection.sslmode=disable", "plaintext:connection.sslmode"),
            ("connection.password=s3cr3t", "tls:connection.url secret:connection.password"),
        ],
    );
    check_lines(
        confluent,
        "connection.url=jdbc:sqlserver://db;encrypt=true",
        &[("connection.encrypt=false", "plaintext:connection.encrypt")],
    );
    check_lines(
        confluent,
        "connection.url=jdbc:mysql://db/a?sslMode=VERIFY_IDENTITY",
        &[("connection.sslMode=DISABLED", "")],
    );
    check_lines(
        confluent,
        "connection.url=jdbc:oracle:thin:@//db:1521/a",
        &[
            ("connection.oracle.net.encryption_client=required", ""),
            ("connection.oracle.net.encryption_client=REJECTED", "plaintext:connection.oracle.net.encryption_client"),
        ],
    );
    check_lines(
        "io.aiven.connect.jdbc.JdbcSourceConnector",
        "connection.url=jdbc:mariadb://db/a",
        &[("connection.sslMode=verify-full", "plaintext:connection.url")],
    );
    check_lines(
        "io.debezium.connector.jdbc.JdbcSinkConnector",
        "connection.url=jdbc:postgresql://db/a",
        &[("hibernate.connection.sslmode=verify-full", "")],
    );
}
