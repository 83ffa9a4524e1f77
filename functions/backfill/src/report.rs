//! The last task: evaluates all extracts together, as a replay of the whole archive would.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;

use sealwatch_rules::util::text::plain;
use sealwatch_runtime::tasks::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::{self, Ended};
use crate::run::{Chunk, Plan, Run};
use crate::task::Backfill;

/// How many chunks are named in the output of an execution, with the reason. The others are in `failed.json`.
const MAX_NAMED: usize = 10;

/// The most characters of a reason: Step Functions takes 32,768 for the cause of an execution that failed.
const MAX_REASON: usize = 2_500;

/// The settings of all runs, if they exist.
const SETTINGS: &str = "settings.toml";

/// What the state machine sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    plan: Planned,
    /// How many of 100 chunks may be missing.
    tolerated: f64,
}

/// The members that matter here of what the first task returned.
#[derive(Debug, Deserialize)]
struct Planned {
    run: String,
    publish: bool,
    /// Why the map stopped; `None` if it did not.
    #[serde(default)]
    stopped: Option<Stopped>,
}

/// What a `Catch` of the state machine adds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stopped {
    error: String,
    #[serde(default)]
    cause: String,
}

/// What was found: the output of an execution, and `report.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    run: String,
    failed: bool,
    /// Why the run failed. Empty if it did not.
    cause: String,
    chunks: usize,
    missing_chunks: usize,
    /// Some of the missing chunks, and why they are missing.
    missing: BTreeMap<String, String>,
    /// Violations by severity.
    violations: BTreeMap<String, usize>,
    unverified: usize,
    /// Messages about what could not be read. They are in `messages.txt`.
    messages: usize,
    findings: String,
    html: String,
    published: bool,
}

/// Evaluates the extracts of a run.
///
/// # Errors
/// Says why they could not be evaluated. Chunks without an extract are not an error, but in the answer.
pub(crate) async fn report(backfill: &Backfill, request: &Request, folder: &Path) -> Result<Value, Failure> {
    let Planned { run: name, publish, stopped } = &request.plan;
    let (run, bucket) = (Run(name), &backfill.bucket);
    let earlier: Option<Report> = bucket.get_json(&run.key("report.json")).await?;
    let plan: Plan = bucket.get_json(&run.key("plan.json")).await?.ok_or_else(|| {
        Failure::new(
            "BadTask",
            format!("{} does not exist: start the state machine", bucket.url(&run.key("plan.json"))),
        )
    })?;
    let missing = run.missing(&plan, bucket).await?;
    if let Some(earlier) = earlier
        && is_final(&earlier, &missing, *publish)
    {
        return answer(&earlier);
    }
    let mut report = Report {
        run: name.clone(),
        chunks: plan.chunks.len(),
        missing_chunks: missing.len(),
        missing: reasons(backfill, run, &missing).await?,
        ..Report::default()
    };
    bucket.put_json(&run.key("failed.json"), &missing).await?;
    if !missing.is_empty() {
        tracing::warn!(run = name, missing = missing.len(), chunks = ?missing.iter().take(MAX_NAMED).map(|chunk| &chunk.chunk).collect::<Vec<_>>(), "chunks have no extract");
    }
    if is_too_many(missing.len(), plan.chunks.len(), request.tolerated) {
        report.failed = true;
        report.cause = cause(&report, stopped.as_ref(), &bucket.url(&run.key("failed.json")));
    } else {
        evaluate(backfill, run, &plan, *publish, folder, &mut report).await?;
    }
    bucket.put_json(&run.key("report.json"), &report).await?;
    answer(&report)
}

fn answer(report: &Report) -> Result<Value, Failure> {
    serde_json::to_value(report).map_err(|error| Failure::new("ReportFailed", error.to_string()))
}

/// True if a run has nothing more to say than an earlier execution said.
fn is_final(earlier: &Report, missing: &[Chunk], publish: bool) -> bool {
    !earlier.failed && earlier.missing_chunks == 0 && missing.is_empty() && (earlier.published || !publish)
}

/// True if more chunks are missing than may be. A run of which nothing was read has always failed.
fn is_too_many(missing: usize, chunks: usize, tolerated: f64) -> bool {
    // chunks are far fewer than what a float counts exactly
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    let percent = |count: usize| count as f64 * 100.0;
    percent(missing) > tolerated * percent(chunks) / 100.0 || (missing > 0 && missing == chunks)
}

/// Some of the missing chunks, and what their tasks said.
async fn reasons(backfill: &Backfill, run: Run<'_>, missing: &[Chunk]) -> Result<BTreeMap<String, String>, Failure> {
    let mut reasons = BTreeMap::new();
    for Chunk { chunk, .. } in missing.iter().take(MAX_NAMED) {
        let reason = backfill.bucket.get(&run.failure(chunk)).await?;
        let shortened = |reason: Vec<u8>| String::from_utf8_lossy(&reason).chars().take(MAX_REASON).collect::<String>();
        let reason = reason.map(|reason| plain(&shortened(reason)));
        let unknown = "not tried, or the function was ended by its limits of time or memory: its log says which";
        reasons.insert(chunk.clone(), reason.unwrap_or_else(|| unknown.to_owned()));
    }
    Ok(reasons)
}

/// Why a run failed, which chunks did, and how to go on.
fn cause(report: &Report, stopped: Option<&Stopped>, list: &str) -> String {
    let Report { run, chunks, missing_chunks, missing, .. } = report;
    let named = missing.iter().map(|(chunk, reason)| format!("\n{chunk}: {reason}")).collect::<String>();
    let stopped = match stopped {
        // what the report itself says better
        Some(Stopped { error, .. }) if error == "States.ExceedToleratedFailureThreshold" => String::new(),
        Some(Stopped { error, cause }) => format!("\nThe map stopped: {}", plain(&format!("{error}: {cause}"))),
        None => String::new(),
    };
    format!(
        "{missing_chunks} of {chunks} chunks have no extract; {list} lists them. Repair what is named here, and start an execution \
         with the same input (`run`: `{run}`): it reads only what is missing.{named}{stopped}"
    )
}

async fn evaluate(
    backfill: &Backfill,
    run: Run<'_>,
    plan: &Plan,
    publish: bool,
    folder: &Path,
    report: &mut Report,
) -> Result<(), Failure> {
    let bucket = &backfill.bucket;
    let extracts = bucket.url(&run.key("extracts/"));
    let settings = bucket.get(SETTINGS).await?;
    if let Some(settings) = &settings {
        let file = folder.join(SETTINGS);
        std::fs::write(&file, settings)
            .map_err(|error| Failure::new("ReportFailed", format!("{}: {error}", file.display())))?;
    }
    let arguments = |format: &str, option: Option<&str>| -> Vec<OsString> {
        let mut arguments: Vec<String> = ["replay", "--no-progress", "--format", format].map(str::to_owned).to_vec();
        arguments.extend(settings.is_some().then(|| format!("--settings={SETTINGS}")));
        arguments.extend(plan.selection.arguments());
        arguments.extend(option.map(str::to_owned));
        arguments.push(extracts.clone());
        arguments.into_iter().map(OsString::from).collect()
    };
    let topic = backfill.topic_arn.as_deref().filter(|_| publish);
    let (lines, page) = (folder.join("findings.jsonl"), folder.join("findings.html"));
    // The page comes first: what was published is published, whatever fails afterwards.
    let html = command::run(&backfill.program, arguments("html", None), folder, &page).await?;
    check_page(&html, is_empty(&page)?, &extracts)?;
    let option = topic.map(|topic| format!("--publish={topic}"));
    let json = command::run(&backfill.program, arguments("json", option.as_deref()), folder, &lines).await?;
    check_lines(&json, &html, topic)?;
    count(&lines, report)?;
    report.published = topic.is_some();
    report.messages = json.messages.lines().count();
    for (name, file, content_type, url) in [
        ("findings.jsonl", &lines, "application/jsonl", Some(&mut report.findings)),
        ("findings.html", &page, "text/html; charset=utf-8", Some(&mut report.html)),
        ("messages.txt", &folder.join("messages.txt"), "text/plain; charset=utf-8", None),
    ] {
        bucket.put_file(&run.key(name), file, content_type).await?;
        if let Some(url) = url {
            *url = bucket.url(&run.key(name));
        }
    }
    Ok(())
}

/// Fails if the command did not run, or could not read an extract: then findings would be missing, and nothing would say so.
/// What the extracts themselves tell, about objects that are no logs, is part of the report.
fn check_page(html: &Ended, is_empty: bool, extracts: &str) -> Result<(), Failure> {
    let about_extracts = html.messages.lines().any(|line| line.contains(extracts));
    match (0..=2).contains(&html.status) && !is_empty && !about_extracts {
        true => Ok(()),
        false => Err(Failure::new("ReportFailed", format!("exit status {}: {}", html.status, html.summary()))),
    }
}

/// Fails unless the second command says what the first one said, and that it published.
fn check_lines(json: &Ended, html: &Ended, topic: Option<&str>) -> Result<(), Failure> {
    let known: BTreeSet<&str> = html.messages.lines().collect();
    let news: Vec<&str> = json.messages.lines().filter(|line| !known.contains(line)).collect();
    let is_expected = match (topic, news.as_slice()) {
        (None, []) => true,
        (Some(topic), [line]) => line.ends_with(&format!(" published to {topic}")),
        _ => false,
    };
    match is_expected && json.status == html.status {
        true => Ok(()),
        false => Err(Failure::new("ReportFailed", format!("exit status {}: {}", json.status, plain(&news.join("; "))))),
    }
}

fn is_empty(file: &Path) -> Result<bool, Failure> {
    let length = std::fs::metadata(file).map(|metadata| metadata.len());
    length
        .map(|length| length == 0)
        .map_err(|error| Failure::new("ReportFailed", format!("{}: {error}", file.display())))
}

/// Counts findings.
fn count(file: &Path, report: &mut Report) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Line {
        outcome: String,
        severity: String,
    }
    let failed = |error: &dyn std::fmt::Display| Failure::new("ReportFailed", format!("{}: {error}", file.display()));
    let lines = BufReader::new(std::fs::File::open(file).map_err(|error| failed(&error))?).lines();
    for line in lines {
        let line = line.map_err(|error| failed(&error))?;
        let Line { outcome, severity } = serde_json::from_str(&line).map_err(|error| failed(&error))?;
        match outcome.as_str() {
            "violation" => *report.violations.entry(severity).or_default() += 1,
            _ => report.unverified += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_fails_if_more_is_missing_than_tolerated_or_everything() {
        for (missing, chunks, tolerated, want) in [
            (0, 0, 0.0, false),
            (0, 10, 0.0, false),
            (1, 10, 0.0, true),
            (1, 10, 10.0, false),
            (2, 10, 10.0, true),
            (1, 1, 100.0, true),
            (9, 10, 100.0, false),
        ] {
            assert_eq!(is_too_many(missing, chunks, tolerated), want, "{missing} of {chunks}, {tolerated} %");
        }
    }

    #[test]
    fn a_complete_report_is_final_unless_it_is_to_be_published() {
        let complete = Report { chunks: 1, ..Report::default() };
        assert!(is_final(&complete, &[], false) && !is_final(&complete, &[], true));
        let published = Report { published: true, ..Report::default() };
        assert!(is_final(&published, &[], true));
        let chunk = Chunk { run: "r".to_owned(), chunk: "000001".to_owned(), objects: 1 };
        assert!(!is_final(&complete, &[chunk], false), "its extract was deleted");
        let earlier = Report { missing_chunks: 1, ..Report::default() };
        assert!(!is_final(&earlier, &[], false), "the missing one came later");
    }

    #[test]
    fn the_cause_names_chunks_reasons_and_what_to_do() {
        let missing = BTreeMap::from([("000003".to_owned(), "ObjectNotFetched: s3://b/k: access denied".to_owned())]);
        let report = Report { run: "r".to_owned(), chunks: 10, missing_chunks: 1, missing, ..Report::default() };
        let threshold = Stopped { error: "States.ExceedToleratedFailureThreshold".to_owned(), cause: String::new() };
        let wanted = "1 of 10 chunks have no extract; s3://own/runs/r/failed.json lists them. Repair what is named here, and start an \
                      execution with the same input (`run`: `r`): it reads only what is missing.\n000003: ObjectNotFetched: \
                      s3://b/k: access denied";
        let list = "s3://own/runs/r/failed.json";
        assert_eq!(cause(&report, None, list), wanted);
        assert_eq!(cause(&report, Some(&threshold), list), wanted);
        let other = Stopped { error: "States.ItemReaderFailed".to_owned(), cause: "no \u{1b}[1mkey".to_owned() };
        assert_eq!(
            cause(&report, Some(&other), list),
            format!("{wanted}\nThe map stopped: States.ItemReaderFailed: no \u{fffd}[1mkey")
        );
    }

    fn ended(status: i32, messages: &str) -> Ended {
        Ended { status, messages: messages.to_owned() }
    }

    #[test]
    fn an_extract_that_cannot_be_read_fails_the_report_and_a_broken_log_does_not() {
        let check = |ended: Ended, is_empty| {
            check_page(&ended, is_empty, "s3://own/runs/r/extracts/").map_err(|failure| failure.message)
        };
        assert!(check(ended(0, ""), false).is_ok() && check(ended(1, ""), false).is_ok());
        assert!(check(ended(2, "sealwatch: s3://trail/x.json.gz: not JSON"), false).is_ok());
        let message =
            check(ended(2, "sealwatch: s3://own/runs/r/extracts/000001.extract.gz: SlowDown"), false).unwrap_err();
        assert!(message.contains("000001.extract.gz: SlowDown"), "{message}");
        assert_eq!(
            check(ended(2, "sealwatch: settings: wrong"), true).unwrap_err(),
            "exit status 2: sealwatch: settings: wrong"
        );
        assert!(check(ended(101, "panicked"), false).is_err());
    }

    #[test]
    fn findings_are_published_or_the_report_fails() {
        let topic = "arn:aws:sns:eu-west-1:111122223333:alerts";
        let html = ended(2, "sealwatch: s3://trail/x.json.gz: not JSON");
        let said = |line: &str| ended(2, &format!("{}\n{line}", html.messages));
        assert!(check_lines(&html, &html, None).is_ok());
        assert!(check_lines(&html, &html, Some(topic)).is_err());
        assert!(check_lines(&said(&format!("sealwatch: 3 messages published to {topic}")), &html, Some(topic)).is_ok());
        let failure =
            check_lines(&said("sealwatch: --publish: denied; 1 message sent, 2 not sent"), &html, Some(topic))
                .unwrap_err();
        assert_eq!(failure.message, "exit status 2: sealwatch: --publish: denied; 1 message sent, 2 not sent");
        assert!(check_lines(&html, &ended(1, ""), None).is_err(), "only the second one could not read something");
    }
}
