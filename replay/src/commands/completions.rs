//! `sealwatch completions` and `sealwatch man`: what packages install beside the program, from the definitions in `cli.rs`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, CompletedShell, CompletionsArgs, ManArgs};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;

/// Prints the completions of a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitStatus, CliError> {
    let shell = match args.shell {
        CompletedShell::Bash => Shell::Bash,
        CompletedShell::Zsh => Shell::Zsh,
        CompletedShell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sealwatch", &mut script);
    let mut out = Output::new();
    out.write(&String::from_utf8_lossy(&script));
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// Writes a page for the program and one for each command.
pub(crate) fn man(args: &ManArgs) -> Result<ExitStatus, CliError> {
    clap_mangen::generate_to(Cli::command(), &args.folder)
        .map_err(|error| CliError::ManPages { folder: args.folder.clone(), error })?;
    Ok(ExitStatus::Clean)
}
