//! Which accounts the settings trust, and when the list of the organization's accounts decides that.

use crate::engine::context::{RuleContext, Seen};
use crate::engine::lookup::OrganizationAccounts;
use crate::language::{Text, text};

/// The accounts of the organization, for a rule.
pub(crate) enum Organization<'a> {
    /// The settings do not trust them.
    Untrusted,
    /// The settings trust them: these.
    Accounts(&'a OrganizationAccounts),
    /// The settings trust them, and why they are not known.
    Unknown(Text),
}

impl RuleContext<'_> {
    /// The accounts of the organization, if the settings trust them.
    pub(crate) fn organization(&self) -> Organization<'_> {
        if !self.settings.keys.trusts_organization {
            return Organization::Untrusted;
        }
        match self.facts.organization() {
            Some(Ok(accounts)) => Organization::Accounts(accounts),
            Some(Err(why)) => Organization::Unknown(why.clone()),
            None if self.seen == Seen::Document => Organization::Unknown(Text::literal(
                "a document is checked without AWS: name its accounts in `keys.trusted_accounts`",
            )),
            None => Organization::Unknown(Text::literal(
                "run `aws organizations list-accounts` in its management account and pass its output with --facts",
            )),
        }
    }

    /// True if the settings trust this account.
    ///
    /// # Errors
    /// Says why it is not known whether it belongs to the organization.
    pub(crate) fn trusts(&self, account: &str) -> Result<bool, Text> {
        if self.settings.keys.trusted_accounts.iter().any(|trusted| trusted == account) {
            return Ok(true);
        }
        match self.organization() {
            Organization::Untrusted => Ok(false),
            Organization::Accounts(accounts) => Ok(accounts.ids.contains(account)),
            Organization::Unknown(why) => Err(text!(
                "the account {account} may belong to the organization, whose accounts are not known: {why}",
                account,
                why
            )),
        }
    }
}
