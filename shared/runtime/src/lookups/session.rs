//! All look-ups of a change: in the account whose resource was changed, until no look-up is pending.

use std::sync::Arc;
use std::time::SystemTime;

use aws_config::SdkConfig;
use sealwatch_rules::engine::lookup::{LIST_ACCOUNTS, MAX_ROUNDS};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::{Change, Facts, Lookup, LookupResult, Settings, pending_lookups};
use tokio::task::JoinSet;

use crate::environment::LookupRoles;
use crate::lookups::accounts::{Account, Accounts};
use crate::lookups::remembered::Remembered;
use crate::lookups::service::{LookupError, LookupRequest, Service};

/// Everything that a function can look up.
#[derive(Debug)]
pub(crate) struct Lookups {
    services: &'static [&'static Service],
    accounts: Accounts,
    organization: Remembered,
}

impl Lookups {
    /// Look-ups at these services, in other accounts as these roles.
    pub(crate) fn new(services: &'static [&'static Service], own: SdkConfig, roles: LookupRoles) -> Lookups {
        Lookups { services, accounts: Accounts::new(own, roles), organization: Remembered::default() }
    }

    /// The facts that these rules need about a change. `own_account` is the account that the function runs in.
    ///
    /// That access is denied, or that the resource does not exist, is a fact.
    ///
    /// # Errors
    /// Fails if AWS did not respond, so that the event is tried again.
    pub(crate) async fn facts(
        &self,
        change: &Change<'_>,
        settings: &Settings,
        phase: Phase,
        own_account: &str,
    ) -> Result<Facts, String> {
        let mut facts = Facts::default();
        let mut remembered = self.organization.get(SystemTime::now());
        for _ in 0..MAX_ROUNDS {
            let mut pending = pending_lookups(change, &facts, settings, phase);
            if pending.is_empty() {
                return Ok(facts);
            }
            if let Some(at) = pending.iter().position(|lookup| lookup.call == LIST_ACCOUNTS) {
                let lookup = pending.swap_remove(at);
                let result = match remembered.take() {
                    Some(accounts) => LookupResult::Accounts(accounts),
                    None => self.list_accounts(LookupRequest::new(lookup.clone(), change)).await?,
                };
                facts.insert(lookup, result);
            }
            if pending.is_empty() {
                continue;
            }
            match self.accounts.account_of(change, own_account).await {
                Ok(account) => self.look_up(&account, change, pending, &mut facts).await?,
                Err(LookupError::Unknown(why)) => {
                    let unknown = pending.into_iter().map(|lookup| (lookup, LookupResult::Unknown(why.clone())));
                    unknown.for_each(|(lookup, result)| facts.insert(lookup, result));
                }
                Err(LookupError::Retry(why)) => return Err(why.into()),
            }
        }
        Err(format!("the look-ups are not done after {MAX_ROUNDS} rounds"))
    }

    /// The accounts of the organization, which only some accounts may list.
    async fn list_accounts(&self, request: LookupRequest) -> Result<LookupResult, String> {
        let answer = match self.accounts.of_organization().await {
            Ok(account) => account.look_up(self.services, &request).map_err(LookupError::into_reason)?.await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(result) => {
                if let LookupResult::Accounts(accounts) = &result {
                    self.organization.set(accounts, SystemTime::now());
                }
                Ok(result)
            }
            Err(LookupError::Unknown(why)) => Ok(LookupResult::Unknown(why)),
            Err(LookupError::Retry(why)) => Err(why.into()),
        }
    }

    /// Makes all calls at the same time.
    async fn look_up(
        &self,
        account: &Arc<Account>,
        change: &Change<'_>,
        pending: Vec<Lookup>,
        facts: &mut Facts,
    ) -> Result<(), String> {
        let mut calls = JoinSet::new();
        for lookup in pending {
            let request = LookupRequest::new(lookup, change);
            let is_elsewhere = request.region != change.scope.region;
            let call = account.look_up(self.services, &request).map_err(LookupError::into_reason)?;
            calls.spawn(async move { (request.lookup, call.await, is_elsewhere) });
        }
        while let Some(joined) = calls.join_next().await {
            let (lookup, result, is_elsewhere) = joined.map_err(|error| format!("a look-up was aborted: {error}"))?;
            let result = match result {
                Ok(result) => result,
                Err(LookupError::Unknown(why)) => LookupResult::Unknown(why),
                // A caller may name a key in any Region, even in one that is not enabled or does not exist.
                Err(LookupError::Retry(why)) if is_elsewhere => LookupResult::Unknown(why),
                Err(LookupError::Retry(why)) => return Err(why.into()),
            };
            facts.insert(lookup, result);
        }
        Ok(())
    }
}
