//! Files with policies: Terraform plans, CloudFormation templates, and everything else that people name instead.

use sealwatch::readers::{self, FoundPolicy};
use sealwatch_rules::util::text::plain;
use serde_json::{Value, json};

use crate::token::{SECRETS, with_secrets};
use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "plans", run: check, max_len: 1024, words, seeds };

/// Finds the policies in a text, in which `%S` stands for a secret.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let [found, other] = with_secrets(text).map(|text| readers::policies(&text));
    match &found {
        // it may be the wrong file: what it holds is not repeated
        Err(problem) => {
            assert!(!problem.contains(SECRETS[0]), "{problem}");
            assert_eq!(plain(problem), *problem);
        }
        Ok(found) => {
            found.iter().filter_map(|policy| policy.unknown.as_ref()).for_each(|why| assert_eq!(plain(why), *why))
        }
    }
    // names are sorted
    let shown = |found: &Result<Vec<FoundPolicy>, String>| {
        let mut shown = match found {
            Ok(found) => found.iter().map(|policy| format!("{policy:?}").replace(SECRETS[0], SECRETS[1])).collect(),
            Err(problem) => vec![problem.replace(SECRETS[0], SECRETS[1])],
        };
        shown.sort();
        shown
    };
    assert_eq!(shown(&found), shown(&other), "{text:?}");
    if text.starts_with('\u{feff}') {
        return;
    }
    let found = readers::policies(text);
    assert_eq!(readers::policies(&format!("\u{feff}{text}")), found, "{text:?}");
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    // what is not the text of the file itself does not depend on how the file is written
    let parts = |found: &Result<Vec<FoundPolicy>, String>| {
        let of_file = |policy: &FoundPolicy| FoundPolicy {
            text: policy.text.clone().filter(|_| policy.name != "file.json"),
            ..policy.clone()
        };
        found.as_ref().map(|found| found.iter().map(of_file).collect::<Vec<_>>()).map_err(Clone::clone)
    };
    if serde_json::to_string(&value).is_ok_and(|again| again == text) {
        assert_eq!(parts(&readers::policies(&format!("{value:#}"))), parts(&found), "{text:?}");
    }
    // the answers of `get-template` and `get-key-policy` hold what they are about, as text or as it is
    if value.is_object() {
        for member in ["TemplateBody", "Policy"] {
            let answer = json!({member: text}).to_string();
            assert_eq!(readers::policies(&answer), found, "{answer}");
        }
    }
}

fn words() -> Vec<String> {
    // the literals of code, also those of its tests: the forms of plans are in them
    let code = [
        include_str!("../../../replay/src/input/terraform_plan.rs"),
        include_str!("../../../replay/src/input/cloudformation.rs"),
        include_str!("../../../replay/src/input/policy_documents.rs"),
    ];
    words::all(
        &code,
        &[
            "%S",
            "\\u001b",
            "[0]",
            "[\"x\"]",
            "module.",
            "Fn::Sub",
            "${AWS::AccountId}",
            "Ref",
            "AWS::AccountId",
            "aws_kms_key.a",
        ],
    )
}

fn seeds() -> Vec<Vec<u8>> {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]});
    let text = policy.to_string();
    let key = json!({"address": "module.a[\"x\"].aws_kms_key.b[0]", "type": "aws_kms_key", "values": {"policy": text, "key_id": "k"}});
    let seeds = [
        policy.clone(),
        json!({"Policy": text, "PolicyName": "default"}),
        json!({"format_version": "1.2", "planned_values": {"root_module": {"child_modules": [{"resources": [key]}]}}}),
        json!({"values": {"root_module": {"resources": [key]}}}),
        json!({"resource_changes": [{"address": "aws_kms_key.b", "type": "aws_kms_key", "change": {"after": {"policy": text}, "after_unknown": {"arn": true}}}]}),
        json!({"planned_values": {"root_module": {"resources": [
            {"address": "aws_kms_key.a", "type": "aws_kms_key", "values": {"region": "eu-west-1"}},
            {"address": "aws_kms_key_policy.b", "type": "aws_kms_key_policy", "values": {"policy": text}}]}},
            "configuration": {"root_module": {"resources": [{"address": "aws_kms_key_policy.b", "expressions": {"key_id": {"references": ["aws_kms_key.a.id", "aws_kms_key.a"]}}}]}}}),
        json!({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}}}),
        json!({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": {"Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, "Action": "kms:*", "Resource": "*",
            "Condition": {"StringEquals": {"a": {"Fn::Join": ["-", ["x", {"Ref": "AWS::Region"}]]}}}}}}}}}),
        json!({"@level": "info", "@message": "%S"}),
        json!(["%S"]),
    ];
    let mut seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_string().into_bytes()).collect();
    seeds.push(b"Resources:\n  Key:\n    Type: AWS::KMS::Key\n".to_vec());
    seeds.push(b"resource \"aws_kms_key\" \"a\" {\n}\n".to_vec());
    seeds.extend(samples::events().into_iter().take(2));
    seeds
}
