//! The connection of a known connector to its source or sink, checked by its row in the catalog.

use super::analyzer::Analyzer;
use super::catalog::{Connector, Kind, TlsSetting};
use super::drivers::{CLASSES, Param};
use super::report::{Issue, Origin, TlsLevel, display_value, table_word};
use super::settings::REFERENCE;
use super::{kafka, mongo, remedy, url};
use crate::language::{Text, text};

/// Checks every connection that the row describes.
pub(super) fn check(analyzer: &mut Analyzer<'_>, connector: &'static Connector) {
    let settings = analyzer.settings;
    let properties: Vec<Param<'_>> = connector
        .kind
        .prefixes()
        .iter()
        .flat_map(|prefix| settings.below(prefix))
        .map(|(property, key, value)| Param { key, value: value.text(), property })
        .collect();
    let classes = properties.iter().filter(|param| CLASSES.iter().any(|key| key.eq_ignore_ascii_case(param.key)));
    analyzer.checked.extend(classes.map(|param| param.property.to_owned()));
    let loopback = analyzer.is_loopback(connector.hosts);
    let levels = match connector.kind {
        Kind::Mirror { source } => return kafka::check_mirror(analyzer, source),
        Kind::Plain => urls(analyzer, connector),
        Kind::Mongo => mongo_urls(analyzer, connector),
        Kind::Jdbc(_) => jdbc_urls(analyzer, connector, &properties),
        Kind::Driver(..) => {
            let levels = jdbc_urls(analyzer, connector, &properties);
            if levels.is_empty() && !loopback { driver(analyzer, connector, &properties) } else { levels }
        }
    };
    switch_and_checks(analyzer, connector, &levels, loopback);
}

/// Checks the switch if no URL has decided, and then the settings that weaken TLS.
fn switch_and_checks(analyzer: &mut Analyzer<'_>, connector: &'static Connector, levels: &[TlsLevel], loopback: bool) {
    let undecided = levels.is_empty() || levels.contains(&TlsLevel::Undetermined);
    let mut encrypted = levels.contains(&TlsLevel::Verified) || levels.contains(&TlsLevel::Unknown);
    if let Some(switch) = &connector.switch {
        // With a scheme like neo4j+s the connector ignores the settings that weaken TLS: they belong to the switch.
        encrypted &= connector.kind == Kind::Mongo || connector.checks.iter().any(|check| !check.requires.is_empty());
        analyzer.checked.insert(switch.property.to_owned());
        if undecided && !loopback {
            encrypted = tls_setting(analyzer, switch, TlsLevel::Unknown) > TlsLevel::Plaintext;
        }
    }
    for check in connector.checks {
        analyzer.checked.insert(check.property.to_owned());
        if encrypted {
            tls_setting(analyzer, check, TlsLevel::UnknownCheck);
        }
    }
}

/// Checks one setting by the list of its values. `unknown` is the level of a value that the list does not have.
fn tls_setting(analyzer: &mut Analyzer<'_>, setting: &TlsSetting, unknown: TlsLevel) -> TlsLevel {
    let settings = analyzer.settings;
    let is = |(name, value): &(&str, &str)| settings.is(name, value);
    let supplied = |(name, _): &(&str, &str)| settings.get(name).is_some_and(|value| value.is_reference());
    if let Some((name, _)) = setting.requires.iter().find(|required| supplied(required))
        && setting.requires.iter().all(|required| is(required) || supplied(required))
        && settings.get(setting.property).is_some()
    {
        analyzer.record(Issue::new(unknown, name));
        return unknown;
    }
    if !setting.requires.iter().all(is) || setting.unless.iter().any(is) {
        return TlsLevel::Unknown;
    }
    let (found, origin) = match settings.get(setting.property) {
        Some(value) if value.is_reference() => (None, Origin::Setting),
        Some(value) => (setting.classify(value.text()), Origin::Setting),
        None => (setting.classify(setting.default), Origin::Default),
    };
    let (pattern, level) = found.unwrap_or(("", unknown));
    if !level.is_weak() {
        analyzer.record(Issue::new(level, setting.property));
        return level;
    }
    let word = if pattern == "*" { "set" } else { pattern.trim_start_matches('*') };
    let strongest = setting.classify(setting.recommended).is_some_and(|(_, recommended)| recommended == level);
    let issue = Issue {
        value: display_value(word, origin),
        fix: if strongest { Vec::new() } else { vec![format!("{}={}", setting.property, setting.recommended)] },
        ..Issue::new(level, setting.property)
    };
    analyzer.record(issue.noting(setting.note.cloned()));
    level
}

/// Checks every URL of a connector by its scheme.
fn urls(analyzer: &mut Analyzer<'_>, connector: &'static Connector) -> Vec<TlsLevel> {
    let settings = analyzer.settings;
    let mut levels = Vec::new();
    for name in connector.urls {
        let Some(value) = settings.get(name).filter(|value| !value.text().is_empty()) else { continue };
        analyzer.checked.insert((*name).to_owned());
        for address in value.text().split(',').map(str::trim) {
            // A failover list nests its URLs: failover:(ssl://a,ssl://b)
            let address = address.rsplit_once('(').map_or(address, |(_, inner)| inner);
            levels.push(match url::Url::parse(address) {
                Some(url) => url_level(analyzer, connector, name, &url),
                // the rest of a URL that contains a comma
                None if value.text().contains("://") && connector.without_scheme == TlsLevel::Unknown => {
                    TlsLevel::Unknown
                }
                None => schemeless_level(analyzer, connector, name, address),
            });
        }
    }
    levels
}

fn url_level(analyzer: &mut Analyzer<'_>, connector: &'static Connector, name: &str, url: &url::Url<'_>) -> TlsLevel {
    if url.is_loopback() {
        return TlsLevel::Loopback;
    }
    let Some((scheme, level)) = url::classify(url.scheme, connector.schemes) else {
        analyzer.record(Issue::new(TlsLevel::Unknown, name));
        return TlsLevel::Unknown;
    };
    if level.is_weak() {
        analyzer.record(remedy::url(level, name, scheme, url, analyzer.secrets));
    } else if let Some((option, level)) = url.weakening_option() {
        analyzer.record(Issue {
            value: table_word(option),
            fix: vec![format!("{name}={scheme}://{}", url.display_hosts(analyzer.secrets))],
            ..Issue::new(level, name)
        });
    }
    level
}

fn schemeless_level(analyzer: &mut Analyzer<'_>, connector: &'static Connector, name: &str, address: &str) -> TlsLevel {
    let level = if address.contains(REFERENCE) { TlsLevel::Unknown } else { connector.without_scheme };
    if level <= TlsLevel::Unknown && url::Url::after_scheme("", address).is_loopback() {
        return TlsLevel::Loopback;
    }
    let hosts = url::display_bare_hosts(address, analyzer.secrets);
    let fix = vec![format!("{name}=https://{hosts}")];
    let issue = Issue { value: hosts.into(), fix, ..Issue::new(level, name) };
    analyzer.record(issue.noting(Some(Text::literal("an address without a scheme means http"))));
    level
}

fn mongo_urls(analyzer: &mut Analyzer<'_>, connector: &'static Connector) -> Vec<TlsLevel> {
    let settings = analyzer.settings;
    let mut levels = Vec::new();
    for name in connector.urls {
        let Some(value) = settings.get(name).filter(|value| !value.text().is_empty()) else { continue };
        analyzer.checked.insert((*name).to_owned());
        let enabled = connector.switch.is_some_and(|switch| settings.is(switch.property, "true"));
        let (mut level, word) = mongo::classify(value.text(), enabled);
        if level == TlsLevel::Undetermined && connector.switch.is_none() {
            level = TlsLevel::Plaintext;
        }
        if level != TlsLevel::Undetermined {
            let no_option = !value.is_reference() && word == "mongodb://";
            let issue = remedy::mongo(level, name, word);
            analyzer.record(match word {
                _ if no_option => issue.noting(Some(Text::literal("a MongoDB address without tls=true"))),
                mongo::INVALID_CERTIFICATES => {
                    Issue { why: text!("if the driver supports the option, {sentence}", sentence = issue.why), ..issue }
                }
                _ => issue,
            });
        }
        levels.push(level);
    }
    // Without a connection string the MongoDB connectors connect to the worker itself; Debezium has other settings.
    if levels.is_empty() && connector.switch.is_none() { vec![TlsLevel::Loopback] } else { levels }
}

fn jdbc_urls(analyzer: &mut Analyzer<'_>, connector: &'static Connector, properties: &[Param<'_>]) -> Vec<TlsLevel> {
    connector.urls.iter().filter_map(|name| analyzer.jdbc(name, properties)).collect()
}

/// Checks the driver of a connector that builds the URL itself.
fn driver(analyzer: &mut Analyzer<'_>, connector: &'static Connector, properties: &[Param<'_>]) -> Vec<TlsLevel> {
    let Some(driver) = connector.kind.driver() else { return Vec::new() };
    let tcp = Param { key: "protocol", value: "tcp", property: "database.hostname" };
    let params: Vec<Param<'_>> = properties.iter().cloned().chain([tcp]).collect();
    let found = driver.classify(&params);
    let level = found.level;
    analyzer.record(remedy::driver(connector, driver, found));
    vec![level]
}
