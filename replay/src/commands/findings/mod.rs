//! `sealwatch findings`: what the ledger of a stack says is wrong, and since when. It only reads.

mod accept;
mod item;
mod list;
mod show;
#[cfg(test)]
mod testing;
mod text;

use std::time::Duration;

use sealwatch_rules::ledger::Entry;
use sealwatch_runtime::api::Api;
use sealwatch_runtime::ledger::Table;

use crate::cli::{FindingsArgs, FindingsCommand, TableArgs};
use crate::error::CliError;
use crate::exit_status::ExitStatus;

/// The digits of a fingerprint.
const DIGITS: usize = 32;

/// The most fingerprints that a message names.
const NAMED: usize = 5;

/// Lists findings, shows one, or prints the exception that accepts one.
pub(crate) fn run(args: &FindingsArgs) -> Result<ExitStatus, CliError> {
    match &args.command {
        None => list::run(&args.list),
        Some(FindingsCommand::Show(args)) => show::run(args),
        Some(FindingsCommand::Accept(args)) => accept::run(args),
    }
}

/// Reads the ledger.
fn read<T>(args: &TableArgs, ask: impl AsyncFnOnce(&Table) -> Result<T, String>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Ledger(format!("cannot start the async runtime: {error}")))?;
    let answer = runtime.block_on(async {
        let api = Api::connect(args.profile.as_deref(), args.stack_region.as_deref()).await;
        // here, `--region` is about the findings
        let api = api.map_err(|problem| problem.replace("`--region ", "`--stack-region "))?;
        ask(&Table::new(api, args.name())).await
    });
    runtime.shutdown_timeout(Duration::ZERO); // the look-up of a host name may still be waiting
    answer.map_err(CliError::Ledger)
}

/// The entry with this fingerprint, or the only one whose fingerprint begins with it.
fn find(args: &TableArgs, fingerprint: &str) -> Result<Entry, CliError> {
    let mut found = read(args, async |table: &Table| match fingerprint.len() {
        DIGITS => Ok(table.find(fingerprint).await?.into_iter().collect()),
        _ => table.all(false).await,
    })?;
    found.retain(|entry| entry.subject.fingerprint.starts_with(fingerprint));
    only(found, fingerprint, &args.name())
}

/// The only one of these entries.
fn only(mut found: Vec<Entry>, fingerprint: &str, table: &str) -> Result<Entry, CliError> {
    match (found.pop(), found.len()) {
        (Some(entry), 0) => Ok(entry),
        (None, _) => Err(CliError::Findings(format!(
            "the ledger `{table}` has no finding `{fingerprint}`: `sealwatch findings --all` lists those that it has"
        ))),
        (Some(last), others) => {
            found.push(last);
            let mut names: Vec<&str> = found.iter().map(|entry| entry.subject.fingerprint.as_str()).collect();
            names.sort_unstable();
            let more = if others >= NAMED { ", …" } else { "" };
            let names = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
            Err(CliError::Findings(format!(
                "`{fingerprint}` begins the fingerprints of {} findings: add digits: {names}{more}",
                others + 1
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::findings::testing::stream;

    fn entry(fingerprint: &str) -> Entry {
        let mut entry = stream("orders");
        entry.subject.fingerprint = fingerprint.to_owned();
        entry
    }

    #[test]
    fn a_prefix_means_one_finding_or_says_what_to_do() {
        let entries = |count: usize| (0..count).map(|n| entry(&format!("9b692f77{n}"))).collect::<Vec<_>>();
        assert_eq!(only(entries(1), "9b692f77", "t").unwrap(), entry("9b692f770"));
        let problem = |count| only(entries(count), "9b692f77", "sealwatch-ledger").unwrap_err().to_string();
        insta::assert_snapshot!(problem(0), @"the ledger `sealwatch-ledger` has no finding `9b692f77`: `sealwatch findings --all` lists those that it has");
        insta::assert_snapshot!(problem(2), @"`9b692f77` begins the fingerprints of 2 findings: add digits: 9b692f770, 9b692f771");
        insta::assert_snapshot!(problem(7), @"`9b692f77` begins the fingerprints of 7 findings: add digits: 9b692f770, 9b692f771, 9b692f772, 9b692f773, 9b692f774, …");
    }
}
