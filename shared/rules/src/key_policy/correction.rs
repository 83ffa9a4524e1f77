//! Corrected statements.

use super::action::{Actions, Family};
use super::analysis::Analysis;
use super::document::{Condition, Effect, Entry, Kind, Policy, Statement};
use super::ineffective::IneffectiveReason;
use super::keys::{Key, KeyMeaning};
use super::organization::{OWN_ORGANIZATION, OrgMembership};
use super::owner::{Owner, Trust};
use super::principal::{self, Principal};
use serde_json::{Map, Value, json};

/// How a statement is corrected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fix<'a> {
    /// Admits only the owner's account.
    OwnAccount,
    /// Removes accounts and organizations that are not trusted.
    OnlyTrusted(&'a Trust),
    /// Restricts services to acting for the owner's account.
    BoundService,
    /// Removes administration.
    OnlyUse,
    /// Allows only grants that an AWS service requests.
    GrantsForAws,
    /// Exempts the owner's account from a Deny.
    ExemptOwner,
}

/// The statement at this index, corrected; `null` if nothing of it would remain.
pub(crate) fn corrected(policy: &Policy, analysis: &Analysis, index: usize, owner: &Owner, fix: Fix<'_>) -> Value {
    let Some(statement) = policy.statements.get(index) else { return Value::Null };
    let mut out = written(statement);
    match fix {
        Fix::OwnAccount | Fix::BoundService if correct_operators(&mut out, statement, analysis, index) => {}
        Fix::OwnAccount => admit_only_account(&mut out, statement, owner),
        Fix::OnlyTrusted(trust) => return only_trusted(statement, owner, trust),
        Fix::BoundService => bind_services(&mut out, statement, owner),
        Fix::OnlyUse => {
            let actions = use_only(statement.actions);
            if actions.is_empty() {
                return Value::Null;
            }
            out.remove("NotAction");
            out.insert("Action".to_owned(), one_or_many(&actions));
        }
        Fix::GrantsForAws => {
            out.remove("NotAction");
            out.insert("Action".to_owned(), json!(["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]));
            condition(&mut out, "Bool", "kms:GrantIsForAWSResource", json!("true"));
        }
        Fix::ExemptOwner => condition(&mut out, "StringNotEquals", "aws:PrincipalAccount", json!(owner.account)),
    }
    Value::Object(out)
}

fn admit_only_account(out: &mut Map<String, Value>, statement: &Statement, owner: &Owner) {
    let is_via = |condition: &Condition| Key::of(&condition.key).meaning == KeyMeaning::ViaService;
    if statement.conditions.iter().any(is_via) {
        condition(out, "StringEquals", "kms:CallerAccount", json!(owner.account));
    } else {
        out.remove("NotPrincipal");
        out.insert("Principal".to_owned(), account_principal(owner));
    }
}

fn bind_services(out: &mut Map<String, Value>, statement: &Statement, owner: &Owner) {
    let services = statement.principal.iter().flatten().filter(|entry| entry.kind == Kind::Service);
    let names: Vec<&str> = services.map(|entry| entry.value.as_str()).collect();
    if !names.is_empty() {
        out.insert("Principal".to_owned(), json!({ "Service": one_or_many(&names) }));
    }
    // CloudWatch Logs sends no source account; its encryption context has the ARN of the log group.
    if names.iter().any(|name| name.starts_with("logs.")) {
        let Owner { account, region, partition, .. } = owner;
        let region = if region.is_empty() { "*" } else { region };
        let groups = format!("arn:{partition}:logs:{region}:{account}:*");
        condition(out, "ArnLike", "kms:EncryptionContext:aws:logs:arn", json!(groups));
    } else {
        condition(out, "StringEquals", "aws:SourceAccount", json!(owner.account));
    }
}

/// The operations without administration; for `kms:*` only those that nearly all users of a key need.
fn use_only(actions: Actions) -> Vec<&'static str> {
    const ADMINISTRATION: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy, Family::Administer]);
    if actions == Actions::ALL {
        return vec!["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
    }
    actions.without(ADMINISTRATION).names().collect()
}

fn account_principal(owner: &Owner) -> Value {
    json!({ "AWS": format!("arn:{}:iam::{}:root", owner.partition, owner.account) })
}

/// The statement that delegates to the account's own IAM policies.
pub(crate) fn root_statement(owner: &Owner) -> Value {
    json!({
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": account_principal(owner),
        "Action": "kms:*",
        "Resource": "*",
    })
}

fn one_or_many(values: &[&str]) -> Value {
    match values {
        [one] => json!(one),
        many => json!(many),
    }
}

fn texts(values: &[String]) -> Value {
    one_or_many(&values.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The statement as JSON, without changes.
fn written(statement: &Statement) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("Sid", statement.sid.as_ref().map(|sid| json!(sid)));
    put("Effect", statement.effect.map(|effect| json!(if effect == Effect::Allow { "Allow" } else { "Deny" })));
    put("Principal", statement.principal.as_deref().map(principals));
    put("NotPrincipal", statement.not_principal.as_deref().map(principals));
    put("Action", statement.action.as_deref().map(texts));
    put("NotAction", statement.not_action.as_deref().map(texts));
    put("Resource", statement.resource.as_deref().map(texts));
    put("NotResource", statement.not_resource.as_deref().map(texts));
    for Condition { operator, key, values, .. } in &statement.conditions {
        condition(&mut out, operator, key, texts(values));
    }
    out
}

fn principals(entries: &[Entry]) -> Value {
    if let [Entry { kind: Kind::Bare, value }] = entries {
        return json!(value);
    }
    let of = |service: bool| -> Vec<&str> {
        let same = |entry: &&Entry| (entry.kind == Kind::Service) == service;
        entries.iter().filter(same).map(|entry| entry.value.as_str()).collect()
    };
    let mut map = Map::new();
    for (name, values) in [("AWS", of(false)), ("Service", of(true))] {
        if !values.is_empty() {
            map.insert(name.to_owned(), one_or_many(&values));
        }
    }
    Value::Object(map)
}

/// Adds a condition, or replaces the one with the same operator and key.
fn condition(out: &mut Map<String, Value>, operator: &str, key: &str, value: Value) {
    let block = out.entry("Condition").or_insert_with(|| json!({}));
    if let Value::Object(operators) = block
        && let Value::Object(keys) = operators.entry(operator).or_insert_with(|| json!({}))
    {
        keys.insert(key.to_owned(), value);
    }
}

/// Corrects the operators of conditions that are true without their key; returns false if there are none.
fn correct_operators(out: &mut Map<String, Value>, statement: &Statement, analysis: &Analysis, index: usize) -> bool {
    let ineffective: Vec<&Condition> = (analysis.ineffective_conditions.iter())
        .filter(|it| it.statement == index)
        .filter(|it| matches!(it.reason, IneffectiveReason::IfExists | IneffectiveReason::ForAllValues))
        .filter_map(|it| statement.conditions.get(it.condition))
        .filter(|condition| {
            matches!(
                Key::of(&condition.key).meaning,
                KeyMeaning::Organization
                    | KeyMeaning::OrganizationPath
                    | KeyMeaning::SourceAccount
                    | KeyMeaning::SourceArn
                    | KeyMeaning::SourceOrganization
            )
        })
        .collect();
    if ineffective.is_empty() {
        return false;
    }
    out.remove("Condition");
    for written in &statement.conditions {
        let operator = if ineffective.iter().any(|it| std::ptr::eq(*it, written)) {
            let plain = written.operator.strip_suffix("IfExists").unwrap_or(&written.operator);
            let plain = plain.strip_prefix("ForAllValues:").unwrap_or(plain);
            if Key::of(&written.key).multivalued { format!("ForAnyValue:{plain}") } else { plain.to_owned() }
        } else {
            written.operator.clone()
        };
        condition(out, &operator, &written.key, texts(&written.values));
    }
    true
}

fn only_trusted(statement: &Statement, owner: &Owner, trust: &Trust) -> Value {
    let known = |account: &str| account == owner.account || trust.accounts.contains(account);
    let mut kept = statement.clone();
    if let Some(entries) = &mut kept.principal {
        entries.retain(|entry| match principal::read(entry).0 {
            Principal::Account(account) | Principal::SomeOf(account) => known(account),
            Principal::Identity(name, _) => known(name.account),
            _ => true,
        });
    }
    for condition in &mut kept.conditions {
        let foreign = |value: &String| {
            let path = value.split(['*', '?']).next().unwrap_or_default();
            if trust.has_unit(path) {
                return false;
            }
            value.split([':', '/']).any(|part| crate::aws::account::is_account(part) && !known(part))
                || value
                    .split('/')
                    .any(|part| part.starts_with("o-") && OrgMembership::of(part, trust) != OrgMembership::Trusted)
                || value.starts_with(OWN_ORGANIZATION)
                    && OrgMembership::of(OWN_ORGANIZATION, trust) != OrgMembership::Trusted
        };
        condition.values.retain(|value| !foreign(value));
    }
    let nobody = kept.principal.as_ref().is_some_and(Vec::is_empty);
    if nobody || kept.conditions.iter().any(|condition| condition.values.is_empty()) {
        return Value::Null;
    }
    Value::Object(written(&kept))
}
