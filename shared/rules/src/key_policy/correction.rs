//! Corrected statements.

use super::action::{Action, Actions};
use super::analysis::Analysis;
use super::document::{Condition, Effect, Entry, Kind, Policy, Statement};
use super::ineffective::IneffectiveReason;
use super::keys::{Key, KeyMeaning};
use super::operations::Family;
use super::operator::Operator;
use super::organization::{OWN_ORGANIZATION, OrgMembership};
use super::owner::{Owner, Trust};
use super::principal::{self, Principal};
use super::service::Service;
use super::service_bounds::{self, Bound};
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
    /// Removes administration. `usage` is the `KeyUsage` of the key, if it is known.
    OnlyUse { usage: Option<&'a str> },
    /// Allows only grants that an AWS service requests.
    GrantsForAws,
    /// Exempts the owner's account from a Deny.
    ExemptOwner,
}

/// What replaces a statement.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Correction {
    /// The statements that replace it; empty if nothing of it would remain.
    pub(crate) statements: Vec<Value>,
    /// Services of the statement for which no condition is known: the owner has to decide. The statements leave them out.
    pub(crate) undecided: Vec<String>,
}

impl From<Map<String, Value>> for Correction {
    fn from(statement: Map<String, Value>) -> Self {
        Self { statements: vec![Value::Object(statement)], undecided: Vec::new() }
    }
}

/// The correction of the statement at this index.
pub(crate) fn corrected(policy: &Policy, analysis: &Analysis, index: usize, owner: &Owner, fix: Fix<'_>) -> Correction {
    let Some(statement) = policy.statements.get(index) else { return Correction::default() };
    let mut out = written(statement);
    let service = policy.service;
    let mut correct_operators = || correct_operators(&mut out, statement, service, analysis, index);
    match fix {
        Fix::OwnAccount if correct_operators() => {}
        Fix::BoundService if !has_context_bounds(statement) && correct_operators() => {}
        Fix::OwnAccount => admit_only_account(&mut out, statement, service, owner),
        Fix::OnlyTrusted(trust) => {
            return only_trusted(statement, owner, trust).map(Correction::from).unwrap_or_default();
        }
        Fix::BoundService => return bind_services(statement, owner),
        Fix::OnlyUse { usage } => {
            let actions = use_only(statement.actions, usage);
            if actions.is_empty() {
                return Correction::default();
            }
            out.remove("NotAction");
            out.insert("Action".to_owned(), one_or_many(&actions));
        }
        Fix::GrantsForAws => {
            out.remove("NotAction");
            out.insert("Action".to_owned(), json!(["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]));
            condition(&mut out, "Bool", "kms:GrantIsForAWSResource", json!("true"));
        }
        Fix::ExemptOwner => {
            condition(&mut out, "StringNotEquals", "aws:PrincipalAccount", json!(owner.account_or_placeholder()));
        }
    }
    out.into()
}

/// Puts the account principal in place of everyone. Principals that the statement names besides stay.
fn admit_only_account(out: &mut Map<String, Value>, statement: &Statement, service: Service, owner: &Owner) {
    let is_via = |condition: &Condition| Key::of(&condition.key, service).meaning == KeyMeaning::ViaService;
    if statement.conditions.iter().any(is_via) {
        condition(out, "StringEquals", "kms:CallerAccount", json!(owner.account_or_placeholder()));
        return;
    }
    out.remove("NotPrincipal");
    let mut entries = vec![Entry { kind: Kind::Aws, value: account_arn(owner) }];
    for entry in statement.principal.iter().flatten() {
        let is_wider = !matches!(principal::read(entry).0, Principal::Identity(..) | Principal::Service(_));
        if !is_wider && entry.kind != Kind::Bare {
            entries.push(entry.clone());
        }
    }
    out.insert("Principal".to_owned(), principals(&entries));
}

/// True if the encryption context is the only bound of some service in the statement.
fn has_context_bounds(statement: &Statement) -> bool {
    services(statement).filter_map(service_bounds::of).flatten().any(|bound| bound.is_context())
}

fn services(statement: &Statement) -> impl Iterator<Item = &str> {
    let entries = statement.principal.iter().flatten().filter(|entry| entry.kind == Kind::Service);
    entries.map(|entry| entry.value.as_str())
}

/// One statement for all services with the same bound, and one for the principals that are no services.
fn bind_services(statement: &Statement, owner: &Owner) -> Correction {
    let mut groups: Vec<(&[Bound], Vec<&str>)> = Vec::new();
    let mut correction = Correction::default();
    for name in services(statement) {
        let Some(bounds) = service_bounds::of(name) else {
            correction.undecided.push(name.to_owned());
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == bounds) {
            Some((_, names)) => names.push(name),
            None => groups.push((bounds, vec![name])),
        }
    }
    if groups.is_empty() {
        return correction;
    }
    let all = written(statement);
    let mut add = |mut statement: Map<String, Value>, principal: Value| {
        statement.insert("Principal".to_owned(), principal);
        if !correction.statements.is_empty() {
            statement.remove("Sid"); // a Sid must be unique in a policy
        }
        correction.statements.push(Value::Object(statement));
    };
    for (bounds, names) in groups {
        let principal = || json!({ "Service": one_or_many(&names) });
        for bound in bounds {
            let mut bound_statement = all.clone();
            condition(&mut bound_statement, bound.operator, bound.key, json!(bound.value(owner)));
            add(bound_statement, principal());
        }
        // Requests of other operations carry no encryption context. Several alternatives mean that the service also
        // protects resources of its own, and such services describe the key first.
        if bounds.len() > 1 && statement.actions.has(Action::DescribeKey) {
            let mut describe = all.clone();
            describe.remove("NotAction");
            describe.insert("Action".to_owned(), json!("kms:DescribeKey"));
            add(describe, principal());
        }
    }
    let others = statement.principal.iter().flatten().filter(|entry| entry.kind != Kind::Service);
    let others: Vec<Entry> = others.cloned().collect();
    if !others.is_empty() {
        add(all, principals(&others));
    }
    correction
}

/// The operations without administration; for `kms:*` only those that nearly all users of such a key need.
fn use_only(actions: Actions, usage: Option<&str>) -> Vec<&'static str> {
    const ADMINISTRATION: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy, Family::Administer]);
    if actions != Actions::of_service(Service::Kms) {
        return actions.without(ADMINISTRATION).names().collect();
    }
    // https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-usage.html
    match usage {
        Some("SIGN_VERIFY") => vec!["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"],
        Some("GENERATE_VERIFY_MAC") => vec!["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"],
        Some("KEY_AGREEMENT") => vec!["kms:DeriveSharedSecret", "kms:DescribeKey", "kms:GetPublicKey"],
        _ => vec!["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
    }
}

fn account_arn(owner: &Owner) -> String {
    format!("arn:{}:iam::{}:root", owner.partition, owner.account_or_placeholder())
}

/// The statement that delegates to the account's own IAM policies.
pub(crate) fn root_statement(owner: &Owner) -> Value {
    json!({
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": { "AWS": account_arn(owner) },
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

/// Adds a condition, or replaces the one with the same operator and key. Both may be written in any letter case.
fn condition(out: &mut Map<String, Value>, operator: &str, key: &str, value: Value) {
    let block = out.entry("Condition").or_insert_with(|| json!({}));
    if let Value::Object(operators) = block
        && let Value::Object(keys) = operators.entry(spelled(operators, operator)).or_insert_with(|| json!({}))
    {
        keys.insert(spelled(keys, key), value);
    }
}

/// The name as a map spells it, or as it is if the map does not have it.
fn spelled(map: &Map<String, Value>, name: &str) -> String {
    map.keys().find(|known| known.eq_ignore_ascii_case(name)).map_or(name, String::as_str).to_owned()
}

/// Corrects the operators of conditions that are true without their key; returns false if there are none.
fn correct_operators(
    out: &mut Map<String, Value>,
    statement: &Statement,
    service: Service,
    analysis: &Analysis,
    index: usize,
) -> bool {
    let ineffective: Vec<&Condition> = (analysis.ineffective_conditions.iter())
        .filter(|it| it.statement == index)
        .filter(|it| matches!(it.reason, IneffectiveReason::IfExists | IneffectiveReason::ForAllValues))
        .filter_map(|it| statement.conditions.get(it.condition))
        .filter(|condition| {
            matches!(
                Key::of(&condition.key, service).meaning,
                KeyMeaning::Organization
                    | KeyMeaning::OrganizationPath
                    | KeyMeaning::SourceAccount
                    | KeyMeaning::SourceArn
                    | KeyMeaning::SourceOrganization
                    | KeyMeaning::SourceOrganizationPath
            )
        })
        .collect();
    if ineffective.is_empty() {
        return false;
    }
    out.remove("Condition");
    for written in &statement.conditions {
        let operator = if ineffective.iter().any(|it| std::ptr::eq(*it, written)) {
            let plain = Operator::without_absence(&written.operator);
            if Key::of(&written.key, service).multivalued { format!("ForAnyValue:{plain}") } else { plain.to_owned() }
        } else {
            written.operator.clone()
        };
        condition(out, &operator, &written.key, texts(&written.values));
    }
    true
}

fn only_trusted(statement: &Statement, owner: &Owner, trust: &Trust) -> Option<Map<String, Value>> {
    let known = |account: &str| account == owner.account || trust.has_account(account);
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
        return None;
    }
    Some(written(&kept))
}

#[cfg(test)]
mod tests {
    use super::super::analyze::analyze;
    use super::*;

    const OWN: &str = "111122223333";

    /// What remains of a statement if only those are admitted who are trusted.
    fn trusted(principal: Value, conditions: Value) -> Vec<Value> {
        let owner = Owner {
            account: OWN.to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            resource: None,
        };
        let trust = Trust {
            accounts: ["222233334444".to_owned()].into(),
            organizations: ["o-a1b2c3d4e5".to_owned()].into(),
            organizational_units: ["o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/".to_owned()].into(),
            ..Trust::default()
        };
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": conditions});
        let policy = Policy::parse(&json!({"Statement": [statement]}).to_string()).unwrap();
        let analysis = analyze(&policy, &owner, &trust);
        corrected(&policy, &analysis, 0, &owner, Fix::OnlyTrusted(&trust)).statements
    }

    #[test]
    fn principals_that_are_not_trusted_are_removed() {
        let root = |account: &str| format!("arn:aws:iam::{account}:root");
        let [own, known, foreign] = [OWN, "222233334444", "999988887777"].map(root);
        for (principals, want) in [
            (json!([own, known, foreign]), Some(json!([own, known]))),
            (json!([foreign, own]), Some(json!(own))),
            (json!([foreign, "arn:aws:iam::999988887777:role/a"]), None),
            (
                json!(["arn:aws:iam::999988887777:role/a", "arn:aws:iam::222233334444:role/a"]),
                Some(json!("arn:aws:iam::222233334444:role/a")),
            ),
        ] {
            let left = trusted(json!({ "AWS": principals }), json!({})).pop();
            assert_eq!(left.map(|statement| statement["Principal"]["AWS"].clone()), want, "{principals}");
        }
    }

    #[test]
    fn values_of_conditions_that_are_not_trusted_are_removed() {
        for (key, values, want) in [
            ("aws:PrincipalAccount", json!([OWN, "222233334444", "999988887777"]), Some(json!([OWN, "222233334444"]))),
            ("aws:PrincipalAccount", json!(["999988887777"]), None),
            ("aws:PrincipalOrgID", json!(["o-a1b2c3d4e5", "o-zzzzzzzzzz"]), Some(json!("o-a1b2c3d4e5"))),
            ("aws:PrincipalOrgID", json!("o-zzzzzzzzzz"), None),
            (
                "aws:PrincipalOrgPaths",
                json!(["o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*", "o-f6g7h8i9j0/r-ab12/ou-ab12-22222222/*"]),
                Some(json!("o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*")),
            ),
            (
                "aws:SourceArn",
                json!(["arn:aws:s3:::bucket", "arn:aws:sqs:eu-west-1:999988887777:queue"]),
                Some(json!("arn:aws:s3:::bucket")),
            ),
        ] {
            let left = trusted(json!("*"), json!({"StringLike": {key: values}})).pop();
            let left = left.map(|statement| statement["Condition"]["StringLike"][key].clone());
            assert_eq!(left, want, "{key} {values}");
        }
    }
}
