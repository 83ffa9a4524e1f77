//! `sealwatch`: judges saved AWS API calls on a laptop, with the rules that the functions run.

mod archive;
mod catalog;
mod cli;
mod files;
mod filter;
mod gunzip;
mod live;
mod mailbox;
mod policy;
mod progress;
mod replay;
mod report;
mod s3;
mod sarif;
mod spool;
mod when;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

/// Bad usage, or an input that could not be read.
const UNREADABLE: u8 = 2;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Replay(options) => replay::run(&options),
        Command::Policy(options) => policy::run(&options),
        Command::Rules(options) => catalog::rules(&options),
        Command::Explain(options) => catalog::explain(&options),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        // A reader that went away (`sealwatch … | head`) is no failure.
        Err(problem) if problem.is_broken_pipe() => ExitCode::SUCCESS,
        Err(problem) => {
            anstream::eprintln!("sealwatch: {problem}");
            ExitCode::from(UNREADABLE)
        }
    }
}
