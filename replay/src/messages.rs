//! Messages on standard error. Each is one line: text from outside cannot add another.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use sealwatch_rules::util::text::{Printable, plain_lines};

use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// Prints a message.
pub(crate) fn print(message: impl Display) {
    let message = Printable::from(message.to_string());
    // If standard error is full or closed, there is nobody left to tell. The exit status still says what happened.
    let _ = writeln!(anstream::stderr(), "sealwatch: {message}");
}

/// A number of things, in a message.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Prints what clap answers to a wrong command line, or to `--help`. It quotes arguments, and those may be names of files
/// that somebody else chose.
pub(crate) fn print_usage(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let safe = plain_lines(&text);
    let printed = if text == safe { error.print() } else { write!(anstream::stderr(), "{safe}") };
    match printed.and_then(|()| io::stdout().flush()) {
        // as above: without standard error, only the exit status is left
        Err(problem) if !error.use_stderr() && problem.kind() != io::ErrorKind::BrokenPipe => {
            print(CliError::Output(problem));
            ExitStatus::Unreadable.into()
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}
