//! `sealwatch findings show`: all about one finding.

use crate::cli::ShowArgs;
use crate::commands::findings::item::Item;
use crate::commands::findings::{find, text};
use crate::commands::now;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;
use crate::settings_file;

/// Prints one finding. That it is open does not count as a failure: the command answered.
pub(super) fn run(args: &ShowArgs) -> Result<ExitStatus, CliError> {
    let language = settings_file::language(args.language)?;
    let item = Item::new(find(&args.table, &args.fingerprint)?);
    let mut output = Output::new();
    output.write(text::item(&item, now(), language).as_str());
    output.finish()?;
    Ok(ExitStatus::Clean)
}
