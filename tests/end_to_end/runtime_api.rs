//! A small Lambda Runtime API: a real HTTP server that hands events to a function's real binary.
//!
//! Each function gets a server of its own: the last poll of a killed process must not take the
//! event of another.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::binaries::{Scratch, binary};
use crate::events::{ACCOUNT, REGION};
use crate::http::{Request, Response, serve};
use crate::local_aws;

/// A function that takes longer to answer hangs.
const PATIENCE: Duration = Duration::from_secs(40);

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Response(Value),
    Error { error_type: String, error_message: String },
}

impl Outcome {
    /// The message of an error of this type; any other outcome fails the test.
    #[track_caller]
    pub(crate) fn error(&self, wanted: &str) -> &str {
        match self {
            Outcome::Error { error_type, error_message } if error_type == wanted => error_message,
            other => panic!("wanted the error {wanted}, not {other:?}"),
        }
    }
}

/// An invocation that has ended.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    /// What the function wrote to standard output meanwhile.
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
        lines.retain(|line| line.get("_aws").is_some() && line.get("detector").is_some());
        assert_eq!(lines.len(), 1, "one line of counts an invocation: {:#?}", self.lines);
        lines.remove(0)
    }

    /// One of the counts.
    #[track_caller]
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.counts()[name].as_u64().unwrap_or_else(|| panic!("no count {name}: {:#?}", self.lines))
    }

    /// Fails unless it succeeded, as Lambda sees it.
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
    /// Holds `stdout` and `stderr`: files, so that whatever was written before an answer is there with it.
    folder: Scratch,
    /// How much of it, in bytes, belongs to earlier invocations.
    seen: u64,
    count: usize,
    events: Sender<(String, Vec<u8>)>,
    outcomes: Receiver<(String, Outcome)>,
}

impl Function {
    /// Starts a binary as Lambda does, with nothing in its environment but what Lambda sets, the
    /// local AWS and `environment`.
    pub(crate) fn start(name: &str, environment: &[(&str, &str)]) -> Function {
        let (events, waiting) = channel();
        let (ended, outcomes) = channel();
        let waiting = Mutex::new(waiting);
        let ended = Mutex::new(ended);
        let address = serve(move |request| answer(&request, &waiting, &ended));
        let folder = Scratch::new(name);
        let file = |name| File::create(folder.0.join(name)).unwrap();
        let child = Command::new(binary(name))
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_REGION", REGION),
                ("AWS_ACCESS_KEY_ID", ACCOUNT), // the local AWS takes it for the account
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_ENDPOINT_URL", &local_aws::url()),
                ("SEALWATCH_SETTLE", "0"), // what is waited for has tests of its own
            ])
            .envs(environment.iter().copied())
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Function { child, folder, seen: 0, count: 0, events, outcomes }
    }

    /// Hands an event to the function and waits until it has answered.
    #[track_caller]
    pub(crate) fn invoke(&mut self, event: impl Into<Vec<u8>>) -> Invocation {
        self.count += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.count);
        self.events.send((id.clone(), event.into())).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let (answered, outcome) = loop {
            match self.outcomes.recv_timeout(Duration::from_millis(50)) {
                Ok(outcome) => break outcome,
                Err(RecvTimeoutError::Disconnected) => panic!("the Runtime API broke off"),
                Err(RecvTimeoutError::Timeout) => {
                    let ended = self.child.try_wait().unwrap();
                    assert_eq!(ended, None, "the function ended:\n{}", self.output());
                    assert!(Instant::now() < deadline, "the function hangs:\n{}", self.output());
                }
            }
        };
        assert_eq!(answered, id, "answered for another invocation");
        let (mut stdout, mut new) = (File::open(self.folder.0.join("stdout")).unwrap(), String::new());
        stdout.seek(SeekFrom::Start(self.seen)).unwrap();
        self.seen += stdout.read_to_string(&mut new).unwrap() as u64;
        Invocation { id, outcome, lines: new.lines().map(str::to_owned).collect() }
    }

    /// Waits for a function that ends by itself; gives its status, standard output and standard error.
    #[track_caller]
    pub(crate) fn ended(mut self) -> (ExitStatus, String, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, self.written("stdout"), self.written("stderr"));
            }
            assert!(Instant::now() < deadline, "the function goes on:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn output(&self) -> String {
        self.written("stdout") + "\n" + &self.written("stderr")
    }

    fn written(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.0.join(name)).unwrap()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill(); // fails where it has ended
        let _ = self.child.wait();
    }
}

type Events = Mutex<Receiver<(String, Vec<u8>)>>;
type Outcomes = Mutex<Sender<(String, Outcome)>>;

fn answer(request: &Request, events: &Events, outcomes: &Outcomes) -> Response {
    let accepted = || Response { status: 202, body: br#"{"status":"OK"}"#.to_vec(), ..Response::default() };
    let Some(rest) = request.path.strip_prefix("/2018-06-01/runtime/") else {
        return Response { status: 404, ..Response::default() };
    };
    match (request.method.as_str(), rest.split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", ["invocation", "next"]) => match events.lock().unwrap().recv() {
            Ok((id, event)) => next(id, event),
            Err(_) => Response { status: 410, ..Response::default() }, // the test is over
        },
        ("POST", ["invocation", id, "response"]) => {
            let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let _ = outcomes.lock().unwrap().send(((*id).to_owned(), Outcome::Response(body)));
            accepted()
        }
        ("POST", ["invocation", id, "error"]) => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            let error = Outcome::Error { error_type: text("errorType"), error_message: text("errorMessage") };
            let _ = outcomes.lock().unwrap().send(((*id).to_owned(), error));
            accepted()
        }
        ("POST", ["init", "error"]) => accepted(),
        _ => Response { status: 404, ..Response::default() },
    }
}

fn next(id: String, event: Vec<u8>) -> Response {
    let deadline = SystemTime::now() + PATIENCE;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:under-test");
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", id),
        ("Lambda-Runtime-Deadline-Ms", deadline.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", function),
        ("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".to_owned()),
    ];
    Response { status: 200, headers, body: event }
}
