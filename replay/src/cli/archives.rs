//! The options that the commands share which read archives.

use std::num::NonZeroUsize;

use clap::Args;
use sealwatch_rules::util::time::Seconds;

use crate::cli::values::{account, jobs, region};
use crate::{byte_size, time_args};

/// Which records are selected.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Leave out calls before this time: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = time_args::since)]
    pub(crate) since: Option<Seconds>,
    /// Leave out calls after this time; a date includes its whole day
    #[arg(long, value_name = "TIME", value_parser = time_args::until)]
    pub(crate) until: Option<Seconds>,
    /// Only calls of this account; may be repeated
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Vec<String>,
    /// Only calls in this Region; may be repeated
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Vec<String>,
}

/// How files are read.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Number of files to read in parallel (default: one per core)
    #[arg(long, hide_short_help = true, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Reject files that are larger than this, after decompression
    #[arg(long, hide_short_help = true, value_name = "SIZE", default_value = "512MiB", value_parser = byte_size::parse)]
    pub(crate) max_file_size: usize,
    /// Show no progress bar and no timing, even on a terminal
    #[arg(long, hide_short_help = true)]
    pub(crate) no_progress: bool,
}
