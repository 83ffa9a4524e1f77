//! Tests of functions that lack memory or descriptors, have no folder to write to, or are told to end: an event is told and
//! answered, or not answered as a success. It is never dropped in silence.

use std::os::unix::process::ExitStatusExt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};

use crate::events::{TOPIC, delete_stream, stop_encryption};
use crate::fake_aws::{FakeAws, published};
use crate::http::{Fault, Response, serve};
use crate::process::Process;
use crate::runtime_api::{Function, Outcome};

const KINESIS: &str = "sealwatch-kinesis-stream";

fn start_limited(limits: &str, sns: &str) -> Function {
    let environment = [("SEALWATCH_TOPIC_ARN", TOPIC), ("AWS_ENDPOINT_URL_SNS", sns)];
    Function::start_limited(KINESIS, limits, &environment)
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Told,
    Failed,
    /// The function ended before it answered, which Lambda reports.
    Exited,
}

/// Sends a violating event to a function that lacks something. Fails the test if the event is dropped.
#[track_caller]
fn end_of_event(limits: &str, event: &Value) -> End {
    let sns = FakeAws::sns_accepting();
    let mut function = start_limited(limits, &sns.url);
    function.send("1", event.to_string());
    let outcome = function.outcome_or_exit();
    let told = sns.messages().len();
    match outcome {
        Some(Outcome::Response(_)) => {
            assert_eq!(told, 1, "{limits}: answered as a success and not told");
            End::Told
        }
        Some(Outcome::Error { error_type, error_message }) => {
            assert!(!error_type.is_empty() && !error_message.is_empty(), "{limits}");
            assert_eq!(told, 0, "{limits}: told, and then tried again: {error_type}: {error_message}");
            End::Failed
        }
        None => {
            let (status, stdout, stderr) = function.wait_for_exit();
            assert!(!status.success(), "{limits}: {status}");
            // Linux itself ends a program that has no room to be loaded
            let says_why = !(stdout + &stderr).trim().is_empty() || status.signal().is_some();
            assert!(says_why, "{limits}: it ended without a word: {status}");
            End::Exited
        }
    }
}

/// Lambda gives a function 1,024 of them.
#[test]
fn without_descriptors_an_event_fails_and_with_sixteen_it_is_told() {
    let ends: Vec<End> =
        (3..=16).map(|count| end_of_event(&format!("ulimit -n {count}"), &stop_encryption("orders"))).collect();
    assert_eq!((ends.first(), ends.last()), (Some(&End::Exited), Some(&End::Told)), "{ends:?}");
    assert!(ends.contains(&End::Failed), "none was too few for SNS alone: {ends:?}");
    assert!(ends.is_sorted_by_key(|end| std::cmp::Reverse(*end as u8)), "more is never worse: {ends:?}");
}

#[test]
fn with_too_little_memory_for_an_event_of_a_megabyte_it_fails_and_is_not_dropped() {
    let mut event = stop_encryption("orders");
    event["detail"]["requestParameters"]["padding"] = json!("x".repeat(1 << 20));
    let sns = FakeAws::sns_accepting();
    let mut function = start_limited("ulimit -c 0", &sns.url);
    let idle = {
        function.invoke(delete_stream("orders").to_string()).succeeded();
        function.process().address_space()
    };
    function.invoke(event.to_string()).succeeded();
    let enough = function.process().peak_address_space();
    drop(function);
    assert!(enough > idle, "the event took memory");
    // from a process that cannot start to one that has what it needs, and more closely where the event is read
    let coarse = [idle / 2, idle * 3 / 4, idle * 9 / 10];
    let fine = (0..8).map(|step| idle + (enough - idle) * step / 8);
    let limits: Vec<u64> = coarse.into_iter().chain(fine).chain([enough, enough + 8_192]).collect();
    let ends: Vec<End> =
        limits.iter().map(|limit| end_of_event(&format!("ulimit -c 0; ulimit -v {limit}"), &event)).collect();
    assert_eq!((ends.first(), ends.last()), (Some(&End::Exited), Some(&End::Told)), "{limits:?} {ends:?}");
}

/// A function that writes to no file does not care whether the file system is full or can only be read.
#[test]
fn a_function_opens_no_file_while_it_handles_an_event() {
    let process = Arc::new(OnceLock::<Process>::new());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (of_function, seen_now) = (Arc::clone(&process), Arc::clone(&seen));
    let url = serve(move |_| {
        seen_now.lock().unwrap().push(of_function.get().unwrap().descriptors());
        published()
    });
    let gone = "rmdir gone 2>/dev/null; mkdir gone; cd gone; rmdir ../gone; ulimit -c 0; export TMPDIR=/nowhere";
    let mut function = start_limited(gone, &format!("http://{url}"));
    process.set(function.process()).unwrap();
    for _ in 0..2 {
        function.invoke(stop_encryption("orders").to_string()).succeeded();
    }
    let mut seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2);
    seen.push(function.process().descriptors());
    for descriptors in seen {
        let is_file = |name: &&String| name.starts_with('/') && name.as_str() != "/dev/null";
        let files: Vec<&str> =
            descriptors.iter().filter(is_file).map(|name| name.rsplit('/').next().unwrap()).collect();
        assert_eq!(files, ["stderr", "stdout"], "{descriptors:?}");
    }
}

/// Lambda sends SIGTERM before it ends a sandbox, if at all, and SIGKILL.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
#[test]
fn a_function_that_is_told_to_end_answers_no_event_as_a_success_that_it_did_not_tell() {
    for round in 0..24 {
        let accepted = Arc::new(Mutex::new(0));
        let accepts = Arc::clone(&accepted);
        let url = serve(move |_| {
            std::thread::sleep(Duration::from_millis(5));
            *accepts.lock().unwrap() += 1;
            published()
        });
        let mut function = start_limited("ulimit -c 0", &format!("http://{url}"));
        function.invoke(delete_stream("orders").to_string()).succeeded();
        function.send("1", stop_encryption("orders").to_string());
        std::thread::sleep(Duration::from_millis(round * 2));
        function.process().signal(if round % 2 == 0 { "TERM" } else { "KILL" });
        let outcome = function.outcome_or_exit();
        let (status, ..) = function.wait_for_exit();
        assert_eq!(status.signal(), Some(if round % 2 == 0 { 15 } else { 9 }), "{status}");
        match outcome {
            Some(Outcome::Response(_)) => assert_eq!(*accepted.lock().unwrap(), 1, "round {round}"),
            Some(Outcome::Error { .. }) => panic!("round {round}: {outcome:?}"),
            None => {}
        }
    }
}

/// The same at the worst moment: SNS has the message, and has not said so.
#[test]
fn a_function_that_ends_while_it_publishes_does_not_answer() {
    let process = Arc::new(OnceLock::<Process>::new());
    let of_function = Arc::clone(&process);
    let url = serve(move |_| {
        of_function.get().unwrap().signal("TERM");
        Fault::Silence.of(Response::default())
    });
    let mut function = start_limited("ulimit -c 0", &format!("http://{url}"));
    process.set(function.process()).unwrap();
    function.send("1", stop_encryption("orders").to_string());
    assert_eq!(function.outcome_or_exit(), None);
    assert_eq!(function.wait_for_exit().0.signal(), Some(15));
}
