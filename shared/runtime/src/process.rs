//! The process of a function: its log, and why it ends.

use std::error::Error;
use std::iter::successors;
use std::panic::{Location, PanicHookInfo};
use std::process::ExitCode;

use sealwatch_rules::output::VERSION;
use sealwatch_rules::util::text::plain;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::environment::variable;

/// Why a function ends. It never ends by itself otherwise.
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
                "the function ends: the Runtime API of Lambda did not answer as documented: {problem}; Lambda starts it \
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
    std::panic::set_hook(Box::new(log_panic));
}

/// Logs that the function is ready for events, and its version.
pub(crate) fn log_start() {
    tracing::info!(version = VERSION, "the function starts");
}

/// Logs a panic in one line. One in the handler fails its event. Any other, which lambda_runtime has if an answer of the
/// Runtime API lacks a header, ends the function.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(place).unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or_default();
    tracing::error!(version = VERSION, "panic at {place}: {}", shown(&place, text));
}

/// The text of a panic of lambda_runtime, which is about the head of an answer. That of any other may contain parts of an
/// event, so its place has to do.
fn shown(place: &str, text: &str) -> String {
    match place.starts_with("lambda_runtime") {
        true => plain(text),
        false => "its text may contain parts of an event and is not logged".to_owned(),
    }
}

/// The last parts of a path and the line: where the sources were says nothing to others.
fn place(location: &Location<'_>) -> String {
    let parts: Vec<&str> = location.file().rsplit(['/', '\\']).take(3).collect();
    let path = parts.into_iter().rev().collect::<Vec<_>>().join("/");
    format!("{path}:{}", location.line())
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

    #[test]
    fn a_panic_shows_its_place_and_no_part_of_an_event() {
        let place = place(Location::caller());
        assert!(place.starts_with("runtime/src/process.rs:") || place.starts_with("src/process.rs:"), "{place}");
        assert_eq!(shown("lambda_runtime-1.5.0/src/types.rs:176", "no header"), "no header");
        assert!(!shown(&place, "byte 5 of `secret`").contains("secret"));
    }
}
