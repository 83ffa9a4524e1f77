//! Key policies in Terraform plans and state, as `terraform show -json` prints them.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::collections::HashMap;

use sealwatch_rules::language::Text;
use serde_json::Value;

use crate::input::policy_document::{PolicyDocument, Source};

/// Resource types of keys.
const KEYS: [&str; 4] = ["aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"];

/// The resource type of a policy for a key that another resource creates.
const KEY_POLICY: &str = "aws_kms_key_policy";

/// How far references are followed through variables and outputs of modules.
const MAX_REFERENCES: usize = 16;

/// A plan or a state.
struct Plan<'a> {
    plan: &'a Value,
    /// What happens to resources, by address.
    changes: HashMap<&'a str, &'a Value>,
}

/// A resource that is planned or exists.
struct Resource<'a> {
    address: &'a str,
    kind: &'a str,
    values: &'a Value,
}

/// True for the output of `terraform show -json`.
pub(super) fn is_plan(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    has("planned_values") || has("resource_changes") || value.pointer("/values/root_module").is_some() || {
        // an empty state
        has("format_version") && !has("Statement")
    }
}

/// The policies of all keys that a plan creates or keeps, or that a state has. Keys that it destroys are left out.
pub(super) fn find(plan: &Value, file: &str) -> Vec<PolicyDocument> {
    let changes = list(plan, "resource_changes").filter_map(|change| Some((text(change, "address")?, change)));
    let plan = Plan { plan, changes: changes.collect() };
    let resources = plan.resources();
    let is_policy = |resource: &&Resource<'_>| resource.kind == KEY_POLICY;
    let (policies, keys): (Vec<&Resource<'_>>, Vec<&Resource<'_>>) = resources.iter().partition(is_policy);
    let mut found = Vec::new();
    let mut decided = Vec::new();
    for policy in policies {
        // It replaces the policy that the key's own resource names.
        let key = plan.key_of(policy, &keys);
        decided.extend(key.map(|key| key.address));
        let mut document = plan.document(policy, file);
        if let Some(key) = key.map(|key| plan.document(key, file)) {
            document.key = key.key.or(document.key);
            document.account = key.account.or(document.account);
            document.region = key.region.or(document.region);
            document.usage = key.usage;
        }
        found.push(document);
    }
    let own = keys.into_iter().filter(|key| !decided.contains(&key.address));
    found.extend(own.map(|key| plan.document(key, file)));
    found
}

impl<'a> Plan<'a> {
    fn resources(&self) -> Vec<Resource<'a>> {
        let mut found = Vec::new();
        let root = ["planned_values", "values"].iter().find_map(|part| self.plan.get(part)?.get("root_module"));
        match root {
            Some(root) => add_module(root, &mut found),
            None => {
                let planned = list(self.plan, "resource_changes").filter_map(|change| {
                    let after = change.pointer("/change/after").filter(|after| after.is_object())?;
                    resource(change, after)
                });
                found.extend(planned);
            }
        }
        found
    }

    fn document(&self, resource: &Resource<'_>, file: &str) -> PolicyDocument {
        let configured = self.configuration(resource.address);
        let policy = text(resource.values, "policy").filter(|policy| !policy.is_empty()).map(str::to_owned);
        let key = text(resource.values, "arn").or_else(|| text(resource.values, "key_id"));
        // a replica has the account of its primary key
        let arns = [key, text(resource.values, "primary_key_arn")];
        let part = |arn: Option<&str>, index: usize| {
            arn.filter(|arn| arn.starts_with("arn:"))?.split(':').nth(index).map(str::to_owned)
        };
        let account = arns.iter().find_map(|arn| part(*arn, 4));
        let region = text(resource.values, "region").map(str::to_owned);
        PolicyDocument {
            file: file.to_owned(),
            address: Some(resource.address.to_owned()),
            source: Source::Terraform,
            unknown: match policy {
                None if self.is_unknown(resource, configured) => {
                    Some(Text::literal("the policy is not known before it is applied"))
                }
                _ => None,
            },
            text: policy,
            account: account.or_else(|| self.caller_account()),
            region: region.or_else(|| part(key, 3)).or_else(|| self.provider_region(configured)),
            bypass: resource.values.get("bypass_policy_lockout_safety_check") == Some(&Value::Bool(true)),
            usage: text(resource.values, "key_usage").map(str::to_owned),
            key: key.map(str::to_owned),
        }
    }

    /// True if a resource without a policy in its values gets one that is not known yet. The provider computes the policy
    /// of a key for which the configuration names none, so the plan calls it unknown too: KMS then attaches the default
    /// policy.
    fn is_unknown(&self, resource: &Resource<'_>, configured: Option<&Value>) -> bool {
        let change = self.changes.get(resource.address);
        let after_apply = change.and_then(|change| change.pointer("/change/after_unknown/policy"));
        let names_policy = configured.map(|configured| configured.pointer("/expressions/policy").is_some());
        resource.kind == KEY_POLICY || after_apply == Some(&Value::Bool(true)) && names_policy != Some(false)
    }

    /// The key that an `aws_kms_key_policy` belongs to.
    fn key_of<'k>(&self, policy: &Resource<'_>, keys: &[&'k Resource<'a>]) -> Option<&'k Resource<'a>> {
        let (modules, _) = place(policy.address);
        let configured = self.configuration(policy.address);
        let references = configured.and_then(|it| it.pointer("/expressions/key_id/references"));
        let referenced = references.and_then(|references| self.resolve(&modules, references, MAX_REFERENCES));
        if let Some((modules, key)) = referenced {
            let same = |it: &&&'k Resource<'a>| place(it.address) == (modules.clone(), key.clone());
            let candidates: Vec<&&'k Resource<'a>> = keys.iter().filter(same).collect();
            // instances of `for_each` and `count` belong together if they have the same index
            let twin = candidates.iter().find(|it| index_of(it.address) == index_of(policy.address));
            return match candidates.as_slice() {
                [one] => Some(one),
                _ => twin.map(|it| **it),
            };
        }
        let given = text(policy.values, "key_id")?;
        let named = |it: &&&'k Resource<'a>| {
            ["arn", "key_id", "id"].iter().any(|member| text(it.values, member) == Some(given))
        };
        let mut candidates = keys.iter().filter(named);
        let first = candidates.next()?;
        candidates.next().is_none().then_some(*first) // a primary key and its replicas have the same id
    }

    /// The modules and the name of the key that references lead to.
    fn resolve(&self, modules: &[String], references: &Value, depth: usize) -> Option<(Vec<String>, String)> {
        let depth = depth.checked_sub(1)?;
        let follow = |reference: &Value| {
            let parts: Vec<String> = parts(reference.as_str()?).into_iter().map(without_index).collect();
            match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [kind, name, ..] if KEYS.contains(kind) => Some((modules.to_vec(), format!("{kind}.{name}"))),
                ["module", name, output, ..] => {
                    let inner: Vec<String> = modules.iter().cloned().chain([(*name).to_owned()]).collect();
                    let output = self.module(&inner)?.get("outputs")?.get(output)?;
                    self.resolve(&inner, output.pointer("/expression/references")?, depth)
                }
                ["var", name, ..] => {
                    let (call, outer) = modules.split_last()?;
                    let call = self.module(outer)?.get("module_calls")?.get(call)?;
                    self.resolve(outer, call.get("expressions")?.get(name)?.get("references")?, depth)
                }
                _ => None,
            }
        };
        references.as_array()?.iter().find_map(follow)
    }

    /// The configuration of a module.
    fn module(&self, names: &[String]) -> Option<&'a Value> {
        let root = self.plan.pointer("/configuration/root_module")?;
        names.iter().try_fold(root, |module, name| module.get("module_calls")?.get(name)?.get("module"))
    }

    /// The configuration of a resource, which all its instances share.
    fn configuration(&self, address: &str) -> Option<&'a Value> {
        let (modules, name) = place(address);
        list(self.module(&modules)?, "resources").find(|resource| text(resource, "address") == Some(name.as_str()))
    }

    /// The account in which Terraform runs, if the plan contains the data source `aws_caller_identity` for one account.
    fn caller_account(&self) -> Option<String> {
        let mut found = Vec::new();
        for part in ["prior_state", "planned_values", "values"] {
            let part = self.plan.get(part);
            let values = part.and_then(|part| part.get("values")).or(part);
            add_callers(values.and_then(|values| values.get("root_module")), &mut found);
        }
        found.dedup();
        match found.as_slice() {
            [one] => Some((*one).to_owned()),
            _ => None,
        }
    }

    /// The Region of the provider of a resource, if it is a constant or a variable.
    fn provider_region(&self, configured: Option<&Value>) -> Option<String> {
        let key = configured.and_then(|configured| text(configured, "provider_config_key")).unwrap_or("aws");
        let region = self.plan.pointer("/configuration/provider_config")?.get(key)?.pointer("/expressions/region")?;
        let variable = || {
            let name = region.pointer("/references/0")?.as_str()?.strip_prefix("var.")?;
            text(self.plan.get("variables")?.get(name)?, "value")
        };
        text(region, "constant_value").or_else(variable).map(str::to_owned)
    }
}

/// Adds the keys and policies of a module and of its child modules. The recursion is limited: the JSON parser stops at 128
/// levels.
fn add_module<'a>(module: &'a Value, found: &mut Vec<Resource<'a>>) {
    found.extend(list(module, "resources").filter_map(|entry| resource(entry, entry.get("values")?)));
    list(module, "child_modules").for_each(|child| add_module(child, found));
}

fn resource<'a>(entry: &'a Value, values: &'a Value) -> Option<Resource<'a>> {
    let (address, kind) = (text(entry, "address")?, text(entry, "type")?);
    let is_data = text(entry, "mode") == Some("data");
    (!is_data && (kind == KEY_POLICY || KEYS.contains(&kind))).then_some(Resource { address, kind, values })
}

fn add_callers<'a>(module: Option<&'a Value>, found: &mut Vec<&'a str>) {
    let Some(module) = module else { return };
    for resource in list(module, "resources").filter(|it| text(it, "type") == Some("aws_caller_identity")) {
        found.extend(resource.pointer("/values/account_id").and_then(Value::as_str));
    }
    list(module, "child_modules").for_each(|child| add_callers(Some(child), found));
    found.sort_unstable();
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The names of the modules around a resource, and its type and name, all without index:
/// `module.a["x"].aws_kms_key.b[0]` is `b` of the type `aws_kms_key` in the module `a`.
fn place(address: &str) -> (Vec<String>, String) {
    let mut parts = parts(address).into_iter().map(without_index).peekable();
    let mut modules = Vec::new();
    while parts.next_if(|part| part == "module").is_some() {
        modules.extend(parts.next());
    }
    (modules, parts.collect::<Vec<_>>().join("."))
}

/// The index of a resource: `["x"]`, `[0]`, or nothing.
fn index_of(address: &str) -> &str {
    let name = parts(address).pop().unwrap_or_default();
    name.find('[').and_then(|start| name.get(start..)).unwrap_or_default()
}

fn without_index(part: &str) -> String {
    part.split('[').next().unwrap_or_default().to_owned()
}

/// An address at its dots. Keys in brackets may contain dots and brackets themselves.
fn parts(address: &str) -> Vec<&str> {
    let (mut in_quotes, mut escaped) = (false, false);
    let is_separator = |c: char| {
        let was_escaped = escaped;
        escaped = in_quotes && c == '\\' && !was_escaped;
        in_quotes ^= c == '"' && !was_escaped;
        c == '.' && !in_quotes
    };
    address.split(is_separator).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICY: &str = r#"{"Statement":[]}"#;

    /// Address and policy of each document: `default`, `unknown` or the text.
    fn found(plan: &Value) -> Vec<String> {
        let documents = find(plan, "p.json").into_iter();
        let line = |it: PolicyDocument| {
            let policy = match (it.unknown, it.text) {
                (Some(_), _) => "unknown".to_owned(),
                (None, None) => "default".to_owned(),
                (None, Some(text)) => text,
            };
            format!("{} {policy}", it.address.unwrap_or_default())
        };
        let mut lines: Vec<String> = documents.map(line).collect();
        lines.sort();
        lines
    }

    fn key(address: &str, kind: &str, values: Value) -> Value {
        json!({"address": address, "mode": "managed", "type": kind, "values": values})
    }

    fn later(address: &str) -> Value {
        json!({"address": address, "change": {"actions": ["create"], "after_unknown": {"policy": true, "key_id": true}}})
    }

    #[test]
    fn the_configuration_says_whether_a_computed_policy_is_the_default_one() {
        let addresses =
            ["aws_kms_key.a", "aws_kms_key.b", "module.m[\"x.y\"].aws_kms_external_key.c", "aws_kms_key.gone"];
        let kind = |address: &str| if address.contains("external") { "aws_kms_external_key" } else { "aws_kms_key" };
        let planned = |address: &&str| key(address, kind(address), json!({}));
        let plan = json!({
            "planned_values": {"root_module": {"resources": addresses[..2].iter().map(planned).collect::<Vec<_>>(),
                "child_modules": [{"resources": [planned(&addresses[2])]}]}},
            "resource_changes": addresses.iter().map(|address| later(address)).collect::<Vec<_>>(),
            "configuration": {"root_module": {
                "resources": [
                    {"address": "aws_kms_key.a", "expressions": {"description": {"constant_value": "x"}}},
                    {"address": "aws_kms_key.b", "expressions": {"policy": {"references": ["local.policy"]}}}],
                "module_calls": {"m": {"module": {"resources": [{"address": "aws_kms_external_key.c", "expressions": {}}]}}}}},
        });
        assert_eq!(
            found(&plan),
            ["aws_kms_key.a default", "aws_kms_key.b unknown", "module.m[\"x.y\"].aws_kms_external_key.c default"]
        );
        let mut without = plan;
        without.as_object_mut().unwrap().remove("configuration");
        assert!(found(&without).iter().all(|line| line.ends_with("unknown")));
    }

    #[test]
    fn a_separate_policy_decides_for_the_key_it_refers_to() {
        let resources = |policy: &str| {
            json!([
                key("aws_kms_key.a[\"x\"]", "aws_kms_key", json!({})),
                key("aws_kms_key.a[\"y\"]", "aws_kms_key", json!({})),
                key(
                    "module.k.aws_kms_replica_key.r",
                    "aws_kms_replica_key",
                    json!({"policy": "old", "primary_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/mrk-1"})
                ),
                key("aws_kms_key_policy.p[\"x\"]", "aws_kms_key_policy", json!({"policy": policy})),
                key("aws_kms_key_policy.q", "aws_kms_key_policy", json!({"policy": policy})),
            ])
        };
        let plan = json!({
            "planned_values": {"root_module": {"resources": resources(POLICY)}},
            "configuration": {"root_module": {
                "resources": [
                    {"address": "aws_kms_key_policy.p", "expressions": {"key_id": {"references": ["aws_kms_key.a", "each.key"]}}},
                    {"address": "aws_kms_key_policy.q", "expressions": {"key_id": {"references": ["module.k.id", "module.k"]}}}],
                "module_calls": {"k": {"module": {
                    "outputs": {"id": {"expression": {"references": ["aws_kms_replica_key.r.key_id", "aws_kms_replica_key.r"]}}},
                    "resources": [{"address": "aws_kms_replica_key.r", "expressions": {}}]}}}}},
        });
        assert_eq!(
            found(&plan),
            [
                "aws_kms_key.a[\"y\"] default",
                &format!("aws_kms_key_policy.p[\"x\"] {POLICY}"),
                &format!("aws_kms_key_policy.q {POLICY}")
            ]
        );
        let documents = find(&plan, "p.json");
        let of_replica = documents.iter().find(|it| it.address.as_deref() == Some("aws_kms_key_policy.q")).unwrap();
        assert_eq!(of_replica.account.as_deref(), Some("111122223333"));
    }

    #[test]
    fn the_policy_in_a_state_belongs_to_the_key_with_its_id() {
        let state = json!({"values": {"root_module": {"resources": [
            key("aws_kms_key.a", "aws_kms_key", json!({"policy": POLICY, "key_id": "k-1", "arn": "arn:aws:kms:eu-west-1:111122223333:key/k-1"})),
            key("aws_kms_key_policy.a", "aws_kms_key_policy", json!({"policy": POLICY, "key_id": "k-1"})),
        ]}}});
        assert_eq!(found(&state), [format!("aws_kms_key_policy.a {POLICY}")]);
        assert_eq!(find(&state, "s")[0].region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn account_and_region_come_from_data_sources_and_providers() {
        let plan = json!({
            "planned_values": {"root_module": {"resources": [key("aws_kms_key.a", "aws_kms_key", json!({"policy": POLICY}))]}},
            "prior_state": {"values": {"root_module": {"child_modules": [{"resources": [
                {"type": "aws_caller_identity", "values": {"account_id": "111122223333"}}]}]}}},
            "variables": {"region": {"value": "sa-east-1"}},
            "configuration": {
                "provider_config": {"aws.far": {"expressions": {"region": {"references": ["var.region"]}}}},
                "root_module": {"resources": [{"address": "aws_kms_key.a", "provider_config_key": "aws.far", "expressions": {}}]}},
        });
        let documents = find(&plan, "p.json");
        assert_eq!(documents[0].account.as_deref(), Some("111122223333"));
        assert_eq!(documents[0].region.as_deref(), Some("sa-east-1"));
    }

    #[test]
    fn nothing_planned_is_nothing_found() {
        for plan in [
            json!({"format_version": "1.0"}),
            json!({"planned_values": {"root_module": {}}}),
            json!({"planned_values": {}, "resource_changes": [{"address": "aws_kms_key.a", "type": "aws_kms_key", "change": {"actions": ["delete"], "after": null}}]}),
        ] {
            assert!(is_plan(&plan) && find(&plan, "p.json").is_empty(), "{plan}");
        }
        assert!(!is_plan(&json!({"Statement": []})));
    }

    #[test]
    fn a_plan_without_planned_values_is_read_from_its_changes() {
        let change =
            |after: Value| json!({"address": "aws_kms_key.a", "type": "aws_kms_key", "change": {"after": after}});
        let plan = json!({"resource_changes": [change(json!({"policy": POLICY})), change(Value::Null)]});
        assert_eq!(found(&plan), [format!("aws_kms_key.a {POLICY}")]);
    }

    proptest::proptest! {
        #[test]
        fn the_parts_of_an_address_are_all_of_it(address in r#"[a-z."\[\]\\é]{0,40}"#) {
            assert_eq!(parts(&address).join("."), address);
            assert!(!place(&address).1.contains('['));
        }

        #[test]
        fn an_index_never_changes_the_place(key in r#"[a-z.\[\]]{0,12}"#) {
            let address = format!(r#"module.m["{key}"].aws_kms_key.k["{key}"]"#);
            assert_eq!(place(&address), (vec!["m".to_owned()], "aws_kms_key.k".to_owned()));
            assert_eq!(index_of(&address), format!("[\"{key}\"]"));
        }
    }

    #[test]
    fn addresses_have_indexes_with_any_text() {
        let names = |modules: &[&str]| modules.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        for (address, modules, name) in [
            ("aws_kms_key.a", &[][..], "aws_kms_key.a"),
            (r#"module.m["a.b]\"."].module.n[0].aws_kms_key.k["x"]"#, &["m", "n"], "aws_kms_key.k"),
        ] {
            assert_eq!(place(address), (names(modules), name.to_owned()), "{address}");
        }
    }
}
