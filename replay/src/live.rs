//! `sealwatch replay --live`: looks up in AWS what records and facts do not contain.

use std::collections::BTreeSet;

use sealwatch_rules::engine::lookup::{LIST_ACCOUNTS, MAX_ROUNDS};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::{Event, Facts, Settings, pending_lookups};
use sealwatch_runtime::live::Live;
use sealwatch_runtime::lookups::LookupRequest;

use crate::error::CliError;
use crate::progress;

/// Accounts in which [`look_up`] could not look up anything, because the credentials belong to another account.
#[derive(Debug, Default)]
pub(crate) struct OtherAccounts(BTreeSet<String>);

/// Looks up everything that is missing in `facts`. `records` passes the JSON text of all records, in each round again.
///
/// Each look-up is made once, even if many records need it.
///
/// # Errors
/// Fails without credentials, or if `records` fails.
pub(crate) fn look_up(
    profile: Option<&str>,
    show_progress: bool,
    facts: &mut Facts,
    settings: &Settings,
    mut records: impl FnMut(&mut dyn FnMut(&str)) -> Result<(), CliError>,
) -> Result<OtherAccounts, CliError> {
    let live = Live::connect(profile).map_err(CliError::Live)?;
    let mut other_accounts = OtherAccounts::default();
    let bar = progress::look_up_bar(show_progress);
    for _ in 0..MAX_ROUNDS {
        let mut requests: BTreeSet<LookupRequest> = BTreeSet::new();
        records(&mut |text| {
            let Ok(event) = Event::parse(text) else { return }; // evaluating the record reports the error
            for change in event.changes() {
                let mut pending = pending_lookups(&change, facts, settings, Phase::All);
                // the same for every account
                let organization = pending.extract_if(.., |lookup| lookup.call == LIST_ACCOUNTS);
                requests.extend(organization.map(|lookup| live.request(lookup, &change)));
                if change.scope.account == live.account() {
                    requests.extend(pending.into_iter().map(|lookup| live.request(lookup, &change)));
                } else if !pending.is_empty() {
                    other_accounts.0.insert(change.scope.account.to_owned());
                }
            }
        })?;
        if requests.is_empty() {
            break;
        }
        bar.inc_length(requests.len() as u64);
        live.look_up(requests.into_iter().collect(), facts, &mut || bar.inc(1));
    }
    bar.finish_and_clear();
    Ok(other_accounts)
}

impl OtherAccounts {
    /// The warning to print; `None` if everything could be looked up.
    pub(crate) fn warning(&self) -> Option<String> {
        let accounts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        (!accounts.is_empty()).then(|| {
            format!(
                "--live looks up only in the account of the credentials; events of {} are evaluated without look-ups: replay \
                 them with `--account` and a profile of that account",
                accounts.join(", ")
            )
        })
    }
}
