//! Heartbeats of a hub's members: once a day a schedule in each member sets a tag of the member's own rule. The call has to
//! come back through the member's trail, its rule and the hub's bus.
//!
//! The hub keeps a dead man's switch for each member: a one-time schedule that notifies the operations topic. Each heartbeat
//! moves it to a later time, so it only ever runs for a member that is no longer heard.

use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::aws::partition::is_region;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::util::time::{Seconds, written};

use crate::aws_error::describe;
use crate::environment::Schedules;

/// The key of the tag. Its value is the time of the schedule.
const TAG: &str = "sealwatch-heartbeat";

/// A member is silent if it is not heard for this time: a day, and two hours for events that are late.
pub const PATIENCE: Seconds = 26 * 3600;

/// How the name of a member's schedule begins. Its account id follows.
pub const SCHEDULE_PREFIX: &str = "silent-";

/// A member that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// The member whose heartbeat a record is; `None` if it is none.
///
/// The account is that of the event, which AWS sets: a member cannot send the heartbeat of another.
pub(crate) fn member(record: &Record<'_>) -> Option<Member> {
    let named = record.event_source() == "events.amazonaws.com" && record.event_name() == "TagResource";
    if !named || record.error_code().is_some() || !record.is_management_event() {
        return None;
    }
    let payload = record.payload().ok()?;
    let tags = payload.request().get("tags").value()?.as_array()?;
    let ours = tags.iter().any(|tag| tag.get("key").and_then(serde_json::Value::as_str) == Some(TAG));
    let account = record.delivering_account().filter(|account| is_account(account))?;
    let region = record.region();
    (ours && is_region(&region)).then(|| Member { account: account.into_owned(), region: region.into_owned() })
}

impl Member {
    /// The name of its schedule.
    fn schedule_name(&self) -> String {
        format!("{SCHEDULE_PREFIX}{}", self.account)
    }

    /// What people get if it is not heard again.
    fn message(&self, hub: &str, heard: Seconds) -> String {
        let Member { account, region } = self;
        let heard = written(heard);
        format!(
            "Sealwatch ({hub}) has not heard of account {account} in {region} since {heard}, which is more than a day. Calls \
             in that account are probably not evaluated: its trail, the rule {hub}-forward or the role of that rule may be \
             disabled or deleted. What to do: docs/organizations.md, \"What if a member is silent?\""
        )
    }
}

/// Keeps the schedules of silent members.
#[derive(Debug)]
pub(crate) struct DeadMansSwitch {
    schedules: Schedules,
    topic_arn: String,
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl DeadMansSwitch {
    pub(crate) fn new(schedules: Schedules, topic_arn: String, config: SdkConfig) -> DeadMansSwitch {
        DeadMansSwitch { schedules, topic_arn, config, client: OnceLock::new() }
    }

    /// Moves the schedule of a member to a later time, or creates it for a new member.
    ///
    /// # Errors
    /// Says why there is no schedule, and what to allow.
    pub(crate) async fn expect(&self, member: &Member, now: Seconds) -> Result<(), String> {
        let name = member.schedule_name();
        let at = written(now + PATIENCE);
        let expression = format!("at({})", at.trim_end_matches('Z'));
        let target = self.target(member.message(&self.schedules.group, now)).map_err(|error| error.to_string())?;
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        let window = window.map_err(|error| error.to_string())?;
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let update = client
            .update_schedule()
            .name(&name)
            .group_name(&self.schedules.group)
            .schedule_expression(&expression)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window.clone())
            // it stays after it ran: the list of schedules is the list of members, and says since when one is silent
            .action_after_completion(ActionAfterCompletion::None)
            .target(target.clone());
        match update.send().await {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {}
            Err(error) => return Err(self.failed("update", &name, &error)),
        }
        let create = client
            .create_schedule()
            .name(&name)
            .group_name(&self.schedules.group)
            .schedule_expression(&expression)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window)
            .action_after_completion(ActionAfterCompletion::None)
            .target(target);
        match create.send().await {
            Ok(_) => Ok(()),
            // another heartbeat of the same member was faster
            Err(error) if error.code() == Some("ConflictException") => Ok(()),
            Err(error) => Err(self.failed("create", &name, &error)),
        }
    }

    /// The operations topic. Its message is the input of the schedule as it is.
    ///
    /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html>
    fn target(&self, message: String) -> Result<Target, BuildError> {
        Target::builder()
            .arn(&self.topic_arn)
            .role_arn(&self.schedules.role_arn)
            .input(message)
            .dead_letter_config(DeadLetterConfig::builder().arn(&self.schedules.dead_letter_arn).build())
            .build()
    }

    fn failed<E: ProvideErrorMetadata + std::error::Error>(&self, verb: &str, name: &str, error: &E) -> String {
        let Schedules { group, role_arn, .. } = &self.schedules;
        let advice = match error.code() {
            Some("AccessDeniedException") => format!(
                "; allow `scheduler:CreateSchedule` and `scheduler:UpdateSchedule` on the group and `iam:PassRole` on `{role_arn}`"
            ),
            _ => String::new(),
        };
        format!("cannot {verb} the schedule `{name}` in the group `{group}`: {}{advice}", describe(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_who_is_silent_since_when_what_follows_and_what_to_do() {
        let member = Member { account: "444455556666".to_owned(), region: "eu-west-1".to_owned() };
        assert_eq!(member.schedule_name(), "silent-444455556666");
        assert_eq!(
            member.message("sealwatch", 1_777_636_800),
            "Sealwatch (sealwatch) has not heard of account 444455556666 in eu-west-1 since 2026-05-01T12:00:00Z, which is more \
             than a day. Calls in that account are probably not evaluated: its trail, the rule sealwatch-forward or the role of \
             that rule may be disabled or deleted. What to do: docs/organizations.md, \"What if a member is silent?\""
        );
    }
}
