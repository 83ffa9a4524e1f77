//! Tests of functions whose Runtime API stalls, answers what is no event, or goes away: an event that a function took is
//! answered, or the function ends with one line that says why, which Lambda reports as the failure of the event. Nothing
//! spins meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::events::{TOPIC, stop_encryption};
use crate::fake_aws::FakeAws;
use crate::http::{Fault, Response};
use crate::runtime_api::{DEADLINE, Function, Outcome, accepted, next};

const KINESIS: &str = "sealwatch-kinesis-stream";

fn start(sns: &FakeAws) -> Function {
    start_with(sns, &[])
}

fn start_with(sns: &FakeAws, environment: &[(&str, &str)]) -> Function {
    let own = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", &sns.url)];
    Function::start_alone(KINESIS, &[&own, environment].concat())
}

fn violating() -> Vec<u8> {
    stop_encryption("orders").to_string().into_bytes()
}

/// A violating event with another value of this header, or without it.
fn with_header(name: &'static str, value: Option<&str>) -> Response {
    let mut response = next("00000000-0000-4000-8000-00000000feed", violating());
    response.headers.retain(|(header, _)| *header != name);
    response.headers.extend(value.map(|value| (name, value.to_owned())));
    response
}

fn answer(status: u16, headers: Vec<(&'static str, String)>, body: &str) -> Response {
    Response { status, headers, body: body.into(), fault: None }
}

fn raw(bytes: &[u8]) -> Response {
    Fault::Raw(bytes.to_vec()).of(Response::default())
}

/// The message of the last line of a function that ended by itself: an error in JSON, and nothing beside the log.
#[track_caller]
fn last_words(name: &str, function: Function) -> String {
    let (status, stdout, stderr) = function.wait_for_exit();
    assert!(status.code().is_some_and(|code| code != 0), "{name}: {status}");
    assert_eq!(stderr, "", "{name}");
    let line: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(line["level"], "ERROR", "{name}: {stdout}");
    line["message"].as_str().unwrap().to_owned()
}

/// Lambda starts a function again that ended, and tries the event again that it had taken.
#[test]
fn an_answer_that_is_no_event_ends_the_function_with_a_line_that_says_why() {
    let sns = FakeAws::sns_accepting();
    let no_number = "invalid digit found in string";
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let whole_event = || next("00000000-0000-4000-8000-00000000feed", violating());
    let table = vec![
        ("not HTTP", raw(b"SSH-2.0-OpenSSH_9.9\r\n"), "HTTP"),
        ("no answer", raw(b""), "connection closed"),
        ("half a head", raw(b"HTTP/1.1 200 OK\r\nLambda-Runtime-"), "connection"),
        ("chunks of no size", raw(chunked), "chunk"),
        ("half an event", Fault::Cut(100).of(whole_event()), "end of file before message length reached"),
        ("half a megabyte of headers", with_header("X-Padding", Some(&"x".repeat(1 << 21))), "too large"),
        ("no id", with_header("Lambda-Runtime-Aws-Request-Id", None), "missing lambda-runtime-aws-request-id header"),
        ("no time limit", with_header(DEADLINE, None), "missing lambda-runtime-deadline-ms header"),
        ("a time limit in words", with_header(DEADLINE, Some("soon")), no_number),
        ("a time limit before 1970", with_header(DEADLINE, Some("-1")), no_number),
        ("an empty time limit", with_header(DEADLINE, Some("")), "empty string"),
        ("a time limit out of range", with_header(DEADLINE, Some(&"9".repeat(30))), "too large"),
        ("a client context that is no JSON", with_header("Lambda-Runtime-Client-Context", Some("{")), "EOF"),
        ("an error", answer(500, vec![], r#"{"errorMessage": "no", "errorType": "InternalServerError"}"#), "header"),
        ("a refusal", answer(403, vec![], r#"{"errorMessage": "no", "errorType": "Forbidden"}"#), "header"),
        ("a redirect", answer(302, vec![("location", "http://127.0.0.1:9/".to_owned())], ""), "header"),
        ("another path", answer(404, vec![], "not found"), "header"),
    ];
    let started: Vec<(&str, Function, &str)> = table
        .into_iter()
        .map(|(name, response, wanted)| {
            let function = start(&sns);
            function.answer_next(response);
            (name, function, wanted)
        })
        .collect();
    for (name, function, wanted) in started {
        let message = last_words(name, function);
        let says_why =
            ["the function ends: the Runtime API", "a panic at "].iter().any(|start| message.starts_with(start));
        assert!(says_why, "{name}: {message}");
        assert!(message.contains(wanted), "{name}: {wanted} is missing: {message}");
        assert!(!message.contains("orders") && !message.contains("/registry/"), "{name}: {message}");
    }
    assert_eq!(sns.messages().len(), 0, "nothing is told of an event that did not come whole");
}

#[test]
fn a_function_that_meets_no_runtime_api_ends_and_says_so() {
    let sns = FakeAws::sns_accepting();
    let message = last_words("refused", start_with(&sns, &[("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")]));
    assert!(message.starts_with("the function ends: ") && message.contains("Connection refused"), "{message}");
    let message = last_words("no address", start_with(&sns, &[("AWS_LAMBDA_RUNTIME_API", "a b")]));
    assert!(message.starts_with("a panic at lambda_runtime") && message.contains("URL"), "{message}");
}

#[test]
fn an_event_with_an_odd_head_is_evaluated_and_told_as_any_other() {
    let sns = FakeAws::sns_accepting();
    let mut function = start(&sns);
    let (hour_ago, far) = ("1700000000000", u64::MAX.to_string());
    let arn = "Lambda-Runtime-Invoked-Function-Arn";
    let table = [
        ("a time limit in the past", DEADLINE, Some(hour_ago)),
        ("a time limit in 1970", DEADLINE, Some("0")),
        ("a time limit that never comes", DEADLINE, Some(far.as_str())),
        ("no ARN", arn, None),
        ("an ARN that is none", arn, Some("function")),
        ("no trace", "Lambda-Runtime-Trace-Id", None),
        ("an unknown header", "Lambda-Runtime-Weather", Some("rain")),
    ];
    for (count, (name, header, value)) in (1..).zip(table) {
        function.answer_next(with_header(header, value));
        assert_eq!(function.outcome_or_exit(), Some(Outcome::Response(Value::Null)), "{name}: {}", function.output());
        assert_eq!(sns.messages().len(), count, "{name}");
    }
}

#[test]
fn a_body_that_is_no_event_is_answered_with_an_error_and_the_next_event_is_told() {
    let sns = FakeAws::sns_accepting();
    let mut function = start(&sns);
    let mut large = stop_encryption("orders");
    large["detail"]["requestParameters"]["padding"] = json!("x".repeat(7 << 20)); // Lambda sends 6 MB at most
    assert_eq!(function.invoke(large.to_string()).outcome, Outcome::Response(Value::Null));
    let text = String::from_utf8(violating()).unwrap();
    let latin = text.replace("orders", "MARK").into_bytes();
    let at = latin.windows(4).position(|bytes| bytes == b"MARK").unwrap();
    let latin = [&latin[..at], b"\xfcb\xe9r", &latin[at + 4..]].concat();
    for body in [latin, b"\xef\xbb\xbf{}".to_vec(), b"\0\0\0\0".to_vec(), text.as_bytes()[..500].to_vec()] {
        let invocation = function.invoke(body.clone());
        let shown = String::from_utf8_lossy(&body);
        assert!(matches!(invocation.outcome, Outcome::Error { .. }), "{shown}: {:?}", invocation.outcome);
        assert!(invocation.json().iter().any(|line| line["level"] == "ERROR"), "{shown}: {:?}", invocation.lines);
    }
    // lambda_runtime reads one JSON value, and leaves what follows
    function.invoke([&violating(), &b"\xff\xfe"[..]].concat()).succeeded();
    function.invoke(violating()).succeeded();
    assert_eq!(sns.messages().len(), 3);
}

/// The outcome is not asked for again: lambda_runtime logs that the Runtime API refused it, and takes the next event.
#[test]
fn a_refused_outcome_is_logged_and_the_next_event_is_told() {
    let sns = FakeAws::sns_accepting();
    let mut function = start(&sns);
    for (count, status) in (1..).zip([400, 410, 413, 500, 302]) {
        function.answer_outcome(answer(status, vec![], r#"{"errorMessage": "no"}"#));
        function.invoke(violating()).succeeded();
        function.invoke("{}").outcome.error("UnreadableEvent");
        let output = function.output();
        let logged = |line: &str| line.contains("returned non-200 response") && line.contains(&status.to_string());
        assert!(output.lines().any(logged), "{status}: {output}");
        assert_eq!(sns.messages().len(), count);
    }
}

/// Whether Lambda got the outcome is not known then. If it did not, it tries the event again, and a message comes twice.
#[test]
fn an_outcome_that_gets_no_answer_ends_the_function() {
    for refusal in [raw(b""), raw(b"no HTTP\r\n\r\n")] {
        let sns = FakeAws::sns_accepting();
        let mut function = start(&sns);
        function.answer_outcome(refusal);
        function.send("1", violating());
        assert_eq!(function.outcome_or_exit(), Some(Outcome::Response(Value::Null)));
        let message = last_words("no answer", function);
        assert!(message.starts_with("the function ends: "), "{message}");
        assert_eq!(sns.messages().len(), 1);
    }
}

/// Without the header, a request that is on its way already would get no answer, which ends the function.
#[test]
fn a_connection_that_the_runtime_api_closes_is_opened_again() {
    let sns = FakeAws::sns_accepting();
    let mut function = start(&sns);
    let closing = |mut response: Response| {
        response.headers.push(("connection", "close".to_owned()));
        Fault::Close.of(response)
    };
    for count in 1..4 {
        function.answer_outcome(closing(accepted()));
        function.answer_next(closing(next(&count.to_string(), violating())));
        assert_eq!(function.outcome_or_exit(), Some(Outcome::Response(Value::Null)), "{}", function.output());
        assert_eq!(sns.messages().len(), count);
    }
}

/// lambda_runtime waits without a limit: between events that is how Lambda works, and where an event does not come whole, or
/// its outcome is not taken, Lambda's own time limit ends the function.
#[test]
fn a_function_that_waits_for_the_runtime_api_uses_no_processor() {
    let sns = FakeAws::sns_accepting();
    let event = || next("1", violating());
    let table = vec![
        ("no answer", Some(Fault::Silence.of(Response::default())), None),
        ("a head without a body", Some(Fault::Stall(0).of(event())), None),
        ("half an event", Some(Fault::Stall(100).of(event())), None),
        ("an outcome that is not taken", Some(event()), Some(Fault::Silence.of(Response::default()))),
        ("half an answer to an outcome", Some(event()), Some(Fault::Stall(3).of(accepted()))),
        ("no event", None, None),
    ];
    let start = |(name, event, outcome): (&'static str, Option<Response>, Option<Response>)| {
        let function = start(&sns);
        outcome.into_iter().for_each(|response| function.answer_outcome(response));
        event.into_iter().for_each(|response| function.answer_next(response));
        (name, function)
    };
    let functions: Vec<(&str, Function)> = table.into_iter().map(start).collect();
    let started = std::time::Instant::now();
    let until_told = || sns.messages().len() == 2;
    while !until_told() || started.elapsed() < Duration::from_secs(1) {
        assert!(started.elapsed() < Duration::from_secs(30), "the events that came whole were not told");
        std::thread::sleep(Duration::from_millis(20));
    }
    // on a busy machine some may still start, so the best of a few seconds counts
    let mut used = vec![Duration::MAX; functions.len()];
    for _ in 0..5 {
        let times = || functions.iter().map(|(_, function)| function.process().processor_time()).collect::<Vec<_>>();
        let before = times();
        std::thread::sleep(Duration::from_secs(1));
        let now = times();
        used.iter_mut()
            .zip(now.iter().zip(&before))
            .for_each(|(least, (now, before))| *least = (*least).min(now.saturating_sub(*before)));
        if used.iter().all(|used| *used <= Duration::from_millis(50)) {
            break;
        }
    }
    for ((name, _), used) in functions.iter().zip(used) {
        assert!(used <= Duration::from_millis(50), "{name}: {used:?} of processor time in a second");
    }
    assert_eq!(sns.messages().len(), 2);
}
