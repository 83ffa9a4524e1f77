//! Key policies in files: policy documents, output of `aws kms get-key-policy`, Terraform plans and state, CloudFormation
//! templates.

use std::path::Path;

use sealwatch_rules::util::json;
use serde_json::Value;

use crate::file_uri::STANDARD_INPUT;
use crate::input::policy_document::{Deployment, PolicyDocument};
use crate::input::{cloudformation, terraform_plan};

/// The name of a file in messages and reports.
pub(crate) fn file_name(file: &Path) -> String {
    if file == Path::new("-") { STANDARD_INPUT.to_owned() } else { file.display().to_string() }
}

/// Finds the policies in the content of a file: none if the file is a plan or template without keys.
pub(crate) fn find(file: &Path, text: String, deployment: Deployment<'_>) -> Result<Vec<PolicyDocument>, String> {
    let file = file_name(file);
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    let Ok(value) = json::parse::<Value>(&text) else {
        return match of_other_syntax(&text) {
            Some(problem) => Err(problem.to_owned()),
            // evaluating a file that is not JSON reports the error and its position
            None => Ok(bare(file, text)),
        };
    };
    in_json(file, text, value, deployment)
}

/// Finds the policies in a JSON document, which is also given as text.
fn in_json(
    file: String,
    text: String,
    mut value: Value,
    deployment: Deployment<'_>,
) -> Result<Vec<PolicyDocument>, String> {
    if let Some(problem) = of_other_kind(&value) {
        return Err(problem.to_owned());
    }
    if value.get("Statement").is_none() {
        if terraform_plan::is_plan(&value) {
            return Ok(terraform_plan::find(&value, &file));
        }
        if cloudformation::is_template(&value) {
            return Ok(cloudformation::find(&value, &file, deployment));
        }
        // the output of `aws cloudformation get-template` and of `aws kms get-key-policy`
        for member in ["TemplateBody", "Policy"] {
            match value.get_mut(member).map(Value::take) {
                Some(Value::String(inner)) => return find(Path::new(&file), inner, deployment),
                Some(inner @ Value::Object(_)) => return in_json(file, inner.to_string(), inner, deployment),
                _ => {}
            }
        }
    }
    match value {
        // the output of `aws kms get-key-policy --query Policy`
        Value::String(inner) if inner.trim_start().starts_with('{') => find(Path::new(&file), inner, deployment),
        Value::Object(_) => Ok(bare(file, text)), // as it is written: a duplicate name matters
        other => Err(format!("this is {}, not a key policy: a policy is an object with `Statement`", kind(&other))),
    }
}

const EVENT: &str = "this is an event, not a policy: evaluate it with `sealwatch replay`";

/// What a text that is not one JSON document is, and what to do with it.
fn of_other_syntax(text: &str) -> Option<&'static str> {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let starts = |words: &[&str]| lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    let first = lines().next().unwrap_or_default();
    let document = serde_json::Deserializer::from_str(text).into_iter::<Value>().next();
    if let Some(problem) = document.and_then(Result::ok).as_ref().and_then(of_other_kind) {
        return Some(problem);
    }
    if first.starts_with(['{', '[', '"']) {
        return None; // broken JSON
    }
    if starts(&["AWSTemplateFormatVersion:", "Resources:"]) {
        return Some(
            "this is a CloudFormation template in YAML: convert it to JSON, for example with `cfn-flip --json` or `cdk synth --json`",
        );
    }
    if starts(&["Version:", "Statement:"]) {
        return Some("this is YAML: convert the policy to JSON");
    }
    if starts(&["resource \"", "data \"", "module \"", "locals {", "variable \"", "terraform {"]) {
        return Some("this is Terraform code: evaluate the plan that `terraform show -json` prints");
    }
    None
}

/// What a JSON document is that holds no policy, or not in this form, and what to do with it.
fn of_other_kind(value: &Value) -> Option<&'static str> {
    let has = |name: &str| value.get(name).is_some();
    if is_event(value) {
        return Some(EVENT);
    }
    if has("lineage") && has("serial") {
        return Some("this is Terraform's own state file: evaluate the output of `terraform show -json`");
    }
    // https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    (has("@level") && has("@message")).then_some(
        "this is a log of `terraform plan -json`: save the plan with `-out=FILE` and evaluate the output of `terraform show -json FILE`",
    )
}

/// True for a CloudTrail record, an EventBridge event, a log file, or a list of records.
fn is_event(value: &Value) -> bool {
    match value {
        Value::Array(entries) => entries.first().is_some_and(is_event),
        _ => ["detail", "eventName", "eventVersion", "Records", "Events", "CloudTrailEvent", "awslogs"]
            .iter()
            .any(|member| value.get(member).is_some()),
    }
}

/// The kind of a value, without its content: it may be the wrong file.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a Boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn bare(file: String, text: String) -> Vec<PolicyDocument> {
    vec![PolicyDocument { file, text: Some(text), ..PolicyDocument::default() }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICY: &str =
        r#"{"Statement":{"Action":"kms:Sign","Effect":"Allow","Principal":"*","Resource":"*"},"Version":"2012-10-17"}"#;
    const NOWHERE: Deployment<'static> = Deployment { account: None, region: None };

    fn found(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let documents = find(Path::new("x.json"), text.to_owned(), NOWHERE)?;
        Ok(documents.into_iter().map(|document| (document.name(), document.text)).collect())
    }

    #[test]
    fn a_policy_is_found_in_every_form() {
        let bare: Value = serde_json::from_str(POLICY).unwrap();
        let policy = |name: &str| Ok(vec![(name.to_owned(), Some(bare.to_string()))]);
        for text in [
            POLICY.to_owned(),
            format!("\u{feff}{POLICY}"),
            json!({"Policy": POLICY, "PolicyName": "default"}).to_string(),
            json!({"Policy": bare}).to_string(),
            json!(POLICY).to_string(),
        ] {
            assert_eq!(found(&text), policy("x.json"), "{text}");
        }
        let key = json!({"address": "aws_kms_key.b", "type": "aws_kms_key", "values": {"policy": bare.to_string()}});
        let plan = json!({"planned_values": {"root_module": {"resources": [key]}}}).to_string();
        assert_eq!(found(&plan), policy("x.json aws_kms_key.b"));
        let template = json!({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": bare}}}});
        for text in [template.to_string(), json!({"TemplateBody": template, "StagesAvailable": []}).to_string()] {
            assert_eq!(found(&text), policy("x.json Key"), "{text}");
        }
    }

    #[test]
    fn other_files_are_named_for_what_they_are_without_their_content() {
        for (text, problem) in [
            (r#"{"detail": {}}"#, EVENT),
            (r#"[{"eventName": "PutKeyPolicy"}]"#, EVENT),
            ("{\"eventName\": \"PutKeyPolicy\"}\n{\"eventName\": \"CreateKey\"}\n", EVENT),
            (r#""hunter2-hunter2""#, "this is a text, not a key policy: a policy is an object with `Statement`"),
            (r#"["hunter2"]"#, "this is a list, not a key policy: a policy is an object with `Statement`"),
            (" \n", "the file is empty"),
            (
                "{\"@level\":\"info\",\"@message\":\"Terraform 1.11\"}\n{\"@level\":\"info\"}\n",
                "this is a log of `terraform plan -json`: save the plan with `-out=FILE` and evaluate the output of `terraform show -json FILE`",
            ),
            ("Version: '2012-10-17'\nStatement: []\n", "this is YAML: convert the policy to JSON"),
            (
                "resource \"aws_kms_key\" \"a\" {\n}\n",
                "this is Terraform code: evaluate the plan that `terraform show -json` prints",
            ),
        ] {
            assert_eq!(found(text), Err(problem.to_owned()), "{text}");
        }
        assert!(
            found("# x\nResources:\n  Key:\n    Type: AWS::KMS::Key\n").unwrap_err().contains("convert it to JSON")
        );
    }

    #[test]
    fn standard_input_has_a_name() {
        let documents = find(Path::new("-"), POLICY.to_owned(), NOWHERE).unwrap();
        assert_eq!(documents[0].name(), "standard input");
    }
}
