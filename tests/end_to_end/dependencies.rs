//! Tests the dependencies of the binaries: one HTTP and one TLS stack, and no asynchronous code, AWS SDK or I/O in the
//! rules.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use sealwatch_rules::rules::DETECTORS;

use crate::binaries::{binary, root, wait_with_timeout};

/// All dependencies of a package, as `name version`.
fn tree(package: &str) -> BTreeSet<String> {
    let crates = lines(package, "{p}");
    crates.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// A line for each dependency of a package.
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

/// Fails if a package has another version of hyper, rustls or ring, or an unwanted crate. deny.toml lists other HTTP and TLS
/// libraries.
#[track_caller]
fn assert_one_stack(package: &str, unwanted: &[&str]) {
    let crates = tree(package);
    let versions = |wanted: &str| crates.iter().filter(|found| name(found) == wanted).collect::<Vec<_>>();
    for (wanted, version) in [("hyper", "hyper v1."), ("rustls", "rustls v0.23."), ("ring", "ring v0.17.")] {
        let found = versions(wanted);
        assert!(found.len() == 1 && found[0].starts_with(version), "{package}: {found:?}");
    }
    for unwanted in unwanted {
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

/// Cargo builds a crate again for other features. That would double the ten minutes for the AWS clients.
#[test]
fn functions_and_the_command_line_share_features_of_dependencies() {
    let features = |package: &str| -> BTreeMap<String, BTreeSet<String>> {
        let mut dependencies = BTreeMap::new();
        for line in lines(package, "{p}|{f}") {
            let (name, enabled) = line.split_once('|').unwrap();
            let all: &mut BTreeSet<String> = dependencies.entry(name.to_owned()).or_default();
            all.extend(enabled.split(',').map(str::to_owned));
        }
        dependencies
    };
    let command_line = features("sealwatch");
    for detector in DETECTORS {
        let function = features(&format!("sealwatch-{}", detector.name));
        let shared = function.iter().filter(|(name, _)| command_line.contains_key(*name));
        let differ = shared.filter(|(name, features)| command_line[*name] != **features);
        assert_eq!(differ.collect::<Vec<_>>(), [], "{}", detector.name);
    }
}

/// Authors say so in their manifest, in a [badge](https://doc.rust-lang.org/cargo/reference/manifest.html#the-badges-section) or in
/// the description. deny.toml has advisories checked, too, where their database is available.
#[test]
fn no_crate_says_that_nobody_maintains_it() {
    // A crate that looks for somebody is maintained until then. Whoever asks for it has to find another.
    let known = [("urlencoding", "aws-smithy-query")];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--offline", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn();
    let metadata: serde_json::Value = serde_json::from_slice(&wait_with_timeout(metadata.unwrap()).stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 200, "{}", packages.len());
    let mut found = Vec::new();
    for package in packages {
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let status = manifest.get("badges").and_then(|badges| badges.get("maintenance")?.get("status")?.as_str());
        let description = package["description"].as_str().unwrap_or_default().to_lowercase();
        if matches!(status, Some("as-is" | "deprecated" | "looking-for-maintainer" | "none"))
            || ["deprecated", "no longer maintained", "unmaintained"].iter().any(|word| description.contains(word))
        {
            found.push(package["name"].as_str().unwrap());
        }
    }
    assert_eq!(found, known.map(|(name, _)| name));
}

/// Zip files are small and functions start fast because a function links only the code of its own detector.
#[test]
fn a_function_links_only_its_own_detector() {
    let binaries: Vec<_> = DETECTORS
        .iter()
        .map(|detector| (detector, std::fs::read(binary(&format!("sealwatch-{}", detector.name))).unwrap()))
        .collect();
    let contains = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    for (detector, bytes) in &binaries {
        for other in DETECTORS {
            let title = other.rules[0].title;
            assert_eq!(contains(bytes, title), other.name == detector.name, "{}: {title}", detector.name);
        }
        let catalog = contains(bytes, "io.debezium.connector");
        assert_eq!(catalog, detector.name == "msk-connector", "{}: the catalog of connectors", detector.name);
    }
}

#[test]
fn rules_have_no_asynchronous_code_no_aws_sdk_and_no_io() {
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
    let is_in_family = |found: &str, word: &str| found == word || found.starts_with(&format!("{word}-"));
    for found in tree("sealwatch-rules") {
        assert!(!unwanted.iter().any(|word| is_in_family(name(&found), word)), "the rules depend on {found}");
    }
}
