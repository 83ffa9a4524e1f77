//! Whom one condition admits if the request carries its key.

use super::action::Actions;
use super::callers::{Callers, Identities, RequestConstraints, Services, Source};
use super::document::{Condition, Context};
use super::ineffective::IneffectiveReason;
use super::keys::KeyMeaning;
use super::operations::Family;
use super::operator::Compare;
use super::organization::{OWN_ORGANIZATION, OrgMembership};
use super::owner::Trust;
use super::set::Set;
use super::value::{self, Match, Text};
use crate::aws::account::is_account;
use std::collections::BTreeSet;

/// Whom conditions admit.
#[derive(Debug, Clone)]
pub(super) struct Limit<'a> {
    pub(super) callers: Callers<'a>,
    /// For whom a service calls according to its encryption context. Other callers can choose theirs freely.
    pub(super) context_sources: Set<Source<'a>>,
}

impl<'a> Limit<'a> {
    pub(super) fn none() -> Self {
        Callers::everyone().into()
    }
}

impl<'a> From<Callers<'a>> for Limit<'a> {
    fn from(callers: Callers<'a>) -> Self {
        Self { callers, context_sources: Set::All }
    }
}

/// Whom the values admit if the request carries the key: `Ok(None)` if nobody.
pub(super) fn read<'a>(
    condition: &'a Condition,
    meaning: KeyMeaning,
    compare: Compare,
    context: Context<'a>,
) -> Result<Option<Limit<'a>>, IneffectiveReason> {
    let fits = match meaning {
        KeyMeaning::CallerControlled | KeyMeaning::KeyProperty | KeyMeaning::OtherService | KeyMeaning::Unknown => true,
        KeyMeaning::SourceIp => {
            matches!(compare, Compare::Address | Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like)
        }
        KeyMeaning::IsService | KeyMeaning::GrantIsForAwsResource => {
            matches!(compare, Compare::Bool | Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like)
        }
        _ => matches!(compare, Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like | Compare::Arn),
    };
    if !fits {
        return Err(IneffectiveReason::WrongOperator);
    }
    let values = &condition.values;
    let texts = || values.iter().map(|value| Text::read(value, compare, context.variables));
    let limit = match meaning {
        KeyMeaning::Account => union_of(texts().map(value::account))?.map(of_accounts),
        KeyMeaning::CallerAccount => union_of(texts().map(value::account))?.map(|accounts| {
            let sources = Set::of(accounts.named().map(Source::Account).collect()).unwrap_or(Set::All);
            let services = Some(Services { sources, ..Services::ALL });
            Callers { services, ..of_accounts(accounts) }
        }),
        KeyMeaning::PrincipalArn => principal_arns(texts(), compare)?,
        KeyMeaning::Organization => union_of(texts().map(value::organization))?.map(of_organizations),
        KeyMeaning::OrganizationPath => union_of(texts().map(value::organization_path))?
            .map(|organizations| with_unit(of_organizations(organizations), texts(), context.trust)),
        KeyMeaning::UserId => {
            union_of(texts().map(value::user_id))?.map(|ids| {
                // Twelve digits are the root user of that account.
                let accounts = if ids.named().all(is_account) { ids.clone() } else { Set::All };
                Callers::identities(Identities { ids, accounts, ..Identities::ALL })
            })
        }
        KeyMeaning::IsService => one_truth(values).map(|truth| Some(services_only(truth)))?,
        KeyMeaning::ServiceName => union_of(texts().map(value::service_name))?
            .map(|names| Callers::services(Services { names, ..Services::ALL })),
        KeyMeaning::ServiceNames => union_of(texts().map(value::service_name))?
            .map(|also_named| Callers::services(Services { also_named, ..Services::ALL })),
        KeyMeaning::SessionSource => {
            let accounts = union_of(texts().map(|text| value::session_source(text, compare)))?;
            let constraints = RequestConstraints { self_assigned: true, ..RequestConstraints::NONE };
            accounts.map(|accounts| Callers { constraints, ..of_accounts(accounts) })
        }
        KeyMeaning::SourceAccount => {
            union_of(texts().map(value::account).map(|v| v.map(Source::Account)))?.map(of_sources)
        }
        KeyMeaning::SourceArn => union_of(texts().map(|text| value::source_arn(text, compare)))?.map(of_sources),
        KeyMeaning::SourceOrganization => {
            union_of(texts().map(value::organization).map(|v| v.map(Source::Organization)))?.map(of_sources)
        }
        KeyMeaning::SourceOrganizationPath => {
            union_of(texts().map(value::organization_path).map(|v| v.map(Source::Organization)))?
                .map(|sources| with_unit(of_sources(sources), texts(), context.trust))
        }
        KeyMeaning::Vpc
        | KeyMeaning::VpcArn
        | KeyMeaning::VpceAccount
        | KeyMeaning::VpceOrganization
        | KeyMeaning::VpceOrganizationPath => {
            network(texts().map(|text| is_trusted_endpoint(text, meaning, compare, context.trust)))?
        }
        KeyMeaning::SourceIp => addresses(values, compare, context.trust)?,
        KeyMeaning::ViaService => via_service(texts()),
        KeyMeaning::EncryptionContext => return Ok(Some(encryption_context(values))),
        KeyMeaning::GrantIsForAwsResource => {
            let only_for_aws = one_truth(values) == Ok(true);
            let constraints = RequestConstraints {
                for_aws_resource: only_for_aws,
                bounded_grants: only_for_aws,
                ..RequestConstraints::NONE
            };
            Some(Callers::with_constraints(constraints))
        }
        KeyMeaning::GrantTarget => texts().any(|text| text != Text::Never).then(|| {
            let bounded_grants = texts().all(|text| is_one_grantee(text));
            Callers::with_constraints(RequestConstraints { bounded_grants, ..RequestConstraints::NONE })
        }),
        KeyMeaning::OtherService => None,
        KeyMeaning::Unknown => {
            Some(Callers::with_constraints(RequestConstraints { unknown_key: true, ..RequestConstraints::NONE }))
        }
        KeyMeaning::SelfAssigned => {
            Some(Callers::with_constraints(RequestConstraints { self_assigned: true, ..RequestConstraints::NONE }))
        }
        // `StringEquals aws:ResourceAccount ${aws:PrincipalAccount}` is the usual condition with its sides swapped.
        KeyMeaning::ResourceAccount if are_variable(values, "${aws:PrincipalAccount}", context) => {
            Some(of_accounts(Set::One(context.owner.account.as_str())))
        }
        KeyMeaning::ResourceOrganization if are_variable(values, "${aws:PrincipalOrgID}", context) => {
            Some(of_organizations(Set::One(OWN_ORGANIZATION)))
        }
        KeyMeaning::ResourceAccount | KeyMeaning::ResourceOrganization | KeyMeaning::KeyProperty => {
            return Err(IneffectiveReason::KeyProperty);
        }
        KeyMeaning::GrantOperations | KeyMeaning::CallerControlled => return Err(IneffectiveReason::CallerControlled),
    };
    Ok(limit.map(Limit::from))
}

/// The union of what the values match, `None` if none of them can match.
fn union_of<T: Ord + Copy>(values: impl Iterator<Item = Match<T>>) -> Result<Option<Set<T>>, IneffectiveReason> {
    let mut union = BTreeSet::new();
    for value in values {
        match value {
            Match::Exactly(value) => {
                union.insert(value);
            }
            Match::Never => {}
            Match::Unbounded => return Err(IneffectiveReason::UnboundedValue),
        }
    }
    Ok(Set::of(union))
}

fn of_accounts<'a>(accounts: Set<&'a str>) -> Callers<'a> {
    Callers::identities(Identities { accounts, ..Identities::ALL })
}

/// Identities only: services belong to no organization.
fn of_organizations<'a>(organizations: Set<&'a str>) -> Callers<'a> {
    Callers::identities(Identities { organizations, ..Identities::ALL })
}

/// Services only: `aws:Source…` keys are present only if a service calls on its own behalf.
fn of_sources<'a>(sources: Set<Source<'a>>) -> Callers<'a> {
    Callers::services(Services { sources, ..Services::ALL })
}

pub(super) fn services_only<'a>(truth: bool) -> Callers<'a> {
    if truth { Callers::services(Services::ALL) } else { Callers::identities(Identities::ALL) }
}

fn principal_arns<'a>(
    texts: impl Iterator<Item = Text<'a>>,
    compare: Compare,
) -> Result<Option<Callers<'a>>, IneffectiveReason> {
    let (mut accounts, mut names) = (BTreeSet::new(), BTreeSet::new());
    let (mut all_named, mut patterned) = (true, false);
    for text in texts {
        match value::principal_arn(text, compare) {
            Match::Exactly((account, name, pattern)) => {
                accounts.insert(account);
                all_named &= name.is_some();
                patterned |= pattern;
                names.extend(name);
            }
            Match::Never => {}
            Match::Unbounded => return Err(IneffectiveReason::UnboundedValue),
        }
    }
    Ok(Set::of(accounts).map(|accounts| Callers {
        constraints: RequestConstraints { self_assigned: patterned && !all_named, ..RequestConstraints::NONE },
        ..Callers::identities(Identities {
            accounts,
            names: if all_named { Set::of(names).unwrap_or(Set::All) } else { Set::All },
            ..Identities::ALL
        })
    }))
}

/// The truth value of all values, an error if they differ.
pub(super) fn one_truth(values: &[String]) -> Result<bool, IneffectiveReason> {
    let all = |truth: &str| values.iter().all(|value| value.eq_ignore_ascii_case(truth));
    match (all("true"), all("false")) {
        (true, false) => Ok(true),
        (false, true) => Ok(false),
        _ => Err(IneffectiveReason::UnboundedValue),
    }
}

/// The callers from networks; each value says whether its network is trusted. All must be for the callers to be trusted.
fn network<'a>(values: impl Iterator<Item = Match<bool>>) -> Result<Option<Callers<'a>>, IneffectiveReason> {
    let trusted = union_of(values)?;
    Ok(trusted.map(|trusted| {
        let trusted_network = trusted == Set::One(true);
        Callers::with_constraints(RequestConstraints { network: true, trusted_network, ..RequestConstraints::NONE })
    }))
}

/// Whether a VPC, a VPC endpoint or the owner of an endpoint is trusted.
fn is_trusted_endpoint(text: Text<'_>, meaning: KeyMeaning, compare: Compare, trust: &Trust) -> Match<bool> {
    let organization = |id: &str| OrgMembership::of(id, trust) == OrgMembership::Trusted;
    match meaning {
        KeyMeaning::VpcArn => value::vpc_arn(text, compare).map(|(account, vpc)| {
            account.is_some_and(|account| trust.has_account(account)) || vpc.is_some_and(|id| trust.has_vpc(id))
        }),
        KeyMeaning::VpceAccount => value::account(text).map(|account| trust.has_account(account)),
        KeyMeaning::VpceOrganization => value::organization(text).map(organization),
        KeyMeaning::VpceOrganizationPath => {
            value::organization_path(text).map(|id| organization(id) || is_in_unit(text, trust))
        }
        _ => value::service_name(text).map(|id| trust.has_vpc(id)),
    }
}

fn is_in_unit(path: Text<'_>, trust: &Trust) -> bool {
    path.start().is_some_and(|start| trust.has_unit(start))
}

/// The callers, marked if all paths are in trusted organizational units.
fn with_unit<'a>(mut callers: Callers<'a>, paths: impl Iterator<Item = Text<'a>>, trust: &Trust) -> Callers<'a> {
    callers.constraints.trusted_unit = !trust.organizational_units.is_empty()
        && paths.filter(|path| *path != Text::Never).all(|path| is_in_unit(path, trust));
    callers
}

fn addresses<'a>(values: &[String], compare: Compare, trust: &Trust) -> Result<Option<Callers<'a>>, IneffectiveReason> {
    /// A sixteenth of the IPv4 addresses: several wide ranges can add up to all of them.
    const TOO_MANY: u64 = 1 << 28;
    let mut addresses: u64 = 0;
    let ranges = values.iter().map(|value| {
        value::address(value, compare).map(|range| {
            let trusted = trust.has_network(&range);
            if range.is_v4() && !trusted {
                addresses = addresses.saturating_add(1 << (32 - range.length()));
            }
            trusted
        })
    });
    let callers = network(ranges).map_err(|_| IneffectiveReason::WideNetwork)?;
    if addresses >= TOO_MANY {
        return Err(IneffectiveReason::WideNetwork);
    }
    Ok(callers)
}

/// Services that use keys for their callers and never manage them: they call no operation that changes a key, its policy
/// or its aliases.
///
/// Source: KMS developer guide, "Services that support the kms:ViaService condition key", without the services that run
/// templates or commands of the caller, for example Systems Manager. CloudFormation is not in that table, but its calls
/// have the key.
const USE_ONLY: &[&str] = &[
    "airflow",
    "apprunner",
    "appflow",
    "athena",
    "auditmanager",
    "backup",
    "cassandra",
    "codeartifact",
    "connect",
    "dms",
    "dynamodb",
    "ec2",
    "ecr",
    "eks",
    "elasticache",
    "elasticfilesystem",
    "es",
    "firehose",
    "fsx",
    "glue",
    "healthlake",
    "kafka",
    "kendra",
    "kinesis",
    "kinesisvideo",
    "lambda",
    "lex",
    "macie",
    "memorydb",
    "mq",
    "qldb",
    "rds",
    "redshift",
    "redshift-serverless",
    "rekognition",
    "s3",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "storagegateway",
    "timestream",
    "translate",
    "workmail",
    "workspaces",
    "xray",
];

fn via_service<'a>(services: impl Iterator<Item = Text<'a>>) -> Option<Callers<'a>> {
    const MANAGEMENT: Actions = Actions::in_families(&[Family::TakeOver, Family::Destroy, Family::Administer]);
    let only_uses_keys = |start: &str| start.split_once('.').is_some_and(|(service, _)| USE_ONLY.contains(&service));
    let mut actions = Actions::NONE;
    for start in services.filter_map(Text::start) {
        let can_call = if only_uses_keys(start) { Actions::ALL.without(MANAGEMENT) } else { Actions::ALL };
        actions = actions.or(can_call);
    }
    Callers::with_constraints(RequestConstraints { via_service: true, ..RequestConstraints::NONE }).for_actions(actions)
}

fn encryption_context(values: &[String]) -> Limit<'_> {
    let sources = union_of(values.iter().map(|value| value::context_source(value)));
    Limit {
        callers: Callers::with_constraints(RequestConstraints { encryption_context: true, ..RequestConstraints::NONE }),
        context_sources: sources.ok().flatten().unwrap_or(Set::All),
    }
}

/// True if the grantee, service or source is a single one, or at least belongs to one account.
fn is_one_grantee(text: Text<'_>) -> bool {
    match text {
        Text::Exact(_) | Text::Never => true,
        Text::Pattern(pattern) => {
            pattern.ends_with(".amazonaws.com") || matches!(value::arn_owner(text, Compare::Arn), Match::Exactly(_))
        }
    }
}

/// True if every value is this variable.
fn are_variable(values: &[String], variable: &str, context: Context<'_>) -> bool {
    context.variables && values.iter().all(|value| value.eq_ignore_ascii_case(variable))
}
