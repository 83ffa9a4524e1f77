//! Errors that end a command. They are printed as one line.

use std::env;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::input::limits::is_out_of_files;

/// Where the AWS CLI finds credentials, and so does this command line.
const CREDENTIALS: &str = "AWS_ACCESS_KEY_ID, from a profile (--profile or AWS_PROFILE: keys, assumed roles, `aws sso \
                           login`), or from a container or instance";

/// Why a command cannot continue.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Standard output cannot be written.
    Output(io::Error),
    /// What is asked for calls AWS, and the program was built without that.
    #[cfg(not(feature = "aws"))]
    WithoutAws(&'static str),
    /// The man pages cannot be written.
    ManPages {
        /// Where to.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Records are stored in a temporary file, and it cannot be written or read.
    TemporaryFile(io::Error),
    /// The settings cannot be read or parsed.
    Settings {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The settings switch off all rules that the command would evaluate.
    NoRules,
    /// No path leads to a file that could hold records.
    NoInputFiles(Vec<PathBuf>),
    /// `--since` is after `--until`.
    NoTime,
    /// `--profile` was given, and nothing calls AWS.
    UnusedProfile,
    /// `--live` cannot call AWS.
    Live(String),
    /// `sealwatch doctor` cannot call AWS.
    Doctor(String),
    /// `sealwatch findings` cannot read the ledger.
    Ledger(String),
    /// `sealwatch findings` does not have what it is asked for.
    Findings(String),
    /// `sealwatch extract` cannot do what it is asked for.
    Extract(String),
    /// A file of `sealwatch extract` cannot be written.
    ExtractFile {
        /// The file or folder.
        path: PathBuf,
        /// What failed.
        error: io::Error,
    },
    /// `sealwatch scan` does not know where to look, or may not.
    Scan(String),
    /// `--publish` cannot use its topic.
    Topic(String),
    /// SNS rejected a message, so the remaining messages were not sent.
    Publish {
        /// What SNS answered.
        problem: String,
        /// How many messages were sent before.
        published: usize,
        /// How many messages were not sent.
        unsent: usize,
    },
    /// A policy document cannot be evaluated.
    PolicyDocument {
        /// The file, and the resource in a Terraform plan.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CliError::Output(error) => write!(f, "cannot write standard output: {error}{}", way_out(error)),
            #[cfg(not(feature = "aws"))]
            CliError::WithoutAws(what) => write!(
                f,
                "{what} calls AWS, and this program was built without that: build it without `--no-default-features`"
            ),
            CliError::ManPages { folder, error } => {
                write!(f, "cannot write the man pages into {}: {error}{}", folder.display(), way_out(error))
            }
            CliError::TemporaryFile(error) => {
                let what_to_do = match error.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "free disk space there, or set TMPDIR to another folder"
                    }
                    _ => "set TMPDIR to a folder where you may write",
                };
                let folder = env::temp_dir();
                write!(f, "cannot use a temporary file for records in {}: {error}; {what_to_do}", folder.display())
            }
            CliError::Settings { file, problem } => write!(f, "settings {}: {problem}", file.display()),
            CliError::NoRules => f.write_str(
                "the settings switch off every rule that would be evaluated: remove `enabled = false` from one, or name \
                 other settings with `--settings`",
            ),
            CliError::NoInputFiles(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "no .json, .jsonl, .ndjson, .gz, .zst or .zip file in {}", paths.join(", "))
            }
            CliError::NoTime => f.write_str("--since is after --until: no call can be in between"),
            CliError::UnusedProfile => {
                f.write_str("--profile has no effect here: add `--live`, `--publish TOPIC_ARN` or an s3:// path")
            }
            CliError::Live(problem) => write!(
                f,
                "--live: {problem}; --live takes credentials from {CREDENTIALS}"
            ),
            CliError::ExtractFile { path, error } if path.as_os_str() == "-" => {
                write!(f, "standard output: {error}{}", way_out(error))
            }
            CliError::ExtractFile { path, error } => write!(f, "{}: {error}{}", path.display(), way_out(error)),
            CliError::Scan(problem) | CliError::Findings(problem) | CliError::Extract(problem) => f.write_str(problem),
            CliError::Ledger(problem) => write!(
                f,
                "{problem}; `--stack`, `--stack-region` and `--profile` say which ledger is read, and credentials come from \
                 {CREDENTIALS}"
            ),
            CliError::Doctor(problem) => write!(f, "{problem}; credentials come from {CREDENTIALS}"),
            CliError::Topic(problem) => write!(f, "--publish: {problem}"),
            CliError::Publish { problem, published, unsent } => {
                write!(f, "--publish: {problem}; {} sent, {unsent} not sent", count(*published))
            }
            CliError::PolicyDocument { name, problem } => write!(f, "{name}: {problem}"),
        }
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CliError::Output(error)
            | CliError::ManPages { error, .. }
            | CliError::TemporaryFile(error)
            | CliError::ExtractFile { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// What to do about a file that cannot be written or read, with a separator before it.
fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free disk space, or name a file on another disk"
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "; name a folder that exists",
        io::ErrorKind::AlreadyExists => "; name a folder",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "; name a folder where you may write",
        io::ErrorKind::BrokenPipe => "; the reader stopped before the end, so what it got is not complete",
        _ if is_out_of_files(error) => "; allow more open files (ulimit -n)",
        _ => "",
    }
}

/// A number of messages in words.
pub(crate) fn count(messages: usize) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") }
}
