//! The options of `sealwatch extract`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::cli::archives::{ReadingArgs, SelectionArgs};
use crate::cli::values::CatalogFormat;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["output", "plan", "dry_run"]))]
#[command(group = ArgGroup::new("input").required(true).args(["paths", "keys"]))]
pub(crate) struct ExtractArgs {
    /// Files, directories, s3://bucket/prefix, or - for standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write the extract to this file, which ends in .gz, or to standard output (-)
    ///
    /// The file appears when it is complete.
    #[arg(short, long, value_name = "FILE", value_parser = extract_file)]
    pub(crate) output: Option<PathBuf>,
    /// Read exactly the files or s3:// objects that FILE lists, one on each line, and list nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "dry_run"])]
    pub(crate) keys: Option<PathBuf>,
    /// Only list the input, and write into this folder lists for --keys and a summary, plan.json
    ///
    /// Also writes search.gz, an extract of what is to be said about the search: replay it with the others.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) plan: Option<PathBuf>,
    /// Only list the input, and print what extracting it with AWS Lambda would cost
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How many files or objects are in each list of --plan
    #[arg(long, value_name = "N", default_value = "1000", value_parser = chunk_size)]
    pub(crate) chunk_size: NonZeroUsize,
    /// Output format of --plan and --dry-run
    #[arg(long, value_enum, default_value_t = CatalogFormat::Text)]
    pub(crate) format: CatalogFormat,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// AWS profile for s3:// paths (default: as in the AWS CLI)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// A replay of a folder finds files by their extensions.
fn extract_file(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(name);
    let is_gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    match is_gzip || name == "-" {
        true => Ok(path.to_owned()),
        false => Err("an extract is compressed: write a name that ends in .gz, or - for standard output".to_owned()),
    }
}

fn chunk_size(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "not a number of files, from 1".to_owned())
}
