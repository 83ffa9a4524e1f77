//! The known connectors: how to recognize them, and which of their settings decide.
//!
//! The rows are data, in one file for each family. Each row names its source as `owner/repository: file` or as a
//! documentation page.

mod databases;
mod debezium;
mod row;
mod services;
mod storage;

pub use row::Connector;
pub(super) use row::{Kind, Sse, TlsSetting, WithoutKey};

/// Every row of the catalog.
pub fn connectors() -> impl Iterator<Item = &'static Connector> {
    [storage::ROWS, debezium::ROWS, services::ROWS, databases::ROWS].into_iter().flatten()
}

/// Finds the row of a class.
///
/// Kafka Connect also accepts a class name without its package and without the suffix `Connector`
/// (apache/kafka, `PluginUtils.java`). Such a short name counts only if it matches exactly one row.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_complete() {
        for row in connectors() {
            assert!(!row.name.is_empty() && !row.classes.is_empty() && !row.source.is_empty(), "{}", row.name);
            for setting in row.switch.iter().chain(row.checks) {
                assert!(
                    setting.classify(setting.default).is_some() && setting.classify(setting.recommended).is_some(),
                    "{}: {}",
                    row.name,
                    setting.property
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
            // The Camel connectors to AWS match the row of all Camel connectors too, and the S3 sinks one more; the most
            // specific row comes first.
            let camel = ["camel.kafkaconnector.aws", "camel.kafkaconnector.awss3"];
            assert_eq!(rows.count(), 1 + camel.iter().filter(|part| class.contains(*part)).count(), "{class}");
        }
    }

    #[test]
    fn a_short_name_must_match_exactly_one_row() {
        assert_eq!(find("PostgresConnector").map(|row| row.name), Some("Debezium PostgreSQL"));
        assert_eq!(find("Postgres").map(|row| row.name), Some("Debezium PostgreSQL"));
        assert!(find("JdbcSinkConnector").is_none() && find("").is_none() && find("x.PostgresConnector").is_none());
    }
}
