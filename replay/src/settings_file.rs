//! The settings file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use sealwatch_rules::language::Language;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::util::time::of_clock;

use crate::cli::ReportLanguage;
use crate::error::CliError;

/// The file that is read if the user names none.
const DEFAULT_FILE: &str = "sealwatch.toml";

/// The largest settings file, in bytes. Parameter Store, from which functions read them, takes 8 KB.
const MAX_SIZE: u64 = 1 << 20;

const WAYS_OUT: &str = "remove it, or name other settings with `--settings`";

/// Reads the settings from `file`, or else from `sealwatch.toml` in the current folder. If that does not exist, the
/// defaults apply.
///
/// # Errors
/// Fails if the file cannot be read, even if the user did not name it: a broken link does not mean that there are no
/// settings.
pub(crate) fn load(file: Option<&Path>) -> Result<Settings, CliError> {
    let settings = match file {
        Some(file) => read(file)?,
        None if Path::new(DEFAULT_FILE).symlink_metadata().is_ok() => read_default(Path::new(DEFAULT_FILE))?,
        None => Settings::default(),
    };
    Ok(Settings { today: Some(of_clock(SystemTime::now())), ..settings })
}

/// As [`load`], in the language that the command line names.
pub(crate) fn load_in(file: Option<&Path>, language: Option<ReportLanguage>) -> Result<Settings, CliError> {
    let mut settings = load(file)?;
    settings.language = language.map_or(settings.language, Language::from);
    Ok(settings)
}

/// The language of a command that needs no other settings.
pub(crate) fn language(named: Option<ReportLanguage>) -> Result<Language, CliError> {
    match named {
        Some(language) => Ok(language.into()),
        None => load(None).map(|settings| settings.language),
    }
}

/// Reads a file that the user did not name, so it must be an ordinary one: opening a named pipe could wait forever.
fn read_default(file: &Path) -> Result<Settings, CliError> {
    match std::fs::metadata(file) {
        Ok(metadata) if !metadata.is_file() => Err(error(file, &format!("this is not a file; {WAYS_OUT}"))),
        Err(problem) if file.is_symlink() => {
            Err(error(file, &format!("the link leads to no file: {problem}; {WAYS_OUT}")))
        }
        _ => read(file),
    }
}

fn read(file: &Path) -> Result<Settings, CliError> {
    let mut text = String::new();
    let opened = File::open(file).map_err(|problem| error(file, &problem.to_string()))?;
    opened.take(MAX_SIZE + 1).read_to_string(&mut text).map_err(|problem| error(file, &problem.to_string()))?;
    if text.len() as u64 > MAX_SIZE {
        return Err(error(file, "larger than 1 MiB: this is not a settings file"));
    }
    Settings::parse(&text, &RULE_IDS).map_err(|problem| error(file, &problem.to_string()))
}

fn error(file: &Path, problem: &str) -> CliError {
    CliError::Settings { file: file.to_owned(), problem: problem.to_owned() }
}

/// Fails if the settings switch off every one of these rules: nothing would be evaluated, and that looks like a good
/// result.
pub(crate) fn require_rules<'a>(settings: &Settings, mut rules: impl Iterator<Item = &'a str>) -> Result<(), CliError> {
    if rules.any(|rule| settings.enabled(rule)) { Ok(()) } else { Err(CliError::NoRules) }
}
