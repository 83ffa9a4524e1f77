//! What the commands that read archives share.

use crate::cli::SelectionArgs;
use crate::error::CliError;
use crate::input::filter::Filter;

/// The filter of `--since`, `--until`, `--account` and `--region`.
///
/// # Errors
/// Fails if no time is both after `--since` and before `--until`.
pub(crate) fn filter(args: &SelectionArgs) -> Result<Filter, CliError> {
    let SelectionArgs { since, until, account, region } = args;
    if since.zip(*until).is_some_and(|(since, until)| until < since) {
        return Err(CliError::NoTime);
    }
    Ok(Filter { since: *since, until: *until, accounts: account.clone(), regions: region.clone() })
}
