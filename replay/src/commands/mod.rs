//! The commands, one file each.

mod doctor;
mod explain;
mod policy;
mod replay;
mod rule_document;
mod rules;
mod scan;
mod select;

use crate::cli::Command;
use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<ExitStatus, CliError> {
    match command {
        Command::Replay(args) => replay::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Doctor(args) => doctor::run(&args),
    }
}
