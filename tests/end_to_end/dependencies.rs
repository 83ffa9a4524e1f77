//! Proves what the binaries are made of: one HTTP and one TLS stack in the functions, and nothing
//! asynchronous, nothing of AWS and no I/O in the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use sealwatch_rules::rules::DETECTORS;

use crate::binaries::{binary, wait_with_timeout, root};

/// All crates that a package is built from, as `name version`.
fn tree(package: &str) -> BTreeSet<String> {
    let crates = lines(package, "{p}");
    crates.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// A line for each crate that a package is built from.
fn lines(package: &str, format: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cargo = Command::new(cargo)
        .args(["tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(["--package", package, "--format", format])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = wait_with_timeout(cargo.unwrap());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn name(package: &str) -> &str {
    package.split(' ').next().unwrap_or_default()
}

/// Fails where a package has another HTTP or TLS stack than the one that is meant.
#[track_caller]
fn assert_one_stack(package: &str, unwanted: &[&str]) {
    let crates = tree(package);
    let versions = |wanted: &str| crates.iter().filter(|found| name(found) == wanted).collect::<Vec<_>>();
    for (wanted, version) in [("hyper", "hyper v1."), ("rustls", "rustls v0.23."), ("ring", "ring v0.17.")] {
        let found = versions(wanted);
        assert!(found.len() == 1 && found[0].starts_with(version), "{package}: {found:?}");
    }
    let others = [
        "aws-lc-fips-sys",
        "aws-lc-rs",
        "aws-lc-sys",
        "boring",
        "curl",
        "hyper-tls",
        "isahc",
        "native-tls",
        "openssl",
        "openssl-sys",
        "reqwest",
        "s2n-tls",
        "ureq",
    ];
    for unwanted in others.iter().chain(unwanted) {
        assert_eq!(versions(unwanted), Vec::<&String>::new(), "{package}");
    }
}

#[test]
fn functions_have_one_http_and_one_tls_stack() {
    for detector in DETECTORS {
        assert_one_stack(&format!("sealwatch-{}", detector.name), &["aws-sdk-s3"]);
    }
}

#[test]
fn the_command_line_has_one_http_and_one_tls_stack() {
    assert_one_stack("sealwatch", &[]);
}

/// A crate with other features is built again: that would double the ten minutes that the clients of AWS take.
#[test]
fn functions_and_command_line_are_built_from_the_same_parts() {
    let parts = |package: &str| -> BTreeMap<String, BTreeSet<String>> {
        let mut parts = BTreeMap::new();
        for line in lines(package, "{p}|{f}") {
            let (name, features) = line.split_once('|').unwrap();
            let all: &mut BTreeSet<String> = parts.entry(name.to_owned()).or_default();
            all.extend(features.split(',').map(str::to_owned));
        }
        parts
    };
    let theirs = parts("sealwatch");
    for detector in DETECTORS {
        let ours = parts(&format!("sealwatch-{}", detector.name));
        let shared = ours.iter().filter(|(name, _)| theirs.contains_key(*name));
        let differ = shared.filter(|(name, features)| theirs[*name] != **features);
        assert_eq!(differ.collect::<Vec<_>>(), [], "{}", detector.name);
    }
}

/// Zips are small and start fast because a function links what its own row names, and nothing of another detector.
#[test]
fn a_function_links_only_its_own_detector() {
    let binaries: Vec<_> = DETECTORS
        .iter()
        .map(|detector| (detector, std::fs::read(binary(&format!("sealwatch-{}", detector.name))).unwrap()))
        .collect();
    let holds = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    for (detector, bytes) in &binaries {
        for other in DETECTORS {
            let title = other.rules[0].title;
            assert_eq!(holds(bytes, title), other.name == detector.name, "{}: {title}", detector.name);
        }
        let catalog = holds(bytes, "io.debezium.connector");
        assert_eq!(catalog, detector.name == "msk-connector", "{} and the catalog of connectors", detector.name);
    }
}

#[test]
fn rules_are_pure() {
    let unwanted = [
        "async",
        "aws",
        "crossbeam",
        "futures",
        "h2",
        "http",
        "hyper",
        "lambda",
        "log",
        "mio",
        "native-tls",
        "notify",
        "openssl",
        "rayon",
        "reqwest",
        "rustls",
        "smol",
        "socket2",
        "tempfile",
        "tokio",
        "tower",
        "tracing",
        "ureq",
        "walkdir",
    ];
    let named = |found: &str, word: &str| found == word || found.starts_with(&format!("{word}-"));
    for found in tree("sealwatch-rules") {
        assert!(!unwanted.iter().any(|word| named(name(&found), word)), "the rules depend on {found}");
    }
}
