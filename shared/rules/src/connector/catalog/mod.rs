//! The connectors that are understood: how to recognise one, and which of its settings decide.
//!
//! The rows are data and stand in the files below this one, by family. A row says where its facts come from, as
//! `owner/repository: file` or as a documentation page.

mod databases;
mod debezium;
mod services;
mod storage;

use super::drivers::{self, Driver};
use super::grade::Grade;

/// One connector, or several classes that read the same settings.
#[derive(Debug)]
pub struct Connector {
    /// What people call it.
    pub name: &'static str,
    /// Class names; one that ends in `*` stands for every class that starts so.
    pub classes: &'static [&'static str],
    /// Where the facts come from.
    pub source: &'static str,
    pub(super) kind: Kind,
    /// Settings that hold URLs.
    pub(super) urls: &'static [&'static str],
    /// Schemes that mean something to this connector only.
    pub(super) schemes: &'static [(&'static str, Grade)],
    /// What an address without a scheme means.
    pub(super) bare: Grade,
    /// The setting that decides where no URL does.
    pub(super) switch: Option<Mode>,
    /// Settings that weaken TLS once it is on.
    pub(super) checks: &'static [Mode],
    /// Settings that name the hosts: a connection to this very machine crosses no network.
    pub(super) hosts: &'static [&'static str],
    /// Settings that are secrets by the connector's definition, beside those that their names give away; one that
    /// starts with `*` stands for every name that ends so.
    pub(super) secrets: &'static [&'static str],
    /// The same, when another setting has a certain value: (secret, other, value).
    pub(super) secrets_when: &'static [(&'static str, &'static str, &'static str)],
    /// What the connector asks S3 for.
    pub(super) output: Option<Sse>,
    /// A Debezium connector that keeps the history of table structures in a store of its own.
    pub(super) history: bool,
}

/// How a connector is told where to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain URLs, or a switch.
    Plain,
    /// A MongoDB connection string.
    Mongo,
    /// A JDBC URL; settings below these prefixes are handed to the driver.
    Jdbc(&'static [&'static str]),
    /// The connector makes the JDBC URL for this driver; settings below these prefixes are handed to the driver.
    Driver(&'static str, &'static [&'static str]),
    /// MirrorMaker 2; whether it talks to the source cluster.
    Mirror { source: bool },
}

/// A setting whose value decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub(super) property: &'static str,
    /// What values mean, compared in any case; `*` is any other value, `*x` one that contains `x`, blank is blank.
    pub(super) values: &'static [(&'static str, Grade)],
    /// The value that holds where none is set.
    pub(super) default: &'static str,
    /// The value to write.
    pub(super) better: &'static str,
    /// Counts only where each of these settings has this value.
    pub(super) only: &'static [(&'static str, &'static str)],
    /// Does not count where one of these settings has this value.
    pub(super) unless: &'static [(&'static str, &'static str)],
    /// What people get wrong here.
    pub(super) note: &'static str,
}

/// How a connector asks S3 for encryption.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sse {
    /// The setting that names the algorithm; empty where the connector has none.
    pub(super) algorithm: &'static str,
    /// The values that mean SSE-KMS.
    pub(super) kms: &'static [&'static str],
    /// The setting that names the key; empty where the connector has none.
    pub(super) key: &'static str,
    /// What SSE-KMS without a key is.
    pub(super) without_key: WithoutKey,
    /// The value to write for the algorithm.
    pub(super) better: &'static str,
    /// Judged only where one of these settings has this value; one that ends in `*` is a start; no entry: always.
    pub(super) when: &'static [(&'static str, &'static str)],
}

/// What becomes of SSE-KMS without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithoutKey {
    /// No header is sent at all.
    Nothing,
    /// S3 takes its AWS managed key.
    AwsManaged,
    /// Not known: documentation and code differ.
    Unclear,
}

/// A row with nothing in it.
const NONE: Connector = Connector {
    name: "",
    classes: &[],
    source: "",
    kind: Kind::Plain,
    urls: &[],
    schemes: &[],
    bare: Grade::Unknown,
    switch: None,
    checks: &[],
    hosts: &[],
    secrets: &[],
    secrets_when: &[],
    output: None,
    history: false,
};

/// A setting with nothing in it.
const MODE: Mode = Mode { property: "", values: &[], default: "", better: "", only: &[], unless: &[], note: "" };

/// TLS is off until this setting is true.
const fn tls_switch(property: &'static str) -> Mode {
    Mode {
        property,
        values: &[("true", Grade::Fine), ("false", Grade::Plaintext)],
        default: "false",
        better: "true",
        ..MODE
    }
}

/// Certificates are checked until this setting is false.
const fn verification(property: &'static str) -> Mode {
    Mode {
        property,
        values: &[("true", Grade::Fine), ("false", Grade::Unverified)],
        default: "true",
        better: "true",
        ..MODE
    }
}

/// Certificates are checked until this setting is true.
const fn trust_all(property: &'static str) -> Mode {
    Mode {
        property,
        values: &[("true", Grade::Unverified), ("false", Grade::Fine)],
        default: "false",
        better: "false",
        ..MODE
    }
}

/// Host names are checked until this setting is false.
const fn name_check(property: &'static str) -> Mode {
    Mode { values: &[("true", Grade::Fine), ("false", Grade::NameOff)], ..verification(property) }
}

/// Host names are checked until this setting is blank.
const fn identification(property: &'static str) -> Mode {
    Mode { property, values: &[("", Grade::NameOff), ("*", Grade::Fine)], default: "https", better: "https", ..MODE }
}

/// Every row.
pub fn connectors() -> impl Iterator<Item = &'static Connector> {
    [storage::ROWS, debezium::ROWS, services::ROWS, databases::ROWS].into_iter().flatten()
}

/// Finds the row of a class.
///
/// Kafka Connect also takes a class name without its package, and without `Connector` at its end
/// (apache/kafka, `PluginUtils.java`); such a short name is taken where it fits one row only.
pub(super) fn find(class: &str) -> Option<&'static Connector> {
    if class.contains('.') {
        return connectors().find(|connector| connector.classes.iter().any(|pattern| is_class(class, pattern)));
    }
    let mut rows =
        connectors().filter(|connector| connector.classes.iter().any(|pattern| is_short_name(class, pattern)));
    rows.next().filter(|_| rows.next().is_none())
}

fn is_class(class: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(class == pattern, |prefix| class.starts_with(prefix))
}

fn is_short_name(class: &str, pattern: &str) -> bool {
    let name = pattern.rsplit('.').next().unwrap_or(pattern);
    name == class || name.strip_suffix("Connector") == Some(class)
}

impl Mode {
    /// What a value means, and the word of the table it is; `None` for one that is not known.
    pub(super) fn read(&self, text: &str) -> Option<(&'static str, Grade)> {
        let text = text.trim();
        let is = |pattern: &str| match pattern.strip_prefix('*') {
            Some("") => !text.is_empty(),
            Some(part) => text.to_ascii_lowercase().contains(part),
            None => pattern.eq_ignore_ascii_case(text),
        };
        self.values.iter().copied().find(|(pattern, _)| is(pattern))
    }
}

impl Kind {
    /// The prefixes below which settings reach the driver.
    pub(super) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Jdbc(prefixes) | Self::Driver(_, prefixes) => prefixes,
            _ => &[],
        }
    }

    /// The driver that the connector uses whatever the settings say.
    pub(super) fn driver(self) -> Option<&'static Driver> {
        match self {
            Self::Driver(name, _) => drivers::driver(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_complete() {
        for row in connectors() {
            assert!(!row.name.is_empty() && !row.classes.is_empty() && !row.source.is_empty(), "{}", row.name);
            for mode in row.switch.iter().chain(row.checks) {
                assert!(
                    mode.read(mode.default).is_some() && mode.read(mode.better).is_some(),
                    "{}: {}",
                    row.name,
                    mode.property
                );
            }
            if let Kind::Driver(..) = row.kind {
                assert!(row.kind.driver().is_some(), "{}", row.name);
            }
        }
    }

    #[test]
    fn a_class_belongs_to_one_row() {
        for class in connectors().flat_map(|row| row.classes) {
            let class = class.trim_end_matches('*');
            let rows = connectors().filter(|row| row.classes.iter().any(|pattern| is_class(class, pattern)));
            // Of the Camel connectors, the row of the S3 sinks comes first.
            assert_eq!(rows.count(), 1 + usize::from(class.contains("camel.kafkaconnector.a")), "{class}");
        }
    }

    #[test]
    fn short_names_are_taken_where_they_are_unambiguous() {
        assert_eq!(find("PostgresConnector").map(|row| row.name), Some("Debezium PostgreSQL"));
        assert_eq!(find("Postgres").map(|row| row.name), Some("Debezium PostgreSQL"));
        assert!(find("JdbcSinkConnector").is_none() && find("").is_none() && find("x.PostgresConnector").is_none());
    }
}
