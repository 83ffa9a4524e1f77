//! The edge of Sealwatch: what a function does around the pure rules.
//!
//! [`run`] is a whole function: it reads its configuration, builds its AWS clients once, and then for
//! each event looks up what the record does not tell, judges, publishes and counts. A call that only starts a
//! configuration comes back after the settle time.

mod accounts;
mod clients;
mod config;
pub mod describe;
mod handler;
pub mod live;
mod lookup;
mod metrics;
mod problem;
mod publish;
mod schedule;
mod trust;

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use sealwatch_rules::detector::Detector;
use serde_json::value::RawValue;

use crate::describe::Service;
use crate::handler::Function;
use crate::lookup::LookUps;
use crate::schedule::Scheduler;

/// Runs a detector, which may ask these services, as a Lambda function until the process ends.
///
/// Neither generic nor inlined, so that the runtime is compiled once and not in every function.
#[inline(never)]
pub fn run(detector: &'static Detector, services: &'static [&'static Service]) -> ExitCode {
    config::start_logging();
    // one thread: Lambda sends one event at a time
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stopped(&format!("no async runtime: {error}")),
    };
    match runtime.block_on(serve(detector, services)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => stopped(&problem),
    }
}

/// One clear line, then the end: Lambda reports the start as failed.
fn stopped(problem: &str) -> ExitCode {
    tracing::error!("the function cannot start: {problem}");
    ExitCode::FAILURE
}

async fn serve(detector: &'static Detector, services: &'static [&'static Service]) -> Result<(), String> {
    let environment = config::Environment::read()?;
    let clients = clients::Clients::load()?;
    let settings = config::settings(&environment, &clients).await?;
    let scheduler = config::schedules(&environment, detector, &settings)?.map(Scheduler::new);
    let look_ups = LookUps::new(services, clients.config.clone(), environment.lookup_role);
    let topic_arn = environment.topic_arn;
    let function = Arc::new(Function { detector, settings, clients, topic_arn, look_ups, scheduler });
    let handle = move |event: LambdaEvent<Box<RawValue>>| {
        let function = Arc::clone(&function);
        async move { function.handle(event).await }
    };
    lambda_runtime::run(service_fn(handle)).await.map_err(|error: Error| error.to_string())
}
