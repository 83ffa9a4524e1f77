//! The edge of Sealwatch: everything that a function does around the pure rules.
//!
//! [`run`] is a whole function: it reads its configuration and then, for each event, looks up what the record does not say,
//! evaluates the rules, publishes violations and writes metrics. A call that only starts a configuration is evaluated again
//! after the settle time.
//!
//! Modules import only those above them: `clock`, `aws_error`, `panics`, `proxy`, `tls`; `aws_config`; `signed`, `settings_object`, `environment`; `process`; `ledger`, `lookups`, `schedule`, `publish`,
//! `metrics`; `canary`, `heartbeat`; `signals`; `edges`, `plan`; `handler`. `live` is the same edge for the command line, and `api` makes calls by name;
//! `scan` and `security_hub` are functions of their own; `tasks` serves a function that is elsewhere.

pub mod api;
mod aws_config;
mod aws_error;
mod canary;
mod clock;
mod edges;
mod environment;
mod handler;
pub mod heartbeat;
pub mod ledger;
pub mod live;
pub mod lookups;
mod metrics;
mod panics;
mod plan;
mod process;
mod proxy;
mod publish;
pub mod scan;
mod schedule;
mod security_hub;
mod settings_object;
pub mod signals;
mod signed;
pub mod tasks;
mod tls;

use std::process::ExitCode;
use std::time::SystemTime;

use sealwatch_rules::Detector;

use crate::lookups::Service;
use crate::process::End;

pub use crate::aws_config::laptop_config;
pub use crate::clock::time_left;
pub use crate::environment::variable;

/// Runs a detector, which looks things up at these services, as a Lambda function until the process ends.
///
/// Neither generic nor inlined, so that the runtime is compiled once and not for every function.
#[inline(never)]
pub fn run(detector: &'static Detector, services: &'static [&'static Service]) -> ExitCode {
    start(detector, services, None)
}

/// The same as [`run`], for the function that also hears what the deployment says about itself.
pub fn run_with_signals(
    detector: &'static Detector,
    services: &'static [&'static Service],
    signals: &'static signals::Connect,
) -> ExitCode {
    start(detector, services, Some(signals))
}

/// Runs the scan as a Lambda function until the process ends.
pub fn run_scan() -> ExitCode {
    start_with(scan::function::serve())
}

/// Runs the function that imports the ledger into Security Hub, until the process ends.
pub fn run_security_hub() -> ExitCode {
    start_with(security_hub::serve())
}

/// Runs a function that carries out the tasks of a state machine, until the process ends.
///
/// `connect` makes what carries out a task, given its input and the time when Lambda ends it.
pub fn run_tasks<T, F>(connect: impl Future<Output = Result<T, String>>) -> ExitCode
where
    T: Fn(serde_json::Value, SystemTime) -> F + Send,
    F: Future<Output = Result<serde_json::Value, tasks::Failure>> + Send,
{
    start_with(tasks::serve(connect))
}

fn start(
    detector: &'static Detector,
    services: &'static [&'static Service],
    signals: Option<&'static signals::Connect>,
) -> ExitCode {
    start_with(handler::serve(detector, services, signals))
}

fn start_with(serve: impl Future<Output = Result<(), End>>) -> ExitCode {
    process::start_logging();
    // one thread: Lambda sends one event at a time
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(serve),
        Err(error) => Err(End::NotStarted(format!("cannot start the async runtime: {error}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => end.log(),
    }
}
