//! Re-checks: a one-time schedule sends the same event to the function again after the settle time.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use sealwatch_rules::cloudtrail::json_error::words;
use sealwatch_rules::engine::finding::digest;
use sealwatch_rules::util::time::{Seconds, written};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::aws_error::describe;
use crate::environment::Schedules;

/// The member of an event that holds the number of its re-check: `"sealwatch": {"recheck": 1}`. An event from EventBridge
/// never has it, because AWS writes all members except `detail`. Someone who may invoke the function gains nothing by
/// adding it.
const MARK: &str = "sealwatch";

/// The largest input of a schedule.
///
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html>
const MAX_INPUT_BYTES: usize = 256 * 1024;

/// A schedule that cannot reach the function stops trying after this time, and the event goes to the dead-letter queue.
const MAX_EVENT_AGE_SECONDS: i32 = 3600;
const MAX_RETRIES: i32 = 10;

/// The longest name of a schedule.
const MAX_NAME_LENGTH: usize = 64;

/// A re-check to schedule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recheck<'a> {
    pub(crate) detector: &'a str,
    pub(crate) event_id: &'a str,
    /// The event, or the record, as it was received.
    pub(crate) text: &'a str,
    /// Its number, from 1.
    pub(crate) attempt: u8,
    pub(crate) at: Seconds,
    /// The function that evaluates it.
    pub(crate) function_arn: &'a str,
}

#[derive(Deserialize)]
struct Marked {
    #[serde(rename = "sealwatch")]
    mark: Option<Mark>,
}

#[derive(Deserialize)]
struct Mark {
    #[serde(default)]
    recheck: u8,
    /// The name of a message that gathers what the ledger keeps for it.
    #[serde(default)]
    message: Option<String>,
}

/// The number of the re-check that an event is; 0 for an event that comes for the first time.
pub(crate) fn attempt(text: &str) -> u8 {
    serde_json::from_str::<Marked>(text).ok().and_then(|marked| marked.mark).map_or(0, |mark| mark.recheck)
}

/// The message that an event asks for, if it is no call but the end of a storm.
pub(crate) fn message(text: &str) -> Option<String> {
    let is_marked = text.starts_with("{\"sealwatch\":{\"message\":");
    serde_json::from_str::<Marked>(text).ok().filter(|_| is_marked)?.mark?.message
}

/// The event that asks for a message.
pub(crate) fn asking_for(message: &str) -> String {
    json!({MARK: {"message": message}}).to_string()
}

/// The event with the number of its re-check.
fn with_attempt(text: &str, attempt: u8) -> Result<String, serde_json::Error> {
    let mut event: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
    event.insert(MARK.to_owned(), to_raw_value(&json!({"recheck": attempt}))?);
    serde_json::to_string(&event)
}

impl Recheck<'_> {
    /// The name of the schedule: the same for the same re-check of the same event.
    pub(crate) fn name(&self) -> String {
        let Recheck { detector, event_id, text, attempt, .. } = self;
        let name = format!("{detector}-{attempt}-{event_id}");
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        match !event_id.is_empty() && name.len() <= MAX_NAME_LENGTH && name.bytes().all(allowed) {
            true => name,
            false => {
                let without_id = if event_id.is_empty() { text } else { "" };
                format!("{detector}-{attempt}-{}", digest(&[event_id, without_id]))
            }
        }
    }

    /// The event that the schedule sends.
    fn input(&self) -> Result<String, String> {
        let input = with_attempt(self.text, self.attempt).map_err(|error| {
            format!("cannot schedule a re-check: the event is not a JSON object: {}", words(&error))
        })?;
        match input.len() <= MAX_INPUT_BYTES {
            true => Ok(input),
            false => Err(format!(
                "cannot schedule a re-check: the event has {} bytes, the limit of a schedule is {MAX_INPUT_BYTES}; \
                 evaluate it with `sealwatch replay --live`",
                input.len()
            )),
        }
    }
}

/// Creates schedules. Its client is created at the first re-check.
#[derive(Debug)]
pub(crate) struct Scheduler {
    schedules: Schedules,
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl Scheduler {
    pub(crate) fn new(schedules: Schedules, config: SdkConfig) -> Scheduler {
        Scheduler { schedules, config, client: OnceLock::new() }
    }

    /// Creates a schedule, unless the same event has created it already.
    ///
    /// # Errors
    /// Says why there is no schedule, and what to allow.
    pub(crate) async fn schedule(&self, recheck: &Recheck<'_>) -> Result<(), String> {
        self.send(&recheck.name(), recheck.at, recheck.function_arn, recheck.input()?).await
    }

    /// Creates a schedule that sends this input to a function once, unless there is one of this name.
    ///
    /// # Errors
    /// As [`Scheduler::schedule`].
    pub(crate) async fn send(&self, name: &str, at: Seconds, function_arn: &str, input: String) -> Result<(), String> {
        let at = written(at);
        let target = self.target(function_arn, input).map_err(|error| error.to_string())?;
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        // The SDK sends a new client token with each call, so only the name shows that a schedule exists already.
        let call = self
            .client
            .get_or_init(|| Client::new(&self.config))
            .create_schedule()
            .name(name)
            .group_name(&self.schedules.group)
            .schedule_expression(format!("at({})", at.trim_end_matches('Z')))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window.map_err(|error| error.to_string())?)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConflictException") => Ok(()),
            Err(error) => Err(format!(
                "cannot create a schedule in the group `{}`: {}{}",
                self.schedules.group,
                describe(&error),
                self.advice(error.code())
            )),
        }
    }

    fn target(&self, function_arn: &str, input: String) -> Result<Target, BuildError> {
        let retry = RetryPolicy::builder()
            .maximum_event_age_in_seconds(MAX_EVENT_AGE_SECONDS)
            .maximum_retry_attempts(MAX_RETRIES);
        Target::builder()
            .arn(function_arn)
            .role_arn(&self.schedules.role_arn)
            .input(input)
            .retry_policy(retry.build())
            .dead_letter_config(DeadLetterConfig::builder().arn(&self.schedules.dead_letter_arn).build())
            .build()
    }

    /// What to do about an error code.
    fn advice(&self, code: Option<&str>) -> String {
        match code {
            Some("AccessDeniedException") => format!(
                "; allow `scheduler:CreateSchedule` on the group and `iam:PassRole` on `{}`",
                self.schedules.role_arn
            ),
            Some("ResourceNotFoundException") => "; create the group".to_owned(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(event_id: &str, text: &str) -> String {
        let recheck = Recheck { detector: "kms-key-lifecycle", event_id, text, attempt: 1, at: 0, function_arn: "" };
        recheck.name()
    }

    #[test]
    fn a_name_is_unique_to_its_event_and_valid() {
        let id = "e2e0c0de-0000-4000-8000-000000000001";
        assert_eq!(name(id, ""), format!("kms-key-lifecycle-1-{id}"));
        let long = "x".repeat(65);
        let names = [long.as_str(), "a b", "a/b", "ä", ""].map(|id| name(id, "{}"));
        for name in &names {
            let valid = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            assert!(name.len() <= MAX_NAME_LENGTH && valid, "{name}");
        }
        assert!((1..names.len()).all(|end| !names[..end].contains(&names[end])), "{names:?}");
        assert_ne!(name("", "{}"), name("", "[]"), "events without an id differ by their text");
    }

    #[test]
    fn a_duplicate_event_has_the_same_name_and_the_next_attempt_another() {
        let recheck = Recheck { detector: "d", event_id: "e", text: "{}", attempt: 1, at: 100, function_arn: "" };
        assert_eq!(recheck.name(), Recheck { at: 130, ..recheck }.name());
        assert_ne!(recheck.name(), Recheck { attempt: 2, ..recheck }.name());
    }

    #[test]
    fn a_schedule_sends_the_event_with_its_attempt_if_it_fits() {
        let input =
            |text: &str| Recheck { detector: "d", event_id: "e", text, attempt: 2, at: 0, function_arn: "" }.input();
        assert_eq!(input(r#"{"id":"1"}"#).unwrap(), r#"{"id":"1","sealwatch":{"recheck":2}}"#);
        let of_size = |size: usize| format!(r#"{{"id":"{}"}}"#, "x".repeat(size));
        let rest = input(&of_size(0)).unwrap().len();
        assert_eq!(input(&of_size(MAX_INPUT_BYTES - rest)).map(|input| input.len()), Ok(MAX_INPUT_BYTES));
        let too_large = input(&of_size(MAX_INPUT_BYTES - rest + 1)).unwrap_err();
        assert!(too_large.contains(&format!("the limit of a schedule is {MAX_INPUT_BYTES};")), "{too_large}");
        assert!(input("[]").unwrap_err().starts_with("cannot schedule a re-check: the event is not a JSON object"));
    }

    #[test]
    fn the_attempt_is_written_and_read_and_nothing_else_changes() {
        let text = r#"{"detail":{"eventName":"CreateStream","big":12345678901234567890.10},"id":"1"}"#;
        assert_eq!(attempt(text), 0);
        let first = with_attempt(text, 1).unwrap();
        assert_eq!(
            first,
            r#"{"detail":{"eventName":"CreateStream","big":12345678901234567890.10},"id":"1","sealwatch":{"recheck":1}}"#
        );
        assert_eq!((attempt(&first), attempt(&with_attempt(&first, 2).unwrap())), (1, 2));
        for forged in [
            r#"{"sealwatch":{"recheck":-1}}"#,
            r#"{"sealwatch":7}"#,
            r#"{"sealwatch":{"recheck":1},"sealwatch":{"recheck":1}}"#,
        ] {
            assert_eq!(attempt(forged), 0, "{forged}");
        }
    }
}
