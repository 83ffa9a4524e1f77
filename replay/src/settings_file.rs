//! The settings file.

use std::path::Path;

use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;

use crate::error::CliError;

/// The file that is read if the user names none.
const DEFAULT_FILE: &str = "sealwatch.toml";

/// Reads the settings from `file`, or else from `sealwatch.toml` in the current folder. If that does not exist, the
/// defaults apply.
pub(crate) fn load(file: Option<&Path>) -> Result<Settings, CliError> {
    let default_file = Path::new(DEFAULT_FILE);
    let file = match file {
        Some(file) => file,
        None if default_file.exists() => default_file,
        None => return Ok(Settings::default()),
    };
    let error = |problem: String| CliError::Settings { file: file.to_owned(), problem };
    let text = std::fs::read_to_string(file).map_err(|problem| error(problem.to_string()))?;
    Settings::parse(&text, &RULE_IDS).map_err(|problem| error(problem.to_string()))
}
