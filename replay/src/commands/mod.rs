//! The commands, one file each.

mod completions;
#[cfg(feature = "aws")]
mod doctor;
mod explain;
mod extract;
#[cfg(feature = "aws")]
mod findings;
mod input;
mod policy;
mod replay;
mod rule_document;
mod rules;
#[cfg(feature = "aws")]
mod scan;
mod select;

use std::time::SystemTime;

use sealwatch_rules::util::time::{Seconds, of_clock};

use crate::cli::Command;
use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// The time of the run.
fn now() -> Seconds {
    of_clock(SystemTime::now())
}

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<ExitStatus, CliError> {
    match command {
        Command::Replay(args) => replay::run(&args),
        Command::Extract(args) => extract::run(&args),
        #[cfg(feature = "aws")]
        Command::Scan(args) => scan::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Explain(args) => explain::run(&args),
        #[cfg(feature = "aws")]
        Command::Doctor(args) => doctor::run(&args),
        #[cfg(feature = "aws")]
        Command::Findings(args) => findings::run(&args),
        #[cfg(not(feature = "aws"))]
        Command::Scan(_) | Command::Doctor(_) | Command::Findings(_) => Err(CliError::WithoutAws("this command")),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    }
}
