//! One event: read, look up, judge, publish, count.

use lambda_runtime::{Diagnostic, LambdaEvent};
use sealwatch_rules::arn::Arn;
use sealwatch_rules::change::Change;
use sealwatch_rules::detector::{Detector, Skipped};
use sealwatch_rules::facts::Facts;
use sealwatch_rules::input::{self, Found};
use sealwatch_rules::judge::{Part, judge_part, unsettled};
use sealwatch_rules::notification::notification;
use sealwatch_rules::record::Record;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;
use sealwatch_rules::time;
use serde_json::value::RawValue;

use crate::clients::Clients;
use crate::lookup::LookUps;
use crate::metrics::{Counts, lag, now};
use crate::publish::publish;
use crate::schedule::{self, Recheck, Scheduler};

/// A function at work.
pub(crate) struct Function {
    pub(crate) detector: &'static Detector,
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) topic_arn: String,
    pub(crate) look_ups: LookUps,
    /// None where nothing is waited for.
    pub(crate) scheduler: Option<Scheduler>,
}

/// One invocation: what the context tells of it.
struct Invocation<'a> {
    request_id: &'a str,
    /// The function that was invoked, with its alias or version.
    function_arn: &'a str,
}

impl Invocation<'_> {
    /// The account that the function runs in.
    fn account(&self) -> &str {
        Arn::parse(self.function_arn).map_or("", |arn| arn.account)
    }
}

/// Why an invocation fails, and is tried again by Lambda. The names are what Lambda reports as
/// `errorType`: alarms and runbooks may rely on them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    UnreadableEvent(String),
    LookupFailed(String),
    ScheduleFailed(String),
    PublishFailed(String),
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        let (error_type, error_message) = match failure {
            Failure::UnreadableEvent(problem) => ("UnreadableEvent", problem),
            Failure::LookupFailed(problem) => ("LookupFailed", problem),
            Failure::ScheduleFailed(problem) => ("ScheduleFailed", problem),
            Failure::PublishFailed(problem) => ("PublishFailed", problem),
        };
        Diagnostic { error_type: error_type.to_owned(), error_message }
    }
}

impl Function {
    /// Handles one invocation.
    pub(crate) async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let context = &event.context;
        let invocation = Invocation { request_id: &context.request_id, function_arn: &context.invoked_function_arn };
        tracing::debug!(requestId = invocation.request_id, body = event.payload.get(), "event");
        let result = self.judge_all(event.payload.get(), &invocation, &mut counts).await;
        counts.write(self.detector.name);
        result
    }

    /// An event holds one record, unless somebody redrives a batch of messages: then a record that
    /// fails does not keep the others from being judged.
    async fn judge_all(&self, payload: &str, invocation: &Invocation<'_>, counts: &mut Counts) -> Result<(), Failure> {
        let (mut records, mut failures) = (Vec::new(), Vec::new());
        input::each(payload, &mut |_, found| {
            counts.events += 1;
            let (event_id, problem) = match found {
                Found::Record(_, text) => return records.push(text.to_owned()),
                Found::Foreign | Found::Fact(_) => return counts.skipped += 1,
                Found::Unreadable(error) => (error.event_id.clone(), error.to_string()),
                Found::NotJson { problem, .. } => (None, format!("the event {problem}")),
                Found::Unknown => (None, "the event holds no CloudTrail record".to_owned()),
            };
            counts.unreadable += 1;
            failures.push((event_id.unwrap_or_default(), Failure::UnreadableEvent(problem)));
        });
        for text in &records {
            if let Err(failure) = self.judge_one(text, invocation, counts).await {
                failures.push(failure);
            }
        }
        for (event_id, failure) in &failures {
            tracing::error!(requestId = invocation.request_id, eventId = plain(event_id), "{failure:?}");
        }
        failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }

    async fn judge_one(
        &self,
        text: &str,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(), (String, Failure)> {
        let request_id = invocation.request_id;
        let read = Record::parse(text).and_then(|record| Ok((record, record.bodies()?)));
        let (record, bodies) = match read {
            Ok(read) => read,
            Err(error) => {
                counts.unreadable += 1;
                return Err((error.event_id.clone().unwrap_or_default(), Failure::UnreadableEvent(error.to_string())));
            }
        };
        let event_id = plain(&record.event_id());
        let watched = match self.detector.watched(&record) {
            Ok(watched) => watched,
            Err(skipped) => {
                counts.skipped += 1;
                let why = match skipped {
                    Skipped::NotOurs => "not a watched call",
                    Skipped::Failed => "the call failed, nothing was changed",
                };
                tracing::info!(requestId = request_id, eventId = event_id, "skipped: {why}");
                return Ok(());
            }
        };
        let change = self.detector.change(watched, &record, &bodies);
        let told = self.tell(text, &change, invocation, counts).await;
        let (violations, deferred) = told.map_err(|failure| (event_id.clone(), failure))?;
        let did = if deferred { "put off what has to settle of" } else { "judged" };
        tracing::info!(requestId = request_id, eventId = event_id, violations, "{did} {}", watched.name);
        Ok(())
    }

    /// Judges a change now, in part where some of it has to settle first, and publishes; gives how many violations there
    /// were and whether the event comes back.
    async fn tell(
        &self,
        text: &str,
        change: &Change<'_>,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(u64, bool), Failure> {
        let turn = self.turn(text, change, invocation, counts).await?;
        let findings = match turn.part {
            Some(part) => judge_part(self.detector, part, change, &turn.facts, &self.settings),
            None => Vec::new(),
        };
        counts.judged += u64::from(!turn.comes_back);
        counts.deferred += u64::from(turn.comes_back);
        findings.iter().for_each(|finding| counts.finding(finding));
        let violations = findings.iter().filter(|finding| finding.is_violation());
        let told = violations.clone().count() as u64;
        if let Some(notification) = notification(self.detector.name, &findings, &self.settings) {
            publish(&self.clients.sns, &self.topic_arn, notification).await.map_err(|problem| {
                counts.publish_failures += 1;
                Failure::PublishFailed(format!("event `{}`: {problem}", plain(&change.event.id)))
            })?;
        }
        counts.published += told;
        counts.by_rule.extend(violations.map(|finding| (finding.rule.id, finding.severity.name())));
        // a re-check is late by intention
        counts.detection_lag = lag(&change.event.time).filter(|_| !turn.came_back);
        Ok((told, turn.comes_back))
    }

    /// Finds out what can be judged now. What has to settle is scheduled for a re-check before anything is published: where
    /// that fails, the invocation is tried again, and nobody is told the same thing twice.
    async fn turn(
        &self,
        text: &str,
        change: &Change<'_>,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<Turn, Failure> {
        let settling = self.scheduler.as_ref().filter(|_| change.configuration.settles());
        let Some(scheduler) = settling else {
            let facts = self.facts(change, Part::All, invocation, counts).await?;
            return Ok(Turn { part: Some(Part::All), facts, came_back: false, comes_back: false });
        };
        let (now, settle, attempt) = (now(), self.settings.keys.settle, schedule::attempt(text));
        let came_back = attempt > 0;
        counts.rechecked += u64::from(came_back);
        let due = if came_back { None } else { schedule::due(time::time(&change.event.time), settle, now) };
        let at = match due {
            Some(due) => due,
            None => {
                let part = if came_back { Part::Settled } else { Part::All };
                let facts = self.facts(change, part, invocation, counts).await?;
                if attempt >= schedule::LAST || unsettled(change, &facts, &self.settings).is_none() {
                    return Ok(Turn { part: Some(part), facts, came_back, comes_back: false });
                }
                now.saturating_add_unsigned(settle)
            }
        };
        let recheck = Recheck {
            detector: self.detector.name,
            event_id: &change.event.id,
            text,
            attempt: attempt + 1,
            at,
            function_arn: invocation.function_arn,
        };
        scheduler.recheck(&recheck, now, &self.clients.config).await.map_err(|problem| {
            counts.schedule_failures += 1;
            Failure::ScheduleFailed(format!("event `{}`: {problem}", plain(&change.event.id)))
        })?;
        let part = (!came_back).then_some(Part::AtOnce);
        let facts = match part {
            Some(part) => self.facts(change, part, invocation, counts).await?,
            None => Facts::default(),
        };
        Ok(Turn { part, facts, came_back, comes_back: true })
    }

    async fn facts(
        &self,
        change: &Change<'_>,
        part: Part,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<Facts, Failure> {
        let found = self.look_ups.facts(change, &self.settings, part, invocation.account()).await;
        found.map_err(|problem| {
            counts.lookup_failures += 1;
            Failure::LookupFailed(format!("event `{}`: {problem}", plain(&change.event.id)))
        })
    }
}

/// What can be judged of a change at this moment.
struct Turn {
    /// The rules that are to answer; none where all wait.
    part: Option<Part>,
    facts: Facts,
    /// True for a re-check.
    came_back: bool,
    /// True where rules wait for a re-check, which is scheduled.
    comes_back: bool,
}
