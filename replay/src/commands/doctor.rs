//! `sealwatch doctor`: checks a deployment.

use sealwatch_rules::util::text::json_line;

use crate::cli::{CatalogFormat, DoctorArgs};
use crate::commands::now;
use crate::doctor::check::State;
use crate::doctor::{examine, policy};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::output::Output;

/// Checks the stack and prints the report, or prints the policy that the checks need.
pub(crate) fn run(args: &DoctorArgs) -> Result<ExitStatus, CliError> {
    let mut output = Output::new();
    let region = args.region.as_deref();
    if args.print_policy {
        output.write(&format!("{:#}\n", policy::policy(&args.stack, region)));
        output.finish()?;
        return Ok(ExitStatus::Clean);
    }
    let report = examine(&args.stack, region, args.profile.as_deref(), now()).map_err(CliError::Doctor)?;
    match args.format {
        CatalogFormat::Text => output.write(report.page().as_str()),
        CatalogFormat::Json => output.write(&(json_line(&report.json()) + "\n")),
    }
    output.finish()?;
    Ok(ExitStatus::new(report.unchecked(), report.count(State::Wrong), false))
}
