//! The accounts that a function looks into: its own, and in a hub those whose events are forwarded to it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use sealwatch_rules::arn::is_account;
use sealwatch_rules::change::Change;
use sealwatch_rules::text::plain;

use crate::config::LOOKUP_ROLE;
use crate::describe::{Ask, Service};
use crate::lookup::in_region;
use crate::problem::{Refused, refused};

/// Credentials are renewed this long before they expire: an invocation must not outlive them.
const EARLY: Duration = Duration::from_secs(300);

/// Shows in the account's CloudTrail who asked.
const SESSION: &str = "sealwatch";

/// Where a service is asked: its place in memory, since each is a static, and the Region.
type Place = (usize, String);

/// An account that can be asked, and the clients that were made for it.
pub(crate) struct Account {
    config: SdkConfig,
    until: Option<SystemTime>,
    clients: Mutex<HashMap<Place, Arc<Ask>>>,
}

impl Account {
    pub(crate) fn new(config: SdkConfig, until: Option<SystemTime>) -> Account {
        Account { config, until, clients: Mutex::default() }
    }

    /// The client of a service in a Region, made when it is first needed.
    pub(crate) fn client(&self, service: &'static Service, region: &str) -> Arc<Ask> {
        let place = (std::ptr::from_ref(service).addr(), region.to_owned());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let connect = || Arc::new((service.connect)(&in_region(&self.config, region)));
        Arc::clone(clients.entry(place).or_insert_with(connect))
    }

    fn lasts(&self) -> bool {
        self.until.is_none_or(|until| SystemTime::now() + EARLY < until)
    }
}

/// The function's own account, and those it was let into.
pub(crate) struct Accounts {
    own: Arc<Account>,
    role: Option<String>,
    others: Mutex<HashMap<String, Arc<Account>>>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Accounts {
    pub(crate) fn new(own: SdkConfig, role: Option<String>) -> Accounts {
        Accounts { own: Arc::new(Account::new(own, None)), role, others: Mutex::default() }
    }

    /// The account of a change, or why nothing can be looked up there: never another one, where the same names stand for
    /// other resources.
    ///
    /// # Errors
    /// Fails where STS did not answer, so that the event is tried again.
    pub(crate) async fn of(&self, change: &Change<'_>, own: &str) -> Result<Result<Arc<Account>, String>, String> {
        let wanted = change.account;
        if !is_account(wanted) {
            return Ok(Err("the record does not tell the account, so that nothing can be looked up".to_owned()));
        }
        if wanted == own {
            return Ok(Ok(Arc::clone(&self.own)));
        }
        let Some(role) = &self.role else {
            return Ok(Err(format!(
                "the event is of account {wanted} and the function runs in {}: set {LOOKUP_ROLE} to the name of a role there that it may assume",
                if own.is_empty() { "an unknown one" } else { own }
            )));
        };
        let known = self.others.lock().unwrap_or_else(PoisonError::into_inner).get(wanted).map(Arc::clone);
        if let Some(known) = known.filter(|known| known.lasts()) {
            return Ok(Ok(known));
        }
        let role_arn = format!("arn:{}:iam::{wanted}:role/{role}", change.partition);
        let account = self.assume(&role_arn).await?.map(Arc::new);
        if let Ok(account) = &account {
            let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            others.insert(wanted.to_owned(), Arc::clone(account));
        }
        Ok(account)
    }

    async fn assume(&self, role_arn: &str) -> Result<Result<Account, String>, String> {
        let named = plain(role_arn);
        let sts = aws_sdk_sts::Client::new(&self.own.config);
        let answer = sts.assume_role().role_arn(role_arn).role_session_name(SESSION).send().await;
        let credentials = match answer {
            Ok(answer) => answer.credentials,
            Err(error) => {
                return match refused(error) {
                    Ok(Refused::Denied | Refused::Gone) => Ok(Err(format!(
                        "the role `{named}` could not be assumed: create it, let its trust policy name the function's role, and allow `sts:AssumeRole` on it there"
                    ))),
                    Ok(Refused::NotTaken(why)) => Ok(Err(format!("`sts:AssumeRole` does not take `{named}`: {why}"))),
                    Err(why) => Err(format!("`sts:AssumeRole` on `{named}` was not answered: {why}")),
                };
            }
        };
        let credentials = credentials.ok_or_else(|| format!("`sts:AssumeRole` on `{named}` gave no credentials"))?;
        let until = SystemTime::try_from(credentials.expiration).ok();
        let credentials = Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            until,
            SESSION,
        );
        let config = self.own.config.to_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Ok(Ok(Account::new(config, until)))
    }
}
