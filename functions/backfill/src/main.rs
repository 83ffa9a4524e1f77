//! The `backfill` functions: the tasks of the state machine in `infra/backfill`, which reads a whole archive.
//!
//! Without arguments, this program is a Lambda function. For each task it starts itself with arguments, and is then the command
//! line: a task says what the command says, and a command that needs too much time or memory takes nothing else with it.

mod bucket;
mod command;
mod extract;
mod input;
mod plan;
mod report;
mod run;
mod task;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(_) => sealwatch::main(),
        None => sealwatch_runtime::run_tasks(task::connect()),
    }
}
