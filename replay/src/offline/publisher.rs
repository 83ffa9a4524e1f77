//! `--publish` of a program without the feature `aws`.

use sealwatch_rules::output::sns::Notification;

use crate::error::CliError;

/// Never exists: [`Publisher::connect`] fails.
pub(crate) struct Publisher;

impl Publisher {
    /// Fails: nothing can be published.
    pub(crate) fn connect(_: Option<&str>, _: &str) -> Result<Publisher, CliError> {
        Err(CliError::WithoutAws("`--publish`"))
    }

    /// Does nothing.
    pub(crate) fn publish(&mut self, _: Notification) {}

    /// Does nothing.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        Ok(())
    }
}
