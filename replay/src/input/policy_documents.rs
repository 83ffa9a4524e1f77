//! Key policies in files: policy documents, output of `aws kms get-key-policy`, Terraform plans and state.

use std::path::Path;

use sealwatch_rules::util::json;
use serde_json::Value;

/// A policy found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyDocument {
    /// The file.
    pub(crate) file: String,
    /// The address of the resource in a Terraform plan.
    pub(crate) address: Option<String>,
    /// The policy; `None` if it is known only after apply.
    pub(crate) text: Option<String>,
    /// The key's ARN or id, if the file contains it.
    pub(crate) key: Option<String>,
    /// The account that owns the key, if the file contains it.
    pub(crate) account: Option<String>,
    /// The Region of the key, if the file contains it.
    pub(crate) region: Option<String>,
    /// True if the lockout safety check is bypassed.
    pub(crate) bypass: bool,
}

impl PolicyDocument {
    /// The name in messages and reports: the file, and the resource in a Terraform plan.
    pub(crate) fn name(&self) -> String {
        match &self.address {
            Some(address) => format!("{} {address}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Terraform resource types with a key policy.
const TERRAFORM_TYPES: [&str; 5] = [
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
];

/// Finds the policies in the content of a file.
pub(crate) fn find(file: &Path, text: String) -> Result<Vec<PolicyDocument>, String> {
    let file = file.display().to_string();
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    // evaluating a file that is not JSON reports the error and its position
    let Ok(value) = json::parse::<Value>(&text) else { return Ok(bare(file, text)) };
    if ["detail", "eventName", "Records"].iter().any(|member| value.get(member).is_some()) {
        return Err("this is an event, not a policy: evaluate it with `sealwatch replay`".to_owned());
    }
    let plan = ["planned_values", "values"].iter().find_map(|part| value.get(part)?.get("root_module"));
    if let Some(root_module) = plan {
        let mut found = Vec::new();
        add_module(root_module, &value, &file, &mut found);
        return match found.is_empty() {
            true => Err("no KMS key with a policy in this Terraform plan or state".to_owned()),
            false => Ok(found),
        };
    }
    let output = value.get("Policy").filter(|_| value.get("Statement").is_none());
    Ok(match output {
        Some(Value::String(policy)) => bare(file, policy.clone()),
        Some(policy @ Value::Object(_)) => bare(file, policy.to_string()),
        _ => bare(file, text),
    })
}

fn bare(file: String, text: String) -> Vec<PolicyDocument> {
    vec![PolicyDocument { file, text: Some(text), ..PolicyDocument::default() }]
}

/// Adds the policies of a module of a Terraform plan or state, and of its child modules. The recursion is limited: the JSON
/// parser stops at 128 levels.
///
/// <https://developer.hashicorp.com/terraform/internals/json-format>
fn add_module(module: &Value, plan: &Value, file: &str, found: &mut Vec<PolicyDocument>) {
    let list = |name: &str| module.get(name).and_then(Value::as_array).into_iter().flatten();
    found.extend(list("resources").filter_map(|resource| of_resource(resource, plan, file)));
    list("child_modules").for_each(|child| add_module(child, plan, file, found));
}

/// The policy of a resource. `None` if it has no policy: it then has the default policy, or another resource sets one.
fn of_resource(resource: &Value, plan: &Value, file: &str) -> Option<PolicyDocument> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (address, values) = (text(resource, "address")?, resource.get("values")?);
    let kind = text(resource, "type").unwrap_or_default();
    if !TERRAFORM_TYPES.contains(&kind.as_str()) || resource.get("mode").is_some_and(|mode| mode == "data") {
        return None;
    }
    let policy = text(values, "policy").filter(|policy| !policy.is_empty());
    if policy.is_none() && !known_after_apply(plan, &address) {
        return None;
    }
    let key = text(values, "arn").or_else(|| text(values, "key_id"));
    let arn_part =
        |index: usize| key.as_deref().filter(|key| key.starts_with("arn:"))?.split(':').nth(index).map(str::to_owned);
    Some(PolicyDocument {
        file: file.to_owned(),
        address: Some(address),
        text: policy,
        account: arn_part(4).or_else(|| caller_account(plan)),
        region: arn_part(3).or_else(|| provider_region(plan)),
        bypass: values.get("bypass_policy_lockout_safety_check") == Some(&Value::Bool(true)),
        key,
    })
}

/// True if the policy of this resource is known only after apply.
fn known_after_apply(plan: &Value, address: &str) -> bool {
    let changes = plan.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
    let mut same = changes.filter(|change| change.get("address").and_then(Value::as_str) == Some(address));
    same.any(|change| change.pointer("/change/after_unknown/policy") == Some(&Value::Bool(true)))
}

/// The account in which Terraform runs, if the plan contains the data source `aws_caller_identity`.
fn caller_account(plan: &Value) -> Option<String> {
    let resources = plan.pointer("/prior_state/values/root_module/resources")?.as_array()?;
    let caller =
        resources.iter().find(|resource| resource.get("type").is_some_and(|kind| kind == "aws_caller_identity"))?;
    caller.pointer("/values/account_id")?.as_str().map(str::to_owned)
}

fn provider_region(plan: &Value) -> Option<String> {
    let region = plan.pointer("/configuration/provider_config/aws/expressions/region/constant_value")?;
    region.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICY: &str =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"}}"#;

    fn found(value: &Value) -> Result<Vec<(String, Option<String>)>, String> {
        let documents = find(Path::new("x.json"), value.to_string())?;
        Ok(documents.into_iter().map(|document| (document.name(), document.text)).collect())
    }

    #[test]
    fn a_policy_is_found_in_every_form() {
        let bare: Value = serde_json::from_str(POLICY).unwrap();
        let named = |name: &str, text: Option<String>| Ok(vec![(name.to_owned(), text)]);
        assert_eq!(found(&bare), named("x.json", Some(bare.to_string())));
        assert_eq!(
            found(&json!({"Policy": POLICY, "PolicyName": "default"})),
            named("x.json", Some(POLICY.to_owned()))
        );
        let key = json!({"address": "module.a.aws_kms_key.b", "type": "aws_kms_key", "mode": "managed", "values": {"policy": POLICY}});
        let plan = json!({"planned_values": {"root_module": {"child_modules": [{"resources": [key]}]}}});
        assert_eq!(found(&plan), named("x.json module.a.aws_kms_key.b", Some(POLICY.to_owned())));
        let unknown = json!({"address": "aws_kms_key_policy.c", "type": "aws_kms_key_policy", "values": {}});
        let plan = json!({"planned_values": {"root_module": {"resources": [unknown]}}, "resource_changes": [
            {"address": "aws_kms_key_policy.c", "change": {"after_unknown": {"policy": true}}}]});
        assert_eq!(found(&plan), named("x.json aws_kms_key_policy.c", None));
        assert!(found(&json!({"planned_values": {"root_module": {}}})).is_err());
    }
}
