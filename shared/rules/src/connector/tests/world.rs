//! Whole configurations as people write them, and what is wrong with each.

use super::support::{full_summary, report};

#[test]
fn whole_configurations() {
    let mut wrong = Vec::new();
    for (settings, expected) in CONFIGURATIONS {
        let found = full_summary(&report(settings));
        if found != *expected {
            wrong.push(format!("expected `{expected}`\n   found `{found}`\n{settings}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const CONFIGURATIONS: &[(&str, &str)] = &[
    // Kafka clients
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=verify-full
producer.override.security.protocol=SASL_SSL
producer.override.sasl.mechanism=SCRAM-SHA-512
producer.override.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"cdc\" password=\"tulip-41\";",
        "secret:producer.override.sasl.jaas.config",
    ),
    (
        "connector.class=io.confluent.connect.s3.S3SinkConnector
s3.ssea.name=aws:kms
s3.sse.kms.key.id=alias/lake
consumer.override.security.protocol=SASL_PLAINTEXT
errors.deadletterqueue.topic.name=orders-dlq
errors.deadletterqueue.context.headers.enable=true",
        "plaintext:consumer.override.security.protocol",
    ),
    (
        "connector.class=io.confluent.connect.s3.S3SinkConnector
s3.ssea.name=aws:kms
s3.sse.kms.key.id=alias/lake
consumer.override.security.protocol=${env:PROTOCOL}
consumer.override.ssl.endpoint.identification.algorithm=${env:ALGORITHM}",
        "unknown:consumer.override.security.protocol check:consumer.override.ssl.endpoint.identification.algorithm",
    ),
    (
        "connector.class=io.confluent.connect.s3.S3SinkConnector
s3.ssea.name=aws:kms
s3.sse.kms.key.id=alias/lake
consumer.override.security.protocol=SSL
consumer.override.ssl.engine.factory.class=org.acme.kafka.TrustEverything
consumer.override.ssl.trustmanager.algorithm=PKIX",
        "check:consumer.override.ssl.engine.factory.class",
    ),
    (
        "connector.class=io.confluent.connect.s3.S3SinkConnector
s3.ssea.name=aws:kms
s3.sse.kms.key.id=alias/lake
consumer.override.security.protocol=SSL
consumer.override.ssl.engine.factory.class=org.apache.kafka.common.security.ssl.DefaultSslEngineFactory
consumer.override.ssl.keystore.type=PEM
consumer.override.ssl.keystore.key=-----BEGIN ENCRYPTED PRIVATE KEY----- MIIFHDBO -----END ENCRYPTED PRIVATE KEY-----
consumer.override.ssl.keystore.certificate.chain=-----BEGIN CERTIFICATE----- MIIDdz -----END CERTIFICATE-----
consumer.override.ssl.truststore.certificates=-----BEGIN CERTIFICATE----- MIIDdz -----END CERTIFICATE-----",
        "secret:consumer.override.ssl.keystore.key",
    ),
    (
        "connector.class=org.apache.kafka.connect.mirror.MirrorSourceConnector
source.cluster.alias=old
target.cluster.alias=new
source.cluster.bootstrap.servers=old.example.com:9093
target.cluster.bootstrap.servers=new.example.com:9098
source.cluster.security.protocol=SSL
source.cluster.ssl.endpoint.identification.algorithm=
target.cluster.security.protocol=SASL_SSL
target.cluster.sasl.mechanism=AWS_MSK_IAM
target.cluster.sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;",
        "tls:source.cluster.ssl.endpoint.identification.algorithm",
    ),
    (
        "connector.class=org.apache.kafka.connect.mirror.MirrorHeartbeatConnector
source.cluster.bootstrap.servers=old.example.com:9092
target.cluster.bootstrap.servers=new.example.com:9092
target.cluster.security.protocol=SSL
target.cluster.ssl.truststore.password=changeit",
        "secret:target.cluster.ssl.truststore.password",
    ),
    (
        "connector.class=org.apache.kafka.connect.mirror.MirrorCheckpointConnector
source.cluster.bootstrap.servers=old.example.com:9092
target.cluster.bootstrap.servers=new.example.com:9098
target.cluster.security.protocol=SSL",
        "plaintext:source.cluster.security.protocol",
    ),
    // schema registries and converters
    (
        "connector.class=com.snowflake.kafka.connector.SnowflakeSinkConnector
snowflake.url.name=acme.eu-west-1.snowflakecomputing.com:443
snowflake.private.key=${secretManager:snowflake:key}
value.converter=io.confluent.connect.avro.AvroConverter
value.converter.schema.registry.url=https://sr.example.com
value.converter.basic.auth.credentials.source=USER_INFO
value.converter.basic.auth.user.info=reader:tulip-41",
        "secret:value.converter.basic.auth.user.info",
    ),
    (
        "connector.class=com.snowflake.kafka.connector.SnowflakeSinkConnector
snowflake.url.name=http://acme.snowflakecomputing.com
snowflake.private.key=MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
snowflake.private.key.passphrase=${secretManager:snowflake:passphrase}
value.converter.schema.registry.url=http://sr-1.example.com:8081,http://sr-2.example.com:8081",
        "plaintext:snowflake.url.name plaintext:value.converter.schema.registry.url secret:snowflake.private.key",
    ),
    (
        "connector.class=com.snowflake.kafka.connector.SnowflakeSinkConnector
snowflake.url.name=https://acme.snowflakecomputing.com:443
snowflake.oauth.client.secret=tulip-41
snowflake.oauth.refresh.token=tulip-42
value.converter.bearer.auth.token=tulip-43
value.converter.schema.registry.ssl.key.password=tulip-44",
        "secret:snowflake.oauth.client.secret secret:snowflake.oauth.refresh.token secret:value.converter.bearer.auth.token secret:value.converter.schema.registry.ssl.key.password",
    ),
    (
        "connector.class=com.snowflake.kafka.connector.SnowflakeSinkConnector
snowflake.url.name=acme.snowflakecomputing.com
value.converter=com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter
value.converter.endpoint=http://glue.example.com
value.converter.region=eu-west-1",
        "plaintext:value.converter.endpoint",
    ),
    // Debezium
    (
        "connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
database.password=${ssm::/cdc/password}
schema.history.internal.kafka.bootstrap.servers=b-1.example.com:9098
schema.history.internal.producer.security.protocol=SASL_SSL
schema.history.internal.consumer.security.protocol=SASL_SSL
schema.history.internal.producer.sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;",
        "",
    ),
    (
        "connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
schema.history.internal.kafka.bootstrap.servers=b-1.example.com:9098
schema.history.internal.producer.security.protocol=SASL_SSL",
        "plaintext:schema.history.internal.consumer.security.protocol",
    ),
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=require
database.sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory",
        "tls:database.sslmode",
    ),
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=verify-full
database.sslfactory=org.postgresql.ssl.NonValidatingFactory",
        "tls:database.sslfactory",
    ),
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=verify-full
driver.sslhostnameverifier=org.acme.tls.AnyName",
        "check:driver.sslhostnameverifier",
    ),
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=disable
database.sslfactory=org.acme.tls.Sockets",
        "plaintext:database.sslmode",
    ),
    (
        "connector.class=io.debezium.connector.postgresql.PostgresConnector
database.hostname=pg.example.com
database.sslmode=verify-full
database.sslfactory=${env:FACTORY}",
        "check:database.sslfactory",
    ),
    (
        "connector.class=io.debezium.connector.sqlserver.SqlServerConnector
database.hostname=ms.example.com
driver.encrypt=true
driver.trustServerCertificate=${env:TRUST}",
        "check:driver.trustServerCertificate",
    ),
    (
        "connector.class=io.debezium.connector.sqlserver.SqlServerConnector
database.hostname=ms.example.com
driver.trustManagerClass=org.acme.tls.Permissive
driver.trustStorePassword=changeit",
        "secret:driver.trustStorePassword check:driver.trustManagerClass",
    ),
    (
        "connector.class=io.debezium.connector.oracle.OracleConnector
database.url=jdbc:oracle:thin:@tcps://ora.example.com:2484/orcl?ssl_server_dn_match=yes
database.user=c##dbz
database.password=tulip-41
log.mining.strategy=online_catalog",
        "secret:database.password",
    ),
    (
        "connector.class=io.debezium.connector.mongodb.MongoDbConnector
mongodb.connection.string=mongodb://mdb.example.com/?replicaSet=rs0&tlsInsecure=true
mongodb.ssl.enabled=true",
        "tls:mongodb.connection.string",
    ),
    (
        "connector.class=io.debezium.connector.mongodb.MongoDbConnector
mongodb.connection.string=mongodb+srv://${secretManager:mdb:user}:${secretManager:mdb:password}@mdb.example.com/",
        "",
    ),
    (
        "connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms=unwrap,mask
transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState
transforms.unwrap.delete.tombstone.handling.mode=drop
transforms.mask.type=org.apache.kafka.connect.transforms.MaskField$Value
transforms.mask.fields=password,token
transforms.mask.replacement=http://hidden
message.key.columns=shop.users:password
column.mask.hash.SHA-256.with.salt.tulip41=shop.users.password",
        "",
    ),
    // transforms and predicates
    (
        "connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms=auth,drop
transforms.auth.type=org.apache.kafka.connect.transforms.InsertHeader
transforms.auth.header=Authorization
transforms.auth.value.literal=Bearer tulip-41-tulip
transforms.drop.type=org.apache.kafka.connect.transforms.DropHeaders
transforms.drop.headers=password,token,x-api-key
predicates=isToken
predicates.isToken.type=org.apache.kafka.connect.transforms.predicates.HasHeaderKey
predicates.isToken.name=token",
        "secret:transforms.auth.value.literal",
    ),
    (
        r#"connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms.seal.cipher_data_keys=[{"identifier":"k","material":{"primaryKeyId":1,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.AesGcmKey","value":"GiB0dWxpcDQxdHVsaXA0MXR1bGlwNDE=","keyMaterialType":"SYMMETRIC"},"status":"ENABLED"}]}}]
transforms.seal.field_config=[{"name":"password"},{"name":"token"}]"#,
        "secret:transforms.seal.cipher_data_keys",
    ),
    (
        r#"connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms.seal.cipher_data_keys=${secretManager:seal:keys}
transforms.seal.kms_config={"clientId":"5e6f","tenantId":"7a8b","clientSecret":"tulip~41.tulip","keyVaultUrl":"https://vault.example.com"}"#,
        "secret:transforms.seal.kms_config",
    ),
    (
        r#"connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms.geo.config={"services":[{"url":"http://geo.example.com"},{"url":"https://r:tulip-41@geo.example.com"}]}
transforms.geo.doc={"$schema":"http://json-schema.org/draft-07/schema#","namespace":"http://acme.example/ns"}"#,
        "plaintext:transforms.geo.config secret:transforms.geo.config",
    ),
    (
        r#"connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=my.example.com
database.ssl.mode=verify_identity
transforms.x.vault=["{\\"login\\": {\\"passphrase\\": \\"tulip-41\\"}}"]
predicates.p.redis.uri=rediss://:tulip-42@cache.example.com:6379
predicates.p.etcd.endpoint=http://etcd.example.com:2379"#,
        "plaintext:predicates.p.etcd.endpoint secret:predicates.p.redis.uri secret:transforms.x.vault",
    ),
    // JDBC
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
connection.url=jdbc:sybase:Tds:syb.example.com:5000/shop?ENCRYPT_PASSWORD=true
connection.password=${secretManager:syb:password}",
        "unknown:connection.url",
    ),
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
connection.url=jdbc:mariadb://ma.example.com/shop?useSsl=true&disableSslHostnameVerification=${env:CHECK}
connection.password=${secretManager:ma:password}",
        "check:connection.url",
    ),
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
connection.url=jdbc:mysql://my.example.com/shop?sslMode=VERIFY_IDENTITY&password=tulip-41&trustCertificateKeyStorePassword=tulip-42",
        "secret:connection.url",
    ),
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
connection.url=jdbc:postgresql://pg.example.com/shop?sslmode=disable&socketFactory=com.google.cloud.sql.postgres.SocketFactory&cloudSqlInstance=a:b:c",
        "",
    ),
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
connection.url=jdbc:postgresql://pg.example.com/shop?sslmode=disable&socketFactory=org.acme.Tunnel",
        "unknown:connection.url",
    ),
    (
        "connector.class=io.aiven.connect.jdbc.JdbcSinkConnector
connection.url=jdbc:redshift://wh.example.com:5439/dev?sslmode=verify-full&sslfactory=com.amazon.redshift.ssl.NonValidatingFactory",
        "tls:connection.url",
    ),
    (
        "connector.class=io.confluent.connect.jdbc.JdbcSourceConnector
connection.url=jdbc:derby:/data/shop;create=true
connection.password=",
        "",
    ),
    // search, HTTP, logs
    (
        "connector.class=io.confluent.connect.elasticsearch.ElasticsearchSinkConnector
connection.url=https://es-1.example.com:9200,http://es-2.example.com:9200
connection.username=writer
connection.password=${vault:kv/es:password}
elastic.security.protocol=${env:P}
elastic.https.ssl.endpoint.identification.algorithm=",
        "plaintext:connection.url check:elastic.security.protocol",
    ),
    (
        "connector.class=io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector
connection.url=https://vpc-logs.eu-west-1.es.amazonaws.com
connection.username=writer
connection.password=tulip-41",
        "secret:connection.password",
    ),
    (
        "connector.class=com.splunk.kafka.connect.SplunkSinkConnector
splunk.hec.uri=https://hec-1.example.com:8088,https://hec-2.example.com:8088
splunk.hec.token=${secretManager:splunk:token}
splunk.hec.ssl.validate.certs=${env:VALIDATE}",
        "check:splunk.hec.ssl.validate.certs",
    ),
    (
        "connector.class=io.confluent.connect.http.HttpSinkConnector
http.api.url=https://api.example.com/${topic}
headers=Content-Type:application/json|Authorization:Bearer tulip41tulip41
auth.type=oauth2
oauth2.token.url=http://idp.example.com/token
oauth2.client.id=shop
oauth2.client.secret=${secretManager:idp:secret}",
        "plaintext:oauth2.token.url secret:headers",
    ),
    (
        "connector.class=io.aiven.kafka.connect.http.HttpSinkConnector
http.url=https://hooks.example.com/in?access_token=tulip41tulip
http.authorization.type=static
http.headers.authorization=Basic ${secretManager:hook:basic}",
        "secret:http.url",
    ),
    (
        "connector.class=io.lenses.streamreactor.connect.http.sink.HttpSinkConnector
connect.http.endpoint=http://api.example.com/{{topic}}
connect.http.authentication.type=basic
connect.http.authentication.basic.username=shop
connect.http.authentication.basic.password=tulip-41
connect.http.request.headers=\"Content-Type\",\"application/json\",\"X-Api-Key\",\"tulip41tulip\"",
        "plaintext:connect.http.endpoint secret:connect.http.authentication.basic.password secret:connect.http.request.headers",
    ),
    // object stores
    (
        "connector.class=io.confluent.connect.s3.S3SinkConnector
s3.bucket.name=lake
s3.ssea.name=aws:kms
aws.access.key.id=AKIAIOSFODNN7EXAMPLE
aws.secret.access.key=wJalrXUtnFEMItulip41bPxRfiCYEXAMPLEKEY",
        "secret:aws.secret.access.key output",
    ),
    (
        "connector.class=io.lenses.streamreactor.connect.aws.s3.sink.S3SinkConnector
connect.s3.aws.auth.mode=Credentials
connect.s3.aws.access.key=${secretManager:s3:key}
connect.s3.aws.secret.key=tulip41tulip41
connect.s3.custom.endpoint=http://minio.example.com:9000",
        "plaintext:connect.s3.custom.endpoint secret:connect.s3.aws.secret.key output",
    ),
    (
        "connector.class=org.apache.iceberg.connect.IcebergSinkConnector
iceberg.catalog.type=rest
iceberg.catalog.uri=https://catalog.example.com
iceberg.catalog.credential=id:tulip-41
iceberg.catalog.s3.sse.type=kms
iceberg.catalog.s3.sse.key=alias/lake
iceberg.catalog.rest.signing-name=glue",
        "secret:iceberg.catalog.credential",
    ),
    (
        "connector.class=org.apache.camel.kafkaconnector.awss3sink.CamelAwss3sinkSinkConnector
camel.kamelet.aws-s3-sink.bucketNameOrArn=lake
camel.kamelet.aws-s3-sink.accessKey=tulip-41
camel.kamelet.aws-s3-sink.secretKey=tulip-42
camel.kamelet.aws-s3-sink.overrideEndpoint=true
camel.kamelet.aws-s3-sink.uriEndpointOverride=http://minio.example.com",
        "plaintext:camel.kamelet.aws-s3-sink.uriEndpointOverride secret:camel.kamelet.aws-s3-sink.accessKey secret:camel.kamelet.aws-s3-sink.secretKey output",
    ),
    (
        "connector.class=org.apache.camel.kafkaconnector.http.CamelHttpSinkConnector
camel.sink.url=https://api.example.com/in?authPassword=RAW(tulip-41)&x509HostnameVerifier=#noop",
        "secret:camel.sink.url",
    ),
    // databases, caches and queues
    (
        "connector.class=com.mongodb.kafka.connect.MongoSinkConnector
connection.uri=mongodb+srv://writer:tulip-41@mdb.example.com/?tlsAllowInvalidHostnames=true",
        "tls:connection.uri secret:connection.uri",
    ),
    (
        "connector.class=com.mongodb.kafka.connect.MongoSourceConnector
connection.uri=mongodb://mdb-1.example.com:27017,mdb-2.example.com:27017/?tls=true&tlsAllowInvalidCertificates=true",
        "tls:connection.uri",
    ),
    (
        "connector.class=com.redis.kafka.connect.RedisSinkConnector
redis.uri=rediss://cache.example.com:6379
redis.password=tulip-41
redis.tls=${env:TLS}
redis.insecure=true",
        "secret:redis.password check:redis.tls",
    ),
    (
        "connector.class=org.neo4j.connectors.kafka.sink.Neo4jConnector
neo4j.uri=neo4j+ssc://graph.example.com
neo4j.authentication.type=BASIC
neo4j.authentication.basic.password=tulip-41",
        "tls:neo4j.uri secret:neo4j.authentication.basic.password",
    ),
    (
        "connector.class=com.couchbase.connect.kafka.CouchbaseSourceConnector
couchbase.seed.nodes=cb.example.com
couchbase.enable.tls=true
couchbase.enable.hostname.verification=false
couchbase.password=${file:/opt/secrets.properties:couchbase}",
        "tls:couchbase.enable.hostname.verification",
    ),
    (
        "connector.class=com.clickhouse.kafka.connect.ClickHouseSinkConnector
hostname=ch.example.com
ssl=true
password=tulip-41
jdbcConnectionProperties=?sslmode=strict&socket_timeout=10",
        "secret:password",
    ),
    (
        "connector.class=com.ibm.eventstreams.connect.mqsource.MQSourceConnector
mq.connection.name.list=mq.example.com(1414)
mq.queue.manager=QM1
mq.ssl.cipher.suite=TLS_AES_256_GCM_SHA384
mq.password=tulip-41
mq.ssl.keystore.password=tulip-42",
        "secret:mq.password secret:mq.ssl.keystore.password",
    ),
    (
        "connector.class=io.confluent.connect.jms.JmsSourceConnector
java.naming.provider.url=failover:(ssl://mq-1.example.com:61617?socket.verifyHostName=false,ssl://mq-2.example.com:61617)
java.naming.security.credentials=${secretManager:jms:password}",
        "tls:java.naming.provider.url",
    ),
    (
        "connector.class=com.wepay.kafka.connect.bigquery.BigQuerySinkConnector
keySource=JSON
keyfile={\"type\":\"service_account\",\"private_key_id\":\"9f8e\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nMIIEtulip\\n-----END PRIVATE KEY-----\\n\",\"token_uri\":\"https://oauth2.googleapis.com/token\"}",
        "secret:keyfile",
    ),
    (
        "connector.class=com.wepay.kafka.connect.bigquery.BigQuerySinkConnector
keySource=JSON
keyfile=${secretManager:bigquery:key}",
        "",
    ),
    (
        "connector.class=software.amazon.event.kafkaconnector.EventBridgeSinkConnector
aws.eventbridge.region=eu-west-1
aws.eventbridge.eventbus.arn=arn:aws:events:eu-west-1:111122223333:event-bus/orders
aws.eventbridge.detail.types=kafka-${topic}",
        "",
    ),
    // config providers
    (
        "connector.class=com.example.OwnSink
config.providers=vault,env
config.providers.vault.class=io.lenses.connect.secrets.providers.VaultSecretProvider
config.providers.vault.param.vault.addr=http://vault.example.com:8200
config.providers.vault.param.vault.token=tulip-41
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
own.password=${vault:kv/own:password}",
        "plaintext:config.providers.vault.param.vault.addr secret:config.providers.vault.param.vault.token",
    ),
    (
        "connector.class=com.example.OwnSink
own.accounts=[{\"name\": \"a\", \"password\": \"${vault:kv/own:a}\"}, {\"name\": \"b\", \"password\": 4142434445}]",
        "secret:own.accounts",
    ),
    (
        "connector.class=com.example.OwnSink
own.map={\"password\": \"${vault:kv/own:a}\", \"token\": \"{{ token }}\", \"secretName\": \"own\", \"maxToken\": 5}",
        "",
    ),
    (
        "connector.class=com.example.OwnSink
own.hostname.verifier=org.apache.http.conn.ssl.NoopHostnameVerifier
own.ssl.socket.factory=com.example.tls.Factory",
        "tls:own.hostname.verifier check:own.ssl.socket.factory",
    ),
    (
        "connector.class=com.example.OwnSink
alert.webhook=https://hooks.slack.com/services/T0000/B0000/tulip41tulip
lake.address=https://acme.blob.core.windows.net/lake?sv=2024-11-04&sig=tulip41%3D
code.host=https://glpat-0a1b2c3d4e5f6a7b8c@gitlab.example.com/shop.git
code.auth=ghp_0a1b2c3d4e5f6a7b8c9d0e1f
bus.connection.string=Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=tulip41tulip",
        "secret:alert.webhook secret:bus.connection.string secret:code.auth secret:code.host secret:lake.address",
    ),
    (
        "connector.class=com.example.OwnSink
own.key=-----BEGIN PGP PRIVATE KEY BLOCK----- x -----END PGP PRIVATE KEY BLOCK-----
own.cert=-----BEGIN CERTIFICATE----- x -----END CERTIFICATE-----
own.kms.encryption.key=alias/orders
own.schema={\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"$ref\": \"http://schemas.example.com/x\"}",
        "secret:own.key",
    ),
    // addresses that say nothing about TLS
    (
        "connector.class=org.apache.iceberg.connect.IcebergSinkConnector
iceberg.catalog.type=hive
iceberg.catalog.uri=thrift://metastore.example.com:9083
iceberg.catalog.warehouse=s3://lake/orders
iceberg.catalog.s3.sse.type=kms
iceberg.catalog.s3.sse.key=alias/lake",
        "unknown:iceberg.catalog.uri",
    ),
    (
        "connector.class=io.confluent.connect.jms.JmsSinkConnector
java.naming.provider.url=jnp://jboss.example.com:1099",
        "unknown:java.naming.provider.url",
    ),
    (
        "connector.class=io.lenses.streamreactor.connect.mqtt.source.MqttSourceConnector
connect.mqtt.hosts=broker.example.com:1883",
        "unknown:connect.mqtt.hosts",
    ),
    (
        "connector.class=io.lenses.streamreactor.connect.mqtt.source.MqttSourceConnector
connect.mqtt.hosts=localhost:1883",
        "",
    ),
    (
        "connector.class=com.example.OwnSink
own.url=https://ops:tul%40ip%2F41@api.example.com
own.copy=http://tul@ip/41.example.com",
        "plaintext:own.copy secret:own.url",
    ),
    // a token in place of the class
    ("connector.class=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0dWxpcCJ9.dHVsaXA0MXR1bGlwNDE", ""),
];

#[test]
fn only_a_class_is_shown_as_a_class() {
    let class = |name: &str| report(&format!("connector.class={name}")).class;
    assert_eq!(class("com.example.shop.Sink$Main"), Some("com.example.shop.Sink$Main".to_owned()));
    for name in ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0dWxpcCJ9.dHVsaXA0MXR1bGlwNDE", "Sink", "a.b.c", "a b.c.D"] {
        assert_eq!(class(name), None, "{name}");
    }
}

/// Camel has a connector for each of hundreds of protocols: that no setting shows plaintext says nothing.
#[test]
fn most_camel_connectors_are_not_known() {
    let known =
        |class: &str| report(&format!("connector.class=org.apache.camel.kafkaconnector.{class}")).connector.is_some();
    assert!(known("awssqssource.CamelAwssqssourceSourceConnector"));
    assert!(!known("ftpsink.CamelFtpsinkSinkConnector"));
}
