//! The principal that an entry of `Principal` or `NotPrincipal` names.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal"; KMS developer guide, "Default key policy" for the
//! account principal; IAM Access Analyzer policy check reference for the forms that KMS rejects.

use super::action::Action;
use super::callers::{Callers, Identities, Name, Services};
use super::document::{Entry, Kind, Policy};
use super::owner::Owner;
use super::rejection::Rejection;
use super::service::Service;
use super::set::Set;
use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::aws::partition::{is_partition, is_service_principal};

/// What one principal entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Principal<'a> {
    /// `*`: every principal of every account, and every service. KMS accepts no anonymous calls.
    Everyone,
    /// The account principal: it delegates to the account's IAM policies and gives no identity access by itself.
    Account(&'a str),
    /// A pattern over the identities of one account; KMS rejects it.
    SomeOf(&'a str),
    /// A role or user, and the name of the session if the entry names a session of the role.
    Identity(Name<'a>, &'a str),
    Service(&'a str),
    /// The unique id that AWS shows instead of a deleted role or user: it admits nobody.
    Deleted(&'a str),
    /// A text that KMS rejects and that matches no principal.
    Nobody,
}

/// The principal of an entry, and why AWS rejects the entry if it does.
pub(super) fn read(entry: &Entry) -> (Principal<'_>, Option<Rejection>) {
    let value = entry.value.as_str();
    match entry.kind {
        Kind::Aws => read_aws(value),
        Kind::Bare if value == "*" => (Principal::Everyone, None),
        Kind::Bare if value.starts_with("arn:") => (read_aws(value).0, Some(Rejection::ArnOutsideAws)),
        Kind::Bare => (Principal::Nobody, Some(Rejection::OutsideTypes)),
        Kind::Service if value.contains(['*', '?']) => (Principal::Service("*"), Some(Rejection::ServiceWildcard)),
        Kind::Service if !is_service_principal(value) => (Principal::Service(value), Some(Rejection::UnknownService)),
        Kind::Service => (Principal::Service(value), None),
        Kind::Other => (Principal::Nobody, Some(Rejection::UnknownType)),
    }
}

fn read_aws(value: &str) -> (Principal<'_>, Option<Rejection>) {
    if value == "*" {
        return (Principal::Everyone, None);
    }
    if is_account(value) {
        return (Principal::Account(value), None);
    }
    if is_unique_id(value) {
        return (Principal::Deleted(value), None);
    }
    let wildcard = value.contains(['*', '?']);
    match Arn::parse(value) {
        Some(Arn { service, .. }) if !matches!(service, "iam" | "sts") && !service.contains(['*', '?']) => {
            (Principal::Nobody, Some(Rejection::NoPrincipal))
        }
        Some(arn) if is_account(arn.account) => match identity(arn.account, arn.resource, value) {
            _ if wildcard => (Principal::SomeOf(arn.account), Some(Rejection::ArnWildcard)),
            Some((Name { kind: "root", .. }, _)) => (Principal::Account(arn.account), malformed_arn(arn)),
            Some((name, session)) => (Principal::Identity(name, session), malformed_arn(arn)),
            None if arn.resource.starts_with("group/") => (Principal::Nobody, Some(Rejection::Group)),
            None => (Principal::Nobody, Some(Rejection::NoPrincipal)),
        },
        _ if wildcard => (Principal::Everyone, Some(Rejection::AnyAccount)),
        Some(_) => (Principal::Nobody, Some(Rejection::ArnAccount)),
        None if value.starts_with("arn:") => (Principal::Nobody, Some(Rejection::IncompleteArn)),
        None if value.bytes().all(|byte| byte.is_ascii_digit()) => (Principal::Nobody, Some(Rejection::AccountDigits)),
        None => (Principal::Nobody, Some(Rejection::NoArn)),
    }
}

/// Why AWS rejects an entry that names a principal of another partition than that of the resource, which is known with its
/// Region.
pub(super) fn in_another_partition(entry: &Entry, owner: &Owner, service: Service) -> Option<Rejection> {
    let partition = Arn::parse(&entry.value)?.partition;
    let another = entry.kind == Kind::Aws && partition != owner.partition && !owner.region.is_empty();
    another.then_some(match service {
        Service::Kms => Rejection::PartitionOfKey,
        _ => Rejection::PartitionOfResource,
    })
}

/// What is wrong with the ARN of an account, role, user or session besides the account.
fn malformed_arn(arn: Arn<'_>) -> Option<Rejection> {
    let Arn { partition, service, region, resource, .. } = arn;
    let of_sts = ["assumed-role/", "federated-user/"].iter().any(|kind| resource.starts_with(kind));
    if !is_partition(partition) {
        Some(Rejection::UnknownPartition)
    } else if (service == "sts") != of_sts {
        Some(Rejection::StsOrIam)
    } else if !region.is_empty() {
        Some(Rejection::Region)
    } else if !resource.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(Rejection::Character)
    } else {
        None
    }
}

/// The role or user of an IAM or STS ARN, and the session if there is one; `resource` is the last part of `arn`.
pub(super) fn identity<'a>(account: &'a str, resource: &'a str, arn: &'a str) -> Option<(Name<'a>, &'a str)> {
    if resource == "root" {
        return Some((Name { account, kind: "root", name: "", arn }, ""));
    }
    let (kind, path) = resource.split_once('/')?;
    let last = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    match kind {
        "role" | "user" | "federated-user" => Some((Name { account, kind, name: last, arn }, "")),
        "assumed-role" => {
            // Some of AWS's own templates leave the session out.
            let (role, session) = path.split_once('/').unwrap_or((path, "*"));
            Some((Name { account, kind: "role", name: role, arn }, session))
        }
        _ => None,
    }
}

impl<'a> Principal<'a> {
    /// The callers that the principal stands for, `None` if there are none.
    pub(super) fn callers(self) -> Option<Callers<'a>> {
        Some(match self {
            Self::Everyone => Callers::everyone(),
            Self::Account(account) | Self::SomeOf(account) => {
                Callers::identities(Identities { accounts: Set::One(account), ..Identities::ALL })
            }
            Self::Identity(name, _) => Callers::identities(Identities {
                accounts: Set::One(name.account),
                names: Set::One(name),
                ..Identities::ALL
            }),
            Self::Service("*") => Callers::services(Services::ALL),
            Self::Service(name) => Callers::services(Services { names: Set::One(name), ..Services::ALL }),
            Self::Deleted(_) | Self::Nobody => return None,
        })
    }
}

impl Policy {
    /// The account that probably owns the key: the only one whose account principal may change the policy.
    pub fn likely_owner(&self) -> Option<&str> {
        let mut owner = None;
        for statement in self.statements.iter().filter(|statement| statement.is_allow()) {
            if !statement.actions.has(Action::PutKeyPolicy) {
                continue;
            }
            for entry in statement.principal.iter().flatten() {
                match read(entry).0 {
                    Principal::Account(account) if owner.is_none_or(|known| known == account) => owner = Some(account),
                    Principal::Account(_) => return None,
                    _ => {}
                }
            }
        }
        owner
    }
}

/// True for `AROA…` and the like: four letters for the kind, then at least twelve characters.
///
/// Source: IAM user guide, "IAM identifiers", unique ID prefixes.
fn is_unique_id(text: &str) -> bool {
    ["AROA", "AIDA", "AGPA", "ANPA", "AIPA"].iter().any(|kind| text.starts_with(kind))
        && text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "210987654321";

    #[test]
    fn a_principal_of_another_partition_is_rejected_where_the_region_is_known() {
        let owner = |region: &str| Owner {
            account: OWN.to_owned(),
            region: region.to_owned(),
            partition: "aws".to_owned(),
            resource: None,
        };
        let china = "arn:aws-cn:iam::210987654321:role/app";
        for (kind, value, region, want) in [
            (Kind::Aws, china, "eu-west-1", Some(Rejection::PartitionOfKey)),
            (Kind::Aws, china, "", None),
            (Kind::Aws, "arn:aws:iam::210987654321:role/app", "eu-west-1", None),
            (Kind::Aws, OWN, "eu-west-1", None),
            (Kind::Other, china, "eu-west-1", None),
        ] {
            let entry = Entry { kind, value: value.to_owned() };
            let found = |service| in_another_partition(&entry, &owner(region), service);
            assert_eq!(found(Service::Kms), want, "{kind:?} {value} {region}");
            assert_eq!(found(Service::Kinesis), want.map(|_| Rejection::PartitionOfResource));
        }
    }

    #[test]
    fn principals_are_parsed() {
        use Kind::{Aws, Bare, Other, Service};
        let name = |kind, name, arn| Name { account: OWN, kind, name, arn };
        let admin = "arn:aws:iam::210987654321:role/teams/keys/Admin";
        let session = "arn:aws:sts::210987654321:assumed-role/Admin/ann";
        let cases = [
            (Bare, "*", Principal::Everyone, true),
            (Aws, "*", Principal::Everyone, true),
            (Aws, OWN, Principal::Account(OWN), true),
            (Aws, "arn:aws-us-gov:iam::210987654321:root", Principal::Account(OWN), true),
            (Aws, admin, Principal::Identity(name("role", "Admin", admin), ""), true),
            (Aws, session, Principal::Identity(name("role", "Admin", session), "ann"), true),
            (Aws, "AROAQ3EXAMPLE0000KEYS", Principal::Deleted("AROAQ3EXAMPLE0000KEYS"), true),
            (Aws, "arn:aws:iam::*:root", Principal::Everyone, false),
            (Aws, "arn:aws:iam::2109*:role/x", Principal::Everyone, false),
            (Aws, "arn:aws:iam::210987654321:role/app-*", Principal::SomeOf(OWN), false),
            (Aws, "arn:aws:iam::210987654321:group/ops", Principal::Nobody, false),
            (Aws, "lambda.amazonaws.com", Principal::Nobody, false),
            (Service, "lambda.amazonaws.com", Principal::Service("lambda.amazonaws.com"), true),
            (Service, "*", Principal::Service("*"), false),
            (Service, "lambda", Principal::Service("lambda"), false),
            (Service, "lambda.amazon.com", Principal::Service("lambda.amazon.com"), false),
            (Service, "logs.eu-west-1.amazonaws.com", Principal::Service("logs.eu-west-1.amazonaws.com"), true),
            (Aws, "arn:aws::iam::210987654321:root", Principal::Nobody, false),
            (Aws, "arn:aws:iam:210987654321:root", Principal::Nobody, false),
            (Aws, "arn:aws:iam::21098765432:root", Principal::Nobody, false),
            (Aws, "21098765432", Principal::Nobody, false),
            (Aws, "arn:awss:iam::210987654321:root", Principal::Account(OWN), false),
            (Aws, "arn:aws:iam:eu-west-1:210987654321:root", Principal::Account(OWN), false),
            (Aws, "arn:aws:sts::210987654321:root", Principal::Account(OWN), false),
            (Aws, "arn:aws:iam::210987654321:role/", Principal::Nobody, false),
            (Aws, "arn:aws:iam::210987654321:policy/ops", Principal::Nobody, false),
            (Aws, "arn:aws:s3:::ops", Principal::Nobody, false),
            (Other, "*", Principal::Nobody, false),
            (Bare, "arn:aws:iam::210987654321:root", Principal::Account(OWN), false),
            (Bare, "nonsense", Principal::Nobody, false),
        ];
        for (kind, value, want, sound) in cases {
            let entry = Entry { kind, value: value.to_owned() };
            let (principal, defect) = read(&entry);
            assert_eq!(principal, want, "{value}");
            assert_eq!(defect.is_none(), sound, "{value}: {defect:?}");
        }
    }

    #[test]
    fn the_path_of_a_role_does_not_hide_its_session() {
        let role = identity(OWN, "role/teams/keys/Admin", "a").unwrap().0;
        let session = identity(OWN, "assumed-role/Admin/ann", "b").unwrap().0;
        assert_eq!(role, session);
    }
}
