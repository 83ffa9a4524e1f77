//! `sealwatch policy`: judge key policies as documents, before or after they are put in force.

use std::path::Path;

use sealwatch_rules::detector::KMS_KEY_POLICY;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::finding::Finding;
use sealwatch_rules::judge::judge;
use sealwatch_rules::key_policy::Policy;
use sealwatch_rules::record::Record;
use sealwatch_rules::rule::Outcome;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;
use serde_json::{Value, json};

use crate::cli::{self, PolicyFormat, Problem};
use crate::{files, report, sarif};

/// A policy found in a file.
#[derive(Debug, PartialEq)]
struct Document {
    /// The file.
    file: String,
    /// In a plan, the resource's address.
    address: Option<String>,
    /// The document; none where a plan does not know it yet.
    text: Option<String>,
    /// The key's ARN or id, where the file tells it.
    key: Option<String>,
    /// What the file tells about the owner.
    account: Option<String>,
    /// What the file tells about the place.
    region: Option<String>,
    /// Whether the lockout check is switched off.
    bypass: bool,
}

impl Document {
    /// What people call it: the file, and in a plan the resource as well.
    fn name(&self) -> String {
        match &self.address {
            Some(address) => format!("{} {address}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Runs the command; gives the exit status.
pub(crate) fn run(options: &cli::Policy) -> Result<u8, Problem> {
    let settings = cli::settings(options.settings.as_deref())?;
    let (mut unreadable, mut violations, mut judged) = (0, 0, 0);
    let mut out = report::Policies::new(options.all);
    let mut sarif = sarif::Log::default();
    for file in &options.files {
        let shown = plain(&file.display().to_string());
        let documents = match files::read(file).map_err(|error| error.to_string()).and_then(|text| find(file, text)) {
            Ok(documents) => documents,
            Err(problem) => {
                anstream::eprintln!("sealwatch: {shown}: {}", plain(&problem));
                unreadable += 1;
                continue;
            }
        };
        for document in documents {
            if let Some(text) = &document.text
                && let Err(error) = Policy::parse(text)
            {
                anstream::eprintln!("sealwatch: {}: {}", plain(&document.name()), plain(&error.to_string()));
                unreadable += 1;
                continue;
            }
            let account = owner(&document, options).unwrap_or_default();
            if account.is_empty() {
                let name = plain(&document.name());
                anstream::eprintln!("sealwatch: {name}: whose key it is cannot be told: add `--account ID`");
            }
            judged += 1;
            violations += each(&document, &account, options, &settings, |finding| {
                match options.format {
                    PolicyFormat::Json => out.json(finding)?,
                    PolicyFormat::Text => out.text(finding)?,
                    PolicyFormat::Sarif => sarif.add(finding, &document.file, 1, document.address.as_deref()),
                }
                Ok(())
            })?;
        }
    }
    match options.format {
        PolicyFormat::Sarif => out.line(&sarif.finish())?,
        PolicyFormat::Text => out.summary(judged, unreadable)?,
        PolicyFormat::Json => {}
    }
    out.finish()?;
    Ok(match (unreadable, violations) {
        (1.., _) => crate::UNREADABLE,
        (0, 1..) if !options.exit_zero => 1,
        _ => 0,
    })
}

/// Whose key it is: what the user says, else the file, else the policy itself.
fn owner(document: &Document, options: &cli::Policy) -> Option<String> {
    let said = options.account.clone().or_else(|| document.account.clone());
    said.or_else(|| Policy::parse(document.text.as_deref()?).ok()?.likely_owner().map(str::to_owned))
}

/// Judges one document as the call would be judged that puts it in force; gives the number of violations.
fn each(
    document: &Document,
    account: &str,
    options: &cli::Policy,
    settings: &Settings,
    mut report: impl FnMut(&Finding<'_>) -> Result<(), Problem>,
) -> Result<usize, Problem> {
    let region = options.region.as_deref().or(document.region.as_deref()).unwrap_or_default();
    let record = json!({
        "eventSource": KMS_KEY_POLICY.event_source,
        "eventName": "PutKeyPolicy",
        "eventID": document.name(),
        "awsRegion": region,
        "recipientAccountId": account,
        "requestParameters": {
            "keyId": document.key,
            "policy": document.text,
            "bypassPolicyLockoutSafetyCheck": document.bypass,
        },
    })
    .to_string();
    let unreadable = |problem: &dyn std::fmt::Display| Problem::Said(format!("{}: {problem}", document.name()));
    let record = Record::parse(&record).map_err(|error| unreadable(&error))?;
    let bodies = record.bodies().map_err(|error| unreadable(&error))?;
    let watched = KMS_KEY_POLICY.watched(&record).map_err(|_| unreadable(&"is not judged"))?;
    let mut change = KMS_KEY_POLICY.change(watched, &record, &bodies);
    change.event.name.clear(); // nobody has called
    change.resource.name = document.name();
    let facts = Facts::default();
    let findings = judge(&KMS_KEY_POLICY, &change, &facts, settings);
    let mut violations = 0;
    for finding in
        findings.iter().filter(|finding| !matches!(finding.outcome, Outcome::NotApplicable(_)) || options.all)
    {
        violations += usize::from(finding.is_violation());
        report(finding)?;
    }
    Ok(violations)
}

/// The policies in a file, by what the file is: Terraform's plan or state, the answer of
/// `aws kms get-key-policy`, or the bare document.
fn find(file: &Path, text: String) -> Result<Vec<Document>, String> {
    let name = file.display().to_string();
    let bare = |text| Document {
        file: name.clone(),
        address: None,
        text: Some(text),
        key: None,
        account: None,
        region: None,
        bypass: false,
    };
    let value = match serde_json::from_str::<Value>(&text) {
        Ok(value) => value,
        // Judging it says what is wrong, and where.
        Err(_) => return Ok(vec![bare(text)]),
    };
    let plan = ["planned_values", "values"].iter().find_map(|part| value.get(part)?.get("root_module"));
    if let Some(root) = plan {
        let mut found = Vec::new();
        module(root, &value, &name, &mut found);
        return match found.is_empty() {
            true => Err("holds no aws_kms_key and no aws_kms_key_policy".to_owned()),
            false => Ok(found),
        };
    }
    match value.get("Policy") {
        Some(Value::String(policy)) if value.get("Statement").is_none() => Ok(vec![bare(policy.clone())]),
        Some(policy @ Value::Object(_)) if value.get("Statement").is_none() => Ok(vec![bare(policy.to_string())]),
        _ => Ok(vec![bare(text)]),
    }
}

/// The resources of a module of Terraform's plan or state, and of the modules in it. JSON is never nested deep enough for
/// this to matter: the reader stops at 128 levels.
///
/// <https://developer.hashicorp.com/terraform/internals/json-format>
fn module(module: &Value, plan: &Value, file: &str, found: &mut Vec<Document>) {
    const WITH_POLICY: [&str; 5] = [
        "aws_kms_key",
        "aws_kms_key_policy",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
    ];
    let list = |name: &str| module.get(name).and_then(Value::as_array).into_iter().flatten();
    for resource in list("resources") {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let kind = text(resource, "type").unwrap_or_default();
        let (Some(address), Some(values)) = (text(resource, "address"), resource.get("values")) else { continue };
        if !WITH_POLICY.contains(&kind.as_str()) || resource.get("mode").is_some_and(|mode| mode == "data") {
            continue;
        }
        let policy = text(values, "policy").filter(|policy| !policy.is_empty());
        if policy.is_none() && !unknown(plan, &address) {
            continue; // the default policy, or one that another resource puts
        }
        let key = text(values, "arn").or_else(|| text(values, "key_id"));
        let of_arn =
            |part: usize| key.as_deref().filter(|key| key.starts_with("arn:"))?.split(':').nth(part).map(str::to_owned);
        found.push(Document {
            file: file.to_owned(),
            address: Some(address),
            text: policy,
            account: of_arn(4).or_else(|| caller(plan)),
            region: of_arn(3).or_else(|| provider_region(plan)),
            bypass: values.get("bypass_policy_lockout_safety_check") == Some(&Value::Bool(true)),
            key,
        });
    }
    list("child_modules").for_each(|child| self::module(child, plan, file, found));
}

/// The plan says that the policy is known only after apply.
fn unknown(plan: &Value, address: &str) -> bool {
    let changes = plan.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
    let mut same = changes.filter(|change| change.get("address").and_then(Value::as_str) == Some(address));
    same.any(|change| change.pointer("/change/after_unknown/policy") == Some(&Value::Bool(true)))
}

/// The account that Terraform works in, where the plan has asked for it.
fn caller(plan: &Value) -> Option<String> {
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
        let open = json!({"address": "aws_kms_key_policy.c", "type": "aws_kms_key_policy", "values": {}});
        let plan = json!({"planned_values": {"root_module": {"resources": [open]}}, "resource_changes": [
            {"address": "aws_kms_key_policy.c", "change": {"after_unknown": {"policy": true}}}]});
        assert_eq!(found(&plan), named("x.json aws_kms_key_policy.c", None));
        assert!(found(&json!({"planned_values": {"root_module": {}}})).is_err());
    }
}
