//! Whom a principal entry names.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal"; KMS developer guide, "Default key policy" for the
//! account principal; IAM Access Analyzer policy check reference for the forms that KMS refuses.

use super::callers::{Callers, Identities, Name, Services, Set};
use super::document::{Entry, Kind};
use crate::arn::is_account;

/// One principal entry, understood
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Principal<'a> {
    /// `*`: every principal of every account, and every service; no call to KMS is anonymous
    Everyone,
    /// The account principal: lets that account's IAM policies decide, gives no identity access by itself
    Account(&'a str),
    /// A pattern over the identities of one account; KMS refuses it
    SomeOf(&'a str),
    /// A role or user; of a session the name is the role's and the session's name follows
    Identity(Name<'a>, &'a str),
    Service(&'a str),
    /// The unique id that AWS shows for a deleted role or user: admits nobody
    Deleted(&'a str),
    Nobody,
}

/// Reads an entry; the second part says what is wrong with it.
pub(super) fn read(entry: &Entry) -> (Principal<'_>, Option<&'static str>) {
    let value = entry.value.as_str();
    match entry.kind {
        Kind::Aws => read_aws(value),
        Kind::Bare if value == "*" => (Principal::Everyone, None),
        Kind::Bare if value.starts_with("arn:") => (read_aws(value).0, Some("an ARN stands outside of `{\"AWS\": …}`")),
        Kind::Bare => {
            (Principal::Nobody, Some("a principal is neither `*` nor in `{\"AWS\": …}` or `{\"Service\": …}`"))
        }
        Kind::Service if value.contains(['*', '?']) => (Principal::Service("*"), Some("a service name has a wildcard")),
        Kind::Service => (Principal::Service(value), None),
        Kind::Other => (Principal::Nobody, Some("a key policy takes the principal types `AWS` and `Service` only")),
    }
}

fn read_aws(value: &str) -> (Principal<'_>, Option<&'static str>) {
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
    match arn(value) {
        Some([_, _, service, ..]) if !matches!(service, "iam" | "sts") && !service.contains(['*', '?']) => {
            (Principal::Nobody, Some("an ARN is not that of an account, role, user or session"))
        }
        Some([.., account, resource]) if is_account(account) => match identity(account, resource, value) {
            _ if wildcard => (Principal::SomeOf(account), Some("an ARN has a wildcard, which no principal may have")),
            Some((Name { kind: "root", .. }, _)) => (Principal::Account(account), None),
            Some((name, session)) => (Principal::Identity(name, session), None),
            None => (Principal::Nobody, Some("an ARN is not that of an account, role, user or session")),
        },
        _ if wildcard => (Principal::Everyone, Some("an ARN leaves the account open")),
        _ => (Principal::Nobody, Some("a value under `AWS` is neither an account nor an ARN nor an id")),
    }
}

/// The name that an IAM or STS ARN gives, and the session's if it is one
pub(super) fn identity<'a>(account: &'a str, resource: &'a str, arn: &'a str) -> Option<(Name<'a>, &'a str)> {
    if resource == "root" {
        return Some((Name { account, kind: "root", name: "", arn }, ""));
    }
    let (kind, path) = resource.split_once('/')?;
    let last = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    match kind {
        "role" | "user" | "federated-user" => Some((Name { account, kind, name: last, arn }, "")),
        "assumed-role" => {
            // AWS's own templates leave the session out at times.
            let (role, session) = path.split_once('/').unwrap_or((path, "*"));
            Some((Name { account, kind: "role", name: role, arn }, session))
        }
        _ => None,
    }
}

impl<'a> Principal<'a> {
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

/// The six parts of an ARN; the last may itself have colons
pub(super) fn arn(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let parts = [next()?, next()?, next()?, next()?, next()?, next()?];
    (parts.first() == Some(&"arn")).then_some(parts)
}

/// `AROA…` and its kin: four letters that tell the kind, then at least twelve of the id.
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
    fn every_form_of_a_principal() {
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
