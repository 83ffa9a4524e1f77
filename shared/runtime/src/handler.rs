//! One event: read it, look up, evaluate, publish, count.
//!
//! [`plan`] decides when rules are evaluated; this module carries it out, over the three edges of [`Edges`].

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::cloudtrail::outline::outline;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::engine::detector::Skipped;
use sealwatch_rules::engine::evaluate::{evaluate_phase, in_progress};
use sealwatch_rules::engine::facts::is_cli_output;
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::output::sns::{Report, report};
use sealwatch_rules::util::text::{json_line, plain};
use sealwatch_rules::util::time::{Seconds, record_time};
use sealwatch_rules::{Change, Detector, Event, Facts, Finding, RecordError, Settings};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::aws_config::function_config;
use crate::clock::{lag, limit_of, now, time_left, within};
use crate::edges::{AwsEdges, Edges};
use crate::environment::Environment;
use crate::ledger::Table;
use crate::lookups::Service;
use crate::metrics::{self, Counts};
use crate::panics::without_message;
use crate::plan::{Plan, Timing, plan};
use crate::process::{End, log_start};
use crate::schedule::{self, Recheck};
use crate::signals::Connect;

/// Reads the configuration and handles events until the process ends.
///
/// # Errors
/// Says what is wrong with the configuration, or that the Runtime API cannot be used.
pub(crate) async fn serve(
    detector: &'static Detector,
    services: &'static [&'static Service],
    signals: Option<&'static Connect>,
) -> Result<(), End> {
    let environment = Environment::read()?;
    let config = function_config()?;
    let settings = environment.settings(&config).await?;
    log_disabled_rules(detector, &settings);
    let schedules = environment.schedules(detector, &settings)?;
    let ledger = Table::of(&config, environment.ledger_table.clone());
    let schedules = schedules.or_else(|| environment.given_schedules().filter(|_| ledger.is_some()));
    let signals = signals.map(|Connect(connect)| connect(environment.deployment(&config)));
    let edges =
        AwsEdges::new(services, environment.lookup_roles, schedules, environment.topic_arn, signals, ledger, config);
    let function = Arc::new(Function { detector, settings, edges, clock: now });
    let handle = move |event: LambdaEvent<Box<RawValue>>| {
        let function = Arc::clone(&function);
        async move { without_message(function.handle(event)).await }
    };
    log_start();
    Ok(lambda_runtime::run(service_fn(handle)).await?)
}

/// Logs the rules of the detector that the settings switch off, so that nobody takes their silence for a result.
fn log_disabled_rules(detector: &Detector, settings: &Settings) {
    let own: Vec<&str> = detector.rules.iter().map(|rule| rule.id).filter(|rule| !settings.enabled(rule)).collect();
    if own.len() == detector.rules.len() {
        tracing::warn!("the settings switch off all rules of this function: it evaluates nothing");
    } else if !own.is_empty() {
        tracing::info!("the settings switch off {}", own.join(", "));
    }
}

/// A function that is ready for events.
pub(crate) struct Function<E> {
    detector: &'static Detector,
    settings: Settings,
    edges: E,
    clock: fn() -> Seconds,
}

/// How long before Lambda's time limit an invocation ends by itself: enough to write metrics and to report the failure.
/// Lambda ends a process that reaches the limit, and nothing would be counted.
pub(crate) const MARGIN: Duration = Duration::from_secs(2);

/// What the context of an invocation says.
struct Invocation<'a> {
    request_id: &'a str,
    /// The function that was invoked, with its alias or version.
    function_arn: &'a str,
    /// When the invocation ends by itself; `None` if its time limit leaves no time for that.
    deadline: Option<Instant>,
    /// When Lambda ends it, by Lambda's clock; `None` if Lambda does not say.
    time_limit: Option<Seconds>,
}

/// The time before Lambda's time limit at which an invocation ends by itself.
fn deadline(time_limit: SystemTime, now: SystemTime) -> Option<Instant> {
    Some(Instant::now() + time_left(time_limit, now).checked_sub(MARGIN)?)
}

impl Invocation<'_> {
    /// The account that the function runs in.
    fn account(&self) -> &str {
        Arn::parse(self.function_arn).map_or("", |arn| arn.account)
    }
}

/// Why an invocation fails, so that Lambda tries it again. The names are the `errorType` that Lambda reports: alarms and
/// runbooks may depend on them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    UnreadableEvent(String),
    LookupFailed(String),
    ScheduleFailed(String),
    LedgerFailed(String),
    PublishFailed(String),
    TimedOut(String),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Failure::UnreadableEvent(_) => "UnreadableEvent",
            Failure::LookupFailed(_) => "LookupFailed",
            Failure::ScheduleFailed(_) => "ScheduleFailed",
            Failure::LedgerFailed(_) => "LedgerFailed",
            Failure::PublishFailed(_) => "PublishFailed",
            Failure::TimedOut(_) => "TimedOut",
        }
    }

    fn message(&self) -> &str {
        match self {
            Failure::UnreadableEvent(message)
            | Failure::LookupFailed(message)
            | Failure::ScheduleFailed(message)
            | Failure::LedgerFailed(message)
            | Failure::PublishFailed(message)
            | Failure::TimedOut(message) => message,
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        Diagnostic { error_type: failure.error_type().to_owned(), error_message: failure.message().to_owned() }
    }
}

/// A change, the event that it was read from, and the invocation that brought it.
struct Task<'a> {
    change: &'a Change<'a>,
    /// The event, or the record, as it was received.
    text: &'a str,
    invocation: &'a Invocation<'a>,
}

/// Something that a function does outside of itself, and what it means if that fails.
struct Step {
    name: &'static str,
    failure: fn(String) -> Failure,
    failures: fn(&mut Counts) -> &mut u64,
}

const LOOK_UP: Step =
    Step { name: "looking up", failure: Failure::LookupFailed, failures: |counts| &mut counts.lookup_failures };

const SCHEDULE: Step = Step {
    name: "scheduling the re-check",
    failure: Failure::ScheduleFailed,
    failures: |counts| &mut counts.schedule_failures,
};

const PUBLISH: Step =
    Step { name: "publishing", failure: Failure::PublishFailed, failures: |counts| &mut counts.publish_failures };

const REMEMBER: Step =
    Step { name: "asking the ledger", failure: Failure::LedgerFailed, failures: |counts| &mut counts.ledger_failures };

const GATHER: Step = Step {
    name: "scheduling the message about a storm",
    failure: Failure::ScheduleFailed,
    failures: |counts| &mut counts.ledger_failures,
};

impl Invocation<'_> {
    /// Makes a step about something. It counts as failed, too, if it is not done when the invocation ends.
    async fn make<T>(
        &self,
        step: &Step,
        about: &str,
        call: impl Future<Output = Result<T, String>>,
        counts: &mut Counts,
    ) -> Result<T, Failure> {
        let result = match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, call).await,
            None => Ok(call.await),
        };
        let (failure, problem) = match result {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(problem)) => (step.failure, problem),
            Err(_) => {
                counts.timeouts += 1;
                let problem = format!("{} was not done before the time limit of the function", step.name);
                (Failure::TimedOut as fn(String) -> Failure, problem)
            }
        };
        *(step.failures)(counts) += 1;
        Err(failure(format!("{about}: {problem}")))
    }
}

impl Task<'_> {
    /// Makes a step about the event.
    async fn make<T>(
        &self,
        step: &Step,
        call: impl Future<Output = Result<T, String>>,
        counts: &mut Counts,
    ) -> Result<T, Failure> {
        let about = format!("event `{}`", plain(&self.change.event.id));
        self.invocation.make(step, &about, call, counts).await
    }
}

/// What was done about a change.
struct Done {
    violations: u64,
    recheck_scheduled: bool,
}

impl<E: Edges> Function<E> {
    fn now(&self, invocation: &Invocation<'_>) -> Seconds {
        within((self.clock)(), invocation.time_limit)
    }

    /// Handles one invocation.
    async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let context = &event.context;
        let invocation = Invocation {
            request_id: &context.request_id,
            function_arn: &context.invoked_function_arn,
            deadline: deadline(context.deadline(), SystemTime::now()),
            time_limit: limit_of(context.deadline()),
        };
        let result = self.handle_payload(event.payload.get(), &invocation, &mut counts).await;
        counts.write(self.detector.name);
        result
    }

    async fn handle_payload(
        &self,
        payload: &str,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        log_event(payload, invocation);
        match schedule::message(payload) {
            Some(message) => self.tell_gathered(&message, invocation, counts).await,
            None => self.evaluate_event(payload, invocation, counts).await,
        }
    }

    /// An event holds one record, unless someone redrives a batch of messages: a record that fails does not keep the others
    /// from being evaluated. Returns the first failure.
    async fn evaluate_event(
        &self,
        payload: &str,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        let (records, mut failures) = read_event(payload, self.detector, counts);
        for text in &records {
            if let Err(failure) = self.evaluate_record(text, invocation, counts).await {
                failures.push(failure);
            }
        }
        for (event_id, failure) in &failures {
            let (error_type, message) = (failure.error_type(), plain(failure.message()));
            tracing::error!(requestId = invocation.request_id, eventId = plain(event_id), "{error_type}: {message}");
        }
        failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }

    /// Evaluates one record. A failure comes with the id of the event.
    async fn evaluate_record(
        &self,
        text: &str,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(), (String, Failure)> {
        let request_id = invocation.request_id;
        let record = Record::parse(text).map_err(|error| unreadable(&error, counts))?;
        let event_id = plain(&record.event_id());
        let closing = || self.edges.ledger().and_then(|_| self.detector.closing_call(&record).ok());
        let call = match self.detector.api_call(&record).or_else(|skipped| closing().ok_or(skipped)) {
            Ok(call) => call,
            Err(skipped) => {
                if let Some(signals) = self.edges.signals()
                    && let Some(heard) = signals.hear(&record, invocation.account(), self.now(invocation), counts).await
                {
                    return match heard {
                        Ok(did) => {
                            tracing::info!(requestId = request_id, eventId = event_id, "{did}");
                            Ok(())
                        }
                        Err(problem) => {
                            let failure = Failure::ScheduleFailed(format!("event `{event_id}`: {problem}"));
                            Err((event_id, failure))
                        }
                    };
                }
                counts.skipped += 1;
                tracing::info!(requestId = request_id, eventId = event_id, "skipped: {}", why_skipped(skipped));
                return Ok(());
            }
        };
        let event = Event::read(record).map_err(|error| unreadable(&error, counts))?;
        let change = event.change(self.detector, call);
        let task = Task { change: &change, text, invocation };
        let done = self.evaluate_and_publish(&task, counts).await;
        let Done { violations, recheck_scheduled } = done.map_err(|failure| (event_id.clone(), failure))?;
        let did = if recheck_scheduled { "scheduled a re-check of" } else { "evaluated" };
        tracing::info!(requestId = request_id, eventId = event_id, violations, "{did} {}", change.event.name);
        Ok(())
    }

    /// Evaluates the rules whose time has come, and publishes violations.
    async fn evaluate_and_publish(&self, task: &Task<'_>, counts: &mut Counts) -> Result<Done, Failure> {
        let attempt = schedule::attempt(task.text);
        let timing = self.timing(task.change);
        let is_recheck = timing.is_recheck(attempt);
        counts.rechecks += u64::from(is_recheck);
        let (plan, facts) = self.prepare(task, timing, attempt, counts).await?;
        let findings = match plan.evaluate_now {
            Some(phase) => evaluate_phase(task.change, phase, &facts, &self.settings),
            None => Vec::new(),
        };
        let recheck_scheduled = plan.recheck_at.is_some();
        counts.evaluated += u64::from(!recheck_scheduled);
        counts.waiting += u64::from(recheck_scheduled);
        findings.iter().for_each(|finding| counts.finding(finding));
        let violations = match self.edges.ledger() {
            None => self.report(task, &findings, is_recheck, counts).await?,
            Some(ledger) => self.report_what_differs(ledger, task, &findings, is_recheck, counts).await?,
        };
        Ok(Done { violations, recheck_scheduled })
    }

    fn timing(&self, change: &Change<'_>) -> Timing {
        Timing {
            settles: change.settles(),
            settle_time: self.settings.keys.settle,
            event_time: record_time(&change.event.time),
            in_progress: false,
        }
    }

    /// Carries out the plan for a change up to the evaluation, and returns the facts for that.
    ///
    /// Schedules a re-check before anything is published: if that fails, the invocation is tried again, and nothing is
    /// published twice.
    async fn prepare(
        &self,
        task: &Task<'_>,
        mut timing: Timing,
        attempt: u8,
        counts: &mut Counts,
    ) -> Result<(Plan, Facts), Failure> {
        let now = self.now(task.invocation);
        let mut next = plan(&timing, attempt, now);
        let mut facts = None;
        if let Plan { evaluate_now: Some(phase), recheck_at: None } = next {
            let found = self.look_up(task, phase, counts).await?;
            timing.in_progress = timing.settles && in_progress(task.change, &found, &self.settings).is_some();
            next = plan(&timing, attempt, now);
            facts = Some(found); // enough for whatever is evaluated now: the new plan is for the same rules or fewer
        }
        if let Some(at) = next.recheck_at {
            self.schedule(task, attempt + 1, at, counts).await?;
        }
        let facts = match (facts, next.evaluate_now) {
            (Some(facts), _) => facts,
            (None, Some(phase)) => self.look_up(task, phase, counts).await?,
            (None, None) => Facts::default(),
        };
        Ok((next, facts))
    }

    async fn look_up(&self, task: &Task<'_>, phase: Phase, counts: &mut Counts) -> Result<Facts, Failure> {
        let facts = self.edges.look_up(task.change, &self.settings, phase, task.invocation.account());
        task.make(&LOOK_UP, facts, counts).await
    }

    async fn schedule(&self, task: &Task<'_>, attempt: u8, at: Seconds, counts: &mut Counts) -> Result<(), Failure> {
        let recheck = Recheck {
            detector: self.detector.name,
            event_id: &task.change.event.id,
            text: task.text,
            attempt,
            at,
            function_arn: task.invocation.function_arn,
        };
        task.make(&SCHEDULE, self.edges.schedule(&recheck), counts).await
    }

    /// Publishes the findings or keeps them in the log, if there is something to report, and returns the number of
    /// violations.
    async fn report(
        &self,
        task: &Task<'_>,
        findings: &[Finding<'_>],
        is_recheck: bool,
        counts: &mut Counts,
    ) -> Result<u64, Failure> {
        let violations = findings.iter().filter(|finding| finding.is_violation());
        let by_rule: Vec<_> = violations.map(|finding| (finding.rule.id, finding.severity.name())).collect();
        let count = by_rule.len() as u64;
        match report(self.detector.name, findings, &self.settings) {
            None => {}
            Some(Report::Publish(notification)) => {
                task.make(&PUBLISH, self.edges.publish(notification), counts).await?;
                counts.detection_lag = lag(&task.change.event.time, SystemTime::now()).filter(|_| !is_recheck);
                counts.published += count;
            }
            Some(Report::Keep(findings)) => {
                task.make(&PUBLISH, async { keep(task.invocation, &task.change.event.id, &findings) }, counts).await?;
                counts.kept += count;
            }
        }
        counts.by_rule.extend(by_rule);
        Ok(count)
    }
}

/// Writes findings that nobody is notified of to the log, for machines: whatever the log level, they are nowhere else.
fn keep(invocation: &Invocation<'_>, event_id: &str, findings: &Value) -> Result<(), String> {
    let line = json!({
        "message": "below notify.min_severity",
        "requestId": invocation.request_id,
        "eventId": plain(event_id),
        "kept": findings,
    });
    metrics::write(&(json_line(&line) + "\n")).map_err(|error| format!("cannot write the findings to the log: {error}"))
}

/// Logs what the event looks like, at debug level.
fn log_event(payload: &str, invocation: &Invocation<'_>) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let outline = outline(payload)
            .map_or_else(|| format!("{} bytes that cannot be read as JSON", payload.len()), |event| event.to_string());
        tracing::debug!(requestId = invocation.request_id, outline, "event");
    }
}

/// The records in an event, and the failures of what cannot be read, with the ids of their events.
fn read_event(payload: &str, detector: &Detector, counts: &mut Counts) -> (Vec<String>, Vec<(String, Failure)>) {
    let (mut records, mut failures) = (Vec::new(), Vec::new());
    extract::each(payload, &mut |_, found| {
        counts.events += 1;
        let (event_id, problem) = match found {
            Found::Record(_, text) => return records.push(text.to_owned()),
            Found::Foreign | Found::Empty(_) => return counts.skipped += 1,
            Found::Document(document) if is_cli_output(document, detector.cli_outputs) => return counts.skipped += 1,
            Found::Unreadable(error) => (error.event_id.clone(), error.to_string()),
            Found::NotJson { problem, .. } => (None, format!("the event {problem}")),
            Found::Document(_) => (None, "the event holds no CloudTrail record".to_owned()),
        };
        counts.unreadable += 1;
        failures.push((event_id.unwrap_or_default(), Failure::UnreadableEvent(problem)));
    });
    (records, failures)
}

fn unreadable(error: &RecordError, counts: &mut Counts) -> (String, Failure) {
    counts.unreadable += 1;
    (error.event_id.clone().unwrap_or_default(), Failure::UnreadableEvent(error.to_string()))
}

fn why_skipped(skipped: Skipped) -> &'static str {
    match skipped {
        Skipped::NotMonitored => "not a monitored call",
        Skipped::Failed => "the call failed and changed nothing",
    }
}

mod ledger;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tests;
