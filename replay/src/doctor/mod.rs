//! `sealwatch doctor`: whether a deployment works, without changing anything.
//!
//! [`checks`] is the table: what each check asks of AWS, what can be wrong, what follows, how to fix it. `docs/doctor.md` and
//! the IAM policy of the command are written from it.

mod aws;
pub(crate) mod check;
pub(crate) mod checks;
#[cfg(test)]
mod docs;
#[cfg(test)]
#[path = "../../../shared/rules/tests/generated/mod.rs"]
mod generated;
#[cfg(test)]
mod healthy;
mod pattern;
pub(crate) mod policy;
mod report;
mod stack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::aws::partition::{is_region, of_region};
use sealwatch_rules::rules::DETECTORS;
use sealwatch_rules::util::time::Seconds;
use sealwatch_runtime::api::{Api, NoAnswer};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::doctor::aws::{Aws, text};
use crate::doctor::check::{Answer, Check};
use crate::doctor::checks::{CHECKS, WITHOUT_STACK};
use crate::doctor::stack::Stack;

pub(crate) use report::Report;

/// All calls together. A check that has no answers by then could not be done.
const TIME_LIMIT: Duration = Duration::from_secs(50);

const TOO_SLOW: &str = "AWS did not answer within 50 seconds";

/// Makes all checks of the stack with this name.
///
/// # Errors
/// Says why AWS cannot be called.
pub(crate) fn examine(name: &str, region: Option<&str>, profile: Option<&str>, now: Seconds) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start the async runtime: {error}"))?;
    let report = runtime.block_on(async {
        let deadline = Instant::now() + TIME_LIMIT;
        let stack = find(name, region, profile, now, deadline).await?;
        Ok(check_all(Arc::new(stack), deadline).await)
    });
    runtime.shutdown_background(); // what has not answered yet answers nobody
    report
}

/// Whose credentials these are, and what the functions of the stack say.
async fn find(
    name: &str,
    region: Option<&str>,
    profile: Option<&str>,
    now: Seconds,
    deadline: Instant,
) -> Result<Stack, String> {
    let api = Api::connect(profile, region).await?;
    let region = api.region().to_owned();
    if !is_region(&region) {
        return Err(format!("`{region}` is not a Region: add `--region REGION`"));
    }
    let aws = Aws::new(api);
    let caller = aws.ask("sts:GetCallerIdentity", json!({})).await.map_err(|why| match why {
        NoAnswer::Failed(why) => format!("cannot call AWS in {region}: {why}"),
        NoAnswer::Denied | NoAnswer::NotFound => "AWS does not accept the credentials".to_owned(),
    })?;
    let mut stack = Stack {
        aws,
        name: name.to_owned(),
        partition: Arn::parse(text(&caller, "/Arn")).map_or(of_region(&region), |arn| arn.partition).to_owned(),
        region,
        profile: profile.map(str::to_owned),
        account: text(&caller, "/Account").to_owned(),
        now,
        functions: BTreeMap::new(),
        operations_topic: None,
    };
    if timeout_at(deadline, stack.find()).await.is_err() {
        let no_answer = || Err(NoAnswer::Failed(TOO_SLOW.to_owned()));
        stack.functions = DETECTORS.iter().map(|detector| (detector.name, no_answer())).collect();
    }
    Ok(stack)
}

/// Makes all checks at the same time. Those that need a stack are left out if there is none.
async fn check_all(stack: Arc<Stack>, deadline: Instant) -> Report {
    let checks: &[&Check] = if stack.is_missing() { &WITHOUT_STACK } else { &CHECKS };
    let mut running = JoinSet::new();
    for (index, check) in checks.iter().enumerate() {
        let answer = (check.run)(Arc::clone(&stack));
        running.spawn(async move { (index, timeout_at(deadline, answer).await) });
    }
    let mut answers: Vec<(&Check, Answer)> = checks
        .iter()
        .map(|check| (*check, Answer { unchecked: vec![TOO_SLOW.to_owned()], ..Answer::default() }))
        .collect();
    while let Some(done) = running.join_next().await {
        if let Ok((index, Ok(answer))) = done
            && let Some(place) = answers.get_mut(index)
        {
            place.1 = answer;
        }
    }
    Report { stack, answers }
}
