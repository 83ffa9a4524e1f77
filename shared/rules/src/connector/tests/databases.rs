//! Databases and caches without JDBC.

use super::support::check_lines;

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
