//! `sealwatch`: evaluates saved AWS API calls on a laptop, with the rules that the Lambda functions run.

// What only the commands with the feature `aws` use.
#![cfg_attr(
    not(feature = "aws"),
    allow(dead_code, unused_imports, reason = "most of it is for the commands that call AWS")
)]
#![deny(clippy::print_stdout, clippy::print_stderr)] // `Output` and `messages` never panic, and print only what is safe

mod byte_size;
mod cli;
mod commands;
#[cfg(feature = "aws")]
mod doctor;
mod error;
mod exit_status;
mod file_uri;
mod input;
#[cfg_attr(not(feature = "aws"), path = "offline/live.rs")]
mod live;
mod messages;
mod output;
mod progress;
#[cfg_attr(not(feature = "aws"), path = "offline/publisher.rs")]
mod publisher;
mod report;
mod settings_file;
mod source_location;
mod summary;
mod time_args;
mod unfinished;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit_status::ExitStatus;

/// Runs the command that the arguments of this process name.
pub fn main() -> ExitCode {
    unfinished::report_large_files();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return messages::print_usage(&error),
    };
    match commands::run(cli.command) {
        Ok(status) => status.into(),
        Err(error) => {
            messages::print(error);
            ExitStatus::Unreadable.into()
        }
    }
}
