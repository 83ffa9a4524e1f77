//! The canary: once a day a schedule of the stack changes the description of the stack's key. That call has to come back
//! through the trail, the event bus and the rule, which proves that calls of others would, too.

use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use sealwatch_rules::cloudtrail::field::Field;
use sealwatch_rules::cloudtrail::record::Record;

use crate::aws_error::describe;

/// How the description begins. The time of the schedule follows.
const DESCRIPTION: &str = "sealwatch canary ";

/// What SNS lists in place of the ARN of a subscription that nobody has confirmed.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>: "pending confirmation"
const PENDING: &str = "PendingConfirmation";

/// Pages of subscriptions, of up to 100 each: enough for a topic that people read.
const MAX_PAGES: usize = 10;

/// True for the call of the canary in this account. The rule matches it only for the stack's key.
pub(crate) fn is_canary(record: &Record<'_>, own_account: &str) -> bool {
    let named = record.event_source() == "kms.amazonaws.com" && record.event_name() == "UpdateKeyDescription";
    if !named || record.error_code().is_some() || !record.is_management_event() {
        return false;
    }
    let Ok(payload) = record.payload() else { return false };
    let description = payload.request().get("description").text();
    let ours = matches!(description, Field::Present(text) if text.starts_with(DESCRIPTION));
    ours && payload.account == own_account
}

/// What the canary looks at on its way: who gets findings.
#[derive(Debug)]
pub(crate) struct Canary {
    topic_arn: String,
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl Canary {
    pub(crate) fn new(topic_arn: String, config: SdkConfig) -> Canary {
        Canary { topic_arn, config, client: OnceLock::new() }
    }

    /// The subscriptions of the topic that nobody has confirmed; 1 if nobody is subscribed at all. SNS has no metric for it.
    ///
    /// # Errors
    /// Says why they cannot be listed, and what to allow.
    pub(crate) async fn unconfirmed_subscriptions(&self) -> Result<u64, String> {
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let (mut states, mut token) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let call = client.list_subscriptions_by_topic().topic_arn(&self.topic_arn).set_next_token(token);
            let page = call.send().await.map_err(|error| {
                format!(
                    "cannot list the subscriptions of `{}`, so that nobody learns if one is unconfirmed: {}; allow \
                     `sns:ListSubscriptionsByTopic` to the role of this function, for a topic of another account also in \
                     the policy of the topic",
                    self.topic_arn,
                    describe(&error)
                )
            })?;
            states.extend(page.subscriptions.unwrap_or_default().into_iter().filter_map(|one| one.subscription_arn));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Ok(unconfirmed(&states))
    }
}

/// The number of subscriptions that are pending; 1 if none is confirmed.
fn unconfirmed(arns: &[String]) -> u64 {
    let pending = arns.iter().filter(|arn| *arn == PENDING).count() as u64;
    // a deleted one is listed for a while as `Deleted`
    let confirmed = arns.iter().any(|arn| arn.starts_with("arn:"));
    if confirmed { pending } else { pending.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_subscriptions_count_and_so_does_a_topic_without_a_subscriber() {
        let confirmed = "arn:aws:sns:eu-west-1:111122223333:sealwatch-findings:0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06";
        for (arns, want) in [
            (&[confirmed][..], 0),
            (&[confirmed, confirmed], 0),
            (&[confirmed, PENDING], 1),
            (&[PENDING, PENDING], 2),
            (&[PENDING], 1),
            (&["Deleted"], 1),
            (&[confirmed, "Deleted"], 0),
            (&[], 1),
        ] {
            let arns: Vec<String> = arns.iter().map(|arn| (*arn).to_owned()).collect();
            assert_eq!(unconfirmed(&arns), want, "{arns:?}");
        }
    }
}
