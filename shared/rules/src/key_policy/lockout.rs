//! Whether the owner can still change the policy.
//!
//! KMS checks only that the caller of `PutKeyPolicy` could call it again, and not even that if
//! `BypassPolicyLockoutSafetyCheck` is set.
//!
//! Source: KMS API reference, PutKeyPolicy; KMS developer guide, "Default key policy".

use super::action::Action;
use super::callers::{Callers, Identities};
use super::condition;
use super::defect::Defect;
use super::document::{Condition, Context, Policy, Statement};
use super::operator::{Compare, Operator, Quantifier};
use super::organization::{OWN_ORGANIZATION, OrgMembership};
use super::permission::Permission;
use super::principal::{self, Principal};
use super::statement;
use crate::language::Text;
use crate::util::wildcard;

/// How certainly the owner can still change the policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockoutLevel {
    /// The account can in any case.
    #[default]
    None,
    /// It depends on a role, a user, a network or the like.
    Fragile,
    /// Nobody in the account can.
    Locked,
}

/// Whether the owner can still change the policy, and why not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockout {
    /// How certainly the owner can.
    pub level: LockoutLevel,
    /// The indexes of the statements that prevent it or that it depends on.
    pub statements: Vec<usize>,
    /// Why it is not certain: one clause, empty if it is.
    pub why: Text,
}

pub(super) fn analyze(policy: &Policy, permissions: &[Permission<'_>], context: Context<'_>) -> Lockout {
    let mut allows: Vec<usize> = (permissions.iter())
        .filter(|permission| may_admit_owner(&permission.callers, context))
        .map(|permission| permission.statement)
        .collect();
    allows.dedup();
    let denies: Vec<usize> = (policy.statements.iter().enumerate())
        .filter(|(_, statement)| may_deny_owner(statement, context))
        .map(|(index, _)| index)
        .collect();
    let is_admitted = || policy.statements.iter().any(|statement| always_admits_owner(statement, context));
    let (level, statements, why) = match (allows.as_slice(), denies.is_empty()) {
        ([], false) if is_admitted() => {
            (LockoutLevel::Locked, denies, Text::literal("a Deny takes kms:PutKeyPolicy from everyone in the account"))
        }
        ([], _) => (
            LockoutLevel::Locked,
            Vec::new(),
            Text::literal("no statement lets anyone in the account call kms:PutKeyPolicy"),
        ),
        (_, false) => {
            (LockoutLevel::Fragile, denies, Text::literal("a Deny can take kms:PutKeyPolicy from the account itself"))
        }
        (_, true) if is_admitted() => (LockoutLevel::None, Vec::new(), Text::default()),
        ([_], true) => (
            LockoutLevel::Fragile,
            allows,
            Text::literal(
                "only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names",
            ),
        ),
        (_, true) => (
            LockoutLevel::Fragile,
            allows,
            Text::literal(
                "only these statements let the account call kms:PutKeyPolicy, and only under their conditions or for the identities they name",
            ),
        ),
    };
    Lockout { level, statements, why }
}

/// True if some identity of the owner's account may be among the callers and they can change the policy.
fn may_admit_owner(callers: &Callers<'_>, context: Context<'_>) -> bool {
    let owner = context.owner.account.as_str();
    let Some(identities) = &callers.identities else { return false };
    callers.actions.has(Action::PutKeyPolicy)
        && identities.accounts.has(&owner)
        && identities.may_name(owner)
        && OrgMembership::may_be_trusted(&identities.organizations, context.trust)
}

/// True for an Allow that the account can use whatever happens to its roles and users.
fn always_admits_owner(statement: &Statement, context: Context<'_>) -> bool {
    let is_account = |principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) => account == context.owner.account,
        _ => false,
    };
    statement.is_allow()
        && statement.defects.iter().all(|defect| *defect == Defect::PrincipalForm)
        && statement::no_effect_reason(statement, context).is_none()
        && statement.actions.has(Action::PutKeyPolicy)
        && statement
            .principal
            .iter()
            .flatten()
            .map(principal::read)
            .any(|(principal, defect)| defect.is_none() && is_account(principal))
        && statement
            .conditions
            .iter()
            .all(|condition| matches!(for_administrator(condition, context), Truth::True | Truth::CallerControlled))
}

/// True for a Deny that may apply to the whole account, not only to some of its identities or requests.
fn may_deny_owner(statement: &Statement, context: Context<'_>) -> bool {
    if !statement.is_deny()
        || !statement.actions.has(Action::PutKeyPolicy)
        || statement::no_effect_reason(statement, context).is_some()
    {
        return false;
    }
    let owner = context.owner.account.as_str();
    let named = || statement.principal.iter().flatten().map(|entry| principal::read(entry).0);
    let exempt = || statement.not_principal.iter().flatten().map(|entry| principal::read(entry).0);
    let names_account = named().any(|principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) | Principal::SomeOf(account) => account == owner,
        _ => false,
    });
    let exempts_account = exempt().any(|principal| match principal {
        Principal::Everyone => true,
        Principal::Account(account) => account == owner,
        _ => false,
    });
    if !names_account && (statement.not_principal.is_none() || exempts_account) {
        return false;
    }
    // The callers to whom the conditions restrict the Deny.
    let (Some(limit), _) = condition::narrow(&statement.conditions, context) else { return false };
    let Some(Identities { accounts, names, ids, .. }) = &limit.callers.identities else { return false };
    accounts.has(&owner)
        && names.is_all()
        && ids.is_all()
        && limit.callers.actions.has(Action::PutKeyPolicy)
        && (statement.conditions.iter())
            .all(|condition| matches!(for_administrator(condition, context), Truth::True | Truth::Unknown))
}

/// The truth of a condition for an administrator of the owner's account who calls KMS directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Unknown,
    /// The caller decides.
    CallerControlled,
    /// It depends on multi-factor authentication: a Deny can be avoided, an Allow may be out of reach.
    NeedsMfa,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// Whether the condition is true for an administrator; `Unknown` for keys whose value the analyzer does not know.
fn for_administrator(condition: &Condition, context: Context<'_>) -> Truth {
    let Some(operator) = Operator::read(&condition.operator).filter(|_| !condition.ambiguous) else {
        return Truth::Unknown;
    };
    // The value of the key, `None` if a direct call never carries it.
    let value = match condition.key.to_ascii_lowercase().as_str() {
        "kms:bypasspolicylockoutsafetycheck" => {
            return chosen(condition, operator, context, &[Some("true"), Some("false")], Truth::CallerControlled);
        }
        "aws:multifactorauthpresent" => {
            return chosen(condition, operator, context, &[Some("true"), Some("false"), None], Truth::NeedsMfa);
        }
        "aws:multifactorauthage" => return Truth::NeedsMfa,
        "aws:principalaccount" | "kms:calleraccount" | "aws:resourceaccount" => Some(context.owner.account.as_str()),
        "aws:principalisawsservice" | "aws:viaawsservice" => Some("false"),
        "aws:securetransport" => Some("true"),
        "aws:requestedregion" if !context.owner.region.is_empty() => Some(context.owner.region.as_str()),
        "kms:viaservice"
        | "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:principalservicename"
        | "aws:principalservicenameslist" => None,
        "aws:principalorgid" => return in_organization(condition, operator, context),
        _ => return Truth::Unknown,
    };
    match holds_with(condition, operator, value, context.variables) {
        Some(holds) => Truth::from(holds),
        None => Truth::Unknown,
    }
}

/// Whether the condition is true if the caller chooses among the values; `otherwise` if that depends on the choice.
fn chosen(
    condition: &Condition,
    operator: Operator,
    context: Context<'_>,
    values: &[Option<&str>],
    otherwise: Truth,
) -> Truth {
    let holds_with = |value: &Option<&str>| holds_with(condition, operator, *value, context.variables);
    let holds = |wanted: bool| values.iter().all(|value| holds_with(value) == Some(wanted));
    match (holds(true), holds(false)) {
        (true, _) => Truth::True,
        (_, true) => Truth::False,
        _ => otherwise,
    }
}

/// Whether the condition is true for a request with this value or, if `None`, without the key; `None` if that is unknown.
fn holds_with(condition: &Condition, operator: Operator, value: Option<&str>, variables: bool) -> Option<bool> {
    if operator.compare == Compare::Null {
        let missing = if value.is_none() { "true" } else { "false" };
        return Some(condition.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(missing)));
    }
    match value {
        Some(value) => Some(matches_any(condition, operator, value, variables)? != operator.negated),
        None => Some(operator.holds_without_key()),
    }
}

fn in_organization(condition: &Condition, operator: Operator, context: Context<'_>) -> Truth {
    let Context { trust, variables, .. } = context;
    let cannot_compare =
        !matches!(operator.compare, Compare::Equals | Compare::Like) || operator.quantifier == Quantifier::AnyValue;
    if cannot_compare || trust.organizations.is_empty() {
        return Truth::Unknown;
    }
    let is_trusted = |value: &String| {
        variables && value.eq_ignore_ascii_case(OWN_ORGANIZATION)
            || trust
                .organizations
                .iter()
                .any(|id| value == id || operator.compare == Compare::Like && wildcard::matches(value, id))
    };
    Truth::from(condition.values.iter().any(is_trusted) != operator.negated)
}

/// Whether some value of the condition matches; `None` if a variable or another kind of comparison prevents an answer.
fn matches_any(condition: &Condition, operator: Operator, value: &str, variables: bool) -> Option<bool> {
    let mut any = false;
    for wanted in &condition.values {
        if wanted.contains("${") {
            if variables {
                return None;
            }
            continue;
        }
        any |= match operator.compare {
            Compare::Equals => wanted == value,
            Compare::EqualsIgnoringCase | Compare::Bool => wanted.eq_ignore_ascii_case(value),
            Compare::Like => wildcard::matches(wanted, value),
            _ => return None,
        };
    }
    Some(any)
}
