//! One process handles thousands of events of all kinds, while SNS throttles and closes connections: its memory and its
//! descriptors stay what they were after the first tenth, every event is answered, and every violation is told once.
//!
//! `SEALWATCH_SOAK=100000` sets the number of events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use crate::events::{TOPIC, delete_stream, failed, key_arn, start_encryption, stop_encryption};
use crate::fake_aws::{FakeAws, published};
use crate::http::{Fault, Request, Response, serve};
use crate::process::Process;
use crate::runtime_api::{Function, Outcome};

/// The number of events without `SEALWATCH_SOAK`.
const EVENTS: usize = 2_000;

/// The memory that may be added after the first tenth, in kilobytes: what an allocator keeps of one event of a megabyte, which
/// is parsed in place and published in part. A hundred bytes that each event leaves behind would be 9 MB in 100,000 events.
const GROWTH: u64 = 2_048;

/// How often SNS refuses an event for good, of all events: the SDK tries for seconds.
const REFUSED: usize = 5_000;

/// The only key of this test.
const KEY: &str = "5ea1edda-0000-4000-8000-000000000000";

/// An SNS that throttles, refuses, and closes connections now and then.
#[derive(Debug, Default)]
struct Sns {
    requests: usize,
    /// True if the last request was answered, and the connection was kept.
    is_calm: bool,
    /// How often each event is still refused.
    refusals: HashMap<String, u32>,
    /// How often a message about each event was accepted.
    accepted: HashMap<String, u32>,
}

impl Sns {
    fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        self.is_calm = false;
        let id = event_id(&request.text());
        if let Some(left @ 1..) = self.refusals.get_mut(&id) {
            *left -= 1;
            return error(500, "InternalError");
        }
        match self.requests % 400 {
            100 => return error(429, "ThrottledException"),
            300 => return Fault::Raw(Vec::new()).of(Response::default()), // not accepted: SNS never read it
            _ => {}
        }
        *self.accepted.entry(id).or_default() += 1;
        let response = published();
        if self.requests % 50 == 20 {
            return Fault::Close.of(response);
        }
        self.is_calm = true;
        response
    }
}

fn error(status: u16, code: &str) -> Response {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>");
    Response { status, body: body.into(), ..Response::default() }
}

/// The id of the event in a message. None of its characters is encoded in a form.
fn event_id(message: &str) -> String {
    let at = message.find("e2e0c0de-").unwrap();
    message[at..at + 36].to_owned()
}

/// What has to become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Told,
    Silent,
    Refused,
}

/// The event of this number.
fn event(number: usize) -> (Vec<u8>, Wanted) {
    let stream = format!("stream-{number}");
    let (event, wanted) = match number % 10 {
        0..4 => (stop_encryption(&stream), Wanted::Told),
        4 => (start_encryption(&stream, &key_arn(KEY)), Wanted::Silent),
        5 => (delete_stream(&stream), Wanted::Silent),
        6 => (failed(stop_encryption(&stream)), Wanted::Silent),
        7 => (json!({"detail": {"eventID": number}}), Wanted::Refused),
        8 => return (b"{\"detail\": {\"eventName\": ".to_vec(), Wanted::Refused),
        _ => {
            let mut event = stop_encryption(&stream);
            let size = if number % 100 == 19 { 1 << 20 } else { number % 20_000 };
            event["detail"]["requestParameters"]["padding"] = json!("x".repeat(size));
            (event, Wanted::Told)
        }
    };
    (event.to_string().into_bytes(), wanted)
}

/// Memory and descriptors of the function, once it has a connection to each service.
fn measure(function: &mut Function, sns: &Mutex<Sns>) -> (u64, Vec<String>) {
    loop {
        function.invoke(event(4).0).succeeded();
        function.invoke(event(0).0).succeeded();
        if sns.lock().unwrap().is_calm {
            let process: Process = function.process();
            return (process.resident(), process.descriptors());
        }
    }
}

#[test]
fn thousands_of_events_leave_no_memory_and_no_descriptor_behind_and_each_violation_is_told_once() {
    let total = std::env::var("SEALWATCH_SOAK").map_or(EVENTS, |events| events.parse().unwrap());
    let (sns, kms) = (Arc::new(Mutex::new(Sns::default())), FakeAws::kms_enabled());
    let answering = Arc::clone(&sns);
    let url = format!("http://{}", serve(move |request| answering.lock().unwrap().answer(&request)));
    let environment =
        [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &url), ("AWS_ENDPOINT_URL_KMS", &kms.url)];
    let mut function = Function::start_alone("sealwatch-kinesis-stream", &environment);
    let (started, mut told, mut tried_again) = (Instant::now(), 0, 0);
    let (at_start, _) = measure(&mut function, &sns);
    let mut after_a_tenth = (0, Vec::new());
    for number in 0..total {
        if number == total / 10 {
            after_a_tenth = measure(&mut function, &sns);
        }
        let (event, wanted) = event(number);
        if number % REFUSED == 1 {
            sns.lock().unwrap().refusals.insert(event_id(&String::from_utf8_lossy(&event)), 3);
        }
        let mut invocation = function.invoke(event.clone());
        if number % REFUSED == 1 {
            invocation.outcome.error("PublishFailed");
            invocation = function.invoke_as(&invocation.id, event.clone()); // as Lambda does
            tried_again += 1;
        }
        match (wanted, &invocation.outcome) {
            (Wanted::Refused, Outcome::Error { .. }) => {}
            (Wanted::Told | Wanted::Silent, Outcome::Response(Value::Null)) => {}
            (_, other) => panic!("{number}: {other:?} {:#?}", invocation.lines),
        }
        if wanted == Wanted::Told {
            let id = event_id(&String::from_utf8_lossy(&event));
            assert_eq!(sns.lock().unwrap().accepted.get(&id), Some(&1), "{number}");
            told += 1;
        }
    }
    let at_end = measure(&mut function, &sns);
    let sns = sns.lock().unwrap();
    println!(
        "{total} events in {:?}; resident {at_start} kB, after a tenth {} kB, at the end {} kB; descriptors {} and {}; \
         {told} told, {tried_again} tried again, {} requests to SNS",
        started.elapsed(),
        after_a_tenth.0,
        at_end.0,
        after_a_tenth.1.len(),
        at_end.1.len(),
        sns.requests,
    );
    assert!(sns.accepted.len() >= told && sns.accepted.values().all(|count| *count == 1), "{:?}", sns.accepted);
    assert_eq!(at_end.1, after_a_tenth.1, "the descriptors");
    assert!(at_end.0 <= after_a_tenth.0 + GROWTH, "memory grew from {} to {} kB", after_a_tenth.0, at_end.0);
}
