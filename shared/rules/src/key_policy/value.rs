//! Which callers one condition value matches.

use super::callers::{Name, Source};
use super::operator::Compare;
use super::organization::OWN_ORGANIZATION;
use super::owner::Owner;
use super::principal::identity;
use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use std::net::IpAddr;

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

pub(super) fn source_arn<'a>(text: Text<'a>, compare: Compare, owner: &Owner) -> Match<Source<'a>> {
    arn_owner(text, compare).map(|arn| match arn {
        ArnOwner::Account(account, _) => Source::of_account(account, owner),
        ArnOwner::Resource(arn) => Source::Resource(arn),
    })
}

/// The account in an encryption context that a service has set. Services set complete ARNs, so each part is reliable
/// whatever the operator.
pub(super) fn context_source<'a>(value: &'a str, owner: &Owner) -> Match<Source<'a>> {
    if is_account(value) {
        return Match::Exactly(Source::of_account(value, owner));
    }
    match source_arn(Text::Pattern(value), Compare::Arn, owner) {
        Match::Never => Match::Unbounded,
        value => value,
    }
}

pub(super) fn service_name(text: Text<'_>) -> Match<&str> {
    text.exact()
}

/// The size of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// The number of IPv4 addresses.
    V4(u64),
    V6,
}

/// A range of addresses. Requests never reach AWS from private addresses, so those never match.
///
/// Source: S3 user guide, "The meaning of public", for the sizes: IPv4 wider than /8 and IPv6 wider than /32 are public.
pub(super) fn address(value: &str) -> Match<Range> {
    let (host, length) = match value.split_once('/') {
        Some((host, length)) => (host, length.parse::<u32>().ok()),
        None => (value, Some(128)),
    };
    match (host.parse::<IpAddr>(), length) {
        (Ok(IpAddr::V4(host)), Some(length)) => {
            let length = if value.contains('/') { length } else { 32 };
            if !(8..=32).contains(&length) {
                return Match::Unbounded;
            }
            let private = host.is_private() && length >= if host.octets().first() == Some(&10) { 8 } else { 16 };
            if private || host.is_loopback() || host.is_link_local() && length >= 16 {
                return Match::Never;
            }
            Match::Exactly(Range::V4(1 << (32 - length)))
        }
        (Ok(IpAddr::V6(host)), Some(length)) if (32..=128).contains(&length) => {
            if host.is_unique_local() || host.is_unicast_link_local() {
                Match::Never
            } else {
                Match::Exactly(Range::V6)
            }
        }
        _ => Match::Unbounded,
    }
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
        for (value, want) in [
            ("198.51.100.7", Match::Exactly(Range::V4(1))),
            ("198.0.0.0/8", Match::Exactly(Range::V4(1 << 24))),
            ("198.0.0.0/7", Match::Unbounded),
            ("0.0.0.0/0", Match::Unbounded),
            ("10.1.0.0/16", Match::Never),
            ("2001:db8::/32", Match::Exactly(Range::V6)),
            ("2001::/16", Match::Unbounded),
            ("fd00::/8", Match::Unbounded),
            ("198.51.100.7/40", Match::Unbounded),
            ("*", Match::Unbounded),
        ] {
            assert_eq!(address(value), want, "{value}");
        }
    }
}
