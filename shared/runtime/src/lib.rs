//! The edge of Sealwatch: what a function does around the pure rules.
//!
//! [`run`] is a whole function: it reads its configuration, builds its AWS clients once, and then for
//! each event looks up what the record does not tell, judges, publishes and counts.

mod clients;
mod config;
mod handler;
mod lookup;
mod metrics;
mod publish;
mod trust;

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use aws_config::SdkConfig;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use sealwatch_rules::change::Change;
use sealwatch_rules::detector::Detector;
use sealwatch_rules::facts::Facts;
use serde_json::value::RawValue;

use crate::handler::Function;

/// A function's own look-up: the `Describe` call of the resource that a change is about.
///
/// Fails where AWS did not answer, so that the event is tried again. That access is denied or that there is no such
/// resource is a fact.
pub type Describe = for<'a> fn(&'a SdkConfig, &'a Change<'a>) -> Described<'a>;

/// What [`Describe`] comes to.
pub type Described<'a> = Pin<Box<dyn Future<Output = Result<Facts, String>> + Send + 'a>>;

/// Runs a detector as a Lambda function until the process ends.
pub fn run(detector: &'static Detector) -> ExitCode {
    run_describing(detector, |_, _| Box::pin(async { Ok(Facts::default()) }))
}

/// The same for a detector that has to describe its resources.
///
/// Neither generic nor inlined, so that the runtime is compiled once and not in every function.
#[inline(never)]
pub fn run_describing(detector: &'static Detector, describe: Describe) -> ExitCode {
    config::start_logging();
    // one thread: Lambda sends one event at a time
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stopped(&format!("no async runtime: {error}")),
    };
    match runtime.block_on(serve(detector, describe)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => stopped(&problem),
    }
}

/// One clear line, then the end: Lambda reports the start as failed.
fn stopped(problem: &str) -> ExitCode {
    tracing::error!("the function cannot start: {problem}");
    ExitCode::FAILURE
}

async fn serve(detector: &'static Detector, describe: Describe) -> Result<(), String> {
    let environment = config::Environment::read()?;
    let clients = clients::Clients::load().await?;
    let settings = config::settings(&environment, &clients).await?;
    let function = Arc::new(Function { detector, describe, settings, clients, topic_arn: environment.topic_arn });
    let handle = move |event: LambdaEvent<Box<RawValue>>| {
        let function = Arc::clone(&function);
        async move { function.handle(event).await }
    };
    lambda_runtime::run(service_fn(handle)).await.map_err(|error: Error| error.to_string())
}
