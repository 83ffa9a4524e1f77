//! One event: read it, look up, evaluate, publish, count.
//!
//! [`plan`] decides when rules are evaluated; this module carries it out, over the three edges of [`Edges`].

use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::engine::detector::Skipped;
use sealwatch_rules::engine::evaluate::{evaluate_phase, in_progress};
use sealwatch_rules::engine::facts::is_cli_output;
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::output::sns::{Notification, notification};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::util::time::{Seconds, time};
use sealwatch_rules::{Change, Detector, Event, Facts, Finding, Settings};
use serde_json::value::RawValue;

use crate::aws_config::function_config;
use crate::environment::Environment;
use crate::lookups::{Lookups, Service};
use crate::metrics::{Counts, lag, now};
use crate::plan::{Plan, Timing, plan};
use crate::publish::Publisher;
use crate::schedule::{self, Recheck, Scheduler};

/// Reads the configuration and handles events until the process ends.
///
/// # Errors
/// Says what is wrong with the configuration.
pub(crate) async fn serve(detector: &'static Detector, services: &'static [&'static Service]) -> Result<(), String> {
    let environment = Environment::read()?;
    let config = function_config()?;
    let settings = environment.settings(&config).await?;
    let schedules = environment.schedules(detector, &settings)?;
    let edges = AwsEdges {
        lookups: Lookups::new(services, config.clone(), environment.lookup_role),
        scheduler: schedules.map(|schedules| Scheduler::new(schedules, config.clone())),
        publisher: Publisher::new(environment.topic_arn, config),
    };
    let function = Arc::new(Function { detector, settings, edges, clock: now });
    let handle = move |event: LambdaEvent<Box<RawValue>>| {
        let function = Arc::clone(&function);
        async move { function.handle(event).await }
    };
    lambda_runtime::run(service_fn(handle)).await.map_err(|error| error.to_string())
}

/// What a function does outside of itself. Tests put a fake in its place.
pub(crate) trait Edges {
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

    /// Publishes a notification.
    ///
    /// # Errors
    /// Says why it is not published.
    async fn publish(&self, notification: Notification) -> Result<(), String>;
}

/// AWS.
struct AwsEdges {
    lookups: Lookups,
    /// `None` if nothing is ever re-checked.
    scheduler: Option<Scheduler>,
    publisher: Publisher,
}

impl Edges for AwsEdges {
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

    async fn publish(&self, notification: Notification) -> Result<(), String> {
        self.publisher.publish(notification).await
    }
}

/// A function that is ready for events.
pub(crate) struct Function<E> {
    detector: &'static Detector,
    settings: Settings,
    edges: E,
    clock: fn() -> Seconds,
}

/// What the context of an invocation says.
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

/// Why an invocation fails, so that Lambda tries it again. The names are the `errorType` that Lambda reports: alarms and
/// runbooks may depend on them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    UnreadableEvent(String),
    LookupFailed(String),
    ScheduleFailed(String),
    PublishFailed(String),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Failure::UnreadableEvent(_) => "UnreadableEvent",
            Failure::LookupFailed(_) => "LookupFailed",
            Failure::ScheduleFailed(_) => "ScheduleFailed",
            Failure::PublishFailed(_) => "PublishFailed",
        }
    }

    fn message(&self) -> &str {
        match self {
            Failure::UnreadableEvent(message)
            | Failure::LookupFailed(message)
            | Failure::ScheduleFailed(message)
            | Failure::PublishFailed(message) => message,
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

impl Task<'_> {
    fn failure(&self, failure: fn(String) -> Failure, problem: &str) -> Failure {
        failure(format!("event `{}`: {problem}", plain(&self.change.event.id)))
    }
}

/// What was done about a change.
struct Done {
    violations: u64,
    recheck_scheduled: bool,
}

impl<E: Edges> Function<E> {
    /// Handles one invocation.
    async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let context = &event.context;
        let invocation = Invocation { request_id: &context.request_id, function_arn: &context.invoked_function_arn };
        tracing::debug!(requestId = invocation.request_id, body = event.payload.get(), "event");
        let result = self.evaluate_event(event.payload.get(), &invocation, &mut counts).await;
        counts.write(self.detector.name);
        result
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
        let event = Event::parse(text).map_err(|error| {
            counts.unreadable += 1;
            (error.event_id.clone().unwrap_or_default(), Failure::UnreadableEvent(error.to_string()))
        })?;
        let event_id = plain(&event.id());
        let change = match event.change_for(self.detector) {
            Ok(change) => change,
            Err(skipped) => {
                counts.skipped += 1;
                tracing::info!(requestId = request_id, eventId = event_id, "skipped: {}", why_skipped(skipped));
                return Ok(());
            }
        };
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
        let violations = self.publish(task, &findings, counts).await?;
        counts.detection_lag = lag(&task.change.event.time).filter(|_| !is_recheck);
        Ok(Done { violations, recheck_scheduled })
    }

    fn timing(&self, change: &Change<'_>) -> Timing {
        Timing {
            settles: change.settles(),
            settle_time: self.settings.keys.settle,
            event_time: time(&change.event.time),
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
        let now = (self.clock)();
        let mut next = plan(&timing, attempt, now);
        if let Plan { evaluate_now: Some(phase), recheck_at: None } = next {
            let facts = self.look_up(task, phase, counts).await?;
            timing.in_progress = timing.settles && in_progress(task.change, &facts, &self.settings).is_some();
            next = plan(&timing, attempt, now);
            if next.recheck_at.is_none() {
                return Ok((next, facts));
            }
        }
        if let Some(at) = next.recheck_at {
            self.schedule(task, attempt + 1, at, counts).await?;
        }
        let facts = match next.evaluate_now {
            Some(phase) => self.look_up(task, phase, counts).await?,
            None => Facts::default(),
        };
        Ok((next, facts))
    }

    async fn look_up(&self, task: &Task<'_>, phase: Phase, counts: &mut Counts) -> Result<Facts, Failure> {
        let facts = self.edges.look_up(task.change, &self.settings, phase, task.invocation.account()).await;
        facts.map_err(|problem| {
            counts.lookup_failures += 1;
            task.failure(Failure::LookupFailed, &problem)
        })
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
        self.edges.schedule(&recheck).await.map_err(|problem| {
            counts.schedule_failures += 1;
            task.failure(Failure::ScheduleFailed, &problem)
        })
    }

    /// Publishes the findings, if there is something to report, and returns the number of violations.
    async fn publish(&self, task: &Task<'_>, findings: &[Finding<'_>], counts: &mut Counts) -> Result<u64, Failure> {
        if let Some(notification) = notification(self.detector.name, findings, &self.settings) {
            self.edges.publish(notification).await.map_err(|problem| {
                counts.publish_failures += 1;
                task.failure(Failure::PublishFailed, &problem)
            })?;
        }
        let violations = findings.iter().filter(|finding| finding.is_violation());
        let by_rule: Vec<_> = violations.map(|finding| (finding.rule.id, finding.severity.name())).collect();
        let count = by_rule.len() as u64;
        counts.published += count;
        counts.by_rule.extend(by_rule);
        Ok(count)
    }
}

/// The records in an event, and the failures of what cannot be read, with the ids of their events.
fn read_event(payload: &str, detector: &Detector, counts: &mut Counts) -> (Vec<String>, Vec<(String, Failure)>) {
    let (mut records, mut failures) = (Vec::new(), Vec::new());
    extract::each(payload, &mut |_, found| {
        counts.events += 1;
        let (event_id, problem) = match found {
            Found::Record(_, text) => return records.push(text.to_owned()),
            Found::Foreign => return counts.skipped += 1,
            Found::Document(document) if is_cli_output(document, detector.cli_outputs) => return counts.skipped += 1,
            Found::Unreadable(error) => (error.event_id.clone(), error.to_string()),
            Found::NotJson { problem, .. } => (None, format!("the event {problem}")),
            Found::Document(_) | Found::Unknown => (None, "the event holds no CloudTrail record".to_owned()),
        };
        counts.unreadable += 1;
        failures.push((event_id.unwrap_or_default(), Failure::UnreadableEvent(problem)));
    });
    (records, failures)
}

fn why_skipped(skipped: Skipped) -> &'static str {
    match skipped {
        Skipped::NotMonitored => "not a monitored call",
        Skipped::Failed => "the call failed and changed nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::cell::RefCell;

    use sealwatch_rules::engine::facts::Description;
    use sealwatch_rules::rules::{firehose_stream, kinesis_stream};
    use serde_json::{Value, json};

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:under-test";

    /// 2026-05-01T12:00:00Z
    const NOW: Seconds = 1_777_636_800;
    const TEN_SECONDS_AGO: &str = "2026-05-01T11:59:50Z";
    const TWO_HOURS_AGO: &str = "2026-05-01T10:00:00Z";

    /// The three edges, and a call at one of them.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Edge {
        LookUp,
        Schedule,
        Publish,
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Call {
        LookUp(Phase),
        Schedule { attempt: u8, at: Seconds },
        Publish,
    }

    /// Records all calls. One edge can fail.
    struct FakeEdges {
        stream_status: &'static str,
        failing: Option<Edge>,
        calls: RefCell<Vec<Call>>,
        schedule_names: RefCell<Vec<String>>,
        scheduled_events: RefCell<Vec<String>>,
        published: RefCell<Vec<Notification>>,
    }

    impl FakeEdges {
        fn answer(&self, edge: Edge, call: Call) -> Result<(), String> {
            self.calls.borrow_mut().push(call);
            if self.failing == Some(edge) { Err(format!("{edge:?} does not respond")) } else { Ok(()) }
        }
    }

    impl Edges for FakeEdges {
        async fn look_up(
            &self,
            change: &Change<'_>,
            _: &Settings,
            phase: Phase,
            own_account: &str,
        ) -> Result<Facts, String> {
            assert_eq!(own_account, "111122223333");
            self.answer(Edge::LookUp, Call::LookUp(phase))?;
            let mut facts = Facts::default();
            let stream = json!({"StreamARN": STREAM, "StreamStatus": self.stream_status, "EncryptionType": "NONE"});
            let arn = change.resource.arn.clone().unwrap_or_default();
            facts.insert_resource(arn, Description::Found(stream));
            Ok(facts)
        }

        async fn schedule(&self, recheck: &Recheck<'_>) -> Result<(), String> {
            assert_eq!(recheck.function_arn, FUNCTION);
            self.answer(Edge::Schedule, Call::Schedule { attempt: recheck.attempt, at: recheck.at })?;
            self.schedule_names.borrow_mut().push(recheck.name());
            self.scheduled_events.borrow_mut().push(recheck.text.to_owned());
            Ok(())
        }

        async fn publish(&self, notification: Notification) -> Result<(), String> {
            self.answer(Edge::Publish, Call::Publish)?;
            self.published.borrow_mut().push(notification);
            Ok(())
        }
    }

    fn function(detector: &'static Detector) -> Function<FakeEdges> {
        let edges = FakeEdges {
            stream_status: "ACTIVE",
            failing: None,
            calls: RefCell::default(),
            schedule_names: RefCell::default(),
            scheduled_events: RefCell::default(),
            published: RefCell::default(),
        };
        Function { detector, settings: Settings::default(), edges, clock: || NOW }
    }

    fn failing(detector: &'static Detector, edge: Edge) -> Function<FakeEdges> {
        let mut function = function(detector);
        function.edges.failing = Some(edge);
        function
    }

    fn in_progress(detector: &'static Detector) -> Function<FakeEdges> {
        let mut function = function(detector);
        function.edges.stream_status = "CREATING";
        function
    }

    impl Function<FakeEdges> {
        /// Handles an event; returns its result, its counts, and the calls at the edges.
        fn handle_text(&self, payload: &str) -> (Result<(), Failure>, Counts, Vec<Call>) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let invocation = Invocation { request_id: "r", function_arn: FUNCTION };
            let mut counts = Counts::default();
            let result = runtime.block_on(self.evaluate_event(payload, &invocation, &mut counts));
            assert_adds_up(&counts);
            (result, counts, self.edges.calls.take())
        }

        fn handle_event(&self, event: &Value) -> (Result<(), Failure>, Counts, Vec<Call>) {
            self.handle_text(&event.to_string())
        }

        fn rules_published(&self) -> Vec<String> {
            let texts: Vec<Notification> = self.edges.published.take();
            let messages = texts.iter().map(|notification| {
                let message: Value = serde_json::from_str(&notification.message).unwrap();
                serde_json::from_str::<Value>(message["default"].as_str().unwrap()).unwrap()
            });
            let findings = messages.flat_map(|message| message["findings"].as_array().unwrap().clone());
            findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
        }
    }

    #[track_caller]
    fn assert_adds_up(counts: &Counts) {
        let Counts { evaluated, waiting, skipped, unreadable, lookup_failures, schedule_failures, .. } = counts;
        let handled = evaluated + waiting + skipped + unreadable + lookup_failures + schedule_failures;
        assert_eq!(counts.events, handled, "{counts:?}");
        if counts.publish_failures == 0 {
            assert_eq!(counts.violations, counts.published + counts.excepted, "{counts:?}");
        }
        assert_eq!(counts.by_rule.len() as u64, counts.published, "{counts:?}");
    }

    fn event(source: &str, name: &str, time: &str, request: &Value) -> Value {
        let detail = json!({
            "eventVersion": "1.11", "eventID": "e-1", "eventSource": format!("{source}.amazonaws.com"),
            "eventName": name, "eventTime": time, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "eventCategory": "Management", "requestParameters": request, "responseElements": null,
        });
        json!({"detail-type": "AWS API Call via CloudTrail", "source": format!("aws.{source}"), "detail": detail})
    }

    /// All rules about it wait.
    fn create_stream(time: &str) -> Value {
        event("kinesis", "CreateStream", time, &json!({"streamName": "orders"}))
    }

    /// No rule about it waits.
    fn stop_encryption() -> Value {
        event("kinesis", "StopStreamEncryption", TEN_SECONDS_AGO, &json!({"streamName": "orders"}))
    }

    /// The rules about its encryption wait; those about its destination do not.
    fn create_firehose(time: &str) -> Value {
        let destination = json!({"bucketARN": "arn:aws:s3:::clicks"});
        let request = json!({"deliveryStreamName": "clicks", "extendedS3DestinationConfiguration": destination});
        event("firehose", "CreateDeliveryStream", time, &request)
    }

    fn recheck(mut event: Value, attempt: u8) -> Value {
        event["sealwatch"] = json!({"recheck": attempt});
        event
    }

    const AT_SETTLE_TIME: Seconds = NOW - 10 + 300;
    const AFTER_SETTLE_TIME: Seconds = NOW + 300;

    #[test]
    fn a_call_that_does_not_settle_is_evaluated_and_published() {
        let function = function(&kinesis_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&stop_encryption());
        assert_eq!(result, Ok(()));
        assert_eq!(calls, [Call::LookUp(Phase::All), Call::Publish]);
        assert_eq!((counts.events, counts.evaluated, counts.published, counts.waiting), (1, 1, 1, 0));
        assert!(counts.detection_lag.is_some());
        assert_eq!(function.rules_published(), ["kinesis-stream-unencrypted"]);
    }

    #[test]
    fn a_re_check_is_scheduled_before_anything_is_published() {
        let function = function(&firehose_stream::DETECTOR);
        let event = create_firehose(TEN_SECONDS_AGO);
        let (result, counts, calls) = function.handle_event(&event);
        assert_eq!(result, Ok(()));
        let schedule = Call::Schedule { attempt: 1, at: AT_SETTLE_TIME };
        assert_eq!(calls, [schedule, Call::LookUp(Phase::Immediate), Call::Publish]);
        assert_eq!((counts.evaluated, counts.waiting, counts.published), (0, 1, 1));
        assert_eq!(function.rules_published(), ["firehose-destination-without-customer-key"]);
        assert_eq!(function.edges.scheduled_events.take(), [event.to_string()], "the event as it was received");
    }

    #[test]
    fn a_re_check_evaluates_only_the_rules_that_waited() {
        let function = function(&firehose_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&recheck(create_firehose(TEN_SECONDS_AGO), 1));
        assert_eq!(result, Ok(()));
        assert_eq!(calls[0], Call::LookUp(Phase::Settled));
        assert!(!calls.iter().any(|call| matches!(call, Call::Schedule { .. })), "{calls:?}");
        assert_eq!((counts.rechecks, counts.evaluated, counts.waiting), (1, 1, 0));
        assert_eq!(counts.detection_lag, None, "a re-check is late on purpose");
        let rules = function.rules_published();
        assert!(!rules.contains(&"firehose-destination-without-customer-key".to_owned()), "{rules:?}");
    }

    #[test]
    fn a_late_event_is_evaluated_at_once() {
        let function = function(&kinesis_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&create_stream(TWO_HOURS_AGO));
        assert_eq!(result, Ok(()));
        assert_eq!(calls, [Call::LookUp(Phase::All), Call::Publish]);
        assert_eq!((counts.evaluated, counts.violations, counts.rechecks), (1, 1, 0));
    }

    #[test]
    fn a_late_event_of_a_resource_in_progress_waits() {
        let function = in_progress(&kinesis_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&create_stream(TWO_HOURS_AGO));
        assert_eq!(result, Ok(()));
        let schedule = Call::Schedule { attempt: 1, at: AFTER_SETTLE_TIME };
        assert_eq!(calls, [Call::LookUp(Phase::All), schedule, Call::LookUp(Phase::Immediate)]);
        assert_eq!((counts.evaluated, counts.waiting), (0, 1));
    }

    #[test]
    fn a_resource_in_progress_is_re_checked_until_the_last_attempt() {
        let function = in_progress(&kinesis_stream::DETECTOR);
        for attempt in [1, 2] {
            let (result, counts, calls) = function.handle_event(&recheck(create_stream(TEN_SECONDS_AGO), attempt));
            assert_eq!(result, Ok(()));
            let schedule = Call::Schedule { attempt: attempt + 1, at: AFTER_SETTLE_TIME };
            assert_eq!(calls, [Call::LookUp(Phase::Settled), schedule]);
            assert_eq!((counts.rechecks, counts.waiting, counts.evaluated), (1, 1, 0));
            assert_eq!(counts.unverified, 0);
        }
        let (result, counts, calls) = function.handle_event(&recheck(create_stream(TEN_SECONDS_AGO), 3));
        assert_eq!(result, Ok(()));
        assert_eq!(calls, [Call::LookUp(Phase::Settled), Call::Publish]);
        assert_eq!((counts.evaluated, counts.unverified), (1, 3), "evaluated as it is");
    }

    #[test]
    fn a_duplicate_has_the_same_schedule_and_the_next_attempt_another() {
        let function = in_progress(&kinesis_stream::DETECTOR);
        let event = create_stream(TEN_SECONDS_AGO);
        let (_, _, first) = function.handle_event(&event);
        let (_, _, second) = function.handle_event(&event);
        assert_eq!(first, second);
        assert_eq!(function.handle_event(&recheck(event, 1)).0, Ok(()));
        let names = function.edges.schedule_names.take();
        assert_eq!(names, ["kinesis-stream-1-e-1", "kinesis-stream-1-e-1", "kinesis-stream-2-e-1"]);
    }

    #[test]
    fn a_settle_time_of_zero_evaluates_at_once() {
        let mut function = in_progress(&kinesis_stream::DETECTOR);
        function.settings.keys.settle = 0;
        let (result, counts, calls) = function.handle_event(&create_stream(TEN_SECONDS_AGO));
        assert_eq!(result, Ok(()));
        assert_eq!(calls, [Call::LookUp(Phase::All), Call::Publish]);
        assert_eq!((counts.evaluated, counts.unverified), (1, 3));
    }

    #[test]
    fn a_forged_attempt_does_not_skip_the_rules() {
        let function = function(&kinesis_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&recheck(stop_encryption(), 3));
        assert_eq!(result, Ok(()));
        assert_eq!(calls, [Call::LookUp(Phase::All), Call::Publish]);
        assert_eq!((counts.rechecks, counts.violations), (0, 1));
    }

    #[test]
    fn nothing_happens_after_a_failing_edge() {
        let waiting = create_firehose(TEN_SECONDS_AGO);
        let schedule = || Call::Schedule { attempt: 1, at: AT_SETTLE_TIME };
        let immediate = || Call::LookUp(Phase::Immediate);
        for (edge, error_type, want) in [
            (Edge::Schedule, "ScheduleFailed", vec![schedule()]),
            (Edge::LookUp, "LookupFailed", vec![schedule(), immediate()]),
            (Edge::Publish, "PublishFailed", vec![schedule(), immediate(), Call::Publish]),
        ] {
            let function = failing(&firehose_stream::DETECTOR, edge);
            let (result, counts, calls) = function.handle_event(&waiting);
            assert_eq!(calls, want, "{edge:?}");
            let diagnostic = Diagnostic::from(result.unwrap_err());
            assert_eq!(diagnostic.error_type, error_type);
            assert_eq!(diagnostic.error_message, format!("event `e-1`: {edge:?} does not respond"));
            let failures = (counts.lookup_failures, counts.schedule_failures, counts.publish_failures);
            let want = |failed: Edge| u64::from(edge == failed);
            assert_eq!(failures, (want(Edge::LookUp), want(Edge::Schedule), want(Edge::Publish)));
            assert_eq!((counts.published, counts.detection_lag), (0, None));
        }
    }

    #[test]
    fn a_failing_look_up_before_the_schedule_schedules_nothing() {
        let function = failing(&kinesis_stream::DETECTOR, Edge::LookUp);
        let (result, _, calls) = function.handle_event(&recheck(create_stream(TEN_SECONDS_AGO), 1));
        assert_eq!(Diagnostic::from(result.unwrap_err()).error_type, "LookupFailed");
        assert_eq!(calls, [Call::LookUp(Phase::Settled)]);
    }

    #[test]
    fn calls_that_failed_and_foreign_events_are_skipped() {
        let mut failed = stop_encryption();
        failed["detail"]["errorCode"] = json!("AccessDenied");
        let other_service = event("ecs", "CreateCluster", TEN_SECONDS_AGO, &json!({}));
        let other_call = event("kinesis", "PutRecord", TEN_SECONDS_AGO, &json!({}));
        let foreign = json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
        for event in [failed, other_service, other_call, foreign] {
            let (result, counts, calls) = function(&kinesis_stream::DETECTOR).handle_event(&event);
            assert_eq!((result, counts.skipped, calls), (Ok(()), 1, vec![]), "{event}");
        }
    }

    #[test]
    fn an_unreadable_event_fails_and_names_its_id() {
        let mut broken = stop_encryption();
        broken["detail"]["eventName"] = json!(7);
        for (text, wanted) in
            [("{}", "holds no CloudTrail record"), ("{", "not JSON"), (broken.to_string().as_str(), "e-1")]
        {
            let (result, counts, calls) = function(&kinesis_stream::DETECTOR).handle_text(text);
            let diagnostic = Diagnostic::from(result.unwrap_err());
            assert_eq!(diagnostic.error_type, "UnreadableEvent", "{text}");
            assert!(diagnostic.error_message.contains(wanted), "{text}: {}", diagnostic.error_message);
            assert_eq!((counts.events, counts.unreadable, calls), (1, 1, vec![]), "{text}");
        }
    }

    #[test]
    fn a_broken_record_does_not_keep_the_others_of_a_batch_from_being_evaluated() {
        let mut broken = stop_encryption();
        broken["detail"]["eventName"] = json!(7);
        let function = function(&kinesis_stream::DETECTOR);
        let (result, counts, calls) = function.handle_event(&json!([broken, stop_encryption(), stop_encryption()]));
        assert_eq!(Diagnostic::from(result.unwrap_err()).error_type, "UnreadableEvent");
        let one = || [Call::LookUp(Phase::All), Call::Publish];
        assert_eq!(calls, one().into_iter().chain(one()).collect::<Vec<_>>());
        assert_eq!((counts.events, counts.unreadable, counts.evaluated, counts.published), (3, 1, 2, 2));
    }

    #[test]
    fn a_failing_edge_does_not_keep_the_others_of_a_batch_from_being_tried() {
        let function = failing(&kinesis_stream::DETECTOR, Edge::LookUp);
        let (result, counts, calls) = function.handle_event(&json!([stop_encryption(), stop_encryption()]));
        assert_eq!(Diagnostic::from(result.unwrap_err()).error_type, "LookupFailed");
        assert_eq!((counts.events, counts.lookup_failures, calls.len()), (2, 2, 2));
    }
}
