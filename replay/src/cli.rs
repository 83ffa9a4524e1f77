//! The command line: commands, options and their values.

mod archives;
mod examples;
mod extract;
mod findings;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sealwatch_rules::settings::parse_duration;

use crate::cli::values::{account, region, role, rule_id, stack_name};

pub(crate) use archives::{ReadingArgs, SelectionArgs};
pub(crate) use extract::ExtractArgs;
pub(crate) use findings::{AcceptArgs, FindingsArgs, FindingsCommand, FindingsFormat, ListArgs, ShowArgs, TableArgs};
pub(crate) use values::{CatalogFormat, MinSeverity, ReportLanguage};

/// Evaluates AWS API calls against encryption rules.
#[derive(Debug, Parser)]
#[command(name = "sealwatch", version, max_term_width = 100, after_long_help = examples::ALL)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate saved API calls, from CloudTrail log files to queue messages
    ///
    /// Reads EventBridge events, CloudTrail records and log files, JSON lines and queue messages.
    ///
    /// Exit status: 0 no violation, 1 at least one violation, 2 usage error or an input that cannot be read.
    #[command(after_long_help = examples::REPLAY)]
    Replay(ReplayArgs),
    /// Copy out of an archive what a replay needs of it: a small file, which can be joined with others
    ///
    /// `sealwatch replay` of extracts answers as it does for the whole archive.
    ///
    /// Exit status: 0 everything was read, 2 usage error or an input that cannot be read, 3 S3 did not hand over an object: try
    /// again.
    #[command(after_long_help = examples::EXTRACT)]
    Extract(ExtractArgs),
    /// Evaluate what exists in AWS accounts already, by the same rules. Reads only
    ///
    /// Exit status: 0 no violation, 1 at least one violation, 2 usage error or something could not be looked at.
    #[command(after_long_help = examples::SCAN)]
    Scan(ScanArgs),
    /// Evaluate key policies before they are applied
    ///
    /// Reads policy documents, output of `aws kms get-key-policy` and `terraform show -json`, and CloudFormation templates.
    ///
    /// Exit status: 0 no violation, 1 at least one violation, 2 usage error or an input that cannot be read.
    #[command(after_long_help = examples::POLICY)]
    Policy(PolicyArgs),
    /// List the rules
    #[command(after_long_help = examples::RULES)]
    Rules(RulesArgs),
    /// Explain a rule: what it detects, why it matters, how to fix a violation
    #[command(after_long_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Check a deployed stack. Changes nothing
    ///
    /// Trail, rules, functions, topics, keys, queues, alarms, canary, members.
    ///
    /// Exit status: 0 all is well, 1 something is wrong, 2 usage error or something could not be checked.
    #[command(after_long_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// List what a deployed stack found open, and since when. Changes nothing
    ///
    /// Reads the ledger of the stack.
    ///
    /// Exit status: 0 no open violation, 1 at least one open violation, 2 usage error or the ledger cannot be read.
    #[command(after_long_help = examples::FINDINGS)]
    Findings(FindingsArgs),
    /// Print the completions of a shell
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Write the man pages
    #[command(after_long_help = examples::MAN)]
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Files, directories, s3://bucket/prefix, or - for standard input
    ///
    /// In directories and S3, files that end in .json, .jsonl, .ndjson, .gz, .zst or .zip are read.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Language of text, HTML and messages
    ///
    /// Default: `language` of the settings, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
    /// Print every outcome, not only violations and unverified outcomes
    #[arg(long)]
    pub(crate) all: bool,
    /// Settings file (default: ./sealwatch.toml, if it exists)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Saved answers of the AWS CLI about keys and resources; may be repeated
    ///
    /// Files or directories with the output of describe-key, describe-connector and others.
    #[arg(long, value_name = "PATH")]
    pub(crate) facts: Vec<PathBuf>,
    /// Look up in AWS what records and facts do not contain
    ///
    /// Reads only: the current state, and only in the account of the credentials.
    #[arg(long)]
    pub(crate) live: bool,
    /// AWS profile (default: as in the AWS CLI)
    ///
    /// For --live, --publish and s3:// paths.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Also publish to this SNS topic, as the Lambda functions do
    #[arg(long, hide_short_help = true, value_name = "TOPIC_ARN")]
    pub(crate) publish: Option<String>,
    /// Evaluate only this rule; may be repeated
    #[arg(long, value_name = "ID", value_parser = rule_id)]
    pub(crate) rule: Vec<&'static str>,
    /// Leave out violations and unverified outcomes below this severity
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) min_severity: Option<MinSeverity>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Settle time: calls within this time after a creation are part of its configuration; 0 evaluates each record alone
    /// (default: keys.settle of the settings, or 5m)
    #[arg(long, hide_short_help = true, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true)]
    pub(crate) settle: Option<u64>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Exit with status 0 even if there are violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ScanArgs {
    /// Scan this Region; may be repeated (default: the Region of the AWS CLI)
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Vec<String>,
    /// Scan all Regions that an account has enabled
    #[arg(long, conflicts_with = "region")]
    pub(crate) all_regions: bool,
    /// Scan only this service; may be repeated
    #[arg(long, value_name = "SERVICE", value_parser = ["cloudtrail", "firehose", "kafka", "kafkaconnect", "kinesis", "kms"])]
    pub(crate) service: Vec<String>,
    /// AWS profile (default: as in the AWS CLI)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Assume this role in each account but that of the credentials
    ///
    /// Its name, or path and name.
    #[arg(long, value_name = "NAME", value_parser = role, requires = "accounts")]
    pub(crate) role: Option<String>,
    /// Scan this account; may be repeated (default: the account of the credentials)
    #[arg(long, value_name = "ID", value_parser = account, requires = "role", group = "accounts")]
    pub(crate) account: Vec<String>,
    /// Scan all accounts of the organization
    #[arg(long, requires = "role", group = "accounts")]
    pub(crate) organization: bool,
    /// Also look at the policies of streams, clusters and event data stores
    ///
    /// One more call for each of them.
    #[arg(long)]
    pub(crate) resource_policies: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Language of text, HTML and messages
    ///
    /// Default: `language` of the settings, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
    /// Print every outcome, not only violations and unverified outcomes
    #[arg(long)]
    pub(crate) all: bool,
    /// Settings file (default: ./sealwatch.toml, if it exists)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Evaluate only this rule; may be repeated
    #[arg(long, value_name = "ID", value_parser = rule_id)]
    pub(crate) rule: Vec<&'static str>,
    /// Leave out violations and unverified outcomes below this severity
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) min_severity: Option<MinSeverity>,
    /// Show no progress bar, even on a terminal
    #[arg(long, hide_short_help = true)]
    pub(crate) no_progress: bool,
    /// Exit with status 0 even if there are violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Print the IAM policy that such a scan needs, and scan nothing
    #[arg(long)]
    pub(crate) print_policy: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Key policies, Terraform plans (JSON), CloudFormation templates (JSON), or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The account that owns the key (default: derived from the file or the policy)
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,
    /// The Region of the key
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PolicyFormat::Text)]
    pub(crate) format: PolicyFormat,
    /// Language of text and HTML
    ///
    /// Default: `language` of the settings, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
    /// Print every outcome, not only violations and unverified outcomes
    #[arg(long)]
    pub(crate) all: bool,
    /// Settings file (default: ./sealwatch.toml, if it exists)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Exit with status 0 even if there are violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = CatalogFormat::Text)]
    pub(crate) format: CatalogFormat,
    /// List the exceptions of the settings instead of the rules
    #[arg(long)]
    pub(crate) exceptions: bool,
    /// Settings file (default: ./sealwatch.toml, if it exists)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The id of the rule, as listed by `sealwatch rules`
    #[arg(value_name = "RULE", value_parser = rule_id)]
    pub(crate) rule: &'static str,
    /// Output format
    #[arg(long, value_enum, default_value_t = CatalogFormat::Text)]
    pub(crate) format: CatalogFormat,
    /// Language
    ///
    /// Default: `language` of ./sealwatch.toml, if it exists, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The parameter `Name` of the stack: the prefix of all its names
    #[arg(long, value_name = "NAME", default_value = "sealwatch", value_parser = stack_name)]
    pub(crate) stack: String,
    /// The Region of the stack (default: as in the AWS CLI)
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Option<String>,
    /// AWS profile (default: as in the AWS CLI)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = CatalogFormat::Text)]
    pub(crate) format: CatalogFormat,
    /// Print the IAM policy that the checks need, and check nothing
    #[arg(long)]
    pub(crate) print_policy: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: CompletedShell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder to write them into, one page for each command; it must exist
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

/// Shells with completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletedShell {
    /// bash-completion 2
    Bash,
    /// A function for $fpath
    Zsh,
    /// fish 3
    Fish,
}

/// Output formats of `replay` and `scan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: grouped by resource, with a summary
    Text,
    /// One JSON object per outcome, each on its own line
    Json,
    /// One OCSF Compliance Finding per outcome, each on its own line
    Ocsf,
    /// One JSON object per event, each on its own line: the message that would be published to SNS
    Sns,
    /// One SARIF log, for code review tools
    Sarif,
    /// One HTML page for people, with filters: it loads nothing
    Html,
}

/// Output formats of `policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// For people, with a summary
    Text,
    /// One JSON object per outcome, each on its own line
    Json,
    /// One SARIF log, for code review tools
    Sarif,
    /// One HTML page for people, with filters: it loads nothing
    Html,
}
