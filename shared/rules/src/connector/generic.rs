//! Checks that apply to every connector, known or not. They look only at settings that are present, not at defaults.

use super::analyzer::Analyzer;
use super::jdbc::Jdbc;
use super::kafka::{self, IDENTIFICATION, PROTOCOL};
use super::report::{Issue, Origin, TlsLevel, display_value, table_word};
use super::secret_names::normalize;
use super::secrets::is_passive;
use super::settings::Value;
use super::tls_class::{self, Verification};
use super::url::{self, Url};
use super::{json, mongo, remedy};
use crate::language::Text;

/// Last words of names whose value may look like an address although the connector does not connect to it.
const NOT_AN_ADDRESS: &[&str] = &[
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
    "ref",
    // what transforms write into records or compare with them
    "replacement",
    "value",
    "literal",
    "condition",
    "expression",
];

/// Hosts in addresses that name a schema.
const NAMESPACES: &[&str] =
    &["json-schema.org", "www.w3.org", "schemas.xmlsoap.org", "schemas.microsoft.com", "xmlns.oracle.com"];

/// Checks every setting that no other check covers.
pub(super) fn check(analyzer: &mut Analyzer<'_>) {
    for (name, value) in analyzer.settings.iter() {
        if analyzer.checked.contains(name) || is_passive(name) {
            continue;
        }
        if let Some(prefix) = name.strip_suffix(PROTOCOL).filter(|prefix| is_prefix(prefix)) {
            protocol(analyzer, name, prefix, value);
        } else if let Some(prefix) = name.strip_suffix(IDENTIFICATION).filter(|prefix| is_prefix(prefix)) {
            identification(analyzer, name, prefix, value);
        } else if tls_class::is_setting(&normalize(name)) {
            class(analyzer, name, value);
        } else {
            address(analyzer, name, value.text());
            for (member, text) in json::texts(value.text()) {
                if !is_no_address(&member) {
                    address(analyzer, name, &text);
                }
            }
        }
    }
}

/// Whether `prefix` is a complete prefix, like `producer.override.`, or empty.
fn is_prefix(prefix: &str) -> bool {
    prefix.is_empty() || prefix.ends_with('.')
}

fn protocol(analyzer: &mut Analyzer<'_>, name: &str, prefix: &str, value: &Value) {
    if analyzer.is_loopback(&[&format!("{prefix}bootstrap.servers")]) {
        return;
    }
    let (word, level) = kafka::classify_protocol(value.text()).unwrap_or(("", TlsLevel::Unknown));
    let recommended = if word == "PLAINTEXT" { "SSL" } else { "SASL_SSL" };
    analyzer.record(remedy::kafka(level, name, table_word(word), recommended, is_side_channel(name)));
}

fn identification(analyzer: &mut Analyzer<'_>, name: &str, prefix: &str, value: &Value) {
    if is_plaintext(analyzer, prefix) {
        return;
    }
    let blank = display_value("", Origin::Setting);
    let level = kafka::classify_identification(value);
    analyzer.record(remedy::kafka(level, name, blank, "https", is_side_channel(name)));
}

/// Whether the client whose settings have this prefix uses no TLS, which another check reports.
fn is_plaintext(analyzer: &Analyzer<'_>, prefix: &str) -> bool {
    let protocol = analyzer.settings.get(&format!("{prefix}{PROTOCOL}"));
    let level = protocol.and_then(|value| kafka::classify_protocol(value.text()));
    level.is_some_and(|(_, level)| level == TlsLevel::Plaintext)
}

/// Checks a class that replaces a part of TLS verification.
fn class(analyzer: &mut Analyzer<'_>, name: &str, value: &Value) {
    let prefix = name.find("ssl.").and_then(|at| name.get(..at)).unwrap_or_default();
    if is_plaintext(analyzer, prefix) {
        return;
    }
    let (verification, class) = tls_class::classify(value.text());
    let level = match verification {
        Verification::Weak(level) => level,
        Verification::Unknown => TlsLevel::UnknownCheck,
        Verification::AsConfigured | Verification::Certificate => return,
    };
    let issue = Issue {
        value: table_word(class),
        fix: vec![format!("# remove {name}")],
        side_channel: is_side_channel(name),
        ..Issue::new(level, name)
    };
    analyzer.record(issue.noting(Some(Text::literal("the class replaces the verification of the client"))));
}

/// Whether the connector does not connect to the address in a setting or member of this name.
fn is_no_address(name: &str) -> bool {
    let last = name.rsplit(['.', '_', '-', '$']).next().unwrap_or(name);
    // TLS passes through a proxy unchanged, so the scheme of its address does not matter.
    NOT_AN_ADDRESS.contains(&last) || name.to_ascii_lowercase().contains("proxy")
}

/// Checks a value that is an address: by its scheme, or by the parameters of a JDBC or MongoDB address.
fn address(analyzer: &mut Analyzer<'_>, name: &str, text: &str) {
    if !text.contains("://") && !text.starts_with("jdbc") {
        return;
    }
    if is_no_address(name) {
        return;
    }
    if let Some(jdbc) = Jdbc::parse(text, name, analyzer.secrets) {
        let found = jdbc
            .classify(&[])
            .filter(|found| found.origin == Origin::Setting && found.level.is_weak() && !jdbc.loopback);
        if let Some(found) = found {
            analyzer.record(remedy::jdbc(name, &jdbc, found));
        }
        return;
    }
    if text.starts_with("mongodb") {
        let (level, word) = mongo::classify(text, false);
        if level.is_weak() {
            analyzer.record(remedy::mongo(level, name, word));
        }
        return;
    }
    for address in text.split(',').filter_map(Url::parse) {
        if address.is_loopback() || address.hosts.iter().any(|host| NAMESPACES.contains(host)) {
            continue;
        }
        if let Some((scheme, TlsLevel::Plaintext)) = url::classify(address.scheme, &[]) {
            let found = remedy::url(TlsLevel::Plaintext, name, scheme, &address, analyzer.secrets);
            analyzer.record(Issue { side_channel: is_side_channel(name), ..found });
        }
    }
}

/// Whether the connection carries something other than the connector's data: schemas, licenses or tokens.
fn is_side_channel(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["registry", "oauth", "token", "confluent.topic.", "reporter."].iter().any(|part| name.contains(part))
}
