//! The analysis of a connector: its destination, its own Kafka clients, the general checks and its secrets.

use super::analyzer::Analyzer;
use super::catalog::{self, Connector};
use super::report::{ConfigSource, Report, Secret};
use super::settings::Settings;
use super::{destination, generic, kafka, output, remedy, secrets};

/// Analyzes a connector's settings, and those of its worker if they are available.
///
/// Pure: no look-ups, no clock. The report does not reveal secrets.
pub(crate) fn analyze(settings: &Settings, worker: Option<&Settings>) -> Report {
    let class = settings.get("connector.class").map(|class| class.text());
    let connector = class.and_then(catalog::find);
    let mut analyzer = Analyzer::new(settings, ConfigSource::Connector);
    analyzer.report.class = class.filter(|class| is_class_name(class)).map(str::to_owned);
    if let Some(connector) = connector {
        analyzer.report.connector = Some(connector.name);
        destination::check(&mut analyzer, connector);
        analyzer.report.output = output::requested(settings, connector);
    }
    kafka::check(&mut analyzer, connector);
    generic::check(&mut analyzer);
    find_secrets(&mut analyzer, connector, worker);
    let mut report = analyzer.report;
    if let Some(worker) = worker {
        let mut own = analyze_worker(worker, settings);
        report.plaintext.append(&mut own.plaintext);
        report.unverified_tls.append(&mut own.unverified_tls);
        report.secrets.append(&mut own.secrets);
        report.seen_secrets.append(&mut own.seen_secrets);
    }
    report.redact();
    report
}

/// Analyzes the settings of a worker. A converter of the connector replaces the worker's.
fn analyze_worker(worker: &Settings, connector: &Settings) -> Report {
    let mut analyzer = Analyzer::new(worker, ConfigSource::Worker);
    let replaced =
        ["key.converter", "value.converter", "header.converter"].into_iter().filter(|name| connector.has(name));
    analyzer.checked.extend(replaced.flat_map(|name| worker.below(name).map(|(name, ..)| name.to_owned())));
    generic::check(&mut analyzer);
    find_secrets(&mut analyzer, None, Some(worker));
    analyzer.report
}

fn find_secrets(analyzer: &mut Analyzer<'_>, connector: Option<&'static Connector>, worker: Option<&Settings>) {
    let provider = remedy::secrets_provider(analyzer.settings, worker);
    let found = secrets::find(analyzer.settings, connector);
    let report = &mut analyzer.report;
    report.seen_secrets.extend(found.iter().map(|secret| Secret::new(secret.literal)));
    report.secrets.extend(found.iter().map(|secret| remedy::secret(secret, &provider, analyzer.source)));
}

fn is_class_name(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$');
    text.len() <= 200 && text.chars().all(name) && text.matches('.').count() >= 2
}
