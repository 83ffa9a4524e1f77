//! Kafka clients of their own: clusters and topics that a connector talks to beside the worker's.
//!
//! Such a client inherits nothing from the worker: without `security.protocol` it speaks PLAINTEXT
//! (apache/kafka, `CommonClientConfigs.java`). What stands in the settings is judged by the general part; here it
//! is about what does not stand there.

use super::catalog::Connector;
use super::grade::{Grade, Origin};
use super::judge::{Judge, shown};
use super::remedy;
use super::url;

pub(super) const PROTOCOL: &str = "security.protocol";
pub(super) const IDENTIFICATION: &str = "ssl.endpoint.identification.algorithm";

/// The word that a security protocol is, and what it means; compared in any case.
pub(super) fn protocol(text: &str) -> Option<(&'static str, Grade)> {
    const PROTOCOLS: &[(&str, Grade)] = &[
        ("PLAINTEXT", Grade::Plaintext),
        ("SASL_PLAINTEXT", Grade::Plaintext),
        ("SSL", Grade::Fine),
        ("SASL_SSL", Grade::Fine),
    ];
    PROTOCOLS.iter().copied().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()))
}

/// Judges every Kafka client that the settings call for.
pub(super) fn judge(judge: &mut Judge<'_>, connector: Option<&'static Connector>) {
    if connector.is_some_and(|connector| connector.history) {
        history(judge, "schema.history.internal");
        history(judge, "database.history"); // its name in Debezium 1.x
    }
    let settings = judge.settings;
    // Since Debezium 2.3 the Kafka channel for signals has to be switched on; before, naming the topic was enough.
    let channels =
        settings.get("signal.enabled.channels").map(|value| value.text().split(',').any(|name| name.trim() == "kafka"));
    if channels.unwrap_or_else(|| settings.has("signal.kafka.topic")) && settings.has("signal.kafka.bootstrap.servers")
    {
        client(judge, &["signal.consumer."], "signal.kafka.bootstrap.servers", true);
    }
    // Confluent's licence topic and reporter, each a client of its own
    client(judge, &["confluent.topic."], "confluent.topic.bootstrap.servers", true);
    client(judge, &["reporter.admin."], "reporter.bootstrap.servers", true);
    client(judge, &["reporter.producer."], "reporter.bootstrap.servers", true);
}

/// Judges the MirrorMaker 2 clients: what `consumer.` says beats `source.cluster.`, `source.consumer.` beats both.
pub(super) fn mirror(judge: &mut Judge<'_>, source: bool) {
    const SOURCE: &str = "source.cluster.bootstrap.servers";
    const TARGET: &str = "target.cluster.bootstrap.servers";
    if source {
        client(judge, &["source.consumer.", "consumer.", "source.cluster."], SOURCE, false);
        client(judge, &["source.admin.", "admin.", "source.cluster."], SOURCE, false);
    }
    client(judge, &["target.admin.", "admin.", "target.cluster."], TARGET, false);
}

/// Judges the store in which Debezium keeps the history of table structures.
///
/// Sources: debezium/debezium, `KafkaSchemaHistory.java`, `RedisCommonConfig.java`, `JdbcCommonConfig.java`.
fn history(judge: &mut Judge<'_>, prefix: &str) {
    let name = |rest: &str| format!("{prefix}.{rest}");
    let store = judge.settings.get(prefix).map_or("", |value| value.text());
    if store.is_empty() || store.ends_with(".KafkaSchemaHistory") || store.ends_with(".KafkaDatabaseHistory") {
        let servers = name("kafka.bootstrap.servers");
        client(judge, &[&name("producer.")], &servers, false);
        client(judge, &[&name("consumer.")], &servers, false);
    } else if store.ends_with(".RedisSchemaHistory") || store.ends_with(".RedisDatabaseHistory") {
        redis(judge, &name("redis."));
    } else if store.ends_with(".JdbcSchemaHistory") {
        for rest in ["jdbc.connection.url", "jdbc.url"] {
            judge.jdbc(&name(rest), &[]);
        }
    }
}

fn redis(judge: &mut Judge<'_>, prefix: &str) {
    let name = |rest: &str| format!("{prefix}{rest}");
    if judge.is_local(&[&name("address")]) {
        return;
    }
    let (tls, check) = (name("ssl.enabled"), name("ssl.hostname.verification.enabled"));
    let settings = judge.settings;
    let grade = |property: &str, off: Grade| match settings.get(property) {
        Some(value) if value.text().eq_ignore_ascii_case("true") => (Grade::Fine, "true", Origin::Setting),
        Some(value) if value.text().eq_ignore_ascii_case("false") => (off, "false", Origin::Setting),
        Some(_) => (Grade::Unknown, "", Origin::Setting),
        None => (off, "false", Origin::Default),
    };
    let (sealed, word, origin) = grade(&tls, Grade::Plaintext);
    judge.file(remedy::kafka(sealed, tls, shown(word, origin), "true", origin, false));
    if sealed == Grade::Fine {
        let (checked, word, origin) = grade(&check, Grade::NameUnchecked);
        judge.file(remedy::kafka(checked, check, shown(word, origin), "true", origin, false));
    }
}

/// Judges one Kafka client whose settings stand below `prefixes`, the strongest first.
fn client(judge: &mut Judge<'_>, prefixes: &[&str], servers: &str, side: bool) {
    let settings = judge.settings;
    let named = settings.get(servers).map_or("", |value| value.text());
    let first =
        |rest: &str| prefixes.iter().map(|prefix| format!("{prefix}{rest}")).find(|name| settings.get(name).is_some());
    if named.is_empty() || named.split(',').all(url::is_loopback) {
        return;
    }
    let weakest = prefixes.last().copied().unwrap_or_default();
    let (grade, property, value, origin) = match first(PROTOCOL) {
        Some(name) => {
            let text = settings.get(&name).map_or("", |value| value.text());
            let (word, grade) = protocol(text).unwrap_or(("", Grade::Unknown));
            (grade, name, shown(word, Origin::Setting), Origin::Setting)
        }
        None => {
            (Grade::Plaintext, format!("{weakest}{PROTOCOL}"), shown("PLAINTEXT", Origin::Default), Origin::Default)
        }
    };
    let better =
        if first("sasl.mechanism").is_some() || first("sasl.jaas.config").is_some() { "SASL_SSL" } else { "SSL" };
    judge.file(remedy::kafka(grade, property, value, better, origin, side));
    let Some(name) = first(IDENTIFICATION) else { return };
    let off = settings.get(&name).is_some_and(|value| value.text().is_empty());
    judge.seen.insert(name.clone());
    if off && grade != Grade::Plaintext {
        judge.file(remedy::kafka(Grade::NameOff, name, shown("", Origin::Setting), "https", Origin::Setting, side));
    }
}
