//! Tests that functions and the command line have the same outcomes for every sample event, so that a replay shows what
//! on-call will receive.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sealwatch_rules::rules::DETECTORS;
use serde_json::{Value, json};

use crate::binaries::{Scratch, root};
use crate::command_line::sealwatch;
use crate::events::{TOPIC, gzip};
use crate::fake_aws::FakeAws;
use crate::runtime_api::Function;

/// The number of findings with each outcome, by metric name.
fn outcomes(findings: &[Value]) -> BTreeMap<&'static str, u64> {
    let names = [
        ("Compliant", "compliant"),
        ("Violations", "violation"),
        ("Unverified", "unverified"),
        ("NotApplicable", "not-applicable"),
    ];
    let count = |outcome| findings.iter().filter(|finding| finding["outcome"] == outcome).count() as u64;
    names.into_iter().map(|(name, outcome)| (name, count(outcome))).collect()
}

/// Samples that leave something open which the function looks up, and a replay without facts does not know.
const LOOKED_UP: [&str; 1] = ["firehose-stream/create-iceberg-with-empty-encryption.json"];

#[test]
fn functions_and_command_line_agree_on_every_sample() {
    // A denied look-up has the same outcome as a replay without facts.
    let (kms, sns) = (FakeAws::kms_where_nothing_followed(), FakeAws::sns_accepting());
    let denying = FakeAws::answering(403, "AccessDeniedException", json!({"message": "no"}));
    // Without a second call that enables encryption, a stream is still as it was created.
    let (kinesis, firehose) = (FakeAws::kinesis("ACTIVE", None), FakeAws::firehose("ACTIVE"));
    let cloudtrail = FakeAws::cloudtrail_where_nothing_followed();
    let mut environment = vec![
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("AWS_ENDPOINT_URL_KMS", &kms.url),
        ("AWS_ENDPOINT_URL_SNS", &sns.url),
        ("AWS_ENDPOINT_URL_CLOUDTRAIL", &cloudtrail.url),
        ("AWS_ENDPOINT_URL_FIREHOSE", &firehose.url),
        ("AWS_ENDPOINT_URL", &denying.url),
    ];
    for detector in DETECTORS {
        if detector.name == "kinesis-stream" {
            // The Firehose function cannot look up its source stream, like a replay without facts.
            environment.push(("AWS_ENDPOINT_URL_KINESIS", &kinesis.url));
        }
        let mut function = Function::start(&format!("sealwatch-{}", detector.name), &environment);
        let folder = root().join("events").join(detector.name);
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
        files.sort();
        assert!(!files.is_empty(), "no samples in {}", folder.display());
        for file in files {
            let invocation = function.invoke(fs::read(&file).unwrap()).succeeded();
            let path = file.to_str().unwrap();
            let replayed = sealwatch(&root(), &["replay", "--all", "--format", "json", path], "").json();
            let of_detector = |finding: &Value| detector.rules.iter().any(|rule| finding["rule"] == rule.id);
            let replayed: Vec<Value> = replayed.into_iter().filter(of_detector).collect();
            let mut counted = outcomes(&replayed);
            counted.iter_mut().for_each(|(name, count)| *count = invocation.count(name));
            if LOOKED_UP.iter().any(|sample| path.ends_with(sample)) {
                assert_eq!(counted["Unverified"], 0, "{path}");
                continue;
            }
            assert_eq!(counted, outcomes(&replayed), "{path}");
        }
    }
}

#[test]
fn a_log_file_in_an_archive_has_the_outcomes_of_its_sample() {
    let archive = Scratch::new("archive-of-samples");
    let mut compared = 0;
    for detector in DETECTORS {
        let folder = root().join("events").join(detector.name);
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let event: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            let Some(record) = event.get("detail").filter(|detail| detail["eventName"].is_string()) else { continue };
            let other = json!({"eventVersion": "1.11", "eventName": "ListKeys", "eventSource": "kms.amazonaws.com"});
            let log = json!({"Records": [other, record, other]}).to_string();
            let path = archive.0.join("111122223333_CloudTrail_eu-west-1_20261121T1005Z_Kx3vQ0s2Lr7TzPbW.json.gz");
            fs::write(&path, gzip(&log)).unwrap();
            let found = |path: &Path| {
                let arguments = ["replay", "--all", "--format", "json", path.to_str().unwrap()];
                let mut findings = sealwatch(&root(), &arguments, "").json();
                findings.iter_mut().for_each(|finding| drop(finding.as_object_mut().unwrap().remove("source")));
                findings
            };
            assert_eq!(found(&path), found(&file), "{}", file.display());
            compared += 1;
        }
    }
    assert!(compared > 50, "only {compared} samples");
}

#[test]
fn the_samples_need_no_options() {
    let run = sealwatch(&root(), &["replay", "--exit-zero", "events"], "");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(run.count("unreadable"), 0);
    assert!(run.count("reported") > 0 && run.count("fact") > 0, "{}", run.stdout);
    assert_eq!(sealwatch(&root(), &["replay", "events"], "").status, 1);
}
