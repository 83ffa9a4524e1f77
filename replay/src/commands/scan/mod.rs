//! `sealwatch scan`: evaluates what exists.

mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indicatif::ProgressBar;
use sealwatch_rules::engine::existing::Existing;
use sealwatch_rules::language::Text;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text;
use sealwatch_rules::util::time::written;
use sealwatch_runtime::scan::{self, Place, Places, Step, Target, Wanted};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::cli::ScanArgs;
use crate::commands::now;
use crate::commands::select::{selects, selects_rule};
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::messages;
use crate::output::Output;
use crate::progress;
use crate::report::html::Head;
use crate::report::layout::Layout;
use crate::report::replay::{RenderOptions, Rendered, Report, render};
use crate::report::summary;
use crate::settings_file;
use crate::summary::{OutcomeCounts, Problems, Scanned};

/// How many accounts and Regions are scanned at the same time. Each has its own quotas.
const MAX_CONCURRENT_PLACES: usize = 4;

/// Scans all places and prints the report, or prints the policy that a scan needs.
pub(crate) fn run(args: &ScanArgs) -> Result<ExitStatus, CliError> {
    let settings = settings_file::load_in(args.settings.as_deref(), args.language)?;
    settings_file::require_rules(&settings, RULE_IDS.into_iter().filter(|rule| selects_rule(&args.rule, rule)))?;
    let target = target(args);
    let rows = rows(args, &settings);
    if rows.is_empty() {
        return Err(CliError::Scan(
            "`--service` and `--rule` leave nothing: no such rule is about such a service".to_owned(),
        ));
    }
    if args.print_policy {
        let mut output = Output::new();
        output.write(&format!("{:#}\n", policy::policy(&rows, &target, &settings)));
        output.finish()?;
        return Ok(ExitStatus::Clean);
    }
    let disabled: Vec<String> =
        settings.disabled().filter(|rule| selects_rule(&args.rule, rule)).map(str::to_owned).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Scan(format!("cannot start the async runtime: {error}")))?;
    let bar = progress::scan_bar(!args.no_progress);
    let layout = Layout::of_stdout(settings.language);
    let job = Arc::new(Job { args: args.clone(), settings, rows, at: written(now()), bar, layout });
    let (places, results) = runtime.block_on(scan_all(&job, &target))?;
    job.bar.finish_and_clear();
    report(&job, places, results, &disabled)
}

/// What all places are scanned with.
struct Job {
    args: ScanArgs,
    settings: Settings,
    rows: Vec<&'static Existing>,
    /// The time of the look.
    at: String,
    bar: ProgressBar,
    layout: Layout,
}

/// What one place resulted in.
struct PlaceResult {
    place: Place,
    report: scan::Report,
    outcomes: OutcomeCounts,
    /// By kind and name of the resource, which is the order of the report.
    rendered: BTreeMap<(&'static str, String), Vec<Rendered>>,
}

fn target(args: &ScanArgs) -> Target {
    Target {
        profile: args.profile.clone(),
        regions: unique(&args.region),
        all_regions: args.all_regions,
        role: args.role.clone(),
        accounts: unique(&args.account),
        organization: args.organization,
    }
}

/// Each once, in the order in which they were first named.
fn unique(names: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.iter().filter(|name| seen.insert(*name)).cloned().collect()
}

/// The rows with a rule that is selected and that the settings do not switch off. Who names a rule about policies wants to
/// see them.
fn rows(args: &ScanArgs, settings: &Settings) -> Vec<&'static Existing> {
    let is_wanted = |rule: &str| selects_rule(&args.rule, rule) && settings.enabled(rule);
    Wanted::rows(&args.service, args.resource_policies || !args.rule.is_empty(), is_wanted)
}

async fn scan_all(job: &Arc<Job>, target: &Target) -> Result<(Places, Vec<PlaceResult>), CliError> {
    let mut found = scan::places(target).await.map_err(CliError::Scan)?;
    let slots = Arc::new(Semaphore::new(MAX_CONCURRENT_PLACES));
    let mut running = JoinSet::new();
    for (index, place) in std::mem::take(&mut found.places).into_iter().enumerate() {
        let (job, slots) = (Arc::clone(job), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire().await;
            (index, scan_one(&job, place).await)
        });
    }
    let mut results = running.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    Ok((found, results.into_iter().map(|(_, result)| result).collect()))
}

async fn scan_one(job: &Job, place: Place) -> PlaceResult {
    let wanted = Wanted { settings: &job.settings, rows: job.rows.clone(), at: &job.at, deadline: None };
    let options =
        RenderOptions { format: job.args.format, layout: job.layout, all: job.args.all, settings: &job.settings };
    let (mut outcomes, mut rendered) = (OutcomeCounts::default(), BTreeMap::new());
    let mut tell = |step: Step<'_>| match step {
        Step::Listed => job.bar.inc_length(1),
        Step::Done => job.bar.inc(1),
        Step::Evaluated(change, mut findings) => {
            findings.retain(|finding| selects(finding, &job.args.rule, job.args.min_severity));
            findings.iter().for_each(|finding| outcomes.count(finding));
            let resource = &change.resource;
            let key = (resource.kind, resource.arn.clone().unwrap_or_else(|| resource.name.clone()));
            let blocks: &mut Vec<Rendered> = rendered.entry(key).or_default();
            blocks.push(render(options, change.detector.name, None, &findings));
        }
    };
    let report = scan::scan(&place, &wanted, None, &mut tell).await;
    PlaceResult { place, report, outcomes, rendered }
}

/// Prints what was found, and what could not be seen.
fn report(job: &Job, places: Places, results: Vec<PlaceResult>, disabled: &[String]) -> Result<ExitStatus, CliError> {
    let (mut scanned, mut outcomes) = (Scanned::default(), OutcomeCounts::default());
    let language = job.layout.language;
    let (mut accounts, mut problems) = (BTreeSet::new(), Problems::default());
    let mut report = Report::new(job.args.format, language.text("Unverified:"), job.layout);
    for (account, why) in &places.unreachable {
        let problem = format!("unverified: {account}: not scanned: {why}");
        messages::print(&problem);
        problems.add(problem);
        scanned.gaps += 1;
    }
    let mut not_offered: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for result in results {
        accounts.insert(result.place.account.clone());
        scanned.regions += 1;
        scanned.counts.add(result.report.counts);
        scanned.calls += result.report.calls;
        for gap in result.report.gaps.iter() {
            let problem = format!("unverified: {}", gap.in_words());
            messages::print(&problem);
            problems.add(problem);
            scanned.gaps += 1;
        }
        if !result.report.not_offered.is_empty() {
            not_offered.entry(result.place.region).or_default().extend(result.report.not_offered);
        }
        outcomes.add(&result.outcomes);
        result.rendered.into_values().flatten().for_each(|rendered| report.print(rendered));
    }
    scanned.accounts = accounts.len();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let subject = text!("accounts {accounts}", accounts = accounts.join(", ")).in_language(language).into_owned();
    scanned.notes = notes(job, &places, &not_offered);
    let status = ExitStatus::new(scanned.gaps, outcomes.reported, job.args.exit_zero);
    let summary = summary::scan(&scanned, disabled, &outcomes, language)
        + &summary::result(&outcomes, scanned.gaps, status, language);
    report.finish(&Head { command: "scan", subject, time: job.at.clone(), summary, problems, language })?;
    Ok(status)
}

/// What was not asked.
fn notes(job: &Job, places: &Places, not_offered: &BTreeMap<String, BTreeSet<&str>>) -> Vec<Text> {
    let mut notes = Vec::new();
    if !job.args.resource_policies
        && job.args.rule.is_empty()
        && Wanted::rows(&job.args.service, true, |_| true).iter().any(|row| row.is_policy)
    {
        notes.push(Text::literal(
            "not looked at: policies of streams, clusters and event data stores; `--resource-policies` adds them, with one call \
             for each",
        ));
    }
    for (region, actions) in not_offered {
        let actions: Vec<&str> = actions.iter().copied().collect();
        notes.push(text!("not offered in {region}: {actions}", region, actions = actions.join(", ")));
    }
    for (account, regions) in &places.disabled {
        notes.push(text!("not enabled in {account}, not scanned: {regions}", account, regions = regions.join(", ")));
    }
    notes
}
