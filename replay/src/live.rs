//! `sealwatch replay --live`: asking AWS what records and facts leave open.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sealwatch_rules::change::Change;
use sealwatch_rules::detector::DETECTORS;
use sealwatch_rules::facts::Facts;
use sealwatch_rules::judge::{Part, needs};
use sealwatch_rules::record::Record;
use sealwatch_rules::settings::Settings;
use sealwatch_runtime::live::{Live, Question};

use crate::cli::Problem;

/// Answers raise new questions (an update, its connector, the worker of that), but never more than these.
const ROUNDS: usize = 8;

/// What [`look_up`] was not allowed to ask.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// Accounts that the credentials do not belong to.
    pub(crate) accounts: BTreeSet<String>,
}

/// Asks until nothing is open. `records` gives the JSON texts of all records that will be judged, each time anew.
///
/// Each thing is asked for once, whatever the number of records that need it.
///
/// # Errors
/// Fails where there are no credentials, or `records` does.
pub(crate) fn look_up(
    profile: Option<&str>,
    show: bool,
    facts: &mut Facts,
    settings: &Settings,
    mut records: impl FnMut(&mut dyn FnMut(&str)) -> Result<(), Problem>,
) -> Result<Elsewhere, Problem> {
    let live = Live::connect(profile).map_err(|problem| Problem::Said(without_credentials(&problem)))?;
    let mut elsewhere = Elsewhere::default();
    let bar = bar(show);
    for _ in 0..ROUNDS {
        let mut questions: BTreeSet<Question> = BTreeSet::new();
        records(&mut |text| {
            each_change(text, |change| {
                let open = needs(change, facts, settings, Part::All);
                if change.account == live.account() {
                    questions.extend(open.into_iter().map(|need| live.question(need, change)));
                } else if !open.is_empty() {
                    elsewhere.accounts.insert(change.account.to_owned());
                }
            });
        })?;
        if questions.is_empty() {
            break;
        }
        bar.inc_length(questions.len() as u64);
        live.ask(questions.into_iter().collect(), facts, &mut || bar.inc(1));
    }
    bar.finish_and_clear();
    Ok(elsewhere)
}

impl Elsewhere {
    /// What to tell the user; none where everything was asked.
    pub(crate) fn warning(&self) -> Option<String> {
        let accounts: Vec<&str> = self.accounts.iter().map(String::as_str).collect();
        (!accounts.is_empty()).then(|| {
            format!(
                "--live looked into the account of the credentials alone; events of {} are judged by what records and facts tell: replay them with `--account` and a profile of that account",
                accounts.join(", ")
            )
        })
    }
}

fn without_credentials(problem: &str) -> String {
    format!(
        "{problem}\n--live takes credentials from AWS_ACCESS_KEY_ID, from a profile (--profile or AWS_PROFILE: keys, assumed roles, \
        `aws sso login`), or of a container or instance"
    )
}

fn bar(show: bool) -> ProgressBar {
    if !show || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos} of {len} look-ups, {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Reads what the detectors make of a record.
fn each_change(text: &str, mut take: impl FnMut(&Change<'_>)) {
    let Ok(record) = Record::parse(text) else { return };
    let Ok(bodies) = record.bodies() else { return }; // it is counted as unreadable when it is judged
    for detector in DETECTORS {
        if let Ok(watched) = detector.watched(&record) {
            take(&detector.change(watched, &record, &bodies));
        }
    }
}
