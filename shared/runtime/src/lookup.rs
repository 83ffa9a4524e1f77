//! Looking up what a record does not tell: in the account whose resource was changed, in the resource's own Region.

use std::sync::Arc;

use aws_config::{Region, SdkConfig};
use sealwatch_rules::arn::Arn;
use sealwatch_rules::change::Change;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::judge::{Need, Part, needs};
use sealwatch_rules::settings::Settings;
use tokio::task::JoinSet;

use crate::accounts::{Account, Accounts};
use crate::describe::{Answer, Asked, Service};

/// A change never needs more: an operation, its connector, the worker of that, …
const ROUNDS: usize = 8;

/// Everything that a function can ask.
pub(crate) struct LookUps {
    services: &'static [&'static Service],
    accounts: Accounts,
}

impl LookUps {
    /// Asks these services, in other accounts than its own as a role of this name.
    pub(crate) fn new(services: &'static [&'static Service], own: SdkConfig, role: Option<String>) -> LookUps {
        LookUps { services, accounts: Accounts::new(own, role) }
    }

    /// What these rules need to know about a change; `own` is the account that the function runs in.
    ///
    /// # Errors
    /// Fails where AWS did not answer (throttling, time-outs, its own failures), so that the event is tried again. That
    /// access is denied or that there is no such resource is a fact.
    pub(crate) async fn facts(
        &self,
        change: &Change<'_>,
        settings: &Settings,
        part: Part,
        own: &str,
    ) -> Result<Facts, String> {
        let mut facts = Facts::default();
        for _ in 0..ROUNDS {
            let needs = needs(change, &facts, settings, part);
            if needs.is_empty() {
                return Ok(facts);
            }
            match self.accounts.of(change, own).await? {
                Ok(account) => self.ask(&account, change, needs, &mut facts).await?,
                Err(why) => {
                    needs.into_iter().for_each(|need| Answer::Unknown(why.clone()).learn(need, &mut facts));
                }
            }
        }
        Err("the answers raised new questions without end".to_owned())
    }

    /// Asks everything at the same time.
    async fn ask(
        &self,
        account: &Arc<Account>,
        change: &Change<'_>,
        needs: Vec<Need>,
        facts: &mut Facts,
    ) -> Result<(), String> {
        let mut asked = JoinSet::new();
        for need in needs {
            let region = region(&need, change);
            let elsewhere = region != change.region;
            let asking = asking(self.services, account, &region, &need)?;
            asked.spawn(async move {
                // A caller may name a key in any Region, even in one that is not enabled or does not exist.
                let answer = match asking.await {
                    Err(why) if elsewhere => Ok(Answer::Unknown(why)),
                    answer => answer,
                };
                (need, answer)
            });
        }
        while let Some(joined) = asked.join_next().await {
            let (need, answer) = joined.map_err(|error| format!("a look-up broke off: {error}"))?;
            answer?.learn(need, facts);
        }
        Ok(())
    }
}

/// The call about one need, not yet made.
///
/// # Errors
/// Fails where none of the services answers it: the function was put together wrongly.
pub(crate) fn asking(
    services: &[&'static Service],
    account: &Account,
    region: &str,
    need: &Need,
) -> Result<Asked, String> {
    let service = services.iter().find(|service| (service.answers)(need));
    let service = service.ok_or_else(|| format!("this function has no service to ask about {need:?}"))?;
    Ok(account.client(service, region)(need.clone()))
}

/// The Region to ask in: that of the resource's own ARN, where it can be one, else that of the call.
pub(crate) fn region(need: &Need, change: &Change<'_>) -> String {
    let named = Arn::parse(need.arn()).filter(|arn| arn.partition == change.partition).map(|arn| arn.region);
    named.filter(|region| is_region(region)).unwrap_or(change.region).to_owned()
}

/// True for what may stand in a host name where a Region belongs: callers type ARNs, and one like
/// `arn:aws:kms:evil.example/:…` must not decide whom the function speaks to.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let area = parts.next().is_some_and(|area| area.len() == 2 && area.bytes().all(|byte| byte.is_ascii_lowercase()));
    let number = parts.next_back().is_some_and(|number| {
        !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let words: Vec<&str> = parts.collect();
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    area && number && (1..=3).contains(&words.len()) && words.iter().all(word)
}

/// The configuration for another Region.
pub(crate) fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(Region::new(region.to_owned())).build()
}

#[cfg(test)]
mod tests {
    use super::is_region;

    #[test]
    fn nothing_but_a_region_gets_into_a_host_name() {
        for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-12", "cn-north-1", "eu-isoe-west-1", "us-iso-east-1"]
        {
            assert!(is_region(region), "{region}");
        }
        for text in [
            "",
            "eu",
            "eu-west",
            "eu-1",
            "evil.example/-1",
            "eu-west-1.evil",
            "eu-west-1/",
            "EU-WEST-1",
            "eu--1",
            "x@y-a-1",
            "eu-west-123",
            "aws-global",
        ] {
            assert!(!is_region(text), "{text}");
        }
    }
}
