//! Which callers one condition value matches.

use super::callers::{Name, Source};
use super::operator::Compare;
use super::organization::OWN_ORGANIZATION;
use super::principal::identity;
use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::util::address::AddressRange;
use crate::util::wildcard;

/// What a condition value matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match<T> {
    Exactly(T),
    /// No request can match it.
    Never,
    /// The matching callers cannot be listed.
    Unbounded,
}

impl<T> Match<T> {
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Match<U> {
        match self {
            Self::Exactly(t) => Match::Exactly(f(t)),
            Self::Never => Match::Never,
            Self::Unbounded => Match::Unbounded,
        }
    }
}

/// A value as its operator interprets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text<'a> {
    Exact(&'a str),
    /// Has wildcards or a variable.
    Pattern(&'a str),
    /// Has wildcards or a variable that the operator or the policy version takes literally: no identity equals it.
    Never,
}

impl<'a> Text<'a> {
    pub(super) fn read(value: &'a str, compare: Compare, variables: bool) -> Self {
        let variable = value.contains("${");
        let wildcard = value.contains(['*', '?']);
        match compare {
            _ if variable && !variables => Self::Never,
            _ if variable => Self::Pattern(value),
            Compare::Equals | Compare::EqualsIgnoringCase if wildcard => Self::Never,
            Compare::Like | Compare::Arn if wildcard => Self::Pattern(value),
            _ => Self::Exact(value),
        }
    }

    /// The part that every matching value starts with.
    pub(super) fn start(self) -> Option<&'a str> {
        match self {
            Self::Exact(text) => Some(text),
            Self::Pattern(text) => Some(literal_prefix(text)),
            Self::Never => None,
        }
    }

    fn exact(self) -> Match<&'a str> {
        match self {
            Self::Exact(text) => Match::Exactly(text),
            Self::Pattern(_) => Match::Unbounded,
            Self::Never => Match::Never,
        }
    }
}

/// The part of a pattern before the first wildcard or variable.
fn literal_prefix(pattern: &str) -> &str {
    pattern.split(['*', '?', '$']).next().unwrap_or_default()
}

pub(super) fn account(text: Text<'_>) -> Match<&str> {
    match text.exact() {
        Match::Exactly(text) if !is_account(text) => Match::Never,
        value => value,
    }
}

pub(super) fn organization(text: Text<'_>) -> Match<&str> {
    match text {
        Text::Pattern(variable) if variable.eq_ignore_ascii_case(OWN_ORGANIZATION) => Match::Exactly(OWN_ORGANIZATION),
        _ => match text.exact() {
            Match::Exactly(text) if !text.starts_with("o-") => Match::Never,
            value => value,
        },
    }
}

/// Only the organization is compared: other organizations may have roots and units with the same ids.
pub(super) fn organization_path(text: Text<'_>) -> Match<&str> {
    match text {
        Text::Exact(path) => organization(Text::Exact(path.split('/').next().unwrap_or_default())),
        Text::Pattern(path) => match path.split_once('/') {
            Some((first, _)) if first.eq_ignore_ascii_case(OWN_ORGANIZATION) => Match::Exactly(OWN_ORGANIZATION),
            _ => match literal_prefix(path).split_once('/') {
                Some((first, _)) => organization(Text::Exact(first)),
                None => Match::Unbounded,
            },
        },
        Text::Never => Match::Never,
    }
}

/// The unique id before the colon; the caller chooses the session name after it.
pub(super) fn user_id(text: Text<'_>) -> Match<&str> {
    match text {
        Text::Exact(id) => id.split(':').next().map_or(Match::Never, Match::Exactly),
        Text::Pattern(pattern) => match literal_prefix(pattern).split_once(':') {
            Some((id, _)) if !id.is_empty() => Match::Exactly(id),
            _ => Match::Unbounded,
        },
        Text::Never => Match::Never,
    }
}

/// The owner that an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArnOwner<'a> {
    /// The account, and the resource after it.
    Account(&'a str, &'a str),
    /// The ARN of one resource, without an account.
    Resource(&'a str),
}

pub(super) fn arn_owner(text: Text<'_>, compare: Compare) -> Match<ArnOwner<'_>> {
    match text {
        Text::Exact(text) => match Arn::parse(text) {
            Some(Arn { account, resource, .. }) if is_account(account) => {
                Match::Exactly(ArnOwner::Account(account, resource))
            }
            Some(_) => Match::Exactly(ArnOwner::Resource(text)),
            None => Match::Never,
        },
        // Each part is compared on its own: a wildcard in one part cannot match text of the next.
        Text::Pattern(text) if compare == Compare::Arn && !text.contains("${") => match pattern_parts(text) {
            Some([.., account, _]) if account.contains(['*', '?']) => Match::Unbounded,
            Some([.., account, resource]) if is_account(account) => {
                Match::Exactly(ArnOwner::Account(account, resource))
            }
            Some([_, _, service, _, "", resource]) => one_resource(service, resource, resource, text),
            Some(_) => Match::Never,
            None => arn_prefix(text),
        },
        Text::Pattern(text) => arn_prefix(text),
        Text::Never => Match::Never,
    }
}

/// The six parts of a pattern over ARNs. It is not an [`Arn`]: parts may be empty or only a wildcard.
fn pattern_parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let parts = [next()?, next()?, next()?, next()?, next()?, next()?];
    (parts.first() == Some(&"arn")).then_some(parts)
}

/// The owner in a pattern that is compared with the whole ARN.
///
/// Only the text before the first wildcard is reliable: an IAM path or an alias may contain colons and digits that look
/// like an account.
fn arn_prefix(text: &str) -> Match<ArnOwner<'_>> {
    let prefix = literal_prefix(text);
    let mut parts = prefix.splitn(6, ':');
    let (service, account) = (parts.nth(2), parts.nth(1));
    match (service, account, parts.next()) {
        (_, Some(account), rest) if is_account(account) => {
            // All account ids have twelve digits, so this one is complete.
            let all = rest.is_none_or(str::is_empty) && text.strip_suffix('*') == Some(prefix);
            Match::Exactly(ArnOwner::Account(account, if all { "*" } else { "…" }))
        }
        (Some(service), Some(""), Some(resource)) => one_resource(service, resource, "*", text),
        _ => Match::Unbounded,
    }
}

/// The owner in a pattern without an account, whose resource starts with `resource`; `whole` is the entire resource.
///
/// Bucket names are unique across all accounts, so a pattern over the objects of one bucket names one owner. Other
/// services need a resource without wildcards.
fn one_resource<'a>(service: &str, resource: &'a str, whole: &str, text: &'a str) -> Match<ArnOwner<'a>> {
    let has_wildcard = |text: &str| text.contains(['*', '?']);
    let bucket = resource.split_once('/').map(|(bucket, _)| bucket);
    match bucket {
        Some(bucket) if service == "s3" && !bucket.is_empty() && !has_wildcard(bucket) => {
            Match::Exactly(ArnOwner::Resource(text))
        }
        _ if !resource.is_empty() && !has_wildcard(whole) => Match::Exactly(ArnOwner::Resource(text)),
        _ => Match::Unbounded,
    }
}

/// The account of an identity, its name if there is only one, and whether a pattern selects some of the account's
/// identities.
pub(super) fn principal_arn<'a>(text: Text<'a>, compare: Compare) -> Match<(&'a str, Option<Name<'a>>, bool)> {
    if !may_be_principal_arn(text, compare) {
        return Match::Never;
    }
    match arn_owner(text, compare) {
        Match::Exactly(ArnOwner::Account(account, resource)) => {
            let name = match text {
                Text::Exact(arn) if compare != Compare::EqualsIgnoringCase => identity(account, resource, arn),
                _ => None,
            };
            Match::Exactly((account, name.map(|(name, _)| name), resource != "*"))
        }
        // The ARN of every identity has an account.
        Match::Exactly(ArnOwner::Resource(_)) | Match::Never => Match::Never,
        Match::Unbounded => Match::Unbounded,
    }
}

/// The account of the function, instance or identity provider that a session of a role belongs to.
pub(super) fn session_source(text: Text<'_>, compare: Compare) -> Match<&str> {
    match text {
        // A public identity provider: any account can have roles for its users.
        Text::Exact(name) if !name.starts_with("arn:") => Match::Unbounded,
        _ => match arn_owner(text, compare) {
            Match::Exactly(ArnOwner::Account(account, _)) => Match::Exactly(account),
            Match::Exactly(ArnOwner::Resource(_)) | Match::Never => Match::Never,
            Match::Unbounded => Match::Unbounded,
        },
    }
}

/// The account of a VPC and its id, the parts that are known. Ids of VPCs are unique.
pub(super) fn vpc_arn(text: Text<'_>, compare: Compare) -> Match<(Option<&str>, Option<&str>)> {
    match arn_owner(text, compare) {
        Match::Exactly(ArnOwner::Account(account, resource)) => Match::Exactly((Some(account), vpc_id(resource))),
        Match::Exactly(ArnOwner::Resource(_)) | Match::Never => Match::Never,
        Match::Unbounded => match text {
            Text::Pattern(pattern) if compare == Compare::Arn => {
                let id = pattern_parts(pattern).and_then(|[.., resource]| vpc_id(resource));
                if id.is_some() { Match::Exactly((None, id)) } else { Match::Unbounded }
            }
            _ => Match::Unbounded,
        },
    }
}

fn vpc_id(resource: &str) -> Option<&str> {
    resource.strip_prefix("vpc/").filter(|id| !id.contains(['*', '?', '$']))
}

/// The service and the start of the resource in the ARNs that `aws:PrincipalArn` can hold.
///
/// For a session of a role it holds the ARN of the role. Source: IAM user guide, "AWS global condition context keys",
/// aws:PrincipalArn.
const PRINCIPAL_ARNS: &[(&str, &str)] =
    &[("iam", "role/"), ("iam", "user/"), ("iam", "root"), ("sts", "federated-user/")];

/// False if no principal has an ARN that the text matches.
fn may_be_principal_arn(text: Text<'_>, compare: Compare) -> bool {
    match text {
        Text::Exact(arn) => Arn::parse(arn).is_some_and(|arn| {
            let Arn { service, region, resource, .. } = arn;
            let is_kind = |(of, kind): &(&str, &str)| {
                let start = resource.get(..kind.len()).unwrap_or_default();
                match compare {
                    Compare::EqualsIgnoringCase => service.eq_ignore_ascii_case(of) && start.eq_ignore_ascii_case(kind),
                    _ => service == *of && start == *kind,
                }
            };
            region.is_empty() && PRINCIPAL_ARNS.iter().any(is_kind)
        }),
        Text::Pattern(text) if compare == Compare::Arn && !text.contains("${") => match pattern_parts(text) {
            Some([_, _, service, region, _, resource]) => {
                wildcard::matches(region, "")
                    && PRINCIPAL_ARNS
                        .iter()
                        .any(|(of, kind)| wildcard::matches(service, of) && wildcard::may_match_prefix(resource, kind))
            }
            None => true,
        },
        Text::Pattern(text) => {
            // Only the text before the first wildcard is reliable.
            let mut parts = literal_prefix(text).splitn(6, ':').skip(2);
            let (service, region, account, resource) = (parts.next(), parts.next(), parts.next(), parts.next());
            let may_be = |(of, kind): &(&str, &str)| {
                let service = service.unwrap_or_default();
                let start = resource.unwrap_or_default();
                (service == *of || region.is_none() && of.starts_with(service))
                    && (kind.starts_with(start) || start.starts_with(kind))
            };
            (account.is_none() || region == Some("")) && PRINCIPAL_ARNS.iter().any(may_be)
        }
        Text::Never => false,
    }
}

pub(super) fn source_arn(text: Text<'_>, compare: Compare) -> Match<Source<'_>> {
    arn_owner(text, compare).map(|owner| match owner {
        ArnOwner::Account(account, _) => Source::Account(account),
        ArnOwner::Resource(arn) => Source::Resource(arn),
    })
}

/// The account in an encryption context that a service has set. Services set complete ARNs, so each part is reliable
/// whatever the operator.
pub(super) fn context_source(value: &str) -> Match<Source<'_>> {
    if is_account(value) {
        return Match::Exactly(Source::Account(value));
    }
    match source_arn(Text::Pattern(value), Compare::Arn) {
        Match::Never => Match::Unbounded,
        value => value,
    }
}

pub(super) fn service_name(text: Text<'_>) -> Match<&str> {
    text.exact()
}

/// A range of addresses that is narrow enough to restrict the caller. Unroutable ranges never match: no request reaches
/// AWS with such a source address, and one through a VPC endpoint has no `aws:SourceIp`.
///
/// Source: S3 user guide, "The meaning of public", for the sizes: IPv4 wider than /8 and IPv6 wider than /32 are public.
pub(super) fn address(value: &str, compare: Compare) -> Match<AddressRange> {
    let range = match compare {
        Compare::Address => AddressRange::parse(value),
        Compare::Like if value.contains(['*', '?']) => address_pattern(value),
        // The text of an address has no length.
        _ if value.contains('/') => return Match::Never,
        _ => AddressRange::parse(value),
    };
    match range {
        Some(range) if range.is_unroutable() => Match::Never,
        Some(range) if range.length() >= if range.is_v4() { 8 } else { 32 } => Match::Exactly(range),
        _ => Match::Unbounded,
    }
}

/// The range of the addresses that start like a pattern: `198.51.100.*` is /24.
fn address_pattern(pattern: &str) -> Option<AddressRange> {
    let (start, _) = literal_prefix(pattern).rsplit_once('.')?;
    let octets = start.split('.').count();
    let rest = ".0".repeat(4_usize.checked_sub(octets).filter(|missing| *missing > 0)?);
    AddressRange::parse(&format!("{start}{rest}/{}", 8 * octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(value: &str) -> Text<'_> {
        Text::read(value, Compare::Like, true)
    }

    #[test]
    fn arns_under_both_kinds_of_comparison() {
        let account = |value| match arn_owner(Text::read(value, Compare::Arn, true), Compare::Arn) {
            Match::Exactly(ArnOwner::Account(account, _)) => account,
            Match::Exactly(ArnOwner::Resource(_)) => "resource",
            Match::Never => "never",
            Match::Unbounded => "unbounded",
        };
        let whole = |value| match arn_owner(like(value), Compare::Like) {
            Match::Exactly(ArnOwner::Account(account, _)) => account,
            Match::Exactly(ArnOwner::Resource(_)) => "resource",
            Match::Never => "never",
            Match::Unbounded => "unbounded",
        };
        for (value, by_part, as_whole) in [
            ("arn:aws:iam::210987654321:role/app", "210987654321", "210987654321"),
            ("arn:*:iam::210987654321:role/app", "210987654321", "unbounded"),
            ("arn:aws:sqs:*:210987654321:in", "210987654321", "unbounded"),
            ("arn:aws:iam::210987654321:*", "210987654321", "210987654321"),
            ("arn:aws:iam::210987654321*", "210987654321", "210987654321"),
            ("arn:aws:iam::21098765432?:role/app", "unbounded", "unbounded"),
            ("arn:aws:iam::*:role/app", "unbounded", "unbounded"),
            ("*", "unbounded", "unbounded"),
            ("arn:aws:s3:::logs", "resource", "resource"),
            ("arn:aws:s3:::logs/*", "resource", "resource"),
            ("arn:aws:s3:::logs-*", "unbounded", "unbounded"),
            ("arn:aws:s3:::*", "unbounded", "unbounded"),
            ("arn:aws:route53:::hostedzone/*", "unbounded", "unbounded"),
            ("arn:aws:sns:eu-west-1:210987654321", "never", "never"),
            ("arn:aws:iam::${aws:PrincipalAccount}:role/app", "unbounded", "unbounded"),
        ] {
            assert_eq!((account(value), whole(value)), (by_part, as_whole), "{value}");
        }
    }

    #[test]
    fn the_arn_of_a_principal_is_never_that_of_a_session() {
        for (compare, value, possible) in [
            (Compare::Equals, "arn:aws:iam::210987654321:role/path/app", true),
            (Compare::Equals, "arn:aws:iam::210987654321:root", true),
            (Compare::Equals, "arn:aws:sts::210987654321:federated-user/ann", true),
            (Compare::Equals, "arn:aws:sts::210987654321:assumed-role/app/ann", false),
            (Compare::Equals, "arn:aws:iam::210987654321:group/ops", false),
            (Compare::Equals, "arn:aws:sts::210987654321:role/app", false),
            (Compare::Equals, "arn:aws:iam:eu-west-1:210987654321:role/app", false),
            (Compare::EqualsIgnoringCase, "arn:aws:IAM::210987654321:ROLE/app", true),
            (Compare::EqualsIgnoringCase, "arn:aws:sts::210987654321:Assumed-Role/app/ann", false),
            (Compare::Arn, "arn:aws:sts::210987654321:assumed-role/app/*", false),
            (Compare::Arn, "arn:aws:sts::*:assumed-role/*", false),
            (Compare::Arn, "arn:aws:iam::*:assumed-role/app/ann", false),
            (Compare::Arn, "arn:aws:*::210987654321:assumed-role/*", false),
            (Compare::Arn, "arn:aws:s?s::210987654321:*", true),
            (Compare::Arn, "arn:aws:iam::210987654321:r*", true),
            (Compare::Arn, "arn:aws:iam:eu-*:210987654321:role/app", false),
            (Compare::Arn, "*", true),
            (Compare::Like, "arn:aws:sts::210987654321:assumed-role/app/*", false),
            (Compare::Like, "arn:aws:sts::210987654321:*", true),
            (Compare::Like, "arn:aws:kms::*", false),
            (Compare::Like, "arn:aws:s*", true),
            (Compare::Like, "arn:aws:iam::210987654321:ro*", true),
            (Compare::Like, "*", true),
        ] {
            let text = Text::read(value, compare, true);
            assert_eq!(may_be_principal_arn(text, compare), possible, "{compare:?} {value}");
        }
    }

    #[test]
    fn ids_and_organizations() {
        assert_eq!(user_id(like("AROAQ3KEYS:*")), Match::Exactly("AROAQ3KEYS"));
        assert_eq!(user_id(like("AROAQ3*")), Match::Unbounded);
        assert_eq!(user_id(like("*:ann")), Match::Unbounded);
        assert_eq!(organization_path(like("o-q3keys/r-1/*")), Match::Exactly("o-q3keys"));
        assert_eq!(organization_path(like("o-q3*/r-1/*")), Match::Unbounded);
        assert_eq!(organization_path(like("${AWS:ResourceOrgId}/*")), Match::Exactly(OWN_ORGANIZATION));
        assert_eq!(organization(Text::Exact("q3keys")), Match::Never);
        assert_eq!(account(Text::read("2109*", Compare::Equals, true)), Match::Never);
    }

    #[test]
    fn address_ranges() {
        let exactly = |value: &str| Match::Exactly(AddressRange::parse(value).unwrap());
        for (value, want) in [
            ("198.51.100.7", exactly("198.51.100.7/32")),
            ("198.0.0.0/8", exactly("198.0.0.0/8")),
            ("198.0.0.0/7", Match::Unbounded),
            ("0.0.0.0/0", Match::Unbounded),
            ("10.1.0.0/16", Match::Never),
            ("172.16.0.0/12", Match::Never),
            ("240.0.0.0/4", Match::Never),
            ("2001:db8::/32", exactly("2001:db8::/32")),
            ("2001::/16", Match::Unbounded),
            ("fd00::/8", Match::Never),
            ("198.51.100.7/40", Match::Unbounded),
            ("*", Match::Unbounded),
        ] {
            assert_eq!(address(value, Compare::Address), want, "{value}");
        }
        for (value, want) in [
            ("198.51.100.*", exactly("198.51.100.0/24")),
            ("198.51.1*", exactly("198.51.0.0/16")),
            ("198.51.100.7", exactly("198.51.100.7")),
            ("192.168.*", Match::Never),
            ("1*", Match::Unbounded),
            ("1.2.3.4.*", Match::Unbounded),
            ("2001:db8:*", Match::Unbounded),
            ("198.51.100.0/24", Match::Never),
        ] {
            assert_eq!(address(value, Compare::Like), want, "{value}");
        }
    }
}
