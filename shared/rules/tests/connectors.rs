//! Keeps the tables of `docs/connectors.md`: `UPDATE_EXPECTED=1 cargo test -p sealwatch-rules --test connectors` writes
//! them anew.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and stop at surprises")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use sealwatch_rules::connector::{connectors, drivers};

/// Puts `table` between the mark of this name and the end mark that follows it.
fn put(page: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- {name}: kept by shared/rules/tests/connectors.rs -->\n");
    let (before, rest) = page.split_once(&mark).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{mark}{table}<!-- end -->{after}")
}

#[test]
fn the_page_lists_every_connector_and_driver() {
    let mut rows: Vec<_> = connectors().collect();
    rows.sort_by_key(|row| row.name);
    let mut table = "| Connector | Classes | Source of the facts |\n| --- | --- | --- |\n".to_owned();
    for row in rows {
        let classes: Vec<String> = row.classes.iter().map(|class| format!("`{class}`")).collect();
        writeln!(table, "| {} | {} | {} |", row.name, classes.join("<br>"), row.source).unwrap();
    }
    let mut driver_table = "| Address | Source of the facts |\n| --- | --- |\n".to_owned();
    for (names, source) in drivers() {
        let names: Vec<String> = names.iter().map(|name| format!("`jdbc:{name}:`")).collect();
        writeln!(driver_table, "| {} | {source} |", names.join(" ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connectors.md");
    let page = fs::read_to_string(&path).unwrap();
    let wanted = put(&put(&page, "connectors", &table), "drivers", &driver_table);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/connectors.md is not current: see the head of this test");
}
