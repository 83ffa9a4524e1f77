//! `--live` of a program without the feature `aws`.

use sealwatch_rules::{Facts, Settings};

use crate::error::CliError;

/// See the module of the same name with the feature `aws`.
pub(crate) struct OtherAccounts;

/// Fails: nothing can be looked up.
pub(crate) fn look_up(
    _: Option<&str>,
    _: bool,
    _: &mut Facts,
    _: &Settings,
    _: impl FnMut(&mut dyn FnMut(&str)) -> Result<(), CliError>,
) -> Result<OtherAccounts, CliError> {
    Err(CliError::WithoutAws("`--live`"))
}

impl OtherAccounts {
    /// Nothing was looked up, so there is nothing to warn of.
    pub(crate) fn warning(&self) -> Option<String> {
        None
    }
}
