//! What a condition leaves of the callers.
//!
//! Conditions are AND-ed, so each is a filter of its own and one that narrows is enough. A condition that tells nothing
//! about the caller keeps everyone, and the reason is kept for the reader of the finding.

use super::Owner;
use super::action::{Action, Actions, Family};
use super::callers::{Callers, Identities, Manner, Services, Set, Source, both_sources};
use super::document::Condition;
use super::keys::{Carried, Key, Tells};
use super::operator::{Compare, Operator, Quantifier};
use super::value::{self, Range, Text, Value};
use super::{glob, value::OWN_ORGANIZATION};
use crate::arn::is_account;
use std::collections::BTreeSet;

/// Why a condition does not do what it seems to
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    UnknownOperator,
    Unclear,
    Negated,
    IfExists,
    AllValues,
    PresenceOnly,
    NotCompared,
    OpenValue,
    WideNetwork,
    NotTheAccount,
    OwnContext,
    EveryAccount,
    KeyProperty,
    Free,
    /// The other way round: nothing matches it, so nobody gets in
    NeverMatches,
}

impl Why {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::UnknownOperator => "is no condition operator, so it protects nothing",
            Self::Unclear => "is there twice or has no clear value, so it cannot be relied on",
            Self::Negated => "only excludes what it lists and lets everybody else in",
            Self::IfExists => "is true for every caller whose request lacks the key",
            Self::AllValues => "is true for every caller whose request lacks the key (`ForAllValues`)",
            Self::PresenceOnly => "asks only whether the key is there",
            Self::NotCompared => "compares a number, a date or bytes, which anybody can satisfy",
            Self::OpenValue => "has a value that callers of any account can match",
            Self::WideNetwork => "covers so many addresses that it bounds nobody",
            Self::NotTheAccount => {
                "says through which service the call comes, not for whom: any account can use that service"
            }
            Self::OwnContext => "is chosen by the caller: everybody can send this encryption context",
            Self::EveryAccount => "is given out by each account to its own identities",
            Self::KeyProperty => "is a property of this key and the same for every caller",
            Self::Free => "tells nothing about who calls",
            Self::NeverMatches => "can match no request, so the statement admits nobody",
        }
    }

    /// The condition looks like a bound on the caller, and is none
    pub(super) fn is_weak(self) -> bool {
        matches!(self, Self::IfExists | Self::AllValues | Self::NeverMatches)
    }
}

/// What the conditions of a statement leave
#[derive(Debug, Clone)]
pub(super) struct Limit<'a> {
    pub(super) callers: Callers<'a>,
    /// For whom a service calls, as its encryption context says; nobody else's context says anything
    pub(super) context: Set<Source<'a>>,
}

impl<'a> Limit<'a> {
    fn none() -> Self {
        Callers::everyone().into()
    }
}

impl<'a> From<Callers<'a>> for Limit<'a> {
    fn from(callers: Callers<'a>) -> Self {
        Self { callers, context: Set::All }
    }
}

/// What the values are read with
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) owner: &'a Owner,
    /// `${…}` is a variable
    pub(super) variables: bool,
}

/// What the conditions leave, `None` for nobody; and which of them leave everyone, by their place
pub(super) fn narrow<'a>(conditions: &'a [Condition], context: Context<'a>) -> (Option<Limit<'a>>, Vec<(usize, Why)>) {
    let required = required_keys(conditions);
    let mut left = Some(Limit::none());
    let mut useless = Vec::new();
    for (place, condition) in conditions.iter().enumerate() {
        let present = || required.contains(&condition.key.to_ascii_lowercase());
        let limit = match narrow_by(condition, context, present) {
            Ok(Some(limit)) => {
                useless.extend(only_the_manner(&limit.callers).map(|why| (place, why)));
                Some(limit)
            }
            Ok(None) => {
                useless.push((place, Why::NeverMatches));
                None
            }
            Err((why, actions)) => {
                useless.push((place, why));
                Callers::everyone().for_actions(actions).map(Limit::from)
            }
        };
        left = left.zip(limit).and_then(|(a, b)| {
            Some(Limit { callers: a.callers.and(&b.callers)?, context: both_sources(&a.context, &b.context)? })
        });
    }
    (left, useless)
}

/// Why callers that are bound in their manner only are still everyone
fn only_the_manner(callers: &Callers<'_>) -> Option<Why> {
    let everyone = Callers::everyone();
    if callers.identities != everyone.identities || callers.services != everyone.services {
        return None;
    }
    match callers.manner {
        Manner { via_service: true, .. } => Some(Why::NotTheAccount),
        Manner { context: true, .. } => Some(Why::OwnContext),
        Manner { some_trait: true, .. } => Some(Why::EveryAccount),
        _ => None,
    }
}

/// The keys that some condition asks for in a way that no request without them passes
fn required_keys(conditions: &[Condition]) -> BTreeSet<String> {
    let hopeful = |operator: &Operator| operator.if_exists || operator.quantifier == Quantifier::AllValues;
    let read = || conditions.iter().filter_map(|condition| Some((condition, Operator::read(&condition.operator)?)));
    if conditions.len() < 2 || !read().any(|(_, operator)| hopeful(&operator)) {
        return BTreeSet::new();
    }
    read()
        .filter(|(condition, operator)| {
            !condition.unclear
                && match operator.compare {
                    Compare::Null => condition.values.iter().all(|value| value.eq_ignore_ascii_case("false")),
                    _ => !operator.negated && !operator.holds_without_key(),
                }
        })
        .map(|(condition, _)| condition.key.to_ascii_lowercase())
        .collect()
}

/// What one condition leaves: `Ok(None)` for nobody; or why it leaves everyone, and for which operations
fn narrow_by<'a>(
    condition: &'a Condition,
    context: Context<'a>,
    present: impl Fn() -> bool,
) -> Result<Option<Limit<'a>>, (Why, Actions)> {
    let everything = |why| (why, Actions::ALL);
    let operator = Operator::read(&condition.operator).ok_or(everything(Why::UnknownOperator))?;
    let key = Key::of(&condition.key);
    if condition.unclear {
        return Err(everything(Why::Unclear));
    }
    match operator.compare {
        Compare::Null => return Err(everything(Why::PresenceOnly)),
        _ if operator.negated => return Err(everything(Why::Negated)),
        // Every CreateGrant names its operations, so here the key is never missing.
        _ if key.tells == Tells::GrantOperations => return grant_operations(condition, operator),
        _ => {}
    }
    let certain = !operator.holds_without_key() || key.carried == Carried::Always || present();
    if !certain && key.carried == Carried::Sometimes {
        let why = match key.tells {
            Tells::Free => Why::Free,
            Tells::KeyProperty | Tells::ResourceAccount | Tells::ResourceOrganization => Why::KeyProperty,
            _ if operator.if_exists => Why::IfExists,
            _ => Why::AllValues,
        };
        return Err(everything(why));
    }
    let limit = read(condition, key.tells, operator.compare, context);
    if certain {
        let limit = limit.map_err(|why| (why, key.only))?;
        return Ok(limit.and_then(|limit| {
            let callers = limit.callers.for_actions(key.only)?;
            Some(Limit { callers, ..limit })
        }));
    }
    // Identities carry the key and are narrowed; a service does not and passes.
    let identities = limit.map_err(everything)?.and_then(|limit| limit.callers.identities);
    Ok(Some(Callers { identities, ..Callers::everyone() }.into()))
}

/// Whom the values admit when the key is there: `Ok(None)` for nobody
fn read<'a>(
    condition: &'a Condition,
    tells: Tells,
    compare: Compare,
    context: Context<'a>,
) -> Result<Option<Limit<'a>>, Why> {
    let fits = match tells {
        Tells::Free | Tells::KeyProperty => true,
        Tells::Address => matches!(compare, Compare::Address | Compare::Equals),
        Tells::IsService | Tells::ForAwsResource => {
            matches!(compare, Compare::Bool | Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like)
        }
        _ => matches!(compare, Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like | Compare::Arn),
    };
    if !fits {
        return Err(Why::NotCompared);
    }
    let values = &condition.values;
    let texts = || values.iter().map(|value| Text::read(value, compare, context.variables));
    let limit = match tells {
        Tells::Account => pins(texts().map(value::account))?.map(|accounts| accounts_are(accounts)),
        Tells::CallerAccount => pins(texts().map(value::account))?.map(|accounts| {
            let sources = Set::of(accounts.named().map(Source::Account).collect()).unwrap_or(Set::All);
            let services = Some(Services { sources, ..Services::ALL });
            Callers { services, ..accounts_are(accounts) }
        }),
        Tells::PrincipalArn => principal_arns(texts(), compare)?,
        Tells::Organization => pins(texts().map(value::organization))?.map(organizations_are),
        Tells::OrganizationPath => pins(texts().map(value::organization_path))?.map(organizations_are),
        Tells::UserId => {
            pins(texts().map(value::user_id))?.map(|ids| {
                // Twelve digits are the root user of that account.
                let accounts = if ids.named().all(is_account) { ids.clone() } else { Set::All };
                Callers::identities(Identities { ids, accounts, ..Identities::ALL })
            })
        }
        Tells::IsService => one_truth(values).map(|truth| Some(services_only(truth)))?,
        Tells::ServiceName => {
            pins(texts().map(value::service_name))?.map(|names| Callers::services(Services { names, ..Services::ALL }))
        }
        Tells::SourceAccount => pins(texts().map(value::account).map(|v| v.map(Source::Account)))?.map(sources_are),
        Tells::SourceArn => pins(texts().map(|text| value::source_arn(text, compare)))?.map(sources_are),
        Tells::SourceOrganization => {
            pins(texts().map(value::organization).map(|v| v.map(Source::Organization)))?.map(sources_are)
        }
        Tells::SourceOrganizationPath => {
            pins(texts().map(value::organization_path).map(|v| v.map(Source::Organization)))?.map(sources_are)
        }
        Tells::Vpc => pins(texts().map(value::service_name))?
            .map(|_| Callers::with_manner(Manner { network: true, ..Manner::default() })),
        Tells::Address => addresses(values)?,
        Tells::ViaService => texts()
            .any(|text| text != Text::Never)
            .then(|| Callers::with_manner(Manner { via_service: true, ..Manner::default() })),
        Tells::Context => return Ok(Some(encryption_context(values))),
        Tells::ForAwsResource => {
            let only_for_aws = one_truth(values) == Ok(true);
            let manner = Manner { for_aws_resource: only_for_aws, bounded_grants: only_for_aws, ..Manner::default() };
            Some(Callers::with_manner(manner))
        }
        Tells::GrantTo => texts().any(|text| text != Text::Never).then(|| {
            let bounded_grants = texts().all(|text| is_one_grantee(text));
            Callers::with_manner(Manner { bounded_grants, ..Manner::default() })
        }),
        Tells::Trait => Some(Callers::with_manner(Manner { some_trait: true, ..Manner::default() })),
        // `StringEquals aws:ResourceAccount ${aws:PrincipalAccount}` is the usual condition seen in a mirror.
        Tells::ResourceAccount if mirrors(values, "${aws:PrincipalAccount}", context) => {
            Some(accounts_are(Set::One(context.owner.account.as_str())))
        }
        Tells::ResourceOrganization if mirrors(values, "${aws:PrincipalOrgID}", context) => {
            Some(organizations_are(Set::One(OWN_ORGANIZATION)))
        }
        Tells::ResourceAccount | Tells::ResourceOrganization | Tells::KeyProperty => return Err(Why::KeyProperty),
        Tells::GrantOperations | Tells::Free => return Err(Why::Free),
    };
    Ok(limit.map(Limit::from))
}

/// The union of what the values pin, `None` when none of them can match
fn pins<T: Ord + Copy>(values: impl Iterator<Item = Value<T>>) -> Result<Option<Set<T>>, Why> {
    let mut pinned = BTreeSet::new();
    for value in values {
        match value {
            Value::Pins(value) => {
                pinned.insert(value);
            }
            Value::Never => {}
            Value::Open => return Err(Why::OpenValue),
        }
    }
    Ok(Set::of(pinned))
}

fn accounts_are<'a>(accounts: Set<&'a str>) -> Callers<'a> {
    Callers::identities(Identities { accounts, ..Identities::ALL })
}

/// A service is in no organization.
fn organizations_are<'a>(organizations: Set<&'a str>) -> Callers<'a> {
    Callers::identities(Identities { organizations, ..Identities::ALL })
}

/// Only a service that calls for itself carries a source.
fn sources_are<'a>(sources: Set<Source<'a>>) -> Callers<'a> {
    Callers::services(Services { sources, ..Services::ALL })
}

fn services_only<'a>(truth: bool) -> Callers<'a> {
    if truth { Callers::services(Services::ALL) } else { Callers::identities(Identities::ALL) }
}

fn principal_arns<'a>(texts: impl Iterator<Item = Text<'a>>, compare: Compare) -> Result<Option<Callers<'a>>, Why> {
    let (mut accounts, mut names) = (BTreeSet::new(), BTreeSet::new());
    let (mut all_named, mut patterned) = (true, false);
    for text in texts {
        match value::principal_arn(text, compare) {
            Value::Pins((account, name, pattern)) => {
                accounts.insert(account);
                all_named &= name.is_some();
                patterned |= pattern;
                names.extend(name);
            }
            Value::Never => {}
            Value::Open => return Err(Why::OpenValue),
        }
    }
    Ok(Set::of(accounts).map(|accounts| Callers {
        manner: Manner { some_trait: patterned && !all_named, ..Manner::default() },
        ..Callers::identities(Identities {
            accounts,
            names: if all_named { Set::of(names).unwrap_or(Set::All) } else { Set::All },
            ..Identities::ALL
        })
    }))
}

/// The truth value that all values agree on
fn one_truth(values: &[String]) -> Result<bool, Why> {
    let all = |truth: &str| values.iter().all(|value| value.eq_ignore_ascii_case(truth));
    match (all("true"), all("false")) {
        (true, false) => Ok(true),
        (false, true) => Ok(false),
        _ => Err(Why::OpenValue),
    }
}

fn addresses<'a>(values: &[String]) -> Result<Option<Callers<'a>>, Why> {
    /// A sixteenth of the internet: halves and eighths that add up bound nobody
    const TOO_MANY: u64 = 1 << 28;
    let (mut addresses, mut some) = (0, false);
    for value in values {
        match value::address(value) {
            Value::Pins(Range::V4(n)) => {
                addresses += n;
                some = true;
            }
            Value::Pins(Range::V6) => some = true,
            Value::Never => {}
            Value::Open => return Err(Why::WideNetwork),
        }
    }
    if addresses >= TOO_MANY {
        return Err(Why::WideNetwork);
    }
    Ok(some.then(|| Callers::with_manner(Manner { network: true, ..Manner::default() })))
}

fn encryption_context(values: &[String]) -> Limit<'_> {
    let sources = pins(values.iter().map(|value| value::context_source(value)));
    Limit {
        callers: Callers::with_manner(Manner { context: true, ..Manner::default() }),
        context: sources.ok().flatten().unwrap_or(Set::All),
    }
}

/// The grantee, the service or the source is one of a kind, or at least of one account
fn is_one_grantee(text: Text<'_>) -> bool {
    match text {
        Text::Exact(_) | Text::Never => true,
        Text::Pattern(pattern) => {
            pattern.ends_with(".amazonaws.com") || matches!(value::arn_owner(text, Compare::Arn), Value::Pins(_))
        }
    }
}

/// Grants that never carry an operation which yields a secret are bounded.
fn grant_operations<'a>(condition: &Condition, operator: Operator) -> Result<Option<Limit<'a>>, (Why, Actions)> {
    if operator.quantifier != Quantifier::AllValues {
        // One of the operations is in the list; any other may come along.
        let only = if operator.if_exists { Actions::ALL } else { Actions::of(&[Action::CreateGrant]) };
        return Err((Why::Free, only));
    }
    let patterned = !matches!(operator.compare, Compare::Equals | Compare::EqualsIgnoringCase);
    let secrets = Actions::in_families(&[Family::SecretUse]);
    let yields_secret = condition.values.iter().any(|value| {
        value.contains("${")
            || secrets.names().filter_map(|name| name.strip_prefix("kms:")).any(|name| {
                if patterned { glob::matches_ignoring_case(value, name) } else { value.eq_ignore_ascii_case(name) }
            })
    });
    if yields_secret {
        return Err((Why::Free, Actions::ALL));
    }
    Ok(Some(Callers::with_manner(Manner { bounded_grants: true, ..Manner::default() }).into()))
}

fn mirrors(values: &[String], variable: &str, context: Context<'_>) -> bool {
    context.variables && values.iter().all(|value| value.eq_ignore_ascii_case(variable))
}

/// Callers for whom the condition of a Deny is certainly false, `None` when there may be some of any kind.
///
/// False must mean that the key is there: `StringNotEquals` is true without it, so whoever escapes carries the key and
/// its value is one of those listed. `StringEquals` on the other hand is false for anybody without the key. The two
/// Boolean keys are an exception since they have only one other value.
pub(super) fn escape<'a>(condition: &'a Condition, context: Context<'a>) -> Option<Option<Callers<'a>>> {
    let operator = Operator::read(&condition.operator)?;
    let key = Key::of(&condition.key);
    if condition.unclear || operator.quantifier == Quantifier::AnyValue {
        return None;
    }
    if operator.negated {
        if key.multivalued && operator.quantifier == Quantifier::Plain {
            return None;
        }
        if matches!(key.tells, Tells::ResourceAccount | Tells::ResourceOrganization | Tells::GrantOperations) {
            return None;
        }
        let limit = read(condition, key.tells, operator.compare, context).ok()?;
        return Some(limit.and_then(|limit| limit.callers.for_actions(key.only)));
    }
    if !matches!(operator.compare, Compare::Bool | Compare::Equals) {
        return None;
    }
    let truth = one_truth(&condition.values).ok()?;
    match key.tells {
        Tells::IsService if operator.quantifier == Quantifier::Plain => Some(Some(services_only(!truth))),
        Tells::ForAwsResource if operator.if_exists && operator.compare == Compare::Bool && !truth => {
            let manner = Manner { for_aws_resource: true, bounded_grants: true, ..Manner::default() };
            Some(Callers::with_manner(manner).for_actions(key.only))
        }
        _ => None,
    }
}
