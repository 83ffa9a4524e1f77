//! The process of a function: its log, and why it ends.

use std::error::Error;
use std::iter::successors;
use std::process::ExitCode;

use sealwatch_rules::output::VERSION;
use sealwatch_rules::util::text::plain;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::environment::variable;
use crate::panics::log_panics;

/// Why a function ends. `panics` logs the only other reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is configured wrongly, and took no event.
    NotStarted(String),
    /// The Runtime API of Lambda cannot be reached, or its answer not be used.
    RuntimeApi(String),
}

impl From<String> for End {
    fn from(problem: String) -> End {
        End::NotStarted(problem)
    }
}

impl From<&str> for End {
    fn from(problem: &str) -> End {
        End::NotStarted(problem.to_owned())
    }
}

impl From<lambda_runtime::Error> for End {
    fn from(error: lambda_runtime::Error) -> End {
        End::RuntimeApi(causes(&*error))
    }
}

/// An error with all its causes: the HTTP client of lambda_runtime names them only one by one.
fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = successors(Some(error), |&error| error.source());
    plain(&causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

impl End {
    /// Logs it in one clear line. Lambda reports that the function ended.
    pub(crate) fn log(&self) -> ExitCode {
        match self {
            End::NotStarted(problem) => tracing::error!(version = VERSION, "the function cannot start: {problem}"),
            End::RuntimeApi(problem) => tracing::error!(
                version = VERSION,
                "the function ends: the Runtime API of Lambda cannot be reached, or did not answer as documented: {problem}; Lambda starts it \
                 again, and tries an event again that it had taken"
            ),
        }
        ExitCode::FAILURE
    }
}

/// Starts the log: one JSON object per line on standard output, the JSON log format of Lambda.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
pub(crate) fn start_logging() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    // this target logs one line, which repeats the handler's error without the ids of request and event
    let filter = Targets::new().with_default(level).with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .finish()
        .with(filter)
        .init();
    log_panics();
}

/// Logs that the function is ready for events, and its version.
pub(crate) fn log_start() {
    tracing::info!(version = VERSION, "the function starts");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_function_names_all_causes_in_one_line() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "no\r\none \u{1b}[2J there");
        let wrapped = std::io::Error::other(refused);
        let End::RuntimeApi(text) = End::from(lambda_runtime::Error::from(wrapped)) else { panic!() };
        assert!(text.contains("there") && !text.contains(char::is_control), "{text:?}");
        assert_eq!(End::from("no topic"), End::NotStarted("no topic".to_owned()));
    }
}
