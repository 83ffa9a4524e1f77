//! A function whose invocations are tasks of a Step Functions state machine: JSON in, JSON out, or an error that has a name.

use std::time::SystemTime;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::environment::check_runs_in_lambda;
use crate::panics::without_message;
use crate::process::{End, log_start};

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name of the error, which `Catch` and `Retry` of the state machine match.
    pub name: &'static str,
    /// What went wrong, where, and what to do.
    pub message: String,
}

impl Failure {
    /// A failure of this name.
    pub fn new(name: &'static str, message: impl Into<String>) -> Failure {
        Failure { name, message: message.into() }
    }
}

/// Connects, and carries out tasks until the process ends.
///
/// # Errors
/// Says what is wrong with the configuration, or that the Runtime API cannot be used.
pub(crate) async fn serve<T, F>(connect: impl Future<Output = Result<T, String>>) -> Result<(), End>
where
    T: Fn(Value, SystemTime) -> F + Send,
    F: Future<Output = Result<Value, Failure>> + Send,
{
    check_runs_in_lambda()?;
    let task = connect.await?;
    let handle = |event: LambdaEvent<Value>| {
        let done = task(event.payload, event.context.deadline());
        async move {
            without_message(done).await.map_err(|Failure { name, message }| {
                tracing::error!("{name}: {message}");
                Diagnostic { error_type: name.to_owned(), error_message: message }
            })
        }
    };
    log_start();
    Ok(lambda_runtime::run(service_fn(handle)).await?)
}
