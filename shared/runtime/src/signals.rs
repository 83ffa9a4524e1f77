//! What the deployment says about itself, through the same path as the calls of people: the canary of the function's own
//! account and, in a hub, the heartbeats of the members. Nothing is published for them.
//!
//! One function has this, [`KMS_KEY_LIFECYCLE`]: the binaries of the others do not hold its code.

use std::pin::Pin;
use std::time::SystemTime;

use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::util::time::Seconds;

use crate::canary::{self, Canary};
use crate::clock::lag;
use crate::environment::Deployment;
use crate::heartbeat::{self, DeadMansSwitch};
use crate::metrics::Counts;

/// Creates what hears signals.
#[derive(Debug)]
pub struct Connect(pub(crate) fn(Deployment) -> Box<dyn Signals + Send + Sync>);

/// The signals that the function `kms-key-lifecycle` hears.
pub static KMS_KEY_LIFECYCLE: Connect = Connect(|deployment| {
    let switch = deployment.schedules.zip(deployment.operations_topic_arn);
    Box::new(Ear {
        canary: Canary::new(deployment.topic_arn, deployment.config.clone()),
        switch: switch.map(|(schedules, topic_arn)| DeadMansSwitch::new(schedules, topic_arn, deployment.config)),
    })
});

/// What was done about a record that is a signal, or why that failed; `None` if it is none.
pub(crate) type Heard = Option<Result<String, String>>;

/// A future of a trait object.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Hears signals.
pub(crate) trait Signals {
    /// Handles a record if it is a signal. `own_account` is the account that the function runs in.
    fn hear<'a>(
        &'a self,
        record: &'a Record<'a>,
        own_account: &'a str,
        now: Seconds,
        counts: &'a mut Counts,
    ) -> Pending<'a, Heard>;
}

/// What signals make a function do. Tests put a fake in its place.
pub(crate) trait Reactions {
    /// The subscriptions of the topic for findings that nobody has confirmed; 1 if nobody is subscribed at all.
    ///
    /// # Errors
    /// Says why they cannot be listed, and what to allow.
    fn unconfirmed_subscriptions(&self) -> impl Future<Output = Result<u64, String>> + Send;

    /// Has people notified at a later time, unless the member is heard again before. `None` if this is not a hub.
    ///
    /// # Errors
    /// Says why there is no schedule, and what to allow.
    fn expect(
        &self,
        member: &heartbeat::Member,
        now: Seconds,
    ) -> impl Future<Output = Option<Result<(), String>>> + Send;
}

struct Ear {
    canary: Canary,
    /// `None` if this is not a hub.
    switch: Option<DeadMansSwitch>,
}

impl Reactions for Ear {
    async fn unconfirmed_subscriptions(&self) -> Result<u64, String> {
        self.canary.unconfirmed_subscriptions().await
    }

    async fn expect(&self, member: &heartbeat::Member, now: Seconds) -> Option<Result<(), String>> {
        match &self.switch {
            Some(switch) => Some(switch.expect(member, now).await),
            None => None,
        }
    }
}

impl<T: Reactions + Sync> Signals for T {
    fn hear<'a>(
        &'a self,
        record: &'a Record<'a>,
        own_account: &'a str,
        now: Seconds,
        counts: &'a mut Counts,
    ) -> Pending<'a, Heard> {
        Box::pin(async move {
            if canary::is_canary(record, own_account) {
                counts.canary_heard += 1;
                counts.canary_delay = lag(&record.event_time(), SystemTime::now());
                match self.unconfirmed_subscriptions().await {
                    Ok(unconfirmed) => counts.unconfirmed_subscriptions += unconfirmed,
                    Err(problem) => tracing::warn!("{problem}"),
                }
                return Some(Ok("heard the canary".to_owned()));
            }
            let member = heartbeat::member(record)?;
            let expected = self.expect(&member, now).await?;
            match expected {
                Ok(()) => counts.heartbeats += 1,
                Err(_) => counts.schedule_failures += 1,
            }
            Some(expected.map(|()| format!("heard the member {}", member.account)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::Mutex;

    use serde_json::{Value, json};

    const OWN: &str = "999900001111";
    const NOW: Seconds = 1_777_636_800; // 2026-05-01T12:00:00Z

    struct Fake {
        unconfirmed: Result<u64, String>,
        /// `None` if this is not a hub.
        schedule: Option<Result<(), String>>,
        expected: Mutex<Vec<(String, Seconds)>>,
    }

    impl Reactions for Fake {
        async fn unconfirmed_subscriptions(&self) -> Result<u64, String> {
            self.unconfirmed.clone()
        }

        async fn expect(&self, member: &heartbeat::Member, now: Seconds) -> Option<Result<(), String>> {
            self.expected.lock().unwrap().push((member.account.clone(), now));
            self.schedule.clone()
        }
    }

    fn fake() -> Fake {
        Fake { unconfirmed: Ok(0), schedule: Some(Ok(())), expected: Mutex::default() }
    }

    fn hear(fake: &Fake, event: &Value) -> (Heard, Counts) {
        let (text, mut counts) = (event.to_string(), Counts::default());
        let record = Record::parse(&text).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let heard = runtime.block_on(fake.hear(&record, OWN, NOW, &mut counts));
        (heard, counts)
    }

    fn call(account: &str, source: &str, name: &str, request: &Value) -> Value {
        let detail = json!({
            "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "eventTime": "2026-05-01T11:59:50Z",
            "awsRegion": "eu-west-1", "recipientAccountId": account, "requestParameters": request,
        });
        json!({"source": format!("aws.{source}"), "account": account, "region": "eu-west-1", "detail": detail})
    }

    fn canary(account: &str, description: &str) -> Value {
        call(account, "kms", "UpdateKeyDescription", &json!({"keyId": "k", "description": description}))
    }

    fn heartbeat(account: &str, tag: &str) -> Value {
        let rule = format!("arn:aws:events:eu-west-1:{account}:rule/sealwatch-forward");
        let tags = json!([{"key": tag, "value": "2026-05-01T11:59:50Z"}]);
        call(account, "events", "TagResource", &json!({"resourceARN": rule, "tags": tags}))
    }

    #[test]
    fn the_canary_is_counted_with_its_delay() {
        let (heard, counts) = hear(&fake(), &canary(OWN, "sealwatch canary 2026-05-01T11:59:00Z"));
        assert_eq!(heard, Some(Ok("heard the canary".to_owned())));
        assert_eq!((counts.canary_heard, counts.unconfirmed_subscriptions), (1, 0));
        assert!(counts.canary_delay.is_some());
    }

    #[test]
    fn the_canary_counts_unconfirmed_subscriptions_and_is_heard_without_them() {
        let event = canary(OWN, "sealwatch canary x");
        let unconfirmed = Fake { unconfirmed: Ok(2), ..fake() };
        assert_eq!(hear(&unconfirmed, &event).1.unconfirmed_subscriptions, 2);
        let denied = Fake { unconfirmed: Err("denied".to_owned()), ..fake() };
        let (heard, counts) = hear(&denied, &event);
        assert!(heard.unwrap().is_ok());
        assert_eq!((counts.canary_heard, counts.unconfirmed_subscriptions), (1, 0));
    }

    #[test]
    fn what_only_looks_like_the_canary_is_no_signal() {
        let mut failed = canary(OWN, "sealwatch canary x");
        failed["detail"]["errorCode"] = json!("AccessDenied");
        let mut other_service = canary(OWN, "sealwatch canary x");
        other_service["detail"]["eventSource"] = json!("acm.amazonaws.com");
        let without_request = call(OWN, "kms", "UpdateKeyDescription", &Value::Null);
        for event in [
            canary("444455556666", "sealwatch canary x"),
            canary(OWN, "Sealwatch canary x"),
            canary(OWN, "orders"),
            call(OWN, "kms", "UpdateAlias", &json!({"description": "sealwatch canary x"})),
            failed,
            other_service,
            without_request,
        ] {
            let (heard, counts) = hear(&fake(), &event);
            assert_eq!((heard, counts.canary_heard), (None, 0), "{event}");
        }
    }

    #[test]
    fn a_heartbeat_is_expected_again() {
        let fake = fake();
        let (heard, counts) = hear(&fake, &heartbeat("444455556666", "sealwatch-heartbeat"));
        assert_eq!((heard, counts.heartbeats), (Some(Ok("heard the member 444455556666".to_owned())), 1));
        assert_eq!(fake.expected.into_inner().unwrap(), [("444455556666".to_owned(), NOW)]);
    }

    #[test]
    fn a_heartbeat_that_cannot_be_scheduled_fails_and_one_outside_a_hub_is_no_signal() {
        let event = heartbeat("444455556666", "sealwatch-heartbeat");
        let failing = Fake { schedule: Some(Err("denied".to_owned())), ..fake() };
        let (heard, counts) = hear(&failing, &event);
        assert_eq!((heard, counts.heartbeats, counts.schedule_failures), (Some(Err("denied".to_owned())), 0, 1));
        let no_hub = Fake { schedule: None, ..fake() };
        assert_eq!(hear(&no_hub, &event).0, None);
    }

    #[test]
    fn the_account_of_a_heartbeat_is_the_one_that_aws_wrote() {
        let mut forged = heartbeat("444455556666", "sealwatch-heartbeat");
        forged["detail"]["recipientAccountId"] = json!("777788889999");
        let fake = fake();
        assert!(hear(&fake, &forged).0.is_some());
        assert_eq!(fake.expected.lock().unwrap()[0].0, "444455556666");
        for account in [json!("4444"), json!("../444455556"), json!(""), json!(7), Value::Null] {
            let mut event = forged.clone();
            event["account"] = account;
            assert_eq!(hear(&fake, &event).0, None, "{event}");
        }
        for other in
            [heartbeat("444455556666", "team"), call("444455556666", "events", "TagResource", &json!({"tags": 7}))]
        {
            assert_eq!(hear(&fake, &other).0, None, "{other}");
        }
    }
}
