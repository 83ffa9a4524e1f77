//! Re-checks: the same event comes back after the settle time, by a one-time schedule.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::ProvideErrorMetadata;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use sealwatch_rules::finding::digest;
use sealwatch_rules::time::{Seconds, written};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::problem::explained;

/// The number of the last re-check: what is unsettled then is judged as it is.
pub(crate) const LAST: u8 = 3;

/// The member of an event that says how often it came back: `"sealwatch": {"recheck": 1}`. An event of EventBridge never
/// has it, since AWS makes all members beside `detail`; whoever may invoke the function gains nothing by writing it.
const MARK: &str = "sealwatch";

/// A schedule carries no more.
///
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html>
const MOST_BYTES: usize = 256 * 1024;

/// A schedule that cannot reach the function is given up after this long, and the event goes to the dead-letter queue.
const GIVEN_UP_AFTER_SECONDS: i32 = 3600;
const TRIES: i32 = 10;

/// The names of schedules end here.
const MOST_LETTERS: usize = 64;

/// A schedule in the past is refused, and making one takes a moment.
const AHEAD: Seconds = 2;

/// Where schedules are made, and as whom they act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedules {
    pub(crate) group: String,
    pub(crate) role_arn: String,
    pub(crate) dead_letter_arn: String,
}

/// A re-check to be made.
#[derive(Debug)]
pub(crate) struct Recheck<'a> {
    pub(crate) detector: &'a str,
    pub(crate) event_id: &'a str,
    /// The event, or the record, as it came.
    pub(crate) text: &'a str,
    /// Its number, from 1.
    pub(crate) attempt: u8,
    pub(crate) at: Seconds,
    /// The function to come back to.
    pub(crate) function_arn: &'a str,
}

#[derive(Deserialize)]
struct Marked {
    #[serde(rename = "sealwatch")]
    mark: Option<Mark>,
}

#[derive(Deserialize)]
struct Mark {
    recheck: u8,
}

/// How often an event has come back; 0 for one that is heard of for the first time.
pub(crate) fn attempt(text: &str) -> u8 {
    serde_json::from_str::<Marked>(text).ok().and_then(|marked| marked.mark).map_or(0, |mark| mark.recheck)
}

/// When a call has settled: the settle time after the call itself, however late its event comes; none where that is over.
pub(crate) fn due(event_time: Option<Seconds>, settle: u64, now: Seconds) -> Option<Seconds> {
    let later = now.saturating_add_unsigned(settle);
    let due = event_time.map_or(later, |time| time.saturating_add_unsigned(settle).min(later));
    (due > now).then_some(due)
}

/// The event with its mark.
fn marked(text: &str, attempt: u8) -> Result<String, serde_json::Error> {
    let mut event: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
    event.insert(MARK.to_owned(), to_raw_value(&json!({"recheck": attempt}))?);
    serde_json::to_string(&event)
}

/// A name that the same re-check of the same event has again.
fn name(recheck: &Recheck<'_>) -> String {
    let Recheck { detector, event_id, text, attempt, .. } = recheck;
    let name = format!("{detector}-{attempt}-{event_id}");
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match !event_id.is_empty() && name.len() <= MOST_LETTERS && name.bytes().all(fits) {
        true => name,
        false => format!("{detector}-{attempt}-{}", digest(&[event_id, if event_id.is_empty() { text } else { "" }])),
    }
}

/// The Scheduler, made when the first configuration has to settle.
#[derive(Debug)]
pub(crate) struct Scheduler {
    schedules: Schedules,
    client: OnceLock<Client>,
}

impl Scheduler {
    pub(crate) fn new(schedules: Schedules) -> Scheduler {
        Scheduler { schedules, client: OnceLock::new() }
    }

    /// Makes a schedule; one that the same event has made already is as good.
    ///
    /// # Errors
    /// Says why it could not be made; the event is then tried again.
    pub(crate) async fn recheck(&self, recheck: &Recheck<'_>, now: Seconds, config: &SdkConfig) -> Result<(), String> {
        let Schedules { group, role_arn, dead_letter_arn } = &self.schedules;
        let input =
            marked(recheck.text, recheck.attempt).map_err(|error| format!("the event cannot be sent back: {error}"))?;
        if input.len() > MOST_BYTES {
            return Err(format!(
                "the event has {} bytes, and a schedule carries {MOST_BYTES} at most: judge it with `sealwatch replay --live`",
                input.len()
            ));
        }
        let at = written(recheck.at.max(now + AHEAD));
        let target = Target::builder()
            .arn(recheck.function_arn)
            .role_arn(role_arn)
            .input(input)
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_event_age_in_seconds(GIVEN_UP_AFTER_SECONDS)
                    .maximum_retry_attempts(TRIES)
                    .build(),
            )
            .dead_letter_config(DeadLetterConfig::builder().arn(dead_letter_arn).build())
            .build()
            .map_err(|error| error.to_string())?;
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        // The SDK makes a client token of its own for each call: the name is what tells duplicates.
        let call = self
            .client
            .get_or_init(|| Client::new(config))
            .create_schedule()
            .name(name(recheck))
            .group_name(group)
            .schedule_expression(format!("at({})", at.trim_end_matches('Z')))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window.map_err(|error| error.to_string())?)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConflictException") => Ok(()),
            Err(error) => {
                let allow = match error.code() {
                    Some("AccessDeniedException") => {
                        format!("; allow `scheduler:CreateSchedule` on the group and `iam:PassRole` on `{role_arn}`")
                    }
                    Some("ResourceNotFoundException") => "; create the group".to_owned(),
                    _ => String::new(),
                };
                Err(format!("no schedule could be made in the group `{group}`: {}{allow}", explained(&error)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recheck<'a>(event_id: &'a str, text: &'a str) -> Recheck<'a> {
        Recheck { detector: "kms-key-lifecycle", event_id, text, attempt: 1, at: 0, function_arn: "" }
    }

    #[test]
    fn a_name_is_the_events_own_and_one_that_the_scheduler_takes() {
        let id = "e2e0c0de-0000-4000-8000-000000000001";
        assert_eq!(name(&recheck(id, "")), format!("kms-key-lifecycle-1-{id}"));
        let long = "x".repeat(65);
        let names = [long.as_str(), "a b", "a/b", "ä", ""].map(|id| name(&recheck(id, "{}")));
        for name in &names {
            assert!(
                name.len() <= MOST_LETTERS && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                "{name}"
            );
        }
        assert!((1..names.len()).all(|end| !names[..end].contains(&names[end])), "{names:?}");
        assert_ne!(name(&recheck("", "{}")), name(&recheck("", "[]")), "events without an id are told by their text");
    }

    #[test]
    fn the_mark_goes_round_and_changes_nothing_else() {
        let text = r#"{"detail":{"eventName":"CreateStream","big":12345678901234567890.10},"id":"1"}"#;
        assert_eq!(attempt(text), 0);
        let once = marked(text, 1).unwrap();
        assert_eq!(
            once,
            r#"{"detail":{"eventName":"CreateStream","big":12345678901234567890.10},"id":"1","sealwatch":{"recheck":1}}"#
        );
        assert_eq!((attempt(&once), attempt(&marked(&once, 2).unwrap())), (1, 2));
        for forged in [
            r#"{"sealwatch":{"recheck":-1}}"#,
            r#"{"sealwatch":7}"#,
            r#"{"sealwatch":{"recheck":1},"sealwatch":{"recheck":1}}"#,
        ] {
            assert_eq!(attempt(forged), 0, "{forged}");
        }
    }

    #[test]
    fn the_settle_time_counts_from_the_call_and_never_beyond_it_from_now() {
        let now = 1_000_000;
        assert_eq!(due(Some(now - 10), 300, now), Some(now + 290));
        assert_eq!(due(Some(now - 300), 300, now), None, "it has settled by now");
        assert_eq!(due(Some(now - 4000), 300, now), None);
        assert_eq!(due(Some(now + 4000), 300, now), Some(now + 300), "a clock that is ahead");
        assert_eq!(due(None, 300, now), Some(now + 300));
    }
}
