//! AWS from the command line, with the credentials that the AWS CLI would use: look-ups, which only read, and publishing if
//! the user asks for it.

use aws_config::SdkConfig;
use sealwatch_rules::output::sns::Notification;
use sealwatch_rules::{Change, Facts, Lookup, LookupResult};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::aws_config::{in_region, laptop_config_for_lookups};
use crate::aws_error::describe;
use crate::environment::region_of_topic;
use crate::lookups::{ALL, Account, LookupRequest};
use crate::publish::Publisher;

/// The most calls at the same time.
const MAX_CONCURRENT_CALLS: usize = 8;

/// Where to call STS if no Region is configured.
const DEFAULT_REGION: &str = "us-east-1";

/// Look-ups in the account of the credentials.
pub struct Live {
    runtime: Runtime,
    account: Account,
    account_id: String,
}

impl Live {
    /// Finds credentials: in the environment, in the profile of this name or the default one, of a container or an instance.
    ///
    /// # Errors
    /// Says why there are no credentials, or why AWS rejects them.
    pub fn connect(profile: Option<&str>) -> Result<Live, String> {
        let (runtime, mut config) = load(profile)?;
        if config.region().is_none() {
            config = in_region(&config, DEFAULT_REGION);
        }
        let sts = aws_sdk_sts::Client::new(&config);
        let caller = runtime.block_on(sts.get_caller_identity().send());
        let caller = caller.map_err(|error| format!("look-ups need AWS credentials: {}", describe(&error)))?;
        let account_id = caller.account.ok_or("`sts:GetCallerIdentity` returned no account for the credentials")?;
        Ok(Live { runtime, account: Account::new(config), account_id })
    }

    /// The account of the credentials. Nothing is looked up in any other, where the same names belong to other resources.
    pub fn account(&self) -> &str {
        &self.account_id
    }

    /// A look-up for a change, in the right Region.
    pub fn request(&self, lookup: Lookup, change: &Change<'_>) -> LookupRequest {
        LookupRequest::new(lookup, change)
    }

    /// Makes all look-ups, several at the same time, and adds the answers to the facts. If there is no answer, the reason
    /// becomes the fact. Calls `step` after each.
    pub fn look_up(&self, requests: Vec<LookupRequest>, facts: &mut Facts, step: &mut dyn FnMut()) {
        let mut waiting = requests.into_iter();
        self.runtime.block_on(async {
            let mut calls = JoinSet::new();
            loop {
                while calls.len() < MAX_CONCURRENT_CALLS
                    && let Some(request) = waiting.next()
                {
                    let call = self.account.look_up(&ALL, &request);
                    calls.spawn(async move {
                        let result = match call {
                            Ok(call) => call.await,
                            Err(error) => Err(error),
                        };
                        (request.lookup, result)
                    });
                }
                match calls.join_next().await {
                    None => return,
                    Some(Err(_)) => {} // it was aborted, and its look-up stays open
                    Some(Ok((lookup, result))) => {
                        facts.insert(lookup, result.unwrap_or_else(|error| LookupResult::Unknown(error.into_reason())));
                    }
                }
                step();
            }
        });
    }
}

/// A topic to publish findings to.
pub struct Topic {
    runtime: Runtime,
    publisher: Publisher,
}

impl Topic {
    /// Finds credentials as [`Live::connect`] does. Missing ones only show when a message is published.
    ///
    /// # Errors
    /// Says what is wrong with the ARN.
    pub fn connect(profile: Option<&str>, arn: &str) -> Result<Topic, String> {
        let region = region_of_topic(arn)?;
        let (runtime, config) = load(profile)?;
        let publisher = Publisher::new(arn.to_owned(), in_region(&config, region));
        Ok(Topic { runtime, publisher })
    }

    /// Publishes one message.
    ///
    /// # Errors
    /// Names the topic and the response of SNS.
    pub fn publish(&self, notification: Notification) -> Result<(), String> {
        self.runtime.block_on(self.publisher.publish(notification))
    }
}

fn load(profile: Option<&str>) -> Result<(Runtime, SdkConfig), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start the async runtime: {error}"))?;
    let config = runtime.block_on(laptop_config_for_lookups(profile))?;
    Ok((runtime, config))
}
