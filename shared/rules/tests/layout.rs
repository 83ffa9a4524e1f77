//! The layout of the code: imports run one way, and a new kind of resource takes few places.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may read files and stop at surprises"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the rules crate: each imports only folders that stand before it.
const FLOORS: [&str; 14] = [
    "util",
    "language",
    "aws",
    "key_policy",
    "connector",
    "cloudtrail",
    "configuration",
    "timeline",
    "settings",
    "engine",
    "rules",
    "ledger",
    "output",
    "readers",
];

/// What the two analyzers may import: they know no record, rule or setting.
const BELOW_ANALYZERS: [&str; 3] = ["util", "language", "aws"];

/// The crates whose files must not form circles.
const CRATES: [&str; 3] = ["shared/rules/src", "shared/runtime/src", "replay/src"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The files of a crate by their module paths: `[]` is `lib.rs` or `main.rs`, `["engine"]` is `engine/mod.rs`.
fn modules(source: &Path) -> BTreeMap<Vec<String>, String> {
    let mut files = Vec::new();
    rust_files(source, &mut files);
    let mut modules = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(source).unwrap().with_extension("");
        let mut path: Vec<String> =
            relative.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
        if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            path.pop();
        }
        let is_test = path.iter().any(|part| part == "tests" || part == "testing");
        if !is_test {
            modules.insert(path, code(&fs::read_to_string(&file).unwrap()));
        }
    }
    modules
}

/// The text of a file without comments and without its tests, which may import anything.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]" || !text.contains("mod tests {"));
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.map(|line| line.split(" // ").next().unwrap().to_owned() + "\n").collect()
}

/// The paths that a text names after `prefix`: `a::{b, c::{d}}` is `a::b` and `a::c::d`. `$crate` in a macro is no import.
fn paths(text: &str, prefix: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts =
        text.match_indices(prefix).filter(|(at, _)| !text[..*at].ends_with(is_word) && !text[..*at].ends_with('$'));
    let mut found = Vec::new();
    for (at, _) in starts {
        expand(&text[at + prefix.len()..], &mut Vec::new(), &mut found);
    }
    found
}

/// Reads one tree of a `use` item and returns what follows it.
fn expand<'a>(mut text: &'a str, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let depth = path.len();
    loop {
        text = text.trim_start();
        if let Some(mut inner) = text.strip_prefix('{') {
            loop {
                inner = expand(inner, path, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(rest) if rest.trim_start().starts_with('}') => inner = rest.trim_start(),
                    Some(rest) => inner = rest,
                    None => break,
                }
            }
            path.truncate(depth);
            return inner.strip_prefix('}').unwrap_or(inner);
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        path.push(word.to_owned());
        match rest.strip_prefix("::") {
            Some(rest) if !word.is_empty() => text = rest,
            _ => {
                found.push(path.clone());
                path.truncate(depth);
                let rest = rest.trim_start();
                return rest
                    .strip_prefix("as ")
                    .map_or(rest, |rest| rest.trim_start_matches(|c: char| c != ',' && c != '}' && c != ';'));
            }
        }
    }
}

/// The modules that each module imports.
fn imports(source: &Path) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let modules = modules(source);
    let resolve = |path: &[String]| {
        let lengths = (0..=path.len()).rev();
        lengths.map(|length| path[..length].to_vec()).find(|path| modules.contains_key(path))
    };
    let mut imports = BTreeMap::new();
    for (module, text) in &modules {
        let mut named: Vec<Vec<String>> = paths(text, "crate::");
        let parent = module.split_last().map_or(&[][..], |(_, parent)| parent);
        let relative = |base: &[String], path: Vec<String>| [base, &path].concat();
        named.extend(paths(text, "super::").into_iter().map(|path| relative(parent, path)));
        named.extend(paths(text, "self::").into_iter().map(|path| relative(module, path)));
        for item in text.lines().filter(|line| line.contains("use ") && !line.contains("crate::")) {
            let item = item.split("use ").nth(1).unwrap_or_default();
            let first = item.split("::").next().unwrap_or_default();
            if modules.contains_key(&relative(module, vec![first.to_owned()])) {
                named.push(relative(module, vec![first.to_owned()]));
            }
        }
        let found: BTreeSet<_> =
            named.iter().filter_map(|path| resolve(path)).filter(|found| found != module).collect();
        imports.insert(module.clone(), found);
    }
    imports
}

#[test]
fn imports_run_from_higher_floors_to_lower_ones() {
    let imports = imports(&root().join("shared/rules/src"));
    let floor = |module: &[String]| FLOORS.iter().position(|floor| module.first().is_some_and(|first| first == floor));
    for module in imports.keys().filter(|module| !module.is_empty()) {
        assert!(floor(module).is_some(), "{} is on no floor: add its folder to FLOORS", module.join("::"));
    }
    for (module, imported) in imports.iter().filter(|(module, _)| !module.is_empty()) {
        for other in imported {
            let (from, to) = (module.join("::"), other.join("::"));
            assert!(!other.is_empty(), "{from} imports from lib.rs, which is the top of the house");
            assert!(floor(other) <= floor(module), "{from} imports {to}, which is on a higher floor");
            let analyzer = ["key_policy", "connector"].contains(&module[0].as_str());
            let allowed = other[0] == module[0] || BELOW_ANALYZERS.contains(&other[0].as_str());
            assert!(!analyzer || allowed, "the analyzer {from} imports {to}");
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for source in CRATES {
        let imports = imports(&root().join(source));
        assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 10, "{source}: the test reads no imports");
        let mut done = BTreeSet::new();
        for module in imports.keys() {
            visit(source, module, &imports, &mut Vec::new(), &mut done);
        }
    }
}

fn visit<'a>(
    source: &str,
    module: &'a Vec<String>,
    imports: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    stack: &mut Vec<&'a Vec<String>>,
    done: &mut BTreeSet<&'a Vec<String>>,
) {
    if done.contains(module) {
        return;
    }
    if let Some(start) = stack.iter().position(|earlier| *earlier == module) {
        let circle: Vec<String> = stack[start..].iter().map(|module| module.join("::")).collect();
        panic!("{source}: a circle of imports: {} -> {}", circle.join(" -> "), module.join("::"));
    }
    stack.push(module);
    for imported in &imports[module] {
        visit(source, imported, imports, stack, done);
    }
    stack.pop();
    done.insert(module);
}

/// The places that name the kind `cloudtrail-trail`, as CONTRIBUTING.md lists them: folders of the kind count once, what is
/// written by a test and the log of changes not at all. Tests, and pages that use the kind as an example, need no line
/// for a new one.
#[test]
fn a_kind_of_resource_is_named_in_the_places_that_contributing_lists() {
    const NAMES: [&str; 8] = [
        "cloudtrail-trail",
        "cloudtrail_trail",
        "CloudTrailTrail",
        "CloudtrailTrail",
        "lookups/cloudtrail.rs",
        "aws-sdk-cloudtrail",
        "CLOUDTRAIL",
        "cloudtrail:GetTrail",
    ];
    const GENERATED: [&str; 8] = [
        "Cargo.lock",
        "docs/coverage.md",
        "docs/rules/",
        "docs/settling.md",
        "events/expected.toml",
        "infra/detectors.json",
        "infra/scan.json",
        "infra/terraform/data/",
    ];
    // a kind whose later calls complete it is named there too: see the end of the section
    const TIMELINE: [&str; 1] = ["shared/rules/src/timeline/"];
    const EXAMPLES: [&str; 16] = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "benchmarks/scan/",
        "benchmarks/startup",
        "docs/benchmarks.md",
        "docs/doctor.md", // it checks the trail that Sealwatch needs
        "fuzz/",          // words and seeds are taken from the code and from events/
        "infra/cdk/test/",
        "infra/tests/",
        "replay/src/doctor/",
        "shared/rules/src/output/asff", // Security Hub has types for some kinds only
        "shared/rules/src/output/ledger/tests/",
        "shared/rules/src/output/sns.rs", // in its tests
        "shared/rules/tests/",
        "shared/runtime/src/scan/remember/tests",
        "tests/",
    ];
    // `x86_64.yaml` is the copy of the SAM template that ./test makes
    const BUILT: [&str; 6] = ["__pycache__", "build", "cdk.out", "node_modules", "target", "x86_64.yaml"];
    let mut places = BTreeSet::new();
    let mut waiting = vec![root()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
            let built = BUILT.iter().any(|folder| path.file_name().unwrap() == *folder);
            if hidden || built {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let listed = [&GENERATED[..], &EXAMPLES[..], &TIMELINE[..]].concat();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            // the function of another kind of the same service names the service's client
            let is_other_function = name.starts_with("functions/") && !name.contains(NAMES[0]);
            let names_it = !is_other_function && NAMES.iter().any(|kind| name.contains(kind) || text.contains(kind));
            if names_it && !listed.iter().any(|other| name.starts_with(other)) {
                places.insert(place(&name));
            }
        }
    }
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let section = contributing.split("## Add a kind of resource").nth(1).unwrap();
    let places_listed = section.split("-->\n").nth(1).expect("the comment before the list of places");
    let places_listed = places_listed.split("\n\n").next().unwrap();
    let listed = places_listed.lines().filter(|line| line.split(". ").next().unwrap().parse::<u8>().is_ok());
    let listed: BTreeSet<String> = listed.map(|line| line.split('`').nth(1).unwrap().to_owned()).collect();
    let filled = |place: &String| {
        place.replace("<kind>", "cloudtrail_trail").replace("rules/<detector>", "rules/cloudtrail_trail")
    };
    let filled =
        |place: &String| filled(place).replace("<detector>", "cloudtrail-trail").replace("<service>", "cloudtrail");
    let listed: BTreeSet<String> = listed.iter().map(filled).collect();
    let (missing, surplus): (Vec<_>, Vec<_>) =
        (places.difference(&listed).collect(), listed.difference(&places).collect());
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "CONTRIBUTING.md, \"Add a kind of resource\": add {missing:?} to its places if a new kind needs them, or else to EXAMPLES in this test; remove {surplus:?}"
    );
    assert!(places.len() <= 14, "a kind of resource takes {} places", places.len());
}

/// A folder of the kind is one place, whatever is in it.
fn place(file: &str) -> String {
    let end = ["cloudtrail_trail/", "cloudtrail-trail/"].iter().find_map(|name| Some(file.find(name)? + name.len()));
    end.map_or(file, |end| &file[..end]).to_owned()
}

#[test]
fn the_reader_of_imports_understands_nested_groups() {
    let found = paths("use crate::a::{B, c::{D, e::F}, g as h};\nlet x = crate::i::j(1);", "crate::");
    let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["a::B", "a::c::D", "a::c::e::F", "a::g", "i::j"]);
}
