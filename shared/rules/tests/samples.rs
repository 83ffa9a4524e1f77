//! Evaluates every sample event under `events/` and compares the outcomes with `events/expected.toml`.
//!
//! A new sample needs no new code: put it under `events/<detector>/`, run
//! `UPDATE_EXPECTED=1 cargo test -p sealwatch-rules --test samples`, and read the diff.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and panic")]

mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use generated::assert_current;
use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::ledger::{Answer, Entry, Moment, Observation, Origin, Reason, observations};
use sealwatch_rules::output::ledger::document;
use sealwatch_rules::output::ocsf::compliance_finding;
use sealwatch_rules::rules::{DETECTORS, is_cli_output, kinesis_stream, rules};
use sealwatch_rules::{Event, Facts, Finding, Language, Outcome, Settings, evaluate};
use serde_json::Value;

/// Rule ids by outcome. A rule in none of the lists is not applicable.
type Answers = BTreeMap<String, Vec<String>>;

/// Monitored calls that can only be compliant.
const NEVER_A_VIOLATION: [(&str, &str); 3] = [
    ("cloudtrail-trail", "StartLogging"),
    ("kms-key-lifecycle", "KMS CMK Rotation"),
    ("kms-key-lifecycle", "RotateKey"),
];

/// Rules that no call satisfies: they report what a call changed, and nothing shows that it was changed back.
const NEVER_COMPLIANT: [&str; 1] = ["kms-key-store-redirected"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    files
}

fn facts() -> Facts {
    let mut facts = Facts::default();
    let folders = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    for file in folders.flat_map(|folder| files(&folder)) {
        extract::each(&fs::read_to_string(&file).unwrap(), &mut |_, found| {
            if let Found::Document(output) = found
                && is_cli_output(output)
            {
                facts.insert_cli_output(&serde_json::from_str(output.get()).unwrap()).unwrap();
            }
        });
    }
    facts
}

/// Calls `check` with the `<detector>/<case>.json` of each sample and its findings.
fn each_sample(check: &mut dyn FnMut(&str, &[Finding<'_>])) {
    let (facts, settings) = (facts(), Settings::default());
    for detector in DETECTORS {
        for file in files(&folder().join(detector.name)) {
            let text = fs::read_to_string(&file).unwrap();
            let mut is_fact = false;
            extract::each(&text, &mut |_, found| is_fact = matches!(found, Found::Document(_)));
            if is_fact {
                continue; // facts are in the same folder as their events
            }
            let event = Event::parse(&text).unwrap();
            let case = format!("{}/{}", detector.name, file.file_name().unwrap().to_str().unwrap());
            match event.change_for(detector) {
                Ok(change) => check(&case, &evaluate(&change, &facts, &settings)),
                Err(_) => check(&case, &[]),
            }
        }
    }
}

/// The outcomes of each sample, by `<detector>/<case>.json`.
fn evaluated() -> BTreeMap<String, Answers> {
    let mut evaluated = BTreeMap::new();
    each_sample(&mut |case, findings| {
        let mut answers = Answers::new();
        for finding in findings.iter().filter(|finding| !matches!(finding.outcome, Outcome::NotApplicable(_))) {
            let ids: &mut Vec<_> = answers.entry(finding.outcome_name().to_owned()).or_default();
            ids.push(finding.rule.id.to_owned());
        }
        evaluated.insert(case.to_owned(), answers);
    });
    evaluated
}

#[test]
fn every_sample_has_the_expected_outcomes() {
    let mut text = "# The outcomes of each sample. Rules that are not listed are not applicable. Written by the test in shared/rules/tests/samples.rs.\n".to_owned();
    for (case, answers) in evaluated() {
        writeln!(text, "\n[\"{case}\"]").unwrap();
        for (outcome, rules) in answers {
            writeln!(text, "{outcome} = {rules:?}").unwrap();
        }
    }
    assert_current(
        &folder().join("expected.toml"),
        &text,
        "UPDATE_EXPECTED=1 cargo test -p sealwatch-rules --test samples",
    );
}

#[test]
fn every_rule_has_a_violating_a_compliant_and_a_not_applicable_sample() {
    let evaluated = evaluated();
    for rule in rules() {
        let owner = DETECTORS.iter().find(|detector| detector.rules.iter().any(|owned| owned.id == rule.id)).unwrap();
        let samples = evaluated.iter().filter(|(case, _)| case.split('/').next() == Some(owner.name));
        let mut seen = BTreeSet::new();
        for (_, answers) in samples {
            let outcome = answers.iter().find(|(_, rules)| rules.iter().any(|id| id == rule.id));
            seen.insert(outcome.map_or("not-applicable", |(outcome, _)| outcome.as_str()));
        }
        let never = NEVER_COMPLIANT.contains(&rule.id);
        assert!(!never || !seen.contains("compliant"), "remove {} from NEVER_COMPLIANT", rule.id);
        for wanted in ["violation", "compliant", "not-applicable"] {
            if never && wanted == "compliant" {
                continue;
            }
            assert!(seen.contains(wanted), "{} has no {wanted} sample under events/{}", rule.id, owner.name);
        }
    }
}

#[test]
fn every_call_has_a_sample_and_raises_a_violation_in_one() {
    let (mut sampled, mut violating) = (BTreeSet::new(), BTreeSet::new());
    each_sample(&mut |_, findings| {
        for finding in findings {
            let call = (finding.change.detector.name, finding.change.event.name.clone());
            if finding.is_violation() {
                violating.insert(call.clone());
            }
            sampled.insert(call);
        }
    });
    for detector in DETECTORS {
        for call in detector.calls {
            let found = (detector.name, call.name.to_owned());
            assert!(sampled.contains(&found), "add a sample of {} under events/{}", call.name, detector.name);
            let never = NEVER_A_VIOLATION.contains(&(detector.name, call.name));
            let violates = violating.contains(&found);
            assert!(never || violates, "add a violating sample of {} under events/{}", call.name, detector.name);
            assert!(!never || !violates, "{found:?} has a violating sample: remove it from NEVER_A_VIOLATION");
        }
    }
}

#[test]
fn every_finding_follows_the_schema() {
    let schema = fs::read_to_string(folder().join("../docs/finding.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let mut checked = 0;
    each_sample(&mut |case, findings| {
        for finding in findings {
            let document = finding.to_json();
            if let Err(error) = schema.validate(&document) {
                panic!("{case}, {}: {error} at {}", finding.rule.id, error.instance_path());
            }
            checked += 1;
        }
    });
    assert!(checked > 100, "only {checked} findings");
}

/// What no page of the console shows: a resource without an ARN, of which only a name is known.
#[test]
fn every_finding_links_to_its_resource_and_its_event() {
    each_sample(&mut |case, findings| {
        for finding in findings {
            let (links, resource) = (finding.links(), &finding.change.resource);
            assert!(links.event.is_some(), "{case}: {}", finding.change.event.id);
            assert!(links.resource.is_some() || resource.arn.is_none(), "{case}: {resource:?}");
        }
    });
}

#[test]
fn stored_findings_follow_the_schema_and_give_the_same_ocsf() {
    let schema = fs::read_to_string(folder().join("../docs/finding.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let (own, ocsf) = (Settings::default(), Settings::parse("notify.format = 'ocsf'", &[]).unwrap());
    let mut checked = 0;
    let mut check = |case: &str, entry: &Entry| {
        let document = document(entry, &own);
        if let Err(error) = schema.validate(&document) {
            panic!("{case}, {}: {error} at {}", entry.subject.rule, error.instance_path());
        }
        checked += 1;
    };
    each_sample(&mut |case, findings| {
        for finding in findings.iter().filter(|finding| finding.is_violation() || finding.is_unverified()) {
            let observation =
                observations(std::slice::from_ref(finding), Language::English, Origin::Event, 0).remove(0);
            let entry = Entry::merge(None, &observation, 0).unwrap();
            check(case, &entry);
            let mut stored = document(&entry, &ocsf);
            // what only a ledger knows
            let info = stored["finding_info"].as_object_mut().unwrap();
            for member in ["first_seen_time", "last_seen_time", "modified_time"] {
                info.remove(member).unwrap();
            }
            info.insert("uid".to_owned(), finding.id().into());
            assert_eq!(stored, compliance_finding(finding), "{case}, {}", finding.rule.id);
            let moment = Moment { time: observation.moment.time + 60, wrong: false, ..observation.moment };
            let answer = Answer::Right(Reason::Fixed);
            check(case, &Entry::merge(Some(&entry), &Observation { moment, answer, ..observation }, 0).unwrap());
        }
    });
    assert!(checked > 100, "only {checked} documents");
}

#[test]
fn a_finding_is_readable_and_keeps_its_id() {
    let text = fs::read_to_string(folder().join("kinesis-stream/start-with-aws-managed-key.json")).unwrap();
    let (facts, settings) = (facts(), Settings::default());
    let event = Event::parse(&text).unwrap();
    let change = event.change_for(&kinesis_stream::DETECTOR).unwrap();
    let findings = evaluate(&change, &facts, &settings);
    let violation = findings.iter().find(|finding| finding.is_violation()).unwrap();
    insta::assert_json_snapshot!(violation.to_json(), @r#"
    {
      "account": "111122223333",
      "actor": {
        "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0a1b2c3d4e5f6a7b/mira@example.com",
        "mfa": true,
        "role": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_0a1b2c3d4e5f6a7b",
        "session": "mira@example.com",
        "source_ip": "203.0.113.24",
        "type": "AssumedRole"
      },
      "controls": [
        "NIST 800-53 r5 SC-12"
      ],
      "detail": "The stream `clicks` is encrypted with an AWS managed key; a customer managed key is required.",
      "event": {
        "id": "def0a02a-bf3a-5ab7-9317-85edcfe35425",
        "name": "StartStreamEncryption",
        "source": "kinesis.amazonaws.com",
        "time": "2026-11-21T09:04:28Z"
      },
      "evidence": {
        "requestParameters.keyId": "alias/aws/kinesis"
      },
      "fingerprint": "73e2a2e30e0d7d6cb02777a6f9bdcf15",
      "id": "41a84c1675b4c6bc8e5ba725c89aafee",
      "links": {
        "event": "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/def0a02a-bf3a-5ab7-9317-85edcfe35425",
        "resource": "https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/clicks/monitoring"
      },
      "outcome": "violation",
      "partition": "aws",
      "references": [
        "https://docs.aws.amazon.com/streams/latest/dev/creating-using-sse-master-keys.html"
      ],
      "region": "eu-west-1",
      "remediation": {
        "cli": "aws kinesis start-stream-encryption --stream-name clicks --encryption-type KMS --key-id alias/your-key --region eu-west-1",
        "console": "Kinesis > Data streams > clicks > Configuration > Server-side encryption",
        "terraform": "resource \"aws_kinesis_stream\" \"this\" {\n  name            = \"clicks\"\n  encryption_type = \"KMS\"\n  kms_key_id      = aws_kms_key.this.arn\n}"
      },
      "resource": {
        "arn": "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
        "name": "clicks",
        "type": "AWS::Kinesis::Stream"
      },
      "rule": "kinesis-stream-without-customer-key",
      "severity": "medium",
      "title": "Kinesis stream encrypted below the required key level"
    }
    "#);
    assert_eq!(ids(&findings), ids(&evaluate(&change, &facts, &settings)));
}

fn ids(findings: &[Finding<'_>]) -> Vec<String> {
    findings.iter().map(Finding::id).collect()
}

#[test]
fn every_remediation_is_filled_in() {
    let mut checked = 0;
    each_sample(&mut |case, findings| {
        for (rule, remediation) in findings.iter().filter_map(|it| Some((it.rule.id, it.remediation()?))) {
            for text in [&*remediation.cli, &*remediation.terraform, &*remediation.console] {
                assert!(!text.is_empty() && !text.contains("{{"), "{case}, {rule}: {text}");
            }
            checked += 1;
        }
    });
    assert!(checked > 50, "only {checked} remediations");
}

/// The commands that people may paste: remediation, and what to run about a fact that is not known.
fn commands(finding: &Finding<'_>) -> Vec<String> {
    let detail = finding.detail();
    let hint =
        detail.split_once("run `aws ").and_then(|(_, hint)| hint.rsplit_once("` and pass")).map(|(hint, _)| hint);
    let fix = finding.remediation().map(|fix| fix.cli.as_str());
    hint.into_iter().chain(fix).map(str::to_owned).collect()
}

/// The parts of a command that a shell interprets: everything that is not within single quotes, escaped or a comment.
fn interpreted(command: &str) -> String {
    let mut text = String::new();
    for line in command.lines().filter(|line| !line.starts_with('#')) {
        let (mut in_quotes, mut characters) = (false, line.chars());
        while let Some(c) = characters.next() {
            match c {
                '\'' => in_quotes = !in_quotes,
                '\\' if !in_quotes => drop(characters.next()),
                c if !in_quotes => text.push(c),
                _ => {}
            }
        }
        assert!(!in_quotes, "an open quote: {command}");
    }
    text
}

/// Replaces one text after the other in a value, and calls `check` with each result.
fn each_replacement(value: &Value, replace: &dyn Fn(&str) -> String, check: &mut dyn FnMut(&Value)) {
    let mut pointers = Vec::new();
    add_texts(value, &mut String::new(), &mut pointers);
    for pointer in pointers {
        let mut changed = value.clone();
        let text = changed.pointer_mut(&pointer).unwrap();
        *text = Value::from(replace(text.as_str().unwrap()));
        check(&changed);
    }
}

fn add_texts(value: &Value, path: &mut String, pointers: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let length = path.len();
        write!(path, "/{}", name.replace('~', "~0").replace('/', "~1")).unwrap();
        add_texts(value, path, pointers);
        path.truncate(length);
    };
    match value {
        Value::String(_) => pointers.push(path.clone()),
        Value::Array(entries) => entries.iter().enumerate().for_each(|(index, entry)| below(&index.to_string(), entry)),
        Value::Object(members) => members.iter().for_each(|(name, member)| below(name, member)),
        _ => {}
    }
}

/// The commands of all samples, with each of their texts replaced, with and without facts.
fn hostile_commands(replace: &dyn Fn(&str) -> String) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (all_facts, settings) = (facts(), Settings::default());
    for detector in DETECTORS {
        for file in files(&folder().join(detector.name)) {
            let sample: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            each_replacement(&sample, replace, &mut |record| {
                let text = record.to_string();
                let Ok(event) = Event::parse(&text) else { return };
                let Ok(change) = event.change_for(detector) else { return };
                for facts in [&all_facts, &Facts::default()] {
                    found.extend(evaluate(&change, facts, &settings).iter().flat_map(commands));
                }
            });
        }
    }
    found
}

#[test]
fn no_text_of_a_record_is_interpreted_by_a_shell() {
    let hostile = |text: &str| format!("{text}';$(pwned)`pwned` & pwned \n pwned \" | pwned #");
    let mut checked = 0;
    for command in hostile_commands(&hostile).iter().filter(|command| command.contains("pwned")) {
        assert!(!interpreted(command).contains("pwned"), "{command}");
        checked += 1;
    }
    assert!(checked > 50, "only {checked} commands");
}

#[test]
fn no_text_of_a_record_becomes_an_option() {
    let mut checked = 0;
    for command in hostile_commands(&|_| "--pwned".to_owned()).iter().filter(|command| command.contains("--pwned")) {
        let separated = command.lines().filter(|line| !line.starts_with('#')).any(|line| line.contains(" --pwned"));
        assert!(!separated, "{command}");
        checked += 1;
    }
    assert!(checked > 10, "only {checked} commands");
}
