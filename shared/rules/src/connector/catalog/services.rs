//! Connectors to search engines, HTTP services, log stores, message brokers and other clusters.

use super::row::{CONNECTOR, Connector, Kind, TLS_SETTING, TlsSetting, identification, trust_all, verification};
use crate::connector::report::TlsLevel::{NoHostnameCheck, Plaintext, Unverified, Verified};
use crate::language::Text;

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "Confluent Elasticsearch sink",
        classes: &["io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"],
        source: "confluentinc/kafka-connect-elasticsearch: ElasticsearchClient.java, ConfigCallbackHandler.java",
        urls: &["connection.url"],
        without_scheme: Plaintext,
        checks: &[
            TlsSetting {
                requires: &[("elastic.security.protocol", "SSL")],
                ..identification("elastic.https.ssl.endpoint.identification.algorithm")
            },
            // PLAINTEXT only means that the connector ignores elastic.https.*: the URL decides.
            TlsSetting {
                property: "elastic.security.protocol",
                values: &[("*", Verified)],
                default: "PLAINTEXT",
                recommended: "SSL",
                ..TLS_SETTING
            },
        ],
        ..CONNECTOR
    },
    Connector {
        name: "Aiven OpenSearch sink",
        classes: &["io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector"],
        source: "Aiven-Open/opensearch-connector-for-apache-kafka: OpenSearchSinkConnectorConfig.java, TransportProvider.java",
        urls: &["connection.url"],
        without_scheme: Plaintext,
        checks: &[
            TlsSetting {
                unless: &[("connection.ssl.truststore.location", "*")],
                ..trust_all("connection.trust.all.certificates")
            },
            identification("connection.ssl.endpoint.identification.algorithm"),
        ],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses Elasticsearch sink",
        classes: &[
            "io.lenses.streamreactor.connect.elastic6.ElasticSinkConnector",
            "io.lenses.streamreactor.connect.elastic7.ElasticSinkConnector",
        ],
        source: "lensesio/stream-reactor: ElasticConfigConstants.scala",
        switch: Some(TlsSetting {
            property: "connect.elastic.protocol",
            values: &[("http", Plaintext), ("https", Verified)],
            default: "http",
            recommended: "https",
            ..TLS_SETTING
        }),
        hosts: &["connect.elastic.hosts"],
        ..CONNECTOR
    },
    Connector {
        name: "Aiven HTTP sink",
        classes: &["io.aiven.kafka.connect.http.HttpSinkConnector"],
        source: "Aiven-Open/http-connector-for-apache-kafka: HttpSinkConfig.java",
        urls: &["http.url"],
        checks: &[trust_all("http.ssl.trust.all.certs")],
        secrets: &["http.headers.authorization"],
        ..CONNECTOR
    },
    Connector {
        name: "Confluent HTTP source and sink",
        classes: &["io.confluent.connect.http.*"],
        source: "docs.confluent.io: HTTP Sink Connector, configuration reference",
        urls: &["http.api.url"],
        checks: &[identification("https.ssl.endpoint.identification.algorithm")],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses HTTP sink",
        classes: &["io.lenses.streamreactor.connect.http.sink.HttpSinkConnector"],
        source: "lensesio/stream-reactor: HttpSinkConfigDef.scala, OAuth2Config.scala",
        urls: &["connect.http.endpoint"],
        ..CONNECTOR
    },
    Connector {
        name: "Splunk sink",
        classes: &["com.splunk.kafka.connect.SplunkSinkConnector"],
        source: "splunk/kafka-connect-splunk: SplunkSinkConnectorConfig.java, hecclient/HttpClientBuilder.java",
        urls: &["splunk.hec.uri"],
        checks: &[
            verification("splunk.hec.ssl.validate.certs"),
            TlsSetting {
                property: "kerberos.user.principal",
                values: &[("", Verified), ("*", Unverified)],
                requires: &[("kerberos.keytab.path", "*")],
                recommended: "",
                note: Some(&Text::literal("the Kerberos client ignores splunk.hec.ssl.validate.certs")),
                ..TLS_SETTING
            },
        ],
        ..CONNECTOR
    },
    Connector {
        name: "Confluent InfluxDB sink",
        classes: &["io.confluent.influxdb.*"],
        source: "docs.confluent.io: InfluxDB Sink Connector, configuration reference",
        urls: &["influxdb.url"],
        ..CONNECTOR
    },
    Connector {
        name: "Confluent RabbitMQ source and sink",
        classes: &["io.confluent.connect.rabbitmq.*"],
        source: "docs.confluent.io: RabbitMQ connectors, configuration reference",
        switch: Some(TlsSetting {
            property: "rabbitmq.security.protocol",
            values: &[("PLAINTEXT", Plaintext), ("SSL", NoHostnameCheck)],
            default: "PLAINTEXT",
            recommended: "SSL", // the strongest value: the connector has no hostname verification
            ..TLS_SETTING
        }),
        hosts: &["rabbitmq.host"],
        ..CONNECTOR
    },
    Connector {
        name: "Confluent JMS source and sink",
        classes: &["io.confluent.connect.jms.*"],
        source: "docs.confluent.io: JMS connectors, configuration reference",
        urls: &["java.naming.provider.url"],
        secrets: &["java.naming.security.credentials"],
        ..CONNECTOR
    },
    Connector {
        name: "IBM MQ source and sink",
        classes: &[
            "com.ibm.eventstreams.connect.mqsource.MQSourceConnector",
            "com.ibm.eventstreams.connect.mqsink.MQSinkConnector",
        ],
        source: "ibm-messaging/kafka-connect-mq-source, kafka-connect-mq-sink: README.md",
        switch: Some(TlsSetting {
            property: "mq.ssl.cipher.suite",
            values: &[("", Plaintext), ("*", Verified)],
            recommended: "TLS_AES_256_GCM_SHA384",
            unless: &[("mq.ccdt.url", "*"), ("mq.connection.mode", "bindings")],
            ..TLS_SETTING
        }),
        hosts: &["mq.connection.name.list"],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses MQTT source and sink",
        classes: &["io.lenses.streamreactor.connect.mqtt.*"],
        source: "lensesio/stream-reactor: MqttConfigConstants.scala",
        urls: &["connect.mqtt.hosts"],
        ..CONNECTOR
    },
    Connector {
        name: "Lenses FTP source",
        classes: &["io.lenses.streamreactor.connect.ftp.source.FtpSourceConnector"],
        source: "lensesio/stream-reactor: FtpSourceConfig.scala",
        switch: Some(TlsSetting {
            property: "connect.ftp.protocol",
            values: &[("ftp", Plaintext), ("ftps", Verified), ("sftp", Verified)],
            default: "ftp",
            recommended: "sftp",
            ..TLS_SETTING
        }),
        hosts: &["connect.ftp.address"],
        ..CONNECTOR
    },
    Connector {
        name: "MirrorMaker 2 source and checkpoints",
        classes: &[
            "org.apache.kafka.connect.mirror.MirrorSourceConnector",
            "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
        ],
        source: "apache/kafka: connect/mirror, MirrorConnectorConfig.java",
        kind: Kind::Mirror { source: true },
        ..CONNECTOR
    },
    Connector {
        name: "MirrorMaker 2 heartbeats",
        classes: &["org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"],
        source: "apache/kafka: connect/mirror, MirrorHeartbeatConnector.java; it connects only to the target cluster",
        kind: Kind::Mirror { source: false },
        ..CONNECTOR
    },
    Connector {
        name: "Salesforce sources and sinks",
        classes: &["io.confluent.salesforce.*", "io.confluent.connect.salesforce.*"],
        source: "docs.confluent.io: Salesforce connectors, configuration reference",
        urls: &["salesforce.instance"],
        ..CONNECTOR
    },
    Connector {
        name: "Apache Camel connectors to AWS",
        classes: &["org.apache.camel.kafkaconnector.aws*"],
        source: "apache/camel-kafka-connector: camel-kafka-connector-catalog",
        secrets: &["*.accessKey"],
        ..CONNECTOR
    },
    Connector {
        name: "Apache Camel connectors (only secrets)",
        classes: &["org.apache.camel.kafkaconnector.*"],
        source: "apache/camel-kafka-connector: camel-kafka-connector-catalog; one connector for each of hundreds of protocols",
        secrets: &["*.accessKey"],
        secrets_only: true,
        ..CONNECTOR
    },
];
