//! Checks that apply to every connector, and what a report says.

use super::support::{check, report, summary};
use crate::connector::analyze::analyze;
use crate::connector::report::ConfigSource;
use crate::connector::settings::Settings;

#[test]
fn checks_for_every_connector() {
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
fn side_channels_and_missing_hostname_checks_reduce_the_severity() {
    let reduced = |text: &str| {
        let report = report(text);
        report
            .plaintext
            .iter()
            .chain(&report.unverified_tls)
            .chain(&report.secrets)
            .map(|reason| reason.reduced_severity)
            .collect::<Vec<_>>()
    };
    assert_eq!(reduced("key.converter.schema.registry.url=http://sr\nx.url=http://h"), [true, false]);
    assert_eq!(reduced("confluent.topic.bootstrap.servers=b:9092"), [true]);
    assert_eq!(reduced("a.ssl.truststore.password=p\na.ssl.keystore.password=p"), [false, true]);
    assert_eq!(
        reduced("connector.class=io.debezium.connector.mysql.MySqlConnector\ndatabase.ssl.mode=verify_ca"),
        [true]
    );
}

#[test]
fn a_reference_is_unknown() {
    for (class, setting) in [
        ("io.debezium.connector.mysql.MySqlConnector", "database.ssl.mode"),
        ("com.ibm.eventstreams.connect.mqsource.MQSourceConnector", "mq.ssl.cipher.suite"), // any text is a suite
    ] {
        let report = report(&format!("connector.class={class}\n{setting}=${{env:VALUE}}"));
        assert_eq!(report.unknown_settings, [setting]);
        assert_eq!(summary(&report), "");
    }
}

#[test]
fn fixes() {
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
fn the_worker_is_analyzed_too() {
    let settings = Settings::from_properties("connector.class=com.example.Sink\nvalue.converter=a.B");
    let worker = Settings::from_properties(
        "key.converter.schema.registry.url=http://sr\nvalue.converter.schema.registry.url=http://sr\nsasl.jaas.config=a.B required password=\"p\";",
    );
    let report = analyze(&settings, Some(&worker));
    assert_eq!(summary(&report), "plaintext:key.converter.schema.registry.url secret:sasl.jaas.config");
    assert!(report.plaintext.iter().chain(&report.secrets).all(|reason| reason.source == ConfigSource::Worker));
}
