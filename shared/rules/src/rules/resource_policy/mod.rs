//! What the rules on policies of keys, event data stores, streams and clusters share: from the text of a policy to the outcome of a rule.

use crate::engine::detector::{Permission, allow};
use crate::engine::lookup;

/// The accounts of the organization. Only its management account and delegated administrators may list them, so the function
/// asks with its own permissions or those of a role there, never in the account of the record.
pub(crate) const LIST_ACCOUNTS: Permission = allow(lookup::LIST_ACCOUNTS, "*");

pub(crate) mod analysis;
pub(crate) mod correction;
pub(crate) mod existing;
pub(crate) mod exposed;
pub(crate) mod report;
pub(crate) mod subject;

#[cfg(test)]
mod tests;
