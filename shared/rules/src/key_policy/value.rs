//! What one condition value pins down.

use super::callers::{Name, Source};
use super::operator::Compare;
use super::principal::{arn, identity};
use crate::arn::is_account;
use std::net::IpAddr;

/// The key's own organization, whichever it is
pub(super) const OWN_ORGANIZATION: &str = "${aws:ResourceOrgID}";

/// What a value comes to
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<T> {
    Pins(T),
    /// No request can match it
    Never,
    /// More callers match it than can be told
    Open,
}

impl<T> Value<T> {
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Pins(t) => Value::Pins(f(t)),
            Self::Never => Value::Never,
            Self::Open => Value::Open,
        }
    }
}

/// A value as its operator reads it
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text<'a> {
    Exact(&'a str),
    /// With wildcards, or with a variable that the caller fills in
    Pattern(&'a str),
    /// Wildcards or a variable where neither has a meaning: equal to nothing AWS puts into an identity
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

    fn exact(self) -> Value<&'a str> {
        match self {
            Self::Exact(text) => Value::Pins(text),
            Self::Pattern(_) => Value::Open,
            Self::Never => Value::Never,
        }
    }
}

/// The part of a pattern before the first character that could be anything
fn beginning(pattern: &str) -> &str {
    pattern.split(['*', '?', '$']).next().unwrap_or_default()
}

pub(super) fn account(text: Text<'_>) -> Value<&str> {
    match text.exact() {
        Value::Pins(text) if !is_account(text) => Value::Never,
        value => value,
    }
}

pub(super) fn organization(text: Text<'_>) -> Value<&str> {
    match text {
        Text::Pattern(variable) if variable.eq_ignore_ascii_case(OWN_ORGANIZATION) => Value::Pins(OWN_ORGANIZATION),
        _ => match text.exact() {
            Value::Pins(text) if !text.starts_with("o-") => Value::Never,
            value => value,
        },
    }
}

/// Only the organization counts: ids of roots and units repeat in other organizations.
pub(super) fn organization_path(text: Text<'_>) -> Value<&str> {
    match text {
        Text::Exact(path) => organization(Text::Exact(path.split('/').next().unwrap_or_default())),
        Text::Pattern(path) => match path.split_once('/') {
            Some((first, _)) if first.eq_ignore_ascii_case(OWN_ORGANIZATION) => Value::Pins(OWN_ORGANIZATION),
            _ => match beginning(path).split_once('/') {
                Some((first, _)) => organization(Text::Exact(first)),
                None => Value::Open,
            },
        },
        Text::Never => Value::Never,
    }
}

/// The unique id before the colon; a session's name after it is free
pub(super) fn user_id(text: Text<'_>) -> Value<&str> {
    match text {
        Text::Exact(id) => id.split(':').next().map_or(Value::Never, Value::Pins),
        Text::Pattern(pattern) => match beginning(pattern).split_once(':') {
            Some((id, _)) if !id.is_empty() => Value::Pins(id),
            _ => Value::Open,
        },
        Text::Never => Value::Never,
    }
}

/// Owner of an ARN
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// Account, and what follows it
    Account(&'a str, &'a str),
    /// No account in the ARN, but its resource is one certain thing
    Resource(&'a str),
}

pub(super) fn arn_owner(text: Text<'_>, compare: Compare) -> Value<Owner<'_>> {
    match text {
        Text::Exact(text) => match arn(text) {
            Some([.., account, resource]) if is_account(account) => Value::Pins(Owner::Account(account, resource)),
            Some([.., resource]) if !resource.is_empty() => Value::Pins(Owner::Resource(text)),
            _ => Value::Never,
        },
        // Part by part: what stands in one part cannot reach into the next.
        Text::Pattern(text) if compare == Compare::Arn && !text.contains("${") => match arn(text) {
            Some([.., account, _]) if account.contains(['*', '?']) => Value::Open,
            Some([.., account, resource]) if is_account(account) => Value::Pins(Owner::Account(account, resource)),
            Some([_, _, service, _, "", resource]) => one_resource(service, resource, resource, text),
            Some(_) => Value::Never,
            None => arn_beginning(text),
        },
        Text::Pattern(text) => arn_beginning(text),
        Text::Never => Value::Never,
    }
}

/// Over the whole text only what stands before the first wildcard is certain: an IAM path or an alias may hold colons
/// and digits that look like the account.
fn arn_beginning(text: &str) -> Value<Owner<'_>> {
    let start = beginning(text);
    let mut parts = start.splitn(6, ':');
    let (service, account) = (parts.nth(2), parts.nth(1));
    match (service, account, parts.next()) {
        (_, Some(account), rest) if is_account(account) => {
            // All ids have twelve digits, so nothing can be added to this one.
            let all = rest.is_none_or(str::is_empty) && text.strip_suffix('*') == Some(start);
            Value::Pins(Owner::Account(account, if all { "*" } else { "…" }))
        }
        (Some(service), Some(""), Some(resource)) => one_resource(service, resource, "*", text),
        _ => Value::Open,
    }
}

/// `resource` is certain to begin with the text given; `whole` is the rest of the pattern. The name of a bucket is
/// unique in the world, and so is what lies in it; elsewhere nothing but a full name is one resource.
fn one_resource<'a>(service: &str, resource: &'a str, whole: &str, text: &'a str) -> Value<Owner<'a>> {
    let open = |text: &str| text.contains(['*', '?']);
    let bucket = resource.split_once('/').map(|(bucket, _)| bucket);
    match bucket {
        Some(bucket) if service == "s3" && !bucket.is_empty() && !open(bucket) => Value::Pins(Owner::Resource(text)),
        _ if !resource.is_empty() && !open(whole) => Value::Pins(Owner::Resource(text)),
        _ => Value::Open,
    }
}

/// The account of an identity, its name if there is only one, and whether a pattern still picks among the account's
pub(super) fn principal_arn<'a>(text: Text<'a>, compare: Compare) -> Value<(&'a str, Option<Name<'a>>, bool)> {
    match arn_owner(text, compare) {
        Value::Pins(Owner::Account(account, resource)) => {
            let name = match text {
                Text::Exact(arn) if compare != Compare::EqualsIgnoringCase => identity(account, resource, arn),
                _ => None,
            };
            Value::Pins((account, name.map(|(name, _)| name), resource != "*"))
        }
        // Every identity has an account in its ARN.
        Value::Pins(Owner::Resource(_)) | Value::Never => Value::Never,
        Value::Open => Value::Open,
    }
}

pub(super) fn source_arn(text: Text<'_>, compare: Compare) -> Value<Source<'_>> {
    arn_owner(text, compare).map(|owner| match owner {
        Owner::Account(account, _) => Source::Account(account),
        Owner::Resource(arn) => Source::Resource(arn),
    })
}

/// The account in an encryption context that a service has set. It sets whole ARNs, so the parts are certain whatever the
/// operator.
pub(super) fn context_source(value: &str) -> Value<Source<'_>> {
    if is_account(value) {
        return Value::Pins(Source::Account(value));
    }
    match source_arn(Text::Pattern(value), Compare::Arn) {
        Value::Never => Value::Open,
        value => value,
    }
}

pub(super) fn service_name(text: Text<'_>) -> Value<&str> {
    text.exact()
}

/// How much of the internet a range is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// So many IPv4 addresses
    V4(u64),
    V6,
}

/// A range of addresses. Private ones are never seen by AWS from outside, so they never match.
///
/// Source: S3 user guide, "The meaning of public", for the sizes: IPv4 wider than /8 and IPv6 wider than /32 are public.
pub(super) fn address(value: &str) -> Value<Range> {
    let (host, length) = match value.split_once('/') {
        Some((host, length)) => (host, length.parse::<u32>().ok()),
        None => (value, Some(128)),
    };
    match (host.parse::<IpAddr>(), length) {
        (Ok(IpAddr::V4(host)), Some(length)) => {
            let length = if value.contains('/') { length } else { 32 };
            if !(8..=32).contains(&length) {
                return Value::Open;
            }
            let private = host.is_private() && length >= if host.octets().first() == Some(&10) { 8 } else { 16 };
            if private || host.is_loopback() || host.is_link_local() && length >= 16 {
                return Value::Never;
            }
            Value::Pins(Range::V4(1 << (32 - length)))
        }
        (Ok(IpAddr::V6(host)), Some(length)) if (32..=128).contains(&length) => {
            if host.is_unique_local() || host.is_unicast_link_local() { Value::Never } else { Value::Pins(Range::V6) }
        }
        _ => Value::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(value: &str) -> Text<'_> {
        Text::read(value, Compare::Like, true)
    }

    #[test]
    fn arns_under_the_two_kinds_of_comparison() {
        let account = |value| match arn_owner(Text::read(value, Compare::Arn, true), Compare::Arn) {
            Value::Pins(Owner::Account(account, _)) => account,
            Value::Pins(Owner::Resource(_)) => "resource",
            Value::Never => "never",
            Value::Open => "open",
        };
        let over_all = |value| match arn_owner(like(value), Compare::Like) {
            Value::Pins(Owner::Account(account, _)) => account,
            Value::Pins(Owner::Resource(_)) => "resource",
            Value::Never => "never",
            Value::Open => "open",
        };
        for (value, by_part, whole) in [
            ("arn:aws:iam::210987654321:role/app", "210987654321", "210987654321"),
            ("arn:*:iam::210987654321:role/app", "210987654321", "open"),
            ("arn:aws:sqs:*:210987654321:in", "210987654321", "open"),
            ("arn:aws:iam::210987654321:*", "210987654321", "210987654321"),
            ("arn:aws:iam::210987654321*", "210987654321", "210987654321"),
            ("arn:aws:iam::21098765432?:role/app", "open", "open"),
            ("arn:aws:iam::*:role/app", "open", "open"),
            ("*", "open", "open"),
            ("arn:aws:s3:::logs", "resource", "resource"),
            ("arn:aws:s3:::logs/*", "resource", "resource"),
            ("arn:aws:s3:::logs-*", "open", "open"),
            ("arn:aws:s3:::*", "open", "open"),
            ("arn:aws:route53:::hostedzone/*", "open", "open"),
            ("arn:aws:sns:eu-west-1:210987654321", "never", "never"),
            ("arn:aws:iam::${aws:PrincipalAccount}:role/app", "open", "open"),
        ] {
            assert_eq!((account(value), over_all(value)), (by_part, whole), "{value}");
        }
    }

    #[test]
    fn ids_and_organizations() {
        assert_eq!(user_id(like("AROAQ3KEYS:*")), Value::Pins("AROAQ3KEYS"));
        assert_eq!(user_id(like("AROAQ3*")), Value::Open);
        assert_eq!(user_id(like("*:ann")), Value::Open);
        assert_eq!(organization_path(like("o-q3keys/r-1/*")), Value::Pins("o-q3keys"));
        assert_eq!(organization_path(like("o-q3*/r-1/*")), Value::Open);
        assert_eq!(organization_path(like("${AWS:ResourceOrgId}/*")), Value::Pins(OWN_ORGANIZATION));
        assert_eq!(organization(Text::Exact("q3keys")), Value::Never);
        assert_eq!(account(Text::read("2109*", Compare::Equals, true)), Value::Never);
    }

    #[test]
    fn address_ranges() {
        for (value, want) in [
            ("198.51.100.7", Value::Pins(Range::V4(1))),
            ("198.0.0.0/8", Value::Pins(Range::V4(1 << 24))),
            ("198.0.0.0/7", Value::Open),
            ("0.0.0.0/0", Value::Open),
            ("10.1.0.0/16", Value::Never),
            ("2001:db8::/32", Value::Pins(Range::V6)),
            ("2001::/16", Value::Open),
            ("fd00::/8", Value::Open),
            ("198.51.100.7/40", Value::Open),
            ("*", Value::Open),
        ] {
            assert_eq!(address(value), want, "{value}");
        }
    }
}
