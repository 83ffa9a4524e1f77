//! What the commands that read archives share.

use std::num::NonZeroUsize;
use std::thread;

use sealwatch_rules::util::time::Seconds;

use crate::error::CliError;
use crate::input::filter::Filter;

/// The filter of `--since`, `--until`, `--account` and `--region`.
///
/// # Errors
/// Fails if no time is both after `--since` and before `--until`.
pub(crate) fn filter(
    since: Option<Seconds>,
    until: Option<Seconds>,
    accounts: &[String],
    regions: &[String],
) -> Result<Filter, CliError> {
    if since.zip(until).is_some_and(|(since, until)| until < since) {
        return Err(CliError::NoTime);
    }
    Ok(Filter { since, until, accounts: accounts.to_vec(), regions: regions.to_vec() })
}

/// How many files are read in parallel: one for each core.
pub(crate) fn default_jobs() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
