//! The three edges of a function: it looks up, schedules re-checks and publishes. One function also hears signals.

use aws_config::SdkConfig;
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::output::sns::Notification;
use sealwatch_rules::util::time::Seconds;
use sealwatch_rules::{Change, Facts, Settings};

use crate::environment::{LookupRoles, Schedules};
use crate::ledger::{Store, Table};
use crate::lookups::{Lookups, Service};
use crate::publish::Publisher;
use crate::schedule::{Recheck, Scheduler};
use crate::signals::Signals;

/// What a function does outside of itself. Tests put a fake in its place.
pub(crate) trait Edges {
    /// What remembers what was told.
    type Ledger: Store;

    /// The facts that these rules need. `own_account` is the account that the function runs in.
    ///
    /// # Errors
    /// Says why AWS did not respond.
    async fn look_up(
        &self,
        change: &Change<'_>,
        settings: &Settings,
        phase: Phase,
        own_account: &str,
    ) -> Result<Facts, String>;

    /// Schedules a re-check; a second time for the same one is not an error.
    ///
    /// # Errors
    /// Says why there is no schedule.
    async fn schedule(&self, recheck: &Recheck<'_>) -> Result<(), String>;

    /// Schedules an event for this function; a second time for the same name is not an error.
    ///
    /// # Errors
    /// Says why there is no schedule.
    async fn send(&self, name: &str, at: Seconds, function_arn: &str, input: String) -> Result<(), String>;

    /// Publishes a notification.
    ///
    /// # Errors
    /// Says why it is not published.
    async fn publish(&self, notification: Notification) -> Result<(), String>;

    /// The ledger; `None` if the deployment has none.
    fn ledger(&self) -> Option<&Self::Ledger>;

    /// What hears the signals of the deployment; `None` for all functions but one.
    fn signals(&self) -> Option<&(dyn Signals + Send + Sync)> {
        None
    }
}

/// AWS.
pub(crate) struct AwsEdges {
    lookups: Lookups,
    /// `None` if nothing is ever re-checked.
    scheduler: Option<Scheduler>,
    publisher: Publisher,
    signals: Option<Box<dyn Signals + Send + Sync>>,
    ledger: Option<Table>,
}

impl AwsEdges {
    /// Look-ups at these services, in other accounts as `lookup_roles`; notifications to this topic.
    pub(crate) fn new(
        services: &'static [&'static Service],
        lookup_roles: LookupRoles,
        schedules: Option<Schedules>,
        topic_arn: String,
        signals: Option<Box<dyn Signals + Send + Sync>>,
        ledger: Option<Table>,
        config: SdkConfig,
    ) -> AwsEdges {
        AwsEdges {
            lookups: Lookups::new(services, config.clone(), lookup_roles),
            scheduler: schedules.map(|schedules| Scheduler::new(schedules, config.clone())),
            publisher: Publisher::new(topic_arn, config),
            signals,
            ledger,
        }
    }
}

impl Edges for AwsEdges {
    type Ledger = Table;

    async fn look_up(
        &self,
        change: &Change<'_>,
        settings: &Settings,
        phase: Phase,
        own_account: &str,
    ) -> Result<Facts, String> {
        self.lookups.facts(change, settings, phase, own_account).await
    }

    async fn schedule(&self, recheck: &Recheck<'_>) -> Result<(), String> {
        match &self.scheduler {
            Some(scheduler) => scheduler.schedule(recheck).await,
            None => Err(format!("the detector {} has no calls that settle", recheck.detector)),
        }
    }

    async fn send(&self, name: &str, at: Seconds, function_arn: &str, input: String) -> Result<(), String> {
        match &self.scheduler {
            Some(scheduler) => scheduler.send(name, at, function_arn, input).await,
            None => Err("the three SEALWATCH_SCHEDULE_* variables are not set".to_owned()),
        }
    }

    async fn publish(&self, notification: Notification) -> Result<(), String> {
        self.publisher.publish(notification).await
    }

    fn ledger(&self) -> Option<&Table> {
        self.ledger.as_ref()
    }

    fn signals(&self) -> Option<&(dyn Signals + Send + Sync)> {
        self.signals.as_deref()
    }
}
