//! KMS key policies: who can use or administer the key, judged by meaning and not by looks.
//!
//! The steps, one file each: the `document` is read (`reader`); statements without effect are dropped (`statement`);
//! principals (`principal`) become sets of `callers`; a `condition` narrows them, by what each of the `keys`, each
//! `operator` and each `value` tells; a Deny takes callers away (`deny`); the `verdict` names who is left, and `lockout`
//! whether the owner can still change the policy. Each step may keep callers that a perfect reader would drop, and never
//! drops one that AWS would admit.
//!
//! Judged is the policy alone: IAM policies, service and resource control policies, grants and endpoint policies are not
//! read, as AWS Config's `kms-key-policy-no-public-access` and IAM Access Analyzer do not read them either.

mod action;
mod callers;
mod change;
mod condition;
mod deny;
mod document;
mod explain;
mod exposure;
mod glob;
mod keys;
mod lockout;
mod operator;
mod principal;
mod reader;
mod remedy;
mod statement;
mod value;
mod verdict;

pub use action::Actions;
pub use document::{Policy, PolicyError};
pub use exposure::{Analysis, Exposure, Remark, RemarkKind, Who};
pub use lockout::{Lockout, LockoutLevel};
pub(crate) use remedy::{Fix, root_statement};

use std::collections::BTreeSet;

/// Whose key it is
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account, twelve digits, or [`Owner::UNKNOWN`]: then nobody is told apart as own or foreign, and what depends
    /// on it comes out as unverified
    pub account: String,
    /// The Region of the key, empty if unknown
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: String,
    /// The key's own ARN, if it is known
    pub key: Option<String>,
}

impl Owner {
    /// Stands for an account that is not known; AWS gives it to nobody
    pub const UNKNOWN: &str = "000000000000";

    pub(crate) fn is_known(&self) -> bool {
        self.account != Self::UNKNOWN
    }

    /// The account is the owner's, as far as that is known
    fn owns(&self, account: &str) -> bool {
        !self.is_known() || self.account == account
    }
}

/// Whom the owner trusts
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Account ids
    pub accounts: BTreeSet<String>,
    /// Organization ids, the owner's own among them
    pub organizations: BTreeSet<String>,
}

/// Judges a policy.
pub fn analyse(policy: &Policy, owner: &Owner, trust: &Trust) -> Analysis {
    if policy.has_variables() {
        verdict::analyse(&policy.with_variable("aws:resourceaccount", &owner.account), owner, trust)
    } else {
        verdict::analyse(policy, owner, trust)
    }
}
