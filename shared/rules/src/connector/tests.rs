//! Connectors as people write them, and what is wrong with each; and that no secret ever shows.

use super::{Origin, Output, Report, Settings, judge};
use proptest::prelude::*;

fn report(text: &str) -> Report {
    judge(&Settings::from_properties(text), None)
}

/// `plaintext:NAME tls:NAME secret:NAME output`, sorted by kind.
fn summary(report: &Report) -> String {
    let lists = [("plaintext", &report.plaintext), ("tls", &report.unverified_tls), ("secret", &report.secrets)];
    let mut words: Vec<String> = lists
        .iter()
        .flat_map(|(kind, list)| list.iter().map(move |reason| format!("{kind}:{}", reason.property)))
        .collect();
    words.extend(matches!(report.output, Some(Output::NoKey(_))).then(|| "output".to_owned()));
    words.join(" ")
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(&summary(&report(text)), expected, "{text}");
    }
}

/// The same for settings that differ in one line.
fn check_lines(class: &str, base: &str, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let text = format!("connector.class={class}\n{base}\n{line}");
        let report = report(&text);
        assert_eq!(&summary(&report), expected, "{text}");
        assert!(report.connector.is_some(), "{class}");
    }
}

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
    let sealed = "s3.ssea.name=aws:kms\ns3.sse.kms.key.id=alias/lake";
    check_lines(
        confluent,
        sealed,
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
fn what_an_s3_sink_asks_for() {
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
    assert_eq!((reason.origin, reason.fix.len()), (Origin::Default, 2));
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

/// Every driver, through a connector that hands nothing but the URL on.
#[test]
fn jdbc_drivers() {
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
fn jdbc_settings_beside_the_url() {
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

#[test]
fn debezium_sources() {
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
fn debezium_history_and_signals() {
    let base = "database.ssl.mode=verify_identity\nschema.history.internal.kafka.bootstrap.servers=b:9098";
    let sealed = "schema.history.internal.producer.security.protocol=SSL\nschema.history.internal.consumer.security.protocol=SASL_SSL";
    check_lines(
        "io.debezium.connector.mysql.MySqlConnector",
        base,
        &[
            (
                "",
                "plaintext:schema.history.internal.producer.security.protocol plaintext:schema.history.internal.consumer.security.protocol",
            ),
            (sealed, ""),
            ("schema.history.internal.kafka.bootstrap.servers=localhost:9092", ""),
            (
                &format!("{sealed}\nschema.history.internal.consumer.ssl.endpoint.identification.algorithm="),
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

#[test]
fn mongodb() {
    check_lines(
        "io.debezium.connector.mongodb.MongoDbConnector",
        "",
        &[
            ("mongodb.connection.string=mongodb://m/?replicaSet=rs0", "plaintext:mongodb.ssl.enabled"),
            ("mongodb.hosts=rs0/m:27017", "plaintext:mongodb.ssl.enabled"),
            ("mongodb.connection.string=mongodb+srv://m", ""),
            ("mongodb.connection.string=mongodb://m/?ssl=true\nmongodb.ssl.enabled=false", ""),
            (
                "mongodb.connection.string=mongodb+srv://m/?tls=false\nmongodb.ssl.enabled=true",
                "plaintext:mongodb.connection.string",
            ),
            (
                "mongodb.connection.string=mongodb+srv://m\nmongodb.ssl.invalid.hostname.allowed=true",
                "tls:mongodb.ssl.invalid.hostname.allowed",
            ),
            ("mongodb.connection.string=mongodb+srv://u:s3cr3t@m", "secret:mongodb.connection.string"),
            ("mongodb.connection.string=mongodb+srv://${env:U}:${env:P}@m", ""),
            ("mongodb.connection.string=${env:URI}", ""),
        ],
    );
    check_lines(
        "com.mongodb.kafka.connect.MongoSourceConnector",
        "",
        &[
            ("", ""),
            ("connection.uri=mongodb://a,b/?replicaSet=r", "plaintext:connection.uri"),
            ("connection.uri=mongodb://a/?tls=true", ""),
            ("connection.uri=mongodb://a/?tls=true&sslInvalidHostNameAllowed=true", "tls:connection.uri"),
            ("connection.uri=mongodb://127.0.0.1", ""),
            ("connection.uri=mongodb+srv://u:s3/cr3t@m", "secret:connection.uri"),
        ],
    );
}

#[test]
fn search_http_and_logs() {
    check_lines(
        "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
        "",
        &[
            ("connection.url=https://a:9243,http://b:9200", "plaintext:connection.url"),
            ("connection.url=es:9200", "plaintext:connection.url"),
            ("connection.url=localhost:9200", ""),
            ("connection.url=https://a\nelastic.security.protocol=PLAINTEXT", ""),
            ("connection.url=https://a\nelastic.https.ssl.endpoint.identification.algorithm=", ""),
            (
                "connection.url=https://a\nelastic.security.protocol=SSL\nelastic.https.ssl.endpoint.identification.algorithm=",
                "tls:elastic.https.ssl.endpoint.identification.algorithm",
            ),
        ],
    );
    check_lines(
        "io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector",
        "",
        &[
            ("connection.url=http://a", "plaintext:connection.url"),
            (
                "connection.url=https://a\nconnection.trust.all.certificates=TRUE",
                "tls:connection.trust.all.certificates",
            ),
            (
                "connection.url=https://a\nconnection.ssl.endpoint.identification.algorithm=",
                "tls:connection.ssl.endpoint.identification.algorithm",
            ),
        ],
    );
    check_lines(
        "io.lenses.streamreactor.connect.elastic7.ElasticSinkConnector",
        "",
        &[("", "plaintext:connect.elastic.protocol"), ("connect.elastic.protocol=https", "")],
    );
    check_lines(
        "io.aiven.kafka.connect.http.HttpSinkConnector",
        "http.url=https://h",
        &[
            ("", ""),
            ("http.headers.authorization=Bearer abc", "secret:http.headers.authorization"),
            ("http.headers.authorization=Bearer ${env:T}", ""),
            ("http.headers.additional=X-Api-Key:abc", "secret:http.headers.additional"),
            (
                "oauth2.client.secret=abc\noauth2.request.client.secret.property=client_secret",
                "secret:oauth2.client.secret",
            ),
            ("http.ssl.trust.all.certs=true", "tls:http.ssl.trust.all.certs"),
            ("http.ssl.trust.all.certs=true\nhttp.url=https://localhost", ""),
        ],
    );
    check_lines(
        "io.confluent.connect.http.HttpSinkConnector",
        "http.api.url=https://h/${topic}?a=1,2",
        &[
            ("", ""),
            ("https.ssl.endpoint.identification.algorithm=", "tls:https.ssl.endpoint.identification.algorithm"),
            ("headers=Accept:a/b|Authorization:Basic dTpw", "secret:headers"),
        ],
    );
    check_lines(
        "io.lenses.streamreactor.connect.http.sink.HttpSinkConnector",
        "connect.http.endpoint=ws://h",
        &[("", "plaintext:connect.http.endpoint")],
    );
    check_lines(
        "com.splunk.kafka.connect.SplunkSinkConnector",
        "splunk.hec.uri=https://a,https://b",
        &[
            ("", ""),
            ("splunk.hec.ssl.validate.certs=False", "tls:splunk.hec.ssl.validate.certs"),
            ("kerberos.user.principal=u@R", ""),
            ("kerberos.user.principal=u@R\nkerberos.keytab.path=/k", "tls:kerberos.user.principal"),
        ],
    );
    check_lines(
        "com.splunk.kafka.connect.SplunkSinkConnector",
        "splunk.hec.uri=http://a",
        &[("splunk.hec.ssl.validate.certs=false", "plaintext:splunk.hec.uri")],
    );
    check_lines(
        "io.confluent.influxdb.InfluxDBSinkConnector",
        "",
        &[("influxdb.url=https://i", ""), ("influxdb.url=http://i", "plaintext:influxdb.url")],
    );
}

#[test]
fn databases_and_caches() {
    check_lines(
        "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
        "hostname=c",
        &[
            ("", "plaintext:ssl"),
            ("ssl=true", ""),
            ("ssl=true\njdbcConnectionProperties=?ssl=true&sslmode=NONE", "tls:jdbcConnectionProperties"),
            ("ssl=true\njdbcConnectionProperties=?password=abc", "secret:jdbcConnectionProperties"),
        ],
    );
    check_lines(
        "org.neo4j.connectors.kafka.sink.Neo4jConnector",
        "",
        &[
            ("neo4j.uri=bolt://n", "plaintext:neo4j.security.encrypted"),
            ("neo4j.uri=neo4j+s://n\nneo4j.security.hostname-verification-enabled=false", ""),
            ("neo4j.uri=neo4j+ssc://n", "tls:neo4j.uri"),
            ("neo4j.uri=neo4j://n\nneo4j.security.encrypted=true", ""),
            (
                "neo4j.uri=neo4j://n\nneo4j.security.encrypted=true\nneo4j.security.hostname-verification-enabled=false",
                "tls:neo4j.security.hostname-verification-enabled",
            ),
            (
                "neo4j.uri=bolt+s://n\nneo4j.authentication.kerberos.ticket=abc",
                "secret:neo4j.authentication.kerberos.ticket",
            ),
        ],
    );
    check_lines(
        "streams.kafka.connect.source.Neo4jSourceConnector",
        "neo4j.encryption.enabled=true",
        &[
            ("neo4j.server.uri=bolt://n", "tls:neo4j.encryption.trust.strategy"),
            ("neo4j.server.uri=bolt://n\nneo4j.encryption.trust.strategy=TRUST_SYSTEM_CA_SIGNED_CERTIFICATES", ""),
        ],
    );
    check_lines(
        "com.snowflake.kafka.connector.SnowflakeSinkConnector",
        "",
        &[
            ("snowflake.url.name=a.snowflakecomputing.com:443", ""),
            ("snowflake.url.name=http://a.snowflakecomputing.com", "plaintext:snowflake.url.name"),
            ("snowflake.private.key=MIIEvQ", "secret:snowflake.private.key"),
        ],
    );
    check_lines(
        "com.couchbase.connect.kafka.CouchbaseSourceConnector",
        "couchbase.seed.nodes=c",
        &[
            ("", "plaintext:couchbase.enable.tls"),
            (
                "couchbase.enable.tls=true\ncouchbase.enable.hostname.verification=false",
                "tls:couchbase.enable.hostname.verification",
            ),
        ],
    );
    check_lines(
        "com.redis.kafka.connect.RedisSinkConnector",
        "",
        &[
            ("redis.host=r", "plaintext:redis.tls"),
            ("redis.host=localhost", ""),
            ("redis.uri=rediss://r\nredis.insecure=true", ""),
            ("redis.uri=rediss://r\nredis.tls=true\nredis.insecure=true", "tls:redis.insecure"),
            ("redis.uri=redis://r\nredis.tls=true", ""),
            ("redis.uri=redis://r", "plaintext:redis.tls"),
        ],
    );
    check_lines(
        "com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector",
        "redis.hosts=r:6379",
        &[("", "plaintext:redis.ssl.enabled"), ("redis.ssl.enabled=true", "")],
    );
    check_lines(
        "com.datastax.oss.kafka.sink.CassandraSinkConnector",
        "contactPoints=c",
        &[
            ("", "plaintext:ssl.provider"),
            ("ssl.provider=none", "plaintext:ssl.provider"),
            ("ssl.provider=OpenSSL", ""),
            ("cloud.secureConnectBundle=/b.zip", ""),
        ],
    );
    check_lines(
        "io.lenses.streamreactor.connect.cassandra.sink.CassandraSinkConnector",
        "",
        &[(
            "connect.cassandra.ssl.enabled=true\nconnect.cassandra.ssl.hostname.verification=false",
            "tls:connect.cassandra.ssl.hostname.verification",
        )],
    );
    check_lines(
        "com.wepay.kafka.connect.bigquery.BigQuerySinkConnector",
        "",
        &[
            ("keyfile=/opt/k.json", ""),
            ("keySource=JSON\nkeyfile=${env:K}", ""),
            ("keySource=json\nkeyfile={\"type\":\"x\"}", "secret:keyfile"),
        ],
    );
}

#[test]
fn brokers() {
    check_lines(
        "io.confluent.connect.rabbitmq.sink.RabbitMQSinkConnector",
        "rabbitmq.host=r",
        &[
            ("", "plaintext:rabbitmq.security.protocol"),
            ("rabbitmq.security.protocol=ssl", "tls:rabbitmq.security.protocol"),
        ],
    );
    check_lines(
        "io.confluent.connect.jms.JmsSinkConnector",
        "",
        &[
            ("java.naming.provider.url=tcp://a:61616", "plaintext:java.naming.provider.url"),
            ("java.naming.provider.url=failover:(ssl://a,tcp://b)", "plaintext:java.naming.provider.url"),
            ("java.naming.provider.url=amqps://a?transport.verifyHost=false", "tls:java.naming.provider.url"),
            (
                "java.naming.provider.url=t3s://a\njava.naming.security.credentials=abc",
                "secret:java.naming.security.credentials",
            ),
        ],
    );
    check_lines(
        "com.ibm.eventstreams.connect.mqsink.MQSinkConnector",
        "mq.connection.name.list=mq(1414)",
        &[
            ("", "plaintext:mq.ssl.cipher.suite"),
            ("mq.ssl.cipher.suite=TLS_RSA_WITH_AES_128_CBC_SHA256", ""),
            ("mq.connection.mode=bindings", ""),
            ("mq.ccdt.url=file:///c.json", ""),
            ("mq.connection.name.list=localhost(1414)", ""),
        ],
    );
    check_lines(
        "io.lenses.streamreactor.connect.mqtt.source.MqttSourceConnector",
        "",
        &[("connect.mqtt.hosts=ssl://a,tcp://b", "plaintext:connect.mqtt.hosts")],
    );
    check_lines(
        "io.lenses.streamreactor.connect.ftp.source.FtpSourceConnector",
        "",
        &[("connect.ftp.protocol=SFTP", ""), ("", "plaintext:connect.ftp.protocol")],
    );
}

#[test]
fn mirror_maker() {
    let base = "source.cluster.bootstrap.servers=s:9092\ntarget.cluster.bootstrap.servers=t:9098\ntarget.cluster.security.protocol=SASL_SSL";
    for class in [
        "org.apache.kafka.connect.mirror.MirrorSourceConnector",
        "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
    ] {
        check_lines(
            class,
            base,
            &[
                ("", "plaintext:source.cluster.security.protocol"),
                ("source.cluster.security.protocol=SSL", ""),
                (
                    "source.cluster.security.protocol=SSL\nsource.consumer.security.protocol=PLAINTEXT",
                    "plaintext:source.consumer.security.protocol",
                ),
                ("source.consumer.security.protocol=SSL\nsource.admin.security.protocol=SSL", ""),
                ("source.consumer.security.protocol=SSL", "plaintext:source.cluster.security.protocol"),
                (
                    "source.cluster.security.protocol=SSL\nconsumer.ssl.endpoint.identification.algorithm=",
                    "tls:consumer.ssl.endpoint.identification.algorithm",
                ),
                ("source.cluster.bootstrap.servers=localhost:9092", ""),
            ],
        );
    }
    check_lines(
        "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
        base,
        &[("", ""), ("target.cluster.security.protocol=PLAINTEXT", "plaintext:target.cluster.security.protocol")],
    );
}

#[test]
fn what_holds_for_every_connector() {
    check(&[
        ("connector.class=com.example.Sink\nx.tls=false\nx.host=h", ""),
        ("connector.class=com.example.Sink\nx.url=http://h", "plaintext:x.url"),
        ("connector.class=com.example.Sink\nx.url=https://a,http://b", "plaintext:x.url"),
        ("connector.class=com.example.Sink\nx.url=http://[::1]:80/", ""),
        ("connector.class=com.example.Sink\nx.url=${env:U}", ""),
        ("connector.class=com.example.Sink\nx.jdbc=jdbc:postgresql://h/d", ""),
        ("connector.class=com.example.Sink\nx.jdbc=jdbc:postgresql://h/d?sslmode=disable", "plaintext:x.jdbc"),
        ("connector.class=com.example.Sink\nx.uri=mongodb://h", ""),
        ("connector.class=com.example.Sink\nx.uri=mongodb://h/?tls=false", "plaintext:x.uri"),
        ("connector.class=com.example.Sink\nx.proxy.url=http://h\nx.scope=http://h/s\ntransforms.a.regex=http://h", ""),
        ("connector.class=com.example.Sink\nx.url=https://u:p@h", "secret:x.url"),
        ("producer.override.security.protocol=PLAINTEXT", "plaintext:producer.override.security.protocol"),
        ("consumer.override.security.protocol=sasl_plaintext", "plaintext:consumer.override.security.protocol"),
        (
            "admin.override.ssl.endpoint.identification.algorithm=",
            "tls:admin.override.ssl.endpoint.identification.algorithm",
        ),
        ("ssl.endpoint.identification.algorithm=", "tls:ssl.endpoint.identification.algorithm"),
        ("a.security.protocol=PLAINTEXT\na.ssl.endpoint.identification.algorithm=", "plaintext:a.security.protocol"),
        ("a.security.protocol=${env:P}", ""),
        ("value.converter.schema.registry.url=http://sr", "plaintext:value.converter.schema.registry.url"),
        ("value.converter.schema.registry.url=http://localhost:8081", ""),
        ("key.converter.basic.auth.user.info=u:p", "secret:key.converter.basic.auth.user.info"),
        ("key.converter.basic.auth.user.info=${env:U}:p", "secret:key.converter.basic.auth.user.info"),
        ("key.converter.basic.auth.user.info=u:${env:P}", ""),
        (
            "producer.override.sasl.oauthbearer.token.endpoint.url=http://idp",
            "plaintext:producer.override.sasl.oauthbearer.token.endpoint.url",
        ),
        ("confluent.topic.bootstrap.servers=b:9092\nconfluent.topic.security.protocol=SSL", ""),
        (
            "reporter.bootstrap.servers=b:9092",
            "plaintext:reporter.admin.security.protocol plaintext:reporter.producer.security.protocol",
        ),
        (
            "config.providers=v\nconfig.providers.v.class=a.B\nconfig.providers.v.param.token=abc",
            "secret:config.providers.v.param.token",
        ),
        ("a.password=${NAME}\nb.password=$NAME\nc.password={{x}}\nd.password=[hidden]\ne.password=", ""),
        ("a.password=$ecret{x}:y", "secret:a.password"),
        ("database.password=123456", "secret:database.password"),
    ]);
}

#[test]
fn side_channels_and_weak_names_are_minor() {
    let minor = |text: &str| {
        let report = report(text);
        report
            .plaintext
            .iter()
            .chain(&report.unverified_tls)
            .chain(&report.secrets)
            .map(|reason| reason.minor)
            .collect::<Vec<_>>()
    };
    assert_eq!(minor("key.converter.schema.registry.url=http://sr\nx.url=http://h"), [true, false]);
    assert_eq!(minor("confluent.topic.bootstrap.servers=b:9092"), [true]);
    assert_eq!(minor("a.ssl.truststore.password=p\na.ssl.keystore.password=p"), [false, true]);
    assert_eq!(
        minor("connector.class=io.debezium.connector.mysql.MySqlConnector\ndatabase.ssl.mode=verify_ca"),
        [true]
    );
}

#[test]
fn a_reference_is_neither_a_pass_nor_a_finding() {
    let report = report("connector.class=io.debezium.connector.mysql.MySqlConnector\ndatabase.ssl.mode=${env:MODE}");
    assert_eq!(report.undecided, ["database.ssl.mode"]);
    assert_eq!(summary(&report), "");
}

#[test]
fn the_lines_to_write() {
    let fix = |text: &str| {
        let report = report(text);
        let all = report.plaintext.into_iter().chain(report.unverified_tls).chain(report.secrets);
        all.flat_map(|reason| reason.fix).collect::<Vec<_>>()
    };
    let jdbc =
        |url: &str| fix(&format!("connector.class=io.confluent.connect.jdbc.JdbcSinkConnector\nconnection.url={url}"));
    assert_eq!(
        jdbc("jdbc:aws-wrapper:postgresql://db:5432/app"),
        ["connection.url=jdbc:aws-wrapper:postgresql://db:5432/…?sslmode=verify-full"]
    );
    assert_eq!(
        jdbc("jdbc:sqlserver://db;encrypt=false"),
        ["connection.url=jdbc:sqlserver://db;…;encrypt=true;trustServerCertificate=false"]
    );
    assert_eq!(
        jdbc("jdbc:mysql://u:p@db/a?sslMode=VERIFY_IDENTITY"),
        ["connection.url=jdbc:mysql://${secretManager:NAME:user}:${secretManager:NAME:password}@HOST/…"]
    );
    assert_eq!(fix("x.url=http://h:8080/in?a=b"), ["x.url=https://h:8080"]);
    let provider = "config.providers=sm\nconfig.providers.sm.class=com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider\n";
    assert_eq!(
        fix(&format!("{provider}connection.password=p")),
        ["connection.password=${sm:NAME:connection.password}"]
    );
    assert_eq!(
        fix("connector.class=io.debezium.connector.sqlserver.SqlServerConnector\ndriver.encrypt=false"),
        ["driver.encrypt=true", "driver.trustServerCertificate=false"]
    );
}

#[test]
fn the_worker_is_judged_too() {
    let settings = Settings::from_properties("connector.class=com.example.Sink\nvalue.converter=a.B");
    let worker = Settings::from_properties(
        "key.converter.schema.registry.url=http://sr\nvalue.converter.schema.registry.url=http://sr\nsasl.jaas.config=a.B required password=\"p\";",
    );
    let report = judge(&settings, Some(&worker));
    assert_eq!(summary(&report), "plaintext:key.converter.schema.registry.url secret:sasl.jaas.config");
    assert!(report.plaintext.iter().chain(&report.secrets).all(|reason| reason.place == super::Place::Worker));
}

/// A word that stands in none of our tables, so that finding it in an output means it came from the settings.
fn secret() -> impl Strategy<Value = String> {
    "Zq[a-zA-Z0-9!#%^*()+,.:;<>?/|~ =-]{0,20}[a-zA-Z]{8}"
}

/// Settings as they occur, with a place for a secret.
const PLACES: &[&str] = &[
    "connection.password=%",
    "connection.url=jdbc:mysql://u:%@h/d",
    "connection.url=jdbc:sqlserver://h;password={%}",
    "connection.url=jdbc:oracle:thin:u/%@//h:1/s",
    "connection.url=jdbc:postgresql://h/d?sslmode=disable&password=%",
    "connection.url=jdbc:mysql://(host=h,password=%)/d",
    "connection.url=jdbc:db2://h/d:password=%;",
    "connection.uri=mongodb://u:%@h/?tls=false",
    "mongodb.connection.string=mongodb://u:%@h",
    "redis.uri=redis://:%@h",
    "x.url=http://u:%@h/p",
    "x.url=http://h/%?token=%",
    "headers=Authorization:Bearer %|X-Api-Key:%",
    "http.headers.authorization=%",
    "a.sasl.jaas.config=x required username=\"u\" password=\"%\";",
    "keyfile={\"private_key\":\"%\"}",
    "s3.sse.customer.key=%",
    "iceberg.catalog.s3.sse.key=%",
    "a.basic.auth.user.info=u:%",
    "aws.secret.access.key=%",
    "%=%",
    "s3.proxy.url=https://u:%@proxy",
    "jdbcConnectionProperties=?password=%&sslmode=none",
    "neo4j.uri=bolt://u:%@h",
    "java.naming.provider.url=failover:(tcp://u:%@h)",
    "splunk.hec.token=%",
    "schema.history.internal.jdbc.url=jdbc:mariadb://u:%@h/d",
    "database.url=jdbc:oracle:thin:u/%@h:1:s",
    "config.providers.%.class=%SecretsManager",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_ever_shown(secret in secret(), row in 0..60_usize, places in prop::collection::vec(0..PLACES.len(), 1..6), json in any::<bool>()) {
        let class = super::connectors().nth(row).map_or("com.example.Sink", |row| row.classes[0]);
        let lines = places.iter().map(|place| PLACES[*place].split_once('=').unwrap());
        let mut entries: Vec<(String, String)> = lines.map(|(name, value)| {
            // Names are shown, so a secret in the place of a name is only there to be ignored.
            let name = if name.contains('%') { name.replace('%', "anything") } else { name.to_owned() };
            (name, value.replace('%', &secret))
        }).collect();
        entries.push(("connector.class".to_owned(), class.to_owned()));
        let settings: Settings = if json {
            Settings::from_json(&serde_json::to_value(entries.into_iter().collect::<std::collections::BTreeMap<_, _>>()).unwrap()).unwrap()
        } else {
            entries.into_iter().collect()
        };
        let report = judge(&settings, Some(&settings));
        let printed = format!("{report:?} {report:#?} {settings:?}");
        prop_assert!(!printed.contains(secret.trim()), "{}", printed);
    }

    /// A secret that stands in a second place, where it would be shown.
    #[test]
    fn copies_of_a_secret_are_not_shown_either(secret in "Zq[a-z0-9]{6,20}") {
        let settings: Settings = [
            ("connector.class", format!("{secret}.a.B")),
            ("x.password", secret.clone()),
            ("x.url", format!("http://{secret}:80")),
            ("y.jdbc", format!("jdbc:postgresql://{secret}/d?sslmode=disable")),
        ].map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let report = judge(&settings, None);
        prop_assert_eq!(report.plaintext.len(), 2);
        prop_assert!(!format!("{report:?}").contains(&secret), "{:?}", report);
    }

    #[test]
    fn any_settings_are_judged_without_panic(entries in prop::collection::btree_map("\\PC{0,40}", "\\PC{0,60}", 0..12), class in 0..60_usize, text in "\\PC{0,200}") {
        let class = super::connectors().nth(class).map_or(String::new(), |row| row.classes[0].to_owned());
        let settings: Settings = entries.into_iter().chain([("connector.class".to_owned(), class)]).collect();
        judge(&settings, Some(&Settings::from_properties(&text)));
        let _ = Settings::from_base64_properties(&text);
    }

    #[test]
    fn every_deciding_setting_takes_any_value(row in 0..60_usize, values in prop::collection::vec("[a-z:/@?=&;(){}$,%\\[\\]\\PC]{0,60}", 8)) {
        let Some(row) = super::connectors().nth(row) else { return Ok(()) };
        let names = row.urls.iter().copied().chain(row.switch.iter().chain(row.checks).map(|mode| mode.property)).chain(row.hosts.iter().copied());
        let prefixed = ["jdbc:postgresql://", "jdbc:sqlserver://", "jdbc:oracle:thin:", "jdbc:mysql://(", "mongodb://", "https://", "failover:(", ""];
        let entries = names.zip(values.iter().zip(prefixed)).map(|(name, (value, start))| (name.to_owned(), format!("{start}{value}")));
        let settings: Settings = entries.chain([("connector.class".to_owned(), row.classes[0].to_owned())]).collect();
        judge(&settings, None);
    }
}

/// A value of 200 KB: in quadratic time each of these would take minutes.
#[test]
fn long_values_are_judged_in_linear_time() {
    let long: [String; 8] = [
        "jdbc:mysql://".to_owned() + &"(".repeat(200_000),
        "jdbc:sqlserver://h".to_owned() + &";a={".repeat(50_000),
        "jdbc:oracle:thin:".to_owned() + &"u/p@".repeat(50_000),
        "http://".to_owned() + &"u:p@".repeat(50_000),
        "http://a,".repeat(20_000),
        "x required ".to_owned() + &"password=\"".repeat(20_000),
        "Authorization:|".repeat(14_000),
        "${".repeat(100_000),
    ];
    let start = std::time::Instant::now();
    for value in &long {
        for name in ["connection.url", "x.sasl.jaas.config", "headers", "x.password"] {
            let class = "io.confluent.connect.jdbc.JdbcSinkConnector".to_owned();
            judge(
                &[("connector.class".to_owned(), class), (name.to_owned(), value.clone())].into_iter().collect(),
                None,
            );
        }
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
