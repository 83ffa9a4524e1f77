//! The handler over fakes of its three edges.

mod clocks;

use super::*;
use sealwatch_rules::output::sns::Notification;

use std::cell::RefCell;

use crate::ledger::testing::FakeStore;

use sealwatch_rules::engine::facts::Description;
use sealwatch_rules::ledger::State;
use sealwatch_rules::rules::{RULE_IDS, firehose_stream, kinesis_stream, kms_key_policy};
use sealwatch_rules::util::severity::Severity;
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
    Send { at: Seconds },
    Publish,
}

/// Records all calls. One edge can fail, and one can never answer.
struct FakeEdges {
    stream_status: &'static str,
    failing: Option<Edge>,
    hanging: Option<Edge>,
    calls: RefCell<Vec<Call>>,
    schedule_names: RefCell<Vec<String>>,
    scheduled_events: RefCell<Vec<String>>,
    published: RefCell<Vec<Notification>>,
    ledger: Option<FakeStore>,
    /// Lambda's; a minute from the function's clock if it is `None`.
    time_limit: Option<Seconds>,
}

impl FakeEdges {
    async fn answer(&self, edge: Edge, call: Call) -> Result<(), String> {
        self.calls.borrow_mut().push(call);
        if self.hanging == Some(edge) {
            std::future::pending::<()>().await;
        }
        if self.failing == Some(edge) { Err(format!("{edge:?} does not respond")) } else { Ok(()) }
    }
}

impl Edges for FakeEdges {
    type Ledger = FakeStore;

    fn ledger(&self) -> Option<&FakeStore> {
        self.ledger.as_ref()
    }

    async fn send(&self, name: &str, at: Seconds, function_arn: &str, input: String) -> Result<(), String> {
        assert_eq!(function_arn, FUNCTION);
        self.answer(Edge::Schedule, Call::Send { at }).await?;
        self.schedule_names.borrow_mut().push(name.to_owned());
        self.scheduled_events.borrow_mut().push(input);
        Ok(())
    }

    async fn look_up(
        &self,
        change: &Change<'_>,
        _: &Settings,
        phase: Phase,
        own_account: &str,
    ) -> Result<Facts, String> {
        assert_eq!(own_account, "111122223333");
        self.answer(Edge::LookUp, Call::LookUp(phase)).await?;
        let mut facts = Facts::default();
        let stream = match self.stream_status {
            "ENCRYPTED" => json!({"StreamARN": STREAM, "StreamStatus": "ACTIVE", "EncryptionType": "KMS",
                "KeyId": "alias/aws/kinesis"}),
            status => json!({"StreamARN": STREAM, "StreamStatus": status, "EncryptionType": "NONE"}),
        };
        let arn = change.resource.arn.clone().unwrap_or_default();
        facts.insert_resource("kinesis:DescribeStreamSummary", arn, Description::Found(stream));
        Ok(facts)
    }

    async fn schedule(&self, recheck: &Recheck<'_>) -> Result<(), String> {
        assert_eq!(recheck.function_arn, FUNCTION);
        self.answer(Edge::Schedule, Call::Schedule { attempt: recheck.attempt, at: recheck.at }).await?;
        self.schedule_names.borrow_mut().push(recheck.name());
        self.scheduled_events.borrow_mut().push(recheck.text.to_owned());
        Ok(())
    }

    async fn publish(&self, notification: Notification) -> Result<(), String> {
        self.answer(Edge::Publish, Call::Publish).await?;
        self.published.borrow_mut().push(notification);
        Ok(())
    }
}

fn function(detector: &'static Detector) -> Function<FakeEdges> {
    let edges = FakeEdges {
        stream_status: "ACTIVE",
        failing: None,
        hanging: None,
        calls: RefCell::default(),
        schedule_names: RefCell::default(),
        scheduled_events: RefCell::default(),
        published: RefCell::default(),
        ledger: None,
        time_limit: None,
    };
    Function { detector, settings: Settings::default(), edges, clock: || NOW }
}

fn failing(detector: &'static Detector, edge: Edge) -> Function<FakeEdges> {
    let mut function = function(detector);
    function.edges.failing = Some(edge);
    function
}

fn hanging(detector: &'static Detector, edge: Edge) -> Function<FakeEdges> {
    let mut function = function(detector);
    function.edges.hanging = Some(edge);
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
        let (result, counts) = self.attempt(payload);
        assert_adds_up(&counts);
        (result, counts, self.edges.calls.take())
    }

    /// Handles an event, which may tell what an earlier attempt left: then its counts need not add up.
    fn attempt(&self, payload: &str) -> (Result<(), Failure>, Counts) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut counts = Counts::default();
        let result = runtime.block_on(async {
            let deadline = self.edges.hanging.map(|_| Instant::now() + Duration::from_millis(50));
            let time_limit = self.edges.time_limit.unwrap_or_else(|| (self.clock)() + 60);
            let time_limit = Some(time_limit);
            let invocation = Invocation { request_id: "r", function_arn: FUNCTION, deadline, time_limit };
            self.evaluate_event(payload, &invocation, &mut counts).await
        });
        (result, counts)
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
    let signals = counts.canary_heard + counts.heartbeats;
    let handled = evaluated + waiting + skipped + unreadable + lookup_failures + schedule_failures + signals;
    assert_eq!(counts.events, handled, "{counts:?}");
    if counts.publish_failures + counts.ledger_failures == 0 {
        assert_eq!(counts.violations, counts.published + counts.kept + counts.excepted + counts.known, "{counts:?}");
    }
    assert_eq!(counts.by_rule.len() as u64, counts.published + counts.kept, "{counts:?}");
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
    assert_eq!(calls, [Call::LookUp(Phase::All), schedule], "looked up once");
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
fn an_edge_that_never_answers_ends_the_invocation_before_its_time_limit() {
    let waiting = create_firehose(TEN_SECONDS_AGO);
    for (edge, step, calls_made) in [
        (Edge::Schedule, "scheduling the re-check", 1),
        (Edge::LookUp, "looking up", 2),
        (Edge::Publish, "publishing", 3),
    ] {
        let (result, counts, calls) = hanging(&firehose_stream::DETECTOR, edge).handle_event(&waiting);
        let diagnostic = Diagnostic::from(result.unwrap_err());
        assert_eq!(diagnostic.error_type, "TimedOut");
        let message = format!("event `e-1`: {step} was not done before the time limit of the function");
        assert_eq!((diagnostic.error_message, calls.len()), (message, calls_made));
        let failures = counts.lookup_failures + counts.schedule_failures + counts.publish_failures;
        assert_eq!((counts.timeouts, failures, counts.published), (1, 1, 0), "{counts:?}");
    }
}

#[test]
fn all_records_of_a_batch_are_counted_when_its_time_is_over() {
    let function = hanging(&kinesis_stream::DETECTOR, Edge::LookUp);
    let (result, counts, _) = function.handle_event(&json!([stop_encryption(), stop_encryption(), stop_encryption()]));
    assert_eq!(Diagnostic::from(result.unwrap_err()).error_type, "TimedOut");
    assert_eq!((counts.events, counts.timeouts, counts.lookup_failures), (3, 3, 3));
}

#[test]
fn an_invocation_ends_before_the_time_limit_of_lambda() {
    let limit = |left: Duration| deadline(SystemTime::now() + left, SystemTime::now()).map(|end| end - Instant::now());
    let left = limit(Duration::from_secs(30)).unwrap();
    assert!((27..=28).contains(&left.as_secs()), "{left:?}");
    assert_eq!(limit(MARGIN / 2), None, "too short to end by itself");
}

#[test]
fn the_detection_lag_is_that_of_a_message() {
    let compliant = event("kinesis", "StartStreamEncryption", TEN_SECONDS_AGO, &json!({"streamName": "orders"}));
    let mut function = function(&kinesis_stream::DETECTOR);
    assert!(function.handle_event(&stop_encryption()).1.detection_lag.is_some());
    function.settings.notify.unverified = false;
    let (result, counts, calls) = function.handle_event(&compliant);
    assert_eq!((result, counts.evaluated, counts.detection_lag), (Ok(()), 1, None), "{calls:?}");
    assert!(!calls.contains(&Call::Publish), "{calls:?}");
}

#[test]
fn findings_below_the_minimum_severity_are_counted_and_not_published() {
    let mut function = function(&kinesis_stream::DETECTOR);
    function.settings.notify.min_severity = Severity::Critical;
    let (result, counts, calls) = function.handle_event(&stop_encryption());
    assert_eq!((result, calls), (Ok(()), vec![Call::LookUp(Phase::All)]));
    assert_eq!((counts.violations, counts.kept, counts.published, counts.detection_lag), (1, 1, 0, None));
    assert_eq!(counts.by_rule, [("kinesis-stream-unencrypted", "high")]);
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

/// Hears `UpdateKeyDescription` as a signal, and nothing else.
struct Hearing(Result<String, String>);

impl crate::signals::Signals for Hearing {
    fn hear<'a>(
        &'a self,
        record: &'a Record<'a>,
        own_account: &'a str,
        now: Seconds,
        counts: &'a mut Counts,
    ) -> crate::signals::Pending<'a, crate::signals::Heard> {
        Box::pin(async move {
            assert_eq!((own_account, now), ("111122223333", NOW));
            (record.event_name() == "UpdateKeyDescription").then(|| {
                counts.canary_heard += u64::from(self.0.is_ok());
                counts.schedule_failures += u64::from(self.0.is_err());
                self.0.clone()
            })
        })
    }
}

impl Edges for Hearing {
    type Ledger = FakeStore;

    fn ledger(&self) -> Option<&FakeStore> {
        None
    }

    async fn send(&self, _: &str, _: Seconds, _: &str, _: String) -> Result<(), String> {
        unreachable!("there is no ledger")
    }

    async fn look_up(&self, _: &Change<'_>, _: &Settings, _: Phase, _: &str) -> Result<Facts, String> {
        Ok(Facts::default())
    }

    async fn schedule(&self, _: &Recheck<'_>) -> Result<(), String> {
        unreachable!("a signal is not re-checked")
    }

    async fn publish(&self, _: Notification) -> Result<(), String> {
        unreachable!("a signal is not published")
    }

    fn signals(&self) -> Option<&(dyn crate::signals::Signals + Send + Sync)> {
        Some(self)
    }
}

fn hear(answer: Result<&str, &str>, event: &Value) -> (Result<(), Failure>, Counts) {
    let edges = Hearing(answer.map(str::to_owned).map_err(str::to_owned));
    let function =
        Function { detector: &kinesis_stream::DETECTOR, settings: Settings::default(), edges, clock: || NOW };
    let invocation = Invocation { request_id: "r", function_arn: FUNCTION, deadline: None, time_limit: None };
    let (runtime, mut counts) = (tokio::runtime::Builder::new_current_thread().build().unwrap(), Counts::default());
    let result = runtime.block_on(function.evaluate_event(&event.to_string(), &invocation, &mut counts));
    assert_adds_up(&counts);
    (result, counts)
}

#[test]
fn a_signal_is_not_skipped_and_a_call_that_is_neither_monitored_nor_a_signal_is() {
    let signal = event("kms", "UpdateKeyDescription", TEN_SECONDS_AGO, &json!({}));
    let (result, counts) = hear(Ok("heard"), &signal);
    assert_eq!((result, counts.canary_heard, counts.skipped), (Ok(()), 1, 0));
    let (result, counts) = hear(Err("denied"), &signal);
    assert_eq!(result, Err(Failure::ScheduleFailed("event `e-1`: denied".to_owned())), "Lambda tries it again");
    assert_eq!((counts.canary_heard, counts.skipped), (0, 0));
    let (result, counts) = hear(Ok("heard"), &event("kms", "TagResource", TEN_SECONDS_AGO, &json!({})));
    assert_eq!((result, counts.canary_heard, counts.skipped), (Ok(()), 0, 1));
}

/// A function with a ledger.
fn remembering() -> Function<FakeEdges> {
    let mut function = function(&kinesis_stream::DETECTOR);
    function.edges.ledger = Some(FakeStore::default());
    function
}

fn stream_event(name: &str, id: &str, time: &str, parameters: &Value) -> Value {
    let mut event = event("kinesis", name, time, parameters);
    event["detail"]["eventID"] = json!(id);
    event
}

/// `StopStreamEncryption` of a stream.
fn stop(stream: &str, id: &str, time: &str) -> Value {
    stream_event(
        "StopStreamEncryption",
        id,
        time,
        &json!({"streamName": stream, "encryptionType": "KMS", "keyId": "alias/orders"}),
    )
}

fn delete(stream: &str, id: &str, time: &str) -> Value {
    stream_event("DeleteStream", id, time, &json!({"streamName": stream}))
}

fn subjects(function: &Function<FakeEdges>) -> Vec<String> {
    function.edges.published.take().into_iter().map(|one| one.subject).collect()
}

#[test]
fn with_a_ledger_a_duplicate_is_silent_and_a_fix_is_told() {
    let function = remembering();
    let mut told = Vec::new();
    for event in [
        stop("orders", "e-1", "2026-05-01T11:59:00Z"),
        stop("orders", "e-1", "2026-05-01T11:59:00Z"),
        delete("orders", "e-2", "2026-05-01T11:59:30Z"),
        delete("orders", "e-2", "2026-05-01T11:59:30Z"),
        stop("orders", "e-1", "2026-05-01T11:59:00Z"),
        stop("orders", "e-3", "2026-05-01T11:59:50Z"),
        delete("orders", "e-4", "2026-05-01T11:59:55Z"),
    ] {
        let (result, ..) = function.handle_event(&event);
        assert_eq!(result, Ok(()));
        told.push(subjects(&function).join(", "));
    }
    let opened = "[HIGH] kinesis-stream-unencrypted orders (111122223333 eu-west-1)";
    let resolved = "[RESOLVED] kinesis-stream-unencrypted orders (111122223333 eu-west-1)";
    assert_eq!(told, [opened, "", resolved, "", "", opened, resolved]);
}

#[test]
fn without_a_ledger_a_closing_call_is_skipped() {
    let function = function(&kinesis_stream::DETECTOR);
    let (result, counts, calls) = function.handle_event(&delete("orders", "e-1", TEN_SECONDS_AGO));
    assert_eq!((result, counts.skipped, calls), (Ok(()), 1, vec![]));
}

#[test]
fn a_ledger_that_does_not_answer_fails_the_invocation() {
    let function = remembering();
    function.edges.ledger.as_ref().unwrap().fails.set(true);
    let (result, counts, calls) = function.handle_event(&stop("orders", "e-1", TEN_SECONDS_AGO));
    let failure = Failure::LedgerFailed("event `e-1`: the ledger does not answer".to_owned());
    assert_eq!((result, counts.ledger_failures), (Err(failure), 1));
    assert!(!calls.contains(&Call::Publish));
}

#[test]
fn a_publish_that_fails_is_tried_again_and_told_once() {
    let mut function = remembering();
    function.edges.failing = Some(Edge::Publish);
    let event = stop("orders", "e-1", TEN_SECONDS_AGO);
    let (result, counts, _) = function.handle_event(&event);
    assert_eq!(
        (Diagnostic::from(result.unwrap_err()).error_type.as_str(), counts.publish_failures),
        ("PublishFailed", 1)
    );
    function.edges.failing = None;
    for _ in 0..2 {
        assert_eq!(function.handle_event(&event).0, Ok(()));
    }
    assert_eq!(subjects(&function).len(), 1);
}

#[test]
fn a_storm_is_five_messages_and_one() {
    let function = remembering();
    for number in 0..200 {
        let event = stop(&format!("orders-{number}"), &format!("e-{number}"), TEN_SECONDS_AGO);
        assert_eq!(function.handle_event(&event).0, Ok(()));
        assert_eq!(function.handle_event(&event).0, Ok(()), "a duplicate");
    }
    assert_eq!(subjects(&function).len(), 5);
    let names = function.edges.schedule_names.take();
    let scheduled = function.edges.scheduled_events.take();
    assert_eq!(names.len(), 195);
    assert!(names.iter().all(|name| *name == names[0] && name.len() <= 64), "one schedule: {names:?}");
    let invoked = |text: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let invocation = Invocation { request_id: "digest", function_arn: FUNCTION, deadline: None, time_limit: None };
        let message = schedule::message(text).unwrap();
        runtime.block_on(function.tell_gathered(&message, &invocation, &mut Counts::default()))
    };
    assert_eq!(invoked(&scheduled[0]), Ok(()));
    let gathered = function.edges.published.take();
    assert!(gathered[0].subject.contains("kinesis-stream-unencrypted: 195 more"), "{}", gathered[0].subject);
    let texts: Value = serde_json::from_str(&gathered[0].message).unwrap();
    let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
    assert_eq!((gathered.len(), machine["findings"].as_array().unwrap().len()), (1, 195));
    assert_eq!(invoked(&scheduled[0]), Ok(()), "a duplicate of the schedule");
    assert_eq!(subjects(&function).len(), 0);
    let entries = function.edges.ledger.as_ref().unwrap().entries();
    assert!(entries.iter().all(|entry| entry.pending.is_none() && entry.notice().is_none()));
}

#[test]
fn a_storm_whose_message_cannot_be_scheduled_is_told_one_by_one() {
    let mut function = remembering();
    function.edges.failing = Some(Edge::Schedule);
    for number in 0..8 {
        let event = stop(&format!("orders-{number}"), &format!("e-{number}"), TEN_SECONDS_AGO);
        assert_eq!(function.handle_event(&event).0, Ok(()));
    }
    assert_eq!(subjects(&function).len(), 8);
}

#[test]
fn the_end_of_a_grant_ends_nothing_else_about_its_key() {
    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/9c8b7a60-0000-4000-8000-000000000009";
    let mut function = function(&kms_key_policy::DETECTOR);
    function.edges.ledger = Some(FakeStore::default());
    let kms_event = |name: &str, id: &str, time: &str, request: Value, answer: Value| {
        let mut event = event("kms", name, time, &request);
        event["detail"]["eventID"] = json!(id);
        event["detail"]["responseElements"] = answer;
        event["detail"]["resources"] = json!([{"ARN": KEY, "accountId": "111122223333", "type": "AWS::KMS::Key"}]);
        event
    };
    let policy = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]});
    let put = json!({"keyId": KEY, "policyName": "default", "policy": policy.to_string()});
    let grant =
        json!({"keyId": KEY, "granteePrincipal": "arn:aws:iam::999988887777:role/reports", "operations": ["Decrypt"]});
    for event in [
        kms_event("PutKeyPolicy", "e-1", "2026-05-01T11:59:00Z", put, Value::Null),
        kms_event("CreateGrant", "e-2", "2026-05-01T11:59:10Z", grant, json!({"grantId": "g-1"})),
    ] {
        assert_eq!(function.handle_event(&event).0, Ok(()));
    }
    let open = || {
        let mut entries = function.edges.ledger.as_ref().unwrap().entries();
        entries.retain(|entry| entry.state == State::Open);
        entries.into_iter().map(|entry| entry.subject.rule).collect::<Vec<_>>()
    };
    let before = open();
    assert!(before.contains(&"kms-key-policy-public".to_owned()), "{before:?}");
    assert!(before.contains(&"kms-grant-to-foreign-account".to_owned()), "{before:?}");
    // `RetireGrant` by a token, of which the record does not show the grant
    let unknown = kms_event("RetireGrant", "e-3", "2026-05-01T11:59:20Z", json!({}), Value::Null);
    assert_eq!(function.handle_event(&unknown).0, Ok(()));
    assert_eq!(open(), before);
    let revoke =
        kms_event("RevokeGrant", "e-4", "2026-05-01T11:59:30Z", json!({"keyId": KEY, "grantId": "g-1"}), Value::Null);
    assert_eq!(function.handle_event(&revoke).0, Ok(()));
    let mut rest = before;
    rest.retain(|rule| !rule.starts_with("kms-grant-"));
    assert_eq!(open(), rest);
}

#[test]
fn what_an_earlier_attempt_found_is_told_although_the_next_one_finds_something_else() {
    let mut function = remembering();
    function.edges.failing = Some(Edge::Publish);
    let created = recheck(create_stream(TWO_HOURS_AGO), 1);
    assert!(function.handle_event(&created).0.is_err());
    // it is encrypted meanwhile, and the call that did it has not come yet
    function.edges.failing = None;
    function.edges.stream_status = "ENCRYPTED";
    assert_eq!(function.attempt(&created.to_string()).0, Ok(()));
    let entries = function.edges.ledger.as_ref().unwrap().entries();
    let open = |rule: &str| entries.iter().any(|entry| entry.subject.rule == rule && entry.state == State::Open);
    assert!(open("kinesis-stream-unencrypted"));
    let told = subjects(&function);
    assert!(told.iter().any(|one| one.starts_with("[HIGH] kinesis-stream-unencrypted")), "{told:?}");
}

#[test]
fn whoever_was_told_of_a_violation_is_told_of_its_end_whatever_its_severity_is() {
    let mut function = remembering();
    let mut told = Vec::new();
    for (severity, event) in [
        ("high", stop("orders", "e-1", "2026-05-01T11:59:00Z")),
        ("low", stop("orders", "e-2", "2026-05-01T11:59:10Z")),
        ("low", delete("orders", "e-3", "2026-05-01T11:59:20Z")),
        ("low", stop("orders", "e-4", "2026-05-01T11:59:30Z")),
        ("low", delete("orders", "e-5", "2026-05-01T11:59:40Z")),
    ] {
        let text = format!("notify.min_severity = 'high'\nrules.kinesis-stream-unencrypted.severity = '{severity}'");
        function.settings = Settings::parse(&text, &RULE_IDS).unwrap();
        assert_eq!(function.handle_event(&event).0, Ok(()));
        told.push(subjects(&function).join(", "));
    }
    let rest = "kinesis-stream-unencrypted orders (111122223333 eu-west-1)";
    let [high, low, resolved] = ["HIGH", "LOW", "RESOLVED"].map(|label| format!("[{label}] {rest}"));
    assert_eq!(told, [high, low, resolved, String::new(), String::new()]);
}

#[test]
fn a_finding_that_comes_too_late_for_the_message_of_its_storm_is_told_at_once() {
    thread_local!(static CLOCK: std::cell::Cell<Seconds> = const { std::cell::Cell::new(NOW) });
    let mut function = remembering();
    for number in 0..5 {
        let event = stop(&format!("orders-{number}"), &format!("e-{number}"), TEN_SECONDS_AGO);
        assert_eq!(function.handle_event(&event).0, Ok(()));
    }
    function.edges.published.take();
    function.edges.time_limit = Some(NOW + 900);
    // each look at the clock takes 40 seconds
    function.clock = || CLOCK.replace(CLOCK.get() + 40);
    CLOCK.set(NOW - 10);
    assert_eq!(function.handle_event(&stop("late", "e-late", TEN_SECONDS_AGO)).0, Ok(()));
    let entries = function.edges.ledger.as_ref().unwrap().entries();
    let late = entries.iter().find(|entry| entry.subject.resource.ends_with("/late")).unwrap();
    assert_eq!(late.pending, None, "nobody tells it later");
    assert_eq!(subjects(&function).len(), 1);
}
