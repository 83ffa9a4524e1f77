//! What holds for every connector, known or not: only what stands in the settings, no defaults.

use super::grade::{Grade, Origin};
use super::jdbc::Jdbc;
use super::judge::{Judge, Weak, shown, weak};
use super::kafka::{self, IDENTIFICATION, PROTOCOL};
use super::mongo;
use super::remedy;
use super::secrets::is_passive;
use super::settings::Value;
use super::url::{self, Url};

/// Names of settings whose value may look like an address but is none that anybody connects to, or one through
/// which TLS passes untouched.
const NO_ADDRESS: &[&str] = &[
    "namespace",
    "scope",
    "scopes",
    "audience",
    "issuer",
    "schema",
    "doc",
    "description",
    "id",
    "referer",
    "origin",
    "regex",
    "pattern",
];

/// Judges every setting that nobody has judged yet.
pub(super) fn judge(judge: &mut Judge<'_>) {
    for (name, value) in judge.settings.iter() {
        if judge.seen.contains(name) || is_passive(name) {
            continue;
        }
        if let Some(prefix) = name.strip_suffix(PROTOCOL).filter(|prefix| is_prefix(prefix)) {
            protocol(judge, name, prefix, value);
        } else if let Some(prefix) = name.strip_suffix(IDENTIFICATION).filter(|prefix| is_prefix(prefix)) {
            identification(judge, name, prefix, value);
        } else {
            address(judge, name, value.text());
        }
    }
}

/// `producer.override.` and the like, or nothing at all.
fn is_prefix(prefix: &str) -> bool {
    prefix.is_empty() || prefix.ends_with('.')
}

fn protocol(judge: &mut Judge<'_>, name: &str, prefix: &str, value: &Value) {
    let servers = judge.settings.get(&format!("{prefix}bootstrap.servers")).map_or("", |value| value.text());
    let local = !servers.is_empty() && servers.split(',').all(url::is_loopback);
    if let Some((word, Grade::Plaintext)) = kafka::protocol(value.text()).filter(|_| !local) {
        let better = if word == "PLAINTEXT" { "SSL" } else { "SASL_SSL" };
        judge.file(remedy::kafka(
            Grade::Plaintext,
            name.to_owned(),
            word.to_owned(),
            better,
            Origin::Setting,
            is_side(name),
        ));
    }
}

fn identification(judge: &mut Judge<'_>, name: &str, prefix: &str, value: &Value) {
    let beside = judge.settings.get(&format!("{prefix}{PROTOCOL}"));
    let plain =
        beside.and_then(|value| kafka::protocol(value.text())).is_some_and(|(_, grade)| grade == Grade::Plaintext);
    if value.text().is_empty() && !plain {
        judge.file(remedy::kafka(
            Grade::NameOff,
            name.to_owned(),
            shown("", Origin::Setting),
            "https",
            Origin::Setting,
            is_side(name),
        ));
    }
}

/// Judges a value that is an address: by its scheme, or by what a JDBC or MongoDB address says itself.
fn address(judge: &mut Judge<'_>, name: &str, text: &str) {
    if !text.contains("://") && !text.starts_with("jdbc") {
        return;
    }
    let last = name.rsplit(['.', '_', '-']).next().unwrap_or(name);
    if NO_ADDRESS.contains(&last) || name.to_ascii_lowercase().contains("proxy") {
        return;
    }
    if let Some(jdbc) = Jdbc::parse(text, name) {
        let verdict = jdbc
            .judge(&[])
            .filter(|verdict| verdict.origin == Origin::Setting && verdict.grade.is_weak() && !jdbc.loopback);
        if let Some(verdict) = verdict {
            judge.file(remedy::jdbc(name, &jdbc, verdict));
        }
        return;
    }
    if text.starts_with("mongodb") {
        let (grade, word) = mongo::grade(text);
        if grade.is_weak() {
            let fix = vec![format!("{name}=mongodb://HOST/?tls=true")];
            judge.file(Weak { value: word.to_owned(), fix, ..weak(grade, name) });
        }
        return;
    }
    for address in text.split(',').filter_map(Url::parse).filter(|address| !address.is_loopback()) {
        if let Some((scheme, Grade::Plaintext)) = url::grade(address.scheme, &[]) {
            let found = remedy::url(weak(Grade::Plaintext, name), scheme, &address);
            judge.file(Weak { side: is_side(name), ..found });
        }
    }
}

/// Whether a setting is about another link than the one the data takes: a registry, a licence, a token.
fn is_side(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["registry", "oauth", "token", "confluent.topic.", "reporter."].iter().any(|part| name.contains(part))
}
