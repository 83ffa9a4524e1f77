//! The analysis of a connector: its destination, its own Kafka clients, the general checks and its secrets.

use std::collections::BTreeSet;

use super::analyzer::Analyzer;
use super::catalog;
use super::report::{ConfigSource, Output, Report, Secret};
use super::settings::Settings;
use super::{destination, generic, kafka, output, remedy, secrets};
use crate::language::Text;

/// Analyzes a connector's settings, and those of its worker if they are available.
///
/// Pure: no look-ups, no clock. The report does not reveal secrets.
pub(crate) fn analyze(settings: &Settings, worker: Option<&Settings>) -> Report {
    let class = settings.get("connector.class").map(|class| class.text());
    let connector = class.and_then(catalog::find);
    let own = secrets::find(settings, connector);
    let of_worker = worker.map(|worker| secrets::find(worker, None)).unwrap_or_default();
    // A setting whose value is displayed may repeat a secret of any other setting.
    let seen = || own.iter().chain(&of_worker).flat_map(|secret| &secret.literals);
    let seen: BTreeSet<Secret> = seen().map(|literal| Secret::new(literal.clone())).collect();
    let seen: Vec<Secret> = seen.into_iter().collect();
    let leaks = |text: &str| seen.iter().any(|secret| secret.is_in(text));

    let mut analyzer = Analyzer::new(settings, ConfigSource::Connector, &seen);
    analyzer.report.class = class.filter(|class| is_class_name(class) && !leaks(class)).map(str::to_owned);
    if let Some(connector) = connector.filter(|connector| !connector.secrets_only) {
        analyzer.report.connector = Some(connector.name);
        destination::check(&mut analyzer, connector);
        analyzer.report.output = output::requested(settings, connector).map(|output| match output {
            Output::Key { property, key } if leaks(&key) => {
                Output::Unknown { property, why: Text::literal("its value is also the secret of another setting") }
            }
            output => output,
        });
    }
    kafka::check(&mut analyzer, connector);
    generic::check(&mut analyzer);
    let provider = remedy::secrets_provider(settings, worker);
    analyzer.report.secrets.extend(own.iter().map(|secret| remedy::secret(secret, &provider, ConfigSource::Connector)));
    let mut report = analyzer.report;
    if let Some(worker) = worker {
        let mut about_worker = worker_connections(worker, settings, &seen);
        report.plaintext.append(&mut about_worker.plaintext);
        report.unverified_tls.append(&mut about_worker.unverified_tls);
        report.unknown_settings.append(&mut about_worker.unknown_settings);
        report.unknown_checks.append(&mut about_worker.unknown_checks);
        report.secrets.extend(of_worker.iter().map(|secret| remedy::secret(secret, &provider, ConfigSource::Worker)));
    }
    report.seen_secrets = seen;
    report
}

/// Analyzes the settings of a worker by themselves, whichever connectors run on it.
///
/// Pure, as [`analyze`]. The report does not reveal secrets.
pub(crate) fn analyze_worker(worker: &Settings) -> Report {
    let secrets = secrets::find(worker, None);
    let seen: BTreeSet<Secret> =
        secrets.iter().flat_map(|secret| &secret.literals).map(|literal| Secret::new(literal.clone())).collect();
    let seen: Vec<Secret> = seen.into_iter().collect();
    let mut report = worker_connections(worker, &Settings::default(), &seen);
    let provider = remedy::secrets_provider(&Settings::default(), Some(worker));
    report.secrets.extend(secrets.iter().map(|secret| remedy::secret(secret, &provider, ConfigSource::Worker)));
    report.seen_secrets = seen;
    report
}

/// Analyzes the connections of a worker. A converter of the connector replaces the worker's.
fn worker_connections(worker: &Settings, connector: &Settings, secrets: &[Secret]) -> Report {
    let mut analyzer = Analyzer::new(worker, ConfigSource::Worker, secrets);
    let replaced =
        ["key.converter", "value.converter", "header.converter"].into_iter().filter(|name| connector.has(name));
    analyzer.checked.extend(replaced.flat_map(|name| worker.below(name).map(|(name, ..)| name.to_owned())));
    generic::check(&mut analyzer);
    analyzer.report
}

/// Whether `text` is a class in a package, which a token in the wrong place is not: packages are in lower case.
fn is_class_name(text: &str) -> bool {
    let Some((package, class)) = text.rsplit_once('.') else { return false };
    let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let package = package.contains('.') && package.split('.').all(|part| part.chars().all(is_lower));
    let starts = class.starts_with(|c: char| c.is_ascii_uppercase());
    let name = class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
    text.len() <= 200 && package && starts && name
}
