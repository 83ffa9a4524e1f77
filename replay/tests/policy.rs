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
        "`cognito-identity.amazonaws.com`: only the principal types `AWS` and `Service` are accepted",
        "`lambda`: no service has this name; names look like `sqs.amazonaws.com`",
    ];
    let want =
        want.map(|text| format!("sealwatch: standard input: Statement[1] Use: KMS rejects the principal {text}"));
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
    let text = String::from_utf8(run(&["-"], &two.to_string()).stdout).unwrap();
    assert!(text.contains("account unknown"), "{text}");
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
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        format!("file://{}", plan.path())
    );
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "module.m.aws_kms_key.open");
}

#[test]
fn a_file_that_is_not_a_policy_is_named_for_what_it_is() {
    let event = File::new("event.json", &json!({"detail": {"eventName": "PutKeyPolicy"}}));
    let empty = File::new("empty.json", &json!("\n"));
    let state = File::new("terraform.tfstate", &json!({"version": 4, "serial": 7, "lineage": "5f1c", "resources": []}));
    let log = json!({"@level": "info", "@message": "Terraform 1.11.4", "type": "version"});
    let log = File::new("plan.jsonl", &json!(format!("{log}\n{log}\n")));
    let plan = File::new("plan.out", &json!("PK\u{3}\u{4}"));
    std::fs::write(plan.path(), b"PK\x03\x04\xff").unwrap();
    let folder = std::env::temp_dir();
    for (path, problem) in [
        (state.path(), "this is Terraform's own state file: evaluate the output of `terraform show -json`"),
        (log.path(), "this is a log of `terraform plan -json`: save the plan with `-out=FILE` and evaluate"),
        (
            plan.path(),
            "this is a saved plan, or another ZIP archive: evaluate the output of `terraform show -json FILE`",
        ),
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

/// PowerShell 5 writes UTF-16 for `terraform show -json plan.out > plan.json`.
#[test]
fn a_file_in_utf_16_is_read() {
    let document = format!("\u{feff}{}", policy(Some(statement(json!("*")))));
    let file = File::new("utf-16.json", &json!(""));
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        std::fs::write(file.path(), document.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()).unwrap();
        let output = run(&["--account", "111122223333", file.path()], "");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::write(file.path(), b"\xff\xfe{").unwrap();
    assert_eq!(run(&[file.path()], "").status.code(), Some(2));
}

#[test]
fn a_plan_without_keys_has_nothing_to_evaluate() {
    let bucket = json!({"address": "aws_s3_bucket.logs", "type": "aws_s3_bucket", "values": {}});
    let plan = json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": [bucket]}}});
    let output = run(&["-"], &plan.to_string());
    assert_eq!(output.status.code(), Some(0));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(
        problem.contains(
            "standard input: no `aws_kms_key` in this plan, or `AWS::KMS::Key` in this template: nothing to evaluate"
        ),
        "{problem}"
    );
}

#[test]
fn the_reason_of_an_unknown_policy_is_printed_once_and_the_fix_is_terraform() {
    let key = |name: &str, values: Value| json!({"address": format!("aws_kms_key.{name}"), "type": "aws_kms_key", "values": values});
    let open = policy(Some(statement(json!("*")))).to_string();
    let plan = json!({
        "planned_values": {"root_module": {"resources": [key("later", json!({})), key("open", json!({"policy": open}))]}},
        "resource_changes": [{"address": "aws_kms_key.later", "change": {"after_unknown": {"policy": true}}}],
        "configuration": {"root_module": {"resources": [
            {"address": "aws_kms_key.later", "expressions": {"policy": {"references": ["var.policy"]}}}]}},
    });
    let output = run(&["-", "--account", "111122223333"], &plan.to_string());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("not known before it is applied").count(), 1, "{text}");
    assert!(text.contains("fix: # in the policy of the aws_kms_key: replace Statement[1]"), "{text}");
    assert!(!text.contains("aws kms put-key-policy"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with('-')), "{text}");
}

#[test]
fn a_template_is_evaluated_as_far_as_its_values_are_known() {
    let root = statement(json!({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}));
    let key = |statements: Value| json!({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": statements}}});
    let imported = statement(json!({"AWS": {"Fn::ImportValue": "partner-role"}}));
    let mut deny = imported.clone();
    deny["Effect"] = json!("Deny");
    let open = statement(json!("*"));
    let template = json!({"Resources": {
        "Sealed": key(json!([root])),
        "Shared": key(json!([root, imported])),
        "SharedAndOpen": key(json!([root, imported, open])),
        "Denied": key(json!([root, deny, open])),
        "Default": {"Type": "AWS::KMS::Key"},
    }});
    let file = File::new("template.json", &template);
    let arguments = ["--format", "json", "--all", "--account", "111122223333", "--region", "eu-west-1", file.path()];
    let output = run(&arguments, "");
    assert_eq!(output.status.code(), Some(1));
    let findings = lines(&output);
    let outcomes = |key: &str, outcome: &str| -> Vec<&str> {
        let of_key = |finding: &&Value| finding["resource"]["name"].as_str().unwrap().ends_with(&format!(" {key}"));
        let of_key = findings.iter().filter(of_key).filter(|finding| finding["outcome"] == outcome);
        of_key.map(|finding| finding["rule"].as_str().unwrap()).collect()
    };
    assert_eq!(outcomes("Sealed", "compliant").len(), 8);
    assert_eq!(outcomes("Default", "compliant").len(), 8);
    assert_eq!(outcomes("Shared", "compliant"), ["kms-key-policy-lockout"]);
    assert_eq!(outcomes("Shared", "unverified").len(), 7);
    assert!(outcomes("SharedAndOpen", "violation").contains(&"kms-key-policy-public"));
    assert_eq!(outcomes("Denied", "unverified").len(), 8);
    let reason = findings.iter().find(|finding| finding["outcome"] == "unverified").unwrap();
    let path = "`Resources.Denied.Properties.KeyPolicy.Statement[1].Principal.AWS` (Fn::ImportValue)";
    assert!(reason["detail"].as_str().unwrap().contains(path), "{reason}");

    let output = run(&["--account", "111122223333", file.path()], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("fix: change `KeyPolicy` in the template"), "{text}");
    // the keys of which something is not known
    for name in ["Denied", "Shared", "SharedAndOpen"] {
        assert_eq!(text.matches(&format!("`Resources.{name}.")).count(), 1, "{text}");
    }
}

#[test]
fn an_exception_accepts_what_is_not_known_until_it_ends() {
    let unknown =
        json!({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Ref": "Policy"}}}}});
    let public = |until: &str| {
        let exception =
            format!("[[exceptions]]\nrule = 'kms-key-policy-public'\nresource = '*'\nreason = 'reviewed'\n{until}\n");
        let settings = File::new("exceptions.toml", &json!(exception));
        let output = run(&["-", "--format", "json", "--all", "--settings", settings.path()], &unknown.to_string());
        lines(&output).into_iter().find(|finding| finding["rule"] == "kms-key-policy-public").unwrap()
    };
    let accepted = public("");
    assert_eq!((&accepted["outcome"], &accepted["exception"]), (&json!("unverified"), &json!("reviewed")));
    let ended = public("until = 2026-01-31");
    let detail = ended["detail"].as_str().unwrap();
    assert!(detail.ends_with(" An exception for it ended on 2026-01-31 (reviewed)."), "{ended}");
    assert_eq!((&ended["outcome"], &ended["exception"]), (&json!("unverified"), &json!(null)));
}

#[test]
fn files_of_another_kind_are_refused_without_their_content() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Key:\n    Type: AWS::KMS::Key\n";
    let record = json!({"eventVersion": "1.11", "eventName": "PutKeyPolicy", "requestParameters": {}}).to_string();
    for (input, problem) in [
        (template.to_owned(), "YAML: convert it to JSON"),
        (format!("{record}\n{record}\n"), "evaluate it with `sealwatch replay`"),
        (format!("[{record}]"), "evaluate it with `sealwatch replay`"),
        (json!("token-hunter2").to_string(), "this is a text, not a key policy"),
        (json!({"Version": "token-hunter2"}).to_string(), "no `Statement`"),
        (json!({"Statement": "token-hunter2"}).to_string(), "a list of statements, found a text"),
        (json!({"Policy": "token-hunter2"}).to_string(), "this is not JSON"),
    ] {
        let output = run(&["-"], &input);
        assert_eq!(output.status.code(), Some(2), "{input}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("sealwatch: standard input: ") && told.contains(problem), "{input}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn files_in_another_encoding_are_named() {
    for (bytes, problem) in [
        (&b"\xff\xfe{\0}\0"[..], "no `Statement`"), // UTF-16, which PowerShell writes, is read
        (
            b"PK\x03\x04\xff\xfe",
            "this is a saved plan, or another ZIP archive: evaluate the output of `terraform show -json FILE`",
        ),
        (b"{\xff", "not UTF-8 at byte 1"),
    ] {
        let file = File::new("encoded", &json!(""));
        std::fs::write(file.path(), bytes).unwrap();
        let output = run(&[file.path()], "");
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(problem), "{told}");
    }
}
