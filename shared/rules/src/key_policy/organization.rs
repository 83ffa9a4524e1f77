//! Whether an organization is one that the owner trusts.

use super::owner::Trust;
use super::set::Set;

/// The organization that owns the key, as a policy variable: its id is unknown to the analyzer.
pub(super) const OWN_ORGANIZATION: &str = "${aws:ResourceOrgID}";

/// Whether the owner trusts an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrgMembership {
    Trusted,
    Foreign,
    /// The list of trusted organizations is empty, so nothing can be compared.
    Unknown,
}

impl OrgMembership {
    pub(super) fn of(organization: &str, trust: &Trust) -> Self {
        match organization {
            _ if trust.organizations.is_empty() => Self::Unknown,
            OWN_ORGANIZATION => Self::Trusted,
            id if trust.organizations.contains(id) => Self::Trusted,
            _ => Self::Foreign,
        }
    }

    /// True if one of the organizations is trusted or may be.
    pub(super) fn may_be_trusted(organizations: &Set<&str>, trust: &Trust) -> bool {
        // The trusted organizations are few, those of a policy may be many.
        trust.organizations.is_empty()
            || organizations.has(&OWN_ORGANIZATION)
            || trust.organizations.iter().any(|id| organizations.has(&id.as_str()))
    }
}
