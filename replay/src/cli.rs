//! The command line.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sealwatch_rules::arn::is_account;
use sealwatch_rules::rule::Severity;
use sealwatch_rules::rules;
use sealwatch_rules::settings::{Settings, parse_duration, unknown_rule};
use sealwatch_rules::time::Seconds;

use crate::files;
use crate::when;

/// Judges AWS API calls against encryption rules.
#[derive(Debug, Parser)]
#[command(name = "sealwatch", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge saved events: EventBridge events, CloudTrail records and log files, JSON lines, and what wraps them
    ///
    /// Exit status: 0 nothing found, 1 a violation, 2 bad usage or an input that could not be read.
    Replay(Replay),
    /// Judge key policies: bare documents, what `aws kms get-key-policy` prints, plans as `terraform show -json` prints them
    ///
    /// Exit status: 0 nothing found, 1 a violation, 2 bad usage or an input that could not be read.
    Policy(Policy),
    /// List the rules
    Rules(Rules),
    /// Explain a rule: what it detects, why it matters, how to fix it
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Files, directories and s3://bucket/prefix (searched for .json, .jsonl, .ndjson and .gz), or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Print every outcome, not only violations and what could not be verified
    #[arg(long)]
    pub(crate) all: bool,
    /// Settings (default: sealwatch.toml in the current folder, if there is one)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// What AWS CLI commands printed about keys and resources (describe-key, describe-connector, …); may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) facts: Vec<PathBuf>,
    /// Ask AWS what records and facts leave open: read-only, as things are now, in the account of the credentials
    #[arg(long, group = "aws")]
    pub(crate) live: bool,
    /// The profile to take credentials from (default: as the AWS CLI does)
    #[arg(long, value_name = "NAME", requires = "aws")]
    pub(crate) profile: Option<String>,
    /// Publish to this SNS topic, too, as the functions do
    #[arg(long, value_name = "TOPIC_ARN", group = "aws")]
    pub(crate) publish: Option<String>,
    /// Judge by this rule only; may be repeated
    #[arg(long, value_name = "ID", value_parser = rule_id)]
    pub(crate) rule: Vec<&'static str>,
    /// Leave out what is less severe
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) min_severity: Option<Least>,
    /// Leave out calls before this time: a date, or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = when::since)]
    pub(crate) since: Option<Seconds>,
    /// Leave out calls after this time; a date counts to its end
    #[arg(long, value_name = "TIME", value_parser = when::until)]
    pub(crate) until: Option<Seconds>,
    /// Judge calls of this account only; may be repeated
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Vec<String>,
    /// Judge calls in this Region only; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// How long a configuration may take to settle: later calls within this time count. 0 judges each record alone
    /// (default: keys.settle of the settings, else 5m)
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) settle: Option<u64>,
    /// Read this many files at the same time (default: one per core)
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Refuse files that hold more than this
    #[arg(long, value_name = "SIZE", default_value = "512MiB", value_parser = files::bytes)]
    pub(crate) max_file_size: usize,
    /// Show no progress bar and no times, even on a terminal
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Exit with 0 even where there are violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The account that owns the key (default: what the file or the policy tells)
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,
    /// The Region of the key
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = PolicyFormat::Text)]
    pub(crate) format: PolicyFormat,
    /// Print every outcome, not only violations and what could not be verified
    #[arg(long)]
    pub(crate) all: bool,
    /// Settings (default: sealwatch.toml in the current folder, if there is one)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Exit with 0 even where there are violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
    /// List the exceptions of the settings instead
    #[arg(long)]
    pub(crate) exceptions: bool,
    /// Settings (default: sealwatch.toml in the current folder, if there is one)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The rule's id, as `sealwatch rules` lists it
    #[arg(value_name = "RULE", value_parser = rule_id)]
    pub(crate) rule: &'static str,
    /// How to print the explanation
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub(crate) format: Plain,
}

/// Output formats of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: grouped by resource, with a summary
    Text,
    /// One JSON object per line and outcome
    Json,
    /// One OCSF Compliance Finding per line and outcome
    Ocsf,
    /// One JSON object per line and event: what would be published to SNS
    Sns,
    /// One SARIF log, for code review tools
    Sarif,
}

/// Output formats of judged policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// For people, with a summary
    Text,
    /// One JSON object per line and outcome
    Json,
    /// One SARIF log, for code review tools
    Sarif,
}

/// Output formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Severities as the command line takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Least {
    Low,
    Medium,
    High,
    Critical,
}

impl From<Least> for Severity {
    fn from(least: Least) -> Severity {
        match least {
            Least::Low => Severity::Low,
            Least::Medium => Severity::Medium,
            Least::High => Severity::High,
            Least::Critical => Severity::Critical,
        }
    }
}

fn account(id: &str) -> Result<String, String> {
    if is_account(id) { Ok(id.to_owned()) } else { Err("an account id has twelve digits".to_owned()) }
}

fn rule_id(id: &str) -> Result<&'static str, String> {
    rules::find(id).map(|rule| rule.id).ok_or_else(|| unknown_rule(id, &rules::IDS))
}

/// Why a command cannot go on.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Standard output cannot be written.
    Output(io::Error),
    /// Anything else, in words.
    Said(String),
}

impl Problem {
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Problem::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Output(error) => write!(f, "the output cannot be written: {error}"),
            Problem::Said(problem) => f.write_str(problem),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::Output(error)
    }
}

/// The settings of a file, else of `sealwatch.toml` in the current folder, else the defaults.
pub(crate) fn settings(file: Option<&Path>) -> Result<Settings, Problem> {
    let usual = Path::new("sealwatch.toml");
    let file = match file {
        Some(file) => file,
        None if usual.exists() => usual,
        None => return Ok(Settings::default()),
    };
    let said = |problem: &dyn fmt::Display| Problem::Said(format!("settings {}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| said(&error))?;
    Settings::parse(&text, &rules::IDS).map_err(|error| said(&error))
}
