//! The accounts that a function looks into: its own, and in a hub those that forward events to it.

use sealwatch_rules::language::Text;
use sealwatch_rules::text;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::engine::change::Change;

use crate::aws_config::in_region;
use crate::aws_error::{Rejection, classify};
use crate::environment::{LOOKUP_ROLE, LookupRoles};
use crate::lookups::service::{Client, LookupError, LookupFuture, LookupRequest, Service};

/// Credentials are renewed this long before they expire: an invocation must not outlive them.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// Shows in the CloudTrail records of the other account who assumed the role.
const SESSION_NAME: &str = "sealwatch";

/// A client belongs to a service, by its name, and a Region.
type ClientKey = (&'static str, String);

/// An account, and the clients that were created for it.
pub(crate) struct Account {
    config: SdkConfig,
    expires: Option<SystemTime>,
    clients: Mutex<HashMap<ClientKey, Arc<Client>>>,
}

impl Account {
    /// An account, with the credentials of this configuration.
    pub(crate) fn new(config: SdkConfig) -> Account {
        Account { config, expires: None, clients: Mutex::default() }
    }

    /// The call for a look-up, not yet made.
    ///
    /// # Errors
    /// Fails if none of the services answers the look-up: the function's list of services is incomplete.
    pub(crate) fn look_up(
        &self,
        services: &[&'static Service],
        request: &LookupRequest,
    ) -> Result<LookupFuture, LookupError> {
        let lookup = &request.lookup;
        let service = services.iter().find(|service| service.answers(lookup));
        let service = service.ok_or_else(|| {
            let call = lookup.call;
            LookupError::Retry(text!("no service answers `{call}`: add it to the services of this function", call))
        })?;
        Ok(self.client(service, &request.region)(lookup.clone()))
    }

    /// The client of a service in a Region, created when it is first needed.
    fn client(&self, service: &'static Service, region: &str) -> Arc<Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let connect = || Arc::new((service.connect)(&in_region(&self.config, region)));
        Arc::clone(clients.entry((service.name, region.to_owned())).or_insert_with(connect))
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now + RENEW_BEFORE < expires)
    }
}

/// The function's own account, and those whose role it has assumed.
pub(super) struct Accounts {
    own: Arc<Account>,
    roles: LookupRoles,
    /// By account id, and by the ARN of the role for the organization.
    others: Mutex<HashMap<String, Arc<Account>>>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl Accounts {
    pub(super) fn new(own: SdkConfig, roles: LookupRoles) -> Accounts {
        Accounts { own: Arc::new(Account::new(own)), roles, others: Mutex::default() }
    }

    /// The account of a change. `own` is the account id of the function.
    ///
    /// Never gives another account, where the same names belong to other resources.
    ///
    /// # Errors
    /// Says why nothing can be looked up in the account, or that STS did not respond.
    pub(super) async fn account_of(&self, change: &Change<'_>, own: &str) -> Result<Arc<Account>, LookupError> {
        let id = change.scope.account;
        if !is_account(id) {
            return Err(LookupError::Unknown(Text::literal(
                "the record has no valid account id, so nothing can be looked up",
            )));
        }
        if id == own {
            return Ok(Arc::clone(&self.own));
        }
        let role = self.roles.member.as_ref().ok_or_else(|| LookupError::Unknown(no_role(id, own)))?;
        self.assumed(id, &format!("arn:{}:iam::{id}:role/{role}", change.scope.partition)).await
    }

    /// The account that lists the accounts of the organization: that of the role for it, or else the function's own.
    ///
    /// # Errors
    /// Says why the role cannot be assumed, or that STS did not respond.
    pub(super) async fn of_organization(&self) -> Result<Arc<Account>, LookupError> {
        match &self.roles.organization {
            Some(role) => self.assumed(role, role).await,
            None => Ok(Arc::clone(&self.own)),
        }
    }

    /// The account of a role, with credentials that are renewed before they expire.
    async fn assumed(&self, name: &str, role_arn: &str) -> Result<Arc<Account>, LookupError> {
        let known = self.others.lock().unwrap_or_else(PoisonError::into_inner).get(name).map(Arc::clone);
        if let Some(known) = known.filter(|known| known.is_fresh(SystemTime::now())) {
            return Ok(known);
        }
        let (config, expires) = assume(&self.own.config, role_arn).await?;
        let account = Arc::new(Account { expires, ..Account::new(config) });
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.insert(name.to_owned(), Arc::clone(&account));
        Ok(account)
    }
}

/// The configuration of a caller that has assumed a role, and when its credentials expire.
///
/// # Errors
/// Says why the role cannot be assumed, or that STS did not respond.
pub(crate) async fn assume(own: &SdkConfig, role_arn: &str) -> Result<(SdkConfig, Option<SystemTime>), LookupError> {
    let sts = aws_sdk_sts::Client::new(own);
    let response = sts.assume_role().role_arn(role_arn).role_session_name(SESSION_NAME).send().await;
    let response = response.map_err(|error| not_assumed(role_arn, classify(error)))?;
    let credentials = response.credentials.ok_or_else(|| {
        LookupError::Retry(text!("`sts:AssumeRole` on `{role}` returned no credentials", role = role_arn))
    })?;
    let expires = SystemTime::try_from(credentials.expiration).ok();
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        Some(credentials.session_token),
        expires,
        SESSION_NAME,
    );
    let config = own.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    Ok((config, expires))
}

fn no_role(id: &str, own: &str) -> Text {
    let own = if own.is_empty() { Text::literal("an unknown account") } else { own.into() };
    text!(
        "the event is from account {id} and the function runs in {own}: set {variable} to the name of a role in {id} that \
         the function may assume",
        id,
        own,
        variable = LOOKUP_ROLE
    )
}

fn not_assumed(role: &str, rejection: Rejection) -> LookupError {
    match rejection {
        Rejection::Denied | Rejection::NotFound => LookupError::Unknown(text!(
            "the role `{role}` cannot be assumed: create it, name the caller, such as the function's role, in \
             its trust policy, and allow `sts:AssumeRole` on it in the policy of the caller",
            role
        )),
        Rejection::Invalid(why) => LookupError::Unknown(text!("`sts:AssumeRole` rejected `{role}`: {why}", role, why)),
        Rejection::Unavailable(why) => {
            LookupError::Retry(text!("`sts:AssumeRole` on `{role}` failed: {why}", role, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_sts_that_does_not_respond_is_tried_again() {
        const ROLE: &str = "arn:aws:iam::444455556666:role/look-up";
        let retried = |rejection| matches!(not_assumed(ROLE, rejection), LookupError::Retry(_));
        assert!(!retried(Rejection::Denied));
        assert!(!retried(Rejection::NotFound));
        assert!(!retried(Rejection::Invalid("no".to_owned())));
        assert!(retried(Rejection::Unavailable("500".into())));
    }

    #[test]
    fn credentials_are_renewed_before_they_expire_whichever_way_the_clock_steps() {
        let own = || SdkConfig::builder().build();
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_636_800);
        let account = Account { expires: Some(expires), ..Account::new(own()) };
        let seconds = Duration::from_secs;
        for (name, now, fresh) in [
            ("an hour before", expires - seconds(3_600), true),
            ("as early as they are renewed", expires - RENEW_BEFORE, false),
            ("a second sooner", expires - RENEW_BEFORE - seconds(1), true),
            ("when they expire", expires, false),
            ("the clock is a day ahead", expires + seconds(86_400), false),
            ("the clock is in 1970", SystemTime::UNIX_EPOCH, true),
        ] {
            assert_eq!(account.is_fresh(now), fresh, "{name}");
        }
        assert!(Account::new(own()).is_fresh(expires), "the function's own never expire: Lambda renews them");
    }
}
