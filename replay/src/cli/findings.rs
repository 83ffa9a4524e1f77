//! The options of `sealwatch findings`.

use clap::{Args, Subcommand, ValueEnum};
use sealwatch_rules::util::time::Seconds;

use crate::cli::examples;
use crate::cli::values::{
    MinSeverity, ReportLanguage, account, day, fingerprint, reason, region, rule_id, stack_name, table_name,
};
use crate::time_args;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct FindingsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<FindingsCommand>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FindingsCommand {
    /// Show all that the ledger knows about one finding, and what was told about it
    ///
    /// Exit status: 0 shown, 2 usage error, no such finding, or the ledger cannot be read.
    #[command(after_long_help = examples::SHOW)]
    Show(ShowArgs),
    /// Print the exception that accepts a finding, to paste into the settings. Writes nothing
    ///
    /// Exit status: 0 printed, 2 usage error, no such finding, or the ledger cannot be read.
    #[command(after_long_help = examples::ACCEPT)]
    Accept(AcceptArgs),
}

/// Which table of which account.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// The parameter `Name` of the stack: the prefix of all its names
    ///
    /// Its ledger is the table `NAME-ledger`.
    #[arg(long, value_name = "NAME", default_value = "sealwatch", value_parser = stack_name)]
    pub(crate) stack: String,
    /// The table of the ledger, if it is not that of a stack
    #[arg(long, value_name = "NAME", value_parser = table_name, conflicts_with = "stack")]
    pub(crate) table: Option<String>,
    /// The Region of the stack (default: as in the AWS CLI)
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) stack_region: Option<String>,
    /// AWS profile (default: as in the AWS CLI)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

impl TableArgs {
    /// The name of the table, as the templates form it.
    pub(crate) fn name(&self) -> String {
        self.table.clone().unwrap_or_else(|| format!("{}-ledger", self.stack))
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = FindingsFormat::Text)]
    pub(crate) format: FindingsFormat,
    /// Language
    ///
    /// Default: `language` of ./sealwatch.toml, if it exists, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
    /// List what is resolved, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Leave out what did not change since this time: a date or an RFC 3339 time
    ///
    /// That is, what was neither opened, resolved nor reported since then.
    #[arg(long, value_name = "TIME", value_parser = time_args::since)]
    pub(crate) since: Option<Seconds>,
    /// Leave out findings below this severity
    #[arg(long, value_name = "SEVERITY", value_enum, visible_alias = "severity")]
    pub(crate) min_severity: Option<MinSeverity>,
    /// List only findings of this account; may be repeated
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Vec<String>,
    /// List only findings in this Region; may be repeated
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Vec<String>,
    /// List only findings of this rule; may be repeated
    #[arg(long, value_name = "ID", value_parser = rule_id)]
    pub(crate) rule: Vec<&'static str>,
    /// Exit with status 0 even if there are open violations
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The fingerprint of the finding, or its first eight or more digits
    #[arg(value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub(crate) fingerprint: String,
    /// Language
    ///
    /// Default: `language` of ./sealwatch.toml, if it exists, or en. Programs get English.
    #[arg(long, value_enum)]
    pub(crate) language: Option<ReportLanguage>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// The fingerprint of the finding, or its first eight or more digits
    #[arg(value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub(crate) fingerprint: String,
    /// Why you accept it
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// The last day on which you accept it, YYYY-MM-DD (default: for ever)
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// Output formats of `findings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingsFormat {
    /// For people, with a summary
    Text,
    /// One JSON object per finding, each on its own line
    Json,
    /// One OCSF Compliance Finding per finding, each on its own line
    Ocsf,
    /// One HTML page for people, with filters: it loads nothing
    Html,
}
