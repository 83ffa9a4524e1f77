//! Search engines, HTTP services, logs, message brokers and other clusters.

use super::support::check_lines;

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
