//! Who owns the key or other resource, and whom the owner trusts.

use crate::util::address::AddressRange;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Stands for an unknown account in corrected statements. KMS rejects it in a principal, and no request matches it in a
/// condition.
pub(crate) const ACCOUNT_PLACEHOLDER: &str = "<ACCOUNT_ID>";

/// The owner of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account, twelve digits, or [`Owner::UNKNOWN`]. If it is unknown, the analyzer cannot tell own accounts from
    /// foreign ones and marks the exposures that depend on it as unverified.
    pub account: String,
    /// The Region of the resource, empty if unknown.
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: String,
    /// The ARN of the resource, if known.
    pub resource: Option<String>,
}

impl Owner {
    /// Stands for an unknown account within the analyzer; AWS assigns this id to nobody.
    pub const UNKNOWN: &str = "000000000000";

    pub(crate) fn is_known(&self) -> bool {
        self.account != Self::UNKNOWN
    }

    /// The account for a text that people paste, or [`ACCOUNT_PLACEHOLDER`].
    pub(super) fn account_or_placeholder(&self) -> &str {
        if self.is_known() { &self.account } else { ACCOUNT_PLACEHOLDER }
    }

    /// True if the account is the owner's, or may be because the owner is unknown.
    pub(super) fn may_be(&self, account: &str) -> bool {
        !self.is_known() || self.account == account
    }
}

/// Whom the owner trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Account ids.
    pub accounts: BTreeSet<String>,
    /// The accounts of the owner's organization.
    pub members: Members,
    /// Organization ids, including the owner's own.
    pub organizations: BTreeSet<String>,
    /// Organizational units with everything below them: the path with a slash at its end, `o-…/r-…/ou-…/`.
    pub organizational_units: BTreeSet<String>,
    /// VPC ids.
    pub vpcs: BTreeSet<String>,
    /// Ids of VPC endpoints.
    pub vpc_endpoints: BTreeSet<String>,
    /// Address ranges.
    pub networks: Vec<AddressRange>,
}

/// The accounts that are trusted because they belong to the owner's organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Members {
    /// No account is.
    #[default]
    None,
    /// These are.
    Listed(Arc<BTreeSet<String>>),
    /// Every account is.
    Every,
}

impl Trust {
    /// True if the account is trusted.
    pub(super) fn has_account(&self, account: &str) -> bool {
        self.accounts.contains(account)
            || match &self.members {
                Members::None => false,
                Members::Listed(accounts) => accounts.contains(account),
                Members::Every => true,
            }
    }

    /// True if all paths that start with `start` are in a trusted organizational unit.
    pub(super) fn has_unit(&self, start: &str) -> bool {
        self.organizational_units.iter().any(|unit| start.starts_with(unit.as_str()))
    }

    /// True if this VPC or VPC endpoint is trusted.
    pub(super) fn has_vpc(&self, id: &str) -> bool {
        self.vpcs.contains(id) || self.vpc_endpoints.contains(id)
    }

    /// True if all addresses are trusted.
    pub(super) fn has_network(&self, range: &AddressRange) -> bool {
        self.networks.iter().any(|trusted| trusted.contains(range))
    }
}
