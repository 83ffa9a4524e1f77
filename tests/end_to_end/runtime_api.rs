//! A small Lambda Runtime API: an HTTP server that passes events to the real binary of a function.
//!
//! Each function has its own server, so that the last poll of a killed process cannot take an event that is meant for
//! another function.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::binaries::{Scratch, binary};
use crate::events::{ACCOUNT, REGION};
use crate::http::{Request, Response, serve};
use crate::local_aws;
use crate::process;

/// The time limit of an invocation.
const TIMEOUT: Duration = Duration::from_secs(40);

/// The message of a function's first line.
pub(crate) const STARTS: &str = "the function starts";

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Response(Value),
    Error { error_type: String, error_message: String },
}

impl Outcome {
    /// The message of an error of this type. Any other outcome fails the test.
    #[track_caller]
    pub(crate) fn error(&self, wanted: &str) -> &str {
        match self {
            Outcome::Error { error_type, error_message } if error_type == wanted => error_message,
            other => panic!("expected the error {wanted}, not {other:?}"),
        }
    }
}

/// A completed invocation.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    /// The lines that the function wrote to standard output during the invocation.
    pub(crate) lines: Vec<String>,
}

impl Invocation {
    /// The lines, each as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let read = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.lines.iter().map(read).collect()
    }

    /// The counts of the invocation: the metrics line of the detector.
    #[track_caller]
    pub(crate) fn counts(&self) -> Value {
        let mut lines = self.json();
        lines.retain(|line| line.get("Events").is_some());
        assert_eq!(lines.len(), 1, "expected one line of counts per invocation: {:#?}", self.lines);
        lines.remove(0)
    }

    /// One of the counts. One that is not written is zero.
    #[track_caller]
    pub(crate) fn count(&self, name: &str) -> u64 {
        let metrics = include_str!("../../shared/runtime/src/metrics.rs");
        assert!(metrics.contains(&format!("(\"{name}\", self.")), "no metric has the name {name}");
        self.counts().get(name).map_or(0, |count| count.as_u64().unwrap())
    }

    /// Fails the test if the invocation failed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Invocation {
        assert_eq!(self.outcome, Outcome::Response(Value::Null), "{:#?}", self.lines);
        self
    }
}

/// A running function.
#[derive(Debug)]
pub(crate) struct Function {
    child: Child,
    /// Contains the files `stdout` and `stderr`. They are files and not pipes, so that all output of an invocation can
    /// be read as soon as the function has responded.
    folder: Scratch,
    /// The number of bytes of `stdout` that belong to earlier invocations.
    bytes_read: u64,
    events: Sender<Next>,
    faults: Sender<Response>,
    outcomes: Receiver<(String, Outcome)>,
}

/// What the Runtime API answers when the function asks for the next event.
enum Next {
    Event(String, Vec<u8>),
    Other(Response),
}

/// The environment of a function that Lambda sets, but for the address of its Runtime API.
const LAMBDA: [(&str, &str); 6] = [
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_REGION", REGION),
    ("AWS_ACCESS_KEY_ID", ACCOUNT), // the local AWS uses the access key as the account id
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("SEALWATCH_SETTLE", "0"), // other tests cover the settle time
];

impl Function {
    /// Starts a binary as Lambda does. Its environment has only the variables that Lambda sets, the endpoint of the
    /// local AWS, and `environment`.
    pub(crate) fn start(name: &str, environment: &[(&str, &str)]) -> Function {
        let endpoint = local_aws::url();
        let with_endpoint = [&[("AWS_ENDPOINT_URL", endpoint.as_str())], environment].concat();
        Function::spawn(name, Command::new(binary(name)), &with_endpoint)
    }

    /// Starts a binary without a local AWS.
    pub(crate) fn start_alone(name: &str, environment: &[(&str, &str)]) -> Function {
        Function::spawn(name, Command::new(binary(name)), environment)
    }

    /// Starts a binary without a local AWS, after a shell has run `limits`: `ulimit -n 16`.
    pub(crate) fn start_limited(name: &str, limits: &str, environment: &[(&str, &str)]) -> Function {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{limits}; exec \"$0\"")]).arg(binary(name));
        Function::spawn(name, command, environment)
    }

    fn spawn(name: &str, mut command: Command, environment: &[(&str, &str)]) -> Function {
        let (events, event_queue) = channel();
        let (faults, fault_queue) = channel();
        let (outcome_sender, outcomes) = channel();
        let api = Api { events: event_queue.into(), faults: fault_queue.into(), outcomes: outcome_sender.into() };
        let address = serve(move |request| api.respond(&request));
        let folder = Scratch::new(name);
        let file = |name| File::create(folder.0.join(name)).unwrap();
        let child = command
            .env_clear()
            .envs([("AWS_LAMBDA_RUNTIME_API", address.as_str()), ("AWS_LAMBDA_FUNCTION_NAME", name)])
            .envs(LAMBDA)
            .envs(environment.iter().copied())
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Function { child, folder, bytes_read: 0, events, faults, outcomes }
    }

    /// The next answer to the function's question for an event: anything but an event.
    pub(crate) fn answer_next(&self, response: Response) {
        self.events.send(Next::Other(response)).unwrap();
    }

    /// The answer when the function hands over the outcome of the next event.
    pub(crate) fn answer_outcome(&self, response: Response) {
        self.faults.send(response).unwrap();
    }

    /// An event that the function gets, with nobody waiting for its outcome.
    pub(crate) fn send(&self, id: &str, event: impl Into<Vec<u8>>) {
        self.events.send(Next::Event(id.to_owned(), event.into())).unwrap();
    }

    /// The next outcome, if it comes before the function exits.
    #[track_caller]
    pub(crate) fn outcome_or_exit(&mut self) -> Option<Outcome> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            assert!(Instant::now() < deadline, "the function does not respond:\n{}", self.output());
            let exited = self.child.try_wait().unwrap().is_some();
            match self.outcomes.recv_timeout(Duration::from_millis(20)) {
                Ok((_, outcome)) => return Some(outcome),
                Err(_) if exited => return None,
                Err(_) => {}
            }
        }
    }

    /// What the operating system says about the process.
    pub(crate) fn process(&self) -> process::Process {
        process::Process(self.child.id())
    }

    /// Invokes the function with an event and waits for its response.
    #[track_caller]
    pub(crate) fn invoke(&mut self, event: impl Into<Vec<u8>>) -> Invocation {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let id = format!("00000000-0000-4000-8000-{:012}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.invoke_as(&id, event)
    }

    /// The same with the id of an earlier invocation, as Lambda tries one again that failed.
    #[track_caller]
    pub(crate) fn invoke_as(&mut self, id: &str, event: impl Into<Vec<u8>>) -> Invocation {
        let id = id.to_owned();
        self.send(&id, event);
        let deadline = Instant::now() + TIMEOUT;
        let (responded_id, outcome) = loop {
            match self.outcomes.recv_timeout(Duration::from_millis(50)) {
                Ok(outcome) => break outcome,
                Err(RecvTimeoutError::Disconnected) => panic!("the Runtime API stopped"),
                Err(RecvTimeoutError::Timeout) => {
                    let exited = self.child.try_wait().unwrap();
                    assert_eq!(exited, None, "the function exited:\n{}", self.output());
                    assert!(Instant::now() < deadline, "the function does not respond:\n{}", self.output());
                }
            }
        };
        assert_eq!(responded_id, id, "the response is for another invocation");
        let (mut stdout, mut new) = (File::open(self.folder.0.join("stdout")).unwrap(), String::new());
        stdout.seek(SeekFrom::Start(self.bytes_read)).unwrap();
        self.bytes_read += stdout.read_to_string(&mut new).unwrap() as u64;
        // the first invocation follows the line about the start
        let lines = new.lines().filter(|line| !line.contains(STARTS)).map(str::to_owned).collect();
        Invocation { id, outcome, lines }
    }

    /// Waits for a function to exit by itself. Returns its status, standard output and standard error.
    #[track_caller]
    pub(crate) fn wait_for_exit(mut self) -> (ExitStatus, String, String) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, self.read_file("stdout"), self.read_file("stderr"));
            }
            assert!(Instant::now() < deadline, "the function does not exit:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything that it wrote: standard output, then standard error.
    pub(crate) fn output(&self) -> String {
        self.read_file("stdout") + "\n" + &self.read_file("stderr")
    }

    fn read_file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.0.join(name)).unwrap()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill(); // fails if it has exited
        let _ = self.child.wait();
    }
}

/// The Runtime API of one function.
struct Api {
    events: Mutex<Receiver<Next>>,
    faults: Mutex<Receiver<Response>>,
    outcomes: Mutex<Sender<(String, Outcome)>>,
}

impl Api {
    fn respond(&self, request: &Request) -> Response {
        let Some(rest) = request.path.strip_prefix("/2018-06-01/runtime/") else {
            return Response { status: 404, ..Response::default() };
        };
        match (request.method.as_str(), rest.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["invocation", "next"]) => match self.events.lock().unwrap().recv() {
                Ok(Next::Event(id, event)) => next(&id, event),
                Ok(Next::Other(response)) => response,
                Err(_) => Response { status: 410, ..Response::default() }, // the test has ended
            },
            ("POST", ["invocation", id, "response"]) => {
                let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                self.accept(id, Outcome::Response(body))
            }
            ("POST", ["invocation", id, "error"]) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                self.accept(id, Outcome::Error { error_type: text("errorType"), error_message: text("errorMessage") })
            }
            ("POST", ["init", "error"]) => accepted(),
            _ => Response { status: 404, ..Response::default() },
        }
    }

    fn accept(&self, id: &str, outcome: Outcome) -> Response {
        let _ = self.outcomes.lock().unwrap().send((id.to_owned(), outcome)); // the test may have ended
        self.faults.lock().unwrap().try_recv().unwrap_or_else(|_| accepted())
    }
}

/// The answer to an outcome.
pub(crate) fn accepted() -> Response {
    Response { status: 202, body: br#"{"status":"OK"}"#.to_vec(), ..Response::default() }
}

/// An event, as the Runtime API hands it over.
pub(crate) fn next(id: &str, event: impl Into<Vec<u8>>) -> Response {
    let deadline = SystemTime::now() + TIMEOUT;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:under-test");
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", id.to_owned()),
        (DEADLINE, deadline.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", function),
        ("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".to_owned()),
    ];
    Response { status: 200, headers, body: event.into(), fault: None }
}

/// The header with the time limit of an invocation.
pub(crate) const DEADLINE: &str = "Lambda-Runtime-Deadline-Ms";
