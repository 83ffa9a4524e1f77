//! Kafka clients that a connector creates in addition to the worker's.
//!
//! Such a client inherits nothing from the worker: without `security.protocol` it uses PLAINTEXT
//! (apache/kafka, `CommonClientConfigs.java`). The general checks cover the settings that are present; the checks here
//! also cover the missing ones.

use super::analyzer::Analyzer;
use super::catalog::Connector;
use super::report::{Origin, TlsLevel, display_value};
use super::settings::Value;
use super::{remedy, url};

pub(super) const PROTOCOL: &str = "security.protocol";
pub(super) const IDENTIFICATION: &str = "ssl.endpoint.identification.algorithm";

/// Classifies a security protocol, ignoring case. `None` for an unknown one.
pub(super) fn classify_protocol(text: &str) -> Option<(&'static str, TlsLevel)> {
    const PROTOCOLS: &[(&str, TlsLevel)] = &[
        ("PLAINTEXT", TlsLevel::Plaintext),
        ("SASL_PLAINTEXT", TlsLevel::Plaintext),
        ("SSL", TlsLevel::Verified),
        ("SASL_SSL", TlsLevel::Verified),
    ];
    PROTOCOLS.iter().copied().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()))
}

/// Classifies `ssl.endpoint.identification.algorithm`: only a blank value disables hostname verification.
pub(super) fn classify_identification(value: &Value) -> TlsLevel {
    match value.text() {
        "" => TlsLevel::HostnameCheckDisabled,
        text if text.eq_ignore_ascii_case("https") => TlsLevel::Verified,
        _ => TlsLevel::UnknownCheck,
    }
}

/// Checks every Kafka client that the settings create.
pub(super) fn check(analyzer: &mut Analyzer<'_>, connector: Option<&'static Connector>) {
    if connector.is_some_and(|connector| connector.history) {
        history(analyzer, "schema.history.internal");
        history(analyzer, "database.history"); // the name in Debezium 1.x
    }
    let settings = analyzer.settings;
    // Since Debezium 2.3 the Kafka signal channel must be enabled explicitly; before, naming the topic was enough.
    let channels =
        settings.get("signal.enabled.channels").map(|value| value.text().split(',').any(|name| name.trim() == "kafka"));
    if channels.unwrap_or_else(|| settings.has("signal.kafka.topic")) && settings.has("signal.kafka.bootstrap.servers")
    {
        client(analyzer, &["signal.consumer."], "signal.kafka.bootstrap.servers", true);
    }
    // Confluent's license topic and reporter, each with its own client
    client(analyzer, &["confluent.topic."], "confluent.topic.bootstrap.servers", true);
    client(analyzer, &["reporter.admin."], "reporter.bootstrap.servers", true);
    client(analyzer, &["reporter.producer."], "reporter.bootstrap.servers", true);
}

/// Checks the MirrorMaker 2 clients: `consumer.` takes precedence over `source.cluster.`, and `source.consumer.` over
/// both.
pub(super) fn check_mirror(analyzer: &mut Analyzer<'_>, source: bool) {
    const SOURCE: &str = "source.cluster.bootstrap.servers";
    const TARGET: &str = "target.cluster.bootstrap.servers";
    if source {
        client(analyzer, &["source.consumer.", "consumer.", "source.cluster."], SOURCE, false);
        client(analyzer, &["source.admin.", "admin.", "source.cluster."], SOURCE, false);
    }
    client(analyzer, &["target.admin.", "admin.", "target.cluster."], TARGET, false);
}

/// Checks the store for Debezium's schema history.
///
/// Sources: debezium/debezium, `KafkaSchemaHistory.java`, `RedisCommonConfig.java`, `JdbcCommonConfig.java`.
fn history(analyzer: &mut Analyzer<'_>, prefix: &str) {
    let name = |rest: &str| format!("{prefix}.{rest}");
    let store = analyzer.settings.get(prefix).map_or("", |value| value.text());
    if store.is_empty() || store.ends_with(".KafkaSchemaHistory") || store.ends_with(".KafkaDatabaseHistory") {
        let servers = name("kafka.bootstrap.servers");
        client(analyzer, &[&name("producer.")], &servers, false);
        client(analyzer, &[&name("consumer.")], &servers, false);
    } else if store.ends_with(".RedisSchemaHistory") || store.ends_with(".RedisDatabaseHistory") {
        redis(analyzer, &name("redis."));
    } else if store.ends_with(".JdbcSchemaHistory") {
        for rest in ["jdbc.connection.url", "jdbc.url"] {
            analyzer.jdbc(&name(rest), &[]);
        }
    }
}

fn redis(analyzer: &mut Analyzer<'_>, prefix: &str) {
    let name = |rest: &str| format!("{prefix}{rest}");
    if analyzer.is_loopback(&[&name("address")]) {
        return;
    }
    let (tls, check) = (name("ssl.enabled"), name("ssl.hostname.verification.enabled"));
    let settings = analyzer.settings;
    let classify = |property: &str, off: TlsLevel| match settings.get(property) {
        Some(value) if value.text().eq_ignore_ascii_case("true") => (TlsLevel::Verified, "true", Origin::Setting),
        Some(value) if value.text().eq_ignore_ascii_case("false") => (off, "false", Origin::Setting),
        Some(_) => (TlsLevel::Unknown, "", Origin::Setting),
        None => (off, "false", Origin::Default),
    };
    let (level, word, origin) = classify(&tls, TlsLevel::Plaintext);
    analyzer.record(remedy::kafka(level, &tls, display_value(word, origin), "true", false));
    if level == TlsLevel::Verified {
        let (level, word, origin) = classify(&check, TlsLevel::NoHostnameCheck);
        analyzer.record(remedy::kafka(level, &check, display_value(word, origin), "true", false));
    }
}

/// Checks one Kafka client. `prefixes` are those of its settings, the one with precedence first.
fn client(analyzer: &mut Analyzer<'_>, prefixes: &[&str], servers: &str, side_channel: bool) {
    let settings = analyzer.settings;
    let servers = settings.get(servers).map_or("", |value| value.text());
    if servers.is_empty() || servers.split(',').all(url::is_loopback) {
        return;
    }
    let first =
        |rest: &str| prefixes.iter().map(|prefix| format!("{prefix}{rest}")).find(|name| settings.get(name).is_some());
    let (level, property, value) = match first(PROTOCOL) {
        Some(name) => {
            let text = settings.get(&name).map_or("", |value| value.text());
            let (word, level) = classify_protocol(text).unwrap_or(("", TlsLevel::Unknown));
            (level, name, display_value(word, Origin::Setting))
        }
        None => {
            let last = prefixes.last().copied().unwrap_or_default();
            (TlsLevel::Plaintext, format!("{last}{PROTOCOL}"), display_value("PLAINTEXT", Origin::Default))
        }
    };
    let sasl = first("sasl.mechanism").is_some() || first("sasl.jaas.config").is_some();
    let recommended = if sasl { "SASL_SSL" } else { "SSL" };
    analyzer.record(remedy::kafka(level, &property, value, recommended, side_channel));
    let Some(name) = first(IDENTIFICATION) else { return };
    let Some(value) = settings.get(&name) else { return };
    analyzer.checked.insert(name.clone());
    if level != TlsLevel::Plaintext {
        let blank = display_value("", Origin::Setting);
        let level = classify_identification(value);
        analyzer.record(remedy::kafka(level, &name, blank, "https", side_channel));
    }
}
