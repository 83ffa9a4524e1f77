//! `docs/threat-model.md` names a test for each threat. Each of them exists.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders with tests.
const SOURCES: [&str; 5] = ["shared/rules", "shared/runtime", "replay", "tests", "infra/tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Adds the names of the functions in the Rust and Python files of a folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, names);
            continue;
        }
        let keyword = match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => "fn ",
            Some("py") => "def ",
            _ => continue,
        };
        let text = fs::read_to_string(&path).unwrap();
        let starts = text.lines().filter_map(|line| line.trim_start().strip_prefix(keyword));
        names.extend(starts.filter_map(|rest| rest.split('(').next()).map(str::to_owned));
    }
}

#[test]
fn each_threat_has_tests_that_exist() {
    let mut known = BTreeSet::new();
    SOURCES.iter().for_each(|folder| functions(&root().join(folder), &mut known));
    let page = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).collect();
    let mut threats = 0;
    for row in rows.iter().filter(|row| !row.starts_with("| Threat ")) {
        let [_, threat, defense, tests, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}") };
        assert!(!threat.trim().is_empty() && !defense.trim().is_empty(), "{row}");
        let tests: Vec<&str> = tests.split(',').map(|name| name.trim().trim_matches('`')).collect();
        tests.iter().for_each(|name| assert!(known.contains(*name), "there is no test `{name}`: {row}"));
        threats += 1;
    }
    assert!(threats > 20, "{threats}");
}
