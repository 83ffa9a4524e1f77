//! Every text that people read is there in every language, with the same placeholders.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test may read files and panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sealwatch_rules::Language;
use sealwatch_rules::rules::{RULE_IDS, find_rule, japanese};

/// The sources that contain texts.
const SOURCES: [&str; 3] = ["src", "../runtime/src", "../../replay/src"];

/// What precedes a text in a source file. The rest of a `Text::literal(variable)` is a text that is declared elsewhere.
const BEFORE: [&str; 5] = ["text!(", "Text::literal(", "language.text(", "not_applicable(", "title: "];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("ja") {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// The string literal that a source begins with, as its value.
fn literal(source: &str) -> Option<String> {
    let source = source.trim_start().strip_prefix('"')?;
    let (mut value, mut characters) = (String::new(), source.chars());
    loop {
        match characters.next()? {
            '"' => return Some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                '\n' => {
                    let rest = characters.as_str().trim_start();
                    characters = rest.chars();
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

/// All English texts, and the file of each.
fn english() -> BTreeMap<String, PathBuf> {
    let mut files = Vec::new();
    for folder in SOURCES {
        rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let mut texts = BTreeMap::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        for before in BEFORE {
            for (at, _) in code.match_indices(before) {
                if let Some(text) = literal(&code[at + before.len()..]) {
                    texts.insert(text, file.clone());
                }
            }
        }
    }
    texts
}

/// The placeholders of a text, sorted.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_text_is_there_in_japanese_with_the_same_placeholders() {
    let english = english();
    assert!(english.len() > 300, "only {} texts found: does this test look in the right places?", english.len());
    let mut problems = Vec::new();
    for (text, file) in &english {
        let japanese = Language::Japanese.translation(text);
        match japanese {
            None => problems.push(format!("no Japanese for {text:?} of {}", file.display())),
            Some(japanese) if placeholders(japanese) != placeholders(text) => {
                problems.push(format!("other placeholders: {text:?}, {japanese:?}"));
            }
            Some(_) => {}
        }
    }
    let mut seen = BTreeSet::new();
    let twice = Language::Japanese.translated().filter(|text| !seen.insert(*text));
    problems.extend(twice.map(|text| format!("two Japanese texts for {text:?}")));
    let unused: BTreeSet<&str> = Language::Japanese.translated().filter(|text| !english.contains_key(*text)).collect();
    problems.extend(unused.iter().map(|text| format!("nobody says {text:?}")));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The sections of a document in Japanese.
const SECTIONS: [&str; 4] = ["## 検出する内容", "## 重要な理由", "## 検出しない場合", "## 修正方法"];

/// What stands between backticks, once each. Line ends in it are spaces.
fn code(document: &str) -> BTreeSet<String> {
    document.split('`').skip(1).step_by(2).map(|code| code.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_rule_has_a_document_in_japanese_with_the_same_sections_and_names() {
    let documents: Vec<(&str, &str)> = japanese::documents().collect();
    let mut ids: Vec<&str> = documents.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    let mut expected = RULE_IDS.to_vec();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let mut problems = Vec::new();
    for (id, document) in documents {
        let sections: Vec<&str> = document.lines().filter(|line| line.starts_with('#')).collect();
        if sections != SECTIONS || document.starts_with('#') {
            problems.push(format!("{id}: sections {sections:?}"));
        }
        if document.lines().any(|line| line.starts_with("# ") || line.ends_with(' ')) {
            problems.push(format!("{id}: a heading of another level, or a space at the end of a line"));
        }
        let english = find_rule(id).unwrap().doc();
        let (english, _) = english.split_once("## References").unwrap();
        let (english, japanese) = (code(english), code(document));
        if english != japanese {
            let missing: Vec<_> = english.difference(&japanese).collect();
            let more: Vec<_> = japanese.difference(&english).collect();
            problems.push(format!("{id}: code that is missing: {missing:?}, that is not in English: {more:?}"));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
