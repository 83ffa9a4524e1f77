//! `sealwatch`: evaluates saved AWS API calls on a laptop, with the rules that the Lambda functions run.

mod byte_size;
mod cli;
mod commands;
mod error;
mod exit_status;
mod file_uri;
mod input;
mod live;
mod progress;
mod publisher;
mod report;
mod settings_file;
mod source_location;
mod summary;
mod time_args;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit_status::ExitStatus;

fn main() -> ExitCode {
    match commands::run(Cli::parse().command) {
        Ok(status) => status.into(),
        // In `sealwatch … | head`, the reader closes the pipe early: that is not a failure.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("sealwatch: {error}");
            ExitStatus::Unreadable.into()
        }
    }
}
