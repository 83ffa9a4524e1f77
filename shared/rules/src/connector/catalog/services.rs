//! Connectors to search engines, HTTP services, log stores, message brokers and other clusters.

use super::{Connector, Kind, MODE, Mode, NONE, identification, trust_all, verification};
use crate::connector::grade::Grade::{Fine, NameUnchecked, Plaintext, Unverified};

pub(super) static ROWS: &[Connector] = &[
    Connector {
        name: "Confluent Elasticsearch sink",
        classes: &["io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"],
        source: "confluentinc/kafka-connect-elasticsearch: ElasticsearchClient.java, ConfigCallbackHandler.java",
        urls: &["connection.url"],
        bare: Plaintext,
        checks: &[
            Mode {
                only: &[("elastic.security.protocol", "SSL")],
                ..identification("elastic.https.ssl.endpoint.identification.algorithm")
            },
            // PLAINTEXT here only means that elastic.https.* is not read: the URL decides.
            Mode {
                property: "elastic.security.protocol",
                values: &[("*", Fine)],
                default: "PLAINTEXT",
                better: "SSL",
                ..MODE
            },
        ],
        ..NONE
    },
    Connector {
        name: "Aiven OpenSearch sink",
        classes: &["io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector"],
        source: "Aiven-Open/opensearch-connector-for-apache-kafka: OpenSearchSinkConnectorConfig.java, TransportProvider.java",
        urls: &["connection.url"],
        bare: Plaintext,
        checks: &[
            Mode {
                unless: &[("connection.ssl.truststore.location", "*")],
                ..trust_all("connection.trust.all.certificates")
            },
            identification("connection.ssl.endpoint.identification.algorithm"),
        ],
        ..NONE
    },
    Connector {
        name: "Lenses Elasticsearch sink",
        classes: &[
            "io.lenses.streamreactor.connect.elastic6.ElasticSinkConnector",
            "io.lenses.streamreactor.connect.elastic7.ElasticSinkConnector",
        ],
        source: "lensesio/stream-reactor: ElasticConfigConstants.scala",
        switch: Some(Mode {
            property: "connect.elastic.protocol",
            values: &[("http", Plaintext), ("https", Fine)],
            default: "http",
            better: "https",
            ..MODE
        }),
        hosts: &["connect.elastic.hosts"],
        ..NONE
    },
    Connector {
        name: "Aiven HTTP sink",
        classes: &["io.aiven.kafka.connect.http.HttpSinkConnector"],
        source: "Aiven-Open/http-connector-for-apache-kafka: HttpSinkConfig.java",
        urls: &["http.url"],
        checks: &[trust_all("http.ssl.trust.all.certs")],
        secrets: &["http.headers.authorization"],
        ..NONE
    },
    Connector {
        name: "Confluent HTTP source and sink",
        classes: &["io.confluent.connect.http.*"],
        source: "docs.confluent.io: HTTP Sink Connector, configuration reference",
        urls: &["http.api.url"],
        checks: &[identification("https.ssl.endpoint.identification.algorithm")],
        ..NONE
    },
    Connector {
        name: "Lenses HTTP sink",
        classes: &["io.lenses.streamreactor.connect.http.sink.HttpSinkConnector"],
        source: "lensesio/stream-reactor: HttpSinkConfigDef.scala, OAuth2Config.scala",
        urls: &["connect.http.endpoint"],
        ..NONE
    },
    Connector {
        name: "Splunk sink",
        classes: &["com.splunk.kafka.connect.SplunkSinkConnector"],
        source: "splunk/kafka-connect-splunk: SplunkSinkConnectorConfig.java, hecclient/HttpClientBuilder.java",
        urls: &["splunk.hec.uri"],
        checks: &[
            verification("splunk.hec.ssl.validate.certs"),
            Mode {
                property: "kerberos.user.principal",
                values: &[("", Fine), ("*", Unverified)],
                only: &[("kerberos.keytab.path", "*")],
                better: "",
                note: "the Kerberos client trusts every certificate whatever splunk.hec.ssl.validate.certs says: ",
                ..MODE
            },
        ],
        ..NONE
    },
    Connector {
        name: "Confluent InfluxDB sink",
        classes: &["io.confluent.influxdb.*"],
        source: "docs.confluent.io: InfluxDB Sink Connector, configuration reference",
        urls: &["influxdb.url"],
        ..NONE
    },
    Connector {
        name: "Confluent RabbitMQ source and sink",
        classes: &["io.confluent.connect.rabbitmq.*"],
        source: "docs.confluent.io: RabbitMQ connectors, configuration reference",
        switch: Some(Mode {
            property: "rabbitmq.security.protocol",
            values: &[("PLAINTEXT", Plaintext), ("SSL", NameUnchecked)],
            default: "PLAINTEXT",
            better: "SSL", // the best there is: the connector knows no host name check
            ..MODE
        }),
        hosts: &["rabbitmq.host"],
        ..NONE
    },
    Connector {
        name: "Confluent JMS source and sink",
        classes: &["io.confluent.connect.jms.*"],
        source: "docs.confluent.io: JMS connectors, configuration reference",
        urls: &["java.naming.provider.url"],
        secrets: &["java.naming.security.credentials"],
        ..NONE
    },
    Connector {
        name: "IBM MQ source and sink",
        classes: &[
            "com.ibm.eventstreams.connect.mqsource.MQSourceConnector",
            "com.ibm.eventstreams.connect.mqsink.MQSinkConnector",
        ],
        source: "ibm-messaging/kafka-connect-mq-source, kafka-connect-mq-sink: README.md",
        switch: Some(Mode {
            property: "mq.ssl.cipher.suite",
            values: &[("", Plaintext), ("*", Fine)],
            better: "TLS_AES_256_GCM_SHA384",
            unless: &[("mq.ccdt.url", "*"), ("mq.connection.mode", "bindings")],
            ..MODE
        }),
        hosts: &["mq.connection.name.list"],
        ..NONE
    },
    Connector {
        name: "Lenses MQTT source and sink",
        classes: &["io.lenses.streamreactor.connect.mqtt.*"],
        source: "lensesio/stream-reactor: MqttConfigConstants.scala",
        urls: &["connect.mqtt.hosts"],
        ..NONE
    },
    Connector {
        name: "Lenses FTP source",
        classes: &["io.lenses.streamreactor.connect.ftp.source.FtpSourceConnector"],
        source: "lensesio/stream-reactor: FtpSourceConfig.scala",
        switch: Some(Mode {
            property: "connect.ftp.protocol",
            values: &[("ftp", Plaintext), ("ftps", Fine), ("sftp", Fine)],
            default: "ftp",
            better: "sftp",
            ..MODE
        }),
        hosts: &["connect.ftp.address"],
        ..NONE
    },
    Connector {
        name: "MirrorMaker 2 source and checkpoints",
        classes: &[
            "org.apache.kafka.connect.mirror.MirrorSourceConnector",
            "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
        ],
        source: "apache/kafka: connect/mirror, MirrorConnectorConfig.java",
        kind: Kind::Mirror { source: true },
        ..NONE
    },
    Connector {
        name: "MirrorMaker 2 heartbeats",
        classes: &["org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"],
        source: "apache/kafka: connect/mirror, MirrorHeartbeatConnector.java; it talks to the target cluster only",
        kind: Kind::Mirror { source: false },
        ..NONE
    },
    Connector {
        name: "Salesforce sources and sinks",
        classes: &["io.confluent.salesforce.*", "io.confluent.connect.salesforce.*"],
        source: "docs.confluent.io: Salesforce connectors, configuration reference",
        urls: &["salesforce.instance"],
        ..NONE
    },
    Connector {
        name: "Apache Camel connectors",
        classes: &["org.apache.camel.kafkaconnector.*"],
        source: "apache/camel-kafka-connector: camel-kafka-connector-catalog",
        secrets: &["*.accessKey"],
        ..NONE
    },
];
