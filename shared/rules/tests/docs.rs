//! `docs/rules/` is written from the rules, and `docs/settling.md` covers every call of the detectors.
//! After a change: `UPDATE_DOCS=1 cargo test -p sealwatch-rules --test docs`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and panic")]

mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use generated::assert_current;
use sealwatch_rules::Detector;
use sealwatch_rules::cloudtrail::wrapper::WRAPPERS;
use sealwatch_rules::engine::rule::Rule;
use sealwatch_rules::rules::{DETECTORS, EXISTING, rules};

const UPDATE: &str = "UPDATE_DOCS=1 cargo test -p sealwatch-rules --test docs";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The page of one rule.
fn page(rule: &Rule) -> String {
    let detector = DETECTORS.iter().find(|detector| detector.rules.iter().any(|owned| owned.id == rule.id)).unwrap();
    let calls: Vec<String> = detector.calls.iter().map(|call| format!("`{}`", call.name)).collect();
    let controls = if rule.controls.is_empty() {
        "none".to_owned()
    } else {
        rule.controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    format!(
        "<!-- Written from shared/rules/src/rules/{}/{}.rs: change that file. -->\n# {}\n\n{}\n\n| | |\n| --- | --- |\n| Severity | {} |\n| Calls | {} of `{}` |\n| Controls | {controls} |\n",
        detector.name.replace('-', "_"),
        rule.id.replace('-', "_"),
        rule.id,
        rule.doc(),
        rule.severity.name(),
        calls.join(", "),
        detector.event_source,
    )
}

/// The table of all rules.
fn index() -> String {
    let mut text = "<!-- Written from the rules: see CONTRIBUTING.md. -->\n# Rules\n\n| Rule | Severity | Raised when |\n| --- | --- | --- |\n".to_owned();
    for rule in rules() {
        let doc = rule.doc();
        let summary = doc.lines().next().unwrap().trim_end_matches('.');
        text += &format!("| [{0}]({0}.md) | {1} | {summary} |\n", rule.id, rule.severity.name());
    }
    text
}

#[test]
fn the_rules_reference_is_up_to_date() {
    let folder = folder().join("rules");
    let mut pages: BTreeMap<String, String> =
        rules().into_iter().map(|rule| (format!("{}.md", rule.id), page(rule))).collect();
    pages.insert("README.md".to_owned(), index());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
    }
    for (name, text) in &pages {
        assert_current(&folder.join(name), text, UPDATE);
    }
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        pages.len(),
        "docs/rules has pages of rules that do not exist: {UPDATE}"
    );
}

/// The table at the top of a detector's `mod.rs`: its calls, what is looked up for each, and when it is evaluated.
fn calls(detector: &Detector) -> String {
    let path = format!("{}/src/rules/{}/mod.rs", env!("CARGO_MANIFEST_DIR"), detector.name.replace('-', "_"));
    let text = fs::read_to_string(path).unwrap();
    let table = text.lines().filter_map(|line| line.strip_prefix("//! |"));
    table.map(|row| format!("|{row}\n")).collect()
}

#[test]
fn the_page_on_settling_is_in_step() {
    const START: &str = "change those files. -->\n";
    const END: &str = "<!-- End of the written part. -->";
    let path = folder().join("settling.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let sections =
        DETECTORS.iter().map(|detector| format!("## {}\n\n{}\n", detector.name, calls(detector))).collect::<String>();
    let written = format!("{before}{START}{sections}{END}{after}");
    assert_current(&path, &written, UPDATE);
}

/// Each table has a row for each call of its detector, which names the look-ups that the call may need.
#[test]
fn the_tables_of_the_detectors_know_every_call_and_every_permission() {
    for detector in DETECTORS {
        let table = calls(detector);
        let rows: Vec<Vec<&str>> = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|row| row.split('|').map(|cell| cell.trim().trim_end_matches('`')).collect())
            .collect();
        let calls: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let of_detector = || detector.calls.iter().chain(detector.closing);
        let mut names: Vec<&str> = of_detector().map(|call| call.name).collect();
        names.sort_unstable();
        assert_eq!(calls, names, "{}", detector.name);
        for call in of_detector() {
            let row = rows.iter().find(|row| row[0] == call.name).unwrap();
            assert_eq!(row[3].contains("settled"), call.settles, "{}", call.name);
            assert_eq!(row[3].starts_with("with a ledger"), detector.closing.contains(call), "{}", call.name);
        }
        let named = |action: &str| {
            rows.iter().any(|row| row[2].contains(action) || (action == "kms:DescribeKey" && row[2].contains("key")))
        };
        for permission in detector.permissions {
            assert!(named(permission.action), "{}: no call needs {}", detector.name, permission.action);
        }
        for word in
            rows.iter().flat_map(|row| row[2].split('`')).filter(|word| word.contains(':') && !word.contains(' '))
        {
            assert!(
                detector.permissions.iter().any(|permission| permission.action == word),
                "{}: {word}",
                detector.name
            );
        }
    }
}

#[test]
fn what_a_scan_lists_is_documented() {
    let page = fs::read_to_string(folder().join("scan.md")).unwrap();
    let of_listings = EXISTING.iter().map(|row| row.listing.permission.action);
    for action in of_listings {
        let (service, operation) = action.split_once(':').unwrap();
        let named = page.contains(&format!("`{operation}`")) || page.contains(&format!("`{action}`"));
        assert!(named, "docs/scan.md does not name {service}:{operation}");
    }
}

/// The forms that records are read in.
fn forms() -> String {
    let rows = WRAPPERS.iter().map(|wrapper| {
        let encoded = if wrapper.encoded { " (also base64, of JSON or of gzip)" } else { "" };
        format!("| `{}`{encoded} | {} |\n", wrapper.path.join("`.`"), wrapper.name)
    });
    format!("\n| Member | Form |\n| --- | --- |\n{}\n", rows.collect::<String>())
}

#[test]
fn the_forms_of_input_are_in_step() {
    const START: &str = "shared/rules/src/cloudtrail/wrapper.rs: change that file. -->\n";
    const END: &str = "<!-- End of the forms. -->";
    let path = folder().join("replay.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    assert_current(&path, &format!("{before}{START}{}{END}{after}", forms()), UPDATE);
}
