//! `sealwatch policy` with the real binary: inputs, formats, exit status.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A file for one test, removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &Value) -> File {
        let path = std::env::temp_dir().join(format!("sealwatch-policy-{}-{name}", std::process::id()));
        let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        std::fs::write(&path, text).unwrap();
        File(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .arg("policy")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn statement(principal: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"})
}

fn policy(extra: Option<Value>) -> Value {
    let root = statement(json!({"AWS": "arn:aws:iam::111122223333:root"}));
    let statements: Vec<Value> = std::iter::once(root).chain(extra).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn principals_that_kms_rejects_are_named() {
    let principals = json!({"AWS": ["arn:aws::iam::111122223333:role/app", "arn:aws:iam::111122223333:group/ops", "arn:aws:iam::1111:root",
        "arn:aws:iam::111122223333:role/*", "arn:aws-cn:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/fine"],
        "Service": ["lambda", "sqs.amazonaws.com"], "Federated": "cognito-identity.amazonaws.com"});
    let document = policy(Some(
        json!({"Sid": "Use", "Effect": "Allow", "Principal": principals, "Action": "kms:DescribeKey", "Resource": "*"}),
    ));
    let output = run(&["-", "--account", "111122223333", "--region", "eu-west-1"], &document.to_string());
    let messages = String::from_utf8(output.stderr).unwrap();
    let want = [
        "`arn:aws::iam::111122223333:role/app`: the ARN is incomplete; it must look like `arn:aws:iam::111122223333:role/name`",
        "`arn:aws:iam::111122223333:group/ops`: a group is not a principal; name a role, or the users of the group",
        "`arn:aws:iam::1111:root`: the account in the ARN must have twelve digits",
        "`arn:aws:iam::111122223333:role/*`: the ARN of a principal must not have a wildcard",
        "`arn:aws-cn:iam::111122223333:role/app`: the key is in another partition of AWS",
        "`cognito-identity.amazonaws.com`: a key policy accepts only the principal types `AWS` and `Service`",
        "`lambda`: no service has this name; names look like `sqs.amazonaws.com`",
    ];
    let want = want.map(|text| format!("sealwatch: -: Statement[1] Use: KMS rejects the principal {text}"));
    let mut messages: Vec<&str> = messages.lines().collect();
    messages.sort_by_key(|message| want.iter().position(|text| text == message));
    assert_eq!(messages, want);
    let many: Vec<String> = (0..30).map(|n| format!("arn:aws:iam::111122223333:group/g{n}")).collect();
    let document = policy(Some(statement(json!({"AWS": many}))));
    let output = run(&["-", "--account", "111122223333"], &document.to_string());
    assert_eq!(output.status.code(), Some(0));
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(messages.lines().filter(|line| line.contains("Statement[1]: KMS rejects")).count(), 20, "{messages}");
    assert!(messages.contains("KMS rejects 10 more principals"), "{messages}");
}

#[test]
fn the_exit_status_depends_on_the_findings() {
    let compliant = File::new("compliant.json", &policy(None));
    let open = File::new("open.json", &policy(Some(statement(json!("*")))));
    let broken = File::new("broken.json", &json!("{\"Version\": \"2012-10-17\",\n \"Statement\": ["));
    let status = |arguments: &[&str]| run(arguments, "").status.code();
    assert_eq!(status(&[compliant.path()]), Some(0));
    assert_eq!(status(&[compliant.path(), open.path()]), Some(1));
    assert_eq!(status(&[open.path(), "--exit-zero"]), Some(0));
    assert_eq!(status(&[open.path(), broken.path()]), Some(2));
    assert_eq!(status(&["--account", "1111", open.path()]), Some(2));
    let output = run(&[broken.path()], "");
    assert!(String::from_utf8(output.stderr).unwrap().contains("line 2 column 15"));
}

#[test]
fn json_has_the_file_and_no_event() {
    let open = File::new(
        "json.json",
        &json!({"Policy": policy(Some(statement(json!("*")))).to_string(), "PolicyName": "default"}),
    );
    let output = run(&["--format", "json", "--account", "111122223333", "--region", "eu-west-1", open.path()], "");
    let findings = lines(&output);
    let public = findings.iter().find(|finding| finding["rule"] == "kms-key-policy-public").unwrap();
    assert_eq!(public["resource"]["name"], open.path());
    assert_eq!(public["event"], Value::Null);
    assert_eq!(public["severity"], "critical");
    assert_eq!(public["account"], "111122223333");
    assert!(public["evidence"]["corrected_statement"]["Principal"]["AWS"].is_string());
}

#[test]
fn a_policy_is_read_from_standard_input_and_reported_as_text() {
    let output =
        run(&["-", "--account", "111122223333"], &policy(Some(statement(json!({"AWS": "444455556666"})))).to_string());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("kms-key-policy-foreign-account"), "{text}");
    assert!(text.contains("account 444455556666"), "{text}");
    assert!(text.contains("1 policy, 0 unreadable"), "{text}");
}

#[test]
fn an_unknown_owner_is_reported() {
    let two =
        json!({"Statement": [statement(json!({"AWS": "111122223333"})), statement(json!({"AWS": "444455556666"}))]});
    let output = run(&["--format", "json", "-"], &two.to_string());
    assert!(String::from_utf8(output.stderr.clone()).unwrap().contains("--account"));
    assert_eq!(output.status.code(), Some(0));
    assert!(lines(&output).iter().all(|finding| finding["outcome"] == "unverified"));
}

#[test]
fn a_plan_is_evaluated_resource_by_resource() {
    let key = |address: &str, values: Value| json!({"address": address, "mode": "managed", "type": "aws_kms_key", "values": values});
    let open = policy(Some(statement(json!("*")))).to_string();
    let plan = File::new(
        "plan.json",
        &json!({
            "planned_values": {"root_module": {
                "resources": [key("aws_kms_key.later", json!({})), key("aws_kms_key.plain", json!({"policy": null}))],
                "child_modules": [{"resources": [key("module.m.aws_kms_key.open", json!({"policy": open}))]}],
            }},
            "resource_changes": [{"address": "aws_kms_key.later", "change": {"after_unknown": {"policy": true}}}],
            "prior_state": {"values": {"root_module": {"resources": [
                {"type": "aws_caller_identity", "values": {"account_id": "111122223333"}},
            ]}}},
        }),
    );
    let findings = lines(&run(&["--format", "json", plan.path()], ""));
    let of = |address: &str| -> Vec<&Value> {
        let name = format!("{} {address}", plan.path());
        findings.iter().filter(|finding| finding["resource"]["name"] == name.as_str()).collect()
    };
    assert!(of("module.m.aws_kms_key.open").iter().any(|finding| finding["rule"] == "kms-key-policy-public"));
    assert!(of("aws_kms_key.later").iter().all(|finding| finding["outcome"] == "unverified"));
    assert!(of("aws_kms_key.plain").is_empty());

    let sarif: Value = serde_json::from_slice(&run(&["--format", "sarif", plan.path()], "").stdout).unwrap();
    let result =
        &sarif["runs"][0]["results"].as_array().unwrap().iter().find(|result| result["level"] == "error").unwrap();
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], plan.path());
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "module.m.aws_kms_key.open");
}

#[test]
fn a_file_that_is_not_a_policy_is_named_for_what_it_is() {
    let event = File::new("event.json", &json!({"detail": {"eventName": "PutKeyPolicy"}}));
    let empty = File::new("empty.json", &json!("\n"));
    let folder = std::env::temp_dir();
    for (path, problem) in [
        (event.path(), "this is an event, not a policy: evaluate it with `sealwatch replay`"),
        (empty.path(), "the file is empty"),
        (folder.to_str().unwrap(), "this is a folder: name the files in it"),
    ] {
        let output = run(&[path], "");
        assert_eq!(output.status.code(), Some(2), "{path}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(problem), "{stderr}");
    }
}
