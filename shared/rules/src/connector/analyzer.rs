//! A report under construction, and the checks that several parts of the analysis share.

use std::collections::BTreeSet;

use super::drivers::{Classification, Param};
use super::jdbc::Jdbc;
use super::remedy;
use super::report::{ConfigSource, Issue, Origin, Reason, Report, Secret, TlsLevel};
use super::settings::Settings;
use super::url;

/// One set of settings and the report about it.
pub(super) struct Analyzer<'a> {
    pub(super) settings: &'a Settings,
    pub(super) source: ConfigSource,
    /// Settings that the general checks skip, because another check covers them.
    pub(super) checked: BTreeSet<String>,
    /// The secrets of all settings, which no other setting's displayed value may repeat.
    pub(super) secrets: &'a [Secret],
    pub(super) report: Report,
}

impl<'a> Analyzer<'a> {
    pub(super) fn new(settings: &'a Settings, source: ConfigSource, secrets: &'a [Secret]) -> Self {
        Self { settings, source, checked: BTreeSet::new(), secrets, report: Report::default() }
    }

    /// Adds an issue to the report according to its level.
    pub(super) fn record(&mut self, issue: Issue) {
        self.checked.insert(issue.property.clone());
        let unknown = match issue.level {
            TlsLevel::Unknown => Some(&mut self.report.unknown_settings),
            TlsLevel::UnknownCheck => Some(&mut self.report.unknown_checks),
            _ => None,
        };
        if let Some(unknown) = unknown {
            if !unknown.contains(&issue.property) {
                unknown.push(issue.property);
            }
            return;
        }
        if !issue.level.is_weak() {
            return;
        }
        let reasons = match issue.level {
            TlsLevel::Plaintext => &mut self.report.plaintext,
            _ => &mut self.report.unverified_tls,
        };
        let reason = Reason {
            source: self.source,
            property: issue.property,
            value: issue.value,
            why: issue.why,
            fix: issue.fix,
            reduced_severity: issue.side_channel || issue.level == TlsLevel::NoHostnameCheck,
        };
        match reasons.iter_mut().find(|known| known.property == reason.property) {
            Some(known) => known.add(reason),
            None => reasons.push(reason),
        }
    }

    /// Whether at least one of `properties` names hosts, and every host is the worker itself.
    pub(super) fn is_loopback(&self, properties: &[&str]) -> bool {
        let mut hosts = properties
            .iter()
            .filter_map(|name| self.settings.get(name))
            .filter(|value| !value.text().is_empty())
            .peekable();
        hosts.peek().is_some() && hosts.all(|value| value.text().split(',').all(url::is_loopback))
    }

    /// Checks a JDBC URL and `properties`, which the connector passes to the driver separately. `None` if the URL is
    /// not set.
    pub(super) fn jdbc(&mut self, name: &str, properties: &[Param<'_>]) -> Option<TlsLevel> {
        let (name, value) = self.settings.iter().find(|(known, _)| *known == name)?;
        self.checked.insert(name.to_owned());
        let Some(jdbc) = Jdbc::parse(value.text(), name, self.secrets) else {
            self.record(Issue::new(TlsLevel::Unknown, name));
            return Some(TlsLevel::Unknown);
        };
        let fallback =
            |level| Classification { level, property: None, value: String::new(), origin: Origin::Setting, note: None };
        let found = if jdbc.loopback {
            fallback(TlsLevel::Verified)
        } else {
            jdbc.classify(properties).unwrap_or(fallback(TlsLevel::Unknown))
        };
        let level = found.level;
        self.record(remedy::jdbc(name, &jdbc, found));
        Some(level)
    }
}
